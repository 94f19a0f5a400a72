Replicas by hand and by the load, with a Prometheus that measures what a file says.

  $ cat > shop.yaml <<'END'
  > hdaGraph:
  >   id: shop
  >   services:
  >   - id: web
  >     artifact: {ociImage: 'oci://r.example/web:1.0.0', ociConfig: {type: App, implementer: HELM}}
  >     deployment:
  >       replicas: 2
  >       scaling: {model: {alpha: 10, beta: -2}, max: 6, initial: 0s, down: {stabilization: 1m}}
  >       intent: {compute: {cpu: light, ram: light}}
  >   - id: api
  >     artifact: {ociImage: 'oci://r.example/api:1.0.0', ociConfig: {type: App, implementer: HELM}}
  >     deployment:
  >       scaling: {metric: {query: 'sum(rate(hits{service="$service",ns="$project"}[$window]))', ifMissing: zero}, toZero: true, initial: 0s, down: {stabilization: 0s}}
  >       intent: {compute: {cpu: light, ram: light}}
  > END
  $ echo '{"rates": {"web": 35, "api": null}}' > measured.json
  $ $E/../tests/script/fake-prometheus measured.json port > /dev/null 2>&1 & echo $! > pid
  $ for i in 1 2 3 4 5 6 7 8 9; do test -f port || sleep 0.2; done
  $ smo init --sim > /dev/null && printf "world: simulated\nprometheus:\n  host: http://127.0.0.1:$(cat port)\n  timeout: 1s\n" > state/config.yaml
  $ smo graph deploy shop.yaml -p demo 2> /dev/null
  SUCCESS: Successfully triggered deployment for graph 'shop'.

What the load asks for; what is not known is left alone.

  $ smo graph scale shop --dry-run 2> /dev/null
  Scaling
  Service  From  To  Needs  Limit     Why
  api         1   1      -  no-model  no model says what a replica sustains: see `smo profile`
  web         2   4      4  none      35/s needs 4 replicas (y = 10 x - 2, descriptor)
  graph shop: 1 step
    1  scale  replicas  web to 4   35/s needs 4 replicas (y = 10 x - 2, descriptor); it has 2
  $ smo graph scale shop 2> /dev/null
  Scaling
  Service  From  To  Needs  Limit     Why
  api         1   1      -  no-model  no model says what a replica sustains: see `smo profile`
  web         2   4      4  none      35/s needs 4 replicas (y = 10 x - 2, descriptor)
  SUCCESS: Graph 'shop' scaled.
  $ smo graph scale shop -o name 2> /dev/null
  api
  web

A model from the settings; a metric without a result is no load here.

  $ cp state/config.yaml before.yaml && printf "scaling:\n  alpha: 5\n" >> state/config.yaml
  $ smo graph scale shop 2> /dev/null
  Scaling
  Service  From  To  Needs  Limit  Why
  api         1   0      0  none   0/s needs 0 replicas (y = 5 x + 0, settings)
  web         4   4      4  none   35/s needs 4 replicas (y = 10 x - 2, descriptor)
  SUCCESS: Graph 'shop' scaled.
  $ smo graph status shop 2> /dev/null
  Graph 'shop' in project 'demo': Running, Progressing
  Services
  Service  Status    Health       Cluster  Ready  Message
  api      Deployed  Healthy      cloud      0/0  
  web      Deployed  Progressing  cloud      0/4  0 of 4 ready on 'cloud'
  $ echo '{"rates": {"web": 90, "api": 3}}' > measured.json
  $ smo graph scale shop 2> /dev/null
  Scaling
  Service  From  To  Needs  Limit    Why
  api         0   1      1  none     3/s needs 1 replica (y = 5 x + 0, settings)
  web         4   6      6  maximum  90/s needs 10 replicas (y = 10 x - 2, descriptor); never above 6
  SUCCESS: Graph 'shop' scaled.
  $ cp before.yaml state/config.yaml

