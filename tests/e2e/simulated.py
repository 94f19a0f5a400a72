#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The law of resumption, and whole lives of graphs, on the simulated federation.

usage: simulated.py SMO SOURCE_ROOT

For every call that SMO makes to the world, SMO is killed at that call (before it, and after it with
only the answer lost), and the same command is run again: the world must end as if nothing had
happened, with nothing twice and nothing left. Prints TAP.
"""

import json
import os
import subprocess
import sys

from sim import Failure, Sim, check

KILLED = (-9, 137)
MOST_CALLS = 400


def killed_everywhere(sim, command, want, before="start", again=None):
    """Kill `command` at every call; run it (or `again`) anew; compare with the world `want`."""
    kills = 0
    for after in ([], ["--after"]):
        for port in ["object", "release", "cluster", "chart"]:
            for k in range(MOST_CALLS):
                sim.restore(before)
                sim.smo("sim", "fault", port, "--kind", "kill", "--skip", str(k), *after)
                p = sim.run(*command)
                if p.returncode not in KILLED:
                    check(p.returncode == 0, p.stderr[-1500:])
                    break
                kills += 1
                p = sim.run(*(again or command))
                gone = command[1] == "remove" and p.returncode == 3
                check(p.returncode == 0 or gone, f"again after a kill at {port} call {k} {after}:",
                      p.stderr[-1500:])
                check(sim.world() == want, f"another world after a kill at {port} call {k} {after}:\n",
                      sim.world(), "\ninstead of\n", want)
            else:
                raise Failure(f"more than {MOST_CALLS} calls of {port}")
    check(kills > 10, f"only {kills} kills")
    return kills


def prepare(sim, command):
    sim.save("start")
    sim.smo(*command)
    want = sim.world()
    sim.restore("start")
    return want


def a_deploy_killed_at_any_call_is_resumed(sim):
    sim.init()
    command = ["graph", "deploy", sim.example("key-concepts"), "-p", "demo", "--wait"]
    return killed_everywhere(sim, command, prepare(sim, command))


def a_deploy_of_legacy_charts_killed_at_any_call_is_resumed(sim):
    sim.init(os.path.join(sim.root, "examples/worlds/brussels.yaml"))
    command = ["graph", "deploy", sim.example("brussels"), "-p", "demo", "--wait"]
    return killed_everywhere(sim, command, prepare(sim, command))


def resume_ends_what_a_killed_deploy_began(sim):
    sim.init()
    command = ["graph", "deploy", sim.example("gpu-offloading"), "-p", "demo", "--wait"]
    want = prepare(sim, command)
    for k in range(3, MOST_CALLS):
        sim.restore("start")
        sim.smo("sim", "fault", "release", "--call", "put", "--kind", "kill", "--skip", str(k - 3))
        if sim.run(*command).returncode not in KILLED:
            break
        sim.smo("graph", "resume", "gpu-offloading-graph", "--wait")
        check(sim.world() == want, "another world after resume:", sim.world())
    check(k > 3, "never killed")


def a_failover_killed_at_any_call_is_resumed(sim):
    sim.init()
    sim.smo("graph", "deploy", sim.example("key-concepts"), "-p", "demo", "--wait")
    home = sim.json("graph", "list")[0]["services"][0]["cluster_affinity"]
    sim.smo("sim", "cluster", "down", home)
    sim.smo("sim", "advance", "60s")
    command = ["graph", "re-place", "my-webapp-graph", "--wait"]
    want = prepare(sim, command)
    check(all(s[2] != home for s in want[1][0][2] if s[1] == "Deployed"), "still on", home, want[1])
    return killed_everywhere(sim, command, want)


def a_removal_killed_at_any_call_is_resumed(sim):
    sim.init()
    sim.smo("graph", "deploy", sim.example("key-concepts"), "-p", "demo", "--wait")
    command = ["graph", "remove", "my-webapp-graph", "--yes"]
    want = prepare(sim, command)
    check(want[1] == [], "graphs are left:", want[1])
    return killed_everywhere(sim, command, want)


def a_stop_killed_at_any_call_is_resumed(sim):
    sim.init()
    sim.smo("graph", "deploy", sim.example("gpu-offloading"), "-p", "demo", "--wait")
    command = ["graph", "stop", "gpu-offloading-graph", "--yes"]
    return killed_everywhere(sim, command, prepare(sim, command))


def a_failed_step_is_told(sim):
    sim.init()
    command = ["graph", "deploy", sim.example("key-concepts"), "-p", "demo"]
    sim.smo("sim", "fault", "release", "--call", "put", "--skip", "1", "--kind", "bad-gateway")
    p = sim.smo(*command, code=9)
    check("resume" in p.stderr and "step" in p.stderr, p.stderr)
    check(sim.json("graph", "list")[0]["status"] == "Degraded", sim.json("graph", "list"))
    sim.smo(*command)
    check(sim.json("graph", "list")[0]["status"] == "Running", sim.json("graph", "list"))


def a_failed_deploy_is_undone_when_asked(sim):
    sim.init()
    empty = sim.world()
    sim.smo("sim", "fault", "release", "--call", "put", "--skip", "1", "--kind", "bad-gateway")
    p = sim.run("graph", "deploy", sim.example("key-concepts"), "-p", "demo", "--rollback-on-failure")
    check(p.returncode != 0 and "undone" in p.stderr, p.returncode, p.stderr)
    check(sim.world() == empty, "not undone:", sim.world())


def a_graph_lives(sim):
    sim.init()
    path = sim.example("key-concepts")
    sim.smo("graph", "deploy", path, "-p", "demo", "--wait")
    check(not sim.json("graph", "plan", path, "-p", "demo").get("steps"), "the second plan is not empty")
    sim.smo("graph", "deploy", path, "-p", "demo")
    sim.smo("graph", "deploy", path, "-p", "demo", "--create-only", code=4)
    sim.smo("graph", "deploy", path, "-p", "other", code=4)
    check(sim.json("graph", "status", "my-webapp-graph")["health"] == "Pending", "not pending")
    sim.smo("graph", "trigger", "my-webapp-graph", "image-processor", "--wait")
    check(sim.json("graph", "status", "my-webapp-graph")["health"] == "Healthy", "not healthy")
    sim.smo("graph", "start", "my-webapp-graph", code=4)
    sim.smo("graph", "stop", "my-webapp-graph", "--yes")
    sim.smo("graph", "stop", "my-webapp-graph", "--yes", code=4)
    sim.smo("graph", "re-place", "my-webapp-graph", code=4)
    sim.smo("graph", "start", "my-webapp-graph", "--wait")
    check(sim.json("graph", "status", "my-webapp-graph")["health"] == "Pending",
          "a conditional service came back without its event")
    sim.smo("graph", "scale", "my-webapp-graph", "backend=3", "--wait")
    sim.smo("graph", "resume", "my-webapp-graph")
    sim.smo("graph", "remove", "my-webapp-graph", "--yes")
    sim.smo("graph", "remove", "my-webapp-graph", "--yes", code=3)


def a_plan_that_was_approved_is_carried_out_or_refused(sim):
    sim.init()
    path, plan = sim.example("key-concepts"), sim.dir + "/plan.yaml"
    sim.smo("graph", "plan", path, "-p", "demo", "--out", plan)
    sim.smo("graph", "plan", path, "-p", "demo", "--detailed-exitcode", code=8)
    sim.smo("graph", "deploy", path, "-p", "demo", "--plan", plan)
    sim.smo("graph", "plan", path, "-p", "demo", "--detailed-exitcode", code=0)
    sim.smo("graph", "remove", "my-webapp-graph", "--yes")
    sim.smo("cluster", "cordon", "cloud")
    p = sim.smo("graph", "deploy", path, "-p", "demo", "--plan", plan, code=4)
    check("changed" in p.stderr, p.stderr)


def a_snapshot_is_enough_to_plan(sim):
    sim.init()
    path = sim.example("gpu-offloading")
    sim.smo("graph", "deploy", path, "-p", "demo", "--wait")
    text = sim.smo("snapshot", "gpu-offloading-graph").stdout
    with open(sim.dir + "/world.yaml", "w", encoding="utf-8") as f:
        f.write(text)
    p = sim.smo("graph", "plan", path, "-p", "demo", "--snapshot", sim.dir + "/world.yaml")
    check("nothing to do" in p.stdout, p.stdout)


TESTS = [
    a_graph_lives,
    a_plan_that_was_approved_is_carried_out_or_refused,
    a_snapshot_is_enough_to_plan,
    a_failed_step_is_told,
    a_failed_deploy_is_undone_when_asked,
    a_deploy_killed_at_any_call_is_resumed,
    a_deploy_of_legacy_charts_killed_at_any_call_is_resumed,
    resume_ends_what_a_killed_deploy_began,
    a_failover_killed_at_any_call_is_resumed,
    a_stop_killed_at_any_call_is_resumed,
    a_removal_killed_at_any_call_is_resumed,
]


def main():
    smo, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    only = sys.argv[3] if len(sys.argv) > 3 else ""
    tests = [t for t in TESTS if only in t.__name__]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for i, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        sim = Sim(smo, root)
        try:
            kills = test(sim)
            print(f"ok {i} - {name}{f' ({kills} kills)' if kills else ''}", flush=True)
        except (Failure, subprocess.SubprocessError, OSError, KeyError, IndexError, ValueError) as e:
            failed += 1
            print(f"not ok {i} - {name}", flush=True)
            for line in f"{type(e).__name__}: {e}".splitlines():
                print("#", line, flush=True)
        finally:
            sim.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
