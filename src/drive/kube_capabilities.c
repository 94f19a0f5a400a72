// SPDX-License-Identifier: Apache-2.0
/* Aggregated discovery (apidiscovery.k8s.io/v2): everything in two requests; servers before 1.27
 * answer with the plain lists of groups instead, which lack the kinds. */
#include "drive/kube_capabilities.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "drive/kube.h"

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

static struct err *ask(struct kube *k, struct arena *a, const char *path, struct apis *x)
{
	struct arena scratch scoped_arena = {0};
	struct kube_call call = {.path = path, .accept = AGGREGATED};
	struct node *answer = NULL;
	struct err *e = kube_call(k, &scratch, &call, &answer, NULL);

	if (e)
		return err_wrap(a, e, "asking what is served");
	read_answer(a, answer, x);
	return NULL;
}

struct err *kube_capabilities(struct kube *k, struct arena *a,
			      struct kube_capabilities *ret_capabilities)
{
	struct kube_call call = {.path = "/version"};
	struct node *version;
	struct apis x = {0};
	size_t n = 0;

	TRY(kube_call(k, a, &call, &version, NULL));
	TRY(ask(k, a, "/api", &x));
	TRY(ask(k, a, "/apis", &x));
	if (x.list.n)
		qsort(x.list.at, x.list.n, sizeof(x.list.at[0]), by_text);
	for (size_t i = 0; i < x.list.n; i++)
		if (i == 0 || !str_eq(x.list.at[i], x.list.at[i - 1]))
			x.list.at[n++] = x.list.at[i];
	const char *said = node_str(version, "gitVersion");
	*ret_capabilities = (struct kube_capabilities){said ? said : "", x.list.at, n};
	return NULL;
}
