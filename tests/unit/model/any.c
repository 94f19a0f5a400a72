// SPDX-License-Identifier: Apache-2.0
#include "any.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "model/plan.h"
#include "model/quantity.h"

uint64_t any_below(struct any *r, uint64_t n)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (r->state >> 11) % n;
}

static const char *any_text(struct any *r)
{
	static const char *const words[] = {
		"edge", "cloud-1", "a: b", "#x",  "true",       "null", "1e3",  "",
		" x ",  "é",       "'\"",  "- y", "line\nline", "~",    "0x1f", "nvidia.com/gpu",
		"*z",   "{}"};

	return words[any_below(r, countof(words))];
}

static int64_t any_int(struct any *r, const struct field *f)
{
	int64_t min = f->max > f->min ? (int64_t)f->min : -1;

	return any_below(r, 3) ? min + (int64_t)any_below(r, 1000) : 0 > min ? 0 : min;
}

static struct node *any_node(struct any *r, int depth)
{
	struct node *n;

	switch (any_below(r, depth > 2 ? 4 : 6)) {
	case 0:
		return node_new_str(r->a, any_text(r));
	case 1:
		return node_new_int(r->a, (int64_t)any_below(r, 1 << 20) - 7);
	case 2:
		return node_new_bool(r->a, any_below(r, 2));
	case 3:
		n = node_new(r->a, NODE_REAL);
		n->real = (double)any_below(r, 1000) / 8 + 0.125;
		return n;
	case 4:
		n = node_new(r->a, NODE_LIST);
		for (uint64_t i = any_below(r, 3); i-- > 0;)
			node_add(n, any_node(r, depth + 1));
		return n;
	default:
		n = node_new(r->a, NODE_MAP);
		for (uint64_t i = any_below(r, 4); i-- > 0;)
			node_set(n, arena_printf(r->a, "k%d", (int)i), any_node(r, depth + 1));
		return n;
	}
}

static void any_custom(struct any *r, const struct field *f, char *base)
{
	static const char *const resources[] = {"cpu", "memory", "ephemeral-storage",
						"nvidia.com/gpu"};

	if (f->custom == &amounts_up || f->custom == &amounts_down) {
		for (size_t i = 0; i < countof(resources); i++) {
			if (any_below(r, 2))
				amounts_set(r->a, (struct amounts *)(void *)(base + f->offset),
					    resources[i], (int64_t)any_below(r, 1u << 30));
		}
	} else if (str_eq(f->key, "after")) {
		struct step *s = (struct step *)(void *)base;
		s->n_after = any_below(r, 4);
		s->after = arena_new_n(r->a, int64_t, s->n_after);
		for (size_t i = 0; i < s->n_after; i++)
			s->after[i] = (int64_t)any_below(r, 100);
	}
}

static void any_many(struct any *r, const struct field *f, void *member, size_t *count)
{
	size_t n = any_below(r, 3);

	if (f->flags & FIELD_NON_EMPTY && !n)
		n = 1;
	*count = n;
	if (f->type == FIELD_TEXTS) {
		const char **list = arena_new_n(r->a, const char *, n);
		for (size_t i = 0; i < n; i++)
			list[i] = any_text(r);
		*(const char ***)member = list;
	} else if (f->type == FIELD_TEXTMAP) {
		struct text_pair *list = arena_new_n(r->a, struct text_pair, n);
		for (size_t i = 0; i < n; i++)
			list[i] = (struct text_pair){arena_printf(r->a, "key-%zu", i), any_text(r)};
		*(struct text_pair **)member = list;
	} else {
		char *list = arena_array(r->a, n, f->element->size);
		for (size_t i = 0; i < n; i++)
			any_value(r, f->element, list + i * f->element->size);
		*(char **)member = list;
	}
}

static void any_member(struct any *r, const struct field *f, char *base)
{
	void *member = base + f->offset;
	bool must = f->flags & (FIELD_REQUIRED | FIELD_NON_EMPTY);

	if (!must && any_below(r, 4) == 0)
		return;
	switch (f->type) {
	case FIELD_TEXT:
		*(const char **)member = must ? "name" : any_text(r);
		break;
	case FIELD_BOOL:
		*(bool *)member = any_below(r, 2);
		break;
	case FIELD_INT:
		*(int64_t *)member = any_int(r, f);
		break;
	case FIELD_REAL:
		*(double *)member = (double)any_below(r, 1000) / 4;
		break;
	case FIELD_ENUM: {
		unsigned n = 0;
		while (f->words[n])
			n++;
		*(int *)member = (int)any_below(r, n);
		break;
	}
	case FIELD_STRUCT:
		any_value(r, f->element, member);
		break;
	case FIELD_PTR: {
		void *one = arena_alloc(r->a, f->element->size);
		any_value(r, f->element, one);
		*(void **)member = one;
		break;
	}
	case FIELD_LIST:
	case FIELD_TEXTS:
	case FIELD_TEXTMAP:
		any_many(r, f, member, (size_t *)(void *)(base + f->count_offset));
		break;
	case FIELD_NODE:
		*(struct node **)member = any_node(r, 0);
		break;
	case FIELD_CUSTOM:
		any_custom(r, f, base);
		break;
	}
}

