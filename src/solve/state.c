// SPDX-License-Identifier: Apache-2.0
/* See state.h.  Adding and removing are one function with a sign, so that they cannot differ. */
#include "solve/state.h"

#include <string.h>

#include "base/arena.h"

static void break_upper(struct state *s, int64_t before, int64_t after, double scale)
{
	if (before == after)
		return;
	s->upper += after - before;
	s->hurt += (double)(after - before) * scale;
}

static void break_lower(struct state *s, int64_t before, int64_t after)
{
	s->lower += after - before;
	s->hurt += (double)(after - before);
}

static int64_t over(int64_t x, int64_t limit)
{
	return x > limit ? x - limit : 0;
}

/* The part of the objective that depends on what a bin holds as a whole. */
static int64_t bin_total(const struct core *c, const struct state *s, uint32_t b)
{
	const struct solve_problem *p = c->p;
	const int64_t *use = s->use + b * c->R;
	int64_t total = 0;

	if (p->bin_cost && s->count[b])
		total += c->w[SOLVE_BIN] * p->bin_cost[b];
	for (size_t r = 0; p->soft && r < c->R; r++)
		total += c->w[SOLVE_SOFT] * p->soft_price[r] * over(use[r], p->soft[b * c->R + r]);
	return total;
}

static int64_t bin_balance(const struct core *c, const struct state *s, uint32_t b)
{
	const struct solve_problem *p = c->p;
	const int64_t *use = s->use + b * c->R;
	int64_t total = 0;

	for (size_t k = 0; k < p->n_balances; k++) {
		const struct solve_balance *l = &p->balance[k];
		const int64_t *cap = p->capacity + b * c->R;

		total += c->w[SOLVE_BALANCE] * l->price *
			 over(l->target * (cap[l->first] - use[l->first]),
			      cap[l->second] - use[l->second]);
	}
	return total;
}

/* A negative capacity is exceeded by nothing at all. */
static double init_over(const struct core *c, struct state *s)
{
	double hurt = 0;

	for (size_t k = 0; c->p->capacity && k < c->m * c->R; k++) {
		if (c->p->capacity[k] >= 0)
			continue;
		s->upper -= c->p->capacity[k];
		hurt -= (double)c->p->capacity[k] * c->scale[k % c->R];
	}
	return hurt;
}

void state_init(struct arena *a, const struct core *c, struct state *ret_state)
{
	struct state s = {.c = c};
	size_t n_groups = c->p->n_groups;

	s.bin = arena_new_n(a, uint32_t, c->n + 1);
	memset(s.bin, 0xff, c->n * sizeof(*s.bin));
	s.pair = arena_new_n(a, size_t, c->n + 1);
	s.use = arena_new_n(a, int64_t, c->m * c->R + 1);
	if (c->transient)
		s.left = arena_new_n(a, int64_t, c->m * c->R + 1);
	s.count = arena_new_n(a, uint32_t, c->m + 1);
	if (n_groups) {
		s.at_place = arena_new_n(a, uint32_t, c->group_at[n_groups] + 1);
		s.n_used = arena_new_n(a, uint32_t, n_groups);
		s.n_members = arena_new_n(a, uint32_t, n_groups);
		s.n_moved = arena_new_n(a, uint32_t, n_groups);
		s.lack = arena_new_n(a, uint32_t, n_groups);
		s.wave = arena_new_n(a, uint32_t, c->n + 2);
		s.dep_has = arena_new_n(a, uint32_t, c->dep_at[c->p->n_dependencies] + 1);
		s.dep_near = arena_new_n(a, uint32_t, c->dep_at[c->p->n_dependencies] + 1);
		for (size_t g = 0; g < n_groups; g++) {
			s.wave[0] += c->p->group[g].counts_moves;
			s.lower += c->p->group[g].n && c->p->group[g].min_places
					   ? c->p->group[g].min_places
					   : 0;
		}
		s.hurt = (double)s.lower;
	}
	for (uint32_t b = 0; c->p->n_balances && b < c->m; b++)
		s.balance += bin_balance(c, &s, b);
	s.total = s.balance;
	s.hurt += init_over(c, &s);
	*ret_state = s;
}

static void add_use(struct state *s, uint32_t b, size_t r, int64_t amount, int64_t *at)
{
	const struct core *c = s->c;
	size_t k = b * c->R + r;
	int64_t load = s->use[k] + (s->left ? s->left[k] : 0);

	at[k] += amount;
	if (c->p->capacity)
		break_upper(s, over(load, c->p->capacity[k]),
			    over(load + amount, c->p->capacity[k]), c->scale[r]);
}

