// SPDX-License-Identifier: Apache-2.0
/*
 * Helm releases in a Kubernetes or Karmada control plane: fills release_port.
 *
 * Releases are read from the metadata of their Secrets, which is what helm itself keeps them in;
 * helm runs only to change something.  It never waits for readiness (it cannot on Karmada) and is
 * told to apply from the client's side under Helm 4 too, so that both versions treat what others
 * changed alike (ADR 0010).
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"
#include "port/release_port.h"

struct arena;
struct chart_store;
struct err;
struct helm;
struct kube;
struct kube_config;
struct node;
struct releases;

struct releases_settings {
	const struct kube_config *config; /* where helm goes, the same as @kube */
	struct kube *kube;
	const struct helm *helm;
	struct chart_store *charts;
	int history_max; /* revisions kept of a release; 0: 5 */
};

struct err *releases_open(struct arena *a, const struct releases_settings *settings,
			  struct releases **ret_releases) must_check;

struct release_port helm_release_port(struct releases *r);

/*
 * The newest revision of each release among @secrets (their metadata), sorted by namespace and
 * name.
 */
void releases_read(struct arena *a, const struct node *secrets, struct release **ret_releases,
		   size_t *ret_n);
