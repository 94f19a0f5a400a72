// SPDX-License-Identifier: Apache-2.0
/*
 * Why nothing fits, and what would make it fit.
 *
 * Costs play no part here.  A constraint is dropped for good when the rest is infeasible without
 * it (deletion filter, Chinneck and Dravnieks 1991: what remains is irreducible); items likewise,
 * in halves first.  relax.c then looks for the ways out.
 */
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "solve/conflict.h"
#include "solve/core.h"
#include "solve/solve.h"

static bool wants(const struct conflict *c, enum solve_rule rule, size_t group)
{
	const struct solve_group *g = rule == SOLVE_RULE_DEPENDENCY ? NULL : &c->p->group[group];

	return (rule == SOLVE_RULE_MAX_PER && g->max_per_place) ||
	       (rule == SOLVE_RULE_MIN_PER && g->min_per_place > 1) ||
	       (rule == SOLVE_RULE_MAX_PLACES && g->max_places) ||
	       (rule == SOLVE_RULE_MIN_PLACES && g->min_places > 1);
}

static void add_knob(struct conflict *c, struct arena *a, enum solve_rule rule, size_t item,
		     size_t bin, size_t res, size_t group)
{
	*vec_push(a, &c->knobs) = (struct knob){
		.cause = {rule, (uint32_t)item, (uint32_t)bin, (uint32_t)res, (uint32_t)group}};
}

static void list_knobs(struct conflict *c, struct arena *a)
{
	const struct solve_problem *p = c->p;
	const size_t no = UINT32_MAX;

	if (p->limit_moves)
		add_knob(c, a, SOLVE_RULE_MOVES, no, no, no, no);
	for (size_t k = 0; k < p->n_dependencies; k++)
		add_knob(c, a, SOLVE_RULE_DEPENDENCY, no, no, no, k);
	for (size_t g = 0; g < p->n_groups; g++)
		for (int r = SOLVE_RULE_MAX_PER; r <= SOLVE_RULE_MIN_PLACES; r++)
			if (wants(c, (enum solve_rule)r, g))
				add_knob(c, a, (enum solve_rule)r, no, no, no, g);
	for (size_t k = 0; k < p->n_links; k++)
		if (p->link[k].max_distance != SOLVE_UNLIMITED)
			add_knob(c, a, SOLVE_RULE_DISTANCE, no, no, no, k);
	for (size_t k = 0; p->capacity && k < p->n_bins * p->n_res; k++)
		if (p->capacity[k] != SOLVE_UNLIMITED)
			add_knob(c, a, SOLVE_RULE_CAPACITY, no, k / p->n_res, k % p->n_res, no);
	for (size_t i = 0; p->first && !p->pair_use && i < p->n_items; i++)
		if (p->first[i + 1] - p->first[i] < p->n_bins)
			add_knob(c, a, SOLVE_RULE_ELIGIBLE, i, no, no, no);
}

static int64_t add_up(int64_t x, int64_t more)
{
	return x > INT64_MAX - more ? INT64_MAX : x + more;
}

/* Arrays of the problem that a knob may change, copied. */
struct loose {
	int64_t *capacity;
	bool *free; /* [item] may go anywhere */
	struct solve_group *group;
	struct solve_link *link;
	struct solve_dependency *dep;
	size_t n_deps;
};

static void turn(const struct conflict *c, const struct knob *k, struct solve_problem *q,
		 struct loose *l)
{
	const struct solve_cause *w = &k->cause;
	uint32_t more = (uint32_t)k->more;

	switch (w->rule) {
	case SOLVE_RULE_CAPACITY:
		l->capacity[w->bin * c->p->n_res + w->res] =
			k->off ? SOLVE_UNLIMITED
			       : add_up(c->p->capacity[w->bin * c->p->n_res + w->res], k->more);
		break;
	case SOLVE_RULE_ELIGIBLE:
		l->free[w->item] = k->off || k->more;
		break;
	case SOLVE_RULE_DISTANCE:
		l->link[w->group].max_distance =
			k->off ? SOLVE_UNLIMITED
			       : add_up(c->p->link[w->group].max_distance, k->more);
		break;
	case SOLVE_RULE_MAX_PER:
		l->group[w->group].max_per_place =
			k->off ? 0 : l->group[w->group].max_per_place + more;
		break;
	case SOLVE_RULE_MIN_PER:
		l->group[w->group].min_per_place =
			k->off ? 0 : l->group[w->group].min_per_place - more;
		break;
	case SOLVE_RULE_MAX_PLACES:
		l->group[w->group].max_places = k->off ? 0 : l->group[w->group].max_places + more;
		break;
	case SOLVE_RULE_MIN_PLACES:
		l->group[w->group].min_places = k->off ? 0 : l->group[w->group].min_places - more;
		break;
	case SOLVE_RULE_DEPENDENCY:
		if (!k->off && !k->more)
			l->dep[l->n_deps++] = c->p->dependency[w->group];
		break;
	case SOLVE_RULE_MOVES:
		q->limit_moves = !k->off;
		q->max_moves += (size_t)k->more;
		break;
	case SOLVE_RULE_NONE:
	case SOLVE_RULES:
		break;
	}
}

