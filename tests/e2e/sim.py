# SPDX-License-Identifier: Apache-2.0
"""An SMO state on the simulated federation, in a folder of its own, for tests."""

import json
import os
import shutil
import subprocess
import tempfile


class Failure(Exception):
    pass


def check(what, *context):
    if not what:
        raise Failure(" ".join(str(c) for c in context) or "check failed")


class Sim:
    def __init__(self, smo, root):
        self.smo_path, self.root = smo, root
        self.dir = tempfile.mkdtemp(prefix="smo-sim-")
        self.env = {"HOME": self.dir, "PATH": os.environ["PATH"], "SMO_DIR": self.dir + "/state",
                    "SMO_CACHE_DIR": self.dir + "/cache"}

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def run(self, *args, **env):
        return subprocess.run([self.smo_path, *args], env={**self.env, **env}, capture_output=True,
                              text=True, timeout=120, stdin=subprocess.DEVNULL, check=False)

    def smo(self, *args, code=0):
        p = self.run(*args)
        check(p.returncode == code, f"smo {' '.join(args)}: exit {p.returncode}, not {code}\n",
              p.stdout[-1500:], p.stderr[-2500:])
        return p

    def json(self, *args):
        return json.loads(self.smo(*args, "-o", "json").stdout)

    def init(self, world=None):
        self.smo("init", "--sim", *([world] if world else []))

    def save(self, name):
        shutil.copytree(self.dir + "/state", self.dir + "/" + name)

    def restore(self, name):
        shutil.rmtree(self.dir + "/state")
        shutil.copytree(self.dir + "/" + name, self.dir + "/state")

    def example(self, name):
        return os.path.join(self.root, "examples", name, "hdag.yaml")

    def world(self):
        """What the world looks like, without times, counters and revision numbers."""
        status = self.json("sim", "status")
        for key in ["now", "faults", "loads"]:
            status.pop(key, None)
        text = json.dumps(status, sort_keys=True)
        graphs = [(g["name"], g["status"], [(s["name"], s["status"], s["cluster_affinity"])
                                            for s in g["services"]])
                  for g in self.json("graph", "list")]
        return text, graphs
