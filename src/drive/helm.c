// SPDX-License-Identifier: Apache-2.0
#include "drive/helm.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/chart_store.h"
#include "drive/helm_cmd.h"
#include "drive/kube.h"
#include "drive/kube_object.h"
#include "drive/kubeconfig.h"
#include "drive/url.h"
#include "model/desired.h"
#include "model/kinds.h"
#include "model/snapshot.h"

enum {
	LEFTOVERS_MS = 30000,
	LEFTOVERS_POLL_MS = 100,
	HISTORY_MAX = 5,
	TRIES = 3,        /* of a change that finds another state than was read */
	MARGIN_MS = 5000, /* helm gives up this much before we stop it */
	LABEL_VALUE_MAX = 63,
};

struct releases {
	struct releases_settings settings;
	const char *history; /* as an argument */
};

struct err *releases_open(struct arena *a, const struct releases_settings *settings,
			  struct releases **ret_releases)
{
	struct releases *r = arena_new(a, struct releases);

	r->settings = *settings;
	r->history = arena_printf(a, "%d",
				  settings->history_max > 0 ? settings->history_max : HISTORY_MAX);
	*ret_releases = r;
	return NULL;
}

/* ---- reading ---- */

static const char *label(const struct node *secret, const char *key)
{
	const struct node *n = node_get(node_get(node_get(secret, "metadata"), "labels"), key);

	return n && n->kind == NODE_STR ? n->str : NULL;
}

static struct release release_of(struct arena *a, const struct node *secret)
{
	const char *version = label(secret, "version");

	return (struct release){
		.name = label(secret, "name"),
		.namespace_ = node_str(secret, "metadata.namespace"),
		.graph = label(secret, LABEL_GRAPH),
		.service = label(secret, LABEL_SERVICE),
		.project = label(secret, LABEL_PROJECT),
		.instance = label(secret, LABEL_INSTANCE),
		.status = label(secret, "status"),
		.revision = version ? strtoll(version, NULL, 10) : 0,
		.chart_digest = label(secret, LABEL_CHART_DIGEST),
		.values_hash = label(secret, LABEL_VALUES_HASH),
		.chart_version = chart_version_of_label(a, label(secret, LABEL_CHART_VERSION)),
	};
}

static int by_place(const void *x, const void *y)
{
	const struct release *a = x, *b = y;
	int c = str_cmp(a->namespace_, b->namespace_);

	return c ? c : str_cmp(a->name, b->name);
}

void releases_read(struct arena *a, const struct node *secrets, struct release **ret_releases,
		   size_t *ret_n)
{
	vec_of(struct release) list = {0};
	struct map index = {.a = a}; /* place -> number in the list + 1 */

	for (struct node *c = node_first(secrets); c; c = c->next) {
		struct release r = release_of(a, c);

		if (!r.name || !r.namespace_ || !str_eq(label(c, "owner"), "helm"))
			continue;
		const char *key = arena_printf(a, "%s/%s", r.namespace_, r.name);
		size_t *number = map_get(&index, key);
		if (!number) {
			*vec_push(a, &list) = r;
			number = arena_memdup(a, &list.n, sizeof(list.n));
			map_put(&index, key, number);
		} else if (list.at[*number - 1].revision < r.revision) {
			list.at[*number - 1] = r;
		}
	}
	if (list.n)
		qsort(list.at, list.n, sizeof(list.at[0]), by_place);
	*ret_releases = list.at;
	*ret_n = list.n;
}

/* The Secrets of release @name (NULL: all) in @namespace_ (NULL: all): their metadata. */
static struct err *read_secrets(struct releases *r, struct arena *a, const char *namespace_,
				const char *name, struct node **ret_items)
{
	const char *selector = name ? arena_printf(a, "owner=helm,name=%s", name) : "owner=helm";
	const char *path;

	TRY(kube_path(a, "v1", "secrets", namespace_, NULL, NULL, &path));
	path = url_with_query(a, path, "fieldSelector", "type=helm.sh/release.v1");
	path = url_with_query(a, path, "labelSelector", selector);
	return kube_list(r->settings.kube, a, path, true, ret_items);
}

static struct err *release_list(void *self, struct arena *a, const char *namespace_,
				struct release **ret_releases, size_t *ret_n)
{
	struct node *items;

	TRY(read_secrets(self, a, namespace_, NULL, &items));
	releases_read(a, items, ret_releases, ret_n);
	return NULL;
}

/* Every revision of one release, for those who change it. */
struct history {
	struct release newest; /* name NULL: there is none */
	int64_t last_good;     /* revision to go back to; 0: there is none */
};

