// SPDX-License-Identifier: Apache-2.0
#include "app/solve/world.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/solve/alarm.h"
#include "app/solve/read.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "doc/json.h"
#include "doc/problems.h"
#include "doc/read.h"
#include "model/graph.h"
#include "model/placement.h"
#include "model/snapshot.h"
#include "plan/check.h"
#include "plan/explain.h"
#include "plan/intent.h"
#include "plan/place.h"

struct placing {
	struct arena *a;
	struct graph graph;
	struct snapshot snapshot;
	struct placement placement;
	struct place_why why;
	double seconds; /* to place and to explain, without reading */
};

static int by_id(const void *x, const void *y)
{
	return str_cmp(((const struct service *)x)->id, ((const struct service *)y)->id);
}

static struct err *load(struct arena *a, const char *path, struct node **ret_doc)
{
	char *text;
	size_t size;

	TRY(read_file(a, path, &text, &size));
	return doc_read(a, path, text, size, ret_doc);
}

static struct err *read_both(struct placing *p, const struct world_request *r)
{
	struct problems ps = {.a = p->a};
	struct node *doc;

	TRY(load(p->a, r->graph, &doc));
	graph_read(p->a, doc, &p->graph, &ps);
	TRY(problems_err(p->a, &ps));
	graph_check(p->a, &p->graph, &ps);
	TRY(load(p->a, r->snapshot, &doc));
	bind_read(p->a, &snapshot_shape, doc, &p->snapshot, &ps);
	TRY(problems_err(p->a, &ps));
	TRY(intent_apply(p->a, &p->graph, NULL));
	if (p->graph.n_services)
		qsort(p->graph.services, p->graph.n_services, sizeof(*p->graph.services), by_id);
	p->snapshot.graph = p->graph.id;
	return NULL;
}

static struct err *run(struct placing *p, const struct world_request *r)
{
	struct alarm al = {.over = false};
	bool timed = r->stop_after > 0;
	struct place_options o = {.policy = r->policy, .budget = r->budget};

	TRY(read_both(p, r));
	if (timed && !alarm_start(&al, r->stop_after))
		return err_new(p->a, ERR_GENERIC, "no thread for --stop-after");
	o.stop = timed ? &al.flag : NULL;
	double start = cpu_seconds();
	struct err *e = place(p->a, &p->graph, &p->snapshot, &o, &p->placement, &p->why);
	p->seconds = cpu_seconds() - start;
	if (timed)
		alarm_end(&al);
	return e;
}

static void print_json(const struct placing *p)
{
	struct node *doc = node_new(p->a, NODE_MAP);

	node_set_str(p->a, doc, "graph", p->graph.id);
	node_set_str(p->a, doc, "policy", p->why.policy);
	node_set_str(p->a, doc, "status", p->why.status);
	node_set_int(p->a, doc, "value", p->why.cost);
	node_set_int(p->a, doc, "bound", p->why.bound);
	node_set(doc, "gap", node_new_real(p->a, p->why.gap));
	node_set_int(p->a, doc, "work", (int64_t)p->why.work);
	node_set(doc, "seconds", node_new_real(p->a, p->seconds));
	node_set_int(p->a, doc, "peakKiB", peak_kib());
	node_set(doc, "placement", bind_write(p->a, &placement_part_shape, &p->placement));
	printf("%s\n", json_write(p->a, doc, JSON_COMPACT));
}

int solve_world(const struct world_request *r)
{
	struct arena a scoped_arena = {0};
	struct placing p = {.a = &a};
	struct err *e = run(&p, r);

	if (e) {
		fprintf(stderr, "smo-solve: %s\n", e->msg);
		if (e->hint)
			fprintf(stderr, "hint: %s\n", e->hint);
		return err_kind_info(e->kind)->exit_code;
	}
	if (r->json)
		print_json(&p);
	else
		printf("%s\nvalue %lld, bound %lld, gap %.4f %%, %.4f seconds\n",
		       explain_text(&a, p.graph.id, &p.placement, &p.why), (long long)p.why.cost,
		       (long long)p.why.bound, 100 * p.why.gap, p.seconds);
	return 0;
}
