#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules and dashboards of every example before those who will read them: promtool for rules and
queries, recorded series for what the queries give, Grafana's published types for the dashboards.

usage: boards_grafana.py PROGRAM SOURCE_ROOT

PROGRAM is that of boards.c. What is not installed is skipped: promtool (Debian: prometheus), and the
checker of dashboards (tests/testbed/build-peers --only grafana). Prints TAP.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

CLUSTER = "edge"
COUNTER = "0+15x60"  # a sample each 30 s, half an hour

# What kubelet, node-exporter, kube-state-metrics and Prometheus itself export, with today's labels.
NODE = f'source="{CLUSTER}",instance="n1:9100",job="node-exporter"'
CADVISOR = 'source="{c}",namespace="demo",pod="{s}-6d4b75cb6d-hwktz",container="{s}",instance="n1:10250"'
STATE = 'source="{c}",namespace="demo",job="kube-state-metrics"'


def node_series():
    for mode in ["idle", "user", "system", "iowait", "irq", "softirq", "nice", "steal"]:
        for cpu in ["0", "1"]:
            yield f'node_cpu_seconds_total{{{NODE},cpu="{cpu}",mode="{mode}"}}', COUNTER
    yield f'machine_cpu_cores{{source="{CLUSTER}",instance="n1:10250"}}', "2x60"
    for what, value in [("MemTotal", 8e9), ("MemFree", 2e9), ("Buffers", 1e9), ("Cached", 2e9)]:
        yield f"node_memory_{what}_bytes{{{NODE}}}", f"{value:.0f}x60"
    for what in ["read_bytes_total", "written_bytes_total", "io_time_seconds_total"]:
        yield f'node_disk_{what}{{{NODE},device="sda"}}', COUNTER
    for what, value in [("size", 100e9), ("free", 60e9)]:
        yield f'node_filesystem_{what}_bytes{{{NODE},device="/dev/sda1",fstype="ext4",mountpoint="/"}}', \
            f"{value:.0f}x60"
    for what in ["receive", "transmit"]:
        for device in ["eth0", "lo"]:
            yield f'node_network_{what}_bytes_total{{{NODE},device="{device}"}}', COUNTER


def service_series(graph, service):
    cadvisor, state = CADVISOR.format(c=CLUSTER, s=service), STATE.format(c=CLUSTER)
    yield f"container_cpu_usage_seconds_total{{{cadvisor}}}", COUNTER
    yield f"container_memory_working_set_bytes{{{cadvisor}}}", "5e8x60"
    yield f"container_cpu_cfs_throttled_periods_total{{{cadvisor}}}", "0+1x60"
    yield f"container_cpu_cfs_periods_total{{{cadvisor}}}", "0+10x60"
    yield f'kube_pod_container_resource_limits{{{state},pod="{service}-6d4b75cb6d-hwktz",container="{service}",' \
        'resource="cpu",unit="core"}', "1x60"
    for what in ["spec_replicas", "status_replicas_ready"]:
        yield f'kube_deployment_{what}{{{state},deployment="{service}"}}', "2x60"
    yield f'flask_http_request_total{{service="{service}",namespace="demo",method="GET",status="200"}}', COUNTER
    yield f'ALERTS{{alertname="{graph}/x",alertstate="firing",graph="{graph}",service="{service}"}}', "1x60"


def promtool(*args):
    out = subprocess.run(["promtool", *args], capture_output=True, text=True, check=False)
    return out.returncode, out.stdout + out.stderr


def write(folder, name, document):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(document if isinstance(document, str) else json.dumps(document))
    return path


