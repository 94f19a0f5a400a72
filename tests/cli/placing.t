What placements are judged by, and what clusters cost.

  $ smo init --sim && smo cluster sync >/dev/null 2>&1
  SUCCESS: Initialization complete.
  $ smo cluster set edge priceCpu=0.02 carbon=50 latency.cloud=12 egress.cloud=0.08
  (simulated)
  SUCCESS: Cluster 'edge' updated.
  $ smo cluster set edge price=3
  (simulated)
  ERROR: 'price=3': 'price' is no property of a cluster
  hint: Keys are priceCpu, priceMemory (per hour), carbon, devices, location, region, zones, provider, latency.CLUSTER (ms) and egress.CLUSTER (per GB).
  [2]
  $ smo cluster set edge carbon=much
  (simulated)
  ERROR: 'carbon=much': 'much' is not a number from 0 to 1e9
  hint: Keys are priceCpu, priceMemory (per hour), carbon, devices, location, region, zones, provider, latency.CLUSTER (ms) and egress.CLUSTER (per GB).
  [2]
  $ smo cluster describe edge -o yaml 2>/dev/null | sed -n '/^origins/,/^free/p'
  origins:
    carbon: set by hand
    egress.cloud: set by hand
    latency.cloud: set by hand
    priceCpu: set by hand
  distances:
  - to: cloud
    latencyMs: 12.0
    egressPrice: 0.08
  - to: gpu
    latencyMs: 12.0
    egressPrice: 0.01
  free:
  $ smo cluster set edge latency.cloud= egress.cloud= && smo cluster describe edge -o yaml 2>/dev/null | grep cloud
  (simulated)
  SUCCESS: Cluster 'edge' updated.
  - to: cloud
  $ smo graph deploy $E/gpu-offloading -p demo --policy stable >/dev/null 2>&1
  $ smo graph explain gpu-offloading-graph --policy cheapest 2>/dev/null
  graph gpu-offloading-graph, policy cheapest (--policy): optimal
  
  ml-inference: gpu
    stays on gpu
    costs 0.256 an hour, traffic 0.0225 an hour
    not cloud: it has no nvidia.com/gpu
    not edge: it has no nvidia.com/gpu
  
  web-frontend: edge
    leaves gpu: the whole graph is better off that way
    costs 0.023 an hour, traffic 0.0225 an hour, 1 move
    not cloud: dearer by 0.028 an hour
    next best gpu: 0.045 an hour more, traffic 0.0225 an hour less, 1 move less
  $ smo graph explain gpu-offloading-graph --policy cheapest --minimum-gain 90 2>/dev/null | tail -2
  
  note: 1 more move would gain 6.9 %, less than the minimum of 90 %: not worth it
  $ smo graph explain gpu-offloading-graph --policy cheapest --move-budget 0 2>/dev/null | grep binds
  binds: the move budget is spent
  $ smo graph explain gpu-offloading-graph --policy cheapst
  ERROR: --policy must be one of stable, reoptimise, first-fit, cheapest, greenest, fastest, balanced, carbon-aware, green-heuristic, not 'cheapst'
  hint: Did you mean 'cheapest'?
  [2]

Settings say what descriptors leave open.

  $ SMO_POLICY=balanced smo graph explain gpu-offloading-graph 2>/dev/null | head -1
  graph gpu-offloading-graph, policy balanced (settings): optimal
  $ SMO_POLICY=best smo graph explain gpu-offloading-graph
  ERROR: 'placement.policy' must be one of: stable, reoptimise, first-fit, cheapest, greenest, fastest, balanced, carbon-aware, green-heuristic, not 'best'
  hint: It was set by SMO_POLICY.
  [2]

When nothing fits, what would help is tried.

  $ smo sim cluster down gpu >/dev/null 2>&1 && smo sim advance 60s >/dev/null 2>&1
  $ smo graph plan gpu-offloading-graph 2>&1 | tail -3
    edge has no nvidia.com/gpu
    gpu is not ready: ClusterNotReachable: cluster is not reachable
  hint: Any one of these would do: cluster 'gpu' would have to be ready again; or 'ml-inference' may drop its GPU.
