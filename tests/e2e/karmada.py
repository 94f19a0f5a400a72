#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""End to end on a real Karmada with real helm: deploy, look, kill, resume, move, update, remove.

usage: karmada.py SMO [--helm 3|4] [--only WORD]

Takes the test bed from the environment (`eval "$(tests/testbed/karmada env DIR)"` and the same for
the registry). Prints TAP. Everything it makes is in projects named e2e-..., removed at the end.
"""

import os
import shutil
import signal
import subprocess
import sys
import time

from bed import ENV, LEGACY, STOCK, check, graph, main


def a_stock_graph_lives_and_leaves_nothing(bed):
    project = f"e2e-stock{bed.helm_major}"
    path = graph(bed, STOCK, "shop")
    bed.smo("graph", "deploy", path, "--project", project, "--wait", "--timeout", "90s")
    check(bed.ready("member1", project, "front-stock") == 1, "front is not ready on member1")
    check(bed.ready("member2", project, "back-stock") == 1, "back is not ready on member2")
    check(bed.ready("member2", project, "front-stock") == 0, "front runs on member2 too")
    pod = bed.items("pod", project, member="member2")[0]
    check(pod["spec"]["containers"][0]["resources"]["requests"]["cpu"] == "1", "intent not enforced",
          pod["spec"]["containers"][0]["resources"])
    for kind, member in [("serviceexport", "member2"), ("serviceimport", "member1")]:
        check(bed.wait(lambda k=kind, m=member: [o["metadata"]["name"] for o in bed.items(
            k, project, member=m)] == ["back-stock"]), kind, "on", member, "not as wanted:",
              bed.items(kind, project, member=member))
    check(not bed.items("serviceimport", project, member="member3"), "imported everywhere")
    check(not bed.json("graph", "plan", path).get("steps"), "the second plan is not empty:",
          bed.smo("graph", "plan", path).stdout)
    status = bed.json("graph", "status", "shop")
    check(status["health"] == "Healthy", status)
    bed.smo("graph", "stop", "shop", "--yes")
    check(bed.wait(lambda: bed.ready("member1", project, "front-stock") == 0), "front runs after stop")
    check(bed.releases(project) == {}, "releases after stop:", bed.releases(project))
    bed.smo("graph", "start", "shop", "--wait", "--timeout", "90s")
    check(bed.ready("member1", project, "front-stock") == 1, "front is not back after start")
    bed.smo("graph", "remove", "shop", "--yes")
    bed.gone(project)
    bed.smo("graph", "describe", "shop", code=3)


def a_legacy_graph_goes_where_it_is_placed(bed):
    project = f"e2e-legacy{bed.helm_major}"
    path = graph(bed, LEGACY, "brussels")
    bed.smo("graph", "deploy", path, "--project", project, "--wait", "--timeout", "90s")
    check(bed.ready("member1", project, "legacy-front") == 1, "legacy-front is not on member1")
    check(bed.ready("member2", project, "legacy-back") == 1, "legacy-back is not on member2")
    check(bed.wait(lambda: bed.items("serviceimport", project, member="member1")), "no import")
    check(not bed.items("serviceimport", project, member="member3"), "imported everywhere")
    check(not bed.json("graph", "plan", path).get("steps"), "the second plan is not empty:",
          bed.smo("graph", "plan", path).stdout)
    bed.smo("graph", "stop", "brussels", "--yes")
    bed.smo("graph", "start", "brussels", "--wait", "--timeout", "90s")
    check(bed.ready("member2", project, "legacy-back") == 1, "legacy-back is not back after start")
    bed.smo("graph", "remove", "brussels", "--yes")
    bed.gone(project)


def a_move_never_leaves_a_service_without_pods(bed):
    project = f"e2e-move{bed.helm_major}"
    for text, service in [(STOCK, "back-stock"), (LEGACY, "legacy-back")]:
        bed.smo("graph", "deploy", graph(bed, text, "mover"), "--project", project, "--wait")
        p = bed.start("graph", "deploy", graph(bed, text, "mover", back="member3"), "--project",
                      project)
        worst, samples = 99, 0
        while p.poll() is None:
            n = bed.ready("member2", project, service) + bed.ready("member3", project, service)
            worst, samples = min(worst, n), samples + 1
            time.sleep(0.05)
        out, err = p.communicate()
        check(p.returncode == 0, out, err)
        check(worst >= 1 and samples > 2, f"{service}: {worst} pods at worst, {samples} samples")
        check(bed.ready("member3", project, service) == 1, f"{service} is not on member3")
        check(bed.wait(lambda: bed.ready("member2", project, service) == 0), "still on member2")
        bed.smo("graph", "remove", "mover", "--yes")
        bed.gone(project)


def a_killed_deploy_is_resumed(bed):
    project = f"e2e-kill{bed.helm_major}"
    stays = bed.namespace(project)
    for i, text in enumerate([STOCK, LEGACY] * 3):
        path = graph(bed, text, "victim")
        p = bed.start("graph", "deploy", path, "--project", project, "--wait")
        time.sleep(0.15 + 0.45 * i)
        if i % 2:
            os.killpg(p.pid, signal.SIGKILL)
        else:
            p.kill()
        p.communicate()
        bed.smo("graph", "deploy", path, "--project", project, "--wait", "--timeout", "90s")
        status = bed.json("graph", "status", "victim")
        check(status["health"] == "Healthy", f"after kill {i}:", status)
        check(not bed.json("graph", "plan", path).get("steps"), "not as wanted after the resume:",
              bed.smo("graph", "plan", path).stdout)
        check(set(bed.releases(project).values()) == {"deployed"}, bed.releases(project))
        bed.smo("graph", "remove", "victim", "--yes")
        bed.gone(project, stays)


def a_killed_removal_is_resumed(bed):
    project = f"e2e-killrm{bed.helm_major}"
    stays = bed.namespace(project)
    for delay in [0.1, 0.3, 0.6]:
        bed.smo("graph", "deploy", graph(bed, STOCK, "victim"), "--project", project, "--wait")
        p = bed.start("graph", "remove", "victim", "--yes")
        time.sleep(delay)
        p.kill()
        p.communicate()
        p = subprocess.run([bed.smo_path, "graph", "remove", "victim", "--yes"], env=bed.env,
                           capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        check(p.returncode in (0, 3), p.stdout, p.stderr)
        bed.gone(project, stays)


def updates_and_rollbacks_keep_replicas(bed):
    project = f"e2e-update{bed.helm_major}"
    path = graph(bed, STOCK, "app")
    bed.smo("graph", "deploy", path, "--project", project, "--wait")
    bed.smo("graph", "scale", "app", "back=2", "--wait")
    check(bed.ready("member2", project, "back-stock") == 2, "not scaled")
    changed = open(path, encoding="utf-8").read().replace(
        "{app: back}", "{app: back, round: two}")
    second = bed.descriptor(changed)
    bed.smo("graph", "deploy", second, "--project", project, "--wait")
    check(bed.ready("member2", project, "back-stock") == 2, "the update reset the replicas")
    pods = bed.items("pod", project, member="member2")
    check(all(p["metadata"]["annotations"].get("round") == "two" for p in pods
              if p["status"]["phase"] == "Running" and "deletionTimestamp" not in p["metadata"]),
          "the update did not reach the pods")
    bed.smo("graph", "rollback", "app", "--wait")
    check(bed.ready("member2", project, "back-stock") == 2, "the rollback reset the replicas")
    history = bed.json("graph", "history", "app")
    check(len(history if isinstance(history, list) else history.get("revisions", history)) >= 3,
          history)
    bed.smo("graph", "remove", "app", "--yes")
    bed.gone(project)


def a_rollback_installs_the_bytes_of_then(bed):
    project, name = f"e2e-pin{bed.helm_major}", f"pinned{bed.helm_major}"
    chart = os.path.join(bed.dir, name)
    shutil.copytree("tests/testbed/charts/stock", chart)

    def push(color):
        with open(chart + "/values.yaml", encoding="utf-8") as f:
            values = f.read()
        with open(chart + "/values.yaml", "w", encoding="utf-8") as f:
            f.write("\n".join(line for line in values.splitlines() if "podAnnotations" not in line) +
                    f"\npodAnnotations: {{color: {color}}}\n")
        with open(chart + "/Chart.yaml", encoding="utf-8") as f:
            meta = f.read().replace("name: stock", f"name: {name}")
        with open(chart + "/Chart.yaml", "w", encoding="utf-8") as f:
            f.write(meta)
        bed.smo("artifact", "package", "tar", "-d", bed.dir, chart)
        bed.smo("artifact", "push", "--force", f"{bed.dir}/{name}-0.1.0.tar.gz",
                f"oci://{bed.registry}/charts")

    def color():
        pods = [p for p in bed.items("pod", project, member="member1")
                if "deletionTimestamp" not in p["metadata"]]
        return {p["metadata"]["annotations"].get("color") for p in pods}

    text = STOCK.replace("charts/stock:0.1.0", f"charts/{name}:0.1.0").replace(
        "{podAnnotations: {app: front}}", "{}").replace("{podAnnotations: {app: back}}", "{}")
    path = graph(bed, text, "pins", back="member1")
    push("red")
    bed.smo("graph", "deploy", path, "--project", project, "--wait")
    check(color() == {"red"}, color())
    push("blue")
    check(not bed.json("graph", "plan", path).get("steps"), "a moved tag moved what is deployed")
    second = bed.descriptor(open(path, encoding="utf-8").read().replace("1.0.0", "2.0.0"))
    bed.smo("graph", "deploy", second, "--project", project, "--wait")
    check(color() == {"blue"}, color())
    bed.smo("graph", "rollback", "pins", "--wait")
    check(color() == {"red"}, "other bytes after the rollback:", color())
    bed.smo("graph", "remove", "pins", "--yes")
    bed.gone(project)


def drift_is_repaired(bed):
    project = f"e2e-drift{bed.helm_major}"
    path = graph(bed, STOCK, "drifter")
    bed.smo("graph", "deploy", path, "--project", project, "--wait")
    bed.kubectl("delete", "propagationpolicy", "smo-back", "-n", project)
    bed.kubectl("patch", "overridepolicy", "smo-front", "-n", project, "--type=merge", "-p",
                '{"spec":{"overrideRules":[]}}')
    plan = bed.json("graph", "plan", path)
    check(len(plan["steps"]) == 2, "drift not seen:", bed.smo("graph", "plan", path).stdout)
    bed.smo("graph", "resume", "drifter")
    check(not bed.json("graph", "plan", path).get("steps"), "drift not repaired")
    bed.smo("graph", "remove", "drifter", "--yes")
    bed.gone(project)


def what_is_not_ours_is_left_alone(bed):
    project = f"e2e-foreign{bed.helm_major}"
    bed.namespace(project)
    bed.kubectl("create", "configmap", "theirs", "-n", project, "--from-literal=a=b")
    helm = bed.env["SMO_HELM"]
    subprocess.run([helm, "install", "front", "tests/testbed/charts/stock", "--kubeconfig",
                    ENV["KUBECONFIG"], "-n", project], check=True, capture_output=True)
    path = graph(bed, STOCK, "guest")
    bed.smo("graph", "deploy", path, "--project", project, code=4)
    subprocess.run([helm, "uninstall", "front", "--kubeconfig", ENV["KUBECONFIG"], "-n", project],
                   check=True, capture_output=True)
    bed.smo("graph", "deploy", path, "--project", project, "--wait")
    bed.smo("graph", "remove", "guest", "--yes")
    check(bed.kubectl("get", "configmap", "theirs", "-n", project), "their object is gone")


def what_users_put_into_our_namespace_keeps_it(bed):
    project = f"e2e-guest{bed.helm_major}"
    bed.smo("graph", "deploy", graph(bed, LEGACY, "host"), "--project", project)
    bed.kubectl("create", "configmap", "theirs", "-n", project, "--from-literal=a=b")
    bed.smo("graph", "remove", "host", "--yes")
    bed.gone(project, [f"namespace/{project}"])
    check(bed.kubectl("get", "configmap", "theirs", "-n", project), "their object is gone")


def a_failing_helm_says_what_remains(bed):
    project = f"e2e-fail{bed.helm_major}"
    path = bed.descriptor(open(graph(bed, STOCK, "broken"), encoding="utf-8").read().replace(
        '{podAnnotations: {app: front}}', '{serviceAccount: {create: true, name: "Not A Name"}}'))
    p = subprocess.run([bed.smo_path, "graph", "deploy", path, "--project", project], env=bed.env,
                       capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    check(p.returncode == 9, f"exit {p.returncode}", p.stdout, p.stderr)
    check("resume" in p.stderr, "no way on is named:", p.stderr)
    bed.smo("graph", "deploy", graph(bed, STOCK, "broken"), "--project", project, "--wait")
    check(bed.ready("member1", project, "front-stock") == 1, "not mended")
    bed.smo("graph", "remove", "broken", "--yes")
    bed.gone(project)
    p = subprocess.run([bed.smo_path, "graph", "deploy", path, "--project", project,
                        "--rollback-on-failure"], env=bed.env, capture_output=True, text=True,
                       stdin=subprocess.DEVNULL, timeout=120)
    check(p.returncode != 0, "a broken chart was deployed")
    bed.gone(project)


TESTS = [
    a_stock_graph_lives_and_leaves_nothing,
    a_legacy_graph_goes_where_it_is_placed,
    a_move_never_leaves_a_service_without_pods,
    updates_and_rollbacks_keep_replicas,
    a_rollback_installs_the_bytes_of_then,
    drift_is_repaired,
    what_is_not_ours_is_left_alone,
    what_users_put_into_our_namespace_keeps_it,
    a_failing_helm_says_what_remains,
    a_killed_deploy_is_resumed,
    a_killed_removal_is_resumed,
]


if __name__ == "__main__":
    sys.exit(main(__doc__, TESTS))