class Example:
    def __init__(self, program, path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        out = subprocess.run([program, CLUSTER], input=text, capture_output=True, text=True, check=True).stdout
        self.name = os.path.basename(os.path.dirname(path))
        self.__dict__.update(json.loads(out))
        graph = self.boards[-2]
        self.graph = next(t[6:] for t in graph["tags"] if t.startswith("graph:"))
        self.services = [o["value"] for o in graph["templating"]["list"][1]["options"]]
        self.events = len(re.findall(r"promQuery:", text))
        # As Grafana fills them when one service is chosen.
        self.queries = sorted({q.replace("$service", self.services[0]) for q in self.queries})


def walk(value, key):
    """Every value of @key anywhere in a document."""
    if isinstance(value, dict):
        yield from (v for k, v in value.items() if k == key)
        for v in value.values():
            yield from walk(v, key)
    elif isinstance(value, list):
        for v in value:
            yield from walk(v, key)


def nothing_left_out(example, _):
    """What is checked below is everything: no dashboard without panels, no panel without a question, every
    event a rule, every panel of a type that Grafana brings along."""
    asked = {q.replace("$service", example.services[0]) for b in example.boards for q in walk(b, "expr")}
    if asked != set(example.queries):
        return f"not checked: {asked ^ set(example.queries)}"
    panels = [p for b in example.boards for p in b["panels"]]
    mute = [p["title"] for p in panels if p["type"] != "row" and not list(walk(p, "expr"))]
    strange = {p["type"] for p in panels} - {"row", "timeseries", "stat", "gauge", "table"}
    few = [b["title"] for b in example.boards if len(b["panels"]) < 5]
    alerts = len(re.findall(r"^ *(?:- )?alert: ", example.rules, re.M))
    wrong = [(name, what) for name, what in [
        ("panels without a query", mute), ("panels of types", strange), ("dashboards with few panels", few),
        (f"rules for {example.events} events", alerts != example.events and [alerts])] if what]
    return f"{wrong}" if wrong or len(example.boards) != len(example.services) + 2 else None


def rules_wrong(example, folder):
    code, said = promtool("check", "rules", write(folder, "rules.yml", example.rules))
    return said if code else None


def queries_wrong(example, folder):
    rules = [{"record": f"q{i}", "expr": q} for i, q in enumerate(example.queries)]
    code, said = promtool("check", "rules", "--lint=none",
                          write(folder, "queries.json", {"groups": [{"name": "g", "rules": rules}]}))
    left = [q for q in example.queries if re.search(r"\$(?!__)", q)]
    return said if code else f"variables stay in {left}" if left else None


def results_wrong(example, folder):
    """Every query gives something: a query of nothing has no count, and the test of promtool fails."""
    series = dict(node_series())
    for service in example.services:
        series.update(service_series(example.graph, service))
    tests = [{"expr": f"count({q}) > bool 0", "eval_time": "25m", "exp_samples": [{"labels": "{}", "value": 1}]}
             for q in example.queries]
    finite = [{"expr": f"count(({q}) > -Inf) == bool count({q})", "eval_time": "25m",
               "exp_samples": [{"labels": "{}", "value": 1}]} for q in example.queries]
    code, said = promtool("test", "rules", write(folder, "test.json", {
        "rule_files": [], "evaluation_interval": "30s",
        "tests": [{"interval": "30s", "input_series": [{"series": s, "values": v} for s, v in series.items()],
                   "promql_expr_test": tests + finite}]}))
    return said if code else None


def types_wrong(example, checker):
    out = subprocess.run([checker], input="\n".join(map(json.dumps, example.boards)), capture_output=True,
                         text=True, check=False)
    lines = out.stdout.splitlines()
    bad = [line for line in lines if not line.startswith("ok ")]
    return "\n".join(bad) or out.stderr or \
        (None if len(lines) == len(example.boards) else f"{len(lines)} lines of {len(example.boards)}")


def checker_refuses(checker):
    """A check that could not fail would prove nothing."""
    bad = [{"title": "x", "nosuch": 1}, {"title": "x", "panels": [{"type": "timeseries", "options": {"nosuch": 1}}]},
           {"title": "x", "schemaVersion": "forty"},
           {"title": "x", "panels": [{"type": "timeseries", "targets": [
               {"refId": "A", "datasource": {"type": "prometheus"}, "expr": 7}]}]}]
    out = subprocess.run([checker], input="\n".join(map(json.dumps, bad)), capture_output=True, text=True,
                         check=False).stdout
    accepted = [line for line in out.splitlines() if line.startswith("ok ")]
    return f"accepted: {accepted}" if accepted or out.count("no ") != len(bad) else None


def find_checker():
    cache = os.environ.get("SMO_PEERS_DIR") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "smo-peers")
    path = os.path.join(cache, "bin", "dashboard-check")
    return path if os.access(path, os.X_OK) else None


def main():
    program, root = sys.argv[1:3]
    examples = [Example(program, os.path.join(root, "examples", name, "hdag.yaml"))
                for name in sorted(os.listdir(os.path.join(root, "examples")))
                if os.path.exists(os.path.join(root, "examples", name, "hdag.yaml"))]
    checker = find_checker()
    tool = shutil.which("promtool") and "promtool"
    points = [("the checker of dashboards refuses what is wrong", checker, lambda _: checker_refuses(checker))]
    for e in examples:
        points += [
            (f"{e.name}: nothing is left out", "python", lambda f, e=e: nothing_left_out(e, f)),
            (f"{e.name}: promtool accepts the rules", tool, lambda f, e=e: rules_wrong(e, f)),
            (f"{e.name}: promtool accepts every query of the dashboards", tool, lambda f, e=e: queries_wrong(e, f)),
            (f"{e.name}: every query gives something on recorded series", tool, lambda f, e=e: results_wrong(e, f)),
            (f"{e.name}: the dashboards fit Grafana's types", checker, lambda _, e=e: types_wrong(e, checker)),
        ]
    failed = 0
    print(f"1..{len(points)}")
    for n, (name, needs, test) in enumerate(points, 1):
        if not needs:
            print(f"ok {n} - {name} # SKIP the tool is not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            wrong = test(folder)
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {n} - {name}")
        if wrong:
            print("\n".join("# " + line for line in wrong.splitlines()[:60]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
