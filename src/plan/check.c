// SPDX-License-Identifier: Apache-2.0
#include "plan/check.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "doc/node.h"
#include "plan/check_parts.h"
#include "plan/rules.h"

#define IM_VERSION "0.4.0"

size_t checking_find(const struct checking *c, const char *id)
{
	const struct service *s = map_get(&c->services, id);

	return s ? (size_t)(s - c->g->services) : SIZE_MAX;
}

/* ---- names ---- */

static const char *place_text(struct arena *a, struct mark at)
{
	return at.line ? arena_printf(a, "The first one is at line %u.", at.line) : NULL;
}

/* Fill the index of ids; ids that are missing were told by the reader. */
static void check_ids(struct checking *c)
{
	const struct graph *g = c->g;
	const char **ids = arena_new_n(c->a, const char *, g->n_services + 1);
	size_t n = 0;

	for (size_t i = 0; i < g->n_services; i++) {
		struct service *s = &g->services[i];

		if (!s->id || !*s->id)
			continue;
		const struct service *first = map_get(&c->services, s->id);
		if (first) {
			problems_add(c->ps, SEVERITY_ERROR, s->id_at, "duplicate-id",
				     "service '%s' appears twice", s->id)
				->hint = place_text(c->a, first->id_at);
			continue;
		}
		map_put(&c->services, s->id, s);
		ids[n++] = s->id;
		if (s->id[0] >= '0' && s->id[0] <= '9')
			problems_add(c->ps, SEVERITY_WARNING, s->id_at, "leading-digit",
				     "service '%s' begins with a digit", s->id)
				->hint = "Kubernetes refuses Services with such names before 1.34.";
	}
	c->ids = ids;
}

/* The end of a number without leading zeros at @s, or NULL. */
static const char *number(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n == 0 || (n > 1 && s[0] == '0') ? NULL : s + n;
}

/* The end of dot-separated words as in semver.org, or NULL; numeric ones without leading zeros when
 * @strict. */
