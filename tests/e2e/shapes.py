#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""End to end on a real Karmada: charts of every shape, and the Brussels example from a registry.

usage: shapes.py SMO [--helm 3|4] [--only WORD] [--jobs N]

Takes the test bed from the environment as karmada.py does, started with --monitoring. Prints TAP.
"""

import os
import shutil
import subprocess
import sys

from bed import ROOT, check, main

META = "metadata: {name: NAME, labels: {app: NAME}}"
POD = """
    metadata: {labels: {app: NAME}}
    spec:
      containers:
        - {name: main, image: "registry.example/x:1"}"""
DEPLOYMENT = f"""
apiVersion: apps/v1
kind: Deployment
{META}
spec:
  selector: {{matchLabels: {{app: NAME}}}}
  template:{POD}"""
SERVICE = f"""
apiVersion: v1
kind: Service
{META}
spec: {{selector: {{app: NAME}}, ports: [{{port: 80}}]}}"""

# What Helm renders is NAME-SHAPE; NAME is the release.
SHAPES = {
    "replicaless": {"templates/all.yaml": DEPLOYMENT + "\n---" + SERVICE},
    "fixed": {"templates/all.yaml": DEPLOYMENT.replace("spec:\n", "spec:\n  replicas: 1\n", 1)},
    "sidecar": {"templates/all.yaml": DEPLOYMENT + """
        - {name: side, image: "registry.example/y:1", resources: {requests: {cpu: 50m}}}
      initContainers:
        - {name: first, image: "registry.example/z:1"}"""},
    "stateful": {"templates/all.yaml": f"""
apiVersion: apps/v1
kind: StatefulSet
{META}
spec:
  serviceName: NAME
  replicas: 2
  selector: {{matchLabels: {{app: NAME}}}}
  volumeClaimTemplates:
    - metadata: {{name: data}}
      spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}
  template:{POD}
---""" + SERVICE},
    "everywhere": {"templates/all.yaml": f"""
apiVersion: apps/v1
kind: DaemonSet
{META}
spec:
  selector: {{matchLabels: {{app: NAME}}}}
  template:{POD}"""},
    "hooked": {
        "templates/all.yaml": DEPLOYMENT,
        "templates/hook.yaml": """
apiVersion: batch/v1
kind: Job
metadata: {name: NAME-after, annotations: {helm.sh/hook: "post-install,post-upgrade", helm.sh/hook-delete-policy: before-hook-creation}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: "registry.example/x:1"}]""",
        "templates/test.yaml": """
apiVersion: v1
kind: Pod
metadata: {name: NAME-test, annotations: {helm.sh/hook: test}}
spec: {restartPolicy: Never, containers: [{name: main, image: "registry.example/x:1"}]}"""},
    "halfpolicy": {
        "templates/all.yaml": DEPLOYMENT + "\n---" + SERVICE,
        "templates/policy.yaml": """
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: NAME-own}
spec:
  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: NAME}]
  placement: {clusterAffinity: {clusterNames: {{ toJson .Values.clustersAffinity }}}}""",
        "values.yaml": "clustersAffinity: [member1]\n"},
    "withcrd": {
        "crds/crd.yaml": """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.e2e.example}
spec:
  group: e2e.example
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets, singular: gadget}
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
""",
        "templates/all.yaml": DEPLOYMENT},
    "clusterwide": {"templates/all.yaml": DEPLOYMENT + """
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: NAME-reader}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]"""},
    "picky": {
        "templates/all.yaml": DEPLOYMENT,
        "values.yaml": "color: red\n",
        "values.schema.json": '{"type":"object","properties":{"color":{"enum":["red","blue"]}}}'},
}

# How charts of the original print the names of clusters that they are given as KEY.
FORMS = {
    "ranged": "{{- range .Values.KEY }}\n        - {{ . | quote }}{{ end }}",
    "goprint": "{{ .Values.KEY }}",
    "firstitem": "[{{ index .Values.KEY 0 }}]",
    "bracketed": "[{{ .Values.KEY }}]",
    "nested": "{{ toJson .Values.karmada.KEY }}",
    "quotedfirst": "[{{ first .Values.KEY | quote }}]",
    "quotedtext": "[{{ .Values.KEY | quote }}]",
}
NAME_ONE = ["quotedfirst", "quotedtext"]
MCS = "apiVersion: multicluster.x-k8s.io/v1alpha1"


def policy(name, selectors, form, key):
    return f"""