void any_value(struct any *r, const struct shape *shape, void *out)
{
	for (const struct field *f = shape->fields; f->key; f++)
		any_member(r, f, out);
}

static bool equal_amounts(const struct amounts *x, const struct amounts *y)
{
	if (x->n != y->n)
		return false;
	for (size_t i = 0; i < x->n; i++) {
		if (!str_eq(x->at[i].resource, y->at[i].resource) ||
		    x->at[i].value != y->at[i].value)
			return false;
	}
	return true;
}

static bool equal_custom(const struct field *f, const char *x, const char *y)
{
	if (f->custom == &amounts_up || f->custom == &amounts_down)
		return equal_amounts((const struct amounts *)(const void *)(x + f->offset),
				     (const struct amounts *)(const void *)(y + f->offset));
	if (str_eq(f->key, "after")) {
		const struct step *s = (const struct step *)(const void *)x;
		const struct step *t = (const struct step *)(const void *)y;
		return s->n_after == t->n_after &&
		       (!s->n_after || !memcmp(s->after, t->after, s->n_after * sizeof(int64_t)));
	}
	return true;
}

static bool equal_many(struct arena *a, const struct field *f, const char *x, const char *y,
		       const char **ret_where)
{
	size_t n = *(const size_t *)(const void *)(x + f->count_offset);

	if (n != *(const size_t *)(const void *)(y + f->count_offset))
		return false;
	x = *(const char *const *)(const void *)(x + f->offset);
	y = *(const char *const *)(const void *)(y + f->offset);
	for (size_t i = 0; i < n; i++) {
		const char *const *xs = (const char *const *)(const void *)x;
		const char *const *ys = (const char *const *)(const void *)y;
		const struct text_pair *xp = (const struct text_pair *)(const void *)x;
		const struct text_pair *yp = (const struct text_pair *)(const void *)y;

		if (f->type == FIELD_TEXTS && !str_eq(xs[i], ys[i]))
			return false;
		if (f->type == FIELD_TEXTMAP &&
		    (!str_eq(xp[i].key, yp[i].key) || !str_eq(xp[i].value, yp[i].value)))
			return false;
		if (f->type == FIELD_LIST && !any_equal(a, f->element, x + i * f->element->size,
							y + i * f->element->size, ret_where))
			return false;
	}
	return true;
}

static bool equal_ptr(struct arena *a, const struct field *f, const void *x, const void *y,
		      const char **ret_where)
{
	return (!x && !y) || (x && y && any_equal(a, f->element, x, y, ret_where));
}

static bool equal_member(struct arena *a, const struct field *f, const char *x, const char *y,
			 const char **ret_where)
{
	const void *mx = x + f->offset, *my = y + f->offset;

	switch (f->type) {
	case FIELD_TEXT:
		return str_eq(*(const char *const *)mx, *(const char *const *)my);
	case FIELD_BOOL:
		return *(const bool *)mx == *(const bool *)my;
	case FIELD_INT:
		return *(const int64_t *)mx == *(const int64_t *)my;
	case FIELD_REAL:
		return !memcmp(mx, my, sizeof(double));
	case FIELD_ENUM:
		return *(const int *)mx == *(const int *)my;
	case FIELD_STRUCT:
		return any_equal(a, f->element, mx, my, ret_where);
	case FIELD_PTR:
		return equal_ptr(a, f, *(void *const *)mx, *(void *const *)my, ret_where);
	case FIELD_LIST:
	case FIELD_TEXTS:
	case FIELD_TEXTMAP:
		return equal_many(a, f, x, y, ret_where);
	case FIELD_NODE: {
		const struct node *nx = *(struct node *const *)mx, *ny = *(struct node *const *)my;
		return (!nx && !ny) || (nx && ny && node_equal(nx, ny));
	}
	case FIELD_CUSTOM:
		return equal_custom(f, x, y);
	}
	return false;
}

bool any_equal(struct arena *a, const struct shape *shape, const void *x, const void *y,
	       const char **ret_where)
{
	for (const struct field *f = shape->fields; f->key; f++) {
		const char *where = NULL;

		if (equal_member(a, f, x, y, &where))
			continue;
		*ret_where = arena_printf(a, "%s.%s%s%s", shape->name, f->key, where ? " > " : "",
					  where ? where : "");
		return false;
	}
	return true;
}
