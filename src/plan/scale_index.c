// SPDX-License-Identifier: Apache-2.0
#include "plan/scale_index.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "plan/demand.h"

struct entry {
	struct scale_facts facts; /* first: what is given out */
	vec_of(struct workload) workloads;
	vec_of(struct owned_object) objects;
};

struct scale_index {
	struct map entries;
	struct scale_facts nothing;
};

static struct entry *entry_of(struct arena *a, struct scale_index *x, const char *service)
{
	struct entry *e = map_get(&x->entries, service);

	if (e)
		return e;
	e = arena_new(a, struct entry);
	e->facts.service = service;
	map_put(&x->entries, service, e);
	return e;
}

static void find_main(struct entry *e)
{
	const struct chart_facts *f = e->facts.chart;
	const struct object_facts *main = f && !f->error ? main_workload(f) : NULL;

	for (size_t i = 0; main && !e->facts.main && i < e->workloads.n; i++)
		if (str_eq(e->workloads.at[i].kind, main->kind) &&
		    str_eq(e->workloads.at[i].name, main->name))
			e->facts.main = &e->workloads.at[i];
}

static void finish(const struct snapshot *s, struct entry *e)
{
	e->facts.part = *s;
	e->facts.part.workloads = e->workloads.at;
	e->facts.part.n_workloads = e->workloads.n;
	e->facts.part.objects = e->objects.at;
	e->facts.part.n_objects = e->objects.n;
	find_main(e);
}

struct scale_index *scale_index_of(struct arena *a, const struct snapshot *s)
{
	struct scale_index *x = arena_new(a, struct scale_index);

	x->entries.a = a;
	for (size_t i = 0; i < s->n_services; i++)
		entry_of(a, x, s->services[i].service)->facts.state = &s->services[i];
	for (size_t i = 0; i < s->n_charts; i++)
		entry_of(a, x, s->charts[i].service)->facts.chart = &s->charts[i];
	for (size_t i = 0; i < s->n_workloads; i++)
		if (s->workloads[i].service && str_eq(s->workloads[i].graph, s->graph))
			*vec_push(a, &entry_of(a, x, s->workloads[i].service)->workloads) =
				s->workloads[i];
	for (size_t i = 0; i < s->n_objects; i++)
		if (s->objects[i].service && str_eq(s->objects[i].graph, s->graph))
			*vec_push(a, &entry_of(a, x, s->objects[i].service)->objects) =
				s->objects[i];
	for (size_t i = 0; i < x->entries.n; i++)
		finish(s, x->entries.at[i].value);
	return x;
}

const struct scale_facts *scale_index_get(const struct scale_index *x, const char *service)
{
	const struct scale_facts *f = map_get(&x->entries, service);

	return f ? f : &x->nothing;
}
