#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the optimiser with CBC, glpsol and HiGHS on small problems: never worse, and where both
have proved their optimum the same value.

usage: solve_milp.py SMO_SOLVE

Every problem is written as a mixed integer programme (links by products that are linearised) and
handed to those of cbc, glpsol and highspy that are installed; without any the test is skipped.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

LIMIT = 20  # seconds for each peer


def highs():
    python = os.environ.get("SMO_ORACLE_PYTHON") or sys.executable
    try:
        done = subprocess.run([python, "-c", "import highspy"], capture_output=True, check=False)
    except OSError:
        return None
    return python if done.returncode == 0 else None


def gap(kind, m, n, chance):
    use = [[chance.randint(5, 25) for _ in range(n)] for _ in range(m)]
    cost = [[chance.randint(10, 50) for _ in range(n)] for _ in range(m)]
    if kind == "d":
        cost = [[111 - 4 * u + chance.randint(-10, 10) for u in row] for row in use]
    caps = [int(0.8 * sum(row) / m) for row in use]
    rows = [[m, n]] + cost + use + [caps]
    text = "\n".join(" ".join(map(str, row)) for row in rows)
    pairs = {(i, b): (cost[b][i], [use[b][i]]) for i in range(n) for b in range(m)}
    return "gap", text, pairs, [[c] for c in caps], [], None


def federation(n, m, n_links, chance):
    use = [[chance.randint(1, 9), chance.randint(1, 9)] for _ in range(n)]
    total = [sum(u[r] for u in use) for r in range(2)]
    caps = [[int(total[r] / m * 1.3) + 1 for r in range(2)] for _ in range(m)]
    cost = [[chance.randint(0, 60) for _ in range(m)] for _ in range(n)]
    far = [[0 if a == b else chance.randint(1, 9) for b in range(m)] for a in range(m)]
    links = [chance.sample(range(n), 2) + [chance.randint(1, 6)] for _ in range(n_links)]
    rows = [[n, m, 2, n_links]] + use + caps + cost + (far + links if links else [])
    text = "\n".join(" ".join(map(str, row)) for row in rows)
    pairs = {(i, b): (cost[i][b], use[i]) for i in range(n) for b in range(m)}
    return "problem", text, pairs, caps, links, far


def programme(pairs, caps, links, far):
    """The same in the LP format."""
    m = len(caps)
    terms = [f"{c} x_{i}_{b}" for (i, b), (c, _) in pairs.items() if c]
    rows = []
    for k, (i, j, w) in enumerate(links):
        for a in range(m):
            for b in range(m):
                if w * far[a][b]:
                    terms.append(f"{w * far[a][b]} y_{k}_{a}_{b}")
        for a in range(m):
            rows.append(" + ".join(f"y_{k}_{a}_{b}" for b in range(m)) + f" - x_{i}_{a} = 0")
            rows.append(" + ".join(f"y_{k}_{b}_{a}" for b in range(m)) + f" - x_{j}_{a} = 0")
    for i in sorted({i for i, _ in pairs}):
        rows.append(" + ".join(f"x_{i}_{b}" for b in range(m)) + " = 1")
    for b in range(m):
        for r in range(len(caps[0])):
            rows.append(" + ".join(f"{u[r]} x_{i}_{q}" for (i, q), (_, u) in pairs.items() if q == b)
                        + f" <= {caps[b][r]}")
    binary = " ".join(f"x_{i}_{b}" for i, b in pairs)
    wrap = lambda t: re.sub(r"((?:\S+ ){12})", r"\1\n", t)
    return ("Minimize\n obj: " + wrap(" + ".join(terms)) + "\nSubject To\n"
            + "\n".join(f" r{k}: {wrap(row)}" for k, row in enumerate(rows))
            + "\nBinary\n" + wrap(binary) + "\nEnd\n")


def by_cbc(path):
    out = subprocess.run(["cbc", path, "sec", str(LIMIT), "solve", "quit"], capture_output=True,
                         text=True, timeout=3 * LIMIT, check=False).stdout
    value = re.search(r"Objective value:\s+(-?[\d.]+)", out)
    proved = "Result - Optimal solution found" in out
    return (float(value.group(1)) if value else None), proved, "roblem is infeasible" in out


def by_glpsol(path):
    answer = path + ".sol"
    subprocess.run(["glpsol", "--lp", path, "--tmlim", str(LIMIT), "-o", answer],
                   capture_output=True, text=True, timeout=3 * LIMIT, check=False)
    with open(answer, encoding="utf-8") as f:
        out = f.read()
    value = re.search(r"Objective:\s+obj = (-?[\d.e+]+)", out)
    status = re.search(r"Status:\s+(.*)", out).group(1)
    found = "OPTIMAL" in status or "NON-OPTIMAL" in status
    return (float(value.group(1)) if value and found else None), status == "INTEGER OPTIMAL", \
        "EMPTY" in status


def by_highs(path):
    code = ("import highspy,json,sys\nh=highspy.Highs()\nh.setOptionValue('output_flag',False)\n"
            "h.setOptionValue('mip_rel_gap',0.0)\n"
            f"h.setOptionValue('time_limit',{LIMIT}.0)\nh.readModel(sys.argv[1])\nh.run()\n"
            "s=h.getModelStatus()\nprint(json.dumps([h.getInfo().objective_function_value,"
            "s==highspy.HighsModelStatus.kOptimal,s==highspy.HighsModelStatus.kInfeasible,"
            "h.getInfo().primal_solution_status==2]))")
    out = subprocess.run([highs(), "-c", code, path], capture_output=True, text=True,
                         timeout=3 * LIMIT, check=False).stdout
    value, proved, infeasible, found = json.loads(out.strip().splitlines()[-1])
    return (value if found else None), proved, infeasible


def main():
    solver = os.path.abspath(sys.argv[1])
    peers = {}
    if shutil.which("cbc"):
        peers["cbc"] = by_cbc
    if shutil.which("glpsol"):
        peers["glpsol"] = by_glpsol
    if highs():
        peers["highs"] = by_highs
    if not peers:
        print("1..0 # SKIP neither cbc nor glpsol nor highspy is installed")
        return 77
    chance = random.Random(7)
    cases = [gap("c", 4, 18, chance) for _ in range(4)] + [gap("d", 3, 15, chance) for _ in range(3)]
    cases += [federation(14, 5, 0, chance) for _ in range(4)]
    cases += [federation(7, 3, 6, chance) for _ in range(5)]
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, (kind, text, pairs, caps, links, far) in enumerate(cases, 1):
            path = os.path.join(folder, "problem")
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            with open(path + ".lp", "w", encoding="utf-8") as f:
                f.write(programme(pairs, caps, links, far))
            done = subprocess.run([solver, kind, "-o", "json", path], capture_output=True, text=True,
                                  timeout=120, check=True)
            ours = json.loads(done.stdout)
            for name, peer in peers.items():
                value, proved, infeasible = peer(path + ".lp")
                fine = ours["status"] == "infeasible" if infeasible else value is None or (
                    ours["value"] is not None and ours["value"] <= value + 1e-6
                    and (not proved or ours["status"] == "optimal")
                    and (not proved or abs(ours["value"] - value) < 1e-6))
                bad += not fine
                print(f"{'ok' if fine else 'not ok'} - {kind} {number}: {ours['status']} "
                      f"{ours['value']}, {name} {value}{' (proved)' if proved else ''}")
    print(f"1..{len(cases) * len(peers)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
