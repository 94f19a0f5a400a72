How the world differs from what is wanted.

  $ cat > app.yaml <<EOF
  > hdaGraph:
  >   id: shop
  >   services:
  >     - {id: db, artifact: {ociImage: oci://r.example/db}, deployment: {trigger: {auto: {}}, intent: {compute: {cpu: light, ram: light}}}}
  >     - {id: web, artifact: {ociImage: oci://r.example/web}, deployment: {trigger: {auto: {}}, intent: {compute: {cpu: light, ram: light}}}}
  > EOF
  $ smo init --sim
  SUCCESS: Initialization complete.
  $ smo graph deploy app.yaml -p shop 2>/dev/null
  SUCCESS: Successfully triggered deployment for graph 'shop'.
  $ smo graph diff app.yaml --detailed-exitcode
  (simulated)
  graph shop: no difference
  $ smo graph diff shop 2>/dev/null
  graph shop: no difference
  $ sed 's/cpu: light/cpu: medium/' app.yaml > more.yaml
  $ smo graph diff more.yaml --detailed-exitcode 2>/dev/null
  graph shop:
    ~ override  db  (its intents: cpu 4, memory 500Mi; spec.overrideRules[0].overriders.plaintext[0].value.limits.cpu differs)
          ...
                operator: replace
                value:
                  limits:
        -           cpu: 500m
        +           cpu: "4"
                    memory: 500Mi
                  requests:
        -           cpu: 500m
        +           cpu: "4"
                    memory: 500Mi
    ~ override  web  (its intents: cpu 4, memory 500Mi; spec.overrideRules[0].overriders.plaintext[0].value.limits.cpu differs)
          ...
                operator: replace
                value:
                  limits:
        -           cpu: 500m
        +           cpu: "4"
                    memory: 500Mi
                  requests:
        -           cpu: 500m
        +           cpu: "4"
                    memory: 500Mi
  [8]
  $ grep -v 'id: web' app.yaml > less.yaml
  $ smo graph diff less.yaml 2>/dev/null
  graph shop:
    - release   web  (the graph has no such service any more)
    - override  smo-web  (nothing needs it any more)
    - policy    smo-web  (nothing needs it any more)
  $ smo graph diff less.yaml -o json 2>/dev/null | jq -c '.steps[] | [.verb, .kind, .summary]'
  ["delete","release","web"]
  ["delete","override","smo-web"]
  ["delete","policy","smo-web"]

What is not there any more.

  $ rm state/sim.*
  $ smo graph diff shop --detailed-exitcode 2>&1 | grep '^  [-~+]'
    + namespace shop  (the project's namespace)
    + policy    db on cloud  (says which clusters run it)
    + override  db  (its intents: cpu 500m, memory 500Mi)
    + release   db on cloud  (stays on cloud)
    + policy    web on cloud  (says which clusters run it)
    + override  web  (its intents: cpu 500m, memory 500Mi)
    + release   web on cloud  (stays on cloud)
