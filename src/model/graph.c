// SPDX-License-Identifier: Apache-2.0
/*
 * The field tables of a graph.  Where the document nests deeper than struct service does, the inner
 * shape fills the same struct: its offset is 0.
 */
#include "model/graph.h"

#include "base/arena.h"
#include "base/str.h"
#include "doc/node.h"
#include "model/document.h"
#include "model/graph_parts.h"

#define AT(type, member) .at_offset = offsetof(struct type, member) + 1

enum { NULLABLE = FIELD_NULLABLE, NO_EFFECT = FIELD_NULLABLE | FIELD_NO_EFFECT };

/* ---- compute ---- */

/* A GPU that is asked for is one, of the usual make, unless more is said. */
static void finish_gpu(struct arena *a, const struct node *n, void *out, struct problems *ps)
{
	struct gpu_intent *gpu = out;

	(void)a;
	(void)ps;
	if (gpu->count && !node_get(n, "enabled"))
		gpu->enabled = true;
	if (!gpu->enabled)
		*gpu = (struct gpu_intent){0};
	else if (!gpu->count)
		gpu->count = 1;
	if (gpu->enabled && !gpu->resource)
		gpu->resource = "nvidia.com/gpu";
}

static const struct field gpu_fields[] = {
	{"enabled", FIELD_CUSTOM, MEMBER(gpu_intent, enabled), .flags = NULLABLE,
	 .custom = &loose_bool, .help = "does it need a GPU?"},
	{"count", FIELD_INT, MEMBER(gpu_intent, count), .flags = NULLABLE, .min = 1, .max = 1024,
	 .help = "how many for each replica"},
	{"resource", FIELD_CUSTOM, MEMBER(gpu_intent, resource), .flags = NULLABLE,
	 .custom = &resource_name, .help = "the resource to ask for; nvidia.com/gpu when left out"},
	{0},
};
static const struct shape gpu_shape = {"gpu",
				       sizeof(struct gpu_intent),
				       gpu_fields,
				       .rewrite = enabled_rewrite,
				       .rewrite_schema = enabled_schema,
				       .finish = finish_gpu};

static const struct field compute_fields[] = {
	{"cpu", FIELD_CUSTOM, MEMBER(service, cpu), .flags = NULLABLE, .custom = &cpu_level,
	 AT(service, cpu_at), .help = "none, light, small, medium, large, or cores"},
	{"ram", FIELD_CUSTOM, MEMBER(service, ram), .flags = NULLABLE, .custom = &bytes_level,
	 AT(service, ram_at), .help = "none, light, small, medium, large, or bytes"},
	{"storage", FIELD_CUSTOM, MEMBER(service, storage), .flags = NULLABLE,
	 .custom = &bytes_level, AT(service, storage_at),
	 .help = "none, light, small, medium, large, or bytes"},
	{"gpu", FIELD_STRUCT, MEMBER(service, gpu), .flags = NULLABLE, .element = &gpu_shape,
	 .help = "accelerators"},
	{0},
};
static const struct shape compute_shape = {"compute intent", sizeof(struct service),
					   compute_fields};

/* ---- where ---- */

static const struct field location_fields[] = {
	{"clusters", FIELD_TEXTS, MEMBERS(location_intent, clusters), .flags = NULLABLE,
	 .help = "only on these"},
	{"regions", FIELD_TEXTS, MEMBERS(location_intent, regions), .flags = NULLABLE,
	 .help = "only in these"},
	{"zones", FIELD_TEXTS, MEMBERS(location_intent, zones), .flags = NULLABLE,
	 .help = "only in these"},
	{"providers", FIELD_TEXTS, MEMBERS(location_intent, providers), .flags = NULLABLE,
	 .help = "only with these"},
	{"tolerations", FIELD_TEXTS, MEMBERS(location_intent, tolerations), .flags = NULLABLE,
	 .help = "keys of cluster taints that do not keep it away"},
	{0},
};
static const struct shape location_shape = {"location intent", sizeof(struct location_intent),
					    location_fields};

static const struct field intent_fields[] = {
	{"compute", FIELD_STRUCT, 0, .flags = NULLABLE, .element = &compute_shape,
	 .help = "what each replica needs"},
	{"network", FIELD_STRUCT, 0, .flags = NULLABLE, .element = &network_shape,
	 .help = "how it is connected"},
	{"connectionPoints", FIELD_CUSTOM, 0, .flags = NULLABLE, .custom = &connection_points,
	 .help = "the services it calls"},
	{"coLocation", FIELD_LIST, MEMBERS(service, co_locations), .flags = NULLABLE,
	 .element = &co_location_shape, .help = "services to share a cluster with"},
	{"metrics", FIELD_NODE, MEMBER(service, metrics), .flags = NO_EFFECT,
	 .help = "metrics of interest"},
	{"highAvailability", FIELD_STRUCT, MEMBER(service, ha), .flags = NULLABLE,
	 .element = &ha_shape, .help = "copies on several clusters"},
	{"location", FIELD_STRUCT, MEMBER(service, location), .flags = NULLABLE,
	 .element = &location_shape, .help = "where it may run"},
	{0},
};
static const struct shape intent_shape = {"service intent", sizeof(struct service), intent_fields};

