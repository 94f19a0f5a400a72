// SPDX-License-Identifier: Apache-2.0
#include "plan/eligible.h"

#include "base/arena.h"
#include "base/str.h"

bool eligible_optional(const char *resource)
{
	return str_eq(resource, "ephemeral-storage") || str_eq(resource, "pods");
}

bool eligible_checked(const struct cluster *c, const char *resource)
{
	return amounts_has(&c->allocatable, resource);
}

static bool among(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(word, words[i]))
			return true;
	return false;
}

static bool any_zone(const struct cluster *c, const struct location_intent *l)
{
	for (size_t i = 0; i < c->n_zones; i++)
		if (among(c->zones[i], l->zones, l->n_zones))
			return true;
	return false;
}

static const char *wrong_place(struct arena *a, const struct location_intent *l,
			       const struct cluster *c)
{
	if (l->n_clusters && !among(c->name, l->clusters, l->n_clusters))
		return "is not among the clusters it asks for";
	if (l->n_regions && !among(c->region, l->regions, l->n_regions))
		return c->region ? arena_printf(a, "is in region '%s', which it does not ask for",
						c->region)
				 : "tells no region, and it asks for one";
	if (l->n_providers && !among(c->provider, l->providers, l->n_providers))
		return c->provider
			       ? arena_printf(a, "is of provider '%s', which it does not ask for",
					      c->provider)
			       : "tells no provider, and it asks for one";
	if (l->n_zones && !any_zone(c, l))
		return "is in no zone it asks for";
	return NULL;
}

/* As for pods: NoSchedule keeps new ones away, only NoExecute drives out what runs. */
static const char *tainted(struct arena *a, const struct location_intent *l,
			   const struct cluster *c, bool is_home)
{
	for (size_t i = 0; i < c->n_taints; i++) {
		const struct taint *t = &c->taints[i];

		if (str_eq(t->effect, "PreferNoSchedule") ||
		    (is_home && str_eq(t->effect, "NoSchedule")) ||
		    among(t->key, l->tolerations, l->n_tolerations))
			continue;
		return arena_printf(a, "has the taint '%s' (%s), which it does not tolerate",
				    t->key, t->effect ? t->effect : "");
	}
	return NULL;
}

static const char *unusable(struct arena *a, const struct cluster *c, bool is_home)
{
	if (c->gone)
		return "has left the federation";
	if (!c->ready)
		return arena_printf(a, "is not ready%s%s", c->ready_reason ? ": " : "",
				    c->ready_reason ? c->ready_reason : "");
	if (c->cordoned && !is_home)
		return "is cordoned";
	if (!c->has_summary || !amounts_has(&c->allocatable, "cpu") ||
	    !amounts_has(&c->allocatable, "memory"))
		return "does not report its cpu and memory";
	return NULL;
}

/* cpu and memory are there (see above); what remains unreported may be a device or unknown. */
static bool must_have(const struct cluster *c, const char *resource)
{
	return eligible_checked(c, resource) || !eligible_optional(resource);
}

const struct amounts *eligible_node(const struct cluster *c)
{
	return c->nodes_total == 1 && !c->largest_node.n ? &c->allocatable : &c->largest_node;
}

static const char *no_node_fits(struct arena *a, const struct demand *d, const struct cluster *c)
{
	const struct amounts *largest = eligible_node(c);

	for (size_t k = 0; k < d->n_pods; k++)
		for (size_t i = 0; i < d->pods[k].n; i++) {
			const struct amount *need = &d->pods[k].at[i];
			int64_t node = amounts_get(largest, need->resource);

			if (amounts_has(largest, need->resource) && need->value > node)
				return arena_printf(
					a, "has no node for a pod of %s: its largest has %s",
					quantity_human(a, need->resource, need->value),
					quantity_human(a, need->resource, node));
		}
	return NULL;
}

static const char *short_of(struct arena *a, const struct cluster *c, const struct amount *need,
			    int64_t left)
{
	const char *r = need->resource;
	int64_t all = amounts_get(&c->allocatable, r);

	if (str_eq(r, "pods"))
		return arena_printf(a, "takes %lld more of its %lld pods, and it needs %lld",
				    (long long)left, (long long)all, (long long)need->value);
	return arena_printf(a, "has %s%s%s free of %s, and it needs %s", quantity_human(a, r, left),
			    quantity_is_bytes(r) ? " of " : "", quantity_is_bytes(r) ? r : "",
			    quantity_human(a, r, all), quantity_human(a, r, need->value));
}

static const char *too_small(struct arena *a, const struct demand *d, const struct cluster *c,
			     const struct amounts *free)
{
	for (size_t i = 0; i < d->total.n; i++) {
		const struct amount *need = &d->total.at[i];
		int64_t left = amounts_get(free, need->resource);

		if (!need->value || !must_have(c, need->resource))
			continue;
		if (!eligible_checked(c, need->resource))
			return arena_printf(a, "has no %s", need->resource);
		if (need->value > left)
			return short_of(a, c, need, left);
	}
	return NULL;
}

const char *eligible_not(struct arena *a, const struct service *v, const struct demand *d,
			 const struct cluster *c, const struct amounts *free, bool is_home)
{
	const char *why = unusable(a, c, is_home);

	if (!why)
		why = wrong_place(a, &v->location, c);
	if (!why)
		why = tainted(a, &v->location, c, is_home);
	if (!why)
		why = no_node_fits(a, d, c);
	return why ? why : too_small(a, d, c, free);
}
