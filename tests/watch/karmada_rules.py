#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Alerting rules on a real control plane: without the kind, with it, and in a shared object; dashboards
put by several threads into a stand-in for Grafana.

usage: karmada_rules.py SMO SOURCE_ROOT

Takes the test bed from the environment (`eval "$(tests/testbed/karmada env DIR)"`); skipped without
one. The definition of PrometheusRule is the operator's own. Prints TAP.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
from sim import Failure, check  # noqa: E402

GRAPH = """
hdaGraph:
  id: NAME
  version: 1.0.0
  services:
    - id: NAME-helper
      artifact:
        ociImage: oci://127.0.0.1:1/charts/none
        ociConfig: {type: App, implementer: HELM}
        valuesOverwrite: {}
      deployment:
        trigger:
          event:
            condition: OR
            events:
              - {id: high-load, condition: {promQuery: 'sum(rate(requests_total{app="NAME"}[1m])) > 10', gracePeriod: 1m, description: load}}
              - {id: errors, condition: {promQuery: 'rate(errors_total[5m]) > 1', gracePeriod: 10m, description: errors}}
        intent:
          compute: {cpu: light, ram: light, storage: small, gpu: {enabled: "False"}}
"""

SHARED = {
    "apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule",
    "metadata": {"name": "kube-prometheus-stack-0", "namespace": "monitoring", "labels": {"release": "x"}},
    "spec": {"groups": [
        {"name": "others", "interval": "30s", "rules": [{"record": "a:b", "expr": "sum(a)"}]},
        {"name": "smo-alerts", "rules": [{"alert": "foreign", "expr": "up == 0", "labels": {"severity": "low"}}]},
    ]},
}


class Bed:
    def __init__(self, smo, root):
        self.smo_path, self.root = smo, root
        self.dir = tempfile.mkdtemp(prefix="smo-rules-")
        self.env = {"HOME": self.dir, "PATH": os.environ["PATH"], "SMO_DIR": self.dir + "/state",
                    "SMO_CACHE_DIR": self.dir + "/cache", "KARMADA_KUBECONFIG": os.environ["KUBECONFIG"],
                    "SMO_HELM": os.environ["SMO_TESTBED_HELM3"]}
        self.smo("init")
        self.had_kind = self.kubectl("get", "crd", "prometheusrules.monitoring.coreos.com") is not None
        self.had_namespace = self.kubectl("get", "namespace", "monitoring") is not None

    def close(self):
        for name in ["shop", *(f"many{i}" for i in range(6))]:
            self.run("graph", "remove", name, "--yes")
        self.kubectl("delete", "prometheusrule", "kube-prometheus-stack-0", "-n", "monitoring", "--ignore-not-found")
        if not self.had_kind:
            self.kubectl("delete", "crd", "prometheusrules.monitoring.coreos.com", "--ignore-not-found")
        if not self.had_namespace:
            self.kubectl("delete", "namespace", "monitoring", "--ignore-not-found", "--wait=false")
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self, *args, **env):
        return subprocess.Popen([self.smo_path, *args], env={**self.env, **env}, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)

    def run(self, *args, **env):
        p = self.start(*args, **env)
        out, _ = p.communicate(timeout=120)
        return p.returncode, out

    def smo(self, *args, **env):
        code, out = self.run(*args, **env)
        check(code == 0, f"smo {' '.join(args)}: exit {code}\n", out[-2500:])
        return out

    def json(self, *args, **env):
        p = subprocess.run([self.smo_path, *args, "-o", "json"], env={**self.env, **env}, capture_output=True,
                           text=True, timeout=120, stdin=subprocess.DEVNULL, check=False)
        check(p.returncode == 0, p.stderr[-1500:])
        return json.loads(p.stdout)

    def kubectl(self, *args, body=None):
        p = subprocess.run([os.environ["SMO_TESTBED_KUBECTL"], "--kubeconfig", os.environ["KUBECONFIG"], *args],
                           capture_output=True, text=True, timeout=60, input=body, check=False)
        return p.stdout if p.returncode == 0 else None

    def graph(self, name):
        path = f"{self.dir}/{name}.yaml"
        with open(path, "w", encoding="utf-8") as f:
            f.write(GRAPH.replace("NAME", name))
        return path

    def kinds(self, **env):
        return [s["kind"] for s in self.json("graph", "plan", "shop", **env).get("steps", [])]

    def rules(self, name):
        text = self.kubectl("get", "prometheusrule", name, "-n", "monitoring", "-o", "json")
        return json.loads(text) if text else None

    def add_kind(self):
        if not self.kubectl("get", "crd", "prometheusrules.monitoring.coreos.com"):
            file = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(os.environ["SMO_TESTBED_HELM3"]))),
                                "bin")
            cache = os.path.dirname(file)
            where = next(os.path.join(cache, d, "prometheusrules.yaml") for d in sorted(os.listdir(cache))
                         if d.startswith("prometheus-operator-"))
            check(self.kubectl("apply", "--server-side", "-f", where), "no kind")
            check(self.kubectl("wait", "--for=condition=Established", "--timeout=30s",
                               "crd/prometheusrules.monitoring.coreos.com"), "the kind is not established")
        if not self.kubectl("get", "namespace", "monitoring"):
            check(self.kubectl("create", "namespace", "monitoring"), "no namespace")


