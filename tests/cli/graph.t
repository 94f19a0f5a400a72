The life of a graph on a simulated federation, in the original's words.

  $ smo init --sim
  SUCCESS: Initialization complete.
  $ smo-cli -v cluster sync 2>/dev/null
  SUCCESS: Successfully synced 3 cluster(s).
  Clusters
  Name   Location  CPU (Avail)  RAM (Avail)  Status  GPU
  cloud  Dublin           62.0   252.00 GiB  Ready   No
  edge   Athens            7.7    15.50 GiB  Ready   No
  gpu    Brussels         23.5    95.00 GiB  Ready   Yes
  $ smo cluster list -o name
  cloud
  edge
  gpu

A file that is no descriptor.

  $ printf 'key: value\n' > wrong.yaml
  $ smo-cli graph deploy wrong.yaml --project default
  (simulated)
  ERROR: wrong.yaml:1:1: Invalid HDAG descriptor format: 'hdaGraph' is missing
  [2]
  $ smo-cli graph deploy nothing.yaml --project default
  ERROR: cannot read 'nothing.yaml': no such file or directory
  [3]
  $ smo graph deploy $E/hello-world/hdag.yaml
  (simulated)
  ERROR: no project was given
  hint: Say it with --project: it becomes the namespace.
  [2]

Deployed, looked at, stopped, started, removed.

  $ smo-cli graph deploy $E/hello-world/hdag.yaml --project default 2>/dev/null
  SUCCESS: Successfully triggered deployment for graph 'hello-world-graph'.
  $ smo-cli graph list 2>/dev/null
  Deployed Graphs
  Name               Project  Status   Services
  hello-world-graph  default  Running         1
  $ smo graph list -o name
  hello-world-graph
  $ smo graph list --project other
  (simulated)
  No graphs found in project 'other'.
  $ smo-cli graph describe hello-world-graph | head -9
  (simulated)
  Graph Details
    Name: hello-world-graph
    Project: default
    Status: Running
    Grafana: N/A
    Revision: 1
    Changed: 2026-01-01 00:00:00
  
  Services
  $ smo-cli graph describe non-existent-graph
  (simulated)
  ERROR: Graph 'non-existent-graph' not found
  hint: `smo graph list` shows the graphs there are.
  [3]
  $ smo graph deploy $E/hello-world/hdag.yaml --create-only 2>&1 | grep -v simulated
  ERROR: Graph with name hello-world-graph already exists
  $ echo y | smo-cli graph stop hello-world-graph 2>/dev/null
  Are you sure you want to stop graph 'hello-world-graph'? [y/N]: SUCCESS: Graph 'hello-world-graph' stopped successfully.
  $ smo graph stop hello-world-graph --yes 2>&1 | grep -v simulated
  ERROR: Graph 'hello-world-graph' is already stopped
  $ smo-cli graph start hello-world-graph 2>/dev/null
  SUCCESS: Graph 'hello-world-graph' started successfully.
  $ smo graph start hello-world-graph 2>&1 | grep -v simulated
  ERROR: Graph 'hello-world-graph' is already running
  $ smo-cli graph re-place hello-world-graph 2>/dev/null
  Nothing to do: the world is as it should be.
  SUCCESS: Re-placement for graph 'hello-world-graph' completed successfully.
  $ echo n | smo-cli graph remove hello-world-graph
  (simulated)
  Are you sure you want to remove graph 'hello-world-graph'? [y/N]: Aborted!
  [1]
  $ smo-cli graph remove hello-world-graph
  (simulated)
  Are you sure you want to remove graph 'hello-world-graph'? [y/N]: 
  Aborted!
  [1]
  $ echo yes | smo-cli graph remove hello-world-graph 2>/dev/null
  Are you sure you want to remove graph 'hello-world-graph'? [y/N]: SUCCESS: Graph 'hello-world-graph' removed successfully.
  $ smo graph list
  (simulated)
  No graphs found.
  $ smo graph remove hello-world-graph --yes 2>&1 | grep -v simulated
  ERROR: Graph 'hello-world-graph' not found
  hint: `smo graph list` shows the graphs there are.

Its history stays.

  $ smo graph history hello-world-graph | sed 's/op-[0-9a-f]*/op/; s/  */ /g'
  (simulated)
  No revisions.
  
  Operations
  Operation Verb State Started Ended Steps Error
  op deploy done 2026-01-01 00:00:00 2026-01-01 00:00:00 4 
  op stop done 2026-01-01 00:00:00 2026-01-01 00:00:00 3 
  op start done 2026-01-01 00:00:00 2026-01-01 00:00:00 3 
  op remove done 2026-01-01 00:00:00 2026-01-01 00:00:00 4 
  $ smo events hello-world-graph --limit 2 -o name
  21
  22
  $ smo events hello-world-graph --after 1 --limit 2 -o name
  2
  3
  $ smo events --limit 0
  ERROR: --limit must be from 1 to 100000
  [2]
