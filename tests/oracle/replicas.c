// SPDX-License-Identifier: Apache-2.0
/*
 * The policy "original" as a filter, for comparison with other solvers.
 *
 *     in:   N CAPACITY GPUS BOUNDED, then N lines: RATE REPLICAS CPU GPU MAX ALPHA BETA; again ...
 *     out:  "none", or the cost and the replicas
 */
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "plan/scale.h"

enum { MOST = 64 };

static int read_services(struct scale_original_service *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		long long replicas, cpu, gpu, max;

		s[i] = (struct scale_original_service){.id = "s"};
		if (scanf("%lf %lld %lld %lld %lld %lf %lf", &s[i].rate, &replicas, &cpu, &gpu,
			  &max, &s[i].model.alpha, &s[i].model.beta) != 7)
			return 0;
		s[i].replicas = replicas;
		s[i].cpu = cpu;
		s[i].gpu = gpu;
		s[i].max = max;
	}
	return 1;
}

int main(void)
{
	size_t n;
	long long capacity, gpus;
	int bounded;

	while (scanf("%zu %lld %lld %d", &n, &capacity, &gpus, &bounded) == 4) {
		struct arena a scoped_arena = {0};
		struct scale_original_service s[MOST];
		int64_t r[MOST];

		if (n > MOST || !read_services(s, n))
			return 2;
		if (scale_original(&a, s, n, capacity, gpus, bounded, r)) {
			puts("none");
			continue;
		}
		printf("%.12g", scale_original_cost(s, n, r));
		for (size_t i = 0; i < n; i++)
			printf(" %lld", (long long)r[i]);
		putchar('\n');
	}
	return 0;
}
