#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""End to end with a real Prometheus and Alertmanager: load rises, the graph's own rule fires, what
Alertmanager sends starts the service that waits for it; load falls, and it is taken down again.

usage: signals.py SMO [--helm 3|4] [--only WORD] [--save FOLDER]

On the simulated federation, which Prometheus scrapes (`smo sim serve`), and on the real Karmada when
the test bed is in the environment. Prometheus and Alertmanager are those of the system. Prints TAP.
"""

import argparse
import glob
import http.server
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse
import urllib.request

from bed import ENV, ROOT, Failure, check

TESTBED = os.path.join(ROOT, "tests", "testbed")
GRAPH = """
hdaGraph:
  id: GRAPH
  services:
    - id: front
      artifact: {ociImage: "IMAGE", ociConfig: {type: App, implementer: HELM}, valuesOverwrite: {}}
      deployment:
        trigger: {auto: {}}
        scaling: {model: {alpha: 10}, metric: {window: 4s}, min: 1, max: 3, initial: 0s, down: {stabilization: 0s}}
        intent: {compute: {cpu: light, ram: light}, connectionPoints: [helper]}
    - id: helper
      artifact: {ociImage: "IMAGE", ociConfig: {type: App, implementer: HELM}, valuesOverwrite: {}}
      deployment:
        trigger:
          event:
            condition: ANY
            onResolve: undeploy
            cooldown: 2s
            events:
              - id: high-load
                condition: {promQuery: 'sum(rate(flask_http_request_total{service="front"}[4s])) > 20', gracePeriod: 1s, description: many requests}
        intent: {compute: {cpu: light, ram: light}}
