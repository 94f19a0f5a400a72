// SPDX-License-Identifier: Apache-2.0
/* Events that say why something does not reach its clusters: the other half of kube_workload.h. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "drive/kube_workload.h"

enum { WARNINGS_MAX = 50, TEXT_MAX = 500 };

struct warning {
	const char *time, *text;
};

/* When @event was seen last: RFC 3339 text, whose byte order is the order in time. */
static const char *time_of(const struct node *event)
{
	static const char *const paths[] = {"series.lastObservedTime", "lastTimestamp", "eventTime",
					    "metadata.creationTimestamp"};

	for (size_t i = 0; i < countof(paths); i++)
		if (node_str(event, paths[i]))
			return node_str(event, paths[i]);
	return "";
}

/* What an event is about: "Deployment/web ApplyOverridePolicy"; @cut letters of the reason are left
 * out. */
static const char *subject_of(struct arena *a, const struct node *event, size_t cut)
{
	const char *kind = node_str(event, "involvedObject.kind");
	const char *name = node_str(event, "involvedObject.name");
	const char *reason = node_str(event, "reason");

	return arena_printf(a, "%s/%s %.*s", kind ? kind : "", name ? name : "",
			    (int)(strlen(reason) - cut), reason);
}

/* "SyncWorkFailed: the reason" */
static const char *what_of(struct arena *a, const struct node *event)
{
	const char *reason = node_str(event, "reason"), *message = node_str(event, "message");

	return arena_printf(a, "%s: %s", reason ? reason : "", message ? message : "");
}

/* The time of the last success of every subject. */
static void read_successes(struct arena *a, const struct node *events, struct map *successes)
{
	for (struct node *c = node_first(events); c; c = c->next) {
		if (!str_ends(node_str(c, "reason"), "Succeed"))
			continue;
		const char *subject = subject_of(a, c, strlen("Succeed"));
		const char *before = map_get(successes, subject);

		if (str_cmp(before, time_of(c)) < 0)
			map_put(successes, subject, arena_strdup(a, time_of(c)));
	}
}

static bool taken_back(struct arena *a, const struct node *event, const struct map *successes)
{
	if (!str_ends(node_str(event, "reason"), "Failed"))
		return false;
	const char *success = map_get(successes, subject_of(a, event, strlen("Failed")));

	/* Times are whole seconds: the same second counts as later. */
	return success && str_cmp(success, time_of(event)) >= 0;
}

static int newest_first(const void *x, const void *y)
{
	const struct warning *a = x, *b = y;
	int c = str_cmp(b->time, a->time);

	return c ? c : str_cmp(a->text, b->text);
}

/* Bindings say again what their object said. */
static bool said_by_object(struct arena *a, const struct node *event, const struct map *said)
{
	return str_ends(node_str(event, "involvedObject.kind"), "ResourceBinding") &&
	       map_get(said, what_of(a, event));
}

static const char *text_of(struct arena *a, const struct node *event)
{
	const char *kind = node_str(event, "involvedObject.kind");
	const char *name = node_str(event, "involvedObject.name");
	const char *text = arena_printf(a, "%s '%s': %s", kind ? kind : "?", name ? name : "?",
					what_of(a, event));

	return str_printable(a, arena_strndup(a, text, strnlen(text, TEXT_MAX)), false);
}

void warnings_read(struct arena *a, const struct node *events, const char ***ret_texts,
		   size_t *ret_n)
{
	vec_of(struct warning) list = {0};
	vec_of(const char *) texts = {0};
	struct map successes = {.a = a}, said = {.a = a}, shown = {.a = a};

	read_successes(a, events, &successes);
	for (struct node *c = node_first(events); c; c = c->next)
		if (!str_ends(node_str(c, "involvedObject.kind"), "ResourceBinding"))
			map_put(&said, what_of(a, c), c);
	for (struct node *c = node_first(events); c; c = c->next) {
		if (str_eq(node_str(c, "type"), "Warning") && node_str(c, "reason") &&
		    !taken_back(a, c, &successes) && !said_by_object(a, c, &said))
			*vec_push(a, &list) = (struct warning){time_of(c), text_of(a, c)};
	}
	if (list.n)
		qsort(list.at, list.n, sizeof(list.at[0]), newest_first);
	for (size_t i = 0; i < list.n && texts.n < WARNINGS_MAX; i++) {
		if (map_get(&shown, list.at[i].text))
			continue;
		map_put(&shown, list.at[i].text, list.at);
		*vec_push(a, &texts) = list.at[i].text;
	}
	*ret_texts = texts.at;
	*ret_n = texts.n;
}
