What an operator meets: states, settings and files that are not what they should be. Each is told
with its place and what to do; nothing is lost.

  $ smo init --sim
  SUCCESS: Initialization complete.
  $ smo graph deploy $E/hello-world/hdag.yaml -p demo 2>/dev/null
  SUCCESS: Successfully triggered deployment for graph 'hello-world-graph'.
  $ cp -r state good
  $ mkdir folder; : > empty; printf 'a\000\377b' > binary; printf 'a: [' > broken.yaml

Descriptors that are none.

  $ smo graph check folder
  ERROR: 'folder' holds no hdag.yaml and no YAML file with a top-level hdaGraph
  hint: Give the descriptor's file itself.
  [3]
  $ mkdir several; cp $E/hello-world/hdag.yaml several/one.yaml; printf 'a: 1' > several/other.yaml
  $ smo graph check several
  SUCCESS: several: graph 'hello-world-graph' is fine (1 service).
  $ cp $E/brussels/hdag.yaml several/two.yml; smo graph check several
  ERROR: 'several' holds several graphs: several/one.yaml, several/two.yml
  hint: Say which one.
  [2]
  $ cp $E/brussels/hdag.yaml several/hdag.yaml; smo graph check several 2>/dev/null
  SUCCESS: several: graph 'image-detection-graph' is fine (3 services, see the notes).
  $ smo graph check empty
  empty:1:1: error: Invalid HDAG descriptor format: 'hdaGraph' is missing
  ERROR: 1 error
  [2]
  $ smo graph check binary
  ERROR: binary:1:3: not valid UTF-8
  [2]
  $ smo graph check broken.yaml
  ERROR: broken.yaml:2:1: not valid YAML: did not find expected node content while parsing a flow node that starts at line 2
  [2]
  $ smo graph check /dev/null
  ERROR: '/dev/null' is no regular file
  [2]
  $ smo graph check nothing.yaml
  ERROR: cannot read 'nothing.yaml': no such file or directory
  [3]
  $ smo graph check ''
  ERROR: DESCRIPTOR must not be empty
  [2]
  $ smo graph check -- -x
  ERROR: DESCRIPTOR must not begin with '-': '-x'
  [2]
  $ smo graph check a b
  ERROR: cannot read 'a': no such file or directory
  [3]
  $ smo graph deploy folder -p demo
  ERROR: 'folder' holds no hdag.yaml and no YAML file with a top-level hdaGraph
  hint: Give the descriptor's file itself.
  [3]
  $ smo graph deploy "$(printf '%0300d' 0)" -p demo 2>&1 | sed 's/0\{300\}/LONG/'
  ERROR: cannot read 'LONG': file name too long
  $ smo graph plan empty -p demo 2>&1 | grep -v simulated
  ERROR: Graph 'empty' not found
  hint: `smo graph list` shows the graphs there are.
  $ smo graph deploy $E/hello-world/hdag.yaml --plan binary 2>&1 | grep -v simulated
  ERROR: binary:1:3: not valid UTF-8
  $ smo graph plan $E/hello-world/hdag.yaml --snapshot broken.yaml 2>&1 | grep -v simulated
  ERROR: broken.yaml:2:1: not valid YAML: did not find expected node content while parsing a flow node that starts at line 2
  $ for p in kube-system kube-x karmada-cluster submariner-operator Demo demo-; do
  >   smo graph plan $E/green/hdag.yaml --project=$p 2>&1 | grep -v simulated; done
  ERROR: project 'kube-system' belongs to the system: names that start with 'kube-' are not for applications
  ERROR: project 'kube-x' belongs to the system: names that start with 'kube-' are not for applications
  ERROR: project 'karmada-cluster' belongs to the system: names that start with 'karmada-' are not for applications
  ERROR: project 'submariner-operator' belongs to the system: names that start with 'submariner-' are not for applications
  ERROR: project 'Demo' cannot be a namespace
  hint: Use lower-case letters, digits and '-', at most 63.
  ERROR: project 'demo-' cannot be a namespace
  hint: Use lower-case letters, digits and '-', at most 63.
  $ smo graph status 'no
  > such'
  (simulated)
  ERROR: Graph 'no
  such' not found
  hint: `smo graph list` shows the graphs there are.
  [3]
  $ smo graph stop "$(printf '\033[31mred')" --yes 2>&1 | grep -v simulated
  ERROR: '?[31mred' is no name of a graph

