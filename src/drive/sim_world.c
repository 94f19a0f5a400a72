// SPDX-License-Identifier: Apache-2.0
#include "drive/sim_world.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "doc/yaml.h"
#include "model/document.h"
#include "model/duration.h"

enum { NODES_MAX = 10000 };

#define START "2026-01-01T00:00:00Z"

static const struct field nodes_fields[] = {
	{"name", FIELD_TEXT, MEMBER(sim_nodes, name),
	 .help = "what their names begin with; absent: the cluster's name"},
	{"count", FIELD_INT, MEMBER(sim_nodes, count), .min = 0, .max = NODES_MAX,
	 .help = "how many of them; absent: one"},
	{"capacity", FIELD_CUSTOM, MEMBER(sim_nodes, capacity), .flags = FIELD_REQUIRED,
	 .custom = &amounts_down, .help = "cpu, memory, ephemeral-storage, devices of each"},
	{0},
};
static const struct shape nodes_shape = {"simNodes", sizeof(struct sim_nodes), nodes_fields};

static const struct field site_fields[] = {
	{"name", FIELD_TEXT, MEMBER(sim_site, facts.name),
	 .flags = FIELD_REQUIRED | FIELD_NON_EMPTY, .help = "name of the cluster"},
	{"region", FIELD_TEXT, MEMBER(sim_site, facts.region), .help = "region"},
	{"zones", FIELD_TEXTS, MEMBER(sim_site, facts.zones),
	 .count_offset = offsetof(struct sim_site, facts.n_zones), .help = "zones"},
	{"provider", FIELD_TEXT, MEMBER(sim_site, facts.provider), .help = "provider"},
	{"location", FIELD_TEXT, MEMBER(sim_site, facts.location), .help = "where it stands"},
	{"kubernetesVersion", FIELD_TEXT, MEMBER(sim_site, facts.kubernetes_version),
	 .help = "version of its API server"},
	{"labels", FIELD_TEXTMAP, MEMBER(sim_site, facts.labels),
	 .count_offset = offsetof(struct sim_site, facts.n_labels), .help = "labels"},
	{"taints", FIELD_LIST, MEMBER(sim_site, facts.taints),
	 .count_offset = offsetof(struct sim_site, facts.n_taints), .element = &taint_shape,
	 .help = "taints"},
	{"nodes", FIELD_LIST, MEMBERS(sim_site, nodes), .flags = FIELD_REQUIRED | FIELD_NON_EMPTY,
	 .element = &nodes_shape, .help = "its nodes"},
	{"base", FIELD_CUSTOM, MEMBER(sim_site, base), .custom = &amounts_up,
	 .help = "what the cluster itself takes of its nodes"},
	{"readyAfter", FIELD_TEXT, MEMBER(sim_site, ready_after),
	 .help = "how long a pod takes to be ready here"},
	{"withoutMcs", FIELD_BOOL, MEMBER(sim_site, without_mcs),
	 .help = "does not serve ServiceExport and ServiceImport from the start"},
	{"priceCpu", FIELD_REAL, MEMBER(sim_site, facts.price_cpu), .max = 1e9,
	 .help = "price of one core for one hour"},
	{"priceMemory", FIELD_REAL, MEMBER(sim_site, facts.price_memory), .max = 1e9,
	 .help = "price of one GiB of memory for one hour"},
	{"carbon", FIELD_REAL, MEMBER(sim_site, facts.carbon), .max = 1e9,
	 .help = "gCO2e per kWh, or any relative figure"},
	{"hasCarbon", FIELD_BOOL, MEMBER(sim_site, facts.has_carbon),
	 .help = "carbon is known although it is 0"},
	{"distances", FIELD_LIST, MEMBER(sim_site, facts.distances),
	 .count_offset = offsetof(struct sim_site, facts.n_distances), .element = &distance_shape,
	 .help = "to other clusters"},
	{0},
};
static const struct shape site_shape = {"simCluster", sizeof(struct sim_site), site_fields};

static const struct field chart_fields[] = {
	{"ref", FIELD_TEXT, MEMBER(sim_chart, ref), .flags = FIELD_REQUIRED | FIELD_NON_EMPTY,
	 .help = "reference, with or without a tag"},
	{"error", FIELD_TEXT, MEMBER(sim_chart, error), .help = "asking for it fails so"},
	{"name", FIELD_TEXT, MEMBER(sim_chart, name), .help = "name of the chart"},
	{"version", FIELD_TEXT, MEMBER(sim_chart, version), .help = "version of the chart"},
	{"appVersion", FIELD_TEXT, MEMBER(sim_chart, app_version),
	 .help = "version of what it runs"},
	{"replicasPath", FIELD_TEXT, MEMBER(sim_chart, replicas_path),
	 .help = "value that sets replicas; absent: replicaCount"},
	{"legacy", FIELD_BOOL, MEMBER(sim_chart, legacy),
	 .help = "brings policies that follow the value clustersAffinity"},
	{"hasSchema", FIELD_BOOL, MEMBER(sim_chart, has_schema), .help = "has a schema of values"},
	{"data", FIELD_BOOL, MEMBER(sim_chart, data), .help = "keeps data in a volume"},
	{"readyAfter", FIELD_TEXT, MEMBER(sim_chart, ready_after),
	 .help = "how long its pods take to be ready"},
	{"objects", FIELD_LIST, MEMBERS(sim_chart, objects), .element = &object_facts_shape,
	 .help = "what it renders; absent: a Deployment and a Service"},
	{0},
};
static const struct shape chart_shape = {"simChart", sizeof(struct sim_chart), chart_fields};

DOCUMENT_KIND(world, "World");