def without_the_kind_rules_stay_out_or_degrade(bed):
    if bed.had_kind:
        return "the control plane knows the kind already"
    out = bed.smo("graph", "deploy", bed.graph("shop"), "-p", "smo-rules-test")
    check("the rules of its events are put nowhere: the control plane does not know PrometheusRule" in out, out)
    status = bed.json("graph", "status", "shop")
    check(status["status"] == "Running" and status["conditions"] == [], status)
    out = bed.smo("graph", "resume", "shop", SMO_RULES="operator")
    status = bed.json("graph", "status", "shop")
    check(status["status"] == "Degraded" and status["conditions"][0]["reason"] == "RulesNotPut", status, out)
    check("PrometheusRule" in status["conditions"][0]["message"], status)
    check(bed.kinds(SMO_RULES="operator") == ["rules"], bed.kinds(SMO_RULES="operator"))
    return None


def with_the_kind_rules_are_put_and_the_second_plan_is_empty(bed):
    bed.add_kind()
    bed.smo("graph", "deploy", bed.graph("shop"), "-p", "smo-rules-test")
    bed.smo("graph", "resume", "shop")
    status = bed.json("graph", "status", "shop")
    check(status["status"] == "Running" and status["conditions"] == [], status)
    rules = bed.rules("smo-shop")
    check(rules and rules["metadata"]["labels"]["release"] == "kube-prometheus-stack", rules)
    check([r["alert"] for r in rules["spec"]["groups"][0]["rules"]] == ["shop/high-load", "shop/errors"], rules)
    check(bed.kinds() == [] and bed.kinds(SMO_RULES="operator") == [], bed.kinds())
    found = {label: bed.kubectl("get", "prometheusrules", "-A", "-l", label, "-o", "name") for label in
             ["release=kube-prometheus-stack", "release=another"]}
    check("smo-shop" in found["release=kube-prometheus-stack"] and "smo-shop" not in found["release=another"],
          "what a ruleSelector finds:", found)
    bed.smo("graph", "stop", "shop", "--yes")
    check(bed.rules("smo-shop") is None, "rules of a stopped graph")
    bed.smo("graph", "start", "shop")
    check(bed.rules("smo-shop"), "no rules after the start")
    bed.smo("graph", "remove", "shop", "--yes")
    check(bed.rules("smo-shop") is None, "rules of a removed graph")


def rules_of_every_example_pass_the_definition(bed):
    bed.add_kind()
    sim = {"SMO_DIR": bed.dir + "/sim", "SMO_RULES": "operator"}
    bed.smo("init", "--sim", **sim)
    seen = 0
    for name in sorted(os.listdir(os.path.join(bed.root, "examples"))):
        path = os.path.join(bed.root, "examples", name, "hdag.yaml")
        if not os.path.exists(path):
            continue
        code, out = bed.run("graph", "plan", path, "-p", "demo", "-o", "json", **sim)
        text = out[out.index("{"):] if code == 0 else "{}"
        for step in json.loads(text).get("steps", []):
            if step["kind"] == "rules":
                seen += 1
                body = json.dumps(step["object"])
                check(bed.kubectl("create", "--dry-run=server", "-f", "-", body=body), name, "is refused:", body)
                bad = body.replace('"groups": [', '"groups": [7, ').replace('"groups":[', '"groups":[7,')
                check(bad != body and not bed.kubectl("create", "--dry-run=server", "-f", "-", body=bad),
                      "anything is accepted")
    check(seen >= 1, "no example has rules")


def the_shared_object_keeps_what_is_not_ours(bed):
    bed.add_kind()
    legacy = {"SMO_RULES": "legacy"}
    out = bed.smo("graph", "deploy", bed.graph("shop"), "-p", "smo-rules-test", **legacy)
    status = bed.json("graph", "status", "shop", **legacy)
    check("no PrometheusRule 'kube-prometheus-stack-0'" in json.dumps(status["conditions"]), status, out)
    check(bed.kubectl("create", "-f", "-", body=json.dumps(SHARED)), "no shared object")
    bed.smo("graph", "resume", "shop", **legacy)
    check(bed.json("graph", "status", "shop", **legacy)["conditions"] == [], "still degraded")
    check(bed.kinds(**legacy) == [], bed.kinds(**legacy))
    many = [bed.start("graph", "deploy", bed.graph(f"many{i}"), "-p", f"smo-rules-test{i}", **legacy)
            for i in range(6)]
    for p in many:
        out, _ = p.communicate(timeout=120)
        check(p.returncode == 0 and "passed over" not in out, out)
    groups = bed.rules("kube-prometheus-stack-0")["spec"]["groups"]
    check(groups[0] == SHARED["spec"]["groups"][0], groups[0])
    check([g["name"] for g in groups] == ["others", "smo-alerts"], groups)
    names = [r["alert"] for r in groups[1]["rules"]]
    check(names[0] == "foreign" and len(names) == 15, names)
    for name in ["shop", *(f"many{i}" for i in range(6))]:
        bed.smo("graph", "remove", name, "--yes", **legacy)
    check(bed.rules("kube-prometheus-stack-0")["spec"] == SHARED["spec"], bed.rules("kube-prometheus-stack-0"))