A state that a newer SMO wrote.

  $ python3 -c "import sqlite3; c = sqlite3.connect('state/smo.db'); c.execute(\"update smo_meta set value = '99' where key = 'version'\"); c.commit()"
  $ smo graph list 2>&1 | sed 's/this one knows [0-9]*/this one knows N/'
  ERROR: the state '$T/state/smo.db' was written by a newer SMO (version 99, this one knows N)
  hint: Use that SMO, or another SMO_DIR.
  $ smo init > /dev/null 2>&1; echo $?
  4
  $ smo doctor 2>&1 | sed 's/this one knows [0-9]*/this one knows N/; s/  */ /g'
  Check Result Found Cost
  state failed the state '$T/state/smo.db' was written by a newer SMO (version 99, this one knows N) Use that SMO, or another SMO_DIR.
  ERROR: something that SMO needs is missing

A database that is damaged, or none.

  $ printf 'this is no database, whatever its name says\n%05000d' 0 > state/smo.db
  $ smo graph list
  ERROR: '$T/state/smo.db' is not a database
  hint: Move it away and run init, or point db.url elsewhere.
  [1]
  $ smo init
  ERROR: '$T/state/smo.db' is not a database
  hint: Move it away and run init, or point db.url elsewhere.
  [1]
  $ rm -rf state; cp -r good state; python3 -c "f = open('state/smo.db', 'r+b'); f.seek(8192); f.write(b'\xff' * 60000)"
  $ smo graph stop hello-world-graph --yes
  ERROR: the database '$T/state/smo.db' is damaged: database disk image is malformed
  hint: Restore it from a copy, or move it away and run init.
  [1]
  $ rm -rf state; cp -r good state; : > state/smo.db
  $ smo graph list
  ERROR: the state '$T/state/smo.db' is empty
  hint: Run `smo init` first, or `smo init --sim` to try it on a simulated federation.
  [3]
  $ rm state/smo.db; mkdir state/smo.db
  $ smo graph list
  ERROR: '$T/state/smo.db' is not a regular file
  [2]
  $ rm -rf state
  $ smo graph list
  ERROR: there is no state at '$T/state/smo.db'
  hint: Run `smo init` first, or `smo init --sim` to try it on a simulated federation.
  [3]
  $ smo doctor 2>/dev/null | sed 's/  */ /g'
  Check Result Found Cost
  state failed there is no state at '$T/state/smo.db' Run `smo init` first, or `smo init --sim` to try it on a simulated federation.
  $ cp -r good state
  $ smo graph list -o name
  hello-world-graph

Settings.

  $ printf 'a: [' > state/config.yaml; smo graph list
  ERROR: $T/state/config.yaml:2:1: not valid YAML: did not find expected node content while parsing a flow node that starts at line 2
  [2]
  $ printf 'helm: {timeout: soon}\n' > state/config.yaml; smo graph list
  ERROR: $T/state/config.yaml:1:17: 'helm.timeout' must be a duration such as 90s, 5m or 1h30m, not 'soon'
  [2]
  $ printf 'helm: {timeot: 5s}\nworld: simulated\n' > state/config.yaml; smo graph list -o name
  WARNING: $T/state/config.yaml:1:8: unknown setting 'helm.timeot' (Did you mean 'helm.timeout'?)
  hello-world-graph
  $ printf -- '- 1\n' > state/config.yaml; smo graph list
  ERROR: '$T/state/config.yaml' must hold a mapping, not a list
  [2]
  $ printf 'db: {url: "mysql://x"}\n' > state/config.yaml; smo graph list
  ERROR: no database is known by 'mysql://x'
  hint: Write it as sqlite:///path/to/smo.db.
  [2]
  $ rm state/config.yaml; mkdir state/config.yaml; smo graph list
  ERROR: cannot read '$T/state/config.yaml': is a directory
  [2]
  $ rm -r state; cp -r good state

A simulated world whose file is damaged.

  $ printf '{' > state/sim.json; smo graph status hello-world-graph
  (simulated)
  ERROR: the state of the simulated world: $T/state/sim.json:1:1: not valid JSON: string or '}' expected near end of file
  hint: Put a copy of it back, or remove the sim.* files: the world begins anew, without releases.
  [2]
  $ rm -r state; cp -r good state; sed -i '3s/^./x/' state/sim.log; cp state/sim.log damaged
  $ smo graph status hello-world-graph
  (simulated)
  ERROR: the journal of the simulated world: $T/state/sim.log:3: not valid JSON: invalid token near 'x'
  hint: Nothing was changed. Put copies of sim.json and sim.log back; or remove that line and all after it: the world is then as it was before them.
  [2]
  $ cmp damaged state/sim.log
  $ rm -r state; cp -r good state; smo graph list -o name
  hello-world-graph

