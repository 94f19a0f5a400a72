// SPDX-License-Identifier: Apache-2.0
#include "plan/intent.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "model/graph.h"

#define MI (INT64_C(1) << 20)
#define GI (INT64_C(1) << 30)
#define GB INT64_C(1000000000)

static const struct intent_level levels[] = {
	{"none", 0, 0, 0},
	{"light", 500, 500 * MI, 5 * GB},
	{"small", 1000, GI, 10 * GB},
	{"medium", 4000, 2 * GI, 20 * GB},
	{"large", 8000, 8 * GI, 40 * GB},
};
const struct intent_table intent_builtin = {levels, countof(levels)};

static const struct intent_level *level_of(const struct intent_table *table, const char *word)
{
	for (size_t i = 0; i < table->n; i++)
		if (str_eq(table->at[i].name, word))
			return &table->at[i];
	return NULL;
}

/* Set @resource to what @word means: @in_level when it is a level, else a quantity. */
static struct err *demand(struct arena *a, struct service *s, const char *resource,
			  const char *word, const int64_t *in_level)
{
	int64_t value = 0;

	if (!word)
		return NULL;
	if (in_level)
		value = *in_level;
	else
		TRY(err_wrap(a, graph_amount(a, resource, word, &value), "service '%s': %s", s->id,
			     resource));
	if (value)
		amounts_set(a, &s->demand, resource, value);
	return NULL;
}

static struct err *apply(struct arena *a, struct service *s, const struct intent_table *table)
{
	const struct intent_level *cpu = level_of(table, s->cpu), *ram = level_of(table, s->ram);
	const struct intent_level *storage = level_of(table, s->storage);

	s->demand = (struct amounts){0};
	TRY(demand(a, s, "cpu", s->cpu, cpu ? &cpu->cpu : NULL));
	TRY(demand(a, s, "memory", s->ram, ram ? &ram->memory : NULL));
	TRY(demand(a, s, "ephemeral-storage", s->storage, storage ? &storage->storage : NULL));
	if (s->gpu.enabled && s->gpu.count > 0)
		amounts_set(a, &s->demand, s->gpu.resource ? s->gpu.resource : "nvidia.com/gpu",
			    s->gpu.count);
	return NULL;
}

/* Replicas that the descriptor itself knows of. */
static int64_t known_replicas(const struct service *v)
{
	int64_t n = v->replicas ? v->replicas : 1;

	return v->ha.enabled && v->ha.replicas_across_clusters > n ? v->ha.replicas_across_clusters
								   : n;
}

/* minReplicasOverall: the services that leave their number open get more, in turn, until it is
 * reached; when none leaves it open, all do. */
static void apply_minimum(struct graph *g)
{
	int64_t sum = 0, open = 0;

	for (size_t i = 0; i < g->n_services; i++) {
		g->services[i].at_least = 0;
		sum += known_replicas(&g->services[i]);
		open += !g->services[i].replicas && !g->services[i].scaling;
	}
	int64_t lacks = g->intent.min_replicas_overall - sum;
	int64_t takers = open ? open : (int64_t)g->n_services, k = 0;
	for (size_t i = 0; i < g->n_services && lacks > 0; i++) {
		struct service *v = &g->services[i];

		if (open && (v->replicas || v->scaling))
			continue;
		v->at_least = known_replicas(v) + lacks / takers + (k++ < lacks % takers);
	}
}

struct err *intent_apply(struct arena *a, struct graph *g, const struct intent_table *table)
{
	for (size_t i = 0; i < g->n_services; i++)
		TRY(apply(a, &g->services[i], table ? table : &intent_builtin));
	apply_minimum(g);
	return NULL;
}
