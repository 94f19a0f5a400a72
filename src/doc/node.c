// SPDX-License-Identifier: Apache-2.0
/*
 * Children hang in a singly linked list with a tail pointer: documents are read once, walked many
 * times, and nearly all maps are small.  Where two large maps meet (node_equal, node_within,
 * node_merge) an index keeps the work linear.
 */
#include "doc/node.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"

enum { SMALL_MAP = 16 };

const char *node_kind_name(enum node_kind kind)
{
	static const char *const names[] = {
		[NODE_NULL] = "nothing",       [NODE_BOOL] = "true or false",
		[NODE_INT] = "a whole number", [NODE_REAL] = "a number",
		[NODE_STR] = "text",           [NODE_LIST] = "a list",
		[NODE_MAP] = "a mapping",
	};

	return names[kind];
}

/* ---- reading ---- */

static struct node *get_n(const struct node *n, const char *key, size_t len)
{
	if (!n || n->kind != NODE_MAP)
		return NULL;
	for (struct node *c = n->first; c; c = c->next)
		if (strncmp(c->key, key, len) == 0 && c->key[len] == '\0')
			return c;
	return NULL;
}

struct node *node_get(const struct node *n, const char *key)
{
	return get_n(n, key, strlen(key));
}

struct node *node_at(const struct node *n, const char *path)
{
	for (;;) {
		size_t len = strcspn(path, ".");
		struct node *found = get_n(n, path, len);

		if (!found || path[len] == '\0')
			return found;
		n = found;
		path += len + 1;
	}
}

const char *node_str(const struct node *n, const char *path)
{
	const struct node *found = node_at(n, path);

	return found && found->kind == NODE_STR ? found->str : NULL;
}

int64_t node_int(const struct node *n, const char *path, int64_t otherwise)
{
	const struct node *found = node_at(n, path);

	return found && found->kind == NODE_INT ? found->integer : otherwise;
}

bool node_bool(const struct node *n, const char *path, bool otherwise)
{
	const struct node *found = node_at(n, path);

	return found && found->kind == NODE_BOOL ? found->flag : otherwise;
}

struct node *node_first(const struct node *n)
{
	return n && (n->kind == NODE_LIST || n->kind == NODE_MAP) ? n->first : NULL;
}

size_t node_count(const struct node *n)
{
	size_t count = 0;

	for (const struct node *c = node_first(n); c; c = c->next)
		count++;
	return count;
}

/*
 * The fewest digits that read back as the same double, always with a point or an exponent; the
 * latter only where digits do not reach.
 */
static const char *real_text(struct arena *a, double d)
{
	char text[40] = "";

	if (!isfinite(d))
		return "null";
	const char *shortest = NULL;
	for (int digits = 1; digits <= DBL_DECIMAL_DIG; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		double again = strtod(text, NULL);
		bool same = !(again < d) && !(again > d);
		if (same && !strchr(text, 'e'))
			return arena_printf(a, strchr(text, '.') ? "%s" : "%s.0", text);
		if (same && !shortest)
			shortest = arena_strdup(a, text);
	}
	return shortest;
}

const char *node_text(struct arena *a, const struct node *n)
{
	switch (n->kind) {
	case NODE_NULL:
		return "null";
	case NODE_BOOL:
		return n->flag ? "true" : "false";
	case NODE_INT:
		return arena_printf(a, "%lld", (long long)n->integer);
	case NODE_REAL:
		return real_text(a, n->real);
	case NODE_STR:
		return n->str;
	case NODE_LIST:
	case NODE_MAP:
		break;
	}
	return NULL;
}

/* ---- building ---- */

struct node *node_new(struct arena *a, enum node_kind kind)
{
	struct node *n = arena_new(a, struct node);

	n->kind = kind;
	return n;
}

struct node *node_new_str(struct arena *a, const char *text)
{
	struct node *n = node_new(a, text ? NODE_STR : NODE_NULL);

	n->str = text;
	return n;
}

struct node *node_new_int(struct arena *a, int64_t i)
{
	struct node *n = node_new(a, NODE_INT);

	n->integer = i;
	return n;
}

struct node *node_new_bool(struct arena *a, bool flag)
{
	struct node *n = node_new(a, NODE_BOOL);

	n->flag = flag;
	return n;
}

