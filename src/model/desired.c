// SPDX-License-Identifier: Apache-2.0
#include "model/desired.h"

#include "base/str.h"
#include "model/document.h"

static const char *const item_kinds[] = {"namespace", "object", "release", NULL};

static const struct field release_want_fields[] = {
	{"name", FIELD_TEXT, MEMBER(release_want, name), .flags = FIELD_REQUIRED, .help = "name"},
	{"namespace", FIELD_TEXT, MEMBER(release_want, namespace_), .flags = FIELD_REQUIRED,
	 .help = "namespace"},
	{"chartRef", FIELD_TEXT, MEMBER(release_want, chart_ref), .flags = FIELD_REQUIRED,
	 .help = "reference of the chart, as written"},
	{"chartDigest", FIELD_TEXT, MEMBER(release_want, chart_digest),
	 .help = "digest of the chart to install"},
	{"chartVersion", FIELD_TEXT, MEMBER(release_want, chart_version), .help = "its version"},
	{"values", FIELD_NODE, MEMBER(release_want, values), .help = "values"},
	{"valuesHash", FIELD_TEXT, MEMBER(release_want, values_hash),
	 .help = "hash of the values, replicas left out"},
	{"plainHttp", FIELD_BOOL, MEMBER(release_want, plain_http),
	 .help = "the registry is spoken to without TLS"},
	{"setsReplicas", FIELD_BOOL, MEMBER(release_want, sets_replicas),
	 .help = "the values say how many replicas"},
	{0},
};
const struct shape release_want_shape = {"releaseWant", sizeof(struct release_want),
					 release_want_fields};

static const struct field item_fields[] = {
	{"id", FIELD_TEXT, MEMBER(item, id), .flags = FIELD_REQUIRED, .help = "id of the item"},
	{"kind", FIELD_ENUM, MEMBER(item, kind), .flags = FIELD_WRITE_ALWAYS | FIELD_REQUIRED,
	 .words = item_kinds, .help = "what it is"},
	{"service", FIELD_TEXT, MEMBER(item, service),
	 .help = "service that it serves; absent: the whole graph"},
	{"summary", FIELD_TEXT, MEMBER(item, summary), .help = "what people call it"},
	{"reason", FIELD_TEXT, MEMBER(item, reason), .help = "why it should be so"},
	{"object", FIELD_NODE, MEMBER(item, object), .help = "the manifest"},
	{"release", FIELD_PTR, MEMBER(item, release), .element = &release_want_shape,
	 .help = "the release"},
	{"after", FIELD_TEXTS, MEMBERS(item, after), .help = "ids of the items it waits for"},
	{0},
};
static const struct shape item_shape = {"item", sizeof(struct item), item_fields};

static const struct field readiness_fields[] = {
	{"service", FIELD_TEXT, MEMBER(readiness, service), .help = "service"},
	{"kind", FIELD_TEXT, MEMBER(readiness, kind), .flags = FIELD_REQUIRED,
	 .help = "kind of the workload"},
	{"name", FIELD_TEXT, MEMBER(readiness, name), .flags = FIELD_REQUIRED, .help = "its name"},
	{"namespace", FIELD_TEXT, MEMBER(readiness, namespace_), .help = "its namespace"},
	{"clusters", FIELD_TEXTS, MEMBERS(readiness, clusters),
	 .help = "where every replica must be ready"},
	{"replicas", FIELD_INT, MEMBER(readiness, replicas),
	 .help = "replicas wanted by hand, scaler or descriptor; 0: the chart's choice"},
	{"asleep", FIELD_BOOL, MEMBER(readiness, asleep), .help = "none at all are wanted"},
	{"divided", FIELD_BOOL, MEMBER(readiness, divided),
	 .help = "the replicas are divided between the clusters, not copied to each"},
	{0},
};
const struct shape readiness_shape = {"readiness", sizeof(struct readiness), readiness_fields};

DOCUMENT_KIND(desired, "Desired");

static const struct field desired_fields[] = {
	DOCUMENT_FIELDS(desired),
	{"graph", FIELD_TEXT, MEMBER(desired, graph), .help = "graph"},
	{"project", FIELD_TEXT, MEMBER(desired, project), .help = "its project"},
	{"instance", FIELD_TEXT, MEMBER(desired, instance), .help = "SMO state that wants it"},
	{"placement", FIELD_STRUCT, MEMBER(desired, placement), .element = &placement_part_shape,
	 .help = "where each service should run"},
	{"items", FIELD_LIST, MEMBERS(desired, items), .element = &item_shape,
	 .help = "what should exist, in the order of creation"},
	{"readiness", FIELD_LIST, MEMBERS(desired, readiness), .element = &readiness_shape,
	 .help = "what must be ready"},
	{0},
};
const struct shape desired_shape = {"desired", sizeof(struct desired), desired_fields};

const struct item *desired_item(const struct desired *d, const char *id)
{
	for (size_t i = 0; i < d->n_items; i++) {
		if (str_eq(d->items[i].id, id))
			return &d->items[i];
	}
	return NULL;
}
