#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A fake kubelet for several clusters at once: nodes and pods exist in the API only.

It creates the nodes that a file lists and keeps their capacity, lets bound pods become ready
after a delay (or fail, where it is told so), ends pods of Jobs, finalises deleted pods, and
provides a volume for every claim. Nothing is executed anywhere.

The two files are read again whenever they change:
  nodes: {"members": [{"nodes": {NAME: {"capacity": {...}, "labels": {...}, "ready": true}}}]}
  pods:  {"ready_delay": s, "stop_delay": s, "fail": [{"pods": GLOB, "reason": REASON}]}
GLOB is matched against MEMBER/NAMESPACE/POD. A pod may also carry its own wishes as annotations:
testbed/fail (a REASON), testbed/ready-delay and, for Jobs, testbed/run-seconds.
"""

import argparse
import fnmatch
import heapq
import http.client
import itertools
import json
import os
import ssl
import threading
import time
import urllib.parse

REASONS = ("ImagePullBackOff", "CrashLoopBackOff", "NotReady", "Pending")
CLASS = "testbed"  # the default storage class
MERGE, JSON = "application/merge-patch+json", "application/json"
TROUBLE = (OSError, http.client.HTTPException, ValueError)


def log(*words):
    print(" ".join((time.strftime("%H:%M:%S"), *words, "\n")), end="", flush=True)


def utc():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class ApiError(ValueError):
    def __init__(self, status, text):
        super().__init__(f"{status} {text[:200]}")
        self.status = status


class Api:
    """One API server; every thread has a connection of its own."""

    def __init__(self, url, tls):
        self.host = urllib.parse.urlsplit(url).netloc
        self.tls = tls
        self.local = threading.local()

    def connect(self, timeout):
        return http.client.HTTPSConnection(self.host, context=self.tls, timeout=timeout)

    def call(self, method, path, body=None, kind=JSON):
        """Answers the decoded reply; a kept connection that has gone stale is tried once more."""
        data = None if body is None else json.dumps(body)
        for last in (False, True):
            kept = getattr(self.local, "link", None)
            link = kept or self.connect(10)
            self.local.link = None
            try:
                link.request(method, path, data, {"Content-Type": kind, "Accept": JSON})
                reply = link.getresponse()
                text = reply.read()
            except TROUBLE:
                link.close()
                if last or not kept:
                    raise
                continue
            self.local.link = link
            if reply.status >= 300:
                raise ApiError(reply.status, text.decode("utf-8", "replace"))
            return json.loads(text)
        return None

    def apply(self, collection, thing):
        """Creates the object, or merges it into the one that is there."""
        try:
            self.call("POST", collection, thing)
        except ApiError as error:
            if error.status != 409:
                raise
            self.call("PATCH", f"{collection}/{thing['metadata']['name']}", thing, MERGE)

    def watch(self, path, version):
        """Yields (type, object) until the server ends the stream."""
        link = self.connect(330)
        mark = "&" if "?" in path else "?"
        try:
            link.request("GET", f"{path}{mark}watch=1&timeoutSeconds=300&resourceVersion={version}",
                         headers={"Accept": JSON})
            reply = link.getresponse()
            if reply.status != 200:
                raise ApiError(reply.status, reply.read().decode("utf-8", "replace"))
            for line in reply:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    return
                yield event["type"], event["object"]
        finally:
            link.close()


def node_objects(name, entry):
    """The node itself and its status, from an entry of the nodes file."""
    ready = entry.get("ready", True)
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
              "kubernetes.io/arch": "amd64", "testbed/fake": "true", **entry.get("labels", {})}
    taint = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels},
            "spec": {"taints": [] if ready else [taint]}}
    conditions = [{"type": "Ready", "status": "True" if ready else "False",
                   "reason": "KubeletReady" if ready else "KubeletNotReady", "message": "fake node",
                   "lastHeartbeatTime": utc(), "lastTransitionTime": utc()}]
    info = dict.fromkeys(("bootID", "machineID", "systemUUID", "kubeProxyVersion"), "")
    info.update(kubeletVersion="v1.35.8", architecture="amd64", operatingSystem="linux",
                osImage="fake", kernelVersion="6", containerRuntimeVersion="fake://1")
    return node, {"status": {
        "capacity": entry["capacity"], "allocatable": entry["capacity"], "conditions": conditions,
        "addresses": [{"type": "InternalIP", "address": "192.0.2.10"},
                      {"type": "Hostname", "address": name}], "nodeInfo": info}}


def container_state(wanted):
    """The state of one container, and whether it is ready, for a wanted pod state."""
    if wanted == "ready":
        return {"running": {"startedAt": utc()}}, True
    if wanted == "NotReady":
        return {"running": {"startedAt": utc()}}, False
    if wanted in ("done", "broken"):
        code = 0 if wanted == "done" else 1
        return {"terminated": {"exitCode": code, "reason": "Error" if code else "Completed",
                               "startedAt": utc(), "finishedAt": utc()}}, False
    message = {"ImagePullBackOff": "Back-off pulling image", "Pending": "",
               "CrashLoopBackOff": "back-off 10s restarting failed container"}[wanted]
    reason = "ContainerCreating" if wanted == "Pending" else wanted
    return {"waiting": {"reason": reason, "message": message}}, False


def pod_status(pod, wanted, address):
    """The status that a real kubelet would report for a pod in the wanted state."""
    phase = {"ready": "Running", "NotReady": "Running", "CrashLoopBackOff": "Running",
             "done": "Succeeded", "broken": "Failed"}.get(wanted, "Pending")
    state, ready = container_state(wanted)
    yes_no = {True: "True", False: "False"}
    conditions = [{"type": kind, "status": yes_no[value], "lastTransitionTime": utc()}
                  for kind, value in (("PodScheduled", True), ("Initialized", True),
                                      ("PodReadyToStartContainers", True),
                                      ("ContainersReady", ready), ("Ready", ready))]
    containers = [{"name": c["name"], "image": c.get("image", ""), "imageID": "", "ready": ready,
                   "started": ready, "restartCount": 3 if wanted == "CrashLoopBackOff" else 0,
                   "state": state} for c in pod["spec"]["containers"]]
    status = {"phase": phase, "conditions": conditions, "containerStatuses": containers,
              "startTime": pod["status"].get("startTime", utc()),
              "hostIP": "192.0.2.10", "hostIPs": [{"ip": "192.0.2.10"}]}
    if phase == "Running":
        status.update(podIP=address, podIPs=[{"ip": address}])
    return status


def is_ready(pod):
    return any(c["type"] == "Ready" and c["status"] == "True"
               for c in pod["status"].get("conditions", []))


def of_job(pod):
    return any(owner["kind"] == "Job" for owner in pod["metadata"].get("ownerReferences", []))


def annotation(pod, name, default):
    value = pod["metadata"].get("annotations", {}).get("testbed/" + name, default)
    try:
        return type(default)(value)
    except ValueError:
        return default


class Member:
    """One cluster: threads that watch, and one that acts when something is due."""

    def __init__(self, name, index, url, tls):
        self.name, self.index, self.api = name, index, Api(url, tls)
        self.nodes, self.rules = {}, {}
        self.pods, self.plans = {}, {}  # key -> pod, key -> (wanted state, uid, since)
        self.heap, self.order, self.changed = [], itertools.count(), threading.Condition()
        self.addresses = itertools.cycle(range(2, 65534))

    def begin(self):
        for task in (self.act, self.follow_pods, self.follow_claims, self.follow_volumes):
            threading.Thread(target=task, daemon=True).start()

    def configure(self, nodes, rules):
        with self.changed:
            self.nodes, self.rules = nodes, rules
            self.soon("nodes")
            for key in self.pods:
                self.soon(key)

    def soon(self, key, delay=0.0):
        """Has key looked at after a delay; the caller holds self.changed."""
        heapq.heappush(self.heap, (time.monotonic() + delay, next(self.order), key))
        self.changed.notify()

    # Watching.

    def follow(self, path, on_list, on_event):
        """Lists, then watches, for ever; an unreachable server is asked twice a second."""
        up = False
        while True:
            try:
                listing = self.api.call("GET", path)
                if not up:
                    log(self.name, "watching", path)
                up = True
                on_list(listing["items"])
                for kind, thing in self.api.watch(path, listing["metadata"]["resourceVersion"]):
                    on_event(kind, thing)
            except TROUBLE as error:
                if up:
                    log(self.name, "lost", path, repr(error))
                up = False
                time.sleep(0.5)

    def follow_pods(self):
        def on_event(kind, pod):
            key = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
            with self.changed:
                if kind == "DELETED":
                    self.pods.pop(key, None)
                    self.plans.pop(key, None)
                else:
                    self.pods[key] = pod
                    self.soon(key)

        def on_list(pods):
            with self.changed:
                self.pods.clear()
                self.soon("nodes")
            for pod in pods:
                on_event("ADDED", pod)

        self.follow("/api/v1/pods?fieldSelector=spec.nodeName!=", on_list, on_event)

    def follow_claims(self):
        def on_event(kind, claim):
            waiting = claim["status"].get("phase", "Pending") == "Pending"
            if kind != "DELETED" and waiting and not claim["spec"].get("volumeName"):
                self.quietly(self.provide_volume, claim)

        def on_list(claims):
            self.quietly(self.api.apply, "/apis/storage.k8s.io/v1/storageclasses", {
                "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
                "metadata": {"name": CLASS, "annotations": {
                    "storageclass.kubernetes.io/is-default-class": "true"}},
                "provisioner": "testbed/fake", "volumeBindingMode": "Immediate"})
            for claim in claims:
                on_event("ADDED", claim)

        self.follow("/api/v1/persistentvolumeclaims", on_list, on_event)

    def follow_volumes(self):
        def on_event(kind, volume):
            if kind != "DELETED" and volume["status"].get("phase") == "Released":
                name = volume["metadata"]["name"]
                self.quietly(self.api.call, "DELETE", f"/api/v1/persistentvolumes/{name}")

        def on_list(volumes):
            for volume in volumes:
                on_event("ADDED", volume)

        self.follow("/api/v1/persistentvolumes", on_list, on_event)

    def quietly(self, action, *arguments):
        """An object that changed or went meanwhile comes again as an event, if at all."""
        try:
            action(*arguments)
        except ApiError as error:
            if error.status not in (404, 409):
                log(self.name, repr(error))

    def provide_volume(self, claim):
        meta, spec = claim["metadata"], claim["spec"]
        if spec.get("storageClassName") != CLASS:
            return
        name = "pv-" + meta["uid"]
        self.api.call("POST", "/api/v1/persistentvolumes", {
            "apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": name, "annotations": {
                "pv.kubernetes.io/provisioned-by": "testbed/fake"}},
            "spec": {"capacity": {"storage": spec["resources"]["requests"]["storage"]},
                     "accessModes": spec["accessModes"], "storageClassName": CLASS,
                     "persistentVolumeReclaimPolicy": "Delete",
                     "hostPath": {"path": "/nonexistent/" + name},
                     "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim",
                                  "namespace": meta["namespace"], "name": meta["name"],
                                  "uid": meta["uid"]}}})

    # Acting.

    def act(self):
        while True:
            with self.changed:
                while not self.heap or self.heap[0][0] > time.monotonic():
                    self.changed.wait(self.heap[0][0] - time.monotonic() if self.heap else None)
                key = heapq.heappop(self.heap)[2]
                step = self.apply_nodes if key == "nodes" else self.next_step(key)
            try:
                if step:
                    self.quietly(step)
            except TROUBLE as error:
                log(self.name, key, repr(error))
                with self.changed:
                    self.soon(key, 1.0)

    def apply_nodes(self):
        for name, entry in self.nodes.items():
            node, status = node_objects(name, entry)
            self.api.apply("/api/v1/nodes", node)
            self.api.call("PATCH", f"/api/v1/nodes/{name}/status", status, MERGE)
            # Admission adds the taint to every new node, so it is set once more.
            self.api.call("PATCH", f"/api/v1/nodes/{name}", {"spec": node["spec"]}, MERGE)

    def wanted_state(self, key, pod):
        """The state this pod should be in, and how long it takes to get there."""
        rules = self.rules
        if pod["metadata"].get("deletionTimestamp"):
            return "gone", rules.get("stop_delay", 0.0)
        delay = annotation(pod, "ready-delay", float(rules.get("ready_delay", 1.0)))
        reason = annotation(pod, "fail", "")
        for rule in rules.get("fail", []):
            if fnmatch.fnmatchcase(f"{self.name}/{key}", rule["pods"]):
                reason = rule["reason"]
        if reason not in REASONS:
            if of_job(pod):
                return "done", delay + annotation(pod, "run-seconds", 0.5)
            return "ready", delay
        if of_job(pod) and reason == "CrashLoopBackOff":
            return "broken", delay
        return reason, 0.0 if is_ready(pod) else delay

    def next_step(self, key):
        """What to do with the pod now, if anything; the caller holds self.changed."""
        pod = self.pods.get(key)
        if not pod:
            return None
        wanted, delay = self.wanted_state(key, pod)
        if pod["status"].get("phase") in ("Succeeded", "Failed") and wanted != "gone":
            return None
        plan = self.plans.get(key)
        if not plan or plan[:2] != (wanted, pod["metadata"]["uid"]):
            plan = self.plans[key] = (wanted, pod["metadata"]["uid"], time.monotonic())
        rest = plan[2] + delay - time.monotonic()
        if rest > 0:
            self.soon(key, rest)
            return None
        return lambda: self.report(key, pod, wanted)

    def report(self, key, pod, wanted):
        namespace, name = key.split("/")
        path = f"/api/v1/namespaces/{namespace}/pods/{name}"
        if wanted == "gone":
            self.api.call("DELETE", path, {"apiVersion": "v1", "kind": "DeleteOptions",
                                           "gracePeriodSeconds": 0})
            return
        number = next(self.addresses)
        address = pod["status"].get("podIP") or f"10.{240 + self.index}.{number >> 8}.{number & 255}"
        status = pod_status(pod, wanted, address)
        if not self.shows(pod, status):
            self.api.call("PATCH", path + "/status", {"status": status}, MERGE)

    @staticmethod
    def shows(pod, status):
        """The pod's status says already what the new one would; times do not count."""
        def gist(of):
            states = [(c["ready"], sorted(c["state"]), c["state"].get("waiting", {}).get("reason"))
                      for c in of.get("containerStatuses", [])]
            return of.get("phase"), states
        return gist(pod["status"]) == gist(status)


