#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares placements with the original's models of re-placement and of carbon, written in CVXPY
and solved by HiGHS: same feasibility, same objective value.

usage: place_cvxpy.py SMO_SOLVE [CASES]

Without the packages cvxpy and highspy (PyPI; 1.15 or later) the test is skipped (exit code 77). A
virtual environment that has them may be named by SMO_ORACLE_PYTHON (path of its python).
"""

import json
import os
import random
import subprocess
import sys
import tempfile


def other_python():
    python = os.environ.get("SMO_ORACLE_PYTHON")
    if python and not sys.flags.isolated:
        os.execv(python, [python, "-I", __file__, *sys.argv[1:]])


other_python()
try:
    import cvxpy
    import highspy
    import numpy
except ImportError as missing:
    print(f"1..0 # SKIP {missing.name} is not installed (pip install cvxpy highspy)")
    sys.exit(77)


def random_case(chance):
    n, m = chance.randint(4, 24), chance.randint(2, 6)
    cpu = [chance.choice([0.5, 1, 1, 2, 4]) for _ in range(n)]
    room = sum(cpu) / chance.uniform(0.6, 1.02) / m
    return {"cpu": cpu, "need": [chance.random() < 0.2 for _ in range(n)],
            "cap": [round(room * chance.uniform(0.6, 1.4) * 2) / 2 + 0.5 for _ in range(m)],
            "acc": [e == 0 or chance.random() < 0.4 for e in range(m)],
            "carbon": [chance.randint(0, 10) / 10 for _ in range(m)],
            "now": [chance.randrange(m) for _ in range(n)]}


def model_value(case, carbon):
    """The objective less its constant part, or None: spec of the original, its own weights."""
    n, m = len(case["cpu"]), len(case["cap"])
    x = cvxpy.Variable((n, m), boolean=True)
    y = numpy.zeros((n, m))
    for i, e in enumerate(case["now"]):
        y[i, e] = 1
    cpu = numpy.array(case["cpu"])
    constraints = [cvxpy.sum(x, axis=1) == 1, cpu @ x <= numpy.array(case["cap"])]
    for i in range(n):
        for e in range(m):
            if case["need"][i] and not case["acc"][e]:
                constraints.append(x[i, e] == 0)
    cost = cvxpy.sum(cvxpy.multiply(y, y - x))
    if carbon:
        cost = cost + 5 * cvxpy.sum(cpu @ x @ numpy.array(case["carbon"]))
    problem = cvxpy.Problem(cvxpy.Minimize(cost), constraints)
    problem.solve(solver=cvxpy.HIGHS, mip_rel_gap=0.0, mip_abs_gap=1e-9)
    return float(problem.value) if problem.status == "optimal" else None


def descriptor(case):
    services = [{"id": f"s{i:02d}", "artifact": {"ociImage": "oci://registry.example/x:1"},
                 "deployment": {"intent": {"compute": {
                     "cpu": str(cpu), "gpu": {"enabled": case["need"][i]}}}}}
                for i, cpu in enumerate(case["cpu"])]
    return {"hdaGraph": {"id": "oracle", "services": services}}


def snapshot(case):
    clusters = []
    for e, cap in enumerate(case["cap"]):
        room = {"cpu": str(cap), "memory": "1Ti"}
        if case["acc"][e]:
            room["nvidia.com/gpu"] = "99"
        clusters.append({"name": f"c{e}", "ready": True, "hasSummary": True, "allocatable": room,
                         "carbon": case["carbon"][e], "hasCarbon": True})
    states = [{"service": f"s{i:02d}", "status": "Deployed", "clusters": [f"c{e}"]}
              for i, e in enumerate(case["now"])]
    return {"apiVersion": "smo/v1", "kind": "Snapshot", "project": "p", "graph": "oracle",
            "clusters": clusters, "services": states}


def our_value(program, case, policy, folder):
    graph, world = os.path.join(folder, "graph.json"), os.path.join(folder, "world.json")
    with open(graph, "w") as f:
        json.dump(descriptor(case), f)
    with open(world, "w") as f:
        json.dump(snapshot(case), f)
    done = subprocess.run([program, "world", graph, world, "--policy", policy, "-o", "json"],
                          capture_output=True, text=True, timeout=120)
    if done.returncode == 5:
        return None
    if done.returncode:
        raise SystemExit(f"{program}: {done.stderr}")
    return json.loads(done.stdout)["value"]


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    chance = random.Random(613)
    feasible = 0
    with tempfile.TemporaryDirectory() as folder:
        for k in range(count):
            case = random_case(chance)
            for policy, unit in (("reoptimise", 1), ("carbon-aware", 1000)):
                want = model_value(case, policy == "carbon-aware")
                have = our_value(sys.argv[1], case, policy, folder)
                if (want is None) != (have is None) or (
                        want is not None and abs(want - have / unit) > 1e-6):
                    print(f"case {k}, {policy}: {have} for {want}: {case}")
                    sys.exit(1)
                feasible += want is not None
    print(f"{count} cases under two policies, {feasible} feasible: same values as HiGHS "
          f"{highspy.Highs().version()}")
    if not count < feasible < 2 * count:
        sys.exit("too few cases of either kind")


main()