Output that cannot be written is no success; a reader that has seen enough is none of our business.

  $ smo schema > /dev/full
  ERROR: standard output cannot be written
  [1]
  $ smo graph list > /dev/full
  (simulated)
  ERROR: standard output cannot be written
  [1]
  $ (smo schema; echo $? > code) | true; cat code
  0

Kubeconfigs.

  $ rm -r state; smo init
  SUCCESS: Initialization complete.
  $ smo cluster sync
  ERROR: control plane: there is no kubeconfig at '$T/.kube/karmada-apiserver.config'
  hint: Name it with KARMADA_KUBECONFIG or --kubeconfig, or try 'smo init --sim'.
  [3]
  $ smo cluster sync --kubeconfig folder
  ERROR: control plane: 'folder' is no regular file
  [2]
  $ smo cluster sync --kubeconfig empty
  ERROR: control plane: empty: this is no kubeconfig
  [2]
  $ smo cluster sync --kubeconfig binary
  ERROR: control plane: binary:1:3: not valid UTF-8
  [2]
  $ smo cluster sync --kubeconfig broken.yaml
  ERROR: control plane: broken.yaml:2:1: not valid YAML: did not find expected node content while parsing a flow node that starts at line 2
  [2]
  $ printf 'apiVersion: v1\nkind: Config\n' > head; printf 'current-context: c\n' >> head
  $ cp head k; smo cluster sync --kubeconfig k
  ERROR: control plane: k: there is no context 'c'
  [2]
  $ printf 'contexts: [{name: c, context: {cluster: k, user: u}}]\n' >> head
  $ cp head k; smo cluster sync --kubeconfig k
  ERROR: control plane: k: context 'c' names no known cluster ('k')
  [2]
  $ smo cluster sync --kubeconfig k --context other
  ERROR: control plane: k: there is no context 'other'
  hint: It has the contexts 'c'.
  [2]
  $ printf 'clusters: [{name: k, cluster: {server: "https://127.0.0.1:1"}}]\n' > at
  $ cat head at > k; smo cluster sync --kubeconfig k
  ERROR: control plane: k: context 'c' names no known user ('u')
  [2]
  $ user() { cat head at > k; printf 'users: [{name: u, user: {%s}}]\n' "$1" >> k; smo cluster sync --kubeconfig k; }
  > user 'exec: {command: aws}'; user 'tokenFile: /nonexistent'; user 'client-certificate: /nonexistent'
  > user 'client-certificate-data: "%%%"'; user 'client-certificate-data: YWJj'; user 'token: [1]'; user 'token: t'
  ERROR: control plane: k: 'exec' of 'u' is not supported: it would run another program
  hint: Use a user with a client certificate, a token or a tokenFile, for example a service account token.
  ERROR: the token of the control plane: cannot read '/nonexistent': no such file or directory
  ERROR: control plane: k: user 'u' has a client certificate but no key
  ERROR: control plane: k: 'client-certificate-data' of 'u' is no base64 of PEM text
  ERROR: control plane: k: user 'u' has a client certificate but no key
  ERROR: control plane: k: 'token' of 'u' must be text, not a list
  ERROR: cannot connect to '127.0.0.1:1': Connection refused
  hint: That is the control plane of context 'c'. When it is well again, run the same command again.
  [6]
  $ server() { printf 'clusters: [{name: k, cluster: {%s}}]\nusers: [{name: u, user: {token: t}}]\n' "$1" | cat head - > k; smo cluster sync --kubeconfig k; }
  > server ''; server 'server: 5'; server 'server: "ftp://x"'; server 'server: "https://127.0.0.1:99999"'
  > server 'server: "https://127.0.0.1:1", certificate-authority: /nonexistent'
  ERROR: control plane: k: cluster 'k' has no 'server'
  ERROR: control plane: k: 'server' of 'k' must be text, not a whole number
  ERROR: control plane: k: cluster 'k': 'ftp://x' is no http:// or https:// address
  ERROR: control plane: k: cluster 'k': '127.0.0.1:99999' has no valid port
  ERROR: control plane: cannot read '/nonexistent': no such file or directory
  [3]
