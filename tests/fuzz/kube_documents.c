// SPDX-License-Identifier: Apache-2.0
/* Any document: what servers and charts may send is read without harm. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "doc/node.h"
#include "doc/yaml.h"
#include "drive/chart_render.h"
#include "drive/helm.h"
#include "drive/kube_cluster.h"
#include "drive/kube_workload.h"
#include "model/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct render_context context = {.namespace_ = "n", .sentinel = "s"};
	struct arena a scoped_arena = {0};
	const char *text = (const char *)data;
	struct object_facts *objects;
	struct workload *workloads;
	struct release *releases;
	struct cluster cluster;
	const char **texts;
	struct node *doc;
	size_t n;

	if (yaml_read(&a, "fuzz", text, size, &doc))
		return 0;
	workloads_read(&a, doc, doc, &workloads, &n);
	warnings_read(&a, doc, &texts, &n);
	releases_read(&a, doc, &releases, &n);
	render_read(&a, doc, &context, &objects, &n);
	cluster_read(&a, doc, &cluster);
	cluster_read_nodes(&a, doc, &cluster);
	return 0;
}
