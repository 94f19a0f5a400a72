#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the policy "original" with the model it stands for, written in CVXPY and solved by
HiGHS: same feasibility, same objective value.

usage: replicas_cvxpy.py PROGRAM [CASES]

PROGRAM is the filter of replicas.c. Without the packages cvxpy and highspy (PyPI; 1.15 or later,
1.14.0 gives wrong optima) the test is skipped (exit code 77). A virtual environment that has them
may be named by SMO_ORACLE_PYTHON (path of its python).
"""

import os
import random
import subprocess
import sys


def other_python():
    python = os.environ.get("SMO_ORACLE_PYTHON")
    if python and not sys.flags.isolated:
        os.execv(python, [python, "-I", __file__, *sys.argv[1:]])


other_python()
try:
    import cvxpy
    import highspy
except ImportError as missing:
    print(f"1..0 # SKIP {missing.name} is not installed (pip install cvxpy highspy)")
    sys.exit(77)


def random_case(chance):
    services = [{
        "rate": chance.randint(0, 80) / 4,
        "replicas": chance.randint(1, 6),
        "cpu": chance.choice([250, 500, 1000, 1500, 2000]),
        "gpu": chance.choice([0, 0, 0, 1]),
        "max": chance.randint(1, 8),
        "alpha": chance.randint(1, 24) / 4,
        "beta": chance.randint(-6, 6) / 4,
    } for _ in range(chance.randint(1, 5))]
    return {"services": services, "capacity": chance.randint(2, 40) * 500,
            "gpus": chance.choice([0, 1, 1]), "bounded": chance.random() < 0.5}


def as_text(case):
    lines = [f"{len(case['services'])} {case['capacity']} {case['gpus']} {int(case['bounded'])}"]
    for s in case["services"]:
        lines.append(" ".join(str(s[k]) for k in
                              ("rate", "replicas", "cpu", "gpu", "max", "alpha", "beta")))
    return "\n".join(lines) + "\n"


def model_value(case):
    """The objective value, or None; the original's decide_replicas."""
    services = case["services"]
    n = len(services)
    r = cvxpy.Variable(n, integer=True)
    t = cvxpy.Variable(n)
    cpu = [s["cpu"] / 1000 for s in services]
    unit = max(s["max"] * c for s, c in zip(services, cpu))
    constraints = [t >= 0, r >= 1, sum(c * r[i] for i, c in enumerate(cpu)) <= case["capacity"] / 1000]
    for i, s in enumerate(services):
        constraints += [t[i] >= s["replicas"] - r[i], t[i] >= r[i] - s["replicas"],
                        s["alpha"] * r[i] + s["beta"] >= s["rate"]]
        if s["gpu"] > case["gpus"]:
            return None
        if case["bounded"]:
            constraints.append(r[i] <= s["max"])
    objective = (0.4 * sum(c * r[i] for i, c in enumerate(cpu)) / unit
                 + 0.4 * sum(t[i] / s["max"] for i, s in enumerate(services)))
    problem = cvxpy.Problem(cvxpy.Minimize(objective), constraints)
    problem.solve(solver=cvxpy.HIGHS, mip_rel_gap=0.0, mip_abs_gap=1e-9)
    return problem.value if problem.status == "optimal" else None


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    chance = random.Random(20)
    cases = [random_case(chance) for _ in range(count)]
    answers = subprocess.run([sys.argv[1]], input="".join(map(as_text, cases)), text=True,
                             check=True, capture_output=True).stdout.splitlines()
    print("1..1")
    feasible = wrong = 0
    for case, answer in zip(cases, answers, strict=True):
        value = model_value(case)
        ours = None if answer == "none" else float(answer.split()[0])
        feasible += value is not None
        if (value is None) != (ours is None) or (value is not None and abs(value - ours) > 1e-6):
            wrong += 1
            print(f"# the model says {value}, we say {answer}\n# " + as_text(case).replace("\n", "\n# "))
    ok = not wrong and feasible >= count // 5
    print(f"# {count} cases, {feasible} feasible, {wrong} differ; highspy {highspy.Highs().version()}")
    print(("ok" if ok else "not ok") + " 1 - the original's policy equals the CVXPY model")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