"""


class Hook(http.server.BaseHTTPRequestHandler):
    bodies = None

    def do_POST(self):
        self.bodies.put(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


class Monitoring:
    """Prometheus, Alertmanager, and what the latter sends."""

    def __init__(self, folder, port):
        self.folder, self.bodies = folder, queue.Queue()
        handler = type("Bound", (Hook,), {"bodies": self.bodies})
        self.hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.hook.serve_forever, daemon=True).start()
        self.run("up", "--port-base", str(port), "--webhook",
                 f"http://127.0.0.1:{self.hook.server_address[1]}/hook")
        self.url = f"http://127.0.0.1:{port}"
        self.rules, self.targets = os.path.join(folder, "rules"), os.path.join(folder, "targets")

    def run(self, verb, *options):
        p = subprocess.run([os.path.join(TESTBED, "prometheus"), verb, self.folder, *options],
                           capture_output=True, text=True, timeout=60)
        check(p.returncode == 0, verb, p.stdout, p.stderr)

    def scrape(self, address):
        with open(os.path.join(self.targets, "t.json.new"), "w", encoding="utf-8") as f:
            json.dump([{"targets": [address]}], f)
        os.rename(os.path.join(self.targets, "t.json.new"), os.path.join(self.targets, "t.json"))

    def query(self, expression):
        url = f"{self.url}/api/v1/query?query={urllib.parse.quote(expression)}"
        with urllib.request.urlopen(url, timeout=10) as r:
            return json.load(r)["data"]["result"]

    def body(self, status, seconds=60):
        """The next body that says this, and those before it."""
        end = time.time() + seconds
        while time.time() < end:
            try:
                text = self.bodies.get(timeout=1)
            except queue.Empty:
                continue
            if json.loads(text)["status"] == status:
                return text
        raise Failure(f"Alertmanager sent nothing that is {status} in {seconds} s")

    def end(self):
        self.run("down")
        self.hook.shutdown()


class State:
    """An SMO state whose rules go into that Prometheus."""

    def __init__(self, smo, monitoring, more):
        self.dir = tempfile.mkdtemp(prefix="smo-signals-")
        self.smo_path = smo
        self.env = {"HOME": self.dir, "PATH": ENV["PATH"], "SMO_DIR": os.path.join(self.dir, "state"),
                    "SMO_CACHE_DIR": os.path.join(self.dir, "cache"), "PROMETHEUS_HOST": monitoring.url,
                    **more}

    def settings(self, monitoring):
        with open(os.path.join(self.env["SMO_DIR"], "config.yaml"), "a", encoding="utf-8") as f:
            f.write(f"\nrules: {{mode: files, dir: {monitoring.rules}}}\n"
                    "dashboards: {mode: files}\n")

    def smo(self, *args, code=0, stdin=None):
        p = subprocess.run([self.smo_path, *args], env=self.env, capture_output=True, text=True,
                           timeout=180, input=stdin)
        check(p.returncode == code, f"smo {' '.join(args)}: exit {p.returncode}, not {code}\n",
              p.stdout[-2000:], p.stderr[-3000:])
        return p.stdout

    def json(self, *args):
        return json.loads(self.smo(*args, "-o", "json"))

    def status_of(self, graph, service):
        return next(s for s in self.json("graph", "status", graph)["services"] if s["name"] == service)

    def write(self, graph, image):
        path = os.path.join(self.dir, "hdag.yaml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(GRAPH.replace("GRAPH", graph).replace("IMAGE", image))
        return path

    def end(self):
        shutil.rmtree(self.dir, ignore_errors=True)


def wait(what, why, seconds=60):
    end = time.time() + seconds
    while time.time() < end:
        if what():
            return
        time.sleep(0.3)
    raise Failure(why)


def every_panel_shows_something(state, monitoring):
    """Ask Prometheus every question of every dashboard."""
    boards = glob.glob(os.path.join(state.env["SMO_DIR"], "dashboards", "**", "*.json"), recursive=True)
    asked, empty = 0, []
    for path in boards:
        with open(path, encoding="utf-8") as f:
            board = json.load(f)
        for panel in board["panels"]:
            for target in panel.get("targets", []):
                expression = target["expr"].replace("$service", "front").replace("${service}", "front")
                asked += 1
                if not monitoring.query(expression):
                    empty.append(f"{board['title']}, {panel['title']}: {expression}")
    check(len(boards) >= 6 and asked > 50, len(boards), "dashboards,", asked, "questions")
    check(not empty, len(empty), "of", asked, "panels show nothing:\n", "\n".join(empty))


def keep(folder, name, body):
    if folder:
        with open(os.path.join(folder, name), "wb") as f:
            f.write(body)


def alarm_and_all_clear(state, monitoring, graph, project, path, load, save, look=None):
    """The story, whatever the world: `load` sets the requests a second of the front service."""
    state.smo("graph", "deploy", path, "--project", project, "--wait", "--timeout", "90s")
    check(state.status_of(graph, "helper")["status"] == "Pending", "the helper did not wait")
    check(not state.json("graph", "plan", path).get("steps"), "the second plan is not empty:",
          state.smo("graph", "plan", path))
    load(5)
    wait(lambda: monitoring.query('sum(rate(flask_http_request_total{service="front"}[4s])) > 1'),
         "Prometheus sees no load")
    said = state.json("graph", "alerts", graph)
    check("inactive" in json.dumps(said), "the event is not inactive:", said)
    load(28)
    fired = monitoring.body("firing")
    keep(save, "firing.json", fired)
    check("firing" in json.dumps(state.json("graph", "alerts", graph)), "the event does not fire:",
          state.smo("graph", "alerts", graph))
    state.smo("alert", "-", stdin=fired.decode())
    wait(lambda: state.status_of(graph, "helper")["health"] == "Healthy", "the helper does not run")
    before = len(state.json("graph", "history", graph))
    state.smo("alert", "-", stdin=fired.decode())
    check(len(state.json("graph", "history", graph)) == before, "a repeated alert did something")
    state.smo("graph", "scale", graph, "--wait")
    check(state.status_of(graph, "front")["ready"] == "3/3", "not scaled out:",
          state.smo("graph", "scale", graph, "--dry-run"))
    if look:
        look()
    load(4)
    cleared = monitoring.body("resolved")
    keep(save, "resolved.json", cleared)
    state.smo("alert", "-", stdin=cleared.decode())
    wait(lambda: state.smo("tick") and state.status_of(graph, "helper")["status"] == "Pending",
         "the helper was not taken down")
    wait(lambda: state.smo("graph", "scale", graph, "--wait") and
         state.status_of(graph, "front")["ready"] == "1/1", "not scaled in")
    events = state.smo("events", "-o", "json")
    check("high-load" in events, "no event tells of the alert:", events[-2000:])
    state.smo("graph", "remove", graph, "--yes")
    wait(lambda: not os.listdir(monitoring.rules), "rules were left: " +
         str(os.listdir(monitoring.rules)))


def on_the_simulated_federation(smo, monitoring, save):
    state = State(smo, monitoring, {})
    try:
        state.smo("init", "--sim", os.path.join(ROOT, "examples", "worlds", "small.yaml"))
        state.settings(monitoring)
        with subprocess.Popen([smo, "sim", "serve", "--listen", "127.0.0.1:0"], env=state.env,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            try:
                monitoring.scrape(server.stdout.readline().split("http://")[1].split("/")[0])
                state.smo("cluster", "sync")
                path = state.write("shop", "oci://registry.example/web:1.0.0")
                alarm_and_all_clear(state, monitoring, "shop", "demo", path,
                                    lambda rate: state.smo("sim", "load", "front", str(rate)), save,
                                    lambda: every_panel_shows_something(state, monitoring))
            finally:
                server.terminate()
                check(server.wait(timeout=10) == 0, "sim serve did not end well")
    finally:
        state.end()


class Exporter(http.server.BaseHTTPRequestHandler):
    """Requests of the front service, at a rate that is set."""
    rate, count, since = 0.0, 0.0, time.time()

    def do_GET(self):
        cls = type(self)
        now = time.time()
        cls.count, cls.since = cls.count + cls.rate * (now - cls.since), now
        body = f'flask_http_request_total{{service="front"}} {cls.count}\n'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def on_the_real_karmada(smo, monitoring, helm):
    project = f"e2e-signals{helm}"
    state = State(smo, monitoring, {"KARMADA_KUBECONFIG": ENV["KUBECONFIG"],
                                    "SMO_HELM": ENV[f"SMO_TESTBED_HELM{helm}"]})
    exporter = type("Bound", (Exporter,), {"since": time.time()})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), exporter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        state.smo("init")
        state.settings(monitoring)
        monitoring.scrape(f"127.0.0.1:{server.server_address[1]}")
        path = state.write(f"live{helm}", f"oci://{ENV['SMO_TESTBED_REGISTRY']}/charts/stock:0.1.0")
        alarm_and_all_clear(state, monitoring, f"live{helm}", project, path,
                            lambda rate: setattr(exporter, "rate", float(rate)), None)
    finally:
        server.shutdown()
        state.end()


def hostile_clients_do_not_stop_the_server(smo, monitoring):
    state = State(smo, monitoring, {})
    import socket
    try:
        state.smo("init", "--sim")
        with subprocess.Popen([smo, "sim", "serve", "--listen", "127.0.0.1:0"], env=state.env,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            try:
                host, port = server.stdout.readline().split("http://")[1].split("/")[0].split(":")
                idle = [socket.create_connection((host, int(port)), 5) for _ in range(60)]
                for text, answer in [(b"\x00\x01\x02\r\n\r\n", b"400"), (b"GET\r\n\r\n", b"400"),
                                     (b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 4000, b"431"),
                                     (b"POST /metrics HTTP/1.1\r\n\r\n", b"405"),
                                     (b"GET /../etc/passwd HTTP/1.1\r\n\r\n", b"404"),
                                     (b"GET /metrics HTTP/1.1\r\n\r\n", b"200")]:
                    with socket.create_connection((host, int(port)), 5) as s:
                        s.settimeout(10)
                        s.sendall(text)
                        got = s.recv(64)
                        check(answer in got, text[:40], "was answered", got)
                for s in idle:
                    s.close()
                page = urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=10).read()
                told = subprocess.run(["promtool", "check", "metrics"], input=page,
                                      capture_output=True)
                wrong = [line for line in (told.stdout + told.stderr).decode().splitlines()
                         if "camelCase" not in line]
                # 3: remarks only, here on names that are those of the exporters
                check(told.returncode in (0, 3) and not wrong, "promtool:", told.returncode, wrong)
            finally:
                server.terminate()
                check(server.wait(timeout=10) == 0, "sim serve did not end well")
        code = subprocess.run([smo, "sim", "serve", "--listen", "nowhere"], env=state.env,
                              capture_output=True, timeout=10).returncode
        check(code == 2, "a wrong address: exit", code)
    finally:
        state.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("smo")
    parser.add_argument("--helm", default="3", help="major version of the Helm on Karmada")
    parser.add_argument("--only", default="", help="tests whose name holds this")
    parser.add_argument("--port-base", type=int, default=19230)
    parser.add_argument("--save", help="keep in this folder what Alertmanager sent")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    smo = os.path.abspath(options.smo)
    if not shutil.which("prometheus") or not shutil.which("prometheus-alertmanager"):
        print("1..0 # SKIP no prometheus and prometheus-alertmanager here")
        return 0
    tests = {
        "hostile clients do not stop sim serve":
            lambda m: hostile_clients_do_not_stop_the_server(smo, m),
        "an alarm and its end on the simulated federation":
            lambda m: on_the_simulated_federation(smo, m, options.save),
    }
    if "SMO_TESTBED_REGISTRY" in ENV and "KUBECONFIG" in ENV:
        tests["an alarm and its end on the real Karmada"] = \
            lambda m: on_the_real_karmada(smo, m, options.helm)
    tests = {name: test for name, test in tests.items() if options.only in name}
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for i, (name, test) in enumerate(tests.items(), 1):
        folder = tempfile.mkdtemp(prefix="smo-monitoring-")
        monitoring = None
        try:
            monitoring = Monitoring(os.path.join(folder, "p"), options.port_base)
            test(monitoring)
            print(f"ok {i} - {name}", flush=True)
        except (Failure, subprocess.SubprocessError, OSError, LookupError, ValueError) as e:
            failed += 1
            print(f"not ok {i} - {name}", flush=True)
            where = " < ".join(f"{t.name}:{t.lineno}" for t in
                               reversed(traceback.extract_tb(e.__traceback__)))
            for line in [where, *f"{type(e).__name__}: {e}".splitlines()]:
                print("#", line, flush=True)
        finally:
            if monitoring:
                monitoring.end()
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
