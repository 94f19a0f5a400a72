Data on stdout and nothing else.

  $ smo init --sim
  SUCCESS: Initialization complete.
  $ smo graph deploy $E/hello-world/hdag.yaml --project demo -o json 2>/dev/null | python3 -m json.tool > /dev/null && echo valid
  valid
  $ smo graph list -o json | python3 -c "import json, sys; g = json.load(sys.stdin)[0]; print(g['name'], g['project'], g['services'][0]['name'])"
  hello-world-graph demo hello-world
  $ smo graph list -o yaml | head -3
  - name: hello-world-graph
    project: demo
    status: Running
  $ smo graph list -o name
  hello-world-graph
  $ smo graph list -o wide | head -2 | sed 's/  */ /g'
  (simulated)
  Deployed Graphs
  Name Project Status Services Degraded Revision Changed Clusters
  $ smo cluster list -o json | python3 -c "import json, sys; c = json.load(sys.stdin)[0]; print(c['name'], c['available_cpu'], c['available_ram'], c['availability'])"
  cloud 62.0 252.00 GiB True
  $ smo graph list -o json 2>&1 >/dev/null
  $ smo graph status hello-world-graph -o json 2>/dev/null | python3 -m json.tool > /dev/null && echo valid
  valid

No colours where nobody asked for any.

  $ smo graph list | grep -c "$(printf '\033')"
  (simulated)
  0
  [1]

What comes from outside cannot move the cursor.

  $ python3 -c "
  > import sqlite3; d = sqlite3.connect('state/smo.db')
  > d.execute('UPDATE graph SET project = ?', ('a' + chr(27) + '[31mb' + chr(155) + 'c' + chr(10) + 'd',)); d.commit()"
  $ smo graph list | tail -1 | cat -v
  (simulated)
  hello-world-graph  a?[31mb??c?d  Running         1
  $ smo graph list -o json | grep project
      "project": "a\u001b[31mb\u009bc\nd",
  $ smo graph describe hello-world-graph | sed -n 3p | cat -v
  (simulated)
    Project: a?[31mb??c?d