/* ---- deployment ---- */

static const struct field deployment_fields[] = {
	{"trigger", FIELD_STRUCT, MEMBER(service, trigger), .flags = NULLABLE,
	 .element = &trigger_shape, .help = "when it starts; at once when left out"},
	{"replicas", FIELD_INT, MEMBER(service, replicas), .flags = NULLABLE, .min = 1,
	 .max = 10000, .help = "how many copies; as the chart says when left out"},
	{"scaling", FIELD_PTR, MEMBER(service, scaling), .flags = NULLABLE,
	 .element = &scaling_shape, .help = "how the copies follow the load"},
	{"intent", FIELD_STRUCT, 0, .flags = NULLABLE, .element = &intent_shape,
	 .help = "what it needs"},
	{0},
};
static const struct shape deployment_shape = {"deployment", sizeof(struct service),
					      deployment_fields};

/* ---- artifact ---- */

static const struct field config_fields[] = {
	{"type", FIELD_TEXT, MEMBER(service, type), .flags = NULLABLE,
	 .help = "App, VO (a virtual object) ..."},
	{"implementer", FIELD_TEXT, MEMBER(service, implementer), .flags = NULLABLE,
	 .help = "HELM, or WOT: values go under voChartOverwrite"},
	{0},
};
static const struct shape config_shape = {"artifact configuration", sizeof(struct service),
					  config_fields};

static const struct field run_fields[] = {
	{"name", FIELD_TEXT, MEMBER(service, run_name), .flags = NULLABLE, .help = "HELM"},
	{"version", FIELD_CUSTOM, MEMBER(service, run_version), .flags = NULLABLE,
	 .custom = &loose_text, .help = "of Helm"},
	{0},
};
static const struct shape run_shape = {"artifact runtime", sizeof(struct service), run_fields};

static const struct field mapping_fields[] = {
	{"replicas", FIELD_TEXT, MEMBER(values_mapping, replicas),
	 .flags = NULLABLE | FIELD_NON_EMPTY, .help = "path of the number of replicas"},
	{"cpu", FIELD_TEXT, MEMBER(values_mapping, cpu), .flags = NULLABLE | FIELD_NON_EMPTY,
	 .help = "path of the cpu request, such as resources.requests.cpu"},
	{"memory", FIELD_TEXT, MEMBER(values_mapping, memory), .flags = NULLABLE | FIELD_NON_EMPTY,
	 .help = "path of the memory request"},
	{"gpu", FIELD_TEXT, MEMBER(values_mapping, gpu), .flags = NULLABLE | FIELD_NON_EMPTY,
	 .help = "path of the number of GPUs"},
	{"clusters", FIELD_TEXT, MEMBER(values_mapping, clusters),
	 .flags = NULLABLE | FIELD_NON_EMPTY, .help = "path of the clusters it runs on"},
	{"importClusters", FIELD_TEXT, MEMBER(values_mapping, import_clusters),
	 .flags = NULLABLE | FIELD_NON_EMPTY, .help = "path of the clusters that call it"},
	{0},
};
static const struct shape mapping_shape = {"values mapping", sizeof(struct values_mapping),
					   mapping_fields};

static const struct field artifact_fields[] = {
	{"ociImage", FIELD_CUSTOM, MEMBER(service, oci_image), .flags = FIELD_REQUIRED,
	 .custom = &chart_reference, AT(service, image_at),
	 .help = "the chart: oci://HOST/PATH[:TAG][@DIGEST], or a path"},
	{"ref", FIELD_CUSTOM, MEMBER(service, oci_image), .flags = FIELD_ALIAS,
	 .custom = &chart_reference, AT(service, image_at), .help = "the old name of ociImage",
	 .instead_of = "ociImage"},
	{"ociConfig", FIELD_STRUCT, 0, .flags = NULLABLE, .element = &config_shape,
	 .help = "what kind of artifact it is"},
	{"spec", FIELD_STRUCT, 0, .flags = NULLABLE | FIELD_ALIAS, .element = &config_shape,
	 .help = "the old name of ociConfig"},
	{"ociRun", FIELD_STRUCT, 0, .flags = NULLABLE, .element = &run_shape,
	 .help = "what runs it"},
	{"valuesOverwrite", FIELD_CUSTOM, MEMBER(service, values), .flags = NULLABLE,
	 .custom = &chart_values, .help = "values for the chart"},
	{"valuesMapping", FIELD_STRUCT, MEMBER(service, mapping), .flags = NULLABLE,
	 .element = &mapping_shape, .help = "where the chart takes what SMO decides"},
	{0},
};
static const struct shape artifact_shape = {"artifact", sizeof(struct service), artifact_fields};

/* ---- service ---- */

