Decisions on a world in a file need no network, and no state.

  $ smo init --sim
  SUCCESS: Initialization complete.
  $ smo snapshot $E/hello-world/hdag.yaml -p demo > world.yaml
  (simulated)
  $ smo snapshot > clusters.yaml
  (simulated)
  $ mv state kept
  $ smo graph plan $E/hello-world/hdag.yaml --snapshot world.yaml
  graph hello-world-graph: 4 steps
    1  put   namespace  demo                   the project's namespace
    2  put   policy     hello-world on cloud   says which clusters run it; after 1
    3  put   override   hello-world            its intents: cpu 1, ephemeral-storage 10G, memory 1Gi; after 1
    4  put   release    hello-world on cloud   nothing runs yet; cloud has 62 of 64 cores free; after 1 2 3
  $ smo graph explain - -p demo --snapshot world.yaml < $E/hello-world/hdag.yaml
  graph hello-world-graph, policy stable: optimal
  
  hello-world: cloud
    nothing runs yet; cloud has 62 of 64 cores free
    edge would do as well
    gpu would do as well
  $ smo graph diff $E/hello-world/hdag.yaml --snapshot world.yaml --detailed-exitcode
  graph hello-world-graph:
    + namespace demo  (the project's namespace)
    + policy    hello-world on cloud  (says which clusters run it)
        + resourceSelectors:
        + - apiVersion: apps/v1
        +   kind: Deployment
        +   name: hello-world
        + - apiVersion: v1
        +   kind: Service
        +   name: hello-world
        + propagateDeps: true
        + placement:
        +   clusterAffinity:
        +     clusterNames:
        +     - cloud
    + override  hello-world  (its intents: cpu 1, ephemeral-storage 10G, memory 1Gi)
        + resourceSelectors:
        + - apiVersion: apps/v1
        +   kind: Deployment
        +   name: hello-world
        + overrideRules:
        + - overriders:
        +     plaintext:
        +     - path: /spec/template/spec/containers/0/resources
        +       operator: replace
        +       value:
        +         limits:
        +           cpu: "1"
        +           memory: 1Gi
        +         requests:
        +           cpu: "1"
        +           ephemeral-storage: 10G
        +           memory: 1Gi
    + release   hello-world on cloud  (nothing runs yet; cloud has 62 of 64 cores free)
  [8]
  $ test -e state
  [1]

What such a world does not say is told.

  $ smo graph plan $E/hello-world/hdag.yaml -p demo --snapshot clusters.yaml
  ERROR: service 'hello-world': its chart was not looked at
  hint: A snapshot for this graph holds what its charts are: `smo snapshot DESCRIPTOR`.
  [2]
  $ smo graph plan hello-world-graph --snapshot world.yaml
  ERROR: there is no state at '$T/state/smo.db'
  hint: Run `smo init` first, or `smo init --sim` to try it on a simulated federation.
  [3]
  $ smo graph plan $E/hello-world/hdag.yaml --snapshot clusters.yaml
  ERROR: no project was given
  hint: Say it with --project: it becomes the namespace.
  [2]

With the state again, it is the stored graph that changes.

  $ mv kept state
  $ smo graph deploy $E/hello-world/hdag.yaml -p demo 2>/dev/null
  SUCCESS: Successfully triggered deployment for graph 'hello-world-graph'.
  $ smo graph plan hello-world-graph --snapshot world.yaml 2>/dev/null
  graph hello-world-graph: 4 steps
    1  put   namespace  demo                   the project's namespace
    2  put   policy     hello-world on cloud   says which clusters run it; after 1
    3  put   override   hello-world            its intents: cpu 1, ephemeral-storage 10G, memory 1Gi; after 1
    4  put   release    hello-world on cloud   nothing runs yet; cloud has 62 of 64 cores free; after 1 2 3
  $ smo snapshot hello-world-graph 2>/dev/null > after.yaml
  $ smo graph plan hello-world-graph --snapshot after.yaml 2>/dev/null
  graph hello-world-graph: nothing to do
