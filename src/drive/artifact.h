// SPDX-License-Identifier: Apache-2.0
/*
 * artifact_port over OCI registries and packages on disk.
 *
 * What is pushed:
 *
 *	chart	config application/vnd.cncf.helm.config.v1+json: Chart.yaml as JSON
 *		layer  application/vnd.cncf.helm.chart.content.v1.tar+gzip: the package
 *		layer  application/vnd.cncf.helm.chart.provenance.v1.prov: FILE.prov, when it is
 *there graph	artifactType application/vnd.smo.hda-graph.v1 config
 *application/vnd.smo.hda-graph.config.v1+json: id, version, description, services layer
 *application/vnd.smo.hda-graph.content.v1.tar+gzip: the package layer  text/markdown: README.md,
 *when there is one
 *
 * Manifests hold no time, so the same package gives the same digest everywhere.
 *
 * What is taken as a graph: any artifact with one tar+gzip layer, or with YAML layers.
 */
#pragma once

#include "drive/oci_registry.h"
#include "port/artifact_port.h"

#define HELM_CONFIG_TYPE   "application/vnd.cncf.helm.config.v1+json"
#define HELM_CONTENT_TYPE  "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
#define HELM_PROV_TYPE     "application/vnd.cncf.helm.chart.provenance.v1.prov"
#define GRAPH_TYPE         "application/vnd.smo.hda-graph.v1"
#define GRAPH_CONFIG_TYPE  "application/vnd.smo.hda-graph.config.v1+json"
#define GRAPH_CONTENT_TYPE "application/vnd.smo.hda-graph.content.v1.tar+gzip"
#define README_TYPE        "text/markdown"

struct artifact_config {
	struct oci_config oci;
	const char *cache; /* a folder of ours, made when missing; NULL: charts cannot be fetched */
};

/* struct artifacts x scoped_artifacts = {0};  artifacts_open(&x, arena, &config); */
struct artifacts {
	const struct artifact_config *config;
	struct oci oci;
};

/* @config must live as long as the handle; @a holds logins and tokens. */
void artifacts_open(struct artifacts *x, struct arena *a, const struct artifact_config *config);
void artifacts_close(struct artifacts *x);
#define scoped_artifacts __attribute__((cleanup(artifacts_close)))

/* The port of the open handle @x. */
struct artifact_port artifacts_port(struct artifacts *x);
