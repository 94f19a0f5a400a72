// SPDX-License-Identifier: Apache-2.0
/*
 * One function for each direction and type.  Members are reached by their offset in the struct, the
 * pointer and the count of a list through memcpy, so that no rule of aliasing is bent.
 */
#include "doc/bind.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"

static const char *const no_words[] = {NULL};

/* ---- reading ---- */

struct reader {
	struct arena *a;
	struct problems *ps;
};

static const char *article(const char *noun)
{
	return strchr("aeiou", noun[0]) ? "an" : "a";
}

static void wrong_type(struct reader *r, const struct node *n, const char *key, const char *what)
{
	struct problem *p =
		problems_add(r->ps, SEVERITY_ERROR, n->at, "wrong-type", "'%s' must be %s, not %s",
			     key, what, node_kind_name(n->kind));
	bool number = n->kind == NODE_INT || n->kind == NODE_REAL || n->kind == NODE_BOOL;

	if (number && strcmp(what, "text") == 0)
		p->hint = "Put it in quotes.";
	if (n->kind == NODE_STR && strstr(what, "number") && *n->str &&
	    strspn(n->str, "0123456789.") == strlen(n->str))
		p->hint = "Take the quotes away.";
}

static void read_text(struct reader *r, const struct field *f, const struct node *n, char *member)
{
	if (n->kind != NODE_STR) {
		wrong_type(r, n, f->key, "text");
		return;
	}
	if ((f->flags & FIELD_NON_EMPTY) && !*n->str)
		problems_add(r->ps, SEVERITY_ERROR, n->at, "empty", "'%s' must not be empty",
			     f->key);
	memcpy(member, &n->str, sizeof(n->str));
}

/* A number that is a whole one, in 64 bits. */
static bool is_whole(const struct node *n, int64_t *ret)
{
	const double exact = 9007199254740992.0; /* 2^53 */

	if (n->kind == NODE_INT) {
		*ret = n->integer;
		return true;
	}
	if (n->kind != NODE_REAL || n->real < -exact || n->real > exact)
		return false;
	*ret = (int64_t)n->real;
	return !((double)*ret < n->real) && !((double)*ret > n->real);
}

static bool in_range(struct reader *r, const struct field *f, const struct node *n, double value)
{
	if (f->max <= f->min || (value >= f->min && value <= f->max))
		return true;
	problems_add(r->ps, SEVERITY_ERROR, n->at, "out-of-range",
		     "'%s' must be between %.15g and %.15g", f->key, f->min, f->max);
	return false;
}

static void read_number(struct reader *r, const struct field *f, const struct node *n, char *member)
{
	bool whole = f->type == FIELD_INT;
	int64_t i = 0;

	if (whole ? !is_whole(n, &i) : n->kind != NODE_INT && n->kind != NODE_REAL) {
		wrong_type(r, n, f->key, whole ? "a whole number" : "a number");
		return;
	}
	double d = n->kind == NODE_INT ? (double)n->integer : n->real;
	if (!in_range(r, f, n, d))
		return;
	if (whole)
		memcpy(member, &i, sizeof(i));
	else
		memcpy(member, &d, sizeof(d));
}

static const char *word_list(struct arena *a, const char *const *words)
{
	struct str s = {.a = a};

	for (size_t i = 0; words[i]; i++)
		str_addf(&s, "%s%s", i ? ", " : "", words[i]);
	return str_text(&s);
}

static void read_word(struct reader *r, const struct field *f, const struct node *n, char *member)
{
	if (n->kind != NODE_STR) {
		wrong_type(r, n, f->key,
			   arena_printf(r->a, "one of %s", word_list(r->a, f->words)));
		return;
	}
	for (int i = 0; f->words[i]; i++) {
		if (strcmp(f->words[i], n->str) != 0)
			continue;
		memcpy(member, &i, sizeof(i));
		return;
	}
	struct problem *p = problems_add(r->ps, SEVERITY_ERROR, n->at, "unknown-word",
					 "'%s' must be one of %s, not '%s'", f->key,
					 word_list(r->a, f->words), n->str);
	const char *near = str_suggest(r->a, n->str, f->words);
	if (near)
		p->hint = arena_printf(r->a, "Did you mean '%s'?", near);
}

