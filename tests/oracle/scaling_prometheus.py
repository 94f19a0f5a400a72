#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A model learnt from a real Prometheus, and a decision by its rates.

usage: scaling_prometheus.py SMO

Three hours of a service are written into a Prometheus (Debian package; skipped where it is not
installed): its replicas change, its cpu follows the load by a law that we choose. `smo profile`
must find that law, and `smo graph scale` must decide by the rate of now.
"""

import json
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ALPHA, BETA, RATE_NOW = 12.5, -2.5, 40
GRAPH = """hdaGraph:
  id: shop
  services:
  - id: web
    artifact: {ociImage: 'oci://registry.example/web:1.0.0', ociConfig: {type: App, implementer: HELM}}
    deployment:
      replicas: 2
      scaling: {max: 9, initial: 0s}
      intent: {compute: {cpu: light, ram: light}}
"""


def history(end):
    """OpenMetrics text: a sample every 15 s, the last one after END."""
    rows = {"flask_http_request_total": [], "container_cpu_usage_seconds_total": [],
            "kube_deployment_status_replicas_available": [], "kube_pod_container_resource_limits": []}
    requests = cpu = 0.0
    times = list(range(end - 3 * 3600, end + 240, 15))
    for i, t in enumerate(times):
        replicas = 1 + (i // 60) % 4
        rate = RATE_NOW if t > end - 600 else 6 + 4 * replicas + 3 * math.sin(i / 9)
        replicas = 4 if t > end - 600 else replicas
        load = rate / (ALPHA * replicas + BETA)
        requests += rate * 15
        cpu += load * 0.5 * replicas * 15
        rows["flask_http_request_total"].append(
            f'flask_http_request_total{{service="web",job="web"}} {requests} {t}')
        rows["container_cpu_usage_seconds_total"].append(
            f'container_cpu_usage_seconds_total{{namespace="demo",pod="web-0",container="web"}} {cpu} {t}')
        rows["kube_deployment_status_replicas_available"].append(
            f'kube_deployment_status_replicas_available{{namespace="demo",deployment="web"}} {replicas} {t}')
        rows["kube_pod_container_resource_limits"].append(
            'kube_pod_container_resource_limits{namespace="demo",pod="web-0",container="web",'
            f'resource="cpu"}} {0.5 * replicas} {t}')
    parts = []
    for name, lines in rows.items():
        kind = "counter" if name.endswith("_total") else "gauge"
        parts.append(f"# TYPE {name.removesuffix('_total')} {kind}\n" + "\n".join(lines))
    return "\n".join(parts) + "\n# EOF\n"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_prometheus(work, port):
    with open(work + "/prometheus.yml", "w", encoding="utf-8") as f:
        f.write("global: {scrape_interval: 1h}\n")
    process = subprocess.Popen(
        ["prometheus", f"--config.file={work}/prometheus.yml", f"--storage.tsdb.path={work}/data",
         "--storage.tsdb.retention.time=1y", f"--web.listen-address=127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5):
                return process
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise RuntimeError("Prometheus does not start")


class Check:
    def __init__(self):
        self.n, self.bad = 0, 0

    def __call__(self, ok, what, detail=""):
        self.n += 1
        self.bad += not ok
        print(f"{'ok' if ok else 'not ok'} {self.n} - {what}")
        if not ok:
            print("# " + str(detail).replace("\n", "\n# "))


def play(smo, env, work, check):
    def run(*arguments):
        return subprocess.run([smo, *arguments], env=env, cwd=work, capture_output=True, text=True,
                              timeout=120, check=False)

    with open(work + "/shop.yaml", "w", encoding="utf-8") as f:
        f.write(GRAPH)
    run("init", "--sim")
    deployed = run("graph", "deploy", "shop.yaml", "-p", "demo")
    check(deployed.returncode == 0, "a graph is deployed", deployed.stderr)
    short = run("profile", "shop", "--window", "4m", "--step", "30s")
    check(short.returncode == 5 and "30 are needed" in short.stderr, "too short a look is refused",
          short.stderr)
    learnt = run("profile", "shop", "--window", "170m", "--step", "30s", "--save", "-o", "json")
    model = json.loads(learnt.stdout)["services"][0] if learnt.returncode == 0 else {}
    close = abs(model.get("alpha", 0) - ALPHA) < 0.03 * ALPHA and abs(model.get("beta", 99) - BETA) < 1
    check(close and model["saved"], "the law of the service is found", learnt.stdout + learnt.stderr)
    scaled = run("graph", "scale", "shop", "-o", "json")
    row = json.loads(scaled.stdout)["decisions"][0] if scaled.returncode == 0 else {}
    check(row.get("to") == 4 and abs(row.get("rate", 0) - RATE_NOW) < 1
          and row["model"]["origin"] == "learnt", "the rate of now decides",
          scaled.stdout + scaled.stderr)


def main():
    if not shutil.which("prometheus") or not shutil.which("promtool"):
        print("1..0 # SKIP prometheus is not installed (Debian package prometheus)")
        return 77
    work = tempfile.mkdtemp(prefix="smo-scaling-")
    check, process = Check(), None
    try:
        with open(work + "/history", "w", encoding="utf-8") as f:
            f.write(history(int(time.time())))
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", work + "/history",
                        work + "/data"], check=True, capture_output=True)
        port = free_port()
        process = start_prometheus(work, port)
        env = {"HOME": work, "PATH": os.environ["PATH"], "SMO_DIR": work + "/state",
               "PROMETHEUS_HOST": f"http://127.0.0.1:{port}"}
        play(os.path.abspath(sys.argv[1]), env, work, check)
    finally:
        if process:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        shutil.rmtree(work, ignore_errors=True)
    print(f"1..{check.n}")
    return 1 if check.bad else 0


if __name__ == "__main__":
    sys.exit(main())