static struct err *read_history(struct releases *r, struct arena *a, const char *namespace_,
				const char *name, struct history *ret_history)
{
	struct node *items;
	struct history h = {0};

	TRY(read_secrets(r, a, namespace_, name, &items));
	for (struct node *c = node_first(items); c; c = c->next) {
		struct release one = release_of(a, c);
		bool good = str_eq(one.status, "deployed") || str_eq(one.status, "superseded");

		if (one.name && one.revision > h.newest.revision)
			h.newest = one;
		if (good && one.revision > h.last_good)
			h.last_good = one.revision;
	}
	*ret_history = h;
	return NULL;
}

/* ---- running helm ---- */

struct act {
	struct releases *r;
	struct arena *a;
	const char *namespace_, *name;
	int64_t timeout_ms;
	vec_of(const char *) args;
	struct proc_file files[2];
};

static void arg(struct act *x, const char *text)
{
	*vec_push(x->a, &x->args) = text;
}

/* "helm VERB NAME" with what every change has. */
static void begin(struct act *x, const char *verb)
{
	const char *kubeconfig = kubeconfig_text(x->a, x->r->settings.config);
	int64_t inner = x->timeout_ms > 2 * MARGIN_MS ? x->timeout_ms - MARGIN_MS : x->timeout_ms;

	x->args.n = 0;
	x->files[0] = (struct proc_file){kubeconfig, strlen(kubeconfig)};
	arg(x, verb);
	arg(x, "--kubeconfig=" PROC_FILE(0));
	arg(x, arena_printf(x->a, "--namespace=%s", x->namespace_));
	arg(x, arena_printf(x->a, "--timeout=%lldms", (long long)inner));
}

static struct err *finish(struct act *x, size_t n_files)
{
	arg(x, NULL);
	struct helm_call call = {
		.args = x->args.at,
		.files = x->files,
		.n_files = n_files,
		.timeout_ms = x->timeout_ms,
	};
	return helm_run(x->r->settings.helm, x->a, &call, NULL);
}

static struct err *uninstall(struct act *x)
{
	begin(x, "uninstall");
	arg(x, "--ignore-not-found");
	arg(x, x->name);
	return finish(x, 1);
}

static struct err *rollback(struct act *x, int64_t revision)
{
	begin(x, "rollback");
	arg(x, arena_printf(x->a, "--history-max=%s", x->r->history));
	if (helm_major(x->r->settings.helm) >= 4)
		arg(x, "--server-side=false");
	arg(x, x->name);
	arg(x, arena_printf(x->a, "%lld", (long long)revision));
	return finish(x, 1);
}

/* Labels as "a=b,c=d"; those that are NULL are left out. */
static struct err *labels_arg(struct arena *a, const struct text_pair *labels, size_t n,
			      const char **ret_arg)
{
	struct str s = {.a = a};

	str_add(&s, "--labels=");
	for (size_t i = 0, put = 0; i < n; i++) {
		if (!labels[i].value)
			continue;
		/* A comma or quote would begin another label. */
		if (strpbrk(labels[i].value, ",=\"\n") || strlen(labels[i].value) > LABEL_VALUE_MAX)
			return err_new(a, ERR_INPUT, "'%s' cannot be the label '%s'",
				       str_printable(a, labels[i].value, false), labels[i].key);
		str_addf(&s, "%s%s=%s", put++ ? "," : "", labels[i].key, labels[i].value);
	}
	*ret_arg = str_text(&s);
	return NULL;
}

static struct err *install(struct act *x, const struct release_want *want, const char *chart,
			   const char *labels, bool upgrade)
{
	const struct node *values = want->values;
	const char *text = values ? json_write(x->a, values, JSON_COMPACT) : "{}";

	begin(x, upgrade ? "upgrade" : "install");
	x->files[1] = (struct proc_file){text, strlen(text)};
	arg(x, "--values=" PROC_FILE(1));
	arg(x, labels);
	if (upgrade) {
		arg(x, "--reset-values");
		arg(x, arena_printf(x->a, "--history-max=%s", x->r->history));
	}
	if (helm_major(x->r->settings.helm) >= 4)
		arg(x, "--server-side=false");
	arg(x, x->name);
	arg(x, chart);
	return finish(x, 2);
}

/* ---- changes ---- */

/* ERR_CONFLICT when @now is somebody else's. */
static struct err *check_ours(struct releases *r, struct arena *a, const struct release *now,
			      const char *instance)
{
	if (!instance)
		instance = kube_settings(r->settings.kube)->instance;
	if (now->instance && (!instance || str_eq(now->instance, instance)))
		return NULL;
	return err_hint(a,
			err_new(a, ERR_CONFLICT, "release '%s' exists in '%s' and %s", now->name,
				now->namespace_,
				now->instance ? "belongs to another SMO" : "is not ours"),
			"Remove it, choose another project, or take it over with --adopt.");
}

/* True while a policy that a former release of that name made is still being deleted. */
static struct err *has_leftovers(struct act *x, struct arena *a, bool *ret_has)
{
	struct object_port objects = kube_object_port(x->r->settings.kube);
	const struct object_filter here = {.namespace_ = x->namespace_};
	struct node *items = NULL;

