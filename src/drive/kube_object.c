// SPDX-License-Identifier: Apache-2.0
/*
 * What is not ours is never touched: every change looks at the object first, and carries its uid,
 * so that one which was deleted and made again in between by somebody else is a conflict of the
 * server's and looked at anew.  Between "it is not there" and its creation a rival's object could
 * slip in; server-side apply has no "create only", and our fields would be merged into it then.
 */
#include "drive/kube_object.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/kube.h"
#include "drive/kube_trouble.h"
#include "drive/kube_workload.h"
#include "drive/url.h"
#include "model/kinds.h"

enum { TRIES = 4 /* of a change, while somebody else changes the same object */ };

static const char *text_at(const struct node *object, const char *map, const char *key)
{
	const struct node *n = node_get(node_get(node_get(object, "metadata"), map), key);

	return n && n->kind == NODE_STR ? n->str : NULL;
}

static struct err *locate(struct kube *k, struct arena *a, const struct object_ref *ref,
			  const char *sub, const char **ret_path)
{
	struct kube_kind kind;

	TRY(kube_kind(k, a, ref->api_version, ref->kind, &kind));
	if (!kind.served)
		return err_hint(a,
				err_new(a, ERR_NOT_FOUND, "%s does not know %s of %s",
					kube_server(k), ref->kind, ref->api_version),
				"Is a custom resource definition missing in the control plane?");
	if (!ref->name || !*ref->name)
		return err_new(a, ERR_INPUT, "a %s without a name", ref->kind);
	if (kind.namespaced && !ref->namespace_)
		return err_new(a, ERR_INPUT, "%s '%s' has no namespace", ref->kind, ref->name);
	return kube_path(a, ref->api_version, kind.plural, kind.namespaced ? ref->namespace_ : NULL,
			 ref->name, sub, ret_path);
}

static struct err *object_get(void *self, struct arena *a, const struct object_ref *ref,
			      struct node **ret_object)
{
	struct kube *k = self;
	struct kube_call call = {0};

	TRY(locate(k, a, ref, NULL, &call.path));
	return kube_call(k, a, &call, ret_object, NULL);
}

static struct err *object_list(void *self, struct arena *a, const char *api_version,
			       const char *kind, const struct object_filter *filter,
			       struct node **ret_items)
{
	struct kube *k = self;
	struct kube_kind where;
	const char *path;

	TRY(kube_kind(k, a, api_version, kind, &where));
	if (!where.served) {
		*ret_items = node_new(a, NODE_LIST);
		return NULL;
	}
	TRY(kube_path(a, api_version, where.plural,
		      where.namespaced && filter ? filter->namespace_ : NULL, NULL, NULL, &path));
	if (filter && filter->label_selector)
		path = url_with_query(a, path, "labelSelector", filter->label_selector);
	struct err *e = kube_list(k, a, path, false, ret_items);
	/* A collection that is not there: our table knows the kind, this server does not. */
	if (e && e->kind == ERR_NOT_FOUND) {
		*ret_items = node_new(a, NODE_LIST);
		return NULL;
	}
	return e;
}

/* ---- changes ---- */

/* ERR_CONFLICT when @object is not ours; @instance NULL: any instance's is. */
static struct err *check_ours(struct arena *a, const struct object_ref *ref,
			      const struct node *object, const char *instance)
{
	const char *manager = text_at(object, "labels", LABEL_MANAGED_BY);
	const char *theirs = text_at(object, "labels", LABEL_INSTANCE);

	if (!str_eq(manager, MANAGED_BY))
		return err_hint(a,
				err_new(a, ERR_CONFLICT, "%s '%s' exists and is not ours",
					ref->kind, ref->name),
				"It was made by %s; --adopt takes it over.",
				manager ? str_printable(a, manager, false) : "somebody else");
	if (instance && !str_eq(theirs, instance))
		return err_hint(a,
				err_new(a, ERR_CONFLICT, "%s '%s' belongs to another SMO",
					ref->kind, ref->name),
				"Its instance is '%s'; --adopt takes it over.",
				theirs ? str_printable(a, theirs, false) : "");
	return NULL;
}

/* *ret_object NULL: it is not there. */
static struct err *look(struct kube *k, struct arena *a, const char *path, struct node **ret_object)
{
	struct kube_call call = {.path = path};
	struct err *e = kube_call(k, a, &call, ret_object, NULL);

	if (!e || e->kind != ERR_NOT_FOUND)
		return e;
	*ret_object = NULL;
	return NULL;
}

/* Whose @object is to be: its own label says so, or else the handle. */
static const char *instance_of(const struct kube *k, const struct node *object)
{
	const char *label = text_at(object, "labels", LABEL_INSTANCE);

	return label ? label : kube_settings(k)->instance;
}

static struct err *apply_once(struct kube *k, struct arena *a, const struct object_ref *ref,
			      const char *path, const struct node *object, bool adopt)
{
	struct node *now, *answer, *wanted = node_copy(a, object);

	TRY(look(k, a, path, &now));
	if (now && !adopt)
		TRY(check_ours(a, ref, now, instance_of(k, object)));
	if (now && node_str(now, "metadata.uid"))
		node_set_str(a, node_map_in(a, wanted, "metadata"), "uid",
			     node_str(now, "metadata.uid"));
	struct kube_call call = {
		.method = "PATCH",
		.path = url_with_query(a, url_with_query(a, path, "fieldManager", FIELD_MANAGER),
				       "force", "true"),
		.content_type = "application/apply-patch+yaml",
		.body = json_write(a, wanted, JSON_COMPACT), /* JSON is YAML */
		.repeatable = true,
	};
	return kube_call(k, a, &call, &answer, NULL);
}