By hand: it holds against the load and against upgrades, until the descriptor says something else.

  $ smo graph scale shop web=3 2> /dev/null
  SUCCESS: Graph 'shop' scaled.
  $ smo graph describe shop -o json | grep -c '"replicas_set_by": "hand"'
  1
  $ smo graph scale shop 2> /dev/null | grep web
  web         3   3      -  paused    set to 3 by hand: `smo graph scale shop web=auto` gives it back
  $ smo graph plan shop.yaml 2> /dev/null
  graph shop: nothing to do
  $ sed -i 's/replicas: 2/replicas: 4/' shop.yaml
  $ smo graph plan shop.yaml 2> /dev/null
  graph shop: 1 step
    1  scale  replicas  web to 4   the descriptor says 4 now, newer than the 3 set by hand; it has 3
  $ smo graph deploy shop.yaml 2> /dev/null
  SUCCESS: Successfully triggered deployment for graph 'shop'.
  $ smo graph scale shop web=5 > /dev/null 2>&1
  $ smo graph scale shop web=auto --dry-run 2> /dev/null
  graph shop: 1 step
    1  scale  replicas  web to 4   its replicas are not set by hand any more; it has 5
  $ smo graph scale shop web=auto 2> /dev/null
  SUCCESS: Graph 'shop' scaled.
  $ smo graph scale shop api=0 2> /dev/null
  SUCCESS: Graph 'shop' scaled.
  $ smo graph status shop 2> /dev/null | grep api
  api      Deployed  Healthy      cloud      0/0  
  $ smo graph scale shop web=many
  (simulated)
  ERROR: 'web=many' is not SERVICE=REPLICAS
  hint: Replicas are 0 to 10000, or auto: no longer set by hand.
  [2]
  $ smo graph scale shop web
  (simulated)
  ERROR: 'web' is not SERVICE=REPLICAS
  hint: Replicas are 0 to 10000, or auto: no longer set by hand.
  [2]
  $ smo graph scale shop web=1 web=2
  (simulated)
  ERROR: 'web' is given twice
  [2]
  $ smo graph scale shop nobody=1
  (simulated)
  ERROR: graph 'shop' has no service 'nobody'
  [3]
  $ smo graph scale nowhere
  (simulated)
  ERROR: Graph 'nowhere' not found
  hint: `smo graph list` shows the graphs there are.
  [3]

Scaling in waits for the window.

  $ echo '{"rates": {"web": 3, "api": 3}}' > measured.json
  $ smo graph scale shop 2> /dev/null | grep web
  web         4   4      1  window  3/s needs 1 replica (y = 10 x - 2, descriptor); held by the window of 1m
  $ smo sim advance 61s > /dev/null 2>&1
  $ smo graph scale shop 2> /dev/null | grep web
  web         4   1      1  none    3/s needs 1 replica (y = 10 x - 2, descriptor)

Nothing that is not a number scales, and nothing is changed by a Prometheus that fails.

  $ for rate in null '"NaN"' '"+Inf"' '"-Inf"' '["NaN", 1000]' '{"status": 500}' '{"stall": 3}'; do
  >   echo "{\"rates\": {\"web\": $rate}}" > measured.json
  >   smo graph scale shop 2> err | grep web | sed 's/127.0.0.1:[0-9]*/HOST/g'; grep ERROR err | sed 's/127.0.0.1:[0-9]*/HOST/g'
  > done
  web         1   1      -  no-metric  held: its query has no result
  web         1   1      -  no-metric  held: its query gives no number
  web         1   1      -  no-metric  held: its query gives no number
  web         1   1      -  no-metric  held: its query gives no number
  web         1   5      6  speed   1004/s needs 101 replicas (y = 10 x - 2, descriptor); not faster than 4 replicas or 100 % in 15s
  web         5   5      -  no-metric  held: Prometheus at HOST: as the test wants it
  ERROR: Prometheus at HOST: as the test wants it
  web         5   5      -  no-metric  held: Prometheus at HOST: 'HOST' did not answer within 1000 ms
  ERROR: Prometheus at HOST: 'HOST' did not answer within 1000 ms
  $ echo 'no json at all' > measured.json
  $ smo graph scale shop 2>&1 | grep -c 'held: Prometheus at 127.0.0.1'
  1
  $ PROMETHEUS_HOST=http://127.0.0.1:1 smo graph scale shop
  (simulated)
  Scaling
  Service  From  To  Needs  Limit      Why
  api         0   0      -  paused     set to 0 by hand: `smo graph scale shop api=auto` gives it back
  web         5   5      -  no-metric  held: Prometheus at 127.0.0.1:1: cannot connect to '127.0.0.1:1': Connection refused
  No service needs another number of replicas.
  ERROR: Prometheus at 127.0.0.1:1: cannot connect to '127.0.0.1:1': Connection refused
  hint: See the settings prometheus_host (PROMETHEUS_HOST) and prometheus.*.
  [6]
  $ smo events shop 2> /dev/null | grep -c NotMeasured
  4