def rules_move_between_objects_and_the_shared_one(bed):
    bed.add_kind()
    legacy = {"SMO_RULES": "legacy"}
    check(bed.kubectl("apply", "-f", "-", body=json.dumps(SHARED)), "no shared object")
    bed.smo("graph", "deploy", bed.graph("shop"), "-p", "smo-rules-test")
    check(bed.rules("smo-shop") and bed.kinds() == [], bed.kinds())
    bed.smo("graph", "resume", "shop", **legacy)
    names = [r["alert"] for r in bed.rules("kube-prometheus-stack-0")["spec"]["groups"][1]["rules"]]
    check(bed.rules("smo-shop") is None and len(names) == 3, names)
    check(bed.kinds(**legacy) == [] and bed.json("graph", "status", "shop")["status"] == "Running", bed.kinds(**legacy))
    bed.smo("graph", "resume", "shop")
    check(bed.rules("smo-shop") and bed.kinds() == [], bed.kinds())
    check(bed.rules("kube-prometheus-stack-0")["spec"] == SHARED["spec"], bed.rules("kube-prometheus-stack-0"))
    bed.smo("graph", "resume", "shop", **legacy)
    check(bed.kubectl("delete", "prometheusrule", "kube-prometheus-stack-0", "-n", "monitoring") is not None, "it stays")
    bed.smo("graph", "resume", "shop", SMO_RULES="off")
    check(bed.rules("smo-shop") is None and bed.kinds(SMO_RULES="off") == [], bed.kinds(SMO_RULES="off"))
    check(bed.json("graph", "status", "shop")["status"] == "Running", bed.json("graph", "status", "shop"))
    bed.smo("graph", "remove", "shop", "--yes")


def dashboards_are_put_side_by_side(bed):
    grafana = subprocess.Popen([os.path.join(bed.root, "tests/watch/grafana")], stdout=subprocess.PIPE, text=True)
    try:
        url = grafana.stdout.readline().strip()
        env = {"GRAFANA_HOST": url, "SMO_DASHBOARDS": "grafana", "SMO_PARALLEL": "8", "SMO_GRAFANA_TIMEOUT": "2s"}
        path = bed.graph("shop")
        with open(path, encoding="utf-8") as f:
            head, service = f.read().split("    - id: shop-helper")
        with open(path, "w", encoding="utf-8") as f:
            f.write(head + "".join(f"    - id: shop-helper{i}" + service.replace("high-load", f"high-load{i}").replace(
                "id: errors", f"id: errors{i}") for i in range(10)))

        def tell(path, body=None):
            data = None if body is None else json.dumps(body).encode()
            with urllib.request.urlopen(urllib.request.Request(url + path, data=data), timeout=10) as r:
                return json.loads(r.read())
        tell("/stub/fault", {"mode": "stall", "count": 1000})
        began = time.time()
        out = bed.smo("graph", "deploy", path, "-p", "smo-rules-test", **env)
        check("11 steps were passed over" in out and time.time() - began < 25, f"{time.time() - began:.1f} s", out)
        tell("/stub/fault", {"mode": "stall", "count": 0})
        bed.smo("graph", "resume", "shop", **env)
        state = tell("/stub/state")
        check(len(state["dashboards"]) == 11 and len(state["folders"]) == 1, sorted(state["dashboards"]))
        check(bed.kinds(**env) == [], bed.kinds(**env))
        bed.smo("graph", "remove", "shop", "--yes", **env)
        state = tell("/stub/state")
        check(not state["dashboards"] and not state["folders"], state["dashboards"], state["folders"])
    finally:
        grafana.kill()
        grafana.wait()


TESTS = [
    without_the_kind_rules_stay_out_or_degrade,
    with_the_kind_rules_are_put_and_the_second_plan_is_empty,
    rules_of_every_example_pass_the_definition,
    the_shared_object_keeps_what_is_not_ours,
    rules_move_between_objects_and_the_shared_one,
    dashboards_are_put_side_by_side,
]


def main():
    if not os.environ.get("SMO_TESTBED_KUBECTL") or not os.environ.get("KUBECONFIG"):
        print("1..0 # SKIP no test bed in the environment")
        return 0
    bed = Bed(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
    failed = 0
    tests = [t for t in TESTS if (sys.argv[3] if len(sys.argv) > 3 else "") in t.__name__]
    print(f"1..{len(tests)}", flush=True)
    try:
        for n, test in enumerate(tests, 1):
            try:
                skip = test(bed)
                print(f"ok {n} - {test.__name__}{' # SKIP ' + skip if skip else ''}", flush=True)
            except (Failure, subprocess.TimeoutExpired, OSError, KeyError, IndexError, ValueError) as e:
                failed += 1
                print(f"not ok {n} - {test.__name__}", flush=True)
                print("\n".join("# " + line for line in f"{type(e).__name__}: {e}".splitlines()), flush=True)
    finally:
        bed.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
