// SPDX-License-Identifier: Apache-2.0
/*
 * Libyaml cuts the text into events; this file builds the document from them and refuses what a
 * descriptor has no use for.
 *
 * Anchors keep a pointer to the finished value, so a value cannot contain itself; an alias copies
 * it, and copies count against the budget like anything else.
 */
#include "doc/yaml.h"

#include <string.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "doc/node.h"
#include "doc/plain.h"

enum {
	MAX_DEPTH = 64,
	MAX_NODES = 200000,
	MAX_CHART_NODES = 1000000,
	MAX_SIZE = 16 << 20,
	SMALL_MAP = 16,
};

struct reader {
	struct arena *a;
	const char *source;
	const char *text;
	size_t size;
	yaml_parser_t parser;
	yaml_event_t event;
	struct map anchors;
	int depth, nodes;
	bool of_chart; /* many documents, as Helm reads them */
};

static struct mark mark_of(const struct reader *r, yaml_mark_t m)
{
	return (struct mark){r->source, (unsigned)m.line + 1, (unsigned)m.column + 1};
}

/* The position of a byte of the text. */
static struct mark mark_at(const struct reader *r, size_t offset)
{
	struct mark at = {r->source, 1, 1};

	for (size_t i = 0; i < offset && i < r->size; i++) {
		bool starts_character = ((unsigned char)r->text[i] & 0xC0) != 0x80;
		if (r->text[i] == '\n') {
			at.line++;
			at.column = 1;
		} else if (starts_character) {
			at.column++;
		}
	}
	return at;
}

static struct err *refuse(const struct reader *r, struct mark at, const char *what)
{
	return err_new(r->a, ERR_INPUT, "%s:%u:%u: %s", r->source, at.line, at.column,
		       str_printable(r->a, what, false));
}

static struct err *syntax_error(const struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	const char *problem = p->problem ? p->problem : "cannot be read";

	if (p->error == YAML_READER_ERROR)
		return refuse(r, mark_at(r, p->problem_offset), problem);
	if (!p->context)
		return refuse(r, mark_of(r, p->problem_mark),
			      arena_printf(r->a, "not valid YAML: %s", problem));
	return refuse(r, mark_of(r, p->problem_mark),
		      arena_printf(r->a, "not valid YAML: %s %s that starts at line %zu", problem,
				   p->context, p->context_mark.line + 1));
}

static struct err *next_event(struct reader *r)
{
	yaml_event_delete(&r->event);
	return yaml_parser_parse(&r->parser, &r->event) ? NULL : syntax_error(r);
}

/* ---- building ---- */

static struct err *event_text(const struct reader *r, const char **ret_text)
{
	const char *value = (const char *)r->event.data.scalar.value;

	if (strlen(value) != r->event.data.scalar.length)
		return refuse(r, mark_of(r, r->event.start_mark), "text holds a NUL byte");
	*ret_text = arena_strndup(r->a, value, r->event.data.scalar.length);
	return NULL;
}

static struct err *count_node(struct reader *r, struct mark at)
{
	int max = r->of_chart ? MAX_CHART_NODES : MAX_NODES;

	if (++r->nodes <= max)
		return NULL;
	return refuse(r, at, arena_printf(r->a, "more than %d values", max));
}

static struct err *too_deep(const struct reader *r, struct mark at)
{
	return refuse(r, at, arena_printf(r->a, "nested deeper than %d", MAX_DEPTH));
}

/* The copy of @from that an alias stands for. */
static struct err *expand(struct reader *r, const struct node *from, struct mark at, int depth,
			  struct node **ret)
{
	struct node *copy = arena_memdup(r->a, from, sizeof(*from));

	copy->next = NULL;
	copy->key = NULL;
	TRY(count_node(r, at));
	*ret = copy;
	if (from->kind != NODE_LIST && from->kind != NODE_MAP)
		return NULL;
	if (depth >= MAX_DEPTH)
		return too_deep(r, at);
	copy->first = copy->last = NULL;
	for (const struct node *c = from->first; c; c = c->next) {
		struct node *child = NULL;
		TRY(expand(r, c, at, depth + 1, &child));
		child->key_at = c->key_at;
		node_append(copy, c->key, child);
	}
	return NULL;
}

static struct err *read_alias(struct reader *r, struct node **ret)
{
	struct mark at = mark_of(r, r->event.start_mark);
	const char *name = (const char *)r->event.data.alias.anchor;
	const struct node *from = map_get(&r->anchors, name);

	if (!from)
		return refuse(r, at,
			      arena_printf(r->a, "alias '*%s' has no anchor before it", name));
	return expand(r, from, at, r->depth, ret);
}