/* Room for as many elements as @n has children; false (and told) when @n is not a @kind. */
static char *read_many(struct reader *r, const struct field *f, const struct node *n,
		       enum node_kind kind, size_t size, char *out)
{
	size_t count = node_count(n);

	if (n->kind != kind) {
		wrong_type(r, n, f->key, node_kind_name(kind));
		return NULL;
	}
	if ((f->flags & FIELD_NON_EMPTY) && !count)
		problems_add(r->ps, SEVERITY_ERROR, n->at, "empty", "'%s' must not be empty",
			     f->key);
	char *items = count ? arena_array(r->a, count, size) : NULL;
	memcpy(out + f->offset, &items, sizeof(items));
	memcpy(out + f->count_offset, &count, sizeof(count));
	return items;
}

static void read_list(struct reader *r, const struct field *f, const struct node *n, char *out)
{
	char *item = read_many(r, f, n, NODE_LIST, f->element->size, out);

	for (const struct node *c = node_first(n); c && item; c = c->next) {
		bind_read(r->a, f->element, c, item, r->ps);
		item += f->element->size;
	}
}

static void read_texts(struct reader *r, const struct field *f, const struct node *n, char *out)
{
	char *item = read_many(r, f, n, NODE_LIST, sizeof(const char *), out);

	for (const struct node *c = node_first(n); c && item; c = c->next, item += sizeof(c->str)) {
		const char *text = c->kind == NODE_STR ? c->str : "";
		if (c->kind != NODE_STR)
			problems_add(r->ps, SEVERITY_ERROR, c->at, "wrong-type",
				     "each of '%s' must be text, not %s", f->key,
				     node_kind_name(c->kind));
		memcpy(item, &text, sizeof(text));
	}
}

static void read_textmap(struct reader *r, const struct field *f, const struct node *n, char *out)
{
	char *item = read_many(r, f, n, NODE_MAP, sizeof(struct text_pair), out);

	for (const struct node *c = node_first(n); c && item; c = c->next) {
		struct text_pair pair = {c->key, c->kind == NODE_STR ? c->str : ""};
		if (c->kind != NODE_STR)
			wrong_type(r, c, c->key, "text");
		memcpy(item, &pair, sizeof(pair));
		item += sizeof(pair);
	}
}

static void read_ptr(struct reader *r, const struct field *f, const struct node *n, char *member)
{
	void *p = arena_alloc(r->a, f->element->size);

	bind_read(r->a, f->element, n, p, r->ps);
	memcpy(member, &p, sizeof(p));
}

static void read_any(struct reader *r, const struct node *n, char *member)
{
	struct node *kept = arena_memdup(r->a, n, sizeof(*n));

	kept->next = NULL;
	memcpy(member, (void *)&kept, sizeof(void *));
}

static void read_value(struct reader *r, const struct field *f, const struct node *n, char *out)
{
	char *member = out + f->offset;

	switch (f->type) {
	case FIELD_TEXT:
		read_text(r, f, n, member);
		break;
	case FIELD_BOOL:
		if (n->kind == NODE_BOOL)
			memcpy(member, &n->flag, sizeof(n->flag));
		else
			wrong_type(r, n, f->key, "true or false");
		break;
	case FIELD_INT:
	case FIELD_REAL:
		read_number(r, f, n, member);
		break;
	case FIELD_ENUM:
		read_word(r, f, n, member);
		break;
	case FIELD_STRUCT:
		bind_read(r->a, f->element, n, member, r->ps);
		break;
	case FIELD_PTR:
		read_ptr(r, f, n, member);
		break;
	case FIELD_LIST:
		read_list(r, f, n, out);
		break;
	case FIELD_TEXTS:
		read_texts(r, f, n, out);
		break;
	case FIELD_TEXTMAP:
		read_textmap(r, f, n, out);
		break;
	case FIELD_NODE:
		read_any(r, n, member);
		break;
	case FIELD_CUSTOM:
		f->custom->read(r->a, n, f->key, member, r->ps);
		break;
	}
}

/* Does the value say nothing: null, false, or only such in it? */
static bool is_idle(const struct node *n)
{
	if (n->kind == NODE_BOOL)
		return !n->flag;
	if (n->kind != NODE_LIST && n->kind != NODE_MAP)
		return n->kind == NODE_NULL;
	for (const struct node *c = n->first; c; c = c->next)
		if (!is_idle(c))
			return false;
	return true;
}

