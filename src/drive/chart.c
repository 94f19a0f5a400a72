// SPDX-License-Identifier: Apache-2.0
#include "drive/chart.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/node.h"
#include "doc/yaml.h"
#include "drive/chart_affinity.h"
#include "drive/chart_archive.h"
#include "drive/chart_render.h"
#include "drive/chart_store.h"
#include "drive/file.h"
#include "drive/helm_cmd.h"
#include "drive/kube.h"
#include "drive/kube_capabilities.h"
#include "model/snapshot.h"

#define FACTS_FORM "7" /* changes when the same chart shall be looked at anew */

enum {
	RENDER_MS = 60000,
	RENDER_MAX = 16 << 20, /* bytes of manifests */
	FACTS_MAX = 4 << 20,   /* bytes of kept facts */
	CANDIDATES_MAX = 16,   /* values that may set the replicas */
	CANDIDATES_DEPTH = 4,  /* maps around them, the values themselves included */
	FIRST_REPLICAS = 11,   /* numbers that no chart has by itself */
};

struct charts {
	struct charts_settings settings;
	struct kube_capabilities capabilities;
	bool knows_capabilities;
	struct arena *a; /* of the handle */
};

/* What is looked at. */
struct look {
	struct charts *c;
	struct arena *a;
	struct chart_file file;
	struct chart_archive archive;
	const char *release, *namespace_;
	const struct node *values;
};

struct err *charts_open(struct arena *a, const struct charts_settings *settings,
			struct charts **ret_charts)
{
	struct charts *c = arena_new(a, struct charts);

	if (settings->facts_dir)
		TRY(file_make_dirs(a, settings->facts_dir, 0700));
	c->settings = *settings;
	c->a = a;
	if (settings->capabilities) {
		c->capabilities = *settings->capabilities;
		c->knows_capabilities = true;
	}
	*ret_charts = c;
	return NULL;
}

static struct err *learn_capabilities(struct charts *c, struct arena *a)
{
	if (c->knows_capabilities || !c->settings.kube)
		return NULL;
	struct err *e = kube_capabilities(c->settings.kube, c->a, NULL, &c->capabilities);
	if (e)
		return err_wrap(a, e, "looking at the control plane for the chart");
	c->knows_capabilities = true;
	return NULL;
}

/* ---- rendering ---- */

/* *ret_documents: a list of what the chart renders with @values. */
static struct err *render(struct look *l, const struct node *values, struct node **ret_documents)
{
	const char *text = json_write(l->a, values, JSON_COMPACT), *out;
	struct proc_file file = {text, strlen(text)};
	vec_of(const char *) args = {0};

	*vec_push(l->a, &args) = "template";
	*vec_push(l->a, &args) = "--include-crds";
	*vec_push(l->a, &args) = "--skip-tests";
	*vec_push(l->a, &args) = "--values=" PROC_FILE(0);
	*vec_push(l->a, &args) = arena_printf(l->a, "--namespace=%s", l->namespace_);
	if (l->c->knows_capabilities) {
		const struct kube_capabilities *k = &l->c->capabilities;

		*vec_push(l->a, &args) = arena_printf(l->a, "--kube-version=%s", k->version);
		for (size_t i = 0; i < k->n_apis; i++)
			*vec_push(l->a, &args) =
				arena_printf(l->a, "--api-versions=%s", k->apis[i]);
	}
	*vec_push(l->a, &args) = l->release;
	*vec_push(l->a, &args) = l->file.path;
	*vec_push(l->a, &args) = NULL;
	struct helm_call call = {
		.args = args.at,
		.files = &file,
		.n_files = 1,
		.timeout_ms = RENDER_MS,
		.out_cap = RENDER_MAX,
	};
	TRY(helm_run(l->c->settings.helm, l->a, &call, &out));
	return yaml_read_chart(l->a, "the rendered chart", out, strlen(out), ret_documents);
}

static struct err *probe(void *self, const struct node *values, struct node **ret_documents)
{
	return render(self, values, ret_documents);
}

/* Does the chart heed the names of clusters?  See chart_affinity(). */
static bool find_affinity(struct look *l, struct chart_facts *f, struct node **ret_documents,
			  const struct node **ret_values)
{
	struct affinity_probe p = {
		.render = probe,
		.self = l,
		.values = l->values,
		.defaults = l->archive.values,
		.subcharts = l->archive.subcharts,
		.n_subcharts = l->archive.n_subcharts,
		.has_schema = l->archive.has_schema,
	};

	return l->archive.names_affinity && chart_affinity(l->a, &p, f, ret_documents, ret_values);
}

