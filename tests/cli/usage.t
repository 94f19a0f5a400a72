The table of verbs answers for itself.

  $ smo --version
  smo 0.1.0
  $ smo version -o json
  {
    "name": "smo",
    "version": "0.1.0"
  }

  $ smo | head -1
  Usage: smo [OPTIONS] COMMAND [ARGUMENTS]
  $ smo --help | grep -c .
  .* (re)
  $ smo graph | head -1
  Usage: smo graph COMMAND [OPTIONS]
  $ smo graph list --help
  Usage: smo graph list [OPTIONS]
  
  list the graphs and their states
  
  Options:
    -p, --project PROJECT  only those of this project
  
  Examples:
    smo graph list -o json
        The same for programs
  
  Options of every command: smo --help

A long form and a short one.

  $ smo help graph plan | head -1
  Usage: smo graph plan [OPTIONS] GRAPH
  $ smo help plan | head -1
  Usage: smo graph plan [OPTIONS] GRAPH
  $ smo plan --help | head -1
  Usage: smo graph plan [OPTIONS] GRAPH

What is wrong is said, with the nearest right thing.

  $ smo grph list
  ERROR: there is no command 'grph'
  hint: Did you mean 'graph'?
  [2]
  $ smo graph lst
  ERROR: 'graph' has no command 'lst'
  hint: Did you mean 'graph list'?
  [2]
  $ smo frobnicate
  ERROR: there is no command 'frobnicate'
  hint: See the list of commands with --help.
  [2]
  $ smo graph list --projet x
  ERROR: 'graph list' has no option '--projet'
  hint: Did you mean '--project'?
  [2]
  $ smo graph list --project
  ERROR: --project needs a value: PROJECT
  [2]
  $ smo graph list --project=
  ERROR: --project must not be empty
  [2]
  $ smo graph list extra
  ERROR: 'graph list' does not know what to do with 'extra'
  [2]
  $ smo graph describe
  ERROR: 'graph describe' needs NAME
  hint: NAME: graph to show.
  [2]
  $ smo graph deploy x.yaml --lock-wait soon
  ERROR: --lock-wait must be a time such as 90s, 5m or 1h30m, not 'soon'
  [2]
  $ smo graph list -o jsn
  ERROR: --output must be one of table, wide, json, yaml, name, not 'jsn'
  hint: Did you mean 'json'?
  [2]
  $ smo graph list -q
  ERROR: there is no option '-q'
  [2]
  $ smo -v=3 graph list
  ERROR: there is no option '-='
  [2]
  $ smo events --limit many
  ERROR: --limit must be a whole number, not 'many'
  [2]
  $ smo graph describe -- -x
  ERROR: NAME must not begin with '-': '-x'
  [2]
  $ smo help graph frob
  ERROR: there is no command 'frob'
  hint: See the list of commands with --help.
  [2]

Nobody listens any more: no noise.

  $ smo --help | true

A full disk is told.

  $ smo --help > /dev/full
  ERROR: standard output cannot be written
  [1]