static void change_bin(struct state *s, size_t i, size_t pair, uint32_t b, int sign)
{
	const struct core *c = s->c;
	uint32_t now = core_now(c, i);
	int64_t before = c->bin_terms ? bin_total(c, s, b) : 0;
	int64_t balance = c->p->n_balances ? bin_balance(c, s, b) : 0;

	for (size_t r = 0; r < c->R; r++) {
		int64_t amount = sign * solve_pair_use(c->p, i, pair, r);

		if (amount)
			add_use(s, b, r, amount, s->use);
	}
	s->count[b] += (uint32_t)sign;
	if (c->bin_terms)
		s->total += bin_total(c, s, b) - before;
	if (c->p->n_balances) {
		balance = bin_balance(c, s, b) - balance;
		s->total += balance;
		s->balance += balance;
	}
	if (!c->transient || now == SOLVE_NOWHERE || now == b)
		return;
	size_t old = c->p->pair_use ? solve_pair_find(c->p, i, now) : pair;
	for (size_t r = 0; r < c->R && old != SIZE_MAX; r++)
		if (c->p->transient[r])
			add_use(s, now, r, sign * solve_pair_use(c->p, i, old, r), s->left);
}

static void change_links(struct state *s, size_t i, uint32_t b, int sign)
{
	const struct core *c = s->c;

	for (size_t k = c->link_of.first[i]; k < c->link_of.first[i + 1]; k++) {
		const struct solve_link *l = &c->p->link[c->link_of.at[k]];
		uint32_t other = s->bin[l->a == i ? l->b : l->a];

		if (other == SOLVE_NOWHERE)
			continue;
		int64_t far =
			c->p->metric[l->metric][l->a == i ? b * c->m + other : other * c->m + b];
		s->total += sign * c->w[SOLVE_LINK] * l->weight * far;
		if (far > l->max_distance)
			break_upper(s, 0, sign, 1);
	}
}

static void change_unit(struct state *s, size_t k, bool has, int sign)
{
	int64_t before = s->dep_has[k] && !s->dep_near[k];

	*(has ? &s->dep_has[k] : &s->dep_near[k]) += (uint32_t)sign;
	break_lower(s, before, s->dep_has[k] && !s->dep_near[k]);
}

/* @b gains or loses an item of the group that needs (@has), or of the one that is needed. */
static void change_dependency(struct state *s, size_t d, uint32_t b, bool has, int sign)
{
	const struct core *c = s->c;
	const struct solve_dependency *dep = &c->p->dependency[d];

	if (has || dep->place) {
		change_unit(s, c->dep_at[d] + core_place(dep->place, b), has, sign);
		return;
	}
	for (size_t q = 0; q < c->m; q++)
		if (c->p->metric[dep->metric][q * c->m + b] <= dep->max_distance)
			change_unit(s, c->dep_at[d] + q, false, sign);
}

static void change_group_moves(struct state *s, size_t g, int sign)
{
	const struct core *c = s->c;
	uint32_t before = s->n_moved[g], after = before + (uint32_t)sign;
	uint32_t worst = s->worst;

	s->n_moved[g] = after;
	if (!before || !after)
		s->total += sign * c->w[SOLVE_GROUP_MOVE] * c->p->group[g].move_cost;
	if (!c->p->group[g].counts_moves)
		return;
	s->wave[before]--;
	s->wave[after]++;
	if (after > worst)
		s->worst = after;
	else if (before == worst && !s->wave[before])
		s->worst = before - 1;
	s->total += c->w[SOLVE_WORST_MOVE] * ((int64_t)s->worst - (int64_t)worst);
}

static int64_t too_few(uint32_t count, uint32_t limit)
{
	return count && count < limit ? (int64_t)limit - count : 0;
}