---
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {{name: NAME-{name}}}
spec:
  resourceSelectors: {selectors}
  placement:
    clusterAffinity:
      clusterNames: {form.replace("KEY", key)}"""


def legacy(form):
    """A chart of the original that prints names in this form."""
    values = "clustersAffinity: [member1]\nserviceImportClusters: [member1]\n"
    own = f"""
    - {{apiVersion: apps/v1, kind: Deployment, name: NAME}}
    - {{apiVersion: v1, kind: Service, name: NAME}}
    - {{{MCS}, kind: ServiceExport, name: NAME}}"""
    return {
        "templates/all.yaml": DEPLOYMENT + "\n---" + SERVICE + f"""
---
{MCS}
kind: ServiceExport
{META}
---
{MCS}
kind: ServiceImport
{META}
spec: {{type: ClusterSetIP, ports: [{{port: 80, protocol: TCP}}]}}""",
        "templates/policies.yaml": policy("own", own, form, "clustersAffinity") +
        policy("import", f"[{{{MCS}, kind: ServiceImport, name: NAME}}]", form, "serviceImportClusters"),
        "values.yaml": "karmada:\n  " + values.replace("\nservice", "\n  service")
                       if "karmada" in form else values,
    }


# It sends its Deployment somewhere, and forgets the account that the pods need.
SHAPES["selfplaced"] = {
    "templates/all.yaml": DEPLOYMENT + """
      serviceAccountName: NAME
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: NAME}""",
    "templates/policy.yaml": policy("own", "[{apiVersion: apps/v1, kind: Deployment, name: NAME}]",
                                    "[member3]", "")}
SHAPES.update({name: legacy(form) for name, form in FORMS.items()})


def publish(bed, shape, more=""):
    """Push the chart of this shape, and what comes with it under the same tag; its reference."""
    name = f"{shape}{bed.helm_major}"
    ref = f"oci://{bed.registry}/charts/{name}:0.1.0"
    chart = os.path.join(bed.dir, name)
    if os.path.isdir(chart) and not more:
        return ref
    files = {"Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n{more}", **SHAPES[shape]}
    for path, text in files.items():
        os.makedirs(os.path.dirname(os.path.join(chart, path)), exist_ok=True)
        with open(os.path.join(chart, path), "w", encoding="utf-8") as f:
            f.write(text.replace("NAME", "{{ .Release.Name }}") if path.startswith("templates")
                    else text)
    bed.smo("artifact", "package", "tar", "-d", bed.dir, chart)
    bed.smo("artifact", "push", "--force", f"{bed.dir}/{name}-0.1.0.tar.gz",
            f"oci://{bed.registry}/charts")
    return ref


def service(bed, shape, cluster, values="{}", name=None, calls=()):
    return f"""
    - id: {name or shape}
      artifact: {{ociImage: "{publish(bed, shape)}", ociConfig: {{type: App, implementer: HELM}}, valuesOverwrite: {values}}}
      deployment:
        trigger: {{auto: {{}}}}
        intent:
          compute: {{cpu: light, ram: light, storage: none, gpu: {{enabled: false}}}}
          connectionPoints: [{", ".join(calls)}]
          location: {{clusters: [{cluster}]}}"""


def graph_of(bed, name, services):
    return bed.descriptor(f"hdaGraph:\n  id: {name}\n  version: 1.0.0\n  services:{services}\n")


def smo(bed, *args):
    """Run smo whatever it says: exit code and all it said."""
    p = subprocess.run([bed.smo_path, *args], env=bed.env, capture_output=True, text=True,
                       timeout=180, stdin=subprocess.DEVNULL)
    return p.returncode, p.stdout + p.stderr


def requests_on(bed, project, member, app):
    pods = [p for p in bed.items("pod", project, member=member, selector=f"app={app}")
            if "deletionTimestamp" not in p["metadata"]]
    return [[c["resources"].get("requests", {}).get("cpu") for c in p["spec"]["containers"]]
            for p in pods]


def charts_of_every_shape_run_move_and_go(bed):
    project = f"e2e-shapes{bed.helm_major}"
    shapes = ["replicaless", "sidecar", "stateful", "everywhere", "hooked", "halfpolicy", "withcrd"]

    def path(cluster, but=()):
        return graph_of(bed, "shapes", "".join(
            service(bed, s, "member2" if s in but else cluster) for s in shapes))

    first = path("member2")
    bed.smo("graph", "deploy", first, "--project", project, "--allow-cluster-scoped", "--wait", "--timeout", "120s")
    for shape in shapes:
        count = {"everywhere": 2, "stateful": 2}.get(shape, 1)
        check(len(requests_on(bed, project, "member2", shape)) == count, shape, "on member2:",
              requests_on(bed, project, "member2", shape))
        check(not requests_on(bed, project, "member1", shape), shape, "runs on member1 too")
    check(requests_on(bed, project, "member2", "sidecar")[0][1] == "50m", "the sidecar's own request:",
          requests_on(bed, project, "member2", "sidecar"))
    for shape in ["replicaless", "halfpolicy"]:
        check(bed.wait(lambda s=shape: bed.kubectl("get", "service", s, "-n", project,
                                                   member="member2")), shape, "has no Service there")
    check(bed.wait(lambda: bed.kubectl("get", "crd", "gadgets.e2e.example")), "no CRD")
    check(not bed.kubectl("get", "pod", "hooked-test", "-n", project), "a test hook was run")
    check(not bed.json("graph", "plan", first).get("steps"), "the second plan is not empty:",
          bed.smo("graph", "plan", first).stdout)
    ref = publish(bed, "sidecar", "appVersion: '2'\n")
    p = bed.smo("graph", "plan", first)
    check(f"sidecar: '{ref}' is another chart by now" in p.stdout + p.stderr, "not told:", p.stdout)
    check(not bed.json("graph", "plan", first).get("steps"), "it is taken up unasked")
    said = bed.smo("graph", "status", "shapes").stdout
    check(said.count("is another chart by now") == 1, "status does not tell:", said)
    bed.smo("graph", "scale", "shapes", "replicaless=2", "--wait")
    check(len(requests_on(bed, project, "member2", "replicaless")) == 2, "not scaled")

    code, said = smo(bed, "graph", "deploy", path("member3"), "--allow-cluster-scoped")
    check(code == 5 or "allow-data-loss" in said, "a move that loses data was not refused:", code, said)
    check(len(requests_on(bed, project, "member2", "stateful")) == 2, "its pods were touched")
    second = path("member3", but=["stateful"])
    bed.smo("graph", "deploy", second, "--allow-cluster-scoped", "--wait", "--timeout", "120s")
    for shape in shapes:
        home = "member2" if shape == "stateful" else "member3"
        count = {"everywhere": 2, "stateful": 2, "replicaless": 2}.get(shape, 1)
        check(bed.wait(lambda s=shape, h=home, n=count: len(requests_on(bed, project, h, s)) == n),
              shape, "on", home, requests_on(bed, project, home, shape))
        if shape != "stateful":
            check(bed.wait(lambda s=shape: not requests_on(bed, project, "member2", s)), shape,
                  "is still on member2")
    check(not bed.json("graph", "plan", second).get("steps"), "the plan after the move is not empty:",
          bed.smo("graph", "plan", second).stdout)
    third = path("member3")
    code, said = smo(bed, "graph", "plan", third, "--allow-data-loss", "--allow-cluster-scoped")
    check(code == 0 and "loses data" in said, "the loss is not told:", said)
    bed.smo("graph", "deploy", third, "--allow-cluster-scoped", "--allow-data-loss", "--wait",
            "--timeout", "120s")
    check(len(requests_on(bed, project, "member3", "stateful")) == 2, "stateful did not move")
    bed.smo("graph", "remove", "shapes", "--yes")
    bed.gone(project)
    bed.kubectl("delete", "crd", "gadgets.e2e.example")


def charts_hear_of_clusters_in_the_form_they_print_them(bed):
    project = f"e2e-forms{bed.helm_major}"

    def path(home):
        callers = [service(bed, "replicaless", home, name=f"caller-{home}", calls=FORMS)
                   for home in ["member1", "member3"]]
        return graph_of(bed, "forms", "".join([service(bed, f, home) for f in FORMS] + callers))

    def seen(kind, name):
        return {m for m in ["member1", "member2", "member3"]
                if bed.api(m).get(kind, project, name)}

    for home, old in [("member2", None), ("member1", "member2")]:
        graph = path(home)
        code, said = smo(bed, "graph", "plan", graph, "--project", project)
        check(code == 0, said)
        away = {f for f in FORMS if f"note: {f} is away" in said}
        check(away == (set(NAME_ONE) if old else set()), "away while they move:", away, said)
        bed.smo("graph", "deploy", graph, "--project", project, "--wait", "--timeout", "120s")
        for form in FORMS:
            check(bed.wait(lambda f=form, h=home: bed.ready(h, project, f) == 1), form, "not on", home)
            check(bed.wait(lambda f=form, h=home: seen("deployment", f) == {h}), form, "is on",
                  seen("deployment", form), "not on", home, "alone")
            check(bed.wait(lambda f=form, h=home: seen("serviceexport", f) == {h}), form,
                  "is exported from", seen("serviceexport", form))
            want = {"member1"} if form in NAME_ONE else {"member1", "member3"}
            check(bed.wait(lambda f=form, w=want: seen("serviceimport", f) == w), form,
                  "is imported on", seen("serviceimport", form), "not on", want)
        check(not bed.json("graph", "plan", graph).get("steps"), "the second plan is not empty:",
              bed.smo("graph", "plan", graph).stdout)
    bed.smo("graph", "remove", "forms", "--yes")
    bed.gone(project)


def what_a_chart_that_places_itself_leaves_out_goes_along(bed):
    project = f"e2e-self{bed.helm_major}"
    path = graph_of(bed, "self", service(bed, "selfplaced", "member1"))
    said = bed.smo("graph", "deploy", path, "--project", project, "--wait", "--timeout", "90s").stdout
    check("sends it to 'member3', which is not among the clusters it asks for" in said, said)
    check(bed.ready("member3", project, "selfplaced") == 1, "it does not run where its chart sends it")
    check(not bed.json("graph", "plan", path).get("steps"), "the second plan is not empty:",
          bed.smo("graph", "plan", path).stdout)
    bed.smo("graph", "remove", "self", "--yes")
    bed.gone(project)


def an_upgrade_takes_no_pods_away(bed):
    """The chart has its replicas fixed: Helm sets the template back to 1, and SMO to 3 again."""
    project = f"e2e-fixed{bed.helm_major}"

    def path(color):
        return graph_of(bed, "fixed", service(bed, "fixed", "member1", f"{{color: {color}}}"))

    bed.smo("graph", "deploy", path("red"), "--project", project, "--wait", "--timeout", "90s")
    bed.smo("graph", "scale", "fixed", "fixed=3", "--wait", "--timeout", "90s")
    check(not bed.json("graph", "plan", path("red")).get("steps"), "the second plan is not empty")
    p = bed.start("graph", "deploy", path("blue"), "--wait", "--timeout", "90s")
    templates, least = set(), 3
    while p.poll() is None:
        least = min(least, bed.ready("member1", project, "fixed"))
        templates.add(bed.api().get("deployment", project, "fixed")["spec"]["replicas"])
    said = p.communicate()[1]
    check(p.returncode == 0 and "put release fixed" in said, said)
    check(least == 3, "only", least, "pods were ready at some time; the template had", templates)
    bed.smo("graph", "scale", "fixed", "fixed=2", "--wait", "--timeout", "90s")
    check(bed.wait(lambda: bed.ready("member1", project, "fixed") == 2), "not scaled down")
    check(not bed.json("graph", "plan", path("blue")).get("steps"), "the last plan is not empty")
    bed.smo("graph", "remove", "fixed", "--yes")
    bed.gone(project)


def what_is_refused_says_why_and_how_to_allow_it(bed):
    project = f"e2e-refuse{bed.helm_major}"
    wide = graph_of(bed, "wide", service(bed, "clusterwide", "member1"))
    code, said = smo(bed, "graph", "deploy", wide, "--project", project)
    check(code != 0 and "ClusterRole" in said and "--allow-cluster-scoped" in said, code, said)
    check(not bed.left_in(project), bed.left_in(project))
    bed.smo("graph", "deploy", wide, "--project", project, "--allow-cluster-scoped", "--wait",
            "--timeout", "90s")
    check(bed.wait(lambda: bed.kubectl("get", "clusterrole", "clusterwide-reader", member="member1")),
          "the ClusterRole is not on member1")
    check(not bed.kubectl("get", "clusterrole", "clusterwide-reader", member="member3"),
          "the ClusterRole is on member3 too")
    bed.smo("graph", "remove", "wide", "--yes")
    bed.gone(project)
    check(bed.wait(lambda: not bed.kubectl("get", "clusterrole", "clusterwide-reader",
                                           member="member1")), "the ClusterRole stayed")
    picky = graph_of(bed, "picky", service(bed, "picky", "member1", "{color: green}"))
    code, said = smo(bed, "graph", "deploy", picky, "--project", project)
    check(code == 2 and "color" in said, code, said)
    check(not bed.left_in(project), bed.left_in(project))


def volumes_and_autoscalers_are_left_alone(bed):
    project = f"e2e-hpa{bed.helm_major}"

    def path(home):
        return bed.descriptor(f"""
