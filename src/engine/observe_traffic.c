// SPDX-License-Identifier: Apache-2.0
#include "engine/observe_traffic.h"

#include <math.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "plan/query.h"
#include "port/metrics_port.h"

/* Two digits: what hardly changes is the same figure, and moves nothing. */
static double rounded(double mbps)
{
	double unit = pow(10, floor(log10(mbps)) - 1);

	return round(mbps / unit) * unit;
}

/* The sum of all series; NaN when there is none. */
static double number_of(const struct metric_answer *got)
{
	double sum = got->n_series ? 0 : (double)NAN;

	for (size_t i = 0; i < got->n_series; i++)
		sum += got->series[i].n ? got->series[i].values[got->series[i].n - 1] : (double)NAN;
	return sum;
}

struct err *observe_traffic(struct engine *e, struct arena *a, const struct graph *g,
			    struct snapshot *s)
{
	const struct traffic_query *q = e->traffic;
	vec_of(struct traffic) list = {0};

	for (size_t v = 0; q && v < g->n_services; v++)
		for (size_t k = 0; k < g->services[v].n_connection_points; k++) {
			const struct query_words words = {g->services[v].id, s->project, q->window,
							  g->services[v].connection_points[k]};
			struct metric_answer got = {0};
			struct err *err = q->metrics->instant(
				q->metrics->self, a, query_fill(a, q->template, &words), 0, &got);

			if (err && err->kind == ERR_CANCELLED)
				return err;
			if (err) { /* the next one would wait as long */
				s->unmeasured = err->msg;
				return NULL;
			}
			double mbps = number_of(&got);
			if (isfinite(mbps) && mbps > 0)
				*vec_push(a, &list) = (struct traffic){words.service, words.target,
								       rounded(mbps)};
		}
	s->traffic = list.at;
	s->n_traffic = list.n;
	return NULL;
}