struct node *node_new_real(struct arena *a, double d)
{
	struct node *n = node_new(a, NODE_REAL);

	n->real = d;
	return n;
}

struct node *node_add(struct node *list, struct node *child)
{
	child->next = NULL;
	if (list->last)
		list->last->next = child;
	else
		list->first = child;
	list->last = child;
	return child;
}

struct node *node_append(struct node *map, const char *key, struct node *child)
{
	child->key = key;
	return node_add(map, child);
}

struct node *node_set(struct node *map, const char *key, struct node *child)
{
	struct node *before = NULL;

	for (struct node *c = map->first; c; before = c, c = c->next) {
		if (strcmp(c->key, key) != 0)
			continue;
		child->key = key;
		child->next = c->next;
		if (before)
			before->next = child;
		else
			map->first = child;
		if (map->last == c)
			map->last = child;
		return child;
	}
	return node_append(map, key, child);
}

void node_unset(struct node *map, const char *key)
{
	struct node *before = NULL;

	for (struct node *c = node_first(map); c; before = c, c = c->next) {
		if (strcmp(c->key, key) != 0)
			continue;
		if (before)
			before->next = c->next;
		else
			map->first = c->next;
		if (map->last == c)
			map->last = before;
		return;
	}
}

struct node *node_set_str(struct arena *a, struct node *map, const char *key, const char *text)
{
	return node_set(map, key, node_new_str(a, text));
}

struct node *node_set_int(struct arena *a, struct node *map, const char *key, int64_t i)
{
	return node_set(map, key, node_new_int(a, i));
}

struct node *node_set_bool(struct arena *a, struct node *map, const char *key, bool flag)
{
	return node_set(map, key, node_new_bool(a, flag));
}

static struct node *kind_in(struct arena *a, struct node *map, const char *key, enum node_kind kind)
{
	struct node *found = node_get(map, key);

	return found && found->kind == kind ? found : node_set(map, key, node_new(a, kind));
}

struct node *node_map_in(struct arena *a, struct node *map, const char *key)
{
	return kind_in(a, map, key, NODE_MAP);
}

struct node *node_list_in(struct arena *a, struct node *map, const char *key)
{
	return kind_in(a, map, key, NODE_LIST);
}

/* ---- comparing and combining ---- */

/* Look-ups in one map: by hash when it is large. */
struct finder {
	const struct node *map;
	struct map by_key;
};

static struct finder finder_of(struct arena *a, const struct node *map)
{
	struct finder f = {.map = map, .by_key = {.a = a}};

	if (node_count(map) > SMALL_MAP)
		for (struct node *c = map->first; c; c = c->next)
			map_put(&f.by_key, c->key, c);
	return f;
}

static struct node *find(const struct finder *f, const char *key)
{
	return f->by_key.n ? map_get(&f->by_key, key) : node_get(f->map, key);
}

struct node *node_copy(struct arena *a, const struct node *n)
{
	struct node *copy = arena_memdup(a, n, sizeof(*n));

	copy->next = NULL;
	if (n->kind != NODE_LIST && n->kind != NODE_MAP)
		return copy;
	copy->first = copy->last = NULL;
	for (const struct node *c = n->first; c; c = c->next)
		node_add(copy, node_copy(a, c));
	return copy;
}

struct node *node_merge(struct arena *a, const struct node *under, const struct node *over)
{
	if (!over)
		return under ? node_copy(a, under) : NULL;
	if (!under || under->kind != NODE_MAP || over->kind != NODE_MAP)
		return node_copy(a, over);
	struct node *both = node_new(a, NODE_MAP);
	both->at = over->at;
	both->key = over->key;
	both->key_at = over->key_at;
	struct finder in_over = finder_of(a, over), in_under = finder_of(a, under);
	for (const struct node *c = under->first; c; c = c->next) {
		const struct node *o = find(&in_over, c->key);
		node_append(both, c->key, o ? node_merge(a, c, o) : node_copy(a, c));
	}
	for (const struct node *c = over->first; c; c = c->next)
		if (!find(&in_under, c->key))
			node_append(both, c->key, node_copy(a, c));
	return both;
}

/* One step from the root to the value being compared; rendered only when they differ. */
struct step {
	const struct step *parent;
	const char *key; /* NULL: an element of a list */
	size_t index;
};

