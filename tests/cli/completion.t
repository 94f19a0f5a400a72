What the shell is told.

  $ smo completion fish
  ERROR: SHELL must be one of bash, zsh, not 'fish'
  hint: Did you mean 'bash'?
  [2]
  $ smo completion bash > smo.bash && bash -n smo.bash && tail -1 smo.bash
  complete -F _smo_complete smo smo-cli
  $ smo completion zsh | head -1
  #compdef smo smo-cli
  $ smo complete -- smo gr
  word	graph	graphs: applications made of services
  $ smo complete -- smo graph st
  word	start	start a stopped graph
  word	stop	take a graph's services down, keep what we know of it
  word	status	show how a graph's services fare on their clusters now
  $ smo complete -- smo graph list --pro
  word	--project	only those of this project
  $ smo complete -- smo graph list -o ''
  word	table
  word	wide
  word	json
  word	yaml
  word	name
  $ smo complete -- smo graph list --output = y
  word	yaml
  $ smo complete -- smo graph deploy --plan ''
  files
  $ smo complete -- smo --dir ''
  dirs
  $ smo complete -- smo completion ''
  word	bash
  word	zsh
  $ smo complete -- smo nothing ''

Names come out of the state, when there is one.

  $ smo complete -- smo graph describe ''
  $ smo init --sim
  SUCCESS: Initialization complete.
  $ smo graph deploy $E/hello-world/hdag.yaml --project demo > /dev/null 2>&1
  $ smo complete -- smo graph describe ''
  word	hello-world-graph
  $ smo complete -- smo graph describe x
  $ smo complete -- smo graph list --project ''
  word	demo
  $ smo complete -- smo cluster cordon e
  word	edge

The same through bash itself.

  $ smo completion bash > smo.bash && bash -c '. ./smo.bash; COMP_WORDS=(smo graph des); COMP_CWORD=2; _smo_complete; echo "${COMPREPLY[@]}"'
  describe
