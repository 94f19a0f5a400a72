// SPDX-License-Identifier: Apache-2.0
/* Aggregated discovery (apidiscovery.k8s.io/v2): everything in two requests; servers before 1.27
 * answer with the plain lists of groups instead, which lack the kinds. */
#include "drive/kube_capabilities.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/file.h"
#include "drive/kube.h"

enum { KNOWN_MAX = 4 << 20 };

#define AGGREGATED                                                                                 \
	"application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"                    \
	"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"               \
	"application/json"

struct apis {
	vec_of(const char *) list;
};

static void add(struct arena *a, struct apis *x, const char *text)
{
	if (text)
		*vec_push(a, &x->list) = arena_strdup(a, text);
}

/* An item of an APIGroupDiscoveryList. */
static void read_group(struct arena *a, const struct node *group, struct apis *x)
{
	const char *name = node_str(group, "metadata.name");

	for (struct node *v = node_first(node_get(group, "versions")); v; v = v->next) {
		const char *version = node_str(v, "version");
		const char *gv = name && *name
					 ? arena_printf(a, "%s/%s", name, version ? version : "")
					 : version;

		if (!version)
			continue;
		add(a, x, gv);
		for (struct node *r = node_first(node_get(v, "resources")); r; r = r->next) {
			const char *kind = node_str(r, "responseKind.kind");

			if (kind && *kind)
				add(a, x, arena_printf(a, "%s/%s", gv, kind));
		}
	}
}

static void read_answer(struct arena *a, const struct node *answer, struct apis *x)
{
	for (struct node *g = node_first(node_get(answer, "items")); g; g = g->next)
		read_group(a, g, x);
	for (struct node *g = node_first(node_get(answer, "groups")); g; g = g->next)
		for (struct node *v = node_first(node_get(g, "versions")); v; v = v->next)
			add(a, x, node_str(v, "groupVersion"));
	if (str_eq(node_str(answer, "kind"), "APIVersions"))
		for (struct node *v = node_first(node_get(answer, "versions")); v; v = v->next)
			add(a, x, v->kind == NODE_STR ? v->str : NULL);
}

static int by_text(const void *x, const void *y)
{
	return str_cmp(*(const char *const *)x, *(const char *const *)y);
}

/* ---- what is known from before ---- */

/* {"/apis": {"etag": ..., "apis": [...]}, ...}; empty when the file is not there, or is none. */
static struct node *read_known(struct arena *a, const char *file)
{
	const char *bytes;
	size_t size;
	struct node *known;

	if (!file || file_read(a, file, KNOWN_MAX, &bytes, &size) ||
	    json_read(a, file, bytes, size, &known) || known->kind != NODE_MAP)
		return node_new(a, NODE_MAP);
	return known;
}

/* Without it the next command asks for everything. */
static void write_known(struct arena *a, const char *file, const struct node *known)
{
	const char *text = json_write(a, known, JSON_COMPACT);
	const char *slash = strrchr(file, '/');
	struct err *ignored =
		slash ? file_make_dirs(a, arena_strndup(a, file, (size_t)(slash - file)), 0700)
		      : NULL;

	if (!ignored)
		ignored = file_write(a, file, 0600, text, strlen(text));
	(void)ignored;
}

static void take_known(struct arena *a, const struct node *entry, struct apis *x)
{
	for (const struct node *n = node_first(node_get(entry, "apis")); n; n = n->next)
		add(a, x, n->kind == NODE_STR ? n->str : NULL);
}

static struct node *entry_of(struct arena *a, const char *etag, const struct apis *x, size_t from)
{
	struct node *entry = node_new(a, NODE_MAP);

	node_set_str(a, entry, "etag", arena_strdup(a, etag));
	struct node *list = node_list_in(a, entry, "apis");
	for (size_t i = from; i < x->list.n; i++)
		node_add(list, node_new_str(a, x->list.at[i]));
	return entry;
}

/* ---- asking ---- */

static struct err *ask(struct kube *k, struct arena *a, const char *path, struct node *known,
		       struct apis *x, bool *ret_news)
{
	struct arena scratch scoped_arena = {0};
	const struct node *entry = node_get(known, path);
	const char *etag = NULL;
	struct kube_call call = {.path = path,
				 .accept = AGGREGATED,
				 .etag = entry ? node_str(entry, "etag") : NULL,
				 .ret_etag = &etag};
	struct node *answer = NULL;
	size_t from = x->list.n;
	struct err *e = kube_call(k, &scratch, &call, &answer, NULL);

	if (e)
		return err_wrap(a, e, "asking what is served");
	if (!answer) {
		take_known(a, entry, x);
		return NULL;
	}
	read_answer(a, answer, x);
	*ret_news |= etag != NULL;
	if (etag)
		node_set(known, path, entry_of(a, etag, x, from));
	return NULL;
}

struct err *kube_capabilities(struct kube *k, struct arena *a, const char *known_file,
			      struct kube_capabilities *ret_capabilities)
{
	struct kube_call call = {.path = "/version"};
	struct node *version, *known = read_known(a, known_file);
	struct apis x = {0};
	bool news = false;
	size_t n = 0;

	TRY(kube_call(k, a, &call, &version, NULL));
	TRY(ask(k, a, "/api", known, &x, &news));
	TRY(ask(k, a, "/apis", known, &x, &news));
	if (known_file && news)
		write_known(a, known_file, known);
	if (x.list.n)
		qsort(x.list.at, x.list.n, sizeof(x.list.at[0]), by_text);
	for (size_t i = 0; i < x.list.n; i++)
		if (i == 0 || !str_eq(x.list.at[i], x.list.at[i - 1]))
			x.list.at[n++] = x.list.at[i];
	const char *said = node_str(version, "gitVersion");
	*ret_capabilities = (struct kube_capabilities){said ? said : "", x.list.at, n};
	return NULL;
}
