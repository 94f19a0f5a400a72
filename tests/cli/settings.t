What wins: default, file, environment, flag.

  $ smo init
  SUCCESS: Initialization complete.
  $ smo config show --origin | head -5 | sed 's/  */ /g'
  Settings
  Key Value Origin
  db.url sqlite:///$T/state/smo.db file
  world karmada default
  sim.file $T/state/world.yaml default
  $ smo config --origin -o wide | grep '^karmada_context' | sed 's/  */ /g'
  karmada_context - default context in it; none: its current context
  $ echo 'karmada_context: from-file' >> state/config.yaml
  $ smo config --origin -o wide | grep '^karmada_context' | sed 's/  */ /g'
  karmada_context from-file file $T/state/config.yaml:15:18 context in it; none: its current context
  $ KARMADA_CONTEXT=from-env smo config --origin -o wide | grep '^karmada_context' | sed 's/  */ /g'
  karmada_context from-env environment KARMADA_CONTEXT context in it; none: its current context
  $ KARMADA_CONTEXT=from-env smo --context from-flag config --origin -o wide | grep '^karmada_context' | sed 's/  */ /g'
  karmada_context from-flag flag --context context in it; none: its current context
  $ KARMADA_KUBECONFIG=other.config smo config | grep kubeconfig:
  karmada_kubeconfig: $T/.kube/other.config
  submariner_kubeconfig: null
  $ KARMADA_KUBECONFIG=/etc/k smo config | grep karmada_kubeconfig
  karmada_kubeconfig: /etc/k
  $ SMO_INSECURE_REGISTRIES=a:5000,b smo config -o json | tr -d ' \n' | grep -o '"insecure_registries":[^]]*\]'
  "insecure_registries":["a:5000","b"]

Secrets are masked, also inside a URL.

  $ GRAFANA_PASSWORD=hunter2 smo config | grep -c hunter2
  0
  [1]
  $ SMO_DB_URL=postgresql://smo:hunter2@db/smo smo config | grep url:
    url: "postgresql://********@db/smo"
    base_url: null

Mistakes are told with their place.

  $ printf 'helm:\n  insecure_registri: true\n  timeout: soon\napply: 3\n' > state/config.yaml
  $ smo config
  WARNING: $T/state/config.yaml:2:3: unknown setting 'helm.insecure_registri' (Did you mean 'helm.insecure_registry'?)
  WARNING: $T/state/config.yaml:4:1: unknown setting 'apply'
  ERROR: $T/state/config.yaml:3:12: 'helm.timeout' must be a duration such as 90s, 5m or 1h30m, not 'soon'
  [2]
  $ printf 'helm:\n  timeout: [1]\nworld: moon\napply:\n  parallel: 99\n' > state/config.yaml
  $ smo config
  ERROR: $T/state/config.yaml:2:12: 'helm.timeout' must not be a list
  $T/state/config.yaml:3:8: 'world' must be one of: karmada, simulated, not 'moon'
  $T/state/config.yaml:5:13: 'apply.parallel' must be from 1 to 64, not '99'
  [2]
  $ printf 'a: 1\na: 2\n' > state/config.yaml
  $ smo config
  ERROR: $T/state/config.yaml:2:1: key 'a' appears twice
  [2]
  $ printf -- '- 1\n' > state/config.yaml
  $ smo config
  ERROR: '$T/state/config.yaml' must hold a mapping, not a list
  [2]
  $ rm state/config.yaml
  $ PROMETHEUS_HOST=nowhere smo config
  ERROR: 'prometheus_host' must start with http:// or https://, not 'nowhere'
  hint: It was set by PROMETHEUS_HOST.
  [2]
  $ SCALING_INTERVAL=0 smo config
  ERROR: 'scaling.interval_seconds' must be from 1 to 86400, not '0'
  hint: It was set by SCALING_INTERVAL.
  [2]
  $ SMO_DB_URL=postgresql://smo@db/smo smo graph list
  ERROR: no database is known by 'postgresql://smo@db/smo'
  hint: Write it as sqlite:///path/to/smo.db.
  [2]
  $ smo --parallel 0 graph list
  ERROR: 'apply.parallel' must be from 1 to 64, not '0'
  hint: It was set by --parallel.
  [2]