static const struct field service_fields[] = {
	{"id", FIELD_CUSTOM, MEMBER(service, id), .flags = FIELD_REQUIRED, .custom = &service_id,
	 AT(service, id_at), .help = "unique in the graph; becomes the name of the Helm release"},
	{"name", FIELD_TEXT, MEMBER(service, name), .flags = NULLABLE, .help = "for people"},
	{"connectionPoints", FIELD_CUSTOM, 0, .flags = NULLABLE | FIELD_ALIAS,
	 .custom = &connection_points,
	 .help = "an old place of deployment.intent.connectionPoints"},
	{"artifact", FIELD_STRUCT, 0, .flags = FIELD_REQUIRED, .element = &artifact_shape,
	 .help = "what is installed"},
	{"deployment", FIELD_STRUCT, 0, .flags = NULLABLE, .element = &deployment_shape,
	 .help = "when, how often and under which conditions"},
	{0},
};
static const struct shape service_shape = {"service", sizeof(struct service), service_fields,
					   AT(service, at)};

/* ---- graph ---- */

static void finish_graph(struct arena *a, const struct node *n, void *out, struct problems *ps)
{
	(void)n;
	connection_flags_resolve(a, out, ps);
}

static const struct field graph_fields[] = {
	{"imVersion", FIELD_CUSTOM, MEMBER(graph, im_version), .flags = NULLABLE,
	 .custom = &loose_text, AT(graph, im_version_at), .help = "version of this form: 0.4.0"},
	{"id", FIELD_CUSTOM, MEMBER(graph, id), .flags = FIELD_REQUIRED, .custom = &graph_id,
	 AT(graph, id_at), .help = "name of the graph"},
	{"version", FIELD_CUSTOM, MEMBER(graph, version), .flags = NULLABLE, .custom = &loose_text,
	 AT(graph, version_at), .help = "of the graph, as semver.org has it"},
	{"designer", FIELD_TEXT, MEMBER(graph, designer), .flags = NULLABLE, .help = "who made it"},
	{"description", FIELD_TEXT, MEMBER(graph, description), .flags = NULLABLE,
	 .help = "what it is for"},
	{"hdaGraphIntent", FIELD_STRUCT, MEMBER(graph, intent), .flags = NULLABLE,
	 .element = &graph_intent_shape, .help = "wishes for the whole"},
	{"services", FIELD_LIST, MEMBERS(graph, services),
	 .flags = FIELD_REQUIRED | FIELD_NON_EMPTY, .element = &service_shape,
	 .help = "what the application is made of"},
	{0},
};
const struct shape graph_shape = {"graph", sizeof(struct graph), graph_fields,
				  .finish = finish_graph};

/* ---- whole descriptors ---- */

static const struct field old_descriptor_fields[] = {
	{"hdaGraph", FIELD_STRUCT, 0, .flags = FIELD_REQUIRED, .element = &graph_shape,
	 .help = "the graph"},
	{0},
};
static const struct shape old_descriptor_shape = {"old descriptor", sizeof(struct graph),
						  old_descriptor_fields};

static const struct field descriptor_fields[] = {
	{"hdaGraph", FIELD_STRUCT, 0, .flags = FIELD_REQUIRED, .element = &graph_shape,
	 .help = "the graph"},
	{"hdag", FIELD_STRUCT, 0, .flags = FIELD_ALIAS, .element = &old_descriptor_shape,
	 .help = "an old wrapping", .instead_of = "hdaGraph"},
	{0},
};
const struct shape descriptor_shape = {"descriptor", sizeof(struct graph), descriptor_fields};

static void tell_others(const struct node *map, const char *known, struct problems *ps)
{
	for (const struct node *c = map->first; c; c = c->next)
		if (!str_eq(c->key, known))
			problems_add(ps, ps->strict ? SEVERITY_ERROR : SEVERITY_WARNING, c->key_at,
				     "unknown-key", "'%s' beside '%s' is ignored", c->key, known);
}

struct node *graph_unwrap(struct node *doc, struct problems *ps)
{
	struct node *old = node_get(doc, "hdag");
	struct node *outer = node_get(doc, "hdaGraph") || !node_get(old, "hdaGraph") ? doc : old;
	struct node *graph = node_get(outer, "hdaGraph");

	if (!graph) {
		struct problem *p =
			problems_add(ps, SEVERITY_ERROR, doc->at, "no-graph",
				     "Invalid HDAG descriptor format: 'hdaGraph' is missing");
		if (node_get(doc, "services"))
			p->hint = "Put the graph under the key 'hdaGraph'.";
		return NULL;
	}
	if (outer == old)
		tell_others(doc, "hdag", ps);
	tell_others(outer, "hdaGraph", ps);
	return graph;
}

void graph_read(struct arena *a, struct node *doc, struct graph *ret_graph, struct problems *ps)
{
	const struct node *n = graph_unwrap(doc, ps);

	*ret_graph = (struct graph){0};
	if (n)
		bind_read(a, &graph_shape, n, ret_graph, ps);
}

struct service *graph_service(const struct graph *g, const char *id)
{
	for (size_t i = 0; i < g->n_services; i++)
		if (str_eq(g->services[i].id, id))
			return &g->services[i];
	return NULL;
}
