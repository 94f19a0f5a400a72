What goes between services, measured by a Prometheus, where a setting says how it is asked for.

  $ cat > mesh.yaml <<'END'
  > hdaGraph:
  >   id: mesh
  >   services:
  >   - id: mid
  >     artifact: {ociImage: 'oci://r.example/mid:1.0.0', ociConfig: {type: App, implementer: HELM}}
  >     deployment: {intent: {compute: {cpu: light, ram: light}, connectionPoints: [left, right]}}
  >   - id: left
  >     artifact: {ociImage: 'oci://r.example/left:1.0.0', ociConfig: {type: App, implementer: HELM}}
  >     deployment: {intent: {compute: {cpu: light, ram: light, gpu: {enabled: true}}}}
  >   - id: right
  >     artifact: {ociImage: 'oci://r.example/right:1.0.0', ociConfig: {type: App, implementer: HELM}}
  >     deployment: {intent: {compute: {cpu: light, ram: light}, location: {regions: [eu-west]}}}
  > END
  $ $E/../tests/script/fake-prometheus measured.json port > /dev/null 2>&1 & echo $! > pid
  $ for i in 1 2 3 4 5 6 7 8 9; do test -f port || sleep 0.2; done
  $ smo init --sim > /dev/null && smo cluster sync > /dev/null 2>&1
  $ echo "{\"rates\": {\"left\": 3.14159, \"right\": [40, 2]}}" > measured.json
  $ smo graph explain mesh.yaml -p demo --policy fastest 2> /dev/null | grep -A1 '^mid'
  mid: cloud
    beside right, which it calls; cloud has 62 of 64 cores free
  $ cat > state/config.yaml <<END
  > world: simulated
  > prometheus: {host: "http://127.0.0.1:$(cat port)", timeout: 1s}
  > metrics:
  >   traffic_query: sum(rate(bytes{from="\$service",service="\$target",ns="\$project"}[\$window])) * 8 / 1e6
  > END
  $ smo graph explain mesh.yaml -p demo --policy fastest 2> /dev/null | grep -A1 '^mid'
  mid: cloud
    beside right, which it calls; cloud has 62 of 64 cores free
  $ smo graph deploy mesh.yaml -p demo > /dev/null 2>&1
  $ smo snapshot mesh 2> /dev/null | sed -n '/^traffic:/,/^[a-z]*:$/p'
  traffic:
  - from: mid
    to: left
    mbps: 3.1
  - from: mid
    to: right
    mbps: 42.0
  services:

A snapshot keeps it: the plan is the same without any Prometheus.

  $ smo snapshot mesh > world.yaml 2> /dev/null
  $ echo "{\"rates\": {\"left\": 50, \"right\": null}}" > measured.json
  $ smo graph explain mesh.yaml -p demo --policy fastest 2> /dev/null | grep -A1 '^mid'
  mid: gpu
    leaves cloud: the whole graph is better off that way
  $ smo graph explain mesh.yaml -p demo --policy fastest --snapshot world.yaml 2> /dev/null | grep -A1 '^mid'
  mid: cloud
    stays on cloud

A figure of the descriptor wins.

  $ sed 's/connectionPoints: \[left, right\]/network: {traffic: [{connectionPoint: right, mbps: 400}]}, &/' mesh.yaml > told.yaml
  $ smo graph explain told.yaml -p demo --policy fastest 2> /dev/null | grep -A1 '^mid'
  mid: cloud
    stays on cloud

Who measures and does not answer is told, and stops nothing.

  $ echo "{\"rates\": {\"left\": {\"status\": 500}}}" > measured.json
  $ smo graph plan mesh.yaml -p demo 2>&1 | sed 's/127.0.0.1:[0-9]*/HOST/g' | grep note
  note: traffic between services is not known: Prometheus at HOST: as the test wants it
  $ sed -i 's/target/callee/' state/config.yaml; smo graph plan mesh.yaml -p demo
  (simulated)
  ERROR: setting metrics.traffic_query: '$callee' is none of $service, $project, $target and $window
  [2]
  $ kill $(cat pid)
