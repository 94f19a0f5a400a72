# SPDX-License-Identifier: Apache-2.0
"""Registries to test against: real ones (docker-registry: plain, password, TLS, tokens), a token
service, and one that misbehaves on request.  Everything listens on loopback only."""

import base64
import hashlib
import http.server
import json
import os
import socket
import subprocess
import threading
import time
import urllib.parse


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def run(*argv, **kw):
    return subprocess.run(argv, check=True, capture_output=True, timeout=60, **kw)


class Authority:
    """A private certificate authority and one server certificate of it."""

    def __init__(self, folder):
        os.makedirs(folder)
        self.ca, self.cert, self.key = (os.path.join(folder, n) for n in ("ca.crt", "r.crt", "r.key"))
        ca_key, csr, ext = (os.path.join(folder, n) for n in ("ca.key", "r.csr", "ext"))
        new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
        run(*new, "-x509", "-days", "2", "-subj", "/CN=test-ca", "-keyout", ca_key, "-out", self.ca,
            "-addext", "basicConstraints=critical,CA:TRUE")
        run(*new, "-subj", "/CN=localhost", "-keyout", self.key, "-out", csr)
        with open(ext, "w") as f:
            f.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        run("openssl", "x509", "-req", "-in", csr, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial",
            "-days", "2", "-extfile", ext, "-out", self.cert)


class Registry:
    """A docker-registry process."""

    def __init__(self, folder, auth=None, tls=None):
        os.makedirs(folder)
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        config = {
            "version": "0.1",
            "log": {"level": "warn"},
            "storage": {"filesystem": {"rootdirectory": f"{folder}/data"}, "delete": {"enabled": True}},
            "http": {"addr": self.host},
        }
        if tls:
            config["http"]["tls"] = {"certificate": tls.cert, "key": tls.key}
        if auth:
            config["auth"] = auth
        path = f"{folder}/config.yml"
        with open(path, "w") as f:
            json.dump(config, f)  # JSON is YAML
        self.log = open(f"{folder}/log", "w")
        self.process = subprocess.Popen(["docker-registry", "serve", path], stdout=self.log, stderr=self.log)
        for _ in range(100):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise RuntimeError("docker-registry does not listen")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.log.close()


def htpasswd(folder, user, password):
    path = f"{folder}/htpasswd"
    done = run("htpasswd", "-iBn", user, input=password.encode())
    with open(path, "wb") as f:
        f.write(done.stdout)
    return {"htpasswd": {"realm": "test", "path": path}}


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.host = "127.0.0.1:%d" % self.server_address[1]
        self.url = "http://" + self.host
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # clients that hang up are what this is about

    def stop(self):
        self.shutdown()
        self.server_close()


class Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class TokenService:
    """Gives out JWTs that docker-registry believes, for @seconds each."""

    def __init__(self, folder, user, password, seconds=300):
        service = self
        self.authority = Authority(f"{folder}/token-pki")
        self.user, self.password, self.seconds = user, password, seconds
        self.asked = []  # (scopes, authorization header)

        class Handler(Quiet):
            def do_GET(self):
                query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
                scopes = query.get("scope", [])
                service.asked.append((scopes, self.headers.get("Authorization")))
                want = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
                if self.headers.get("Authorization") != want:
                    return self.answer(401)
                body = json.dumps({"token": service.token(scopes), "expires_in": service.seconds}).encode()
                return self.answer(200, body, {"Content-Type": "application/json"})

        self.server = Server(Handler)
        self.auth = {"token": {"realm": self.server.url + "/token", "service": "test", "issuer": "tests",
                               "rootcertbundle": self.authority.ca}}

    def token(self, scopes):
        def pack(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")

        with open(self.authority.cert) as f:
            lines = f.read().split("-----BEGIN CERTIFICATE-----")[1].split("-----END")[0]
        access = []
        for scope in " ".join(scopes).split():
            kind, name, actions = scope.split(":")
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        now = int(time.time())
        head = {"typ": "JWT", "alg": "RS256", "x5c": ["".join(lines.split())]}
        claims = {"iss": "tests", "sub": self.user, "aud": "test", "exp": now + self.seconds, "nbf": now - 5,
                  "iat": now, "jti": str(now), "access": access}
        text = pack(json.dumps(head).encode()) + b"." + pack(json.dumps(claims).encode())
        signature = run("openssl", "dgst", "-sha256", "-sign", self.authority.key, input=text).stdout
        return (text + b"." + pack(signature)).decode()

    def stop(self):
        self.server.stop()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


class Naughty:
    """A registry with one artifact at x/a:1.0.0 that tests make misbehave: self.act is called with
    the handler and the path and answers True when it has dealt with the request."""

    def __init__(self, package):
        naughty = self
        self.package = package
        self.config = b"{}"
        self.act = lambda handler, path: False
        self.requests = []
        self.blobs = {digest(package): package, digest(self.config): self.config}
        self.manifest = self.manifest_of(digest(package), len(package))

        class Handler(Quiet):
            def serve(self):
                length = int(self.headers.get("Content-Length") or 0)
                self.body = self.rfile.read(length)
                naughty.requests.append((self.command, self.path, dict(self.headers)))
                if not naughty.act(self, self.path):
                    naughty.behave(self)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve

        self.server = Server(Handler)
        self.host, self.url = self.server.host, self.server.url

    def manifest_of(self, layer, size):
        return json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.smo.hda-graph.config.v1+json",
                       "digest": digest(self.config), "size": len(self.config)},
            "layers": [{"mediaType": "application/vnd.smo.hda-graph.content.v1.tar+gzip", "digest": layer,
                        "size": size}]}).encode()

    def behave(self, h):
        """What an honest registry does."""
        path = h.path.split("?")[0]
        if path == "/v2/":
            return h.answer(200, b"{}")
        if path == "/v2/x/a/tags/list":
            return h.answer(200, json.dumps({"name": "x/a", "tags": ["1.0.0"]}).encode())
        if path.startswith("/v2/x/a/manifests/"):
            return h.answer(200, self.manifest, {"Content-Type": MANIFEST,
                                                 "Docker-Content-Digest": digest(self.manifest)})
        if path.startswith("/v2/x/a/blobs/"):
            blob = self.blobs.get(path.rsplit("/", 1)[1])
            if blob is None:
                return h.answer(404)
            start = h.headers.get("Range")
            if start:
                at = int(start[len("bytes="):].split("-")[0])
                return h.answer(206, blob[at:], {"Content-Range": f"bytes {at}-{len(blob) - 1}/{len(blob)}"})
            return h.answer(200, blob)
        return h.answer(404)

    def stop(self):
        self.server.stop()
