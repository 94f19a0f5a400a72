Services that keep data in volumes: stopping or removing them loses it, which is said before the
question and in the steps.

  $ cat > world.yaml <<EOF
  > apiVersion: smo/v1
  > kind: World
  > clusters:
  >   - {name: edge, nodes: [{capacity: {cpu: 4, memory: 8Gi}}]}
  > charts:
  >   - {ref: oci://r.example/db, data: true}
  > EOF
  $ cat > app.yaml <<EOF
  > hdaGraph:
  >   id: shop
  >   services:
  >     - {id: db, artifact: {ociImage: oci://r.example/db}, deployment: {trigger: {auto: {}}, intent: {compute: {cpu: light, ram: light}}}}
  >     - {id: web, artifact: {ociImage: oci://r.example/web}, deployment: {trigger: {auto: {}}, intent: {compute: {cpu: light, ram: light}}}}
  > EOF
  $ smo init --sim world.yaml 2>/dev/null
  SUCCESS: Initialization complete.
  $ smo graph deploy app.yaml -p shop 2>/dev/null
  SUCCESS: Successfully triggered deployment for graph 'shop'.
  $ echo n | smo graph stop shop
  (simulated)
  WARNING: service 'db' keeps data in volumes: it is lost
  Are you sure you want to stop graph 'shop'? [y/N]: Aborted!
  [1]
  $ smo graph stop shop --yes 2>&1 | grep -v simulated | sed 's/ in [0-9.]*s*$//' | grep data
    1/6 delete release db (loses data): started
    1/6 delete release db (loses data): done
  $ smo graph start shop 2>/dev/null
  SUCCESS: Graph 'shop' started successfully.
  $ echo y | smo graph remove shop 2>&1 | grep -v simulated | sed 's/ in [0-9.]*s*$//' | grep data
  WARNING: service 'db' keeps data in volumes: it is lost
    1/7 delete release db (loses data): started
    1/7 delete release db (loses data): done
  $ echo y | smo graph remove shop
  (simulated)
  ERROR: Graph 'shop' not found
  hint: `smo graph list` shows the graphs there are.
  [3]
