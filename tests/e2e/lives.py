#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random lives of graphs on the simulated federation.

usage: lives.py SMO SOURCE_ROOT [SEED [LIVES]]

Each life is a few graphs made up at random, and a few dozen commands and mishaps: updates, clusters
that fail, calls that are not answered, SMO killed in the middle.  Then the mishaps end, and what must
hold is checked: each graph can be brought to what its descriptor says, a second plan is empty, what
the state says is what runs, no cluster holds more than it has, and after the removal nothing is left.
A life that fails prints its seed and its commands.  Prints TAP.
"""

import json
import os
import random
import subprocess
import sys

from sim import Failure, Sim, check

# 0 done, 3 not found, 4 refused, 5 infeasible, 6 the world does not answer, 7 locked, 9 a step failed
KNOWN = {0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130}
COMMANDS = 40
WORLDS = ["small", "brussels", "green"]
LEVELS = ["none", "light", "small", "medium", "large"]


class Life:
    def __init__(self, sim, seed):
        self.sim, self.rand = sim, random.Random(seed)
        self.log = []
        self.graphs = {}  # name -> (project, descriptor)
        root = os.path.join(sim.root, "examples")
        self.charts = sorted(os.path.join(root, d, "charts", c) for d in os.listdir(root)
                             if os.path.isdir(os.path.join(root, d, "charts"))
                             for c in os.listdir(os.path.join(root, d, "charts")))
        self.once = [c for c in self.charts if "/brussels/" in c or "/hello-world/" in c]  # fixed names
        self.charts = [c for c in self.charts if c not in self.once]
        self.failing = set()
        self.world = self.rand.choice(WORLDS)
        sim.init(os.path.join(root, "worlds", self.world + ".yaml"))
        self.clusters = [c["name"] for c in sim.json("sim", "status")["clusters"]]

    def maybe(self, p):
        return self.rand.random() < p

    def smo(self, *args):
        """Any end is fine that is documented; a crash and silence about a failure are not."""
        p = self.sim.run(*args)
        self.log.append(f"{' '.join(args)}: {p.returncode}")
        killed = p.returncode in (-9, 137)
        check(p.returncode in KNOWN or killed, "smo", *args, "ends with", p.returncode, p.stderr[-2000:])
        told = p.stderr.replace("(simulated)", "").strip() or p.stdout.strip()
        check(p.returncode == 0 or killed or told, "smo", *args, "fails silently with", p.returncode)
        return p

    # ---- graphs made up ----

    def service(self, name, others):
        compute = {"cpu": self.rand.choice(LEVELS[:4]), "ram": self.rand.choice(LEVELS[:4])}
        if self.maybe(0.2):
            compute["storage"] = self.rand.choice(LEVELS)
        if self.maybe(0.15):
            compute["gpu"] = {"enabled": self.rand.choice([True, "True", "false", 1])}
        intent = {"compute": compute}
        if others and self.maybe(0.6):
            intent["connectionPoints"] = self.rand.sample(others, self.rand.randint(1, min(2, len(others))))
        if self.maybe(0.15):
            intent["location"] = {"clusters": self.rand.sample(self.clusters, self.rand.randint(1, len(self.clusters)))}
        if self.maybe(0.15):
            intent["highAvailability"] = {"replicasAcrossClusters": 2}
        deployment = {"intent": intent}
        if self.maybe(0.5):
            deployment["replicas"] = self.rand.randint(1, 4)
        if self.maybe(0.15):
            deployment["trigger"] = {"event": {"condition": "ANY", "events": [
                {"id": name + "-busy", "condition": {"promQuery": "up == 0", "gracePeriod": "1m"}}]}}
        elif others and self.maybe(0.3):
            deployment["trigger"] = {"auto": {"dependencies": [self.rand.choice(others)]}}
        kind = self.rand.choice([("App", "HELM"), ("App", "HELM"), ("VO", "WOT")])
        chart = self.rand.choice(self.charts)
        if self.once and self.maybe(0.2):
            chart = self.once.pop()
        return {"id": name, "artifact": {"ociImage": chart,
                                         "ociConfig": {"type": kind[0], "implementer": kind[1]},
                                         "valuesOverwrite": {"tag": self.rand.randint(1, 3)} if self.maybe(0.3) else {}},
                "deployment": deployment}

    def made_up(self, name):
        names = [f"{name}-{c}" for c in "abcdef"[:self.rand.randint(1, 6)]]
        services = [self.service(n, names[:i]) for i, n in enumerate(names)]
        intent = {"useStaticPlacement": False}
        if self.maybe(0.3):
            intent["placement"] = {"policy": self.rand.choice(
                ["stable", "cheapest", "greenest", "fastest", "balanced", "first-fit", "reoptimise"])}
        return {"hdaGraph": {"id": name, "version": "1.0.0", "hdaGraphIntent": intent, "services": services}}

    def changed(self, descriptor):
        d = json.loads(json.dumps(descriptor))
        services = d["hdaGraph"]["services"]
        names = [s["id"] for s in services]
        what = self.rand.randint(0, 3)
        if what == 0 and len(services) < 7:
            services.append(self.service(d["hdaGraph"]["id"] + "-new" + str(self.rand.randint(0, 99)), names))
        elif what == 1 and len(services) > 1:
            services.pop()
        elif what == 2:
            i = self.rand.randrange(len(services))
            services[i] = self.service(names[i], names[:i])
        else:
            self.rand.choice(services)["deployment"]["replicas"] = self.rand.randint(1, 5)
        used = {s["id"] for s in services}
        for s in services:
            intent = s["deployment"]["intent"]
            if "connectionPoints" in intent:
                intent["connectionPoints"] = [c for c in intent["connectionPoints"] if c in used]
            if "auto" in s["deployment"].get("trigger", {}):
                dep = s["deployment"]["trigger"]["auto"]["dependencies"]
                s["deployment"]["trigger"]["auto"]["dependencies"] = [c for c in dep if c in used]
        return d

    def file(self, descriptor):
        path = os.path.join(self.sim.dir, descriptor["hdaGraph"]["id"] + ".json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(descriptor, f, indent=1)
        return path

    # ---- commands ----

    def deploy(self, name, *more):
        project, descriptor = self.graphs[name]
        return self.smo("graph", "deploy", self.file(descriptor), "-p", project, *more)

    def new(self):
        name = "g" + str(len(self.log))
        self.graphs[name] = (self.rand.choice(["red", "blue"]), self.made_up(name))
        self.deploy(name, *(["--wait"] if self.maybe(0.5) else []),
                    *(["--rollback-on-failure"] if self.maybe(0.2) else []))

    def step(self):
        r = self.rand
        if not self.graphs or (len(self.graphs) < 3 and self.maybe(0.15)):
            return self.new()
        name = r.choice(sorted(self.graphs))
        project, descriptor = self.graphs[name]
        service = r.choice(descriptor["hdaGraph"]["services"])["id"]
        act = r.randint(0, 17)
        if act in (0, 1, 2):
            if self.maybe(0.7):
                self.graphs[name] = (project, self.changed(descriptor))
            return self.deploy(name, *(["--wait", "--timeout", "60s"] if self.maybe(0.5) else []),
                               *(["--rollback-on-failure"] if self.maybe(0.2) else []))
        if act == 3:
            return self.smo("graph", "stop", name, "--yes")
        if act == 4:
            return self.smo("graph", "start", name)
        if act == 5:
            return self.smo("graph", "re-place", name)
        if act == 6:
            return self.smo("graph", "scale", name, f"{service}={r.randint(1, 5)}")
        if act == 7:
            return self.smo("graph", "trigger", name, service)
        if act == 8:
            return self.smo("graph", "rollback", name, "--yes")
        if act == 9:
            return self.smo("graph", "resume", name)
        if act == 10:
            self.smo("graph", "remove", name, "--yes")
            if not self.smo("graph", "describe", name).returncode:
                return None
            del self.graphs[name]
            return None
        if act in (11, 12):
            return self.smo("sim", "cluster", r.choice(["down", "up"]), r.choice(self.clusters))
        if act == 13:
            return self.smo("sim", "advance", r.choice(["5s", "60s", "10m"]))
        if act == 14:
            return self.smo("cluster", r.choice(["cordon", "uncordon"]), r.choice(self.clusters))
        if act == 15:
            self.failing.add(service)
            return self.smo("sim", "fail", service)
        return self.smo("sim", "fault", r.choice(["object", "release", "cluster", "chart"]),
                        "--kind", r.choice(["bad-gateway", "timeout", "conflict", "forbidden", "kill", "kill"]),
                        "--skip", str(r.randint(0, 12)), *(["--after"] if self.maybe(0.4) else []))

    # ---- what must hold in the end ----

    def quiet(self):
        for c in self.clusters:
            self.smo("sim", "cluster", "up", c)
            self.smo("cluster", "uncordon", c)
        for service in sorted(self.failing):
            self.smo("sim", "fail", service, "--recover")
        for _ in range(30):  # what is armed goes off
            if not self.sim.json("sim", "status").get("faults"):
                break
            self.smo("cluster", "sync")
            for name in sorted(self.graphs):
                self.smo("graph", "resume", name)
                self.smo("graph", "status", name)
        self.smo("sim", "advance", "10m")

    def settle(self, name):
        """What the descriptor says, or a refusal that says why, and then it stays as it is."""
        project, descriptor = self.graphs[name]
        p = self.deploy(name, "--wait")
        for _ in range(8):  # a cluster may have room, but no node with room: then it looks elsewhere
            armed = p.returncode in (-9, 137) or "told to fail here" in p.stderr
            if not armed and "nodes are available" not in p.stderr:
                break
            self.smo("sim", "advance", "10m")
            p = self.deploy(name, "--wait")
        if p.returncode == 5:
            return False, p
        for _ in range(8):
            plan = self.smo("graph", "plan", self.file(descriptor), "-p", project, "-o", "json")
            if not plan.returncode:
                break
        plan = json.loads(plan.stdout)
        if p.returncode and any("nothing else fits" in n for n in plan.get("notes", [])):
            return False, p
        check(p.returncode == 0, name, "cannot be deployed:", p.returncode, p.stderr[-2500:])
        check(not plan.get("steps"), name, "is deployed, but a second plan is not empty:",
              json.dumps(plan.get("steps"), indent=1))
        return True, p

    def agreement(self):
        runs = {}
        for s in self.sim.json("sim", "status")["services"]:
            runs[s["service"]] = {o["cluster"] for o in s["on"]}
        for g in self.sim.json("graph", "list"):
            for s in g["services"]:
                said = s["cluster_affinity"]
                said = {c.strip() for c in said.split(",")} if isinstance(said, str) else set(said or [])
                if s["status"] == "Deployed" and g["status"] == "Running":
                    check(runs.get(s["name"]) == said, s["name"], "is said on", said, "and runs on", runs.get(s["name"]))
                if s["status"] == "Pending":
                    check(not runs.get(s["name"]), s["name"], "is pending and runs on", runs.get(s["name"]))

    def live(self):
        for _ in range(COMMANDS):
            self.step()
        self.quiet()
        why = []
        for name in sorted(self.graphs):
            ok, p = self.settle(name)
            why.append((ok, p.returncode))
        self.agreement()
        for name in sorted(self.graphs):
            p = self.smo("graph", "remove", name, "--yes")
            check(p.returncode in (0, 3), name, "cannot be removed:", p.stderr[-1500:])
        check(self.sim.json("graph", "list") == [], "graphs are left")
        status = self.sim.json("sim", "status")
        check(not status["services"], "services are left:", status["services"])
        objects = {k: v for k, v in status.items() if k not in ("clusters", "services", "now", "world", "simulated", "loads", "faults")}
        check(not any(objects.values()), "objects are left:", objects)
        return why


def main():
    smo, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    lives = int(sys.argv[4]) if len(sys.argv) > 4 else 10
    print(f"1..{lives}", flush=True)
    failed = 0
    for i in range(lives):
        sim = Sim(smo, root)
        life = None
        try:
            life = Life(sim, seed + i)
            why = life.live()
            print(f"ok {i + 1} - life {seed + i} {why}", flush=True)
            sim.close()
        except (Failure, subprocess.SubprocessError, OSError, KeyError, IndexError, ValueError) as e:
            failed += 1
            print(f"not ok {i + 1} - life {seed + i} ({sim.dir})", flush=True)
            for line in f"{type(e).__name__}: {e}".splitlines():
                print("#", line, flush=True)
            for line in life.log if life else []:
                print("#   smo", line, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