static bool allowed(const struct conflict *c, const struct loose *l, size_t i, uint32_t b)
{
	return l->free[i] || c->out[i] || solve_pair_find(c->p, i, b) != SIZE_MAX;
}

/* Items that are out use nothing, may go anywhere and belong nowhere. */
static void leave_out(struct conflict *c, struct arena *a, struct solve_problem *q, struct loose *l)
{
	const struct solve_problem *p = c->p;
	size_t R = p->n_res;

	if (p->use && !p->pair_use) {
		int64_t *use = arena_memdup(a, p->use, p->n_items * R * sizeof(*use));

		for (size_t i = 0; i < p->n_items; i++)
			if (c->out[i])
				memset(use + i * R, 0, R * sizeof(*use));
		q->use = use;
	}
	for (size_t g = 0; g < p->n_groups; g++) {
		uint32_t *item = arena_new_n(a, uint32_t, p->group[g].n + 1);

		l->group[g].n = 0;
		for (size_t k = 0; k < p->group[g].n; k++)
			if (!c->out[p->group[g].item[k]])
				item[l->group[g].n++] = p->group[g].item[k];
		l->group[g].item = item;
	}
	q->n_links = 0;
	for (size_t k = 0; k < p->n_links; k++)
		if (!c->out[p->link[k].a] && !c->out[p->link[k].b])
			l->link[q->n_links++] = l->link[k];
	if (p->first && !p->pair_use) {
		size_t *first = arena_new_n(a, size_t, p->n_items + 1), n = 0;
		uint32_t *bin = arena_new_n(a, uint32_t, p->n_items * p->n_bins + 1);

		for (size_t i = 0; i < p->n_items; i++) {
			first[i] = n;
			for (uint32_t b = 0; b < p->n_bins; b++)
				if (allowed(c, l, i, b))
					bin[n++] = b;
		}
		first[p->n_items] = n;
		q->first = first;
		q->bin = bin;
	}
}

/* The problem with the knobs as they are, without costs. */
static struct solve_problem loosened(struct conflict *c, struct arena *a)
{
	const struct solve_problem *p = c->p;
	struct solve_problem q = *p;
	struct loose l = {.free = arena_new_n(a, bool, p->n_items + 1)};
	size_t n_caps = p->n_bins * p->n_res;

	q.pair_cost = q.bin_cost = q.soft = q.soft_price = q.move_cost = q.route_cost = NULL;
	q.n_balances = 0;
	q.weighted = false;
	if (p->capacity)
		l.capacity = arena_memdup(a, p->capacity, n_caps * sizeof(*l.capacity));
	l.group = arena_new_n(a, struct solve_group, p->n_groups + 1);
	l.link = arena_new_n(a, struct solve_link, p->n_links + 1);
	l.dep = arena_new_n(a, struct solve_dependency, p->n_dependencies + 1);
	for (size_t g = 0; g < p->n_groups; g++) {
		l.group[g] = p->group[g];
		l.group[g].move_cost = 0;
		l.group[g].counts_moves = false;
	}
	for (size_t k = 0; k < p->n_links; k++) {
		l.link[k] = p->link[k];
		l.link[k].weight = 0;
	}
	for (size_t k = 0; k < c->knobs.n; k++)
		turn(c, &c->knobs.at[k], &q, &l);
	leave_out(c, a, &q, &l);
	q.capacity = l.capacity;
	q.group = l.group;
	q.link = l.link;
	q.dependency = l.dep;
	q.n_dependencies = l.n_deps;
	return q;
}

