// SPDX-License-Identifier: Apache-2.0
/*
 * Which node holds how much is never stored, it follows from the pods; so nothing can drift.
 */
#include "drive/sim_pods.h"

#include "base/arena.h"
#include "base/str.h"
#include "plan/world.h"
#include "port/object_port.h"

/* One node of the cluster being settled. */
struct room {
	const char *name;
	const struct amounts *capacity;
	struct amounts used;
};

struct rooms {
	struct arena *scratch; /* ends with the settling */
	struct sim_state *s;
	const char *cluster;
	struct room *at;
	size_t n;
};

static bool is_ready(const struct sim_state *s, const struct sim_part *p, const struct sim_pod *pod)
{
	return pod->node && s->now >= pod->ready_at && !sim_state_fails(s, p->release);
}

int64_t sim_pods_ready(const struct sim_state *s, const struct sim_part *p)
{
	int64_t n = 0;

	if (str_eq(p->kind, "Job"))
		return p->succeeded;
	for (size_t i = 0; i < p->pods.n; i++)
		n += is_ready(s, p, &p->pods.at[i]);
	return n;
}

bool sim_pods_current(const struct sim_part *p)
{
	if (str_eq(p->kind, "Job") || str_eq(p->kind, "CronJob"))
		return true;
	for (size_t i = 0; i < p->pods.n; i++) {
		if (p->pods.at[i].revision != p->revision)
			return false;
	}
	return (int64_t)p->pods.n == p->wanted;
}

/* ---- nodes ---- */

static const struct amounts *size_of(const struct sim_part *p, const struct sim_pod *pod)
{
	return pod->revision == p->revision ? &p->requests : &p->old_requests;
}

static struct room *room_called(const struct rooms *r, const char *name)
{
	for (size_t i = 0; i < r->n && name; i++) {
		if (str_eq(r->at[i].name, name))
			return &r->at[i];
	}
	return NULL;
}

static void count_pods(struct rooms *r)
{
	for (size_t i = 0; i < r->s->parts.n; i++) {
		const struct sim_part *p = &r->s->parts.at[i];

		for (size_t k = 0; str_eq(p->cluster, r->cluster) && k < p->pods.n; k++) {
			struct room *room = room_called(r, p->pods.at[k].node);
			if (room)
				amounts_add(r->scratch, &room->used, size_of(p, &p->pods.at[k]), 1);
		}
	}
}

/* What the cluster itself takes is spread over its nodes, the first ones rounded up. */
static void add_base(struct rooms *r, const struct amounts *base)
{
	for (size_t k = 0; k < base->n; k++) {
		int64_t n = (int64_t)r->n, left = base->at[k].value;

		for (size_t i = 0; i < r->n; i++, n--) {
			int64_t part = (left + n - 1) / n;
			amounts_set(r->scratch, &r->at[i].used, base->at[k].resource, part);
			left -= part;
		}
	}
}

static void rooms_init(struct rooms *r, struct arena *scratch, struct sim_state *s,
		       const char *cluster)
{
	const struct sim_site *site = sim_world_site(&s->world, cluster);
	const struct cluster *facts = sim_state_facts(s, cluster);

	*r = (struct rooms){.scratch = scratch, .s = s, .cluster = cluster};
	r->at = arena_new_n(scratch, struct room, (size_t)facts->nodes_total);
	for (size_t i = 0; i < site->n_nodes; i++) {
		const struct sim_nodes *n = &site->nodes[i];
		const char *prefix = n->name ? n->name : cluster;
		int64_t count = n->count ? n->count : 1;

		for (int64_t k = 1; k <= count; k++)
			r->at[r->n++] = (struct room){
				arena_printf(scratch, "%s-%lld", prefix, (long long)k),
				&n->capacity,
				{0}};
	}
	add_base(r, &site->base);
	count_pods(r);
}

/* What a node does not declare it does not have; only storage may go undeclared. */
static const char *lacks(const struct room *room, const struct amounts *need)
{
	for (size_t i = 0; i < need->n; i++) {
		const char *resource = need->at[i].resource;
		bool declared = amounts_has(room->capacity, resource);
		int64_t free =
			amounts_get(room->capacity, resource) - amounts_get(&room->used, resource);

		if (!declared && str_eq(resource, "ephemeral-storage"))
			continue;
		if (need->at[i].value > free)
			return resource;
	}
	return NULL;
}

