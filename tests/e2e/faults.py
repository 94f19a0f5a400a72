#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""End to end on a real Karmada that is not well, with a helm that is not well, and with pods that
never get ready: what SMO says, that nothing is lost, and that the same command mends it.

usage: faults.py SMO [--helm 3|4] [--only WORD] [--jobs N]

Takes the test bed from the environment as karmada.py does. Prints TAP.
"""

import os
import signal
import subprocess
import sys
import time

from bed import ENV, STOCK, check, graph, main
from proxy import FOREVER, Proxy, answer, half_a_body, lost_answer, one_of, slow, times

CONFLICT = ('{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Conflict","code":409,'
            '"message":"the object has been modified; please apply your changes to the latest"}')


def attempt(bed, *args):
    """Run smo whatever it says: exit code, stdout, stderr."""
    p = subprocess.run([bed.smo_path, *args], env=bed.env, capture_output=True, text=True,
                       timeout=180, stdin=subprocess.DEVNULL)
    return p.returncode, p.stdout, p.stderr


def moody(bed):
    proxy = Proxy(ENV["KUBECONFIG"], os.path.join(bed.dir, "proxy"))
    bed.env.update(KARMADA_KUBECONFIG=proxy.kubeconfig, SMO_KUBE_TIMEOUT="3s")
    return proxy


def as_wanted(bed, project, path, name):
    status = bed.json("graph", "status", name)
    check(status["health"] == "Healthy", status)
    check(not bed.json("graph", "plan", path).get("steps"), "the second plan is not empty:",
          bed.smo("graph", "plan", path).stdout)
    check(set(bed.releases(project).values()) == {"deployed"}, bed.releases(project))


def a_control_plane_that_is_unwell_is_named_and_nothing_is_made(bed):
    project = f"e2e-unwell{bed.helm_major}"
    path = graph(bed, STOCK, "moody")
    bed.smo("cluster", "sync")
    with moody(bed) as proxy:
        where = f"127.0.0.1:{proxy.port}"
        for fault, code, said in [
                ("down", 6, "Connection refused"),
                (slow(20), 7, "did not answer within 3000 ms"),
                (answer(500), 6, "answered 500"),
                (answer(429, headers={"Retry-After": "1"}), 6, "answered 429"),
                (answer(429, headers={"Retry-After": "900"}), 6, "answered 429"),
                (answer(502, "<html>bad gateway</html>"), 6, "answered 502"),
                (answer(200, "<html>welcome</html>"), 6, "not with JSON"),
                (answer(200, "[" * 100000), 6, "not with JSON"),
                (half_a_body(), 6, "in the middle of its answer"),
                (answer(401, '{"kind":"Status","message":"Unauthorized"}'), 6, "Unauthorized")]:
            proxy.fault = None if fault == "down" else fault
            if fault == "down":
                proxy.down()
            for command in [("graph", "deploy", path, "--project", project), ("cluster", "sync")]:
                got, out, err = attempt(bed, *command)
                check(got == code, f"{command}: exit {got}, not {code}:", out, err)
                check(said in err and where in err and "hint:" in err, f"no '{said}' in:", err)
                check("SUCCESS" not in out, out)
            if fault == "down":
                proxy.up()
        check(bed.json("graph", "list") == [], "a graph was stored:", bed.json("graph", "list"))
        check(len(bed.json("cluster", "list")) == 3, "the clusters of before are lost")
        proxy.fault = None
        bed.smo("graph", "deploy", path, "--project", project, "--wait", "--timeout", "90s")
        as_wanted(bed, project, path, "moody")
        proxy.down()
        code, out, err = attempt(bed, "graph", "remove", "moody", "--yes")
        check(code == 6 and where in err, code, out, err)
        proxy.up()
        bed.smo("graph", "remove", "moody", "--yes")
    bed.gone(project)


def moments_of_weakness_are_sat_out(bed):
    project = f"e2e-weak{bed.helm_major}"
    path = graph(bed, STOCK, "weak")
    with moody(bed) as proxy:
        for fault in [one_of(times(1, answer(409, CONFLICT), method="PATCH", path="policies"),
                             times(2, answer(429, headers={"Retry-After": "1"}), method="GET"),
                             times(1, lost_answer(), method="GET", after=9)),
                      one_of(times(2, answer(503), method="GET", after=9),
                             times(1, half_a_body(), method="GET", after=20))]:
            proxy.fault = fault
            bed.smo("graph", "deploy", path, "--project", project, "--wait", "--timeout", "90s")
            proxy.fault = None
            as_wanted(bed, project, path, "weak")
            bed.smo("graph", "remove", "weak", "--yes")
            bed.gone(project)


def a_control_plane_that_fails_in_the_middle_is_resumed(bed):
    project = f"e2e-middle{bed.helm_major}"
    stays = bed.namespace(project)
    path = graph(bed, STOCK, "middle")
    with moody(bed) as proxy:
        for verb, after, fault in [("PATCH", 4, lost_answer()), ("POST", 1, answer(500)),
                                   ("POST", 3, half_a_body())]:
            proxy.fault = times(FOREVER, fault, method=verb, after=after)
            code, out, err = attempt(bed, "graph", "deploy", path, "--project", project)
            check(code in (6, 7, 9), f"{verb} {after}: exit {code}", out, err)
            check("graph resume middle" in err or "same command" in err, "no way on is named:", err)
            proxy.fault = None
            bed.smo("graph", "resume", "middle", "--wait", "--timeout", "90s")
            as_wanted(bed, project, path, "middle")
            proxy.fault = times(FOREVER, answer(500), method="DELETE", after=after)
            code, out, err = attempt(bed, "graph", "remove", "middle", "--yes")
            check(code in (6, 7, 9), f"removal {after}: exit {code}", out, err)
            proxy.fault = None
            bed.smo("graph", "remove", "middle", "--yes")
            bed.gone(project, stays)


def wrapped_helm(bed, name, body):
    """A helm that does `body` when it shall install, and is itself otherwise."""
    path = os.path.join(bed.dir, name)
    real = ENV[f"SMO_TESTBED_HELM{bed.helm_major}"]
    with open(path, "w", encoding="utf-8") as f:
        f.write(f'#!/bin/sh\nfor a; do case "$a" in install|upgrade) {body};; esac; done\n'
                f'exec {real} "$@"\n')
    os.chmod(path, 0o700)
    return path


def a_helm_that_is_unwell_is_told_and_ended(bed):
    project = f"e2e-helm{bed.helm_major}"
    path = graph(bed, STOCK, "helmed")
    mark = f"31{os.getpid()}"
    bed.env["SMO_HELM_TIMEOUT"] = "3s"
    for name, body, codes, said in [
            ("hangs", f"sleep {mark}; exit 0", (7, 9), "3"),
            ("ignores-term", f"trap '' TERM; sleep {mark} & wait; sleep {mark}", (7, 9), "3"),
            ("floods", "yes 'a line of noise' | head -c 300000000; exit 1", (6, 9), "noise"),
            ("rages", "printf 'Error: \\033[31mred \\377\\001 nonsense\\n' >&2; exit 77", (6, 9),
             "nonsense"),
            ("dies", "kill -9 $$", (6, 9), "signal")]:
        bed.env["SMO_HELM"] = wrapped_helm(bed, name, body)
        code, out, err = attempt(bed, "graph", "deploy", path, "--project", project)
        check(code in codes, f"{name}: exit {code}", out, err)
        check(said in err and "graph resume helmed" in err, f"{name}:", err[-3000:])
        check(len(err) < 20000 and "\033[31m" not in err, f"{name}: {len(err)} bytes of errors")
        left = subprocess.run(["pgrep", "-f", f"sleep {mark}"], capture_output=True, text=True)
        check(left.returncode == 1, f"{name}: left running:", left.stdout)
    del bed.env["SMO_HELM_TIMEOUT"]
    bed.env["SMO_HELM"] = ENV[f"SMO_TESTBED_HELM{bed.helm_major}"]
    bed.smo("graph", "resume", "helmed", "--wait", "--timeout", "90s")
    as_wanted(bed, project, path, "helmed")
    bed.smo("graph", "remove", "helmed", "--yes")
    bed.gone(project)


def a_helm_that_is_missing_or_unknown_stops_before_anything_is_made(bed):
    project = f"e2e-nohelm{bed.helm_major}"
    path = graph(bed, STOCK, "helmless")
    odd = os.path.join(bed.dir, "odd")
    for script, said in [(None, "helm"), ("echo v9.9.9+gabcdef", "9.9.9"), ("echo what", "helm"),
                         ("echo v2.17.0", "2.17.0"), ("exit 3", "helm")]:
        if script is None:
            bed.env["SMO_HELM"] = os.path.join(bed.dir, "nowhere")
        else:
            with open(odd, "w", encoding="utf-8") as f:
                f.write(f"#!/bin/sh\n{script}\n")
            os.chmod(odd, 0o700)
            bed.env["SMO_HELM"] = odd
        code, out, err = attempt(bed, "graph", "deploy", path, "--project", project)
        check(code != 0 and said in err.lower(), f"{script}: exit {code}", out, err)
        check("needed" in err or "Install" in err or "hint:" in err, f"{script}: no remedy:", err)
        check(not bed.left_in(project), f"{script}: made", bed.left_in(project))
        code, out, err = attempt(bed, "doctor")
        check(said in (out + err).lower(), f"doctor says nothing of {script}:", out, err)


def two_processes_take_turns(bed):
    project = f"e2e-two{bed.helm_major}"
    path = graph(bed, STOCK, "shared")
    other, project_beside = graph(bed, STOCK, "other"), f"e2e-twob{bed.helm_major}"
    first = bed.start("graph", "deploy", path, "--project", project, "--wait")
    second = None
    while first.poll() is None and not second:
        code, _, err = attempt(bed, "graph", "deploy", path, "--project", project)
        if code == 4:
            second = err
    beside = bed.start("graph", "deploy", other, "--project", project_beside, "--wait")
    waiter = bed.start("graph", "deploy", path, "--project", project, "--lock-wait", "90s")
    for p in [first, beside, waiter]:
        out, err = p.communicate(timeout=180)
        check(p.returncode == 0, out, err)
    check(second and str(first.pid) in second, "the one who holds it is not named:", second)
    as_wanted(bed, project, path, "shared")
    first = bed.start("graph", "remove", "shared", "--yes", "--lock-wait", "90s")
    second = bed.start("graph", "remove", "shared", "--yes", "--lock-wait", "90s")
    codes = []
    for p in [first, second]:
        out, err = p.communicate(timeout=180)
        codes.append(p.returncode)
        check(p.returncode in (0, 3), out, err)
    check(0 in codes, codes)
    bed.gone(project)
    bed.smo("graph", "remove", "other", "--yes")
    bed.gone(project_beside)


def failing(bed, project, reason):
    """STOCK whose front never gets ready."""
    text = open(graph(bed, STOCK, project), encoding="utf-8").read()
    return bed.descriptor(text.replace("{podAnnotations: {app: front}}",
                                       f"{{podAnnotations: {{testbed/fail: {reason}}}}}"))


def pods_that_never_get_ready_are_told(bed):
    for reason in ["ImagePullBackOff", "CrashLoopBackOff", "Pending"]:
        project = f"e2e-{reason.lower()[:5]}{bed.helm_major}"
        path = failing(bed, project, reason)
        code, out, err = attempt(bed, "graph", "deploy", path, "--project", project, "--wait",
                                 "--timeout", "20s")
        check(code in (7, 9), f"{reason}: exit {code}", out, err)
        check("front" in err and "member1" in err, f"{reason}: which, and where?", err)
        if reason != "Pending" and reason not in err:  # on a busy machine its pods are not there yet
            check(bed.wait(lambda p=project, r=reason: r in attempt(
                bed, "graph", "resume", p, "--wait", "--timeout", "20s")[2], 120),
                f"'{reason}' is not told:", err)
        status = bed.json("graph", "status", project)
        check(status["health"] != "Healthy", status)
        services = {s["name"]: s for s in status["services"]}
        check(services["back"]["health"] == "Healthy", status)
        mended = graph(bed, STOCK, project)
        bed.smo("graph", "deploy", mended, "--project", project, "--wait", "--timeout", "90s")
        as_wanted(bed, project, mended, project)
        bed.smo("graph", "remove", project, "--yes")
        bed.gone(project)


def what_never_gets_ready_is_rolled_back(bed):
    project = f"e2e-undo{bed.helm_major}"
    bad = failing(bed, project, "CrashLoopBackOff")
    code, out, err = attempt(bed, "graph", "deploy", bad, "--project", project, "--wait", "--timeout",
                             "20s", "--rollback-on-failure")
    check(code not in (0, 9), code, out, err)
    bed.gone(project)
    good = graph(bed, STOCK, project)
    bed.smo("graph", "deploy", good, "--project", project, "--wait", "--timeout", "90s")
    code, out, err = attempt(bed, "graph", "deploy", bad, "--project", project, "--wait", "--timeout",
                             "20s", "--rollback-on-failure")
    check(code not in (0, 9), code, out, err)
    check(bed.wait(lambda: bed.json("graph", "status", project)["health"] == "Healthy", 60),
          "not rolled back:", bed.json("graph", "status", project))
    as_wanted(bed, project, good, project)
    bed.smo("graph", "remove", project, "--yes")
    bed.gone(project)


def an_interrupted_deploy_says_how_to_go_on(bed):
    project = f"e2e-int{bed.helm_major}"
    path = graph(bed, STOCK, "stopper")
    p = bed.start("graph", "deploy", path, "--project", project, "--wait")
    check(bed.wait(lambda: bed.releases(project)), "nothing began")
    p.send_signal(signal.SIGINT)
    began = time.time()
    out, err = p.communicate(timeout=60)
    check(p.returncode in (130, 0), p.returncode, out, err)
    check(p.returncode == 0 or "resume" in err, "no way on is named:", err)
    check(time.time() - began < 30, "it took its time to stop")
    bed.smo("graph", "resume", "stopper", "--wait", "--timeout", "90s")
    as_wanted(bed, project, path, "stopper")
    bed.smo("graph", "remove", "stopper", "--yes")
    bed.gone(project)


TESTS = [
    a_control_plane_that_fails_in_the_middle_is_resumed,
    a_control_plane_that_is_unwell_is_named_and_nothing_is_made,
    moments_of_weakness_are_sat_out,
    pods_that_never_get_ready_are_told,
    what_never_gets_ready_is_rolled_back,
    a_helm_that_is_unwell_is_told_and_ended,
    a_helm_that_is_missing_or_unknown_stops_before_anything_is_made,
    two_processes_take_turns,
    an_interrupted_deploy_says_how_to_go_on,
]

if __name__ == "__main__":
    sys.exit(main(__doc__, TESTS, both=[a_helm_that_is_unwell_is_told_and_ended,
                                        a_control_plane_that_fails_in_the_middle_is_resumed]))
