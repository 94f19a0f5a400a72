Charts that come from elsewhere, on a simulated federation.

A chart that sends itself somewhere is shown where it is.

  $ smo init --sim
  SUCCESS: Initialization complete.
  $ smo graph deploy $E/hello-world/hdag.yaml -p demo 2>/dev/null
  SUCCESS: Successfully triggered deployment for graph 'hello-world-graph'.
  $ smo sim advance 5s > /dev/null
  (simulated)
  $ smo graph status hello-world-graph 2>/dev/null | sed 's/  */ /g; s/ $//'
  Graph 'hello-world-graph' in project 'demo': Running, Healthy
  Services
  Service Status Health Cluster Ready Message
  hello-world Deployed Healthy cloud 1/1

What Helm takes for true and false is that in values.

  $ sed 's/valuesOverwrite: {}/valuesOverwrite: {a: yes}/' $E/hello-world/hdag.yaml > new.yaml
  $ smo graph check new.yaml
  new.yaml:21:28: note: 'yes' is passed to the chart as true (Put it in quotes if text is meant.)
  SUCCESS: new.yaml: graph 'hello-world-graph' is fine (1 service, see the notes).

Keys that stand twice in a chart's values are its affair; in a descriptor they are a slip.

  $ mkdir -p odd/templates
  $ printf 'apiVersion: v2\nname: odd\nversion: 1.0.0\n' > odd/Chart.yaml
  $ printf 'replicaCount: 1\nreplicaCount: 2\n' > odd/values.yaml
  $ printf 'kind: Deployment\n' > odd/templates/a.yaml
  $ smo artifact package tar odd
  Packaged chart 'odd' 1.0.0: ./odd-1.0.0.tar.gz
  $ smo artifact inspect odd-1.0.0.tar.gz | grep replicaCount
    replicaCount: 2
  $ printf 'hdaGraph:\n  id: a\n  id: b\n' | smo graph check -
  ERROR: stdin:3:3: key 'id' appears twice
  [2]

A chart that is changed behind its reference is told, and not taken up before the descriptor changes.

  $ mkdir -p web/templates
  $ printf 'apiVersion: v2\nname: web\nversion: 1.0.0\n' > web/Chart.yaml
  $ printf 'kind: Deployment\n' > web/templates/a.yaml
  $ printf 'hdaGraph:\n  id: changing\n  version: 1.0.0\n  services: [{id: web, artifact: {ociImage: web}}]\n' > c.yaml
  $ smo graph deploy c.yaml -p changing > /dev/null 2>&1
  $ smo graph plan c.yaml 2> /dev/null
  graph changing: nothing to do
  $ printf 'replicaCount: 2\n' > web/values.yaml
  $ smo graph plan c.yaml 2> /dev/null
  graph changing: nothing to do
  note: web: 'web' is another chart by now; changing keeps the one it has until the descriptor changes (its version, say)
  $ sed -i 's/version: 1.0.0/version: 1.0.1/' c.yaml
  $ smo graph plan c.yaml 2> /dev/null | sed 's/ on .*//'
  graph changing: 1 step
    1  put   release  web

What has no replicas cannot be scaled by hand.

  $ printf 'kind: DaemonSet\n' > web/templates/a.yaml
  $ sed -i 's/version: 1.0.1/version: 1.0.2/' c.yaml
  $ smo graph deploy c.yaml > /dev/null 2>&1
  $ smo graph scale changing web=3 2>&1 | grep -v simulated
  ERROR: service 'web' cannot be scaled: a DaemonSet has no replicas