static bool hosts(const struct sim_part *p, const char *node)
{
	for (size_t i = 0; i < p->pods.n; i++) {
		if (str_eq(p->pods.at[i].node, node))
			return true;
	}
	return false;
}

/* Bind @pod to the first node with room; false when there is none. */
static bool bind(struct rooms *r, const struct sim_part *p, struct sim_pod *pod)
{
	bool one_each = str_eq(p->kind, "DaemonSet");

	for (size_t i = 0; i < r->n; i++) {
		struct room *room = &r->at[i];

		if ((one_each && hosts(p, room->name)) || lacks(room, size_of(p, pod)))
			continue;
		pod->node = arena_strdup(r->s->a, room->name);
		pod->ready_at = r->s->now + p->ready_after;
		amounts_add(r->scratch, &room->used, size_of(p, pod), 1);
		return true;
	}
	return false;
}

static void drop(struct rooms *r, struct sim_part *p, size_t i)
{
	struct room *room = room_called(r, p->pods.at[i].node);

	if (room)
		room->used = amounts_minus(r->scratch, &room->used, size_of(p, &p->pods.at[i]));
	p->pods.n--;
	for (; i < p->pods.n; i++)
		p->pods.at[i] = p->pods.at[i + 1];
}

static void add(struct rooms *r, struct sim_part *p)
{
	struct sim_pod pod = {.revision = p->revision, .ready_at = r->s->now};

	bind(r, p, &pod);
	*vec_push(r->s->a, &p->pods) = pod;
}

/* ---- roll-outs ---- */

struct count {
	int64_t total, fresh, ready;
};

static struct count count(const struct sim_state *s, const struct sim_part *p)
{
	struct count c = {.total = (int64_t)p->pods.n, .ready = sim_pods_ready(s, p)};

	for (size_t i = 0; i < p->pods.n; i++)
		c.fresh += p->pods.at[i].revision == p->revision;
	return c;
}

/* The pod that is missed least: old before fresh, then not ready before ready, the last made. */
static size_t least_missed(const struct sim_state *s, const struct sim_part *p)
{
	size_t best = 0;
	int best_rank = -1;

	for (size_t i = 0; i < p->pods.n; i++) {
		const struct sim_pod *pod = &p->pods.at[i];
		int rank = (pod->revision != p->revision) * 2 + !is_ready(s, p, pod);

		if (rank >= best_rank) {
			best = i;
			best_rank = rank;
		}
	}
	return best;
}

/* One step of bringing the pods of @p to what is wanted; false when there is none to take now. */
static bool roll(struct rooms *r, struct sim_part *p)
{
	bool surges = str_eq(p->kind, "Deployment");
	int64_t more = surges ? (p->wanted + 3) / 4 : 0;
	int64_t fewer = surges ? p->wanted / 4 : 1;
	struct count c = count(r->s, p);
	bool has_old = c.fresh < c.total;

	if (c.fresh > p->wanted || c.total > p->wanted + (has_old ? more : 0)) {
		drop(r, p, least_missed(r->s, p));
		return true;
	}
	if (has_old) {
		size_t i = least_missed(r->s, p);
		bool ready = is_ready(r->s, p, &p->pods.at[i]);

		if (!ready || c.ready - 1 >= p->wanted - fewer) {
			drop(r, p, i);
			return true;
		}
	}
	if (c.fresh < p->wanted && c.total < p->wanted + (has_old ? more : 0)) {
		add(r, p);
		return true;
	}
	return false;
}

/* A Job's pods end when they would be ready; each is one completion. */
static void run_job(struct rooms *r, struct sim_part *p)
{
	for (size_t i = p->pods.n; i-- > 0;) {
		if (!is_ready(r->s, p, &p->pods.at[i]))
			continue;
		drop(r, p, i);
		p->succeeded++;
	}
	while (p->succeeded + (int64_t)p->pods.n < p->wanted)
		add(r, p);
}

static void settle_part(struct rooms *r, struct sim_part *p)
{
	if (str_eq(p->kind, "Job")) {
		run_job(r, p);
		return;
	}
	while (roll(r, p))
		continue;
}

static bool retry_pending(struct rooms *r, struct sim_part *p)
{
	bool any = false;

	for (size_t i = 0; i < p->pods.n; i++) {
		if (!p->pods.at[i].node)
			any |= bind(r, p, &p->pods.at[i]);
	}
	return any;
}

