// SPDX-License-Identifier: Apache-2.0
#include "app/solve/alarm.h"

#include <errno.h>
#include <sys/resource.h>

static void *alarm_run(void *at)
{
	struct alarm *al = at;

	pthread_mutex_lock(&al->lock);
	while (!al->over && pthread_cond_timedwait(&al->wake, &al->lock, &al->until) != ETIMEDOUT)
		continue;
	atomic_store(&al->flag, true);
	pthread_mutex_unlock(&al->lock);
	return NULL;
}

bool alarm_start(struct alarm *al, double seconds)
{
	clock_gettime(CLOCK_REALTIME, &al->until);
	double nanos = (double)al->until.tv_nsec + seconds * 1e9;
	al->until.tv_sec += (time_t)(nanos / 1e9);
	al->until.tv_nsec = (long)(nanos - 1e9 * (double)(time_t)(nanos / 1e9));
	pthread_mutex_init(&al->lock, NULL);
	pthread_cond_init(&al->wake, NULL);
	return pthread_create(&al->thread, NULL, alarm_run, al) == 0;
}

void alarm_end(struct alarm *al)
{
	pthread_mutex_lock(&al->lock);
	al->over = true;
	pthread_cond_signal(&al->wake);
	pthread_mutex_unlock(&al->lock);
	pthread_join(al->thread, NULL);
}

double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

long peak_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}
