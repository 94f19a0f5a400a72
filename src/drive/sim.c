// SPDX-License-Identifier: Apache-2.0
#include "drive/sim.h"

#include <signal.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "drive/file.h"
#include "drive/sim_op.h"
#include "drive/sim_parts.h"

enum { WORLD_MAX = 16 << 20 };

/* ---- the handle ---- */

static struct err *read_world(struct arena *a, const char *path, struct sim_world *ret_world)
{
	const char *text;
	size_t size;
	struct err *e = path ? file_read(a, path, WORLD_MAX, &text, &size) : NULL;

	if (!path || (e && e->kind == ERR_NOT_FOUND))
		return sim_world_read(a, "the default world", sim_default, strlen(sim_default),
				      ret_world);
	TRY(e);
	return sim_world_read(a, path, text, size, ret_world);
}

struct err *sim_open(struct arena *a, const struct sim_settings *settings, struct sim **ret_sim)
{
	struct sim *s = arena_new(a, struct sim);

	TRY(file_make_dirs(a, settings->dir, 0700));
	TRY(sim_file_open(a, settings->dir, &s->file));
	if (!sim_file_exists(&s->file)) {
		struct err *e = read_world(a, settings->world_file, &s->world);
		if (e) {
			sim_file_close(&s->file);
			return e;
		}
	}
	pthread_mutex_init(&s->mutex, NULL);
	s->instance = settings->instance;
	s->cancel = settings->cancel;
	*ret_sim = s;
	return NULL;
}

void sim_close(struct sim *s)
{
	if (!s)
		return;
	sim_file_close(&s->file);
	pthread_mutex_destroy(&s->mutex);
}

void sim_ports(struct sim *s, struct ports *ports)
{
	ports->cluster = sim_cluster_port(s);
	ports->object = sim_object_port(s);
	ports->release = sim_release_port(s);
	ports->chart = sim_chart_port(s);
	ports->clock = sim_clock_port(s);
	ports->simulated = true;
}

/* ---- copies ---- */

struct node *sim_clone(struct arena *a, const struct node *n)
{
	struct node *copy = node_new(a, n->kind);

	if (n->kind == NODE_STR)
		copy->str = arena_strdup(a, n->str);
	else if (n->kind == NODE_INT)
		copy->integer = n->integer;
	else if (n->kind == NODE_BOOL)
		copy->flag = n->flag;
	else if (n->kind == NODE_REAL)
		copy->real = n->real;
	for (const struct node *c = node_first(n); c; c = c->next) {
		if (n->kind == NODE_MAP)
			node_set(copy, arena_strdup(a, c->key), sim_clone(a, c));
		else
			node_add(copy, sim_clone(a, c));
	}
	return copy;
}

void sim_clone_as(struct arena *a, const struct shape *shape, const void *in, void *out)
{
	struct arena scratch scoped_arena = {0};
	struct problems ps = {.a = a};

	bind_read(a, shape, sim_clone(a, bind_write(&scratch, shape, in)), out, &ps);
}

/* ---- the frame of a call ---- */

static struct err *fault_error(const struct sim_call *c)
{
	const char *slug = c->fault.kind;
	enum err_kind kind = ERR_REMOTE;

	if (str_eq(slug, "kill"))
		raise(SIGKILL);
	for (int k = ERR_INPUT; k <= ERR_BUG; k++) {
		if (str_eq(err_kind_info((enum err_kind)k)->slug, slug))
			kind = (enum err_kind)k;
	}
	return err_new(c->a, kind, "%s",
		       c->fault.message ? c->fault.message
					: "the simulated world was told to fail here");
}

static bool matches(const struct sim_fault *f, const struct sim_call *c)
{
	return (!f->port || str_eq(f->port, c->port)) && (!f->call || str_eq(f->call, c->call));
}

/* Copies the fault that hits this call to c->fault, and counts it. */
static struct err *look_for_fault(struct sim_call *c)
{
	const struct sim_state *s = sim_state_of(c);
	size_t i = 0;

	while (i < s->faults.n && !matches(&s->faults.at[i], c))
		i++;
	if (i == s->faults.n)
		return NULL;
	c->faulty = s->faults.at[i].skip == 0;
	if (c->faulty)
		sim_clone_as(c->a, &sim_fault_shape, &s->faults.at[i], &c->fault);
	struct node *op = sim_op_new(c->a, "hit");
	node_set_int(c->a, op, "n", (int64_t)i);
	TRY(sim_change(c, op));
	if (!c->fault.lag_ms)
		return NULL;
	op = sim_op_new(c->a, "advance");
	node_set_int(c->a, op, "to", s->now + c->fault.lag_ms);
	return sim_change(c, op);
}

static void unlock(struct sim *s)
{
	sim_file_unlock(&s->file);
	pthread_mutex_unlock(&s->mutex);
}

struct err *sim_enter(struct sim *s, struct arena *a, const char *port, const char *call,
		      struct sim_call *ret_call)
{
	struct sim_call c = {.sim = s, .a = a, .port = port, .call = call};

	pthread_mutex_lock(&s->mutex);
	struct err *e = sim_file_lock(&s->file, a, &s->world);
	if (e) {
		pthread_mutex_unlock(&s->mutex);
		return e;
	}
	e = look_for_fault(&c);
	if (!e && c.faulty && c.fault.kind && !c.fault.after && !c.fault.stuck)
		e = fault_error(&c);
	if (e) {
		unlock(s);
		return e;
	}
	*ret_call = c;
	return NULL;
}

struct err *sim_leave(struct sim_call *c, struct err *e)
{
	if (!e && c->faulty && c->fault.kind && (c->fault.after || c->fault.stuck))
		e = fault_error(c);
	unlock(c->sim);
	return e;
}

struct err *sim_change(struct sim_call *c, const struct node *op)
{
	return sim_file_change(&c->sim->file, c->a, op);
}