static void change_group(struct state *s, size_t g, uint32_t b, int sign)
{
	const struct core *c = s->c;
	const struct solve_group *group = &c->p->group[g];
	uint32_t *count = s->at_place + c->group_at[g] + core_place(group->place, b);
	uint32_t before = *count, after = before + (uint32_t)sign;
	uint32_t used = s->n_used[g];
	uint32_t used_after = used + (uint32_t)((after > 0) - (before > 0));

	*count = after;
	s->n_used[g] = used_after;
	s->n_members[g] += (uint32_t)sign;
	if (group->max_per_place)
		break_upper(s, over(before, group->max_per_place),
			    over(after, group->max_per_place), 1);
	if (group->min_per_place > 1) {
		int64_t lack = too_few(after, group->min_per_place) -
			       too_few(before, group->min_per_place);
		s->lack[g] += (uint32_t)lack;
		break_lower(s, 0, lack);
	}
	if (used == used_after)
		return;
	if (group->max_places)
		break_upper(s, over(used, group->max_places), over(used_after, group->max_places),
			    1);
	if (group->min_places)
		break_lower(s, over(group->min_places, used), over(group->min_places, used_after));
}

static void change(struct state *s, size_t i, size_t pair, uint32_t b, int sign)
{
	const struct core *c = s->c;
	uint32_t now = core_now(c, i);
	bool moved = now != SOLVE_NOWHERE && now != b;

	s->total += sign * core_cost(c, pair);
	change_bin(s, i, pair, b, sign);
	if (moved) {
		size_t before = s->moves;

		s->moves += (size_t)sign;
		if (c->p->limit_moves)
			break_upper(s, over((int64_t)before, (int64_t)c->p->max_moves),
				    over((int64_t)s->moves, (int64_t)c->p->max_moves), 1);
	}
	if (c->p->n_links)
		change_links(s, i, b, sign);
	for (size_t k = c->p->n_groups ? c->group_of.first[i] : 1;
	     c->p->n_groups && k < c->group_of.first[i + 1]; k++) {
		uint32_t g = c->group_of.at[k];

		change_group(s, g, b, sign);
		if (moved)
			change_group_moves(s, g, sign);
		for (size_t j = c->dep_of.first[g]; j < c->dep_of.first[g + 1]; j++) {
			uint32_t d = c->dep_of.at[j];

			if (c->p->dependency[d].group == g)
				change_dependency(s, d, b, true, sign);
			if (c->p->dependency[d].needs == g)
				change_dependency(s, d, b, false, sign);
		}
	}
}

void state_add(struct state *s, size_t i, size_t pair)
{
	uint32_t b = solve_pair_bin(s->c->p, i, pair);

	change(s, i, pair, b, 1);
	s->bin[i] = b;
	s->pair[i] = pair;
	s->n_placed++;
}

void state_remove(struct state *s, size_t i)
{
	uint32_t b = s->bin[i];

	s->bin[i] = SOLVE_NOWHERE;
	change(s, i, s->pair[i], b, -1);
	s->n_placed--;
}

void state_clear(struct state *s)
{
	for (size_t i = 0; i < s->c->n; i++)
		if (s->bin[i] != SOLVE_NOWHERE)
			state_remove(s, i);
}

void state_load(struct state *s, const uint32_t *bin)
{
	for (size_t i = 0; i < s->c->n; i++) {
		if (s->bin[i] != SOLVE_NOWHERE || bin[i] >= s->c->m)
			continue;
		size_t pair = solve_pair_find(s->c->p, i, bin[i]);

		if (pair != SIZE_MAX)
			state_add(s, i, pair);
	}
}

bool state_fits(const struct state *s, size_t i, size_t pair)
{
	const struct core *c = s->c;
	size_t at = solve_pair_bin(c->p, i, pair) * c->R;

	for (size_t r = 0; c->p->capacity && r < c->R; r++) {
		int64_t load = s->use[at + r] + (s->left ? s->left[at + r] : 0);

		if (solve_pair_use(c->p, i, pair, r) > c->p->capacity[at + r] - load)
			return false;
	}
	return true;
}

/* Where only pair costs, capacities and links concern the item: no need to change anything. */
static void try_plain(const struct state *s, size_t i, size_t pair, uint32_t b,
		      struct state_delta *d)
{
	const struct core *c = s->c;