/* The keys of one map while it is read. */
struct keys {
	struct node *map;
	struct map index; /* used once the map is large */
	size_t n;
	const struct node *merged; /* the value of "<<" */
};

static struct node *value_of(const struct keys *k, const char *key)
{
	return k->index.n ? map_get(&k->index, key) : node_get(k->map, key);
}

static bool has_key(const struct keys *k, const char *key)
{
	return value_of(k, key) != NULL;
}

/* A key that is there already gets the new value. */
static void put_key(struct keys *k, const char *key, struct node *child)
{
	struct node *there = value_of(k, key);

	if (there) {
		child->key = there->key;
		child->next = there->next;
		*there = *child;
		return;
	}
	node_append(k->map, key, child);
	if (++k->n == SMALL_MAP)
		for (struct node *c = k->map->first; c; c = c->next)
			map_put(&k->index, c->key, c);
	else if (k->n > SMALL_MAP)
		map_put(&k->index, key, child);
}

/* Keys of @from that the map does not have itself. */
static struct err *merge_map(struct reader *r, struct keys *k, const struct node *from)
{
	if (from->kind != NODE_MAP)
		return refuse(r, from->at, "'<<' must be a mapping or a list of mappings");
	for (const struct node *c = from->first; c; c = c->next) {
		struct node *copy = NULL;
		if (has_key(k, c->key))
			continue;
		TRY(expand(r, c, c->at, r->depth, &copy));
		copy->key_at = c->key_at;
		put_key(k, c->key, copy);
	}
	return NULL;
}

static struct err *merge(struct reader *r, struct keys *k, const struct node *value)
{
	if (value->kind != NODE_LIST)
		return merge_map(r, k, value);
	for (const struct node *c = value->first; c; c = c->next)
		TRY(merge_map(r, k, c));
	return NULL;
}

static struct err *check_tag(const struct reader *r, const yaml_char_t *tag)
{
	static const char core[] = "tag:yaml.org,2002:";
	const char *text = (const char *)tag;

	if (!tag || r->of_chart)
		return NULL;
	if (str_starts(text, core))
		text = arena_printf(r->a, "!!%s", text + strlen(core));
	return refuse(r, mark_of(r, r->event.start_mark),
		      arena_printf(r->a, "tags such as '%s' are not supported", text));
}

static struct err *read_node(struct reader *r, struct node **ret);

/* The current event as a key of the map; *ret_merges when it is "<<". */
static struct err *read_key(struct reader *r, const struct keys *k, const char **ret_key,
			    bool *ret_merges)
{
	struct mark at = mark_of(r, r->event.start_mark);

	if (r->event.type != YAML_SCALAR_EVENT)
		return refuse(r, at, "a key must be text");
	TRY(check_tag(r, r->event.data.scalar.tag));
	TRY(event_text(r, ret_key));
	*ret_merges =
		r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE && str_eq(*ret_key, "<<");
	if (!r->of_chart && (has_key(k, *ret_key) || (*ret_merges && k->merged)))
		return refuse(r, at, arena_printf(r->a, "key '%s' appears twice", *ret_key));
	return NULL;
}

static struct err *read_map(struct reader *r, struct node *n)
{
	struct keys k = {.map = n, .index = {.a = r->a}};

	for (;;) {
		const char *key = NULL;
		struct node *child = NULL;
		bool merges = false;

		TRY(next_event(r));
		if (r->event.type == YAML_MAPPING_END_EVENT)
			break;
		struct mark at = mark_of(r, r->event.start_mark);
		TRY(read_key(r, &k, &key, &merges));
		TRY(next_event(r));
		TRY(read_node(r, &child));
		child->key_at = at;
		if (merges)
			k.merged = child;
		else
			put_key(&k, key, child);
	}
	return k.merged ? merge(r, &k, k.merged) : NULL;
}

static struct err *read_list(struct reader *r, struct node *n)
{
	for (;;) {
		struct node *child = NULL;

		TRY(next_event(r));
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			return NULL;
		TRY(read_node(r, &child));
		node_add(n, child);
	}
}

/* What the current event brings with it besides its value. */
struct extras {
	const char *anchor;
	const yaml_char_t *tag;
};

static struct extras extras_of(const struct reader *r)
{
	const yaml_event_t *e = &r->event;
	struct extras x = {0};
	const yaml_char_t *anchor = NULL;

	if (e->type == YAML_SCALAR_EVENT) {
		anchor = e->data.scalar.anchor;
		x.tag = e->data.scalar.tag;
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		anchor = e->data.sequence_start.anchor;
		x.tag = e->data.sequence_start.tag;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		anchor = e->data.mapping_start.anchor;
		x.tag = e->data.mapping_start.tag;
	}
	x.anchor = arena_strdup(r->a, (const char *)anchor);
	return x;
}

