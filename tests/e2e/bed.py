# SPDX-License-Identifier: Apache-2.0
"""A real Karmada under test: the control plane, its members, SMO states, and a TAP runner."""

import argparse
import concurrent.futures
import json
import os
import random
import shutil
import subprocess
import tempfile
import time
import traceback

from api import Api
from sim import Failure, check

ENV = os.environ
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOMAIN = "smo.nephele-project.eu"


def config(member=None):
    return ENV[f"SMO_TESTBED_{member.upper()}"] if member else ENV["KUBECONFIG"]


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
        self.apis = {}
        self.smo("init")

    def close(self):
        for api in self.apis.values():
            api.close()
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
        p = subprocess.run([ENV["SMO_TESTBED_KUBECTL"], "--kubeconfig", config(member), *args],
                           capture_output=True, text=True, timeout=60)
        return p.stdout if p.returncode == 0 else None

    def api(self, member=None):
        if member not in self.apis:
            self.apis[member] = Api(config(member), ENV["SMO_TESTBED_KUBECTL"])
        return self.apis[member]

    def items(self, kind, namespace=None, member=None, selector=None):
        return self.api(member).list(kind, namespace, selector)

    def ready(self, member, namespace, deployment):
        found = self.api(member).get("deployment", namespace, deployment)
        return found.get("status", {}).get("readyReplicas", 0) if found else 0

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
        """Whether it comes true in time; a server that is away may come back."""
        end = time.time() + seconds
        while time.time() < end:
            try:
                if what():
                    return True
            except OSError:
                pass
            time.sleep(0.1)
        return False

    def gone(self, project, but=()):
        check(self.wait(lambda: not set(self.left_in(project)) - set(but), 120), "left behind:",
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


def clean_leftovers(smo, helm):
    bed = Bed(smo, helm)
    for ns in bed.items("namespace"):
        name = ns["metadata"]["name"]
        if name.startswith("e2e-") and name.endswith(helm):
            bed.clean(name)
    bed.close()


def attempt(smo, test, helm):
    """Run one test in a state of its own: its line and, when it failed, why."""
    bed = Bed(smo, helm)
    began = time.time()
    name = f"{test.__name__.replace('_', ' ')} (helm {helm})"
    try:
        test(bed)
        return True, f"{name} # {time.time() - began:.1f} s"
    except (Failure, subprocess.SubprocessError, OSError, LookupError, TypeError, ValueError) as e:
        trace = traceback.extract_tb(e.__traceback__)
        where = " < ".join(f"{t.name}:{t.lineno}" for t in reversed(trace))
        return False, "\n# ".join([name, where, *f"{type(e).__name__}: {e}".splitlines()])
    finally:
        bed.close()


def with_helms(tests, helm, both):
    """Each test with each of `helm`; in turns: one after the other with 3 and 4, those of `both` with both."""
    if helm != "turns":
        return [(t, h) for h in helm.split(",") for t in tests]
    return [(t, h) for i, t in enumerate(tests) for h in (["3", "4"] if t in both else ["34"[i % 2]])]


def main(about, all_tests, both=()):
    """Run the tests whose name holds --only, with each --helm; print TAP."""
    parser = argparse.ArgumentParser(description=about.split("\n", maxsplit=1)[0])
    parser.add_argument("smo")
    parser.add_argument("--helm", default="3,4", help="major versions, or turns: 3 and 4 alternately")
    parser.add_argument("--only", default="", help="tests whose name holds this")
    parser.add_argument("--beside", action="store_true",
                        help="others use the test bed: do not remove what earlier tests left there")
    parser.add_argument("--jobs", type=int, default=1, help="tests side by side: they mostly wait")
    options = parser.parse_args()
    smo = os.path.abspath(options.smo)
    tests = [(t, h) for t, h in with_helms(all_tests, options.helm, both) if options.only in t.__name__]
    if "SMO_TESTBED_KUBECTL" not in ENV or "SMO_TESTBED_REGISTRY" not in ENV:
        print("1..0 # SKIP no test bed in the environment")
        return 0
    print(f"1..{len(tests)}", flush=True)
    for helm in [] if options.beside else sorted({h for _, h in tests}):
        clean_leftovers(smo, helm)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(attempt, smo, test, helm) for test, helm in tests]
        for i, job in enumerate(concurrent.futures.as_completed(jobs), 1):
            well, line = job.result()
            failed += not well
            print(f"{'ok' if well else 'not ok'} {i} - {line}", flush=True)
    return 1 if failed else 0
