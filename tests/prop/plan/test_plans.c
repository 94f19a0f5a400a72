// SPDX-License-Identifier: Apache-2.0
/* The laws of the plan room on some thousand decisions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "doc/yaml.h"
#include "plan/desire.h"
#include "worlds.h"

enum { WORLDS = 2400, CHANGES = 4 };

static void tell(const struct law_case *c, const struct outcome *o, uint64_t seed, const char *what,
		 const char *why)
{
	if (getenv("SMO_PROP_SHOW"))
		fprintf(stderr, "%s\n%s\n%s",
			yaml_write(c->a, bind_write(c->a, &graph_shape, &c->g)),
			yaml_write(c->a, bind_write(c->a, &snapshot_shape, &c->s)),
			o->err ? o->err->msg : plan_text(c->a, &o->plan));
	fail_msg("seed %llu, %s: %s", (unsigned long long)seed, what, why);
}

static int64_t share_on(const struct service_placement *p, const char *cluster)
{
	for (size_t k = 0; k < p->n_shares; k++)
		if (str_eq(p->shares[k].cluster, cluster))
			return p->shares[k].replicas;
	return 0;
}

/* On a fresh world every cluster has room for what comes to it, counted independently. */
static const char *overfull(const struct law_case *c, const struct outcome *o)
{
	static const char *const resources[] = {"cpu", "memory", "ephemeral-storage",
						"nvidia.com/gpu"};

	for (size_t i = 0; i < c->s.n_clusters; i++)
		for (size_t r = 0; r < countof(resources); r++) {
			const struct cluster *cl = &c->s.clusters[i];
			int64_t left = amounts_get(&cl->allocatable, resources[r]) -
				       amounts_get(&cl->allocated, resources[r]);
			bool any = false;

			for (size_t k = 0; k < c->s.n_reservations; k++)
				if (str_eq(c->s.reservations[k].cluster, cl->name))
					left -= c->s.reservations[k].replicas *
						amounts_get(&c->s.reservations[k].per_replica,
							    resources[r]);
			for (size_t v = 0; v < c->g.n_services; v++) {
				const struct service_placement *p =
					placement_of(&o->placement, c->g.services[v].id);
				if (!placement_on(p, cl->name))
					continue;
				int64_t need =
					world_need(c, v, share_on(p, cl->name), resources[r]);
				left -= need;
				any |= need > 0;
			}
			bool counts = r != 2 || amounts_has(&cl->allocatable, resources[r]);
			if (any && left < 0 && counts)
				return arena_printf(c->a, "%s is overfull of %s", cl->name,
						    resources[r]);
			if (any && (!cl->ready || cl->gone || cl->cordoned || !cl->has_summary))
				return arena_printf(c->a, "%s may not be used", cl->name);
		}
	return NULL;
}

/* When all is done, no cluster that we use and that answers has more than it can take. */
static const char *overfull_after(const struct law_case *c, const struct outcome *o)
{
	struct snapshot s = law_after(c, o);
	bool is_used = false;

	for (size_t v = 0; v < c->g.n_services; v++)
		if (place_is_static(&c->g, &c->s, &c->g.services[v]))
			return NULL;
	for (size_t i = 0; i < s.n_clusters; i++) {
		const struct cluster *cl = &s.clusters[i];

		is_used = false;
		for (size_t v = 0; v < c->g.n_services; v++)
			is_used |= service_is_active(&s, &c->g.services[v]) &&
				   placement_on(placement_of(&o->placement, c->g.services[v].id),
						cl->name);
		for (size_t r = 0; r < cl->allocatable.n && is_used && cl->ready; r++) {
			const char *name = cl->allocatable.at[r].resource;
			if (amounts_get(&cl->allocated, name) > cl->allocatable.at[r].value &&
			    amounts_get(&c->s.clusters[i].allocated, name) <
				    amounts_get(&cl->allocated, name))
				return arena_printf(c->a, "%s ends overfull of %s", cl->name, name);
		}
	}
	return NULL;
}

static size_t run_world(uint64_t seed, size_t *ret_placed)
{
	struct arena a scoped_arena = {0};
	struct dice d = {seed * 7919};
	struct law_case c = world_new(&a, &d);
	const char *what = "it is new";
	size_t n = 0;

	for (size_t step = 0; step <= CHANGES; step++) {
		struct outcome o = law_decide(&c);
		const char *why = law_broken(&c, &o);

		n++;
		if (!why && !o.err && !step)
			why = overfull(&c, &o);
		if (!why && !o.err && !c.make.stopped && !c.make.removing)
			why = overfull_after(&c, &o);
		if (!why && o.err && o.err->kind != ERR_INFEASIBLE)
			why = o.err->msg;
		if (why)
			tell(&c, &o, seed, what, why);
		if (!o.err) {
			c.s = law_after(&c, &o);
			(*ret_placed)++;
		}
		what = world_change(&c, &d);
	}
	return n;
}

static void random_worlds_keep_the_laws(void **state)
{
	const char *only = getenv("SMO_PROP_SEED");
	size_t n = 0, placed = 0;
	(void)state;

	if (only) {
		run_world(strtoull(only, NULL, 10), &placed);
		return;
	}
	for (uint64_t seed = 1; seed <= WORLDS; seed++)
		n += run_world(seed, &placed);
	print_message("# %zu decisions, %zu of them with a plan\n", n, placed);
	assert_true(placed > n / 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_worlds_keep_the_laws),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
