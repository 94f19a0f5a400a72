// SPDX-License-Identifier: Apache-2.0
/* What a service's scaling says that does not fit together. */
#include "base/err.h"
#include "plan/check_parts.h"
#include "plan/query.h"

static void check_bounds(struct checking *c, const struct service *v, const struct scaling *k)
{
	if (k->max && k->min > k->max)
		problems_add(c->ps, SEVERITY_ERROR, k->at, "scaling-bounds",
			     "service '%s': min %lld is above max %lld", v->id, (long long)k->min,
			     (long long)k->max);
	else if (v->replicas && (v->replicas < k->min || (k->max && v->replicas > k->max)))
		problems_add(c->ps, SEVERITY_WARNING, k->at, "scaling-start",
			     "service '%s' starts with %lld replicas, which its scaling does not "
			     "allow",
			     v->id, (long long)v->replicas);
	if (k->max && v->ha.enabled && v->ha.replicas_across_clusters > k->max)
		problems_add(c->ps, SEVERITY_ERROR, k->at, "scaling-bounds",
			     "service '%s' runs on %lld clusters, its scaling allows %lld replicas",
			     v->id, (long long)v->ha.replicas_across_clusters, (long long)k->max);
	if (k->min && k->to_zero)
		problems_add(c->ps, SEVERITY_WARNING, k->at, "scaling-zero",
			     "service '%s' never has fewer than %lld replicas: 'toZero' has no "
			     "effect",
			     v->id, (long long)k->min);
}

static void check_query(struct checking *c, const struct service *v, const struct scaling *k)
{
	struct err *err = k->query ? query_check(c->a, k->query) : NULL;

	if (err)
		problems_add(c->ps, SEVERITY_ERROR, k->query_at, "scaling-query",
			     "the query of service '%s': %s", v->id, err->msg);
}

void check_scaling(struct checking *c)
{
	for (size_t i = 0; i < c->g->n_services; i++) {
		const struct service *v = &c->g->services[i];
		const struct scaling *k = v->scaling;

		if (!k || !v->id)
			continue;
		check_bounds(c, v, k);
		check_query(c, v, k);
		if (k->model && !(k->model->alpha > 0))
			problems_add(c->ps, SEVERITY_ERROR, k->at, "scaling-model",
				     "service '%s': alpha must be above 0: each replica adds "
				     "something",
				     v->id);
		if (v->trigger.is_event && k->to_zero)
			problems_add(c->ps, SEVERITY_NOTE, k->at, "scaling-zero",
				     "service '%s' waits for an event and scales to zero: both may "
				     "take it away",
				     v->id);
	}
}