static struct err *read_collection(struct reader *r, struct node *n)
{
	if (++r->depth > MAX_DEPTH)
		return too_deep(r, n->at);
	n->kind = r->event.type == YAML_MAPPING_START_EVENT ? NODE_MAP : NODE_LIST;
	TRY(n->kind == NODE_MAP ? read_map(r, n) : read_list(r, n));
	r->depth--;
	return NULL;
}

/* Does a word without quotes stand for itself, because a tag says so? */
static bool is_tagged_text(const yaml_char_t *tag)
{
	return tag && (str_eq((const char *)tag, "!") ||
		       str_eq((const char *)tag, "tag:yaml.org,2002:str"));
}

static struct err *resolve(const struct reader *r, struct node *n)
{
	const char *wrong = plain_resolve(r->a, n);

	return wrong ? refuse(r, n->at, wrong) : NULL;
}

static struct err *read_node(struct reader *r, struct node **ret)
{
	struct node *n = node_new(r->a, NODE_STR);

	if (r->event.type == YAML_ALIAS_EVENT)
		return read_alias(r, ret);
	n->at = mark_of(r, r->event.start_mark);
	TRY(count_node(r, n->at));
	struct extras x = extras_of(r);
	TRY(check_tag(r, x.tag));
	if (r->event.type == YAML_SCALAR_EVENT) {
		bool plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		TRY(event_text(r, &n->str));
		if (plain && !is_tagged_text(x.tag))
			TRY(resolve(r, n));
	} else {
		TRY(read_collection(r, n));
	}
	if (x.anchor)
		map_put(&r->anchors, x.anchor, n);
	*ret = n;
	return NULL;
}

/* Every document of the stream into @list. */
static struct err *read_stream(struct reader *r, struct node *list)
{
	TRY(next_event(r)); /* stream start */
	for (;;) {
		struct node *root = node_new(r->a, NODE_NULL);

		TRY(next_event(r));
		if (r->event.type == YAML_STREAM_END_EVENT)
			return NULL;
		struct mark at = mark_of(r, r->event.start_mark);
		r->anchors = (struct map){.a = r->a};
		TRY(next_event(r));
		TRY(read_node(r, &root));
		bool idle = root->kind == NODE_NULL && (list->first || r->of_chart);
		if (list->first && !idle && !r->of_chart)
			return refuse(r, at, "more than one document");
		if (!idle) /* "---" may end a file */
			node_add(list, root);
		TRY(next_event(r)); /* document end */
	}
}

static struct err *check_utf8(const struct reader *r)
{
	size_t n;

	if (str_is_utf8(r->text, r->size))
		return NULL;
	for (size_t i = 0; i < r->size; i += n) {
		for (n = 1; n < 4 && i + n < r->size; n++)
			if (((unsigned char)r->text[i + n] & 0xC0) != 0x80)
				break;
		if (!str_is_utf8(r->text + i, n))
			return refuse(r, mark_at(r, i), "not valid UTF-8");
	}
	return NULL;
}

static struct err *read_text(struct reader *r, struct node *list)
{
	if (r->size > MAX_SIZE)
		return err_new(r->a, ERR_INPUT, "%s: larger than %d MiB", r->source,
			       MAX_SIZE >> 20);
	if (r->size >= 3 && memcmp(r->text, "\xEF\xBB\xBF", 3) == 0) {
		r->text += 3;
		r->size -= 3;
	}
	TRY(check_utf8(r));
	if (!yaml_parser_initialize(&r->parser))
		return err_new(r->a, ERR_BUG, "cannot start the YAML parser");
	yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r->parser, (const unsigned char *)r->text, r->size);
	struct err *e = read_stream(r, list);
	yaml_event_delete(&r->event);
	yaml_parser_delete(&r->parser);
	return e;
}

struct err *yaml_read(struct arena *a, const char *source, const char *text, size_t size,
		      struct node **ret_root)
{
	struct reader r = {.a = a, .source = source, .text = text, .size = size};
	struct node *list = node_new(a, NODE_LIST);

	TRY(read_text(&r, list));
	if (!list->first) {
		node_add(list, node_new(a, NODE_NULL));
		list->first->at = (struct mark){source, 1, 1};
	}
	*ret_root = list->first;
	return NULL;
}

struct err *yaml_read_chart(struct arena *a, const char *source, const char *text, size_t size,
			    struct node **ret_list)
{
	struct reader r = {.a = a, .source = source, .text = text, .size = size, .of_chart = true};
	struct node *list = node_new(a, NODE_LIST);

	TRY(read_text(&r, list));
	*ret_list = list;
	return NULL;
}
