#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules and dashboards of graphs, end to end on the simulated federation, with a strict stand-in for
Grafana and, where it is installed, a real Prometheus.

usage: watch.py SMO SOURCE_ROOT

Prints TAP.
"""

import concurrent.futures
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
from sim import Failure, Sim, check  # noqa: E402


class Bench(Sim):
    def __init__(self, smo, root):
        super().__init__(smo, root)
        self.children = []
        self.init()
        self.path = os.path.join(root, "examples/brussels/hdag.yaml")
        self.graph = "image-detection-graph"

    def close(self):
        for p in self.children:
            p.kill()
            p.wait()
        super().close()

    def deploy(self, code=0):
        return self.smo("graph", "deploy", self.path, "-p", "demo", code=code)

    def kinds(self):
        return [s["kind"] for s in self.json("graph", "plan", self.graph).get("steps", [])]

    def status(self):
        return self.json("graph", "status", self.graph)

    def grafana(self, *options):
        p = subprocess.Popen([os.path.join(self.root, "tests/watch/grafana"), *options],
                             stdout=subprocess.PIPE, text=True)
        self.children.append(p)
        self.url = p.stdout.readline().strip()
        self.env.update(GRAFANA_HOST=self.url + "/", SMO_DASHBOARDS="grafana")
        return p

    def tell(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data=data), timeout=10) as r:
            return json.loads(r.read())

    def state(self):
        return self.tell("/stub/state")


# ---- Grafana ----


def a_graph_brings_its_dashboards_and_takes_them_along(bench):
    bench.grafana()
    bench.deploy()
    state = bench.state()
    boards = state["dashboards"]
    check(len(boards) == 4, sorted(boards))
    check([f["title"] for f in state["folders"].values()] == ["demo"], state["folders"])
    check({b["folder"] for b in boards.values()} == set(state["folders"]), "not in the folder")
    check(all(len(uid) <= 40 and "smo" in b["tags"] and f"graph:{bench.graph}" in b["tags"]
              for uid, b in boards.items()), boards)
    check(bench.kinds() == [], "the second plan is not empty:", bench.kinds())
    described = bench.json("graph", "describe", bench.graph)
    check(described["grafana"].startswith(bench.url + "/d/smo-g-"), described["grafana"])
    check(described["grafana"].rsplit("/", 1)[1] in boards, described["grafana"])
    check(all(s["grafana"].rsplit("/", 1)[1] in boards for s in described["services"]), described["services"])
    check(described["conditions"] == [], described["conditions"])
    bench.smo("graph", "remove", bench.graph, "--yes")
    state = bench.state()
    check(not state["dashboards"] and not state["folders"], "something stays:", state)


def what_was_done_is_marked_on_the_dashboards(bench):
    bench.grafana()
    bench.deploy()
    marks = bench.state()["annotations"]
    check(len(marks) == 1 and f"graph:{bench.graph}" in marks[0]["tags"], marks)
    check(marks[0]["text"].startswith(f"deploy {bench.graph}: ") and "noise-reduction" in marks[0]["text"], marks)
    bench.smo("graph", "scale", bench.graph, "noise-reduction=2")
    marks = bench.state()["annotations"]
    check(len(marks) == 2 and marks[1]["text"].startswith(f"scale {bench.graph}: "), marks)
    bench.smo("graph", "resume", bench.graph)
    check(len(bench.state()["annotations"]) == 2, "nothing was done, and it is marked")


def changes_by_hand_are_put_right_and_moves_are_kept(bench):
    bench.grafana()
    bench.deploy()
    uid = sorted(bench.state()["dashboards"])[0]
    before = bench.state()["dashboards"][uid]
    auth = {"Authorization": "Basic YWRtaW46cHJvbS1vcGVyYXRvcg==", "Content-Type": "application/json"}

    def post(path, body):
        with urllib.request.urlopen(urllib.request.Request(bench.url + path, data=json.dumps(body).encode(),
                                                           headers=auth), timeout=10) as r:
            return json.loads(r.read())
    post("/api/folders", {"uid": "mine", "title": "Mine"})
    changed = {k: v for k, v in before.items() if k != "folder"}
    post("/api/dashboards/db", {"dashboard": {**changed, "title": "Other"}, "folderUid": "mine"})
    check(bench.kinds() == ["dashboard"], bench.kinds())
    bench.tell("/stub/edit", {"uid": uid})
    bench.smo("graph", "resume", bench.graph)
    after = bench.state()["dashboards"][uid]
    check(after["title"] == before["title"] and after["folder"] == "mine", after["title"], after["folder"])
    check(after["version"] >= 4, "the conflict was not met:", after["version"])
    check(bench.kinds() == [], bench.kinds())


def titles_that_are_taken_are_made_different(bench):
    bench.grafana()
    auth = {"Authorization": "Basic YWRtaW46cHJvbS1vcGVyYXRvcg==", "Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(
        bench.url + "/api/folders", data=b'{"uid": "other", "title": "demo"}', headers=auth), timeout=10).close()
    bench.deploy()
    titles = sorted(f["title"] for f in bench.state()["folders"].values())
    check(titles[0] == "demo" and titles[1].startswith("demo (smo:") and len(titles) == 2, titles)
    bench.smo("graph", "remove", bench.graph, "--yes")
    check(list(bench.state()["folders"]) == ["other"], "another's folder is gone")


def two_graphs_share_a_folder_and_nothing_else(bench):
    bench.grafana()
    bench.deploy()
    n = len(bench.state()["dashboards"])
    bench.smo("graph", "deploy", os.path.join(bench.root, "examples/hello-world/hdag.yaml"), "-p", "demo")
    state = bench.state()
    check(len(state["folders"]) == 1 and len(state["dashboards"]) > n, state["folders"])
    bench.smo("graph", "remove", bench.graph, "--yes")
    state = bench.state()
    check(len(state["folders"]) == 1 and len(state["dashboards"]) == 2, sorted(state["dashboards"]))


def without(value, name):
    """The document without the service of that name, and without what names it."""
    if isinstance(value, list):
        return [without(v, name) for v in value
                if v != name and not (isinstance(v, dict) and name in (v.get("id"), v.get("connectionPoint")))]
    return {k: without(v, name) for k, v in value.items()} if isinstance(value, dict) else value


def a_service_that_leaves_takes_its_dashboard_along(bench):
    bench.grafana()
    bench.deploy()
    document = without(bench.json("graph", "describe", bench.graph)["hdaGraph"], "noise-reduction")
    path = bench.dir + "/less.json"
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"hdaGraph": document}, f)
    bench.smo("graph", "deploy", path, "-p", "demo")
    boards = bench.state()["dashboards"]
    check(len(boards) == 3 and all(b["title"] != "noise-reduction" for b in boards.values()), sorted(boards))


def a_token_is_enough_and_a_wrong_one_fails_no_deployment(bench):
    bench.grafana("--token", "glsa_secret")
    bench.env["GRAFANA_TOKEN"] = "glsa_wrong"
    p = bench.deploy()
    check("Invalid username or password" in p.stderr and "glsa_wrong" not in p.stdout + p.stderr, p.stderr)
    check(bench.status()["conditions"][0]["reason"] == "DashboardsNotPut", bench.status())
    bench.env["GRAFANA_TOKEN"] = "glsa_secret"
    bench.smo("graph", "resume", bench.graph)
    check(len(bench.state()["dashboards"]) == 4, "not put")
    check(bench.status()["status"] == "Running" and not bench.status()["conditions"], bench.status())


def clusters_have_dashboards_of_their_own(bench):
    bench.grafana()
    bench.smo("cluster", "sync")
    state = bench.state()
    check(sorted(b["title"] for b in state["dashboards"].values()) == ["cloud", "edge", "gpu"], state["dashboards"])
    check([f["title"] for f in state["folders"].values()] == ["Clusters"], state["folders"])
    check(all(c["grafana"].startswith(bench.url) for c in bench.json("cluster", "list")), "no links")
    saves = len([r for r in state["requests"] if r.startswith("POST /api/dashboards")])
    bench.smo("cluster", "sync")
    check(saves == len([r for r in bench.state()["requests"] if r.startswith("POST /api/dashboards")]),
          "what is there is put again")
    bench.deploy()
    bench.smo("graph", "remove", bench.graph, "--yes")
    check(len(bench.state()["dashboards"]) == 3, "a graph took them along")


def faulty(mode):
    def test(bench):
        bench.grafana()
        bench.env["SMO_GRAFANA_TIMEOUT"] = "1s"
        bench.tell("/stub/fault", {"mode": mode, "count": 1000})
        began = time.time()
        p = bench.deploy()
        spent = time.time() - began
        check("Degraded" in p.stderr, p.stderr)
        check(spent < 30, f"it took {spent:.1f} s")
        status = bench.status()
        check(status["status"] == "Degraded" and status["health"] in ("Healthy", "Progressing", "Pending"), status)
        condition = status["conditions"][0]
        check(condition["type"] == "Degraded" and condition["reason"] == "DashboardsNotPut" and
              "Grafana at 127.0.0.1" in condition["message"], condition)
        described = bench.smo("graph", "describe", bench.graph).stdout
        check("Degraded: DashboardsNotPut: " in described, described)
        check("DashboardsNotPut" in bench.smo("graph", "list", "-o", "wide").stdout, "not in the list")
        bench.tell("/stub/fault", {"mode": mode, "count": 0})
        check(set(bench.kinds()) == {"dashboard"}, "the second plan:", bench.kinds())
        bench.smo("graph", "resume", bench.graph)
        status = bench.status()
        check(status["status"] == "Running" and status["conditions"] == [], status)
        check(len(bench.state()["dashboards"]) == 4, "not put")
        check(bench.kinds() == [], bench.kinds())
        bench.tell("/stub/fault", {"mode": mode, "count": 1000})
        bench.smo("cluster", "sync")
        p = bench.smo("graph", "remove", bench.graph, "--yes")
        check("may be left behind until `smo tick` gets at them: Grafana at 127.0.0.1" in p.stdout + p.stderr,
              p.stdout, p.stderr)
        p = bench.smo("tick", code=7 if mode == "stall" else 6)
        check(f"of graph {bench.graph} failed: Grafana at 127.0.0.1" in p.stdout + p.stderr, p.stdout, p.stderr)
        bench.tell("/stub/fault", {"mode": mode, "count": 0})
        check(len(bench.state()["dashboards"]) == 4, bench.state())
        p = bench.smo("tick")
        check(f"take away 4 dashboards of graph {bench.graph}" in p.stdout + p.stderr, p.stdout, p.stderr)
        check(not bench.state()["dashboards"], "left for ever:", bench.state())
        check("Nothing is due" in bench.smo("tick").stdout, "it is done again")
    test.__name__ = f"a_grafana_that_answers_{mode}_degrades_and_fails_nothing" if mode not in ("stall", "drop") \
        else f"a_grafana_that_{mode}s_degrades_and_fails_nothing"
    return test


def an_absent_grafana_degrades_and_fails_nothing(bench):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    bench.env.update(GRAFANA_HOST=f"http://127.0.0.1:{port}", SMO_DASHBOARDS="grafana")
    bench.deploy()
    status = bench.status()
    check(status["conditions"][0]["reason"] == "DashboardsNotPut", status)
    check("(and 3 more)" in status["conditions"][0]["message"], status)
    bench.env["SMO_DASHBOARDS"] = "off"
    bench.smo("graph", "resume", bench.graph)
    check(bench.status()["status"] == "Running", bench.status())


def away(bench, answers):
    bench.env["SMO_GRAFANA_TIMEOUT"] = "1s"
    bench.tell("/stub/fault", {"mode": "500", "count": 0 if answers else 1000})


def what_a_stop_left_behind_goes_with_the_next_command_that_gets_at_it(bench):
    bench.grafana()
    bench.deploy()
    away(bench, False)
    bench.smo("graph", "stop", bench.graph, "--yes")
    away(bench, True)
    check(len(bench.state()["dashboards"]) == 4, bench.state())
    other = bench.dir + "/other.yaml"
    with open(os.path.join(bench.root, "examples/key-concepts/hdag.yaml"), encoding="utf-8") as f:
        text = f.read()
    with open(other, "w", encoding="utf-8") as f:
        f.write(text)
    bench.smo("graph", "deploy", other, "-p", "else")
    left = [b["title"] for b in bench.state()["dashboards"].values() if f"graph:{bench.graph}" in b["tags"]]
    check(left == [], "left behind:", left)
    check(bench.state()["dashboards"], "those of the other graph are gone too")
    bench.smo("graph", "start", bench.graph)
    left = [b["title"] for b in bench.state()["dashboards"].values() if f"graph:{bench.graph}" in b["tags"]]
    check(len(left) == 4 and bench.kinds() == [], left)
    check("Nothing is due" in bench.smo("tick").stdout, "something is due")


def a_graph_that_comes_again_keeps_what_its_former_self_left(bench):
    bench.grafana()
    bench.deploy()
    away(bench, False)
    bench.smo("graph", "remove", bench.graph, "--yes")
    bench.deploy()
    away(bench, True)
    bench.smo("tick")
    check(len(bench.state()["dashboards"]) == 4, "taken from a graph that runs:", bench.state())
    bench.smo("graph", "resume", bench.graph)
    check(bench.status()["status"] == "Running" and bench.kinds() == [], bench.status())
    bench.smo("graph", "remove", bench.graph, "--yes")
    check(not bench.state()["dashboards"], bench.state())


def dashboards_move_when_their_mode_changes(bench):
    bench.grafana()
    bench.smo("cluster", "sync")
    bench.deploy()
    with open(bench.dir + "/state/config.yaml", "a", encoding="utf-8") as f:
        f.write(f"dashboards: {{dir: {bench.dir}/boards}}\n")
    bench.env["SMO_DASHBOARDS"] = "files"
    steps = bench.json("graph", "plan", bench.graph)["steps"]
    gone = [s for s in steps if s["verb"] == "delete"]
    check(len(steps) == 8 and len(gone) == 4 and
          all(s["reason"] == f"such go elsewhere now, it is left in Grafana at {bench.url}" for s in gone), steps)
    away(bench, False)
    p = bench.smo("graph", "resume", bench.graph)
    check(len(bench.state()["dashboards"]) == 7, bench.state())
    away(bench, True)
    bench.smo("graph", "resume", bench.graph)
    check(bench.kinds() == [] and bench.status()["status"] == "Running", bench.kinds(), p.stderr)
    left = [b["title"] for b in bench.state()["dashboards"].values() if f"graph:{bench.graph}" in b["tags"]]
    check(left == [], "left behind:", left)
    check(len(os.listdir(bench.dir + "/boards/demo")) == 4, os.listdir(bench.dir + "/boards"))
    bench.smo("cluster", "sync")
    check(not bench.state()["dashboards"] and len(os.listdir(bench.dir + "/boards/Clusters")) == 3, bench.state())
    bench.env["SMO_DASHBOARDS"] = "off"
    bench.smo("graph", "resume", bench.graph)
    bench.smo("cluster", "sync")
    check(os.listdir(bench.dir + "/boards") == [] and bench.kinds() == [], os.listdir(bench.dir + "/boards"))
    bench.env["SMO_DASHBOARDS"] = "grafana"
    bench.smo("graph", "resume", bench.graph)
    bench.env.update(GRAFANA_HOST="http://127.0.0.1:1", SMO_DASHBOARDS="files")
    bench.smo("graph", "resume", bench.graph)
    check("no setting says any more how to get at Grafana at " + bench.url in
          bench.smo("events", bench.graph).stdout, "nobody was told that dashboards stay")
    check(bench.kinds() == [] and bench.status()["status"] == "Running", bench.kinds())


def nobody_asks_a_grafana_that_was_not_set(bench):
    bench.deploy()
    check(bench.status()["status"] == "Running", bench.status())
    check("dashboard" not in [s["kind"] for s in bench.json("graph", "plan", bench.graph).get("steps", [])], "asked")


# ---- files ----


def dashboards_in_files_come_and_go_with_their_graph(bench):
    where = bench.dir + "/boards"
    with open(bench.dir + "/state/config.yaml", "a", encoding="utf-8") as f:
        f.write(f"dashboards: {{mode: files, dir: {where}}}\n")
    bench.deploy()
    files = sorted(os.listdir(where + "/demo"))
    check(len(files) == 4 and all(json.load(open(f"{where}/demo/{n}", encoding="utf-8"))["uid"] + ".json" == n
                                  for n in files), files)
    check(bench.kinds() == [], bench.kinds())
    with open(f"{where}/demo/{files[0]}", "w", encoding="utf-8") as f:
        f.write("{")
    check(bench.kinds() == ["dashboard"], bench.kinds())
    os.unlink(f"{where}/demo/{files[0]}")
    bench.smo("graph", "resume", bench.graph)
    check(sorted(os.listdir(where + "/demo")) == files, os.listdir(where))
    bench.smo("graph", "remove", bench.graph, "--yes")
    check(os.listdir(where) == [], os.listdir(where))


def the_simulated_federation_keeps_both(bench):
    bench.env["SMO_DASHBOARDS"] = "simulated"
    bench.deploy()
    check(bench.kinds() == [], bench.kinds())
    bench.smo("graph", "remove", bench.graph, "--yes")
    bench.env["SMO_DASHBOARDS"] = "off"
    bench.env["SMO_RULES"] = "off"
    p = bench.deploy()
    check("rules" not in p.stderr, p.stderr)


def names_and_labels_of_rules_are_as_the_settings_say(bench):
    bench.env["SMO_RULES"] = "operator"
    def settings(**rules):
        with open(bench.dir + "/state/config.yaml", "w", encoding="utf-8") as f:
            json.dump({"world": "simulated", "rules": rules}, f)
    settings(prefix="team-a.", namespace="watch", labels=["team=a", "example.org/x=y-1", "empty="], severity="page")
    bench.deploy()
    put = [o for o in bench.json("snapshot", bench.graph)["objects"] if o["kind"] == "PrometheusRule"]
    check([(o["name"], o["namespace"]) for o in put] == [("team-a." + bench.graph, "watch")], put)
    check(put[0]["body"]["spec"]["groups"][0]["rules"][0]["labels"]["severity"] == "page", put)
    settings()
    plan = [(s["verb"], s["summary"]) for s in bench.json("graph", "plan", bench.graph)["steps"]]
    check(sorted(plan) == [("delete", "team-a." + bench.graph), ("put", "smo-" + bench.graph)], plan)
    bench.smo("graph", "resume", bench.graph)
    check(bench.kinds() == [], bench.kinds())
    for wrong in [{"labels": ["a b=c"]}, {"labels": ["a=" + "x" * 64]}, {"labels": ["-a=b"]}, {"prefix": "Team_"}]:
        settings(**wrong)
        p = bench.run("graph", "plan", bench.graph)
        check(p.returncode == 2 and f"setting rules.{next(iter(wrong))}: " in p.stderr, wrong, p.stderr)


def an_absent_prometheus_degrades_and_fails_nothing(bench):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    os.mkdir(bench.dir + "/state/rules")
    bench.env.update(PROMETHEUS_HOST=f"http://127.0.0.1:{port}", SMO_RULES="files")
    bench.deploy()
    status = bench.status()
    check(status["conditions"][0]["reason"] == "RulesNotPut", status)
    check(os.listdir(bench.dir + "/state/rules") == [], "a file stays that was not taken:",
          os.listdir(bench.dir + "/state/rules"))
    check(bench.kinds() == ["rules"], bench.kinds())


# ---- a real Prometheus ----


class Prometheus:
    def __init__(self, bench):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.bench, self.dir = bench, bench.dir + "/prometheus"
        self.rules = self.dir + "/rules"
        os.makedirs(self.rules)
        self.configure([f"{self.rules}/*.yml"])
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={self.dir}/prometheus.yml", f"--storage.tsdb.path={self.dir}/data",
             f"--web.listen-address=127.0.0.1:{self.port}", "--web.enable-lifecycle", "--log.level=error"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        bench.children.append(self.process)
        bench.env.update(PROMETHEUS_HOST=self.url(), SMO_RULES="files")
        with open(bench.dir + "/state/config.yaml", "a", encoding="utf-8") as f:
            f.write(f"rules: {{dir: {self.rules}}}\n")
        for _ in range(100):
            try:
                urllib.request.urlopen(self.url() + "/-/ready", timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise Failure("Prometheus does not start")

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def configure(self, rule_files):
        with open(self.dir + "/prometheus.yml", "w", encoding="utf-8") as f:
            json.dump({"global": {"evaluation_interval": "1s"}, "rule_files": rule_files}, f)

    def alerts(self):
        with urllib.request.urlopen(self.url() + "/api/v1/rules?type=alert", timeout=5) as r:
            groups = json.loads(r.read())["data"]["groups"]
        return sorted(r["name"] for g in groups for r in g["rules"])

    def files(self):
        return sorted(os.listdir(self.rules))


def rules_in_files_are_loaded_and_unloaded(bench):
    prometheus = Prometheus(bench)
    bench.deploy()
    alerts = prometheus.alerts()
    check(alerts and all(a.startswith(bench.graph + "/") for a in alerts), alerts)
    check(len(prometheus.files()) == 1, prometheus.files())
    check(bench.kinds() == [], bench.kinds())
    events = bench.json("graph", "alerts", bench.graph)["events"]
    check(len(events) == len(alerts) and all(e["state"] in ("inactive", "pending", "firing") for e in events), events)
    out = subprocess.run(["promtool", "check", "rules", f"{prometheus.rules}/{prometheus.files()[0]}"],
                         capture_output=True, text=True, check=False)
    check(out.returncode == 0, out.stdout, out.stderr)
    bench.smo("graph", "remove", bench.graph, "--yes")
    check(prometheus.alerts() == [] and prometheus.files() == [], prometheus.files())


def rules_move_when_their_mode_changes(bench):
    prometheus = Prometheus(bench)
    bench.deploy()
    check(prometheus.alerts() and prometheus.files(), prometheus.files())
    bench.env["SMO_RULES"] = "operator"
    steps = bench.json("graph", "plan", bench.graph)["steps"]
    check(sorted(s["verb"] for s in steps) == ["delete", "put"] and {s["kind"] for s in steps} == {"rules"}, steps)
    check(any(s["reason"] == f"such go elsewhere now, it is left in files in {prometheus.rules}" for s in steps), steps)
    bench.smo("graph", "resume", bench.graph)
    check(prometheus.alerts() == [] and prometheus.files() == [], prometheus.files())
    check(bench.kinds() == [] and bench.status()["status"] == "Running", bench.kinds())
    bench.env["SMO_RULES"] = "files"
    bench.deploy()
    check(prometheus.alerts() and bench.kinds() == [], prometheus.alerts())
    bench.env["SMO_RULES"] = "off"
    bench.smo("graph", "resume", bench.graph)
    check(prometheus.alerts() == [] and prometheus.files() == [] and bench.kinds() == [], prometheus.files())


def rules_that_a_removal_left_behind_are_taken_by_the_tick(bench):
    prometheus = Prometheus(bench)
    bench.deploy()
    os.kill(prometheus.process.pid, signal.SIGSTOP)
    p = bench.smo("graph", "remove", bench.graph, "--yes")
    check("left behind. `smo tick` tries again" in p.stderr, p.stderr)
    p = bench.smo("tick", code=7)
    check(f"of graph {bench.graph} failed: Prometheus at 127.0.0.1" in p.stderr, p.stdout, p.stderr)
    os.kill(prometheus.process.pid, signal.SIGCONT)
    p = bench.smo("tick")
    check("take away rules" in p.stdout + p.stderr, p.stdout, p.stderr)
    check(prometheus.alerts() == [] and prometheus.files() == [], prometheus.files())
    check("Nothing is due" in bench.smo("tick").stdout, "it is done again")


def what_prometheus_refuses_is_rolled_back_and_told(bench):
    prometheus = Prometheus(bench)
    bench.deploy()
    before, alerts = prometheus.files(), prometheus.alerts()
    text = open(f"{prometheus.rules}/{before[0]}", encoding="utf-8").read()
    with open(prometheus.rules + "/broken.yml", "w", encoding="utf-8") as f:
        f.write("groups: [{name: x, rules: [{alert: y, expr: 'sum('}]}]\n")
    with open(f"{prometheus.rules}/{before[0]}", "a", encoding="utf-8") as f:
        f.write("# edited by hand\n")
    bench.env["SMO_RULES_SEVERITY"] = "warning"
    with open(bench.dir + "/state/config.yaml", encoding="utf-8") as f:
        config = f.read()
    with open(bench.dir + "/state/config.yaml", "w", encoding="utf-8") as f:
        f.write(config.replace("rules: {dir:", "rules: {severity: warning, dir:"))
    p = bench.smo("graph", "resume", bench.graph)
    status = bench.status()
    check("refuses the rules" in json.dumps(status["conditions"]), status, p.stderr)
    check(open(f"{prometheus.rules}/{before[0]}", encoding="utf-8").read().startswith(text), "not rolled back")
    check(prometheus.files() == sorted([*before, "broken.yml"]), prometheus.files())
    check(prometheus.alerts() == alerts, prometheus.alerts())
    os.unlink(prometheus.rules + "/broken.yml")
    bench.smo("graph", "resume", bench.graph)
    check("severity: warning" in open(f"{prometheus.rules}/{before[0]}", encoding="utf-8").read(), "not put")
    check(bench.status()["conditions"] == [] and bench.kinds() == [], bench.status())


def a_folder_that_prometheus_does_not_read_is_told(bench):
    prometheus = Prometheus(bench)
    prometheus.configure([])
    bench.deploy()
    condition = bench.status()["conditions"][0]
    check("does not read rule files" in condition["message"], condition)
    check(prometheus.files() == [], prometheus.files())
    prometheus.configure([f"{prometheus.rules}/*.yml"])
    bench.smo("graph", "resume", bench.graph)
    check(prometheus.alerts() and bench.status()["status"] == "Running", bench.status())


def a_kill_between_file_and_reload_is_made_good(bench):
    prometheus = Prometheus(bench)
    os.kill(prometheus.process.pid, signal.SIGSTOP)
    p = subprocess.Popen([bench.smo_path, "graph", "deploy", bench.path, "-p", "demo"], env=bench.env,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    for _ in range(200):
        if any(n.endswith(".yml") for n in prometheus.files()):
            break
        time.sleep(0.02)
    p.kill()
    p.wait()
    check(len(prometheus.files()) == 2, "the marker and the file:", prometheus.files())
    os.kill(prometheus.process.pid, signal.SIGCONT)
    check("rules" in bench.kinds(), bench.kinds())
    bench.smo("graph", "resume", bench.graph)
    check(len(prometheus.files()) == 1 and prometheus.alerts(), prometheus.files())
    check(bench.kinds() == [], bench.kinds())


SIMPLE = [
    a_graph_brings_its_dashboards_and_takes_them_along,
    what_was_done_is_marked_on_the_dashboards,
    changes_by_hand_are_put_right_and_moves_are_kept,
    titles_that_are_taken_are_made_different,
    two_graphs_share_a_folder_and_nothing_else,
    a_service_that_leaves_takes_its_dashboard_along,
    a_token_is_enough_and_a_wrong_one_fails_no_deployment,
    clusters_have_dashboards_of_their_own,
    *[faulty(mode) for mode in ["stall", "500", "garbage", "half", "drop"]],
    an_absent_grafana_degrades_and_fails_nothing,
    what_a_stop_left_behind_goes_with_the_next_command_that_gets_at_it,
    a_graph_that_comes_again_keeps_what_its_former_self_left,
    dashboards_move_when_their_mode_changes,
    nobody_asks_a_grafana_that_was_not_set,
    dashboards_in_files_come_and_go_with_their_graph,
    the_simulated_federation_keeps_both,
    names_and_labels_of_rules_are_as_the_settings_say,
    an_absent_prometheus_degrades_and_fails_nothing,
]
WITH_PROMETHEUS = [
    rules_in_files_are_loaded_and_unloaded,
    rules_move_when_their_mode_changes,
    rules_that_a_removal_left_behind_are_taken_by_the_tick,
    what_prometheus_refuses_is_rolled_back_and_told,
    a_folder_that_prometheus_does_not_read_is_told,
    a_kill_between_file_and_reload_is_made_good,
]


def run(test, smo, root):
    """None, or what is wrong."""
    if test in WITH_PROMETHEUS and not shutil.which("prometheus"):
        return "# SKIP Prometheus is not installed (Debian: prometheus)"
    bench = Bench(smo, root)
    try:
        test(bench)
        return None
    except (Failure, subprocess.TimeoutExpired, OSError, KeyError, IndexError, ValueError) as e:
        return f"{type(e).__name__}: {e}"
    finally:
        bench.close()


def main():
    smo, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    only = sys.argv[3] if len(sys.argv) > 3 else ""
    tests = [t for t in SIMPLE + WITH_PROMETHEUS if only in t.__name__]
    failed = 0
    print(f"1..{len(tests)}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:  # most of the time is waiting for deadlines
        for n, (test, wrong) in enumerate(zip(tests, pool.map(lambda t: run(t, smo, root), tests),
                                              strict=True), 1):
            if not wrong or wrong.startswith("# SKIP"):
                print(f"ok {n} - {test.__name__} {wrong or ''}".rstrip(), flush=True)
                continue
            failed += 1
            print(f"not ok {n} - {test.__name__}", flush=True)
            print("\n".join("# " + line for line in wrong.splitlines()), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
