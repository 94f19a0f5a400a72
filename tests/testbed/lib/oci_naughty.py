# SPDX-License-Identifier: Apache-2.0
"""Tests of oci-roundtrip against a registry that drops, stalls, lies, redirects and throttles."""

import io
import json
import os
import signal
import socket
import subprocess
import tarfile
import time

from oci_servers import INDEX, Naughty, Quiet, Server, digest


def hang_up(h):
    h.close_connection = True
    try:
        h.connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def send_some(h, status, headers, body):
    """Status, headers and only @body, whatever Content-Length says."""
    h.send_response(status)
    for name, value in headers.items():
        h.send_header(name, value)
    h.end_headers()
    h.wfile.write(body)
    h.wfile.flush()


def tar_of(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as t:
        for name, kind, extra in entries:
            info = tarfile.TarInfo(name)
            info.type = kind
            data = extra if kind == tarfile.REGTYPE else b""
            if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                info.linkname = extra
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def add(tests, check):
    def test(f):
        tests.append(f)
        return f

    def package_of(b):
        with open(b.graph_gz, "rb") as f:
            return f.read()

    def ref(n, tag=":1.0.0"):
        return f"http://{n.host}/x/a{tag}"

    def blob_path(n):
        return f"/v2/x/a/blobs/{digest(n.package)}"

    def naughty(b, package=None):
        return Naughty(package if package is not None else package_of(b))

    @test
    def a_dropped_download_goes_on_where_it_stopped(b):
        n = naughty(b, os.urandom(300_000))
        cuts = [100_000, 200_000]

        def act(h, path):
            if path != blob_path(n) or not cuts:
                return False
            at = int((h.headers.get("Range") or "bytes=0-")[6:].split("-")[0])
            end = cuts.pop(0)
            size = len(n.package)
            send_some(h, 206 if at else 200, {"Content-Length": str(size - at),
                                              "Content-Range": f"bytes {at}-{size - 1}/{size}"},
                      n.package[at:end])
            hang_up(h)
            return True

        n.act = act
        back = b.json("pull", ref(n), "--destination", b.folder("dest"))
        with open(back["paths"][0], "rb") as f:
            check(f.read() == n.package, "other bytes")
        ranges = [h.get("Range") for _, p, h in n.requests if p == blob_path(n)]
        check(ranges == [None, "bytes=100000-", "bytes=200000-"], f"{ranges}")
        n.stop()

    @test
    def a_server_that_ignores_ranges_is_read_from_the_start(b):
        n = naughty(b, os.urandom(100_000))
        first = [True]

        def act(h, path):
            if path != blob_path(n):
                return False
            if first:
                first.pop()
                send_some(h, 200, {"Content-Length": "100000"}, n.package[:5000])
                hang_up(h)
            else:
                h.answer(200, n.package)
            return True

        n.act = act
        back = b.json("pull", ref(n), "--destination", b.folder("dest"))
        with open(back["paths"][0], "rb") as f:
            check(f.read() == n.package, "other bytes")
        n.stop()

    @test
    def a_broken_network_is_told_as_such_and_nothing_is_left(b):
        n = naughty(b)

        def act(h, path):
            if path == blob_path(n):
                hang_up(h)
                return True
            return False

        n.act = act
        b.fails_clean(ref(n), says="closed the connection|broke", status=6)
        b.fails_clean(ref(n), "--untar", says="closed the connection|broke", status=6)
        n.stop()

    @test
    def a_stalling_registry_is_told_as_such_and_nothing_is_left(b):
        n = naughty(b)

        def act(h, path):
            if path == blob_path(n):
                send_some(h, 200, {"Content-Length": str(len(n.package))}, n.package[:10])
                time.sleep(5)
                hang_up(h)
                return True
            return False

        n.act = act
        b.fails_clean(ref(n), says="nothing came from", status=7, SMO_REGISTRY_TIMEOUT="1s")
        n.stop()

    @test
    def lies_about_digest_and_length_are_told_as_such(b):
        n = naughty(b)
        lies = [
            (bytes([n.package[0] ^ 1]) + n.package[1:], "sent other bytes than"),
            (n.package + b"x", "sends more than"),
            (n.package[:-1], r"sent \d+ of the \d+ bytes .* called it complete"),
        ]
        for body, says in lies:
            n.act = lambda h, path, body=body: path == blob_path(n) and (h.answer(200, body) or True)
            b.fails_clean(ref(n), says=says, status=6)
            b.fails_clean(ref(n), "--untar", says=says, status=6)
        n.act = lambda h, path: path == blob_path(n) and (
            h.answer(206, n.package, {"Content-Range": "bytes 7-9/10"}) or True)
        b.fails_clean(ref(n), says="another part", status=6)
        n.stop()

    @test
    def a_manifest_that_is_not_the_one_asked_for_is_refused(b):
        n = naughty(b)
        other = n.manifest_of(digest(b"other"), 5)
        n.act = lambda h, path: "/manifests/" in path and (
            h.answer(200, other, {"Content-Type": "application/vnd.oci.image.manifest.v1+json",
                                  "Docker-Content-Digest": digest(n.manifest)}) or True)
        b.fails_clean(ref(n), says="another manifest than", status=6)
        b.fails_clean(ref(n, "@" + digest(n.manifest)), says="another manifest than", status=6)
        n.stop()

    @test
    def broken_manifests_are_refused(b):
        n = naughty(b)
        for body, says in ((b"<html>", "."), (b"[]", "schema version 2"), (b'{"schemaVersion":1}', "schema version 2"),
                           (b'{"schemaVersion":2,"config":{"digest":"sha256:zz"}}', "valid sha256"),
                           (b" " * (5 << 20), "larger than")):
            n.act = lambda h, path, body=body: "/manifests/" in path and (h.answer(200, body) or True)
            b.fails_clean(ref(n), says=says)
        n.stop()

    @test
    def an_index_is_looked_through_or_listed(b):
        n = naughty(b)
        one = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest(n.manifest),
               "size": len(n.manifest), "platform": {"os": "linux", "architecture": "amd64"}}

        def serve(manifests):
            body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}).encode()
            n.act = lambda h, path: path.endswith("/1.0.0") and (h.answer(200, body, {"Content-Type": INDEX}) or True)

        serve([one])
        b.json("pull", ref(n), "--destination", b.folder("dest"))
        serve([one, dict(one, platform={"os": "linux", "architecture": "arm64"})])
        b.fails_clean(ref(n), says=r"index of 2 manifests:\n.*linux/amd64\n.*linux/arm64", status=2)
        n.stop()

    @test
    def credentials_do_not_follow_a_redirect_to_another_host(b):
        n = naughty(b)
        seen = []

        class Storage(Quiet):
            def do_GET(self):
                seen.append(dict(self.headers))
                self.answer(200, n.package)

        storage = Server(Storage)

        def act(h, path):
            if not h.headers.get("Authorization"):
                h.answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
                return True
            if path == blob_path(n):
                h.answer(307, b"", {"Location": f"{storage.url}/signed?x=1"})
                return True
            return False

        n.act = act
        b.artifact("login", f"http://{n.host}", "-u", "me", "--password-stdin", stdin="pw")
        b.json("pull", ref(n), "--destination", b.folder("dest"))
        check(len(seen) == 1 and "Authorization" not in seen[0], f"{seen}")
        with open(f"{b.home}/smo/registry.json") as f:
            check(n.host in f.read(), "the login is not where it was told")
        b.artifact("logout", n.host)
        storage.stop()
        n.stop()

    @test
    def redirects_that_lead_nowhere_good_are_refused(b):
        n = naughty(b)
        for location, says in ((blob_path(n), "redirects without end"), ("file:///etc/passwd", "no http"),
                               ("http://u:p@127.0.0.1/", "user name")):
            n.act = lambda h, path, to=location: path == blob_path(n) and (
                h.answer(302, b"", {"Location": to}) or True)
            b.fails_clean(ref(n), says=says)
        n.stop()

    @test
    def logins_are_not_sent_in_the_clear_to_a_strange_token_service(b):
        n = naughty(b)
        n.act = lambda h, path: h.answer(
            401, b"", {"WWW-Authenticate": 'Bearer realm="http://tokens.example/t",service="s"'}) or True
        b.artifact("login", f"http://{n.host}", "-u", "me", "--password-stdin", stdin="pw", status=None,
                   says="in the clear.*refused")
        n.stop()

    @test
    def a_token_that_expires_is_fetched_anew(b):
        n = naughty(b)
        given, tokens = [], []

        class Tokens(Quiet):
            def do_GET(self):
                tokens.append(f"t{len(tokens)}")
                self.answer(200, json.dumps({"token": tokens[-1]}).encode())

        service = Server(Tokens)

        def act(h, path):
            auth = h.headers.get("Authorization")
            fresh = auth == f"Bearer {tokens[-1]}" if tokens else False
            if not fresh or auth in given:  # a token is good for one request only
                h.answer(401, b"", {"WWW-Authenticate": f'Bearer realm="{service.url}/t",service="s"'})
                return True
            given.append(auth)
            return False

        n.act = act
        b.json("pull", ref(n), "--destination", b.folder("dest"))
        check(len(tokens) >= 2, f"{tokens}")
        service.stop()
        n.stop()

    @test
    def tags_come_in_pages(b):
        n = naughty(b)
        pages = {"": (["0.1.0", "0.10.0"], "a"), "a": (["0.9.0"], "b"), "b": (["1.0.0-rc.1"], None)}

        def act(h, path):
            if "/tags/list" not in path:
                return False
            tags, after = pages[path.split("last=")[1] if "last=" in path else ""]
            link = {"Link": f'</v2/x/a/tags/list?n=2&last={after}>; rel="next"'} if after else {}
            h.answer(200, json.dumps({"name": "x/a", "tags": tags}).encode(), link)
            return True

        n.act = act
        check([t["tag"] for t in b.json("list", ref(n, ""))] == ["0.1.0", "0.10.0", "0.9.0", "1.0.0-rc.1"], "pages")
        back = b.json("pull", ref(n, ""), "--destination", b.folder("dest"))
        check(":0.10.0@" in back["ref"], f"{back}")
        n.stop()

    @test
    def a_throttling_registry_is_given_time(b):
        n = naughty(b)
        left = [2]

        def act(h, path):
            if path == blob_path(n) and left[0]:
                left[0] -= 1
                h.answer(429, b"", {"Retry-After": "0"})
                return True
            return False

        n.act = act
        b.json("pull", ref(n), "--destination", b.folder("dest"))
        n.act = lambda h, path: path == blob_path(n) and (h.answer(503) or True)
        b.fails_clean(ref(n), says="503", status=6)
        n.stop()

    @test
    def hostile_archives_are_refused(b):
        reg = tarfile.REGTYPE
        ok = ("g/hdag.yaml", reg, b"x: 1\n")
        cases = [
            ([ok, ("/etc/x", reg, b"")], "is absolute"),
            ([ok, ("g/../../x", reg, b"")], "leads elsewhere"),
            ([ok, ("g/l", tarfile.SYMTYPE, "/etc/passwd")], "is a link"),
            ([ok, ("g/l", tarfile.LNKTYPE, "g/hdag.yaml")], "is a link"),
            ([ok, ("g/null", tarfile.CHRTYPE, b"")], "no regular file"),
            ([ok, ("g/pipe", tarfile.FIFOTYPE, b"")], "no regular file"),
            ([ok, ok], "is there twice"),
            ([ok, ("g/HDAG.yaml", reg, b"")], "twice"),
            ([("g/a", reg, b"x"), ("g/a/b", reg, b"x")], "a file and a folder"),
            ([ok, ("g/a\nb", reg, b"")], "not allowed"),
            ([ok, ("g/a\\b", reg, b"")], "not allowed"),
            ([("g/" + "d/" * 40 + "x", reg, b"")], "nested too deeply"),
            ([("g/bomb", reg, b"\0" * (64 << 20))], "times its size"),
            ([(f"g/{i}", reg, b"") for i in range(20001)], "more than 20000 entries"),
        ]
        for entries, says in cases:
            n = naughty(b, tar_of(entries))
            b.fails_clean(ref(n), "--untar", says=says)
            n.stop()
        for data in (b"no archive", package_of(b)[:200]):
            n = naughty(b, data)
            b.fails_clean(ref(n), "--untar", says="no readable archive")
            n.stop()

    class Uploads:
        """A registry's side of uploads, in one repository, to be disturbed by @trouble."""

        def __init__(self, n, trouble):
            self.n, self.trouble, self.data, self.stored, self.log = n, trouble, b"", {}, []
            n.act = self.act

        def act(self, h, path):
            self.log.append((h.command, h.headers.get("Content-Range")))
            where = {"Location": "/upload/1"}
            if self.trouble(self, h, path):
                return True
            if h.command == "HEAD":
                name = path.rsplit("/", 1)[1]
                h.answer(200 if name in self.stored else 404)
            elif h.command == "POST":
                self.data = b""
                h.answer(202, b"", where)
            elif h.command == "GET" and path.startswith("/upload/"):
                h.answer(204, b"", dict(where, Range=f"0-{max(len(self.data) - 1, 0)}"))
            elif h.command == "PATCH":
                fits = int(h.headers["Content-Range"].split("-")[0]) == len(self.data)
                self.data += h.body if fits else b""
                h.answer(202 if fits else 416, b"", where)
            elif h.command == "PUT" and "/manifests/" in path:
                h.answer(201)
            elif h.command == "PUT":
                self.data += h.body
                self.stored[digest(self.data)] = self.data
                h.answer(201)
            else:
                return False
            return True

    def push_to(b, n, *more, **kw):
        return b.artifact("push", b.graph_gz, f"http://{n.host}/x", *more, **kw)

    @test
    def a_chunk_that_was_cut_goes_on_where_it_stopped(b):
        n = naughty(b)
        cut = [True]

        def trouble(u, h, path):
            if h.command != "PATCH" or not cut:
                return False
            cut.pop()
            u.data += h.body[:40]  # some of it arrived
            hang_up(h)
            return True

        u = Uploads(n, trouble)
        push_to(b, n, "--chunk-size", "1")
        check(digest(n.package) in u.stored, f"{u.log}")
        check(any(c == "PATCH" and (r or "").startswith("40-") for c, r in u.log), f"{u.log}")
        n.stop()

    @test
    def what_is_too_large_for_one_request_goes_in_chunks(b):
        n = naughty(b)
        u = Uploads(n, lambda u, h, path: h.command == "PUT" and path.startswith("/upload/") and h.body
                    and (h.answer(413) or True))
        push_to(b, n)
        check(digest(n.package) in u.stored, f"{u.log}")
        n.stop()

    @test
    def a_push_that_fails_shows_no_manifest(b):
        def refuse(u, h, path):
            return h.command == "PUT" and path.startswith("/upload/") and (h.answer(
                400, b'{"errors":[{"code":"DIGEST_INVALID","message":"no\\u001b[2Jno"}]}') or True)

        def elsewhere(u, h, path):
            return h.command == "POST" and (h.answer(202, b"", {"Location": "file:///etc"}) or True)

        def nowhere(u, h, path):
            return h.command == "POST" and (h.answer(202) or True)

        def denied(u, h, path):
            return h.command == "POST" and (h.answer(403, b'{"errors":[{"code":"DENIED"}]}') or True)

        def mislaid(u, h, path):
            return h.command == "PUT" and path.startswith("/upload/") and (
                h.answer(201, b"", {"Docker-Content-Digest": digest(b"")}) or True)

        for trouble, says in ((refuse, r"DIGEST_INVALID: no\?\[2Jno"), (elsewhere, "no http"),
                              (nowhere, "does not say where"), (denied, "DENIED"), (mislaid, "another digest")):
            n = naughty(b)
            u = Uploads(n, trouble)
            push_to(b, n, status=None, says=says)
            check(not any("/manifests/" in p and c == "PUT" for c, p, _ in n.requests), f"{u.log}")
            n.stop()

    @test
    def nothing_is_left_when_smo_is_stopped_or_killed(b):
        n = naughty(b, os.urandom(200_000))

        def act(h, path):
            if path != blob_path(n):
                return False
            send_some(h, 200, {"Content-Length": str(len(n.package))}, n.package[:100_000])
            time.sleep(3)
            hang_up(h)
            return True

        n.act = act
        for number, code in ((signal.SIGINT, 130), (signal.SIGKILL, -9)):
            dest = b.folder("dest")
            child = subprocess.Popen([b.smo, "artifact", "pull", ref(n), "-d", dest], env=b.env(),
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            seen = len(n.requests)
            while not any(p == blob_path(n) for _, p, _ in n.requests[seen - 1:]):
                time.sleep(0.05)
                check(child.poll() is None, "it ended by itself")
            time.sleep(0.3)
            child.send_signal(number)
            check(child.wait(20) == code, f"exit {child.returncode}")
            check(os.listdir(dest) == [], f"left behind: {os.listdir(dest)}")
            n.requests.clear()
        n.stop()

    @test
    def a_graph_is_checked_out_of_a_registry(b):
        n = naughty(b)
        b.run("graph", "check", ref(n))
        n.stop()
        for entries, says in (([("g/a.yaml", tarfile.REGTYPE, b"x: 1\n")], "holds no graph"),
                              ([("g/a.yaml", tarfile.REGTYPE, b"hdaGraph: {id: a}\n"),
                                ("g/b.yml", tarfile.REGTYPE, b"hdaGraph: {id: b}\n")], "more than one graph")):
            n = naughty(b, tar_of(entries))
            b.run("graph", "check", ref(n), status=2, says=says)
            n.stop()
