#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""End to end on a real Karmada with real helm: deploy, look, kill, resume, move, update, remove.

usage: karmada.py SMO [--helm 3|4] [--only WORD]

Takes the test bed from the environment (`eval "$(tests/testbed/karmada env DIR)"` and the same for
the registry). Prints TAP. Everything it makes is in projects named e2e-..., removed at the end.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ENV = os.environ
DOMAIN = "smo.nephele-project.eu"


class Failure(Exception):
    pass


def check(what, *context):
    if not what:
        raise Failure(" ".join(str(c) for c in context) or "check failed")


class Bed:
    """The control plane, its members, and an SMO state of its own."""

    def __init__(self, smo, helm):
        self.smo_path, self.helm_major = smo, helm
        self.dir = tempfile.mkdtemp(prefix="smo-e2e-")
        self.env = {
            "HOME": self.dir,
            "PATH": ENV["PATH"],
            "SMO_DIR": os.path.join(self.dir, "state"),
            "KARMADA_KUBECONFIG": ENV["KUBECONFIG"],
            "SMO_HELM": ENV[f"SMO_TESTBED_HELM{helm}"],
            "SMO_CACHE_DIR": os.path.join(self.dir, "cache"),
        }
        self.registry = ENV["SMO_TESTBED_REGISTRY"]
        self.smo("init")

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self, *args):
        return subprocess.Popen([self.smo_path, *args], env=self.env, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
                                start_new_session=True)

    def smo(self, *args, code=0, timeout=180):
        p = subprocess.run([self.smo_path, *args], env=self.env, capture_output=True, text=True,
                           timeout=timeout, stdin=subprocess.DEVNULL)
        check(p.returncode == code, f"smo {' '.join(args)}: exit {p.returncode}, not {code}\n",
              p.stdout[-2000:], p.stderr[-3000:])
        return p

    def json(self, *args):
        return json.loads(self.smo(*args, "-o", "json").stdout)

    def kubectl(self, *args, member=None):
        config = ENV[f"SMO_TESTBED_{member.upper()}"] if member else ENV["KUBECONFIG"]
        p = subprocess.run([ENV["SMO_TESTBED_KUBECTL"], "--kubeconfig", config, *args],
                           capture_output=True, text=True, timeout=60)
        return p.stdout if p.returncode == 0 else None

    def items(self, kind, namespace=None, member=None, selector=None):
        args = ["get", kind, "-o", "json"]
        args += ["-n", namespace] if namespace else ["-A"]
        args += ["-l", selector] if selector else []
        out = self.kubectl(*args, member=member)
        return json.loads(out)["items"] if out else []

    def ready(self, member, namespace, deployment):
        out = self.kubectl("get", "deploy", deployment, "-n", namespace, "-o", "json", member=member)
        return json.loads(out)["status"].get("readyReplicas", 0) if out else 0

    def releases(self, namespace):
        return {s["metadata"]["labels"]["name"]: s["metadata"]["labels"]["status"]
                for s in self.items("secret", namespace, selector="owner=helm")}

    def descriptor(self, text):
        path = os.path.join(self.dir, f"graph-{random.randrange(1 << 32)}.yaml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace("REGISTRY", self.registry))
        return path

    def left_in(self, project):
        """Everything of ours that is still there."""
        found = []
        for kind in ["propagationpolicy", "overridepolicy", "clusterpropagationpolicy", "serviceexport",
                     "serviceimport", "deployment"]:
            for o in self.items(kind):
                labels = o["metadata"].get("labels", {})
                if labels.get(f"{DOMAIN}/project") == project or \
                        o["metadata"].get("namespace") == project:
                    found.append(f"{kind}/{o['metadata']['name']}")
        for ns in self.items("namespace"):
            if ns["metadata"]["name"] == project:
                found.append(f"namespace/{project}")
        return found

    def wait(self, what, seconds=30):
        end = time.time() + seconds
        while time.time() < end:
            if what():
                return True
            time.sleep(0.2)
        return False

    def gone(self, project, but=()):
        check(self.wait(lambda: not set(self.left_in(project)) - set(but)), "left behind:",
              self.left_in(project))

    def clean(self, project):
        """What an earlier, failed run may have left."""
        for kind in ["propagationpolicy", "overridepolicy", "serviceexport", "serviceimport"]:
            self.kubectl("delete", kind, "--all", "-n", project, "--ignore-not-found")
        self.kubectl("delete", "namespace", project, "--ignore-not-found")

    def namespace(self, project):
        """A namespace that is not SMO's: it stays, and tests need not wait for its end."""
        self.kubectl("create", "namespace", project)
        return [f"namespace/{project}"]


STOCK = """
hdaGraph:
  id: GRAPH
  version: 1.0.0
  services:
    - id: front
      artifact:
        ociImage: oci://REGISTRY/charts/stock:0.1.0
        ociConfig: {type: App, implementer: HELM}
        valuesOverwrite: {podAnnotations: {app: front}}
      deployment:
        trigger: {auto: {dependencies: [back]}}
        intent:
          compute: {cpu: light, ram: light, storage: none, gpu: {enabled: false}}
          connectionPoints: [back]
          location: {clusters: [FRONT]}
    - id: back
      artifact:
        ociImage: oci://REGISTRY/charts/stock:0.1.0
        ociConfig: {type: App, implementer: HELM}
        valuesOverwrite: {podAnnotations: {app: back}}
      deployment:
        trigger: {auto: {}}
        intent:
          compute: {cpu: small, ram: small, storage: none, gpu: {enabled: false}}
          location: {clusters: [BACK]}
"""

LEGACY = """
hdaGraph:
  id: GRAPH
  version: 1.0.0
  services:
    - id: legacy-front
      artifact:
        ociImage: oci://REGISTRY/charts/legacy-front
        ociConfig: {type: App, implementer: HELM}
        valuesOverwrite: {}
      deployment:
        trigger: {auto: {dependencies: []}}
        intent:
          compute: {cpu: small, ram: small, storage: small, gpu: {enabled: "False"}}
          connectionPoints: [legacy-back]
          location: {clusters: [FRONT]}
    - id: legacy-back
      artifact:
        ociImage: oci://REGISTRY/charts/legacy-back
        ociConfig: {type: App, implementer: HELM}
        valuesOverwrite: {}
      deployment:
        trigger: {auto: {dependencies: []}}
        intent:
          compute: {cpu: small, ram: small, storage: small, gpu: {enabled: "False"}}
          location: {clusters: [BACK]}
"""


def graph(bed, text, name, front="member1", back="member2"):
    return bed.descriptor(text.replace("GRAPH", name).replace("FRONT", front).replace("BACK", back))


def a_stock_graph_lives_and_leaves_nothing(bed):
    project = f"e2e-stock{bed.helm_major}"
    path = graph(bed, STOCK, "shop")
    bed.smo("graph", "deploy", path, "--project", project, "--wait", "--timeout", "90s")
    check(bed.ready("member1", project, "front-stock") == 1, "front is not ready on member1")
    check(bed.ready("member2", project, "back-stock") == 1, "back is not ready on member2")
    check(bed.ready("member2", project, "front-stock") == 0, "front runs on member2 too")
    pod = bed.items("pod", project, member="member2")[0]
    check(pod["spec"]["containers"][0]["resources"]["requests"]["cpu"] == "1", "intent not enforced",
          pod["spec"]["containers"][0]["resources"])
    exports = bed.items("serviceexport", project, member="member2")
    check([e["metadata"]["name"] for e in exports] == ["back-stock"], "exports on member2:", exports)
    imports = bed.items("serviceimport", project, member="member1")
    check([i["metadata"]["name"] for i in imports] == ["back-stock"], "imports on member1:", imports)
    check(not bed.items("serviceimport", project, member="member3"), "imported everywhere")
    check(not bed.json("graph", "plan", path).get("steps"), "the second plan is not empty:",
          bed.smo("graph", "plan", path).stdout)
    status = bed.json("graph", "status", "shop")
    check(status["health"] == "Healthy", status)
    bed.smo("graph", "stop", "shop", "--yes")
    check(bed.wait(lambda: bed.ready("member1", project, "front-stock") == 0), "front runs after stop")
    check(bed.releases(project) == {}, "releases after stop:", bed.releases(project))
    bed.smo("graph", "start", "shop", "--wait", "--timeout", "90s")
    check(bed.ready("member1", project, "front-stock") == 1, "front is not back after start")
    bed.smo("graph", "remove", "shop", "--yes")
    bed.gone(project)
    bed.smo("graph", "describe", "shop", code=3)


def a_legacy_graph_goes_where_it_is_placed(bed):
    project = f"e2e-legacy{bed.helm_major}"
    path = graph(bed, LEGACY, "brussels")
    bed.smo("graph", "deploy", path, "--project", project, "--wait", "--timeout", "90s")
    check(bed.ready("member1", project, "legacy-front") == 1, "legacy-front is not on member1")
    check(bed.ready("member2", project, "legacy-back") == 1, "legacy-back is not on member2")
    check(bed.wait(lambda: bed.items("serviceimport", project, member="member1")), "no import")
    check(not bed.items("serviceimport", project, member="member3"), "imported everywhere")
    check(not bed.json("graph", "plan", path).get("steps"), "the second plan is not empty:",
          bed.smo("graph", "plan", path).stdout)
    bed.smo("graph", "stop", "brussels", "--yes")
    bed.smo("graph", "start", "brussels", "--wait", "--timeout", "90s")
    check(bed.ready("member2", project, "legacy-back") == 1, "legacy-back is not back after start")
    bed.smo("graph", "remove", "brussels", "--yes")
    bed.gone(project)


def a_move_never_leaves_a_service_without_pods(bed):
    project = f"e2e-move{bed.helm_major}"
    for text, service in [(STOCK, "back-stock"), (LEGACY, "legacy-back")]:
        bed.smo("graph", "deploy", graph(bed, text, "mover"), "--project", project, "--wait")
        p = bed.start("graph", "deploy", graph(bed, text, "mover", back="member3"), "--project",
                      project)
        worst, samples = 99, 0
        while p.poll() is None:
            n = bed.ready("member2", project, service) + bed.ready("member3", project, service)
            worst, samples = min(worst, n), samples + 1
            time.sleep(0.05)
        out, err = p.communicate()
        check(p.returncode == 0, out, err)
        check(worst >= 1 and samples > 2, f"{service}: {worst} pods at worst, {samples} samples")
        check(bed.ready("member3", project, service) == 1, f"{service} is not on member3")
        check(bed.wait(lambda: bed.ready("member2", project, service) == 0), "still on member2")
        bed.smo("graph", "remove", "mover", "--yes")
        bed.gone(project)


def a_killed_deploy_is_resumed(bed):
    project = f"e2e-kill{bed.helm_major}"
    stays = bed.namespace(project)
    for i, text in enumerate([STOCK, LEGACY] * 3):
        path = graph(bed, text, "victim")
        p = bed.start("graph", "deploy", path, "--project", project, "--wait")
        time.sleep(0.15 + 0.45 * i)
        if i % 2:
            os.killpg(p.pid, signal.SIGKILL)
        else:
            p.kill()
        p.communicate()
        bed.smo("graph", "deploy", path, "--project", project, "--wait", "--timeout", "90s")
        status = bed.json("graph", "status", "victim")
        check(status["health"] == "Healthy", f"after kill {i}:", status)
        check(not bed.json("graph", "plan", path).get("steps"), "not as wanted after the resume:",
              bed.smo("graph", "plan", path).stdout)
        check(set(bed.releases(project).values()) == {"deployed"}, bed.releases(project))
        bed.smo("graph", "remove", "victim", "--yes")
        bed.gone(project, stays)


def a_killed_removal_is_resumed(bed):
    project = f"e2e-killrm{bed.helm_major}"
    stays = bed.namespace(project)
    for delay in [0.1, 0.3, 0.6]:
        bed.smo("graph", "deploy", graph(bed, STOCK, "victim"), "--project", project, "--wait")
        p = bed.start("graph", "remove", "victim", "--yes")
        time.sleep(delay)
        p.kill()
        p.communicate()
        p = subprocess.run([bed.smo_path, "graph", "remove", "victim", "--yes"], env=bed.env,
                           capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        check(p.returncode in (0, 3), p.stdout, p.stderr)
        bed.gone(project, stays)


def updates_and_rollbacks_keep_replicas(bed):
    project = f"e2e-update{bed.helm_major}"
    path = graph(bed, STOCK, "app")
    bed.smo("graph", "deploy", path, "--project", project, "--wait")
    bed.smo("graph", "scale", "app", "back=2", "--wait")
    check(bed.ready("member2", project, "back-stock") == 2, "not scaled")
    changed = open(path, encoding="utf-8").read().replace(
        "{app: back}", "{app: back, round: two}")
    second = bed.descriptor(changed)
    bed.smo("graph", "deploy", second, "--project", project, "--wait")
    check(bed.ready("member2", project, "back-stock") == 2, "the update reset the replicas")
    pods = bed.items("pod", project, member="member2")
    check(all(p["metadata"]["annotations"].get("round") == "two" for p in pods
              if p["status"]["phase"] == "Running" and "deletionTimestamp" not in p["metadata"]),
          "the update did not reach the pods")
    bed.smo("graph", "rollback", "app", "--wait")
    check(bed.ready("member2", project, "back-stock") == 2, "the rollback reset the replicas")
    history = bed.json("graph", "history", "app")
    check(len(history if isinstance(history, list) else history.get("revisions", history)) >= 3,
          history)
    bed.smo("graph", "remove", "app", "--yes")
    bed.gone(project)


def a_rollback_installs_the_bytes_of_then(bed):
    project, name = f"e2e-pin{bed.helm_major}", f"pinned{bed.helm_major}"
    chart = os.path.join(bed.dir, name)
    shutil.copytree("tests/testbed/charts/stock", chart)

    def push(color):
        with open(chart + "/values.yaml", encoding="utf-8") as f:
            values = f.read()
        with open(chart + "/values.yaml", "w", encoding="utf-8") as f:
            f.write("\n".join(line for line in values.splitlines() if "podAnnotations" not in line) +
                    f"\npodAnnotations: {{color: {color}}}\n")
        with open(chart + "/Chart.yaml", encoding="utf-8") as f:
            meta = f.read().replace("name: stock", f"name: {name}")
        with open(chart + "/Chart.yaml", "w", encoding="utf-8") as f:
            f.write(meta)
        bed.smo("artifact", "package", "tar", "-d", bed.dir, chart)
        bed.smo("artifact", "push", "--force", f"{bed.dir}/{name}-0.1.0.tar.gz",
                f"oci://{bed.registry}/charts")

    def color():
        pods = [p for p in bed.items("pod", project, member="member1")
                if "deletionTimestamp" not in p["metadata"]]
        return {p["metadata"]["annotations"].get("color") for p in pods}

    text = STOCK.replace("charts/stock:0.1.0", f"charts/{name}:0.1.0").replace(
        "{podAnnotations: {app: front}}", "{}").replace("{podAnnotations: {app: back}}", "{}")
    path = graph(bed, text, "pins", back="member1")
    push("red")
    bed.smo("graph", "deploy", path, "--project", project, "--wait")
    check(color() == {"red"}, color())
    push("blue")
    check(not bed.json("graph", "plan", path).get("steps"), "a moved tag moved what is deployed")
    second = bed.descriptor(open(path, encoding="utf-8").read().replace("1.0.0", "2.0.0"))
    bed.smo("graph", "deploy", second, "--project", project, "--wait")
    check(color() == {"blue"}, color())
    bed.smo("graph", "rollback", "pins", "--wait")
    check(color() == {"red"}, "other bytes after the rollback:", color())
    bed.smo("graph", "remove", "pins", "--yes")
    bed.gone(project)


def drift_is_repaired(bed):
    project = f"e2e-drift{bed.helm_major}"
    path = graph(bed, STOCK, "drifter")
    bed.smo("graph", "deploy", path, "--project", project, "--wait")
    bed.kubectl("delete", "propagationpolicy", "smo-back", "-n", project)
    bed.kubectl("patch", "overridepolicy", "smo-front", "-n", project, "--type=merge", "-p",
                '{"spec":{"overrideRules":[]}}')
    plan = bed.json("graph", "plan", path)
    check(len(plan["steps"]) == 2, "drift not seen:", bed.smo("graph", "plan", path).stdout)
    bed.smo("graph", "resume", "drifter")
    check(not bed.json("graph", "plan", path).get("steps"), "drift not repaired")
    bed.smo("graph", "remove", "drifter", "--yes")
    bed.gone(project)


def what_is_not_ours_is_left_alone(bed):
    project = f"e2e-foreign{bed.helm_major}"
    bed.namespace(project)
    bed.kubectl("create", "configmap", "theirs", "-n", project, "--from-literal=a=b")
    helm = bed.env["SMO_HELM"]
    subprocess.run([helm, "install", "front", "tests/testbed/charts/stock", "--kubeconfig",
                    ENV["KUBECONFIG"], "-n", project], check=True, capture_output=True)
    path = graph(bed, STOCK, "guest")
    bed.smo("graph", "deploy", path, "--project", project, code=4)
    subprocess.run([helm, "uninstall", "front", "--kubeconfig", ENV["KUBECONFIG"], "-n", project],
                   check=True, capture_output=True)
    bed.smo("graph", "deploy", path, "--project", project, "--wait")
    bed.smo("graph", "remove", "guest", "--yes")
    check(bed.kubectl("get", "configmap", "theirs", "-n", project), "their object is gone")


def what_users_put_into_our_namespace_keeps_it(bed):
    project = f"e2e-guest{bed.helm_major}"
    bed.smo("graph", "deploy", graph(bed, LEGACY, "host"), "--project", project)
    bed.kubectl("create", "configmap", "theirs", "-n", project, "--from-literal=a=b")
    bed.smo("graph", "remove", "host", "--yes")
    bed.gone(project, [f"namespace/{project}"])
    check(bed.kubectl("get", "configmap", "theirs", "-n", project), "their object is gone")


def a_failing_helm_says_what_remains(bed):
    project = f"e2e-fail{bed.helm_major}"
    path = bed.descriptor(open(graph(bed, STOCK, "broken"), encoding="utf-8").read().replace(
        '{podAnnotations: {app: front}}', '{serviceAccount: {create: true, name: "Not A Name"}}'))
    p = subprocess.run([bed.smo_path, "graph", "deploy", path, "--project", project], env=bed.env,
                       capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    check(p.returncode == 9, f"exit {p.returncode}", p.stdout, p.stderr)
    check("resume" in p.stderr, "no way on is named:", p.stderr)
    bed.smo("graph", "deploy", graph(bed, STOCK, "broken"), "--project", project, "--wait")
    check(bed.ready("member1", project, "front-stock") == 1, "not mended")
    bed.smo("graph", "remove", "broken", "--yes")
    bed.gone(project)
    p = subprocess.run([bed.smo_path, "graph", "deploy", path, "--project", project,
                        "--rollback-on-failure"], env=bed.env, capture_output=True, text=True,
                       stdin=subprocess.DEVNULL, timeout=120)
    check(p.returncode != 0, "a broken chart was deployed")
    bed.gone(project)


TESTS = [
    a_stock_graph_lives_and_leaves_nothing,
    a_legacy_graph_goes_where_it_is_placed,
    a_move_never_leaves_a_service_without_pods,
    updates_and_rollbacks_keep_replicas,
    a_rollback_installs_the_bytes_of_then,
    drift_is_repaired,
    what_is_not_ours_is_left_alone,
    what_users_put_into_our_namespace_keeps_it,
    a_failing_helm_says_what_remains,
    a_killed_deploy_is_resumed,
    a_killed_removal_is_resumed,
]


def clean_leftovers(smo, helm):
    bed = Bed(smo, helm)
    for ns in bed.items("namespace"):
        name = ns["metadata"]["name"]
        if name.startswith("e2e-") and name.endswith(helm):
            bed.clean(name)
    bed.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("smo")
    parser.add_argument("--helm", default="3,4")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    tests = [(t, h) for h in options.helm.split(",") for t in TESTS if options.only in t.__name__]
    if "SMO_TESTBED_KUBECTL" not in ENV or "SMO_TESTBED_REGISTRY" not in ENV:
        print("1..0 # SKIP no test bed in the environment")
        return 0
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for helm in options.helm.split(","):
        clean_leftovers(os.path.abspath(options.smo), helm)
    for i, (test, helm) in enumerate(tests, 1):
        name = f"{test.__name__.replace('_', ' ')} (helm {helm})"
        bed = Bed(os.path.abspath(options.smo), helm)
        began = time.time()
        try:
            test(bed)
            print(f"ok {i} - {name} # {time.time() - began:.1f} s", flush=True)
        except (Failure, subprocess.SubprocessError, KeyError, IndexError, ValueError) as e:
            failed += 1
            print(f"not ok {i} - {name}", flush=True)
            for line in f"{type(e).__name__}: {e}".splitlines():
                print("#", line, flush=True)
        finally:
            bed.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
