# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# Keys and certificates, made with openssl alone. All keys are P-256: making them takes no time.

new_key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256)

# pki_ca FILE COMMON_NAME: FILE.crt and FILE.key of a new certificate authority.
pki_ca() {
	openssl req -x509 "${new_key[@]}" -days 30 -subj "/CN=$2" -keyout "$1.key" -out "$1.crt" \
		-addext basicConstraints=critical,CA:TRUE \
		-addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature 2>/dev/null
}

# pki_cert FILE CA SUBJECT [ALTERNATIVE_NAMES]: FILE.crt and FILE.key signed by CA.
pki_cert() {
	{
		echo keyUsage=critical,digitalSignature
		echo extendedKeyUsage=clientAuth,serverAuth
		[[ -z ${4:-} ]] || echo "subjectAltName=$4"
	} >"$1.ext"
	openssl req "${new_key[@]}" -subj "$3" -keyout "$1.key" -out "$1.csr" 2>/dev/null
	openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -days 30 -sha256 \
		-extfile "$1.ext" -out "$1.crt" 2>/dev/null
	rm -f "$1.csr" "$1.ext"
}

# pki_federation: everything that the clusters share, in $state/pki, unless it is there.
pki_federation() {
	local dir=$state/pki names
	[[ ! -e $dir/complete ]] || return 0
	rm -rf "$dir"
	mkdir -p "$dir"
	names=DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc
	names+=',DNS:*.karmada-system.svc,DNS:*.karmada-system.svc.cluster.local,IP:127.0.0.1,IP:10.96.0.1'
	pki_ca "$dir/ca" testbed-ca
	pki_ca "$dir/front-proxy-ca" testbed-front-proxy-ca
	pki_cert "$dir/server" "$dir/ca" /CN=server "$names"
	pki_cert "$dir/admin" "$dir/ca" /O=system:masters/CN=system:admin
	pki_cert "$dir/front-proxy-client" "$dir/front-proxy-ca" /CN=front-proxy-client
	openssl ecparam -name prime256v1 -genkey -noout -out "$dir/sa.key"
	openssl ec -in "$dir/sa.key" -pubout -out "$dir/sa.pub" 2>/dev/null
	mkdir "$dir/webhook"
	cp "$dir/server.crt" "$dir/webhook/tls.crt"
	cp "$dir/server.key" "$dir/webhook/tls.key"
	touch "$dir/complete"
}

# kubeconfig FILE CONTEXT URL: one cluster, one user, certificates embedded.
kubeconfig() {
	local dir=$state/pki
	mkdir -p "${1%/*}"
	cat >"$1" <<-CONF
		apiVersion: v1
		kind: Config
		current-context: $2
		contexts:
		- name: $2
		  context: {cluster: $2, user: $2-admin}
		clusters:
		- name: $2
		  cluster:
		    server: $3
		    certificate-authority-data: $(base64 -w 0 "$dir/ca.crt")
		users:
		- name: $2-admin
		  user:
		    client-certificate-data: $(base64 -w 0 "$dir/admin.crt")
		    client-key-data: $(base64 -w 0 "$dir/admin.key")
	CONF
}
