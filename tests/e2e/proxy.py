# SPDX-License-Identifier: Apache-2.0
"""A control plane with moods: a TLS proxy in front of the real API server, on 127.0.0.1.

    with Proxy(kubeconfig, folder) as proxy:
        proxy.fault = answer(500)        # every request from now on
        proxy.fault = times(1, answer(409), method="PATCH")
        proxy.fault = None               # well again

A fault is a function of (method, path) that returns None (let it pass) or an act: a function of the
handler. proxy.kubeconfig is the file for clients; proxy.seen counts the requests by method.
"""

import base64
import collections
import http.client
import http.server
import json
import os
import socket
import ssl
import subprocess
import threading
import time

ENV = os.environ


def answer(status, body="{}", headers=()):
    """An answer of our own instead of the server's."""
    def act(handler):
        handler.reply(status, body.encode(), dict(headers))
    return lambda method, path: act


def slow(seconds):
    """The right answer, but late; a client that has gone does not keep it."""
    def act(handler):
        handler.proxy.pause(seconds)
        handler.forward()
    return lambda method, path: act


def half_a_body():
    def act(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "5000")
        handler.end_headers()
        handler.wfile.write(b'{"kind":"List","items":[')
        handler.close_connection = True
    return lambda method, path: act


def lost_answer():
    """The server does it, and the answer gets lost."""
    def act(handler):
        handler.upstream()
        handler.close_connection = True
    return lambda method, path: act


def times(n, fault, method=None, after=0, path=""):
    """`fault` for n requests of this method and path, once `after` of them have passed."""
    lock, count = threading.Lock(), [0]

    def chosen(m, p):
        if (method and m != method) or path not in p:
            return None
        with lock:
            count[0] += 1
            return fault(m, p) if after < count[0] <= after + n else None
    return chosen


def one_of(*faults):
    """The first of these that answers."""
    return lambda method, path: next((act for f in faults if (act := f(method, path))), None)


FOREVER = 1 << 60


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy = None

    def log_message(self, *args):
        pass

    def reply(self, status, body, headers):
        self.send_response(status)
        for key, value in {"Content-Type": "application/json", **headers,
                           "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def upstream(self):
        c = http.client.HTTPSConnection(*self.proxy.server, context=self.proxy.client, timeout=60)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
        c.request(self.command, self.path, self.body, headers)
        r = c.getresponse()
        body = r.read()
        c.close()
        return r.status, body, {k: v for k, v in r.getheaders() if k.lower() in (
            "content-type", "retry-after", "warning")}

    def forward(self):
        self.reply(*self.upstream())

    def handle_any(self):
        n = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(n) if n else None
        with self.proxy.lock:
            self.proxy.seen[self.command] += 1
        fault = self.proxy.fault
        act = fault(self.command, self.path) if fault else None
        try:
            if act:
                act(self)
            else:
                self.forward()
        except (OSError, http.client.HTTPException):
            self.close_connection = True

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = handle_any


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    tls = None

    def finish_request(self, request, client_address):
        request.settimeout(60)
        try:  # in the connection's own thread: a silent client stops nobody else
            with self.tls.wrap_socket(request, server_side=True) as secure:
                self.RequestHandlerClass(secure, client_address, self)
        except (OSError, ssl.SSLError):
            pass

    def handle_error(self, request, client_address):
        pass


class Proxy:
    def __init__(self, kubeconfig, folder):
        self.fault, self.seen, self.lock = None, collections.Counter(), threading.Lock()
        self.folder, self.ending, self.running = folder, threading.Event(), None
        os.makedirs(folder, exist_ok=True)
        out = subprocess.run([ENV["SMO_TESTBED_KUBECTL"], "--kubeconfig", kubeconfig, "config", "view",
                              "--raw", "--minify", "-o", "json"], check=True, capture_output=True)
        self.config = json.loads(out.stdout)
        host = self.config["clusters"][0]["cluster"]["server"].removeprefix("https://")
        self.server = (host.split(":")[0], int(host.split(":")[1]))
        self.client = self.client_tls()
        self.tls = self.server_tls()
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.kubeconfig = self.write_kubeconfig()

    def file(self, name, data=None):
        path = os.path.join(self.folder, name)
        if data is not None:
            with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as f:
                f.write(data)
        return path

    def client_tls(self):
        ca = base64.b64decode(self.config["clusters"][0]["cluster"]["certificate-authority-data"])
        user = self.config["users"][0]["user"]
        tls = ssl.create_default_context(cafile=self.file("upstream-ca.pem", ca))
        tls.load_cert_chain(
            self.file("client.pem", base64.b64decode(user["client-certificate-data"])),
            self.file("client.key", base64.b64decode(user["client-key-data"])))
        return tls

    def server_tls(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=proxy",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.file("proxy.key"),
                        "-out", self.file("proxy.pem")], check=True, capture_output=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.file("proxy.pem"), self.file("proxy.key"))
        return tls

    def write_kubeconfig(self):
        with open(self.file("proxy.pem"), "rb") as f:
            ca = base64.b64encode(f.read()).decode()
        config = json.loads(json.dumps(self.config))
        config["clusters"][0]["cluster"] = {"server": f"https://127.0.0.1:{self.port}",
                                            "certificate-authority-data": ca}
        return self.file("kubeconfig", json.dumps(config).encode())

    def up(self):
        handler = type("Bound", (Handler,), {"proxy": self})
        self.running = Server(("127.0.0.1", self.port), handler)
        self.running.tls = self.tls
        threading.Thread(target=self.running.serve_forever, args=(0.05,), daemon=True).start()

    def down(self):
        """Nobody listens any more."""
        if self.running:
            self.running.shutdown()
            self.running.server_close()
        self.running = None

    def pause(self, seconds):
        self.ending.wait(seconds)

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, *why):
        self.ending.set()
        self.down()