def follow_files(members, nodes_file, pods_file):
    """Gives every member its part of the two files, at first and after each change."""
    seen = None
    while True:
        now = [(os.stat(file).st_mtime_ns, os.stat(file).st_ino) for file in (nodes_file, pods_file)]
        if now != seen:
            with open(nodes_file, encoding="utf-8") as nodes, open(pods_file, encoding="utf-8") as pods:
                entries, rules = json.load(nodes)["members"], json.load(pods)
            for member, entry in zip(members, entries):
                member.configure(entry.get("nodes", {}), rules)
            seen = now
        time.sleep(0.3)


def main():
    parser = argparse.ArgumentParser(description="fake kubelet for the clusters of the test bed")
    parser.add_argument("--pki", required=True, help="folder with ca.crt, admin.crt, admin.key")
    parser.add_argument("--nodes", required=True, help="file with the nodes of every member")
    parser.add_argument("--pods", required=True, help="file that says how pods behave")
    parser.add_argument("members", nargs="+", metavar="NAME=URL")
    arguments = parser.parse_args()
    tls = ssl.create_default_context(cafile=arguments.pki + "/ca.crt")
    tls.load_cert_chain(arguments.pki + "/admin.crt", arguments.pki + "/admin.key")
    members = [Member(word.partition("=")[0], index, word.partition("=")[2], tls)
               for index, word in enumerate(arguments.members)]
    for member in members:
        member.begin()
    follow_files(members, arguments.nodes, arguments.pods)


if __name__ == "__main__":
    main()
