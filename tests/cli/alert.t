What Alertmanager posts, as it was recorded from a real one: two services wait, one for any of its events, one for all.

  $ cat > shop.yaml <<'END'
  > hdaGraph:
  >   id: shop
  >   services:
  >   - id: front
  >     artifact: {ociImage: 'oci://r.example/front:1.0.0', ociConfig: {type: App, implementer: HELM}}
  >     deployment: {intent: {compute: {cpu: light, ram: light}}}
  >   - id: helper
  >     artifact: {ociImage: 'oci://r.example/helper:1.0.0', ociConfig: {type: App, implementer: HELM}}
  >     deployment:
  >       trigger:
  >         event:
  >           condition: ANY
  >           onResolve: undeploy
  >           cooldown: 1m
  >           events:
  >           - {id: high-load, condition: {promQuery: 'sum(rate(hits[1m])) > 20', gracePeriod: 1s, description: load}}
  >           - {id: errors, condition: {promQuery: 'sum(rate(errors[1m])) > 1', gracePeriod: 1s, description: errors}}
  >       intent: {compute: {cpu: light, ram: light}}
  >   - id: both
  >     artifact: {ociImage: 'oci://r.example/both:1.0.0', ociConfig: {type: App, implementer: HELM}}
  >     deployment:
  >       trigger:
  >         event:
  >           condition: AND
  >           events:
  >           - {id: one, condition: {promQuery: 'a > 1', gracePeriod: 1s, description: one}}
  >           - {id: two, condition: {promQuery: 'b > 1', gracePeriod: 1s, description: two}}
  >       intent: {compute: {cpu: light, ram: light}}
  > END
  $ smo init --sim > /dev/null && smo graph deploy shop.yaml -p demo 2> /dev/null
  note: both starts when its event comes: pending
  note: helper starts when its event comes: pending
  SUCCESS: Successfully triggered deployment for graph 'shop'.
  $ smo alert $E/../tests/data/alertmanager/firing.json 2>&1 | grep -v simulated
  SUCCESS: deploy helper of graph shop: ANY of 2 events must fire: high-load
  $ smo graph status shop -o json 2> /dev/null | python3 -c "import json,sys; print([(s['name'], s['status']) for s in json.load(sys.stdin)['services']])"
  [('both', 'Pending'), ('front', 'Deployed'), ('helper', 'Deployed')]
  $ smo alert - < $E/../tests/data/alertmanager/firing.json 2>&1 | grep -v simulated
  note: event high-load fires: it is known
  No service is to be deployed or removed.

Its end: the service is taken down when nothing has come back for the cooldown.

  $ smo alert $E/../tests/data/alertmanager/resolved.json 2> /dev/null | sed 's/at 20[^ ]*Z/at TIME/'
  SUCCESS: undeploy later helper of graph shop at TIME: its events are over
  $ smo tick 2> /dev/null
  Nothing is due.
  $ smo sim advance 2m > /dev/null 2>&1; smo tick 2> /dev/null
  SUCCESS: undeploy helper of graph shop: its events are over
  $ smo tick 2> /dev/null
  Nothing is due.

The first body again is late: it ended since.

  $ smo alert $E/../tests/data/alertmanager/firing.json 2>&1 | grep -v simulated
  note: event high-load fires: that episode is over
  No service is to be deployed or removed.
  $ smo events shop 2> /dev/null | grep -c AlertIgnored
  2

All events of a condition, in two bodies; what is unknown is told and harmless.

  $ sed 's/high-load/one/g; s/"helper"/"both"/g' $E/../tests/data/alertmanager/firing.json > one.json
  $ sed 's/high-load/two/g; s/"helper"/"both"/g' $E/../tests/data/alertmanager/firing.json > two.json
  $ smo alert one.json 2> /dev/null; smo alert one.json -o json 2> /dev/null | head -3
  No service is to be deployed or removed.
  {
    "actions": [],
    "notes": [
  $ smo alert two.json 2> /dev/null
  SUCCESS: deploy both of graph shop: ALL of 2 events must fire: one, two
  $ sed 's/"shop"/"stop"/g' $E/../tests/data/alertmanager/firing.json | smo alert - 2>&1
  (simulated)
  note: alert shop/high-load of service helper: no graph has that service
  No service is to be deployed or removed.
  $ sed 's/high-load/other/g' $E/../tests/data/alertmanager/firing.json | smo alert - 2>&1
  (simulated)
  note: alert shop/other of service helper: the service waits for no such event
  No service is to be deployed or removed.
  $ sed 's/"alerts":\[.*\],"groupLabels"/"alerts":[],"groupLabels"/' $E/../tests/data/alertmanager/firing.json | smo alert - 2>&1
  (simulated)
  No service is to be deployed or removed.

What is no such body is refused, and changes nothing.

  $ head -c 400 $E/../tests/data/alertmanager/firing.json | smo alert -
  ERROR: stdin:1:401: not valid YAML: found unexpected end of stream while scanning a quoted scalar that starts at line 1
  [2]
  $ echo '<html>502</html>' | smo alert -
  ERROR: an alert must be a mapping, not text
  [2]
  $ echo '[]' | smo alert -
  ERROR: an alert must be a mapping, not a list
  [2]
  $ : | smo alert -
  ERROR: an alert must be a mapping, not nothing
  [2]
  $ sed 's/"version":"4"/"version":"9"/' $E/../tests/data/alertmanager/firing.json | smo alert -
  ERROR: version '9' of alerts is not known, only 4
  [2]
  $ sed 's/"status":"firing","labels"/"status":"perhaps","labels"/' $E/../tests/data/alertmanager/firing.json | smo alert -
  ERROR: stdin:1:58: 'status' must be one of firing, resolved, not 'perhaps'
  [2]
  $ sed 's/2026-12-01T05:54:16.677Z/yesterday/' $E/../tests/data/alertmanager/firing.json | smo alert -
  ERROR: stdin:1:283: 'startsAt' must be a time such as 2026-03-01T12:00:00Z
  [2]
  $ head -c 70000000 /dev/zero | tr '\0' ' ' | smo alert -
  ERROR: 'standard input' is larger than 67108864 bytes
  [2]
  $ smo graph plan shop 2> /dev/null
  graph shop: nothing to do
  note: helper starts when its event comes: pending
