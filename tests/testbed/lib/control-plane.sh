# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Karmada's own programs on top of the cluster called karmada, and the joining of members.
# The thresholds are far shorter than Karmada's defaults so that tests see failures in seconds.

# Many tests at a time on it: nothing is to wait for a budget of requests, or for its only worker.
unhurried=(--kube-api-qps=1000 --kube-api-burst=2000)
unhurried_queues=(--rate-limiter-qps=1000 --rate-limiter-bucket-size=2000 --rate-limiter-max-delay=10s)
unhurried_members=(--cluster-api-qps=1000 --cluster-api-burst=2000 --concurrent-namespace-syncs=5
	--concurrent-propagation-policy-syncs=5 --concurrent-dependent-resource-syncs=5)

default_gates=Failover=true,MultiClusterService=true

# The manifests call the webhook by its service name; here it listens on loopback.
localised() { # FILE...
	sed -e "s|https://karmada-webhook.karmada-system.svc:443|$(url karmada-webhook)|" \
		-e "s|https://{{name}}.{{namespace}}.svc:443|$(url karmada-webhook)|" \
		-e "s|{{caBundle}}|$(base64 -w 0 "$state/pki/ca.crt")|" "$@"
}

karmada_crds() {
	local file crds=$state/karmada/crds
	rm -rf "$crds"
	mkdir -p "$state/karmada"
	cp -r "$karmada_dir/crds" "$crds"
	for file in "$karmada_dir"/crds/patches/*.yaml; do
		localised "$file" >"$crds/patches/${file##*/}"
	done
	kubectl_on karmada apply -f "$karmada_dir/deploy/namespace.yaml" >/dev/null
	kubectl_on karmada apply --server-side -k "$crds" >/dev/null
}

# An ExternalName service makes the aggregator dial localhost and still check the certificate
# for karmada-aggregated-apiserver.karmada-system.svc. Endpoints could not hold 127.0.0.1.
aggregated_api() {
	kubectl_on karmada apply -f - >/dev/null <<-YAML
		apiVersion: v1
		kind: Service
		metadata: {name: karmada-aggregated-apiserver, namespace: karmada-system}
		spec: {type: ExternalName, externalName: localhost}
		---
		apiVersion: apiregistration.k8s.io/v1
		kind: APIService
		metadata:
		  name: v1alpha1.cluster.karmada.io
		  labels: {app: karmada-aggregated-apiserver, apiserver: "true"}
		spec:
		  caBundle: $(base64 -w 0 "$state/pki/ca.crt")
		  group: cluster.karmada.io
		  version: v1alpha1
		  groupPriorityMinimum: 2000
		  versionPriority: 10
		  service:
		    name: karmada-aggregated-apiserver
		    namespace: karmada-system
		    port: $(port karmada-aggregated-apiserver)
	YAML
	kubectl_on karmada wait --for=condition=Available apiservice/v1alpha1.cluster.karmada.io \
		--timeout=60s >/dev/null
}

karmada_start() { # NAME FLAG...
	local name=$1
	shift
	need_port "$name" "$(port "$name")"
	start "$name" "$karmada_dir/$name" --kubeconfig="$state/kube/karmada.conf" "$@"
}

aggregated_apiserver_up() {
	local conf=$state/kube/karmada.conf pki=$state/pki
	karmada_start karmada-aggregated-apiserver \
		--authentication-kubeconfig="$conf" --authorization-kubeconfig="$conf" \
		--etcd-servers="http://127.0.0.1:$(port etcd)" --etcd-prefix=/karmada-aggregated \
		--client-ca-file="$pki/ca.crt" \
		--tls-cert-file="$pki/server.crt" --tls-private-key-file="$pki/server.key" \
		--bind-address=127.0.0.1 --secure-port="$(port karmada-aggregated-apiserver)"
	wait_for karmada-aggregated-apiserver 60 healthy "$(url karmada-aggregated-apiserver)/readyz"
}

webhook_up() {
	karmada_start karmada-webhook --bind-address=127.0.0.1 --cert-dir="$state/pki/webhook" \
		--secure-port="$(port karmada-webhook)" --allow-no-execute-taint-policy=true \
		--metrics-bind-address="127.0.0.1:$(port karmada-webhook-metrics)" \
		--health-probe-bind-address="127.0.0.1:$(port karmada-webhook-probe)"
	wait_for karmada-webhook 60 port_taken "$(port karmada-webhook)"
}

