// SPDX-License-Identifier: Apache-2.0
/*
 * Services that name services.  Calling each other in a circle is fine; waiting for each other is
 * not.  Cycles are found by depth-first search, without recursion since graphs may be deep.
 */
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "plan/check_parts.h"

static struct mark mark_or(const struct mark *marks, size_t i, struct mark otherwise)
{
	return marks ? marks[i] : otherwise;
}

/* Tell when no service is called @id. */
static bool known(struct checking *c, const char *id, struct mark at, const char *what)
{
	if (checking_find(c, id) != SIZE_MAX)
		return true;
	struct problem *p = problems_add(c->ps, SEVERITY_ERROR, at, "unknown-service",
					 "%s '%s' is not a service of this graph", what, id);
	const char *near = str_suggest(c->a, id, c->ids);
	if (near)
		p->hint = arena_printf(c->a, "Did you mean '%s'?", near);
	return false;
}

static void check_calls(struct checking *c, const struct service *s)
{
	for (size_t i = 0; i < s->n_connection_points; i++) {
		struct mark at = mark_or(s->connection_points_at, i, s->at);
		const char *id = s->connection_points[i];

		if (known(c, id, at, "connection point") && str_eq(id, s->id))
			problems_add(c->ps, SEVERITY_WARNING, at, "self-link",
				     "service '%s' names itself as a connection point", s->id);
	}
}

static bool calls(const struct service *s, const char *id)
{
	for (size_t i = 0; i < s->n_connection_points; i++)
		if (str_eq(s->connection_points[i], id))
			return true;
	return false;
}

static void check_latencies(struct checking *c, const struct service *s)
{
	for (size_t i = 0; i < s->n_latencies; i++) {
		const struct latency_intent *l = &s->latencies[i];

		if (!l->connection_point || !*l->connection_point)
			continue;
		if (known(c, l->connection_point, l->at, "connection point") &&
		    !calls(s, l->connection_point))
			problems_add(c->ps, SEVERITY_WARNING, l->at, "unlinked-latency",
				     "service '%s' wants to be near '%s' but does not call it",
				     s->id, l->connection_point)
				->hint = "Name it in connectionPoints too.";
	}
}

static void check_traffic(struct checking *c, const struct service *s)
{
	for (size_t i = 0; i < s->n_traffic; i++) {
		const struct traffic_intent *t = &s->traffic[i];

		if (!t->connection_point || !*t->connection_point)
			continue;
		if (known(c, t->connection_point, t->at, "connection point") &&
		    !calls(s, t->connection_point))
			problems_add(c->ps, SEVERITY_WARNING, t->at, "unlinked-traffic",
				     "service '%s' tells of traffic to '%s' but does not call it",
				     s->id, t->connection_point)
				->hint = "Name it in connectionPoints too.";
	}
}

static void check_co_locations(struct checking *c, const struct service *s)
{
	for (size_t i = 0; i < s->n_co_locations; i++) {
		const struct co_location *l = &s->co_locations[i];

		if (l->id && !l->grounded_graph_id &&
		    known(c, l->id, l->at, "co-located service") && str_eq(l->id, s->id))
			problems_add(c->ps, SEVERITY_WARNING, l->at, "self-link",
				     "service '%s' shares a location with itself", s->id);
	}
}

static void check_dependencies(struct checking *c, const struct service *s)
{
	for (size_t i = 0; i < s->trigger.n_dependencies; i++) {
		struct mark at = mark_or(s->trigger.dependencies_at, i, s->trigger.at);
		const char *id = s->trigger.dependencies[i];

		if (known(c, id, at, "dependency") &&
		    c->g->services[checking_find(c, id)].trigger.is_event)
			problems_add(c->ps, SEVERITY_WARNING, at, "waits-for-event",
				     "service '%s' waits for '%s', which starts on an event", s->id,
				     id);
	}
}

/* ---- cycles ---- */

enum colour { WHITE, GREY, BLACK }; /* not seen, on the path, done */

struct search {
	enum colour *colour;
	size_t *cursor; /* the next dependency to look at */
	size_t *path;
	size_t length;
};

static void tell_cycle(struct checking *c, const struct search *d, size_t again)
{
	struct str s = {.a = c->a};
	size_t from = d->length;

	while (d->path[from - 1] != again)
		from--;
	const struct service *first = &c->g->services[again];
	for (size_t i = from - 1; i < d->length; i++)
		str_addf(&s, "%s -> ", c->g->services[d->path[i]].id);
	str_add(&s, first->id);
	problems_add(c->ps, SEVERITY_ERROR, first->trigger.at, "dependency-cycle",
		     "services wait for each other: %s", str_text(&s))
		->hint = "Take one of these dependencies away.";
}

/* Everything that can be reached from service @start. */
static void search_from(struct checking *c, struct search *d, size_t start)
{
	d->path[0] = start;
	d->length = 1;
	d->colour[start] = GREY;
	while (d->length) {
		size_t top = d->path[d->length - 1];
		const struct trigger *t = &c->g->services[top].trigger;

		if (d->cursor[top] == t->n_dependencies) {
			d->colour[top] = BLACK;
			d->length--;
			continue;
		}
		size_t to = checking_find(c, t->dependencies[d->cursor[top]++]);
		if (to == SIZE_MAX || d->colour[to] == BLACK)
			continue;
		if (d->colour[to] == GREY) {
			tell_cycle(c, d, to);
			continue;
		}
		d->colour[to] = GREY;
		d->path[d->length++] = to;
	}
}

static void check_cycles(struct checking *c)
{
	size_t n = c->g->n_services;
	struct search d = {
		.colour = arena_new_n(c->a, enum colour, n),
		.cursor = arena_new_n(c->a, size_t, n),
		.path = arena_new_n(c->a, size_t, n),
	};

	for (size_t i = 0; i < n; i++)
		if (d.colour[i] == WHITE)
			search_from(c, &d, i);
}

void check_links(struct checking *c)
{
	for (size_t i = 0; i < c->g->n_services; i++) {
		const struct service *s = &c->g->services[i];

		check_calls(c, s);
		check_latencies(c, s);
		check_traffic(c, s);
		check_co_locations(c, s);
		check_dependencies(c, s);
	}
	check_cycles(c);
}