As the first SMO decided.

  $ echo '{"rates": {"web": 35}}' > measured.json
  $ smo graph scale shop --scaling-policy original --dry-run 2> /dev/null
  Scaling
  Service  From  To  Needs  Limit   Why
  api         0   0      -  paused  set to 0 by hand: `smo graph scale shop api=auto` gives it back
  web         5   4      -  none    35/s, policy original (y = 10 x - 2, descriptor)
  graph shop: 1 step
    1  scale  replicas  web to 4   35/s, policy original (y = 10 x - 2, descriptor); it has 5
  $ smo graph scale shop --scaling-policy other
  ERROR: 'scaling.policy' must be one of: smo, original, not 'other'
  hint: It was set by --scaling-policy.
  [2]

The tick follows the load of all graphs, where a setting says so.

  $ smo sim advance 2m > /dev/null 2>&1; smo tick 2> /dev/null
  Nothing is due.
  $ echo '{"rates": {"web": 50}}' > measured.json
  $ SCALING_ENABLED=true smo tick 2> /dev/null
  SUCCESS: scale to 6 replicas of web of graph shop: 50/s needs 6 replicas (y = 10 x - 2, descriptor)
  $ SCALING_ENABLED=true smo tick 2> /dev/null
  Nothing is due.
  $ echo '{"rates": {"web": {"status": 500}}}' > measured.json
  $ SCALING_ENABLED=true smo tick 2>&1 | sed 's/127.0.0.1:[0-9]*/HOST/g'
  (simulated)
  Nothing is due.
  ERROR: Prometheus at HOST: as the test wants it
  $ SCALING_ENABLED=perhaps smo tick
  ERROR: 'scaling.enabled' must be true or false, not 'perhaps'
  hint: It was set by SCALING_ENABLED.
  [2]

