// SPDX-License-Identifier: Apache-2.0
/* A simulated world in a folder of its own, and short words for what tests do to it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "drive/sim.h"
#include "port/ports.h"

struct bench {
	struct arena a;
	const char *dir;
	struct sim *sim;
	struct ports ports;
};

/* A fresh world of @world (YAML text, NULL: the default one). */
void bench_open(struct bench *b, const char *world);
void bench_reopen(struct bench *b); /* as a new process would */
void bench_close(struct bench *b);

struct node *bench_yaml(struct bench *b, const char *text);

/* Apply the namespace, or any object given as YAML; both get our labels. */
void bench_namespace(struct bench *b, const char *name);
void bench_apply(struct bench *b, const char *yaml);

/* A policy smo-NAME for the Deployment @name in namespace "test"; @clusters as "[edge, cloud]". */
void bench_policy(struct bench *b, const char *name, const char *clusters);
void bench_forget_policy(struct bench *b, const char *name);

struct err *bench_try_put(struct bench *b, const char *name, const char *ref, const char *values);
void bench_put(struct bench *b, const char *name, const char *values);
void bench_remove(struct bench *b, const char *name);

void bench_advance(struct bench *b, int64_t ms);

/* "edge 1/2 old" ...: ready and wanted replicas of the Deployment on each cluster, "old" when not
 * current; the reason in brackets when nowhere; "gone" when it does not exist. */
const char *bench_fares(struct bench *b, const char *name);