static void read_field(struct reader *r, const struct field *f, const struct node *n, char *out)
{
	if (n->kind == NODE_NULL && (f->flags & FIELD_NULLABLE))
		return;
	if ((f->flags & FIELD_NO_EFFECT) && !is_idle(n))
		problems_add(r->ps, SEVERITY_NOTE, n->key_at, "no-effect",
			     "'%s' is accepted and has no effect yet", f->key);
	if (f->at_offset)
		memcpy(out + f->at_offset - 1, &n->at, sizeof(n->at));
	if (f->given_offset)
		memcpy(out + f->given_offset - 1, &(bool){true}, sizeof(bool));
	read_value(r, f, n, out);
}

static const struct field *find(const struct shape *shape, const char *key)
{
	for (const struct field *f = shape->fields; f->key; f++)
		if (strcmp(f->key, key) == 0)
			return f;
	return NULL;
}

/* The keys of @shape, ending with NULL; keys that are only read for old files left out. */
static const char *const *keys_of(struct arena *a, const struct shape *shape)
{
	size_t n = 0, i = 0;

	for (const struct field *f = shape->fields; f->key; f++)
		n++;
	const char **keys = arena_new_n(a, const char *, n + 1);
	for (const struct field *f = shape->fields; f->key; f++)
		if (!(f->flags & FIELD_ALIAS))
			keys[i++] = f->key;
	return i ? (const char *const *)keys : no_words;
}

static void unknown_key(struct reader *r, const struct shape *shape, const struct node *n)
{
	struct problem *p = problems_add(r->ps, r->ps->strict ? SEVERITY_ERROR : SEVERITY_WARNING,
					 n->key_at, "unknown-key", "'%s' is not a key of %s %s",
					 n->key, article(shape->name), shape->name);
	const char *near = str_suggest(r->a, n->key, keys_of(r->a, shape));

	if (near)
		p->hint = arena_printf(r->a, "Did you mean '%s'?", near);
}

/* Is the member of @f given, under its own key or an old one? */
static bool is_given(const struct shape *shape, const struct field *f, const struct node *n)
{
	for (const struct field *other = shape->fields; other->key; other++) {
		bool same = other == f || str_eq(other->instead_of, f->key);
		const struct node *value = same ? node_get(n, other->key) : NULL;
		if (value && !(value->kind == NODE_NULL && (f->flags & FIELD_NULLABLE)))
			return true;
	}
	return false;
}

void bind_read(struct arena *a, const struct shape *shape, const struct node *n, void *out,
	       struct problems *ps)
{
	struct reader r = {a, ps};

	if (shape->at_offset)
		memcpy((char *)out + shape->at_offset - 1, &n->at, sizeof(n->at));
	const struct node *map = n->kind == NODE_MAP ? n
				 : shape->rewrite    ? shape->rewrite(a, n)
						     : NULL;
	if (!map && n->key) {
		wrong_type(&r, n, n->key, "a mapping");
		return;
	}
	if (!map) {
		problems_add(ps, SEVERITY_ERROR, n->at, "wrong-type",
			     "%s %s must be a mapping, not %s", article(shape->name), shape->name,
			     node_kind_name(n->kind));
		return;
	}
	for (const struct node *c = map->first; c; c = c->next) {
		const struct field *f = find(shape, c->key);
		if (f)
			read_field(&r, f, c, out);
		else if (!shape->open)
			unknown_key(&r, shape, c);
	}
	for (const struct field *f = shape->fields; f->key; f++)
		if ((f->flags & FIELD_REQUIRED) && !is_given(shape, f, map))
			problems_add(ps, SEVERITY_ERROR, n->at, "missing-key",
				     "'%s' is missing from this %s", f->key, shape->name);
	if (shape->finish)
		shape->finish(a, map, out, ps);
}

/* ---- writing: NULL means that the key is left out ---- */

static bool always(const struct field *f)
{
	return (f->flags & (FIELD_REQUIRED | FIELD_WRITE_ALWAYS)) != 0;
}

static struct node *write_text(struct arena *a, const struct field *f, const char *member)
{
	const char *text;

