#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write a large world and graphs for it.

    generate.py world > big.yaml          200 clusters
    generate.py graphs DIR                graphs DIR/graph-NNN.yaml, 2,000 services in all

The same arguments give the same bytes.
"""
import argparse
import os
import random

REGIONS = ["eu-north", "eu-west", "eu-south", "eu-east", "us-east", "us-west", "ap-south", "ap-east"]
TIERS = [("edge", 1, 4, 8), ("site", 2, 8, 32), ("cloud", 4, 32, 128)]
HEAD = "# SPDX-License-Identifier: Apache-2.0\n# Made by generate.py: change that, not this.\n"


def world(clusters, seed):
    rng = random.Random(seed)
    print(HEAD + "apiVersion: smo/v1\nkind: World\nname: big")
    print("description: %d clusters in %d regions" % (clusters, len(REGIONS)))
    print("readyAfter: 2s\nheartbeat: 5s\nclusters:")
    for i in range(clusters):
        tier, nodes, cpu, memory = TIERS[rng.choices(range(3), weights=[5, 3, 2])[0]]
        region = REGIONS[i % len(REGIONS)]
        devices = ", nvidia.com/gpu: 2" if tier != "edge" and rng.random() < 0.3 else ""
        print("  - name: c%03d-%s" % (i + 1, tier))
        print("    region: %s\n    provider: p%d" % (region, rng.randrange(4)))
        print("    zones: [%s-%s]\n    labels: {tier: %s}" % (region, "abc"[i % 3], tier))
        print("    nodes: [{count: %d, capacity: {cpu: %d, memory: %dGi, ephemeral-storage: %dGi%s}}]"
              % (nodes, cpu, memory, 20 * cpu, devices))
        print("    base: {cpu: %dm, memory: %dMi}" % (100 * nodes, 256 * nodes))
        print("    priceCpu: %.3f\n    priceMemory: %.4f" % (rng.uniform(0.02, 0.08), rng.uniform(0.003, 0.01)))
        print("    carbon: %d" % rng.randint(20, 800))


def service(name, callees, rng):
    gpu = rng.random() < 0.05
    cpu = rng.choices(["light", "small", "medium"], weights=[6, 3, 1])[0]
    lines = [
        "    - id: %s" % name,
        "      artifact:",
        "        ociImage: oci://registry.example/charts/%s:1.0.0" % name,
        "        ociConfig: {type: App, implementer: HELM}",
        "        ociRun: {name: HELM, version: v3}",
        "        valuesOverwrite: {}",
        "      deployment:",
        "        trigger: {auto: {dependencies: []}}",
        "        intent:",
        "          compute: {cpu: %s, ram: %s, storage: none, gpu: {enabled: %s}}"
        % (cpu, "small" if cpu == "light" else "medium", "true" if gpu else "false"),
        "          connectionPoints: [%s]" % ", ".join(callees),
    ]
    return "\n".join(lines)


def graphs(folder, count, services, seed):
    rng = random.Random(seed + 1)
    os.makedirs(folder, exist_ok=True)
    each = [services // count + (1 if i < services % count else 0) for i in range(count)]
    for i, n in enumerate(each):
        names = ["g%03d-s%03d" % (i + 1, k + 1) for k in range(n)]
        parts = []
        for k, name in enumerate(names):
            callees = sorted(rng.sample(names[k + 1:], min(len(names) - k - 1, rng.choice([0, 1, 1, 2]))))
            parts.append(service(name, callees, rng))
        with open(os.path.join(folder, "graph-%03d.yaml" % (i + 1)), "w", encoding="utf-8") as f:
            f.write(HEAD + "hdaGraph:\n  imVersion: 0.4.0\n  id: graph-%03d\n" % (i + 1))
            f.write('  version: "1.0.0"\n  hdaGraphIntent: {}\n  services:\n' + "\n".join(parts) + "\n")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("what", choices=["world", "graphs"])
    p.add_argument("folder", nargs="?", default="graphs")
    p.add_argument("--clusters", type=int, default=200)
    p.add_argument("--graphs", type=int, default=40)
    p.add_argument("--services", type=int, default=2000)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    if a.what == "world":
        world(a.clusters, a.seed)
    else:
        graphs(a.folder, a.graphs, a.services, a.seed)


if __name__ == "__main__":
    main()
