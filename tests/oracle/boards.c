// SPDX-License-Identifier: Apache-2.0
/* The rules and dashboards of a descriptor (standard input), as JSON: {rules: FILE TEXT, queries:
 * [...], boards: [...]}; the argument is the name of a cluster. */
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/problems.h"
#include "doc/read.h"
#include "model/graph.h"
#include "plan/rules.h"
#include "plan/signals.h"

static void add(struct arena *a, struct node *out, struct node *board)
{
	const char **queries;
	size_t n = dashboard_queries(a, board, &queries);

	node_add(node_list_in(a, out, "boards"), board);
	for (size_t i = 0; i < n; i++)
		node_add(node_list_in(a, out, "queries"), node_new_str(a, queries[i]));
}

static struct err *run(struct arena *a, const char *text, size_t size, const char *cluster,
		       struct node *out)
{
	static const struct rule_options rules = {.namespace_ = "monitoring"};
	static const struct dashboard_options boards = {
		.instance = "01234567-89ab-cdef-0123-456789abcdef"};
	struct problems ps = {.a = a};
	struct graph g = {0};
	struct node *doc;

	TRY(doc_read(a, "stdin", text, size, &doc));
	graph_read(a, doc, &g, &ps);
	TRY(problems_err(a, &ps));
	struct node *object = node_new(a, NODE_MAP);
	struct node *groups = node_list_in(a, node_map_in(a, object, "spec"), "groups");
	struct node *group = rules_group(a, &g, "demo", &rules);
	if (group)
		node_add(groups, group);
	node_set_str(a, out, "rules", rules_file(a, object));
	for (size_t i = 0; i < g.n_services; i++)
		add(a, out, dashboard_service(a, &g, "demo", g.services[i].id, &boards));
	add(a, out, dashboard_graph(a, &g, "demo", &boards));
	add(a, out, dashboard_cluster(a, cluster, &boards));
	return NULL;
}

int main(int argc, char **argv)
{
	static char text[1 << 20];
	struct arena a scoped_arena = {0};
	struct node *out = node_new(&a, NODE_MAP);
	size_t size = fread(text, 1, sizeof(text) - 1, stdin);
	struct err *e = run(&a, text, size, argc > 1 ? argv[1] : "edge", out);

	if (e) {
		fprintf(stderr, "%s\n", e->msg);
		return 2;
	}
	printf("%s", json_write(&a, out, JSON_PRETTY));
	return 0;
}