	*ret_has = false;
	TRY(objects.list(objects.self, a, "policy.karmada.io/v1alpha1", "PropagationPolicy", &here,
			 &items));
	for (const struct node *o = node_first(items); o; o = o->next) {
		const struct node *owner =
			node_get(node_at(o, "metadata.annotations"), "meta.helm.sh/release-name");

		if (owner && owner->kind == NODE_STR && str_eq(owner->str, x->name) &&
		    node_at(o, "metadata.deletionTimestamp"))
			*ret_has = true;
	}
	return NULL;
}

/*
 * Policies of charts have a finalizer, so they outlive `helm uninstall` by about a second; an
 * install in that second succeeds and then loses them, and nothing propagates.
 */
static struct err *wait_for_leftovers(struct act *x)
{
	const struct timespec pause = {.tv_nsec = LEFTOVERS_POLL_MS * 1000000L};

	for (int spent = 0;; spent += LEFTOVERS_POLL_MS) {
		struct arena round scoped_arena = {0};
		bool has;
		struct err *e = has_leftovers(x, &round, &has);

		if (e)
			return err_new(x->a, e->kind, "%s", e->msg);
		if (!has)
			return NULL;
		if (cancelled(kube_settings(x->r->settings.kube)->cancel))
			return err_new(x->a, ERR_CANCELLED, "interrupted");
		if (spent > LEFTOVERS_MS)
			return err_new(
				x->a, ERR_TIMEOUT,
				"policies of the former release '%s' are still being deleted",
				x->name);
		nanosleep(&pause, NULL);
	}
}

/*
 * A release that was left in the middle of something goes back to a state that helm accepts.
 * *ret_exists: there is a release to upgrade.
 */
static struct err *recover(struct act *x, const struct history *h, bool *ret_exists)
{
	const char *status = h->newest.status ? h->newest.status : "";
	bool middle = str_eq(status, "pending-upgrade") || str_eq(status, "pending-rollback");

	*ret_exists = h->newest.name != NULL;
	if (!h->newest.name)
		return NULL;
	if (middle && h->last_good)
		return err_wrap(x->a, rollback(x, h->last_good), "recovering release '%s' (%s)",
				x->name, status);
	if (middle || str_eq(status, "pending-install") || str_eq(status, "uninstalling") ||
	    str_eq(status, "uninstalled")) {
		*ret_exists = false;
		return err_wrap(x->a, uninstall(x), "recovering release '%s' (%s)", x->name,
				status);
	}
	return NULL;
}

static const char *instance_in(const struct text_pair *labels, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(labels[i].key, LABEL_INSTANCE))
			return labels[i].value;
	return NULL;
}

static struct err *release_put(void *self, struct arena *a, const struct release_want *want,
			       const struct text_pair *labels, size_t n_labels, int64_t timeout_ms,
			       bool adopt)
{
	struct releases *r = self;
	struct act x = {r, a, want->namespace_, want->name, timeout_ms, {0}, {{0}}};
	const char *label_text = NULL;
	struct chart_file chart;

	TRY(proc_operand(a, "release name", want->name));
	TRY(labels_arg(a, labels, n_labels, &label_text));
	TRY(chart_store_fetch(r->settings.charts, a, want->chart_ref, want->chart_digest, &chart));
	for (int i = 1;; i++) {
		struct history h;
		bool exists;

		TRY(read_history(r, a, want->namespace_, want->name, &h));
		if (h.newest.name && !adopt)
			TRY(check_ours(r, a, &h.newest, instance_in(labels, n_labels)));
		struct err *e = recover(&x, &h, &exists);
		if (!e && !exists)
			e = wait_for_leftovers(&x);
		if (!e)
			e = install(&x, want, chart.path, label_text, exists);
		/* Somebody made, removed or is changing it since we looked. */
		bool stale = e && (e->kind == ERR_CONFLICT || e->kind == ERR_LOCKED ||
				   (e->kind == ERR_NOT_FOUND && exists));
		if (!stale || i == TRIES)
			return e;
		TRY(read_history(r, a, want->namespace_, want->name, &h));
		if ((h.newest.name != NULL) == exists && e->kind == ERR_CONFLICT)
			return e; /* it is not about the release itself */
	}
}

static struct err *release_remove(void *self, struct arena *a, const char *namespace_,
				  const char *name, int64_t timeout_ms)
{
	struct releases *r = self;
	struct act x = {r, a, namespace_, name, timeout_ms, {0}, {{0}}};
	struct history h;

	TRY(proc_operand(a, "release name", name));
	TRY(read_history(r, a, namespace_, name, &h));
	if (!h.newest.name)
		return NULL;
	TRY(check_ours(r, a, &h.newest, NULL));
	return uninstall(&x);
}

struct release_port helm_release_port(struct releases *r)
{
	return (struct release_port){
		.list = release_list,
		.put = release_put,
		.remove = release_remove,
		.self = r,
	};
}