/* ---- which value sets the replicas ---- */

struct candidate {
	const char *path; /* "replicaCount", "web.replicas" */
	int64_t now;
};

static bool is_replicas_key(const char *key)
{
	return str_eq(key, "replicaCount") || str_eq(key, "replicas");
}

/* Those that stand in @map, which is at @prefix ("web." or ""), and @below levels below it. */
static void find_candidates(struct arena *a, const struct node *map, const char *prefix, int below,
			    struct candidate *list, size_t *n)
{
	for (struct node *c = node_first(map); c && *n < CANDIDATES_MAX; c = c->next) {
		const char *path = arena_printf(a, "%s%s", prefix, c->key);

		if (strchr(c->key, '.'))
			continue; /* a path with dots in a key could not be followed */
		if (below == 0 && is_replicas_key(c->key) && c->kind == NODE_INT)
			list[(*n)++] = (struct candidate){path, c->integer};
		if (below > 0 && c->kind == NODE_MAP)
			find_candidates(a, c, arena_printf(a, "%s.", path), below - 1, list, n);
	}
}

static void set_candidate(struct arena *a, struct node *values, const struct candidate *c,
			  int64_t replicas)
{
	struct node *map = values;
	const char *key = c->path;

	for (const char *dot; (dot = strchr(key, '.')); key = dot + 1)
		map = node_map_in(a, map, arena_strndup(a, key, (size_t)(dot - key)));
	node_set_int(a, map, key, replicas);
}

static struct err *main_replicas(struct look *l, const struct node *values, int64_t *ret_replicas)
{
	struct render_context context = {.namespace_ = l->namespace_};
	struct node *documents = NULL;
	struct object_facts *objects;
	size_t n;

	TRY(render(l, values, &documents));
	render_read(l->a, documents, &context, &objects, &n);
	const struct object_facts *main = render_main(objects, n, l->release, l->archive.name);
	*ret_replicas = main ? main->replicas : -1;
	return NULL;
}