static const char *words(const char *s, bool strict)
{
	static const char letters[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";

	for (;; s++) {
		size_t n = strspn(s, letters), digits = strspn(s, "0123456789");
		if (n == 0 || (strict && n == digits && n > 1 && *s == '0'))
			return NULL;
		s += n;
		if (*s != '.')
			return s;
	}
}

static bool is_semver(const char *s)
{
	for (int part = 0; part < 3; part++) {
		s = number(s);
		if (!s || (part < 2 && *s++ != '.'))
			return false;
	}
	if (*s == '-')
		s = words(s + 1, true);
	if (s && *s == '+')
		s = words(s + 1, false);
	return s && !*s;
}

static void check_versions(struct checking *c)
{
	const struct graph *g = c->g;

	if (g->version && !is_semver(g->version))
		problems_add(c->ps, SEVERITY_WARNING, g->version_at, "bad-version",
			     "version '%s' is not a semantic version", g->version)
			->hint = "Write three numbers, such as 1.0.0.";
	if (g->im_version && !str_eq(g->im_version, IM_VERSION))
		problems_add(c->ps, SEVERITY_WARNING, g->im_version_at, "model-version",
			     "version '%s' of the information model is unknown, read as %s",
			     g->im_version, IM_VERSION);
}

/* ---- events ---- */

static void check_source(struct checking *c, const struct event *e)
{
	for (size_t i = 0; i < e->n_sources; i++) {
		const char *id = e->sources[i].service_id;
		if (id && checking_find(c, id) == SIZE_MAX)
			problems_add(
				c->ps, SEVERITY_NOTE, e->at, "unknown-source",
				"event '%s' comes from '%s', which is not a service of this graph",
				e->id, id);
	}
}

static void check_events(struct checking *c)
{
	struct map seen = {.a = c->a};

	for (size_t i = 0; i < c->g->n_services; i++) {
		const struct trigger *t = &c->g->services[i].trigger;
		for (size_t k = 0; k < t->n_events; k++) {
			struct event *e = &t->events[k];
			if (!e->id || !*e->id)
				continue;
			const struct event *first = map_get(&seen, e->id);
			if (first)
				problems_add(c->ps, SEVERITY_ERROR, e->at, "duplicate-event",
					     "event '%s' appears twice", e->id)
					->hint = place_text(c->a, first->at);
			else
				map_put(&seen, e->id, e);
			check_source(c, e);
		}
		if (t->cooldown && t->on_resolve == RESOLVE_KEEP)
			problems_add(c->ps, SEVERITY_NOTE, t->at, "no-undeploy",
				     "'cooldown' has no effect without 'onResolve: undeploy'");
	}
}

/* ---- replicas ---- */

static void check_replicas(struct checking *c)
{
	const struct graph_intent *in = &c->g->intent;
	int64_t least = 0;

	for (size_t i = 0; i < c->g->n_services; i++) {
		const struct service *s = &c->g->services[i];
		int64_t copies = s->replicas ? s->replicas : 1;
		if (s->ha.enabled && s->ha.replicas_across_clusters > copies)
			copies = s->ha.replicas_across_clusters;
		least += s->trigger.is_event ? 0 : copies;
	}
	if (in->max_replicas_overall && in->min_replicas_overall > in->max_replicas_overall)
		problems_add(c->ps, SEVERITY_ERROR, in->at, "replica-bounds",
			     "minReplicasOverall %lld is above maxReplicasOverall %lld",
			     (long long)in->min_replicas_overall,
			     (long long)in->max_replicas_overall);
	else if (in->max_replicas_overall && least > in->max_replicas_overall)
		problems_add(c->ps, SEVERITY_ERROR, in->at, "replica-bounds",
			     "the services have %lld replicas, maxReplicasOverall allows %lld",
			     (long long)least, (long long)in->max_replicas_overall);
}

/* ---- placement and charts ---- */

static void check_static(struct checking *c, const struct service *s)
{
	const struct location_intent *l = &s->location;
	const char *ignored = l->n_clusters + l->n_regions + l->n_zones + l->n_providers
				      ? "location"
			      : s->ha.enabled     ? "highAvailability"
			      : s->n_co_locations ? "coLocation"
						  : NULL;

	if (c->g->intent.use_static_placement && ignored)
		problems_add(c->ps, SEVERITY_NOTE, s->at, "static-placement",
			     "'%s' of service '%s' has no effect: the placement is static", ignored,
			     s->id);
}

/* Values that SMO is going to set itself. */
static void check_values(struct checking *c, const struct service *s)
{
	static const char *const ours[] = {"clustersAffinity", "serviceImportClusters"};
	bool wot = str_eq(s->implementer, "WOT");
	const struct node *values = wot ? node_get(s->values, "voChartOverwrite") : s->values;

	for (size_t i = 0; i < countof(ours) && !c->g->intent.use_static_placement; i++) {
		const struct node *n = node_get(values, ours[i]);
		if (n)
			problems_add(c->ps, SEVERITY_NOTE, n->key_at, "overwritten-value",
				     "'%s' is set by SMO: what stands here is overwritten",
				     ours[i]);
	}
}

static void check_implementer(struct checking *c, const struct service *s)
{
	if (s->implementer && !str_eq(s->implementer, "WOT") &&
	    str_eq(str_lower(c->a, s->implementer), "wot"))
		problems_add(c->ps, SEVERITY_WARNING, s->at, "implementer",
			     "implementer '%s' of service '%s' is not WOT", s->implementer, s->id)
			->hint = "Capitals count: write WOT for a virtual object.";
}

void graph_check(struct arena *a, const struct graph *g, struct problems *ps)
{
	struct checking c = {.a = a, .g = g, .ps = ps, .services = {.a = a}};

	check_ids(&c);
	check_versions(&c);
	check_links(&c);
	check_events(&c);
	check_replicas(&c);
	check_scaling(&c);
	rules_check(a, g, ps);
	for (size_t i = 0; i < g->n_services; i++) {
		check_static(&c, &g->services[i]);
		check_values(&c, &g->services[i]);
		check_implementer(&c, &g->services[i]);
	}
}
