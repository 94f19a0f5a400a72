// SPDX-License-Identifier: Apache-2.0
/* Sharing out what the clusters have among what the services want. */
#include "plan/scale.h"

#include <math.h>

#include "base/arena.h"
#include "model/quantity.h"

/* Costs of giving up one replica, times the need: see scale.h. */
#define COST_SPARE 0.01
#define COST_NEW   1.0
#define COST_OWN   4.0

static int64_t at_least(int64_t x, int64_t low)
{
	return x > low ? x : low;
}

/* What may be taken from @d: spare replicas first, then new ones, then running ones. */
static struct fit_item item_of(const struct scale_service *s, const struct scale_decision *d)
{
	int64_t low = s->min > 0 ? s->min : s->to_zero ? 0 : 1;
	int64_t need = d->needed >= 0 ? d->needed : d->wanted;
	int64_t useful = need < d->wanted ? need : d->wanted;
	double scale = 1 / (double)at_least(need, 1);
	int64_t kept = at_least(d->from < useful ? d->from : useful, low);

	useful = at_least(useful, low);
	return (struct fit_item){
		.runs = {{at_least(d->wanted - useful, 0), COST_SPARE * scale},
			 {at_least(useful - kept, 0), COST_NEW * scale},
			 {at_least(kept - low, 0), COST_OWN * scale}},
		.n_runs = 3,
		.uses = s->uses,
		.n_uses = s->n_uses,
	};
}

static const char *short_text(struct arena *a, const struct scale_bin *bin, int64_t amount)
{
	if (!bin->cluster)
		return arena_printf(a, "the graph has %lld replicas too many", (long long)amount);
	return arena_printf(a, "%s lacks %s of %s", bin->cluster,
			    quantity_human(a, bin->resource, amount), bin->resource);
}

/* The first bin of @s that was too full. */
static const struct scale_bin *full_bin(const struct scale_service *s, const struct scale_bin *bins,
					const int64_t *excess)
{
	for (size_t i = 0; i < s->n_uses; i++)
		if (excess[s->uses[i].bin] > 0)
			return &bins[s->uses[i].bin];
	return NULL;
}

static void take(struct arena *a, const struct scale_service *s, const struct scale_bin *bins,
		 const int64_t *excess, int64_t taken, struct scale_decision *d)
{
	d->to = d->wanted - taken;
	if (!taken)
		return;
	const struct scale_bin *bin = full_bin(s, bins, excess);
	d->limit = SCALE_CAPACITY;
	d->reason = bin->cluster ? arena_printf(a, "%s; %s has too little %s for %lld: %lld",
						d->reason, bin->cluster, bin->resource,
						(long long)d->wanted, (long long)d->to)
				 : arena_printf(a, "%s; the graph may not have %lld more: %lld",
						d->reason, (long long)(d->wanted - d->from),
						(long long)d->to);
}

struct scale_result scale_decide(struct arena *a, const struct scale_service *services, size_t n,
				 const struct scale_bin *bins, size_t n_bins, int64_t now)
{
	struct scale_result r = {.at = arena_new_n(a, struct scale_decision, n), .n = n};
	struct fit_item *items = arena_new_n(a, struct fit_item, n);
	int64_t *excess = arena_new_n(a, int64_t, n_bins);

	for (size_t b = 0; b < n_bins; b++)
		excess[b] = -bins[b].room;
	for (size_t i = 0; i < n; i++) {
		r.at[i] = scale_wanted(a, &services[i], now);
		items[i] = item_of(&services[i], &r.at[i]);
		if (services[i].paused)
			items[i].n_runs = 0;
		for (size_t k = 0; k < services[i].n_uses; k++)
			excess[services[i].uses[k].bin] +=
				services[i].uses[k].amount * r.at[i].wanted;
	}
	struct fit_answer fit = scale_fit(a, items, n, excess, n_bins, 0);
	r.fits = fit.fits;
	r.proven = fit.proven;
	if (!fit.fits)
		r.problem = short_text(a, &bins[fit.short_bin], fit.missing);
	for (size_t i = 0; i < n; i++) {
		if (fit.fits)
			take(a, &services[i], bins, excess, items[i].taken, &r.at[i]);
		else
			r.at[i].to = r.at[i].from;
	}
	return r;
}
