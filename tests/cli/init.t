A state is made once and kept.

  $ smo graph list
  ERROR: there is no state at '$T/state/smo.db'
  hint: Run `smo init` first, or `smo init --sim` to try it on a simulated federation.
  [3]
  $ smo -v init
  writing '$T/state/config.yaml'
  SUCCESS: Initialization complete.
  $ ls state
  config.yaml
  smo.db
  $ stat -c '%a %n' state state/config.yaml state/smo.db
  700 state
  600 state/config.yaml
  600 state/smo.db
  $ smo -v init
  '$T/state/config.yaml' is there already and is kept
  SUCCESS: Initialization complete.
  $ smo graph list
  No graphs found.
  $ smo-cli graph list --project shop
  No graphs found in project 'shop'.
  $ smo-cli -v cluster list
  WARNING: No clusters found. Run 'smo-cli cluster sync' first.
  $ smo events
  No events.
  $ smo config | head -4
  Current configuration:
  db:
    url: sqlite:///$T/state/smo.db
  world: karmada
  $ smo config | grep karmada_kubeconfig
  karmada_kubeconfig: $T/.kube/karmada-apiserver.config
  $ smo --dir other init && ls other
  SUCCESS: Initialization complete.
  config.yaml
  smo.db
  $ SMO_DIR= smo init && ls -d .smo
  SUCCESS: Initialization complete.
  .smo
  $ smo init world.yaml
  ERROR: a world file goes with --sim
  [2]

A simulated federation is another kind of state.

  $ smo init --sim
  ERROR: '$T/state' is set up for a real control plane
  hint: Use another directory (--dir) for a simulated one.
  [4]
  $ smo --dir sim init --sim
  SUCCESS: Initialization complete.
  $ ls sim
  config.yaml
  smo.db
  world.yaml
  $ smo --dir sim init --sim no-such-world.yaml
  ERROR: cannot read 'no-such-world.yaml': no such file or directory
  [3]
