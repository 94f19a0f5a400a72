#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Alerting rules by way of a real Prometheus operator: it finds the object that a graph brings by its
ruleSelector, writes the rule file, and a real Prometheus that reads this file has the alerts.

usage: rules_operator.py SMO SOURCE_ROOT

Takes the test bed from the environment (`eval "$(tests/testbed/karmada env DIR)"`); skipped without one,
and without the operator (tests/testbed/build-peers) or Prometheus. The operator runs beside the control
plane and watches one namespace. Prints TAP.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time

from karmada_rules import Bed, Failure, check

KINDS = ["prometheuses", "podmonitors", "probes", "scrapeconfigs", "servicemonitors", "prometheusrules"]


def wait(what, why, seconds=60):
    end = time.time() + seconds
    while time.time() < end:
        if what():
            return
        time.sleep(0.5)
    raise Failure(why)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def find_operator():
    """The folder with the program and its definitions, or None."""
    peers = os.environ.get("SMO_PEERS_DIR") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "smo-peers")
    path = os.path.join(peers, "bin", "operator")
    return os.path.dirname(os.path.realpath(path)) if os.access(path, os.X_OK) else None


class Operator:
    """The operator, and in its namespace one Prometheus for each of `selectors`."""

    def __init__(self, bed, folder, selectors):
        self.bed, self.names = bed, sorted(selectors)
        self.added = [k for k in KINDS if not bed.kubectl("get", "crd", f"{k}.monitoring.coreos.com")]
        for kind in self.added:
            check(bed.kubectl("apply", "--server-side", "-f", os.path.join(folder, kind + ".yaml")), kind)
        for kind in KINDS:
            check(bed.kubectl("wait", "--for=condition=Established", "--timeout=30s",
                              f"crd/{kind}.monitoring.coreos.com"), kind, "is not established")
        bed.add_kind()
        with open(bed.dir + "/operator.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [os.path.join(folder, "operator"), "--namespaces=monitoring",
                 f"--web.listen-address=127.0.0.1:{free_port()}"],
                env={**bed.env, "KUBECONFIG": os.environ["KUBECONFIG"]}, stdout=log, stderr=subprocess.STDOUT)
        for name, label in selectors.items():
            check(bed.kubectl("apply", "-f", "-", body=json.dumps({
                "apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus",
                "metadata": {"name": name, "namespace": "monitoring"},
                "spec": {"ruleSelector": {"matchLabels": {"release": label}}}})), "no Prometheus object")

    def files(self, name):
        """The rule files that Prometheus @name would be given; None: the operator has not come to it yet."""
        text = self.bed.kubectl("get", "configmap", f"prometheus-{name}-rulefiles-0", "-n", "monitoring", "-o", "json")
        return json.loads(text).get("data", {}) if text else None

    def end(self):
        for name in self.names:
            self.bed.kubectl("delete", "prometheus.monitoring.coreos.com", name, "-n", "monitoring", "--ignore-not-found")
        self.process.terminate()
        self.process.wait()
        for name in self.names:
            for kind in ["statefulset", "configmap", "secret", "service"]:
                left = (self.bed.kubectl("get", kind, "-n", "monitoring", "-o", "name") or "").split()
                mine = [o for o in left if f"/prometheus-{name}" in o or o.endswith("/prometheus-operated")]
                if mine:
                    self.bed.kubectl("delete", "-n", "monitoring", *mine)
        for kind in self.added:
            self.bed.kubectl("delete", "crd", f"{kind}.monitoring.coreos.com", "--ignore-not-found")


def start_prometheus(bed, files):
    """A real one that reads what the operator wrote; its address."""
    folder, port = bed.dir + "/prometheus", free_port()
    os.makedirs(folder + "/rules")
    for name, text in files.items():
        with open(f"{folder}/rules/{name}", "w", encoding="utf-8") as f:
            f.write(text)
    with open(folder + "/prometheus.yml", "w", encoding="utf-8") as f:
        json.dump({"global": {"evaluation_interval": "1s"}, "rule_files": [folder + "/rules/*.yaml"]}, f)
    process = subprocess.Popen(
        ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
         f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return process, f"http://127.0.0.1:{port}"


def the_operator_finds_the_rules_and_prometheus_has_the_alerts(bed, folder):
    operator, prometheus = Operator(bed, folder, {"ours": "kube-prometheus-stack", "theirs": "another"}), None
    try:
        wait(lambda: operator.files("ours") == {} and operator.files("theirs") == {},
             "the operator does not come to its Prometheus objects")
        bed.smo("graph", "deploy", bed.graph("shop"), "-p", "smo-rules-test")
        wait(lambda: operator.files("ours"), "the ruleSelector does not find the rules")
        files = operator.files("ours")
        check(len(files) == 1 and "smo-shop" in next(iter(files)), files)
        check(operator.files("theirs") == {}, "another ruleSelector finds them:", operator.files("theirs"))
        prometheus, url = start_prometheus(bed, files)
        env = {"PROMETHEUS_HOST": url}
        wait(lambda: bed.run("graph", "alerts", "shop", **env)[0] == 0, "Prometheus does not start")
        wait(lambda: {e["state"] for e in bed.json("graph", "alerts", "shop", **env)["events"]} == {"inactive"},
             "the alerts are not known")
        check(len(bed.json("graph", "alerts", "shop", **env)["events"]) == 2, "not both events")
        bed.smo("graph", "remove", "shop", "--yes")
        wait(lambda: operator.files("ours") == {}, "rules of a graph that is gone stay")
    finally:
        if prometheus:
            prometheus.kill()
            prometheus.wait()
        operator.end()


def main():
    folder = find_operator()
    if not os.environ.get("SMO_TESTBED_KUBECTL") or not os.environ.get("KUBECONFIG"):
        print("1..0 # SKIP no test bed in the environment")
        return 0
    if not folder or not shutil.which("prometheus"):
        print("1..0 # SKIP no Prometheus operator, or no Prometheus here")
        return 0
    bed = Bed(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
    test = the_operator_finds_the_rules_and_prometheus_has_the_alerts
    print("1..1", flush=True)
    try:
        test(bed, folder)
        print(f"ok 1 - {test.__name__}", flush=True)
        return 0
    except (Failure, subprocess.TimeoutExpired, OSError, KeyError, IndexError, ValueError) as e:
        print(f"not ok 1 - {test.__name__}", flush=True)
        print("\n".join("# " + line for line in f"{type(e).__name__}: {e}".splitlines()), flush=True)
        with open(bed.dir + "/operator.log", encoding="utf-8") as f:
            print("\n".join("# " + line.rstrip()[:200] for line in f.readlines()[-10:]))
        return 1
    finally:
        bed.close()


if __name__ == "__main__":
    sys.exit(main())