The threshold scaler.

  $ printf '{"rates": {"web": 25}}' > measured.json
  $ smo graph scale shop web=2 > /dev/null 2>&1
  $ SCALER="smo scaler run --target-deployment web --target-namespace demo --up-threshold 20 --up-replicas 3 --down-threshold 5 --down-replicas 1"
  > $SCALER --once --dry-run 2> /dev/null
  > $SCALER --once 2> /dev/null
  > echo '{"rates": {"web": 10}}' > measured.json; $SCALER --once 2> /dev/null | tail -1
  > echo '{"rates": {"web": null}}' > measured.json; $SCALER --once 2> /dev/null | tail -1
  > echo '{"rates": {"web": "NaN"}}' > measured.json; $SCALER --once 2> /dev/null | tail -1
  > echo '{"rates": {"web": {"status": 500}}}' > measured.json; $SCALER --once 2> /dev/null | tail -1
  > echo '{"rates": {"web": 2}}' > measured.json; $SCALER --once -o json 2> /dev/null
  Starting scaler for deployment 'web' in namespace 'demo'
  Scale up above 20 RPS to 3 replicas, down below 5 RPS to 1 replicas
  Poll interval: 15s, cooldown: 60s
  --------------------------------------------------
  SCALING ACTION WANTED: Request rate 25.00 RPS is above the scale-up threshold of 20.00 RPS
  Starting scaler for deployment 'web' in namespace 'demo'
  Scale up above 20 RPS to 3 replicas, down below 5 RPS to 1 replicas
  Poll interval: 15s, cooldown: 60s
  --------------------------------------------------
  SCALING ACTION TAKEN: Request rate 25.00 RPS is above the scale-up threshold of 20.00 RPS
  No action needed. Replicas: 3, Rate: 10.00 RPS
  No action needed. Replicas: 3, Could not retrieve metrics: the request rate is unknown
  No action needed. Replicas: 3, Could not retrieve metrics: the request rate is unknown
  No action needed. Replicas: 3, Could not retrieve metrics: the request rate is unknown
  {
    "action": "scale_down",
    "reason": "Request rate 2.00 RPS is below the scale-down threshold of 5.00 RPS",
    "current_replicas": 3,
    "new_replicas": 1
  }
  $ smo graph scale shop 2> /dev/null | grep web
  web         1   1      -  paused  set to 1 by thresholds: `smo graph scale shop web=auto` gives it back
  $ echo '{"rates": {"web": 10}}' > measured.json
  > timeout --preserve-status -s INT 2 $(echo smo scaler run --target-deployment web --target-namespace demo --up-threshold 20 --up-replicas 3 --down-threshold 5 --down-replicas 1 --poll-interval 1h) 2>&1 | grep -v simulated | tail -2
  No action needed. Replicas: 1, Rate: 10.00 RPS
  ERROR: interrupted
  $ smo scaler run --target-deployment web --target-namespace nowhere --up-threshold 20 --up-replicas 3 --down-threshold 5 --down-replicas 1 --once 2>&1 | tail -1
  ERROR: Deployment 'web' not found
  $ smo scaler run --target-deployment web --up-threshold 2 --up-replicas 3 --down-threshold 5 --down-replicas 1 --once
  ERROR: --down-threshold must not be above --up-threshold
  [2]
  $ smo scaler run --up-threshold 2
  ERROR: 'scaler run' needs --target-deployment NAME
  hint: --target-deployment: Deployment to scale.
  [2]

What replicas sustain, learnt from history.

  $ echo '{"now": 1800000000, "rates": {"api": 12, "web": 12}, "history": {"web": [[1,4,0.5,30],[2,9,0.5,20],[2,18,1.0,20],[3,20,0.72,10],[3,14,0.5,20],[5,20,0.4167,10],[5,100,0.5,3]], "api": [[2,10,0.5,20],[2,0.01,0.01,50]]}}' > measured.json
  $ smo profile shop --window 2h --step 1m
  (simulated)
  web: y = 10 x - 2 requests/s
    alpha from 10 to 10 (95 %), beta from -2 to -2, by 110 points at 4 numbers of replicas
    half of the points are within 0 of the line, 95 % within 0.222
           requests/s sustained
       100 |                                                      ^
           |
           |
           |
           |
           |
           |                                                             -----
        50 |                                                     -*------
           |                                             --------
           |                                     --------
           |                              ---*---
           |                      *-------
           |              --------
           |       ----*--
           |-------
         0 +------------------------------------------------------------------
            0                                                       6 replicas
  WARNING: api: 20 usable points, 30 are needed (50 more were idle, 0 changing, 51 lacked something)
  hint: 10 more are 10 minutes under load.
  $ smo profile shop --window 2h --step 1m --service api --save
  (simulated)
  ERROR: api: 20 usable points, 30 are needed (50 more were idle, 0 changing, 51 lacked something)
  hint: 10 more are 10 minutes under load.
  [5]
  $ smo profile shop --window 2h --step 1m --service web --save -o json
  {
    "graph": "shop",
    "from": 1799992800000,
    "to": 1800000000000,
    "step": 60000,
    "services": [
      {
        "service": "web",
        "alpha": 10.0,
        "beta": -2.0,
        "alphaLow": 10.0,
        "alphaHigh": 10.0,
        "betaLow": -2.0,
        "betaHigh": -2.0,
        "residualMedian": 0.0,
        "residual95": 0.22222222222222143,
        "points": 110,
        "idle": 0,
        "changing": 3,
        "missing": 8,
        "saved": true
      }
    ]
  }
  $ sed -i 's/model: {alpha: 10, beta: -2}, max: 6/max: 7/' shop.yaml && smo graph deploy shop.yaml > /dev/null 2>&1; smo graph scale shop web=auto > /dev/null 2>&1
  $ smo graph scale shop --dry-run 2> /dev/null | grep web
  web         4   4      2  window  12/s needs 2 replicas (y = 10 x - 2, learnt); held by the window of 1m
  $ smo profile shop --forget
  (simulated)
  SUCCESS: Nothing learnt of graph 'shop' is kept.
  $ smo graph scale shop --dry-run 2> /dev/null | grep web
  web         4   4      -  no-model  no model says what a replica sustains: see `smo profile`
  $ smo profile shop --window 2h --step 1m --service web --peaks | head -3
  (simulated)
  web: y = 8 x - 4 requests/s
    alpha from 4 to 24 (95 %), beta from -30 to 8, by 20 points at 4 numbers of replicas
    half of the points are within 3 of the line, 95 % within 64
  $ smo profile shop --service nobody
  (simulated)
  ERROR: graph 'shop' has no service 'nobody'
  [3]
  $ smo profile nowhere
  (simulated)
  ERROR: Graph 'nowhere' not found
  hint: `smo graph list` shows the graphs there are.
  [3]
  $ smo profile shop --window 1s
  (simulated)
  ERROR: --window must be 15s or more
  [2]
  $ smo profile shop --window 7d --step 1s
  (simulated)
  ERROR: --step is too short for that window: at most 10000 samples
  [2]
  $ PROMETHEUS_HOST=http://127.0.0.1:1 smo profile shop
  (simulated)
  ERROR: Prometheus at 127.0.0.1:1: cannot connect to '127.0.0.1:1': Connection refused
  hint: See the settings prometheus_host (PROMETHEUS_HOST) and prometheus.*.
  [6]
  $ NO_COLOR=1 smo profile shop --window 2h --step 1m --service web | grep -c "$(printf '\033')"
  (simulated)
  0
  [1]
  $ kill $(cat pid)