/* The path of the value that the main workload's replicas follow, or NULL. */
static const char *find_replicas_path(struct look *l, const struct node *values, int64_t now)
{
	struct candidate list[CANDIDATES_MAX];
	const struct node *all = node_merge(l->a, l->archive.values, values);
	struct node *changed = node_copy(l->a, values);
	int64_t got;
	size_t n = 0;

	for (int below = 0; below < CANDIDATES_DEPTH; below++)
		find_candidates(l->a, all, "", below, list, &n);
	if (n == 0 || now < 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		set_candidate(l->a, changed, &list[i], FIRST_REPLICAS + (int64_t)i);
	if (!main_replicas(l, changed, &got)) {
		for (size_t i = 0; i < n; i++)
			if (got == FIRST_REPLICAS + (int64_t)i && got != now)
				return list[i].path;
		return NULL;
	}
	/* A schema may not like such numbers: one more than now, one by one. */
	for (size_t i = 0; i < n; i++) {
		changed = node_copy(l->a, values);
		set_candidate(l->a, changed, &list[i], list[i].now + 1);
		if (!main_replicas(l, changed, &got) && got == list[i].now + 1 && got != now)
			return list[i].path;
	}
	return NULL;
}

/* ---- facts ---- */

static bool ask_namespaced(void *self, const char *api_version, const char *kind)
{
	struct look *l = self;
	struct kube_kind found = {0};

	/* What nobody knows is most likely namespaced, and refused by the server if it is not. */
	if (!l->c->settings.kube || !api_version || !kind ||
	    kube_kind(l->c->settings.kube, l->a, api_version, kind, &found) || !found.served)
		return true;
	return found.namespaced;
}

/* @steered: @documents were rendered for clusters of ours. */
static void find_own_clusters(struct look *l, const struct node *documents, bool steered,
			      struct chart_facts *f)
{
	struct node *plain = NULL;
	bool own = false;

	for (size_t i = 0; i < f->n_objects; i++)
		own |= f->objects[i].own_policy && f->objects[i].pod_path;
	if (!own || (steered && render(l, l->values, &plain)))
		return; /* a chart that has to be told has none of its own */
	render_own_clusters(l->a, steered ? plain : documents, l->namespace_, &f->own_clusters,
			    &f->n_own_clusters);
}

static struct err *look_at(struct look *l, struct chart_facts *f)
{
	struct render_context context = {
		.namespace_ = l->namespace_, .namespaced = ask_namespaced, .self = l};
	const struct node *values = l->values;
	struct node *documents = NULL;

	if (find_affinity(l, f, &documents, &values))
		context.sentinel = AFFINITY_SENTINEL;
	if (!documents)
		TRY(render(l, l->values, &documents));
	TRY(render_check(l->a, documents));
	render_read(l->a, documents, &context, &f->objects, &f->n_objects);
	find_own_clusters(l, documents, context.sentinel != NULL, f);
	const struct object_facts *main =
		render_main(f->objects, f->n_objects, l->release, f->name);
	f->replicas_path = find_replicas_path(l, values, main ? main->replicas : -1);
	return NULL;
}

/* ---- kept facts ---- */

/* Everything that the facts depend on. */
static const char *key_of(const struct look *l)
{
	struct str s = {.a = l->a};
	const struct kube_capabilities *k = &l->c->capabilities;

	str_addf(&s, "%s\n%s\n%s\n%s\n%s\n%s\n", FACTS_FORM, SMO_VERSION,
		 helm_version(l->c->settings.helm), l->file.digest, l->release, l->namespace_);
	str_add(&s, json_write(l->a, node_sorted(l->a, l->values), JSON_COMPACT));
	str_addf(&s, "\n%s\n", l->c->knows_capabilities ? k->version : "");
	for (size_t i = 0; i < k->n_apis; i++)
		str_addf(&s, "%s\n", k->apis[i]);
	return sha256_hex(l->a, s.text, s.len);
}

static bool read_kept(struct arena *a, const char *path, struct chart_facts *ret_facts)
{
	struct problems ps = {.a = a};
	struct chart_facts f = {0};
	struct node *doc;
	const char *text;
	size_t size;

	if (file_read(a, path, FACTS_MAX, &text, &size) || json_read(a, path, text, size, &doc))
		return false;
	bind_read(a, &chart_facts_shape, doc, &f, &ps);
	if (ps.n_errors || !f.name)
		return false;
	*ret_facts = f;
	return true;
}

static void keep(struct arena *a, const char *path, const struct chart_facts *f)
{
	const char *text = json_write(a, bind_write(a, &chart_facts_shape, f), JSON_COMPACT);
	struct err *lost = file_write(a, path, 0600, text, strlen(text));

	(void)lost; /* then they are found out again */
}

static struct err *facts_of(struct look *l, const char *ref, struct chart_facts *ret_facts)
{
	const char *dir = l->c->settings.facts_dir;
	const char *path = dir ? arena_printf(l->a, "%s/%s.json", dir, key_of(l)) : NULL;
	struct chart_facts f = {0};

	if (path && read_kept(l->a, path, &f)) {
		f.ref = ref;
		*ret_facts = f;
		return NULL;
	}
	TRY(chart_archive_read(l->a, l->file.bytes, l->file.size, &l->archive));
	f = (struct chart_facts){
		.service = l->release,
		.ref = ref,
		.digest = l->file.digest,
		.name = l->archive.name,
		.version = l->archive.version,
		.app_version = l->archive.app_version,
		.has_schema = l->archive.has_schema,
	};
	TRY(look_at(l, &f));
	if (path)
		keep(l->a, path, &f);
	*ret_facts = f;
	return NULL;
}

static struct err *chart_facts(void *self, struct arena *a, const char *ref, const char *pin,
			       const char *release, const char *namespace_,
			       const struct node *values, struct chart_facts *ret_facts)
{
	struct look l = {
		.c = self,
		.a = a,
		.release = release,
		.namespace_ = namespace_,
		.values = values ? values : node_new(a, NODE_MAP),
	};

	TRY(proc_operand(a, "release name", release));
	TRY(proc_operand(a, "namespace", namespace_));
	TRY(chart_store_fetch(l.c->settings.store, a, ref, pin, &l.file));
	TRY(learn_capabilities(l.c, a));
	return err_wrap(a, facts_of(&l, ref, ret_facts), "chart '%s'", ref);
}

static struct err *chart_digest(void *self, struct arena *a, const char *ref, bool hurry,
				const char **ret_digest)
{
	struct charts *c = self;

	return chart_store_digest(c->settings.store, a, ref, hurry, ret_digest);
}

struct chart_port helm_chart_port(struct charts *c)
{
	return (struct chart_port){.facts = chart_facts, .digest = chart_digest, .self = c};
}