static struct err *object_apply(void *self, struct arena *a, const struct node *object, bool adopt)
{
	struct kube *k = self;
	struct object_ref ref = {
		.api_version = node_str(object, "apiVersion"),
		.kind = node_str(object, "kind"),
		.name = node_str(object, "metadata.name"),
		.namespace_ = node_str(object, "metadata.namespace"),
	};
	const char *path;

	TRY(locate(k, a, &ref, NULL, &path));
	for (int i = 1;; i++) {
		struct node *now;
		struct err *e = apply_once(k, a, &ref, path, object, adopt);

		if (!e || e->kind != ERR_CONFLICT || i == TRIES)
			return err_wrap(a, e, "%s '%s'", ref.kind, ref.name);
		/* Our own refusal stays one; the server's may be gone when we look again. */
		TRY(look(k, a, path, &now));
		if (now && !adopt && check_ours(a, &ref, now, instance_of(k, object)))
			return e;
	}
}

static struct err *remove_once(struct kube *k, struct arena *a, const struct object_ref *ref,
			       const char *path, bool *ret_again)
{
	struct node *now, *answer, *options = node_new(a, NODE_MAP);
	int status;

	*ret_again = false;
	TRY(look(k, a, path, &now));
	if (!now)
		return NULL;
	TRY(check_ours(a, ref, now, kube_settings(k)->instance));
	if (node_str(now, "metadata.deletionTimestamp"))
		return NULL;
	node_set_str(a, options, "apiVersion", "v1");
	node_set_str(a, options, "kind", "DeleteOptions");
	node_set_str(a, options, "propagationPolicy", "Background");
	node_set_str(a, node_map_in(a, options, "preconditions"), "uid",
		     node_str(now, "metadata.uid"));
	struct kube_call call = {
		.method = "DELETE",
		.path = path,
		.content_type = "application/json",
		.body = json_write(a, options, JSON_COMPACT),
	};
	struct err *e = kube_call(k, a, &call, &answer, &status);
	*ret_again = status == 409;
	return e && e->kind == ERR_NOT_FOUND ? NULL : e;
}

static struct err *object_remove(void *self, struct arena *a, const struct object_ref *ref)
{
	struct kube *k = self;
	struct kube_kind kind;
	const char *path;

	TRY(kube_kind(k, a, ref->api_version, ref->kind, &kind));
	if (!kind.served) /* its definition is gone, and it with it */
		return NULL;
	TRY(locate(k, a, ref, NULL, &path));
	for (int i = 1;; i++) {
		bool again;
		struct err *e = remove_once(k, a, ref, path, &again);

		if (!e || !again || i == TRIES)
			return e;
	}
}

static struct err *object_scale(void *self, struct arena *a, const struct object_ref *ref,
				int64_t replicas)
{
	struct kube *k = self;
	struct node *answer;
	struct kube_call call = {
		.method = "PATCH",
		.content_type = "application/merge-patch+json",
		.body = arena_printf(a, "{\"spec\":{\"replicas\":%lld}}", (long long)replicas),
		.repeatable = true,
	};

	if (replicas < 0)
		return err_new(a, ERR_INPUT, "%lld is no number of replicas", (long long)replicas);
	TRY(locate(k, a, ref, "scale", &call.path));
	call.path = url_with_query(a, call.path, "fieldManager", FIELD_MANAGER);
	for (int i = 1;; i++) {
		int status;
		struct err *e = kube_call(k, a, &call, &answer, &status);

		if (!e || status != 409 || i == TRIES)
			return err_wrap(a, e, "scaling %s '%s'", ref->kind, ref->name);
	}
}

/* ---- what the workloads do ---- */

static struct err *object_workloads(void *self, struct arena *a, const char *namespace_,
				    struct workload **ret_workloads, size_t *ret_n)
{
	static const struct {
		const char *api_version, *kind;
	} kinds[] = {{"apps/v1", "Deployment"},
		     {"apps/v1", "StatefulSet"},
		     {"apps/v1", "DaemonSet"},
		     {"batch/v1", "Job"},
		     {"batch/v1", "CronJob"}};
	struct object_filter filter = {.namespace_ = namespace_};
	struct node *templates = node_new(a, NODE_LIST), *bindings, *items;

	for (size_t i = 0; i < countof(kinds); i++) {
		TRY(object_list(self, a, kinds[i].api_version, kinds[i].kind, &filter, &items));
		for (struct node *c = node_first(items), *next; c; c = next) {
			next = c->next;
			node_add(templates, c);
		}
	}
	TRY(object_list(self, a, "work.karmada.io/v1alpha2", "ResourceBinding", &filter,
			&bindings));
	workloads_read(a, templates, bindings, ret_workloads, ret_n);
	return NULL;
}

static struct err *object_warnings(void *self, struct arena *a, const char *namespace_,
				   const char ***ret_texts, size_t *ret_n)
{
	struct object_filter filter = {.namespace_ = namespace_};
	struct node *events;

	TRY(object_list(self, a, "v1", "Event", &filter, &events));
	warnings_read(a, events, ret_texts, ret_n);
	return NULL;
}

static struct err *object_trouble(void *self, struct arena *a, const struct object_ref *ref,
				  const char *cluster, struct pod_trouble *ret_trouble)
{
	*ret_trouble = kube_trouble(self, a, ref, cluster);
	return NULL;
}

struct object_port kube_object_port(struct kube *k)
{
	return (struct object_port){
		.get = object_get,
		.list = object_list,
		.apply = object_apply,
		.remove = object_remove,
		.scale = object_scale,
		.workloads = object_workloads,
		.warnings = object_warnings,
		.trouble = object_trouble,
		.self = k,
	};
}