Over TLS, with a token: only the certificate authority that is named is trusted.

  $ openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout tls.key -out tls.crt 2> /dev/null
  $ echo '{"order": "any", "steps": [{"expect": {"headers": {"Authorization": "Bearer sesame"}}, "times": 0, "json": {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "12"]}]}}}], "otherwise": {"status": 401}}' > tls.json
  $ python3 $E/../tests/script/scripted-http --cert tls.crt --key tls.key --port-file tls.port --lifetime 100 tls.json > /dev/null 2>&1 & echo $! > tls.pid
  $ for i in 1 2 3 4 5 6 7 8 9; do test -s tls.port || sleep 0.2; done
  $ printf "world: simulated\nprometheus:\n  host: https://127.0.0.1:$(cat tls.port)\n  token: sesame\n" > state/config.yaml
  $ smo profile shop 2>&1 | sed 's/:[0-9][0-9]*/:PORT/g'
  (simulated)
  ERROR: Prometheus at 127.0.0.1:PORT: the certificate of '127.0.0.1:PORT' is not trusted: SSL certificate problem: self-signed certificate
  hint: See the settings prometheus_host (PROMETHEUS_HOST) and prometheus.*.
  $ printf "  ca: tls.crt\nscaling: {alpha: 10}\n" >> state/config.yaml
  $ smo graph scale shop --dry-run 2> /dev/null | grep web
  web         4   4      2  window  12/s needs 2 replicas (y = 10 x + 0, settings); held by the window of 1m
  $ PROMETHEUS_TOKEN=wrong smo graph scale shop --dry-run 2>&1 | grep ERROR | sed 's/:[0-9][0-9]*/:PORT/g'
  ERROR: Prometheus at 127.0.0.1:PORT answered 401
  $ PROMETHEUS_CA=nowhere.crt smo graph scale shop
  (simulated)
  ERROR: setting prometheus.ca: cannot read 'nowhere.crt': no such file or directory
  [3]
  $ smo config | grep -c sesame
  0
  [1]
  $ kill $(cat tls.pid)