managers_up() {
	local name
	karmada_start karmada-controller-manager --leader-elect=false \
		"${unhurried[@]}" "${unhurried_queues[@]}" "${unhurried_members[@]}" \
		--cluster-status-update-frequency=1s --cluster-failure-threshold=3s \
		--cluster-success-threshold=2s --feature-gates="$(setting feature-gates "$default_gates")" \
		--enable-no-execute-taint-eviction=true \
		--no-execute-taint-eviction-purge-mode=Gracefully --resource-eviction-rate=10 \
		--metrics-bind-address="127.0.0.1:$(port karmada-controller-manager-metrics)" \
		--health-probe-bind-address="127.0.0.1:$(port karmada-controller-manager)"
	karmada_start karmada-scheduler --leader-elect=false --enable-scheduler-estimator=false \
		"${unhurried[@]}" "${unhurried_queues[@]}" \
		--metrics-bind-address="127.0.0.1:$(port karmada-scheduler-metrics)" \
		--health-probe-bind-address="127.0.0.1:$(port karmada-scheduler)"
	for name in karmada-controller-manager karmada-scheduler; do
		wait_for $name 60 curl -sf --max-time 3 "http://127.0.0.1:$(port $name)/healthz"
	done
}

control_names=(karmada-apiserver karmada-kcm karmada-aggregated-apiserver karmada-webhook
	karmada-controller-manager karmada-scheduler)

# types_up CLUSTER: the optional types (--monitoring, --mcs). They are there before Karmada starts
# or the member joins, which else learn of them only up to half a minute later.
types_up() {
	local files=() dir=$karmada_dir/crds/bases/multicluster
	if [[ -n $(setting monitoring) ]]; then
		files+=(-f "$operator_dir/servicemonitors.yaml" -f "$operator_dir/prometheusrules.yaml")
	fi
	if [[ -n $(setting mcs) && $1 != karmada ]]; then # Karmada has them anyway
		files+=(-f "$dir/multicluster.x-k8s.io_serviceexports.yaml")
		files+=(-f "$dir/multicluster.x-k8s.io_serviceimports.yaml")
	fi
	((${#files[@]} == 0)) || kubectl_on "$1" apply --server-side "${files[@]}" >/dev/null
}

# Charts of the original put their ServiceMonitors into this namespace of the control plane.
monitoring_namespace() {
	kubectl_on karmada create namespace monitoring --dry-run=client -o yaml |
		kubectl_on karmada apply -f - >/dev/null
}

# control_up: every part, in order; parts that run already are left alone. The controller manager
# comes after every API is served: its garbage collector learns later ones only at its next look
# round, up to 30 seconds on, and until then nothing below a deleted object goes away.
control_up() {
	local on=namespace,garbagecollector,serviceaccount-token,ttl-after-finished
	on+=,bootstrapsigner,tokencleaner,csrcleaner,csrsigning,clusterrole-aggregation
	kubeconfig "$state/kube/karmada.conf" karmada-apiserver "$(url karmada-apiserver)"
	apiserver_up karmada --enable-bootstrap-token-auth=true \
		--disable-admission-plugins=StorageObjectInUseProtection,ServiceAccount
	[[ -e $state/karmada/installed ]] || karmada_crds
	types_up karmada
	aggregated_apiserver_up
	webhook_up
	if [[ ! -e $state/karmada/installed ]]; then
		aggregated_api
		localised "$karmada_dir/deploy/webhook-configuration.yaml" | kubectl_on karmada apply -f - >/dev/null
		kubectl_on karmada apply -f "$karmada_dir/deploy/admin-clusterrole-aggregation.yaml" \
			-f "$karmada_dir/deploy/cluster-proxy-admin-rbac.yaml" >/dev/null
		touch "$state/karmada/installed"
	fi
	controllers_up karmada "$on"
	managers_up
	[[ -z $(setting monitoring) ]] || monitoring_namespace
}

# member_join MEMBER INDEX: registers a running member (push mode) with the facts of its entry
# in members.json; a member that has joined before is left alone.
member_join() {
	local entry provider region zone labels
	! kubectl_on karmada get cluster "$1" >/dev/null 2>&1 || return 0
	entry=$(jq -c ".members[$2 - 1]" "$state/members.json")
	provider=$(jq -r '.provider // ""' <<<"$entry")
	region=$(jq -r '.region // ""' <<<"$entry")
	zone=$(jq -r '.zone // ""' <<<"$entry")
	"$karmada_dir/karmadactl" join "$1" --kubeconfig "$state/kube/karmada.conf" \
		--cluster-kubeconfig "$state/kube/$1.conf" --cluster-context "$1" \
		--cluster-provider="$provider" --cluster-region="$region" --cluster-zones="$zone" \
		>>"$state/log/join.log" 2>&1 9>&- || die "$1 cannot join; see $state/log/join.log"
	labels=$(jq -r '.labels // {} | to_entries | map("\(.key)=\(.value)") | join(" ")' <<<"$entry")
	# shellcheck disable=SC2086
	[[ -z $labels ]] || kubectl_on karmada label --overwrite cluster "$1" $labels >/dev/null
}

# Ready and counted: what a scheduler needs to know about every member.
members_ready() {
	[[ $(kubectl_on karmada get clusters -o json | jq '[.items[]
		| select(any(.status.conditions[]?; .type == "Ready" and .status == "True"))
		| select(.status.resourceSummary.allocatable.cpu != null)] | length') == "$(member_count)" ]]
}

member_count() { jq '.members | length' "$state/members.json"; }
member_names() { seq -f member%.0f "$(member_count)"; }
