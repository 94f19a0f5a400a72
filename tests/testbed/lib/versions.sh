# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
#
# The versions of every peer that is built from source, and where the results are kept.
# Sourced by build-peers and by the scripts that start the peers. A changed version means a new
# folder in the cache, so two checkouts with different versions never disturb each other.

helm3_version=3.21.4
helm4_version=4.2.4
oras_version=1.3.3
helm3_renders_for=1.36 # the Kubernetes of its client library
kubernetes_version=1.35.8
karmada_version=1.18.2
operator_version=0.93.0
grafana_sdk_version=0.0.22

peers_dir=${SMO_PEERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/smo-peers}

helm3_dir=$peers_dir/helm-$helm3_version
helm4_dir=$peers_dir/helm-$helm4_version
oras_dir=$peers_dir/oras-$oras_version
kubernetes_dir=$peers_dir/kubernetes-$kubernetes_version
karmada_dir=$peers_dir/karmada-$karmada_version
operator_dir=$peers_dir/prometheus-operator-$operator_version
grafana_dir=$peers_dir/grafana-sdk-$grafana_sdk_version
