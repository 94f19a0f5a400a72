// SPDX-License-Identifier: Apache-2.0
#include "drive/wall_clock.h"

#include <time.h>

#include "drive/http_retry.h"

static int64_t wall_now(void *self)
{
	struct timespec t;

	(void)self;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void wall_sleep(void *self, int64_t ms)
{
	http_wait(self, ms);
}

struct clock_port wall_clock_port(struct cancel *cancel)
{
	return (struct clock_port){.now = wall_now, .sleep = wall_sleep, .self = cancel};
}