/* Units that putting the question costs, whatever the answer. */
static uint64_t asking(const struct conflict *c)
{
	const struct solve_problem *p = c->p;
	uint64_t ops = (uint64_t)p->n_items * p->n_bins * (8 + 2 * p->n_res) + 20 * c->knobs.n +
		       20 * p->n_links + 20000;

	return 1 + ops / WORK_OPS;
}

enum verdict conflict_ask(struct conflict *c, struct arena *a, uint32_t **ret_bin)
{
	struct arena scratch scoped_arena = {0};
	struct solve_problem q;
	struct solve_answer answer;
	struct solve_options o = {.any = true, .stop = c->o->stop};

	c->used += asking(c);
	c->stopped |= c->o->stop && atomic_load(c->o->stop);
	if (c->used >= c->budget || c->stopped) {
		c->uncertain = true;
		return WHO_KNOWS;
	}
	o.budget = c->budget - c->used < c->each ? c->budget - c->used : c->each;
	q = loosened(c, &scratch);
	if (solve(&scratch, &q, &o, &answer)) {
		c->uncertain = true;
		return WHO_KNOWS;
	}
	c->used += answer.work;
	c->stopped |= answer.stopped;
	if (answer.bin && ret_bin)
		*ret_bin = arena_memdup(a, answer.bin, q.n_items * sizeof(*answer.bin));
	if (answer.bin)
		return FITS;
	if (answer.status == SOLVE_INFEASIBLE)
		return FITS_NOT;
	c->uncertain = true;
	return WHO_KNOWS;
}

/* Turn knobs first .. end - 1 off for good if the rest conflicts without them, else halve. */
static void filter_knobs(struct conflict *c, size_t first, size_t end)
{
	if (first >= end)
		return;
	for (size_t k = first; k < end; k++)
		c->knobs.at[k].off = true;
	if (conflict_ask(c, NULL, NULL) == FITS_NOT)
		return;
	for (size_t k = first; k < end; k++)
		c->knobs.at[k].off = false;
	if (end - first == 1)
		return;
	filter_knobs(c, first, first + (end - first) / 2);
	filter_knobs(c, first + (end - first) / 2, end);
}

static void filter_items(struct conflict *c, size_t first, size_t end)
{
	if (first >= end)
		return;
	for (size_t i = first; i < end; i++)
		c->out[i] = true;
	if (conflict_ask(c, NULL, NULL) == FITS_NOT)
		return;
	for (size_t i = first; i < end; i++)
		c->out[i] = false;
	if (end - first == 1)
		return;
	filter_items(c, first, first + (end - first) / 2);
	filter_items(c, first + (end - first) / 2, end);
}

struct err *solve_conflict(struct arena *a, const struct solve_problem *p,
			   const struct solve_options *o, struct solve_conflict *ret_conflict)
{
	struct arena scratch scoped_arena = {0};
	struct conflict c = {.a = a, .p = p, .o = o};
	struct solve_conflict found = {0};
	vec_of(struct solve_cause) causes = {0};

	TRY(solve_problem_check(a, p));
	c.budget = o->budget ? o->budget : SOLVE_SECOND;
	uint64_t all = c.budget;
	c.each = 1 + c.budget / 20;
	c.out = arena_new_n(&scratch, bool, p->n_items + 1);
	list_knobs(&c, &scratch);
	enum verdict v = conflict_ask(&c, NULL, NULL);
	found.proved = v == FITS_NOT;
	if (!found.proved) {
		*ret_conflict = found;
		return NULL;
	}
	/* Two fifths for the constraints, a fifth for the items, the rest for what may help. */
	c.each = 1 + c.budget / 100;
	c.budget = all / 5 * 2;
	filter_knobs(&c, 0, c.knobs.n);
	found.irreducible = !c.uncertain;
	c.budget = all / 5 * 3;
	if (!p->pair_use)
		filter_items(&c, 0, p->n_items);
	c.budget = all;
	bool *on = arena_new_n(&scratch, bool, c.knobs.n + 1);
	found.item = arena_new_n(a, uint32_t, p->n_items + 1);
	for (uint32_t i = 0; i < p->n_items; i++)
		if (!c.out[i])
			found.item[found.n_items++] = i;
	for (size_t k = 0; k < c.knobs.n; k++) {
		on[k] = !c.knobs.at[k].off;
		if (on[k])
			*vec_push(a, &causes) = c.knobs.at[k].cause;
	}
	found.cause = causes.at;
	found.n_causes = causes.n;
	conflict_relax(&c, a, on, &found);
	*ret_conflict = found;
	return NULL;
}
