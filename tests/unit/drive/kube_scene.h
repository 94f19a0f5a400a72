// SPDX-License-Identifier: Apache-2.0
/* A scripted Kubernetes API server and a handle that talks to it; waiting takes no time. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/kube.h"
#include "drive/kubeconfig.h"
#include "port/clock_port.h"
#include "script_server.h"

enum { SCENE_STEPS = 32 };

struct scene {
	struct arena a;
	struct script_step steps[SCENE_STEPS];
	size_t n_steps;
	struct script s;
	struct kube *k;
	struct kube_config config;
	struct kube_settings settings;
	struct clock_port clock;
	int64_t waited, n_waits;
	bool ended;
};

static inline int64_t scene_now(void *self)
{
	return 1000 + ((struct scene *)self)->waited;
}

static inline void scene_sleep(void *self, int64_t ms)
{
	((struct scene *)self)->waited += ms;
	((struct scene *)self)->n_waits++;
}

/* The next answer; @head: more headers, "A: b\r\n", or "". */
static inline void scene_answer_with(struct scene *sc, int status, const char *head,
				     const char *body)
{
	sc->steps[sc->n_steps++].reply =
		arena_printf(&sc->a,
			     "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%sContent-Length: "
			     "%zu\r\n\r\n%s",
			     status, head, strlen(body), body);
}

static inline void scene_answer(struct scene *sc, int status, const char *body)
{
	scene_answer_with(sc, status, "", body);
}

static inline void scene_refuse(struct scene *sc, int status, const char *reason,
				const char *message)
{
	scene_answer(
		sc, status,
		arena_printf(&sc->a,
			     "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\","
			     "\"message\":\"%s\",\"reason\":\"%s\",\"code\":%d}",
			     message, reason, status));
}

/* After the answers are given. */
static inline void scene_begin(struct scene *sc)
{
	script_begin(&sc->s, sc->steps, sc->n_steps);
	sc->clock = (struct clock_port){scene_now, scene_sleep, sc};
	sc->settings.retry.clock = &sc->clock;
	sc->config.server = script_url(&sc->a, &sc->s, "");
	assert_null(kube_open(&sc->a, &sc->config, &sc->settings, &sc->k));
}

/* Then requests can be looked at. */
static inline void scene_end(struct scene *sc)
{
	if (!sc->ended)
		script_end(&sc->s);
	sc->ended = true;
}

static inline void scene_done(struct scene *sc)
{
	scene_end(sc);
	kube_close(sc->k);
	script_done(&sc->s);
	arena_done(&sc->a);
}

#define scoped_scene __attribute__((cleanup(scene_done)))

/* Was request @i, from 0, "@line"...? */
static inline void scene_expect(struct scene *sc, size_t i, const char *line)
{
	scene_end(sc);
	assert_true(i < sc->s.n_requests);
	char *head = sc->s.requests[i].head;
	size_t len = strcspn(head, "\r");
	const char *first = arena_strndup(&sc->a, head, len);

	assert_string_equal(first, arena_printf(&sc->a, "%s HTTP/1.1", line));
}