hdaGraph:
  id: keeper
  services:
    - id: scaled
      artifact: {{ociImage: "oci://REGISTRY/charts/stock:0.1.0", valuesOverwrite: {{autoscaling: {{enabled: true, minReplicas: 1}}}}}}
      deployment: {{trigger: {{auto: {{}}}}, intent: {{compute: {{cpu: light, ram: light}}, location: {{clusters: [{home}]}}}}}}
    - id: store
      artifact: {{ociImage: "oci://REGISTRY/charts/stock:0.1.0", valuesOverwrite: {{persistence: {{enabled: true}}}}}}
      deployment: {{trigger: {{auto: {{}}}}, intent: {{compute: {{cpu: light, ram: light}}, location: {{clusters: [member1]}}}}}}
""")

    bed.smo("graph", "deploy", path("member1"), "--project", project, "--wait", "--timeout", "90s")
    for kind, name in [("hpa", "scaled-stock"), ("pvc", "store-stock")]:
        check(bed.wait(lambda k=kind, n=name: bed.kubectl("get", k, n, "-n", project,
                                                          member="member1")), kind, "not on member1")
    bed.kubectl("scale", "deployment", "scaled-stock", "-n", project, "--replicas=3")
    check(bed.wait(lambda: bed.ready("member1", project, "scaled-stock") == 3), "not scaled by others")
    bed.smo("graph", "deploy", path("member2"), "--project", project, "--wait", "--timeout", "90s")
    check(bed.wait(lambda: bed.ready("member2", project, "scaled-stock") == 3),
          "the autoscaler's replicas were reset:", bed.ready("member2", project, "scaled-stock"))
    check(bed.wait(lambda: bed.kubectl("get", "hpa", "scaled-stock", "-n", project, member="member2")),
          "the autoscaler did not move along")
    check(bed.kubectl("get", "pvc", "store-stock", "-n", project, member="member1"), "the volume moved")
    bed.smo("graph", "remove", "keeper", "--yes")
    bed.gone(project)


def brussels_is_pushed_and_runs_from_the_registry(bed):
    project, space = f"e2e-brussels{bed.helm_major}", f"{bed.registry}/brussels{bed.helm_major}"
    work = os.path.join(bed.dir, "brussels")
    shutil.copytree(os.path.join(ROOT, "examples", "brussels"), work)

    def push(folder):
        out = os.path.join(bed.dir, "packages", os.path.basename(folder))
        os.makedirs(out)
        bed.smo("artifact", "package", "tar", "-d", out, folder)
        bed.smo("artifact", "push", "--force", os.path.join(out, os.listdir(out)[0]), f"oci://{space}")

    for chart in os.listdir(os.path.join(work, "charts")):
        push(os.path.join(work, "charts", chart))
    for file in ["hdag.yaml", "hdag-static.yaml"]:
        with open(os.path.join(work, file), encoding="utf-8") as f:
            text = f.read().replace("127.0.0.1:5000/test", space)
        if "static" not in file:
            text = watched(text, "noise-reduction")
        version = text.split('  version: "')[1].split('"')[0]
        folder = os.path.join(bed.dir, file.removesuffix(".yaml"))
        os.makedirs(folder)
        with open(os.path.join(folder, "hdag.yaml"), "w", encoding="utf-8") as f:
            f.write(text)
        push(folder)
        brussels_runs(bed, project, f"oci://{space}/image-detection-graph:{version}",
                      "static" in file)


def watched(text, name):
    """The descriptor with a ServiceMonitor for this service."""
    before, after = text.split(f"- id: {name}\n")
    return f"{before}- id: {name}\n" + after.replace(
        "valuesOverwrite: {}", "valuesOverwrite: {monitoring: {enabled: true}}", 1)


def brussels_runs(bed, project, ref, static):
    graph, monitor = "image-detection-graph", ("servicemonitor", "noise-reduction", "-n", "monitoring")
    bed.smo("graph", "deploy", ref, "--project", project, "--wait", "--timeout", "90s")
    status = {s["name"]: s for s in bed.json("graph", "status", graph)["services"]}
    check(status["image-compression-vo"]["status"] == "Pending", status)
    check(not bed.json("graph", "plan", ref).get("steps"), "the second plan is not empty:",
          bed.smo("graph", "plan", ref).stdout)
    bed.smo("graph", "trigger", graph, "image-compression-vo", "--wait", "--timeout", "90s")
    status = {s["name"]: s for s in bed.json("graph", "status", graph)["services"]}
    homes = {name: s.get("cluster") for name, s in status.items()}
    if static:
        homes = {"image-compression-vo": "member1", "noise-reduction": "member2",
                 "image-detection": "member3"}
    for name, home in homes.items():
        for member in ["member1", "member2", "member3"]:
            check(bed.wait(lambda n=name, m=member: bed.ready(m, project, n) == int(homes[n] == m)),
                  name, "should be on", home, "but on", member, "are",
                  bed.ready(member, project, name))
        check(bed.wait(lambda n=name, h=home: bed.kubectl("get", "serviceexport", n, "-n", project,
                                                          member=h)), name, "is not exported")
    if not static:
        for caller, called in [("image-compression-vo", "noise-reduction"),
                               ("noise-reduction", "image-detection")]:
            check(bed.wait(lambda c=called, h=homes[caller]: bed.kubectl(
                "get", "serviceimport", c, "-n", project, member=h)), called, "is not imported where",
                  caller, "runs")
        check(bed.wait(lambda: bed.kubectl("get", *monitor, member=homes["noise-reduction"])),
              "nobody watches noise-reduction on", homes["noise-reduction"])
    plan = bed.json("graph", "plan", ref)
    check(not plan.get("steps"), "the plan after the trigger is not empty:", plan.get("steps"))
    bed.smo("graph", "stop", graph, "--yes")
    check(bed.wait(lambda: bed.releases(project) == {}), "releases after stop")
    bed.smo("graph", "start", graph, "--wait", "--timeout", "90s")
    check(bed.ready(homes["noise-reduction"], project, "noise-reduction") == 1, "not back after start")
    bed.smo("graph", "remove", graph, "--yes")
    bed.gone(project)
    for member in [None, "member1", "member2", "member3"]:
        check(bed.wait(lambda m=member: not bed.kubectl("get", *monitor, member=m)),
              "the ServiceMonitor stayed on", member or "the control plane")


TESTS = [
    charts_of_every_shape_run_move_and_go,
    charts_hear_of_clusters_in_the_form_they_print_them,
    what_a_chart_that_places_itself_leaves_out_goes_along,
    an_upgrade_takes_no_pods_away,
    what_is_refused_says_why_and_how_to_allow_it,
    volumes_and_autoscalers_are_left_alone,
    brussels_is_pushed_and_runs_from_the_registry,
]

if __name__ == "__main__":
    sys.exit(main(__doc__, TESTS))
