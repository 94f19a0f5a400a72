// SPDX-License-Identifier: Apache-2.0
#include "drive/route.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "model/kinds.h"

/* Who keeps objects of @kind; NULL: nobody. */
static const struct object_port *keeper(const struct route *r, const char *kind)
{
	if (str_eq(kind, RULES_KIND) && r->rules.get)
		return &r->rules;
	if (str_eq(kind, DASHBOARD_KIND) && !r->boards_in_world)
		return r->boards.get ? &r->boards : NULL;
	return &r->world;
}

static struct err *nobody(struct arena *a, const char *kind)
{
	return err_hint(a, err_new(a, ERR_NOT_FOUND, "nobody keeps a %s", kind),
			"See the setting dashboards.mode.");
}

static struct err *route_get(void *self, struct arena *a, const struct object_ref *ref,
			     struct node **ret_object)
{
	const struct object_port *p = keeper(self, ref->kind);

	return p ? p->get(p->self, a, ref, ret_object) : nobody(a, ref->kind);
}

static struct err *list_former(struct route *r, struct arena *a, const char *api_version,
			       const char *kind, const struct object_filter *filter,
			       struct node **ret_items)
{
	struct object_port p;

	TRY(r->former(r->self, a, kind, filter->place, &p));
	return p.list(p.self, a, api_version, kind, filter, ret_items);
}

static struct err *route_list(void *self, struct arena *a, const char *api_version,
			      const char *kind, const struct object_filter *filter,
			      struct node **ret_items)
{
	const struct object_port *p = keeper(self, kind);

	if (filter && filter->place)
		return list_former(self, a, api_version, kind, filter, ret_items);
	if (p)
		return p->list(p->self, a, api_version, kind, filter, ret_items);
	*ret_items = node_new(a, NODE_LIST);
	return NULL;
}

static struct err *route_apply(void *self, struct arena *a, const struct node *object, bool adopt)
{
	const char *kind = node_str(object, "kind");
	const struct object_port *p = keeper(self, kind);

	return p ? p->apply(p->self, a, object, adopt) : nobody(a, kind);
}

static struct err *remove_former(struct route *r, struct arena *a, const struct object_ref *ref)
{
	struct object_port p;

	TRY(r->former(r->self, a, ref->kind, ref->place, &p));
	return p.remove(p.self, a, ref);
}

static struct err *route_remove(void *self, struct arena *a, const struct object_ref *ref)
{
	const struct object_port *p = keeper(self, ref->kind);

	if (ref->place)
		return remove_former(self, a, ref);
	return p ? p->remove(p->self, a, ref) : NULL;
}

static struct err *route_scale(void *self, struct arena *a, const struct object_ref *ref,
			       int64_t replicas)
{
	const struct object_port *w = &((struct route *)self)->world;

	return w->scale(w->self, a, ref, replicas);
}

static struct err *route_workloads(void *self, struct arena *a, const char *namespace_,
				   struct workload **ret_workloads, size_t *ret_n)
{
	const struct object_port *w = &((struct route *)self)->world;

	return w->workloads(w->self, a, namespace_, ret_workloads, ret_n);
}

static struct err *route_warnings(void *self, struct arena *a, const char *namespace_,
				  const char ***ret_texts, size_t *ret_n)
{
	const struct object_port *w = &((struct route *)self)->world;

	return w->warnings(w->self, a, namespace_, ret_texts, ret_n);
}

static struct err *route_trouble(void *self, struct arena *a, const struct object_ref *ref,
				 const char *cluster, struct pod_trouble *ret_trouble)
{
	const struct object_port *w = &((struct route *)self)->world;

	return w->trouble(w->self, a, ref, cluster, ret_trouble);
}

struct object_port route_object_port(struct route *r)
{
	return (struct object_port){
		.get = route_get,
		.list = route_list,
		.apply = route_apply,
		.remove = route_remove,
		.scale = route_scale,
		.workloads = route_workloads,
		.warnings = route_warnings,
		.trouble = route_trouble,
		.self = r,
	};
}