static void render(struct str *s, const struct step *step)
{
	if (!step)
		return;
	render(s, step->parent);
	if (!step->key)
		str_addf(s, "[%zu]", step->index);
	else
		str_addf(s, "%s%s", s->len ? "." : "", step->key);
}

static bool differ(struct arena *a, const struct step *where, const char **ret_path)
{
	if (ret_path) {
		struct str s = {.a = a};
		render(&s, where);
		*ret_path = str_text(&s);
	}
	return false;
}

static bool same_number(double x, double y)
{
	return !(x < y) && !(x > y);
}

static bool same_scalar(const struct node *x, const struct node *y)
{
	bool x_number = x->kind == NODE_INT || x->kind == NODE_REAL;
	bool y_number = y->kind == NODE_INT || y->kind == NODE_REAL;

	if (x->kind == NODE_INT && y->kind == NODE_INT)
		return x->integer == y->integer;
	if (x_number && y_number)
		return same_number(x->kind == NODE_INT ? (double)x->integer : x->real,
				   y->kind == NODE_INT ? (double)y->integer : y->real);
	if (x->kind != y->kind)
		return false;
	if (x->kind == NODE_BOOL)
		return x->flag == y->flag;
	return x->kind != NODE_STR || strcmp(x->str, y->str) == 0;
}

static bool within(struct arena *a, const struct node *want, const struct node *have,
		   const struct step *here, const char **ret_path)
{
	if (want->kind != NODE_LIST && want->kind != NODE_MAP)
		return same_scalar(want, have) || differ(a, here, ret_path);
	if (want->kind != have->kind)
		return differ(a, here, ret_path);
	if (want->kind == NODE_LIST) {
		size_t i = 0;
		const struct node *h = have->first;
		for (const struct node *w = want->first; w || h; w = w->next, h = h->next, i++) {
			struct step step = {here, NULL, i};
			if (!w || !h)
				return differ(a, &step, ret_path);
			if (!within(a, w, h, &step, ret_path))
				return false;
		}
		return true;
	}
	struct finder in_have = finder_of(a, have);
	for (const struct node *w = want->first; w; w = w->next) {
		struct step step = {here, w->key, 0};
		const struct node *h = find(&in_have, w->key);
		if (!h)
			return differ(a, &step, ret_path);
		if (!within(a, w, h, &step, ret_path))
			return false;
	}
	return true;
}

bool node_within(struct arena *a, const struct node *want, const struct node *have,
		 const char **ret_path)
{
	if (!want)
		return true;
	return have ? within(a, want, have, NULL, ret_path) : differ(a, NULL, ret_path);
}

static bool equal(struct arena *a, const struct node *x, const struct node *y)
{
	if (x->kind != NODE_LIST && x->kind != NODE_MAP)
		return same_scalar(x, y);
	if (x->kind != y->kind || node_count(x) != node_count(y))
		return false;
	struct finder in_y = x->kind == NODE_MAP ? finder_of(a, y) : (struct finder){0};
	const struct node *d = y->first;
	for (const struct node *c = x->first; c; c = c->next, d = d->next) {
		const struct node *other = x->kind == NODE_LIST ? d : find(&in_y, c->key);
		if (!other || !equal(a, c, other))
			return false;
	}
	return true;
}

bool node_equal(const struct node *x, const struct node *y)
{
	struct arena a scoped_arena = {0};

	return x && y ? equal(&a, x, y) : x == y;
}

static int by_key(const void *x, const void *y)
{
	const struct node *const *p = x, *const *q = y;

	return strcmp((*p)->key, (*q)->key);
}

struct node *node_sorted(struct arena *a, const struct node *n)
{
	struct node *copy = arena_memdup(a, n, sizeof(*n));
	size_t count = node_count(n), i = 0;

	copy->next = NULL;
	if (n->kind != NODE_LIST && n->kind != NODE_MAP)
		return copy;
	struct node **children = arena_new_n(a, struct node *, count);
	for (const struct node *c = n->first; c; c = c->next)
		children[i++] = node_sorted(a, c);
	if (n->kind == NODE_MAP && count > 1)
		qsort(children, count, sizeof(struct node *), by_key);
	copy->first = copy->last = NULL;
	for (i = 0; i < count; i++)
		node_add(copy, children[i]);
	return copy;
}
