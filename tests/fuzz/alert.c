// SPDX-License-Identifier: Apache-2.0
/* Any body of a webhook: it is refused, or taken for two services that wait for alerts; what it
 * made of their state is understood the next time. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/read.h"
#include "model/alert.h"
#include "model/graph.h"
#include "plan/alerts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

static const char graph_text[] =
	"hdaGraph:\n"
	"  id: g\n"
	"  services:\n"
	"    - id: any\n"
	"      artifact: {ociImage: 'oci://r.example/x', ociConfig: {type: App, implementer: "
	"HELM}}\n"
	"      deployment:\n"
	"        trigger: {event: {condition: ANY, events: [{id: one, condition: {promQuery: 'x > "
	"1', "
	"gracePeriod: 1m}}, {id: two, condition: {promQuery: 'y > 1', gracePeriod: 1m}}]}}\n"
	"    - id: all\n"
	"      artifact: {ociImage: 'oci://r.example/x', ociConfig: {type: App, implementer: "
	"HELM}}\n"
	"      deployment:\n"
	"        trigger: {event: {condition: AND, events: [{id: three, condition: {promQuery: 'x "
	"> 1', "
	"gracePeriod: 1m}}, {id: two, condition: {promQuery: 'y > 1', gracePeriod: 1m}}]}}\n";

static void take(struct arena *a, const struct alert_body *body, const struct graph *g)
{
	const int64_t now = INT64_C(1767225600000);
	struct alert_service list[2] = {{0}};

	for (size_t i = 0; i < g->n_services; i++)
		list[i] = (struct alert_service){.graph = "g",
						 .project = "p",
						 .graph_runs = true,
						 .service = &g->services[i],
						 .status = "Pending"};
	for (int round = 0; round < 2; round++) {
		struct alert_outcome o = alerts_take(a, body, list, g->n_services, now + round);

		for (size_t i = 0; i < o.n_actions; i++)
			must(o.actions[i].service < g->n_services && o.actions[i].reason);
		for (size_t i = 0; i < o.n_notes; i++)
			must(o.notes[i].message && o.notes[i].reason);
		for (size_t i = 0; i < g->n_services; i++) {
			const char *why = NULL;

			if (o.states[i])
				list[i].state = o.states[i];
			(void)alerts_hold(a, list[i].service, list[i].state, &why);
			(void)alerts_over(list[i].service, list[i].state, now);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	struct problems ps = {.a = &a};
	struct alert_body body = {0};
	struct node *doc = NULL, *descriptor = NULL;
	struct graph g = {0};

	if (json_read(&a, "fuzz", (const char *)data, size, &doc))
		return 0;
	struct err *e = alert_read(&a, doc, &body);
	if (e) {
		must(e->kind == ERR_INPUT && e->msg[0]);
		return 0;
	}
	must(!doc_read(&a, "graph", graph_text, strlen(graph_text), &descriptor));
	graph_read(&a, descriptor, &g, &ps);
	must(g.n_services == 2);
	take(&a, &body, &g);
	return 0;
}
