# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# Kubernetes clusters as plain processes on loopback: one etcd for all of them, each cluster with
# a prefix, an API server, a controller manager and (members only) a scheduler of its own.

# Ports, as distances from the port base: etcd 0 and 1, the Karmada control plane 10 to 19,
# member I from 20 + 10 I to 22 + 10 I.
port() { # NAME
	local base
	base=$(setting port-base)
	case $1 in
	etcd) echo $((base)) ;;
	etcd-peer) echo $((base + 1)) ;;
	karmada-apiserver) echo $((base + 10)) ;;
	karmada-kcm) echo $((base + 11)) ;;
	karmada-aggregated-apiserver) echo $((base + 12)) ;;
	karmada-webhook) echo $((base + 13)) ;;
	karmada-webhook-metrics) echo $((base + 14)) ;;
	karmada-webhook-probe) echo $((base + 15)) ;;
	karmada-scheduler-metrics) echo $((base + 16)) ;;
	karmada-scheduler) echo $((base + 17)) ;;
	karmada-controller-manager-metrics) echo $((base + 18)) ;;
	karmada-controller-manager) echo $((base + 19)) ;;
	member*-apiserver) echo $((base + 20 + 10 * $(member_index "${1%-*}"))) ;;
	member*-kcm) echo $((base + 21 + 10 * $(member_index "${1%-*}"))) ;;
	member*-scheduler) echo $((base + 22 + 10 * $(member_index "${1%-*}"))) ;;
	*) die "no port for \"$1\"" ;;
	esac
}

member_index() { printf '%s\n' "${1#member}"; }
url() { printf 'https://127.0.0.1:%s\n' "$(port "$1")"; }
healthy() { curl -sf --max-time 3 --cacert "$state/pki/ca.crt" "$1"; }
kubectl_on() { # CLUSTER ARGUMENT...
	local conf=$state/kube/$1.conf
	shift
	"$kubernetes_dir/kubectl" --kubeconfig "$conf" --cache-dir "$state/kube/cache" "$@"
}

etcd_up() {
	local client peer
	client=http://127.0.0.1:$(port etcd)
	peer=http://127.0.0.1:$(port etcd-peer)
	need_port etcd "$(port etcd)"
	start etcd etcd --name testbed --data-dir "$state/etcd" --log-level warn --unsafe-no-fsync \
		--listen-client-urls "$client" --advertise-client-urls "$client" \
		--listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
		--initial-cluster "testbed=$peer" --quota-backend-bytes=2147483648
	wait_for etcd 30 curl -sf --max-time 3 "$client/health"
}

# --endpoint-reconciler-type=none: no dependence on a default route, and loopback is then allowed.
apiserver_up() { # CLUSTER EXTRA_FLAG...
	local cluster=$1 pki=$state/pki
	shift
	need_port "$cluster-apiserver" "$(port "$cluster-apiserver")"
	start "$cluster-apiserver" "$kubernetes_dir/kube-apiserver" \
		--etcd-servers="http://127.0.0.1:$(port etcd)" --etcd-prefix="/$cluster" \
		--bind-address=127.0.0.1 --secure-port="$(port "$cluster-apiserver")" \
		--advertise-address=192.0.2.1 --endpoint-reconciler-type=none \
		--authorization-mode=Node,RBAC --allow-privileged=true \
		--client-ca-file="$pki/ca.crt" \
		--tls-cert-file="$pki/server.crt" --tls-private-key-file="$pki/server.key" \
		--service-account-issuer=https://kubernetes.default.svc \
		--service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key" \
		--service-cluster-ip-range=10.96.0.0/16 \
		--requestheader-client-ca-file="$pki/front-proxy-ca.crt" \
		--requestheader-allowed-names=front-proxy-client \
		--requestheader-extra-headers-prefix=X-Remote-Extra- \
		--requestheader-group-headers=X-Remote-Group \
		--requestheader-username-headers=X-Remote-User \
		--proxy-client-cert-file="$pki/front-proxy-client.crt" \
		--proxy-client-key-file="$pki/front-proxy-client.key" "$@"
	wait_for "$cluster-apiserver" 120 healthy "$(url "$cluster-apiserver")/readyz"
}

controllers_up() { # CLUSTER CONTROLLERS
	local cluster=$1 conf=$state/kube/$1.conf pki=$state/pki
	need_port "$cluster-kcm" "$(port "$cluster-kcm")"
	start "$cluster-kcm" "$kubernetes_dir/kube-controller-manager" --kubeconfig="$conf" \
		--authentication-kubeconfig="$conf" --authorization-kubeconfig="$conf" \
		--bind-address=127.0.0.1 --secure-port="$(port "$cluster-kcm")" \
		--tls-cert-file="$pki/server.crt" --tls-private-key-file="$pki/server.key" \
		--leader-elect=false --use-service-account-credentials=true --cluster-name="$cluster" \
		"${unhurried[@]}" \
		--service-account-private-key-file="$pki/sa.key" --root-ca-file="$pki/ca.crt" \
		--cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
		--controllers="$2"
	wait_for "$cluster-kcm" 60 healthy "$(url "$cluster-kcm")/healthz"
}

scheduler_up() { # CLUSTER
	local cluster=$1 conf=$state/kube/$1.conf pki=$state/pki
	need_port "$cluster-scheduler" "$(port "$cluster-scheduler")"
	start "$cluster-scheduler" "$kubernetes_dir/kube-scheduler" --kubeconfig="$conf" \
		--authentication-kubeconfig="$conf" --authorization-kubeconfig="$conf" \
		--bind-address=127.0.0.1 --secure-port="$(port "$cluster-scheduler")" \
		--tls-cert-file="$pki/server.crt" --tls-private-key-file="$pki/server.key" \
		--leader-elect=false
	wait_for "$cluster-scheduler" 60 healthy "$(url "$cluster-scheduler")/healthz"
}

# Nodes are fake and renew no lease, so the controllers that would evict their pods stay off.
member_up() { # MEMBER
	local off=-nodelifecycle,-nodeipam,-node-route-controller,-service-lb-controller
	kubeconfig "$state/kube/$1.conf" "$1" "$(url "$1-apiserver")"
	apiserver_up "$1"
	controllers_up "$1" "*,$off,-cloud-node-lifecycle"
	scheduler_up "$1"
}

member_down() { stop "$1-apiserver" "$1-kcm" "$1-scheduler"; }
