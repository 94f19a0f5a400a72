# SPDX-License-Identifier: Apache-2.0
"""What API servers hold, read without a program for each look: tests look often while they wait.

    api = Api(kubeconfig, kubectl)
    api.get("deployment", "shop", "front")    # the object, or None
    api.list("pod", selector="app=front")     # of all namespaces
"""

import base64
import http.client
import json
import os
import ssl
import subprocess
import tempfile
import urllib.parse

KINDS = {
    "namespace": "api/v1/namespaces",
    "pod": "api/v1/pods",
    "secret": "api/v1/secrets",
    "service": "api/v1/services",
    "configmap": "api/v1/configmaps",
    "deployment": "apis/apps/v1/deployments",
    "cluster": "apis/cluster.karmada.io/v1alpha1/clusters",
    "propagationpolicy": "apis/policy.karmada.io/v1alpha1/propagationpolicies",
    "clusterpropagationpolicy": "apis/policy.karmada.io/v1alpha1/clusterpropagationpolicies",
    "overridepolicy": "apis/policy.karmada.io/v1alpha1/overridepolicies",
    "serviceexport": "apis/multicluster.x-k8s.io/v1alpha1/serviceexports",
    "serviceimport": "apis/multicluster.x-k8s.io/v1alpha1/serviceimports",
}
CONFIGS = {}


def config_of(kubeconfig, kubectl):
    """(host, port, TLS) of the current context; read once."""
    if kubeconfig not in CONFIGS:
        out = subprocess.run([kubectl, "--kubeconfig", kubeconfig, "config", "view", "--raw",
                              "--minify", "-o", "json"], check=True, capture_output=True, timeout=60)
        config = json.loads(out.stdout)
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        tls = ssl.create_default_context(cadata=authority)
        with tempfile.NamedTemporaryFile() as pem:  # only its maker may read it
            for part in ["client-certificate-data", "client-key-data"]:
                pem.write(base64.b64decode(user[part]) + b"\n")
            pem.flush()
            tls.load_cert_chain(pem.name)
        url = urllib.parse.urlsplit(cluster["server"])
        CONFIGS[kubeconfig] = (url.hostname, url.port, tls)
    return CONFIGS[kubeconfig]


class Api:
    """One connection, kept; for one thread. A server that is away is an OSError."""

    def __init__(self, kubeconfig, kubectl):
        self.where = config_of(kubeconfig, kubectl)
        self.connection = None

    def ask(self, path):
        host, port, tls = self.where
        for last in [False, True]:
            if not self.connection:
                self.connection = http.client.HTTPSConnection(host, port, context=tls, timeout=60)
            try:
                self.connection.request("GET", path)
                answer = self.connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException) as e:
                self.close()  # the server may have closed what was idle: once more
                if last:
                    raise OSError(f"{host}:{port}: {e}") from e
        return None

    def read(self, path):
        """The document at this path; None where there is no such object or type."""
        status, body = self.ask("/" + path)
        if status == 404:
            return None
        if status != 200:
            raise OSError(f"{path}: {status} {body[:300]!r}")
        return json.loads(body)

    def path(self, kind, namespace):
        if not namespace:
            return KINDS[kind]
        group, plural = os.path.split(KINDS[kind])
        return f"{group}/namespaces/{namespace}/{plural}"

    def get(self, kind, namespace, name):
        return self.read(f"{self.path(kind, namespace)}/{name}")

    def list(self, kind, namespace=None, selector=None):
        query = f"?labelSelector={urllib.parse.quote(selector)}" if selector else ""
        found = self.read(self.path(kind, namespace) + query)
        return found["items"] if found else []

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None
