#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Instances for the optimiser, after published recipes; the same seed gives the same file.

gen.py gap TYPE BINS ITEMS SEED     generalised assignment, types A to E
gen.py moves ITEMS BINS SEED        fewest moves, tightness 0.8
gen.py federation ITEMS BINS SEED TIGHTNESS LINKS [SCALE]
                                    three resources, regions, prices, links; the weights of the
                                    links times SCALE (numbers, see src/app/solve/read.h)
"""
import json
import math
import random
import sys


def gap(kind, m, n, rng):
    if kind in "AB":
        use = [[rng.randint(5, 25) for _ in range(n)] for _ in range(m)]
        cost = [[rng.randint(10, 50) for _ in range(n)] for _ in range(m)]
        load = [0] * m
        for j in range(n):
            i = min(range(m), key=lambda b: cost[b][j])
            load[i] += use[i][j]
        cap = 0.6 * (n / m) * 15 + 0.4 * max(load)
        caps = [int(cap if kind == "A" else 0.7 * cap)] * m
    else:
        if kind == "E":
            use = [[max(1, round(1 - 10 * math.log(1 - rng.random()))) for _ in range(n)] for _ in range(m)]
            cost = [[round(1000 / use[i][j] - 10 * rng.random()) for j in range(n)] for i in range(m)]
        elif kind == "D":
            use = [[rng.randint(1, 100) for _ in range(n)] for _ in range(m)]
            cost = [[111 - use[i][j] + rng.randint(-10, 10) for j in range(n)] for i in range(m)]
        else:
            use = [[rng.randint(5, 25) for _ in range(n)] for _ in range(m)]
            cost = [[rng.randint(10, 50) for _ in range(n)] for _ in range(m)]
        caps = [int(0.8 * sum(row) / m) for row in use]
    out = [f"{m} {n}"]
    out += [" ".join(map(str, row)) for row in cost + use] + [" ".join(map(str, caps))]
    return "\n".join(out)


def moves(n, m, rng):
    cpu = [rng.choice([0.5, 1, 4, 8]) for _ in range(n)]
    replicas = [rng.randint(1, 3) for _ in range(n)]
    total = sum(c * r for c, r in zip(cpu, replicas))
    return json.dumps({
        "capacity": [max(24, int(total / m / 0.8 * rng.uniform(0.7, 1.3))) for _ in range(m)],
        "gpu": [int(b % 3 == 0) for b in range(m)],
        "cpu": cpu, "replicas": replicas,
        "needs_gpu": [int(rng.random() < 0.2) for _ in range(n)],
        "now": [rng.randrange(m) for _ in range(n)]})


def federation(n, m, rng, tightness, n_links, scale):
    regions = max(2, m // 8)
    region = [rng.randrange(regions) for _ in range(m)]
    at = [(rng.random() * 100, rng.random() * 100) for _ in range(regions)]
    price = [(rng.randint(20, 60), rng.randint(2, 8), rng.randint(1, 3)) for _ in range(m)]
    size = [rng.choice([(500, 512, 0), (1000, 1024, 5), (4000, 2048, 20), (8000, 8192, 40)]) for _ in range(n)]
    use = [[max(1, int(x * rng.uniform(0.5, 1.5))) for x in s] for s in size]
    total = [sum(u[r] for u in use) for r in range(3)]
    share = [rng.uniform(0.5, 1.5) for _ in range(m)]
    largest = [max(u[r] for u in use) for r in range(3)]
    cap = [[max(largest[r], int(total[r] / tightness * share[b] / sum(share) * rng.uniform(0.9, 1.1))) for r in range(3)]
           for b in range(m)]
    cost = [[sum(u[r] * price[b][r] for r in range(3)) // 100 + rng.randint(0, 300) for b in range(m)] for u in use]
    far = [[0 if a == b else 1 + (int(math.dist(at[region[a]], at[region[b]])) if region[a] != region[b] else 1)
            for b in range(m)] for a in range(m)]
    app, k = [], 0
    while len(app) < n:  # services come in applications, most links stay inside one
        app += [k] * rng.randint(4, 12)
        k += 1
    links = []
    while len(links) < n_links:
        i = rng.randrange(n)
        j = rng.randrange(n) if rng.random() < 0.1 else min(n - 1, max(0, i + rng.randint(-8, 8)))
        if i != j and (app[i] == app[j] or abs(i - j) > 8 or rng.random() < 0.02):
            links.append([i, j, max(1, round(scale * rng.randint(1, 30)))])
    rows = [[n, m, 3, n_links]] + use + cap + cost + (far + links if links else [])
    return "\n".join(" ".join(map(str, row)) for row in rows)


def main():
    what = sys.argv[1]
    if what == "gap":
        kind, m, n, seed = sys.argv[2], *map(int, sys.argv[3:6])
        print(gap(kind, m, n, random.Random(seed)))
    elif what == "moves":
        n, m, seed = map(int, sys.argv[2:5])
        print(moves(n, m, random.Random(seed)))
    elif what == "federation":
        n, m, seed = map(int, sys.argv[2:5])
        print(federation(n, m, random.Random(seed), float(sys.argv[5]), int(sys.argv[6]),
                         float(sys.argv[7]) if len(sys.argv) > 7 else 1))
    else:
        sys.exit(__doc__)


main()