static const struct field world_fields[] = {
	DOCUMENT_FIELDS(world),
	{"name", FIELD_TEXT, MEMBER(sim_world, name), .help = "name of the world"},
	{"description", FIELD_TEXT, MEMBER(sim_world, description), .help = "for people"},
	{"start", FIELD_TEXT, MEMBER(sim_world, start), .help = "where its clock begins, RFC 3339"},
	{"readyAfter", FIELD_TEXT, MEMBER(sim_world, ready_after),
	 .help = "how long a pod takes to be ready"},
	{"heartbeat", FIELD_TEXT, MEMBER(sim_world, heartbeat),
	 .help = "until a cluster that is down is noticed"},
	{"clusters", FIELD_LIST, MEMBERS(sim_world, sites),
	 .flags = FIELD_REQUIRED | FIELD_NON_EMPTY, .element = &site_shape,
	 .help = "clusters of the federation"},
	{"charts", FIELD_LIST, MEMBERS(sim_world, charts), .element = &chart_shape,
	 .help = "what charts render"},
	{0},
};
const struct shape sim_world_shape = {"world", sizeof(struct sim_world), world_fields};

int64_t sim_world_ms(const char *duration, int64_t otherwise)
{
	int64_t ms;

	return duration && duration_parse(duration, &ms) ? ms : otherwise;
}

static bool parse_time(const char *text, int64_t *ret_ms)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	if (!rest || *rest)
		return false;
	*ret_ms = (int64_t)timegm(&tm) * 1000;
	return true;
}

int64_t sim_world_start(const struct sim_world *w)
{
	int64_t ms = 0;

	if (!w->start || !parse_time(w->start, &ms))
		parse_time(START, &ms);
	return ms;
}

struct sim_site *sim_world_site(const struct sim_world *w, const char *name)
{
	for (size_t i = 0; i < w->n_sites; i++) {
		if (str_eq(w->sites[i].facts.name, name))
			return &w->sites[i];
	}
	return NULL;
}

/* Length of @ref without its tag and digest: "host:5000/a/b:1.0@sha256:..." -> "host:5000/a/b". */
static size_t untagged(const char *ref)
{
	const char *at = strchr(ref, '@');
	size_t len = at ? (size_t)(at - ref) : strlen(ref);

	for (size_t i = len; i-- > 0 && ref[i] != '/';) {
		if (ref[i] == ':')
			return i;
	}
	return len;
}

const struct sim_chart *sim_world_chart(const struct sim_world *w, const char *ref)
{
	size_t len = untagged(ref);

	for (size_t i = 0; i < w->n_charts; i++) {
		if (str_eq(w->charts[i].ref, ref))
			return &w->charts[i];
	}
	for (size_t i = 0; i < w->n_charts; i++) {
		if (strlen(w->charts[i].ref) == len && !strncmp(w->charts[i].ref, ref, len))
			return &w->charts[i];
	}
	return NULL;
}

/* ---- checking ---- */

static struct err *check_duration(struct arena *a, const char *key, const char *text)
{
	int64_t ms;

	if (!text || (duration_parse(text, &ms) && ms <= INT64_C(86400000)))
		return NULL;
	return err_new(a, ERR_INPUT,
		       "'%s' must be a duration of a day at most such as 3s, not '%s'", key, text);
}

static struct err *check_site(struct arena *a, const struct sim_world *w, const struct sim_site *s)
{
	const char *name = s->facts.name;

	TRY(err_wrap(a, check_duration(a, "readyAfter", s->ready_after), "cluster '%s'", name));
	for (size_t i = 0; i < s->n_nodes; i++) {
		if (!amounts_has(&s->nodes[i].capacity, "cpu") ||
		    !amounts_has(&s->nodes[i].capacity, "memory"))
			return err_new(a, ERR_INPUT, "cluster '%s': nodes need cpu and memory",
				       name);
	}
	for (size_t i = 0; i < s->facts.n_distances; i++) {
		if (!sim_world_site(w, s->facts.distances[i].to))
			return err_new(a, ERR_INPUT, "cluster '%s': no cluster '%s' to be far from",
				       name, s->facts.distances[i].to);
	}
	return NULL;
}

struct err *sim_world_check(struct arena *a, const struct sim_world *w)
{
	struct map names = {.a = a};
	int64_t ms;

	if (!w->n_sites)
		return err_new(a, ERR_INPUT, "a world needs clusters");
	if (w->start && !parse_time(w->start, &ms))
		return err_new(a, ERR_INPUT, "'start' must be a time such as " START ", not '%s'",
			       w->start);
	TRY(check_duration(a, "readyAfter", w->ready_after));
	TRY(check_duration(a, "heartbeat", w->heartbeat));
	for (size_t i = 0; i < w->n_sites; i++) {
		const char *name = w->sites[i].facts.name;

		if (!name || map_get(&names, name))
			return err_new(a, ERR_INPUT, "two clusters are called '%s'", name);
		map_put(&names, name, &w->sites[i]);
		TRY(check_site(a, w, &w->sites[i]));
	}
	for (size_t i = 0; i < w->n_charts; i++)
		TRY(err_wrap(a, check_duration(a, "readyAfter", w->charts[i].ready_after),
			     "chart '%s'", w->charts[i].ref));
	return NULL;
}

struct err *sim_world_read(struct arena *a, const char *source, const char *text, size_t size,
			   struct sim_world *ret_world)
{
	struct problems ps = {.a = a, .strict = true};
	struct sim_world w = {0};
	struct node *doc;

	TRY(yaml_read(a, source, text, size, &doc));
	bind_read(a, &sim_world_shape, doc, &w, &ps);
	TRY(problems_err(a, &ps));
	TRY(err_wrap(a, sim_world_check(a, &w), "%s", source));
	*ret_world = w;
	return NULL;
}
