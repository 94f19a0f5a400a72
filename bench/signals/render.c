// SPDX-License-Identifier: Apache-2.0
/* How long the dashboards of a graph take, from its services to the text that is sent: for each of
 * RUNS milliseconds on the processor, and bytes.  The argument is the number of services. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "doc/json.h"
#include "model/graph.h"
#include "plan/dashboards.h"

enum { RUNS = 50 };

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

/* Bytes of all dashboards of @g. */
static size_t render(struct arena *a, const struct graph *g)
{
	static const struct dashboard_options o = {.instance =
							   "01234567-89ab-cdef-0123-456789abcdef"};
	size_t bytes = 0;

	for (size_t i = 0; i < g->n_services; i++)
		bytes += strlen(json_write(
			a, dashboard_service(a, g, "shop", g->services[i].id, &o), JSON_COMPACT));
	return bytes + strlen(json_write(a, dashboard_graph(a, g, "shop", &o), JSON_COMPACT));
}

int main(int argc, char **argv)
{
	struct arena a scoped_arena = {0};
	struct graph g = {.id = "bench"};

	g.n_services = argc > 1 ? strtoul(argv[1], NULL, 10) : 50;
	g.services = arena_new_n(&a, struct service, g.n_services);
	for (size_t i = 0; i < g.n_services; i++)
		g.services[i].id = arena_printf(&a, "service-%zu", i);
	for (int i = 0; i < RUNS; i++) {
		struct arena run scoped_arena = {0};
		double began = now_ms();
		size_t bytes = render(&run, &g);

		printf("%.3f %zu\n", now_ms() - began, bytes);
	}
	return 0;
}
