// SPDX-License-Identifier: Apache-2.0
/* A second thread that sleeps and raises a stop flag; and what was used meanwhile. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

/* Raises @flag after a while, unless told that it is no longer needed. */
struct alarm {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct timespec until;
	bool over;
	atomic_bool flag;
};

/* False when there is no thread to be had; end what was started. */
bool alarm_start(struct alarm *al, double seconds);
void alarm_end(struct alarm *al);

double cpu_seconds(void);
long peak_kib(void);