/* Resources of bound pods, and of those that wait, as a cluster reports them. */
static void update_facts(struct rooms *r)
{
	struct cluster *c = sim_state_facts(r->s, r->cluster);
	struct amounts sum = {0};

	if (!c->ready)
		return; /* nobody hears its report */
	for (size_t i = 0; i < r->n; i++)
		amounts_add(r->scratch, &sum, &r->at[i].used, 1);
	for (size_t i = 0; i < r->s->parts.n; i++) {
		const struct sim_part *p = &r->s->parts.at[i];

		for (size_t k = 0; str_eq(p->cluster, r->cluster) && k < p->pods.n; k++) {
			if (!p->pods.at[k].node)
				amounts_add(r->scratch, &sum, size_of(p, &p->pods.at[k]), 1);
		}
	}
	c->allocated = (struct amounts){0};
	amounts_add(r->s->a, &c->allocated, &sum, 1);
}

void sim_pods_settle(struct sim_state *s, const char *cluster)
{
	struct arena scratch scoped_arena = {0};
	struct rooms r;
	bool again = true;

	if (!sim_state_cluster(s, cluster))
		return;
	rooms_init(&r, &scratch, s, cluster);
	for (size_t i = 0; i < s->parts.n; i++) {
		if (str_eq(s->parts.at[i].cluster, cluster))
			settle_part(&r, &s->parts.at[i]);
	}
	while (again) {
		again = false;
		for (size_t i = 0; i < s->parts.n; i++) {
			if (!str_eq(s->parts.at[i].cluster, cluster))
				continue;
			if (retry_pending(&r, &s->parts.at[i])) {
				settle_part(&r, &s->parts.at[i]);
				again = true;
			}
		}
	}
	update_facts(&r);
}

/* ---- time ---- */

/* When the next pod becomes ready, at most @to. */
static int64_t next_event(const struct sim_state *s, int64_t to)
{
	for (size_t i = 0; i < s->parts.n; i++) {
		const struct sim_part *p = &s->parts.at[i];

		for (size_t k = 0; k < p->pods.n; k++) {
			int64_t at = p->pods.at[k].ready_at;
			if (p->pods.at[k].node && at > s->now && at < to)
				to = at;
		}
	}
	return to;
}

/* Did a pod of @p become ready at this very moment, and is there something to go on with? */
static bool has_news(const struct sim_state *s, const struct sim_part *p)
{
	if (sim_pods_current(p) && !str_eq(p->kind, "Job"))
		return false;
	for (size_t k = 0; k < p->pods.n; k++) {
		if (p->pods.at[k].node && p->pods.at[k].ready_at == s->now)
			return true;
	}
	return false;
}

void sim_pods_advance(struct sim_state *s, int64_t to)
{
	while (s->now < to) {
		s->now = next_event(s, to);
		sim_state_notice(s);
		for (size_t i = 0; i < s->parts.n; i++) {
			if (has_news(s, &s->parts.at[i]))
				sim_pods_settle(s, s->parts.at[i].cluster);
		}
	}
}

void sim_pods_restart(struct sim_state *s, const char *service)
{
	for (size_t i = 0; i < s->parts.n; i++) {
		struct sim_part *p = &s->parts.at[i];

		for (size_t k = 0; str_eq(p->release, service) && k < p->pods.n; k++)
			if (p->pods.at[k].node)
				p->pods.at[k].ready_at = s->now + p->ready_after;
	}
}

/* ---- reasons ---- */

int64_t sim_pods_unplaced(const struct sim_state *s, const struct sim_part *p)
{
	int64_t n = 0;

	for (size_t i = 0; i < p->pods.n; i++)
		n += !p->pods.at[i].node && s->now - p->pods.at[i].ready_at >= POD_PATIENCE_MS;
	return n;
}

const char *sim_pods_pending(struct arena *a, const struct sim_state *s, const struct sim_part *p)
{
	struct arena scratch scoped_arena = {0};
	const char *missing = NULL;
	struct sim_state copy = *s;
	struct rooms r;
	size_t n = 0;

	for (size_t i = 0; i < p->pods.n; i++)
		n += !p->pods.at[i].node;
	if (!n || !sim_state_cluster(s, p->cluster))
		return NULL;
	rooms_init(&r, &scratch, &copy, p->cluster);
	for (size_t i = 0; i < r.n && !missing; i++)
		missing = lacks(&r.at[i], &p->requests);
	return arena_printf(a, "0/%zu nodes are available: insufficient %s", r.n,
			    missing ? missing : "room");
}
