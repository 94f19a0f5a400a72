#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""End to end on a real Karmada whose members die, return, shrink and grow.

usage: members.py SMO [--helm 3|4] [--only WORD]

Takes the test bed from the environment as karmada.py does, and must have it for itself. Prints TAP.
"""

import os
import subprocess
import sys

from bed import ENV, ROOT, STOCK, check, graph, main

KARMADA = os.path.join(ROOT, "tests", "testbed", "karmada")


def testbed(*args):
    p = subprocess.run([KARMADA, args[0], ENV["SMO_TESTBED_STATE"], *map(str, args[1:])],
                       capture_output=True, text=True, timeout=120)
    check(p.returncode == 0, args, p.stdout, p.stderr)


def refused(bed, *args):
    """Run smo, which shall refuse: exit code, all it said."""
    p = subprocess.run([bed.smo_path, *args], env=bed.env, capture_output=True, text=True,
                       timeout=180, stdin=subprocess.DEVNULL)
    check(p.returncode != 0, args, p.stdout, p.stderr)
    return p.returncode, p.stdout + p.stderr


def home_of(bed, name, service):
    services = bed.json("graph", "status", name)["services"]
    return next(s["cluster"] for s in services if s["name"] == service)


def a_dead_member_is_left_and_cleaned_up_when_it_returns(bed):
    project = f"e2e-dead{bed.helm_major}"
    path = graph(bed, STOCK, "away", back="member1, member2")
    bed.smo("graph", "deploy", path, "--project", project, "--wait", "--timeout", "90s")
    bed.smo("graph", "re-place", "away")
    home = home_of(bed, "away", "back")
    other = {"member1": "member2", "member2": "member1"}[home]
    # The services sit together; front may only be on member1, so let that one stay alive.
    if home == "member1":
        bed.smo("graph", "deploy", graph(bed, STOCK, "away", back="member2"), "--wait")
        bed.smo("graph", "deploy", path, "--wait")
        home, other = "member2", "member1"
    check(bed.ready(home, project, "back-stock") == 1, f"back is not on {home}")
    beside = f"e2e-deadb{bed.helm_major}"
    bed.smo("graph", "deploy", graph(bed, STOCK, "stuck", front=home, back=home), "--project", beside,
            "--wait", "--timeout", "90s")
    testbed("member-down", home[-1])
    try:
        check(bed.wait(lambda: bed.json("graph", "status", "away")["health"] == "Degraded", 90),
              "nobody noticed:", bed.smo("graph", "status", "away").stdout)
        said = bed.smo("graph", "status", "away").stdout
        check(f"'{home}' is not ready" in said, said)
        p = bed.smo("graph", "re-place", "away", "--wait", "--timeout", "90s")
        check(f"{home} is not ready: what is there is cleaned up" in p.stdout, p.stdout, p.stderr)
        check(bed.ready(other, project, "back-stock") == 1, f"back is not on {other}")
        status = bed.json("graph", "status", "away")
        check(status["health"] == "Healthy", status)
        bed.smo("graph", "remove", "away", "--yes")
        p = bed.smo("graph", "remove", "stuck", "--yes")
        check(f"{home} is not ready: what is there is cleaned up" in p.stdout, p.stdout, p.stderr)
        check(bed.wait(lambda: bed.ready(other, project, "back-stock") == 0), "still on", other)
    finally:
        testbed("member-up", home[-1])
    for namespace in [project, beside]:
        check(bed.wait(lambda n=namespace: not bed.items("deployment", n, member=home), 120),
              f"{home} came back and was not cleaned up:",
              bed.items("deployment", namespace, member=home))
        check(bed.wait(lambda n=namespace: not bed.left_in(n), 60), "left behind:",
              bed.left_in(namespace))


def a_member_that_shrinks_is_left_and_what_fits_nowhere_is_explained(bed):
    project = f"e2e-shrink{bed.helm_major}"
    text = STOCK.replace("{cpu: small, ram: small", "{cpu: 3500m, ram: small")
    path = graph(bed, text, "grower", back="member2, member3")
    bed.smo("graph", "deploy", path, "--project", project, "--wait", "--timeout", "90s")
    home = home_of(bed, "grower", "back")
    other = {"member2": "member3", "member3": "member2"}[home]
    big = {"member2": [("m2-n1", 4), ("m2-n2", 4)], "member3": [("m3-n1", 16), ("m3-gpu", 8)]}
    shrunk = []

    def shrink(member):
        shrunk.append(member)
        for node, _ in big[member]:
            testbed("node", member[-1], node, "cpu=1")
        check(bed.wait(lambda: capacity(bed, member) <= 2, 60), member, "did not shrink")

    try:
        shrink(home)
        bed.smo("graph", "re-place", "grower", "--wait", "--timeout", "90s")
        check(home_of(bed, "grower", "back") == other, "back did not leave", home)
        check(bed.ready(other, project, "back-stock") == 1, f"back is not on {other}")
        check(bed.wait(lambda: bed.ready(home, project, "back-stock") == 0), "still on", home)
        before = bed.json("graph", "describe", "grower")
        shrink(other)
        code, said = refused(bed, "graph", "re-place", "grower")
        check(code == 5 and "back" in said and other in said and "core" in said, code, said)
        after = bed.json("graph", "describe", "grower")
        check(before.get("services") == after.get("services"), "an infeasible wish changed something")
        check(bed.ready(other, project, "back-stock") == 1, "back was taken away from", other)
    finally:
        for member in shrunk:
            for node, cpu in big[member]:
                testbed("node", member[-1], node, f"cpu={cpu}")
    check(bed.wait(lambda: capacity(bed, other) > 2, 60), other, "did not grow again")
    bed.smo("graph", "resume", "grower", "--wait", "--timeout", "90s")
    bed.smo("graph", "remove", "grower", "--yes")
    bed.gone(project)


def capacity(bed, member):
    """Allocatable cores that the control plane sees."""
    for c in bed.items("cluster"):
        if c["metadata"]["name"] == member:
            cpu = c["status"]["resourceSummary"]["allocatable"]["cpu"]
            return int(cpu[:-1]) / 1000 if cpu.endswith("m") else int(cpu)
    return 0


def a_gpu_that_goes_away_is_missed_by_name(bed):
    project = f"e2e-gpu{bed.helm_major}"
    text = STOCK.replace("gpu: {enabled: false}}\n          location: {clusters: [BACK]}",
                         "gpu: {enabled: true}}")
    path = graph(bed, text, "seer")
    bed.smo("graph", "deploy", path, "--project", project, "--wait", "--timeout", "90s")
    check(home_of(bed, "seer", "back") == "member3", "the GPU is on member3")
    try:
        testbed("node", "3", "m3-gpu", "nvidia.com/gpu=0")
        check(bed.wait(lambda: refused_for_gpu(bed), 60), "the GPU is not missed")
    finally:
        testbed("node", "3", "m3-gpu", "nvidia.com/gpu=2")
    bed.smo("graph", "remove", "seer", "--yes")
    bed.gone(project)


def refused_for_gpu(bed):
    p = subprocess.run([bed.smo_path, "graph", "re-place", "seer"], env=bed.env, capture_output=True,
                       text=True, timeout=180, stdin=subprocess.DEVNULL)
    return p.returncode == 5 and "nvidia.com/gpu" in p.stderr


TESTS = [
    a_dead_member_is_left_and_cleaned_up_when_it_returns,
    a_member_that_shrinks_is_left_and_what_fits_nowhere_is_explained,
    a_gpu_that_goes_away_is_missed_by_name,
]

if __name__ == "__main__":
    sys.exit(main(__doc__, TESTS))