	memcpy(&text, member, sizeof(text));
	return text || (f->flags & FIELD_WRITE_ALWAYS) ? node_new_str(a, text) : NULL;
}

static struct node *write_number(struct arena *a, const struct field *f, const char *member)
{
	int64_t i;
	double d;

	if (f->type == FIELD_INT) {
		memcpy(&i, member, sizeof(i));
		return i || always(f) ? node_new_int(a, i) : NULL;
	}
	memcpy(&d, member, sizeof(d));
	return d < 0 || d > 0 || always(f) ? node_new_real(a, d) : NULL;
}

static struct node *write_word(struct arena *a, const struct field *f, const char *member)
{
	int word, n_words = 0;

	memcpy(&word, member, sizeof(word));
	while (f->words[n_words])
		n_words++;
	if ((word == 0 && !always(f)) || word < 0 || word >= n_words)
		return NULL;
	return node_new_str(a, f->words[word]);
}

static struct node *write_element(struct arena *a, const struct field *f, const char *item)
{
	struct text_pair pair;

	if (f->type == FIELD_LIST)
		return bind_write(a, f->element, item);
	memcpy(&pair, item, f->type == FIELD_TEXTS ? sizeof(pair.key) : sizeof(pair));
	if (f->type == FIELD_TEXTS)
		return node_new_str(a, pair.key);
	struct node *value = node_new_str(a, pair.value);
	value->key = pair.key;
	return value;
}

static struct node *write_many(struct arena *a, const struct field *f, const char *in)
{
	size_t size = f->type == FIELD_LIST    ? f->element->size
		      : f->type == FIELD_TEXTS ? sizeof(const char *)
					       : sizeof(struct text_pair);
	struct node *many = node_new(a, f->type == FIELD_TEXTMAP ? NODE_MAP : NODE_LIST);
	const char *item;
	size_t count;

	memcpy(&item, in + f->offset, sizeof(item));
	memcpy(&count, in + f->count_offset, sizeof(count));
	if (!count && !always(f))
		return NULL;
	for (size_t i = 0; i < count; i++, item += size)
		node_add(many, write_element(a, f, item));
	return many;
}

static struct node *write_inner(struct arena *a, const struct field *f, const char *member)
{
	const void *p = member;

	if (f->type == FIELD_PTR)
		memcpy(&p, member, sizeof(p));
	if (!p)
		return NULL;
	struct node *map = bind_write(a, f->element, p);
	return map->first || f->type == FIELD_PTR || f->given_offset || always(f) ? map : NULL;
}

static struct node *write_any(struct arena *a, const struct field *f, const char *member)
{
	const struct node *n;

	memcpy((void *)&n, member, sizeof(void *));
	if (!n)
		return f->flags & FIELD_WRITE_ALWAYS ? node_new(a, NODE_NULL) : NULL;
	struct node *shared = arena_memdup(a, n, sizeof(*n));
	shared->next = NULL;
	return shared;
}

static struct node *write_value(struct arena *a, const struct field *f, const char *in)
{
	const char *member = in + f->offset;
	bool flag;

	if (f->given_offset && !in[f->given_offset - 1])
		return NULL;
	switch (f->type) {
	case FIELD_TEXT:
		return write_text(a, f, member);
	case FIELD_BOOL:
		memcpy(&flag, member, sizeof(flag));
		return flag || always(f) ? node_new_bool(a, flag) : NULL;
	case FIELD_INT:
	case FIELD_REAL:
		return write_number(a, f, member);
	case FIELD_ENUM:
		return write_word(a, f, member);
	case FIELD_STRUCT:
	case FIELD_PTR:
		return write_inner(a, f, member);
	case FIELD_LIST:
	case FIELD_TEXTS:
	case FIELD_TEXTMAP:
		return write_many(a, f, in);
	case FIELD_NODE:
		return write_any(a, f, member);
	case FIELD_CUSTOM:
		return f->custom->write(a, member);
	}
	return NULL;
}

struct node *bind_write(struct arena *a, const struct shape *shape, const void *in)
{
	struct node *map = node_new(a, NODE_MAP);

	for (const struct field *f = shape->fields; f->key; f++) {
		struct node *value = f->flags & FIELD_ALIAS ? NULL : write_value(a, f, in);
		if (value)
			node_append(map, f->key, value);
	}
	return map;
}