	d->total = core_cost(c, pair);
	for (size_t r = 0; c->p->capacity && r < c->R; r++) {
		int64_t room = c->p->capacity[b * c->R + r] - s->use[b * c->R + r];
		int64_t use = solve_pair_use(c->p, i, pair, r);

		if (use > room) {
			int64_t more = use - (room < 0 ? 0 : room);

			d->upper += more;
			d->hurt += (double)more * c->scale[r];
		}
	}
	for (size_t k = c->p->n_links ? c->link_of.first[i] : 1;
	     c->p->n_links && k < c->link_of.first[i + 1]; k++) {
		const struct solve_link *l = &c->p->link[c->link_of.at[k]];
		uint32_t other = s->bin[l->a == i ? l->b : l->a];

		if (other == SOLVE_NOWHERE)
			continue;
		int64_t far =
			c->p->metric[l->metric][l->a == i ? b * c->m + other : other * c->m + b];
		d->total += c->w[SOLVE_LINK] * l->weight * far;
		d->upper += far > l->max_distance;
		d->hurt += far > l->max_distance;
	}
}

uint64_t state_try_ops(const struct state *s, size_t i)
{
	const struct core *c = s->c;
	uint64_t ops = 10 + 4 * c->R;

	if (c->p->n_links)
		ops += 6 * (c->link_of.first[i + 1] - c->link_of.first[i]);
	if (state_is_plain(s, i))
		return ops;
	ops = 3 * ops + 120 + 40 * c->R;
	if (!c->p->n_groups)
		return ops;
	for (size_t k = c->group_of.first[i]; k < c->group_of.first[i + 1]; k++) {
		uint32_t g = c->group_of.at[k];
		size_t deps = c->dep_of.first[g + 1] - c->dep_of.first[g];

		ops += 60 + deps * (40 + 6 * c->m);
	}
	return ops;
}

bool state_is_plain(const struct state *s, size_t i)
{
	const struct core *c = s->c;

	return !c->bin_terms && !c->transient && !c->p->limit_moves &&
	       (!c->p->n_groups || c->group_of.first[i] == c->group_of.first[i + 1]);
}

/* The links of @i, when it goes from @from to @b. */
static void shift_links(const struct state *s, size_t i, uint32_t from, uint32_t b,
			struct state_delta *d)
{
	const struct core *c = s->c;
	int64_t sum = 0;

	for (size_t k = c->link_of.first[i]; k < c->link_of.first[i + 1]; k++) {
		const struct solve_link *l = &c->p->link[c->link_of.at[k]];
		const int64_t *metric = c->p->metric[l->metric];
		uint32_t other = s->bin[l->a == i ? l->b : l->a];

		if (other == SOLVE_NOWHERE)
			continue;
		int64_t far = metric[l->a == i ? b * c->m + other : other * c->m + b];
		int64_t was = metric[l->a == i ? from * c->m + other : other * c->m + from];
		int more = (far > l->max_distance) - (was > l->max_distance);

		sum += l->weight * (far - was);
		d->upper += more;
		d->hurt += more;
	}
	d->total += c->w[SOLVE_LINK] * sum;
}

void state_shift(const struct state *s, size_t i, size_t pair, struct state_delta *ret_delta)
{
	const struct core *c = s->c;
	const struct solve_problem *p = c->p;
	size_t old = s->pair[i];
	uint32_t from = s->bin[i], b = solve_pair_bin(p, i, pair);
	struct state_delta d = {.total = core_cost(c, pair) - core_cost(c, old)};

	for (size_t r = 0; p->capacity && r < c->R; r++) {
		int64_t more = s->use[b * c->R + r] - p->capacity[b * c->R + r];
		int64_t less = s->use[from * c->R + r] - p->capacity[from * c->R + r];
		int64_t to = solve_pair_use(p, i, pair, r);
		int64_t worse = over(more + to, 0) - over(more, 0);

		if (less > 0)
			worse -= less - over(less - solve_pair_use(p, i, old, r), 0);
		if (worse) {
			d.upper += worse;
			d.hurt += (double)worse * c->scale[r];
		}
	}
	if (p->n_links)
		shift_links(s, i, from, b, &d);
	*ret_delta = d;
}

void state_try(struct state *s, size_t i, size_t pair, struct state_delta *ret_delta)
{
	const struct core *c = s->c;
	struct state_delta d = {0};

	if (state_is_plain(s, i)) {
		try_plain(s, i, pair, solve_pair_bin(c->p, i, pair), &d);
		*ret_delta = d;
		return;
	}
	int64_t total = s->total, upper = s->upper, lower = s->lower;
	double hurt = s->hurt;
	state_add(s, i, pair);
	d = (struct state_delta){s->total - total, s->upper - upper, s->lower - lower,
				 s->hurt - hurt};
	state_remove(s, i);
	s->hurt = hurt;
	*ret_delta = d;
}
