// SPDX-License-Identifier: Apache-2.0
/* Single values of the descriptor that have more than one spelling, or a form to keep to. */
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "model/duration.h"
#include "model/graph.h"
#include "model/graph_parts.h"
#include "model/quantity.h"

enum { MAX_LABEL = 63, MAX_RELEASE = 53 };

#define LABEL_PATTERN     "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
#define RESOURCE_PATTERN  "^[^/\\s]+/[^/\\s]+$"
#define REFERENCE_PATTERN "^(oci://[^/\\s]+/\\S+|(?!oci://|-)[^\\x00-\\x1F\\x7F]+)$"

const char *const graph_levels[] = {"none", "light", "small", "medium", "large", NULL};

static void keep(void *member, const char *text)
{
	memcpy(member, &text, sizeof(text));
}

static struct node *write_text(struct arena *a, const void *member)
{
	const char *text;

	memcpy(&text, member, sizeof(text));
	return text ? node_new_str(a, text) : NULL;
}

static void wrong_type(const struct node *n, const char *key, const char *what, struct problems *ps)
{
	problems_add(ps, SEVERITY_ERROR, n->at, "wrong-type", "'%s' must be %s, not %s", key, what,
		     node_kind_name(n->kind));
}

static struct node *pattern_schema(struct arena *a, const char *pattern)
{
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "type", "string");
	node_set_str(a, n, "pattern", pattern);
	return n;
}

/* ---- true or false ---- */

static const char *const true_words[] = {"true", "yes", "on", "1", NULL};
static const char *const false_words[] = {"false", "no", "off", "0", NULL};

static bool one_of(const char *text, const char *const *words)
{
	while (*words && strcmp(text, *words) != 0)
		words++;
	return *words != NULL;
}

static void read_bool(struct arena *a, const struct node *n, const char *key, void *member,
		      struct problems *ps)
{
	bool whole = n->kind == NODE_REAL && !(n->real < (double)(int)(n->real > 0)) &&
		     !(n->real > (double)(int)(n->real > 0));
	const char *text = whole ? (n->real > 0 ? "1" : "0") : node_text(a, n);

	if (!text || n->kind == NODE_NULL) {
		wrong_type(n, key, "true or false", ps);
		return;
	}
	text = str_lower(a, text);
	bool yes = one_of(text, true_words);
	if (yes || one_of(text, false_words))
		memcpy(member, &yes, sizeof(yes));
	else
		problems_add(ps, SEVERITY_ERROR, n->at, "unknown-word",
			     "'%s' must be true or false, not '%s'", key, node_text(a, n));
}

static struct node *write_bool(struct arena *a, const void *member)
{
	bool flag;

	memcpy(&flag, member, sizeof(flag));
	return flag ? node_new_bool(a, true) : NULL;
}

/* The word in any case: "[Tt][Rr]...". */
static void add_word(struct str *s, const char *word)
{
	for (; *word; word++) {
		if (*word >= 'a' && *word <= 'z')
			str_addf(s, "[%c%c]", *word - 'a' + 'A', *word);
		else
			str_add_n(s, word, 1);
	}
}

struct node *enabled_schema(struct arena *a)
{
	const char *const *const sets[] = {true_words, false_words};
	struct node *n = node_new(a, NODE_MAP);
	struct node *any = node_list_in(a, n, "anyOf");
	struct str pattern = {.a = a};

	str_add(&pattern, "^(");
	for (size_t i = 0; i < countof(sets); i++)
		for (const char *const *w = sets[i]; *w; w++) {
			str_add(&pattern, pattern.len > 2 ? "|" : "");
			add_word(&pattern, *w);
		}
	str_add(&pattern, ")$");
	node_set_str(a, node_add(any, node_new(a, NODE_MAP)), "type", "boolean");
	struct node *digits = node_list_in(a, node_add(any, node_new(a, NODE_MAP)), "enum");
	node_add(digits, node_new_int(a, 0));
	node_add(digits, node_new_int(a, 1));
	node_add(any, pattern_schema(a, str_text(&pattern)));
	return n;
}

const struct custom loose_bool = {"true or false", read_bool, write_bool, enabled_schema};

struct node *enabled_rewrite(struct arena *a, const struct node *n)
{
	if (n->kind == NODE_LIST || n->kind == NODE_NULL)
		return NULL;
	struct node *map = node_new(a, NODE_MAP), *flag = node_copy(a, n);
	map->at = n->at;
	node_set(map, "enabled", flag);
	return map;
}

static const struct field enabled_fields[] = {
	{"enabled", FIELD_CUSTOM, 0, .custom = &loose_bool, .flags = FIELD_NULLABLE,
	 .help = "is it wanted?"},
	{0},
};
const struct shape enabled_shape = {"switch", sizeof(bool), enabled_fields,
				    .rewrite = enabled_rewrite, .rewrite_schema = enabled_schema};

/* ---- text that may look like a number ---- */

static void read_loose_text(struct arena *a, const struct node *n, const char *key, void *member,
			    struct problems *ps)
{
	bool number = n->kind == NODE_INT || n->kind == NODE_REAL;

	if (n->kind != NODE_STR && !number) {
		wrong_type(n, key, "text", ps);
		return;
	}
	if (number)
		problems_add(ps, SEVERITY_WARNING, n->at, "number-as-text",
			     "'%s' is written as a number and read as '%s'", key, node_text(a, n))
			->hint = "Put it in quotes.";
	keep(member, node_text(a, n));
}

static struct node *loose_text_schema(struct arena *a)
{
	struct node *n = node_new(a, NODE_MAP), *types = node_list_in(a, n, "type");

	node_add(types, node_new_str(a, "string"));
	node_add(types, node_new_str(a, "number"));
	return n;
}

const struct custom loose_text = {"text", read_loose_text, write_text, loose_text_schema};

/* ---- ids ---- */

static bool is_label(const char *s)
{
	static const char inner[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t len = strlen(s);

	return len && strspn(s, inner) == len && s[0] != '-' && s[len - 1] != '-';
}

static void read_id(const struct node *n, const char *key, void *member, struct problems *ps,
		    size_t max)
{
	if (n->kind != NODE_STR) {
		wrong_type(n, key, "text", ps);
		return;
	}
	keep(member, n->str);
	if (!*n->str)
		problems_add(ps, SEVERITY_ERROR, n->at, "empty", "'%s' must not be empty", key);
	else if (!is_label(n->str))
		problems_add(ps, SEVERITY_ERROR, n->at, "bad-id", "'%s' is not a valid %s", n->str,
			     key)
			->hint = "Use lower-case letters, digits and '-'; begin and end with a "
				 "letter or digit.";
	else if (strlen(n->str) > max)
		problems_add(ps, SEVERITY_ERROR, n->at, "long-id",
			     "'%s' has %zu characters, more than %zu", n->str, strlen(n->str), max)
			->hint = max == MAX_RELEASE ? "It becomes the name of a Helm release."
						    : "It becomes a label in Kubernetes.";
}

static void read_graph_id(struct arena *a, const struct node *n, const char *key, void *member,
			  struct problems *ps)
{
	(void)a;
	read_id(n, key, member, ps, MAX_LABEL);
}

static void read_service_id(struct arena *a, const struct node *n, const char *key, void *member,
			    struct problems *ps)
{
	(void)a;
	read_id(n, key, member, ps, MAX_RELEASE);
}

static struct node *graph_id_schema(struct arena *a)
{
	struct node *n = pattern_schema(a, LABEL_PATTERN);

	node_set_int(a, n, "maxLength", MAX_LABEL);
	return n;
}

static struct node *service_id_schema(struct arena *a)
{
	struct node *n = pattern_schema(a, LABEL_PATTERN);

	node_set_int(a, n, "maxLength", MAX_RELEASE);
	return n;
}

const struct custom graph_id = {"a DNS label", read_graph_id, write_text, graph_id_schema};
const struct custom service_id = {"a DNS label", read_service_id, write_text, service_id_schema};

/* ---- levels and quantities ---- */

struct err *graph_amount(struct arena *a, const char *resource, const char *text,
			 int64_t *ret_value)
{
	int64_t scale = quantity_scale(resource);
	size_t len = strlen(text);
	bool spelled_out = quantity_is_bytes(resource) && len > 1 && text[len - 1] == 'B';

	if (spelled_out &&
	    !quantity_parse(a, arena_strndup(a, text, len - 1), scale, ROUND_UP, ret_value))
		return NULL;
	return quantity_parse(a, text, scale, ROUND_UP, ret_value);
}

static void read_level(struct arena *a, const struct node *n, const char *key, void *member,
		       struct problems *ps, const char *resource)
{
	bool number = n->kind == NODE_INT || n->kind == NODE_REAL;
	int64_t value;

	if (n->kind != NODE_STR && !number) {
		wrong_type(n, key, "a level or a quantity", ps);
		return;
	}
	const char *text = node_text(a, n);
	keep(member, text);
	if (one_of(text, graph_levels))
		return;
	struct err *e = graph_amount(a, resource, text, &value);
	if (!e)
		return;
	if (strpbrk(text, "0123456789")) {
		problems_add(ps, SEVERITY_ERROR, n->at, "bad-quantity", "'%s': %s", key, e->msg)
			->hint = e->hint;
		return;
	}
	const char *near = str_suggest(a, text, graph_levels);
	problems_add(ps, SEVERITY_ERROR, n->at, "unknown-level",
		     "'%s' must be a level or a quantity, not '%s'", key, text)
		->hint =
		near ? arena_printf(a, "Did you mean '%s'?", near)
		     : "Write none, light, small, medium, large or an amount such as 750m.";
}

static void read_cpu(struct arena *a, const struct node *n, const char *key, void *member,
		     struct problems *ps)
{
	read_level(a, n, key, member, ps, "cpu");
}

static void read_bytes(struct arena *a, const struct node *n, const char *key, void *member,
		       struct problems *ps)
{
	read_level(a, n, key, member, ps, "memory");
}

static struct node *level_schema(struct arena *a, const char *quantity, int64_t max)
{
	struct node *n = node_new(a, NODE_MAP), *any = node_list_in(a, n, "anyOf");
	struct node *levels = node_list_in(a, node_add(any, node_new(a, NODE_MAP)), "enum");

	for (const char *const *l = graph_levels; *l; l++)
		node_add(levels, node_new_str(a, *l));
	node_add(any, pattern_schema(a, quantity));
	struct node *number = node_add(any, node_new(a, NODE_MAP));
	node_set_str(a, number, "type", "number");
	node_set_int(a, number, "minimum", 0);
	node_set_int(a, number, "maximum", max);
	return n;
}

static struct node *cpu_schema(struct arena *a)
{
	return level_schema(a, QUANTITY_PATTERN, INT64_MAX / 1000);
}

static struct node *bytes_schema(struct arena *a)
{
	const char *pattern = QUANTITY_PATTERN;

	return level_schema(a, arena_printf(a, "%.*sB?$", (int)strlen(pattern) - 1, pattern),
			    INT64_MAX);
}

const struct custom cpu_level = {"a level or cores", read_cpu, write_text, cpu_schema};
const struct custom bytes_level = {"a level or bytes", read_bytes, write_text, bytes_schema};

/* ---- durations, resources, references ---- */

static void read_duration(struct arena *a, const struct node *n, const char *key, void *member,
			  struct problems *ps)
{
	bool number = n->kind == NODE_INT || n->kind == NODE_REAL;
	int64_t ms;

	if (n->kind != NODE_STR && !number) {
		wrong_type(n, key, "a duration", ps);
		return;
	}
	const char *text = str_eq(node_text(a, n), "0.0") ? "0" : node_text(a, n);
	keep(member, text);
	if (!duration_parse(text, &ms))
		problems_add(ps, SEVERITY_ERROR, n->at, "bad-duration",
			     "'%s': '%s' is not a duration", key, text)
			->hint = "Write a number with a unit, such as 30s, 5m or 1h30m.";
}

static struct node *duration_schema(struct arena *a)
{
	struct node *n = node_new(a, NODE_MAP), *any = node_list_in(a, n, "anyOf");

	node_add(any, pattern_schema(a, DURATION_PATTERN));
	node_set_int(a, node_add(any, node_new(a, NODE_MAP)), "const", 0);
	return n;
}

const struct custom duration_text = {"a duration", read_duration, write_text, duration_schema};

static void read_resource(struct arena *a, const struct node *n, const char *key, void *member,
			  struct problems *ps)
{
	(void)a;
	if (n->kind != NODE_STR) {
		wrong_type(n, key, "text", ps);
		return;
	}
	const char *slash = strchr(n->str, '/');
	bool good = slash && slash != n->str && slash[1] && !strchr(slash + 1, '/') &&
		    !strpbrk(n->str, " \t\r\n\f\v");
	keep(member, n->str);
	if (!good)
		problems_add(ps, SEVERITY_ERROR, n->at, "bad-resource",
			     "'%s' is not the name of an extended resource", n->str)
			->hint = "Such names have a domain, as nvidia.com/gpu.";
}

static struct node *resource_schema(struct arena *a)
{
	return pattern_schema(a, RESOURCE_PATTERN);
}

const struct custom resource_name = {"a resource name", read_resource, write_text, resource_schema};

/* oci://host/path, or any text that no program takes for an option. */
static bool is_reference(const char *s)
{
	if (!str_starts(s, "oci://"))
		return *s && *s != '-' && !strpbrk(s, "\n\r\t\f\v\b\a\x1b\x7f");
	const char *host = s + strlen("oci://"), *slash = strchr(host, '/');
	return slash && slash != host && slash[1] && !strpbrk(s, " \t\r\n\f\v");
}

static void read_reference(struct arena *a, const struct node *n, const char *key, void *member,
			   struct problems *ps)
{
	(void)a;
	if (n->kind != NODE_STR) {
		wrong_type(n, key, "text", ps);
		return;
	}
	keep(member, n->str);
	if (!is_reference(n->str))
		problems_add(ps, SEVERITY_ERROR, n->at, "bad-reference",
			     "'%s': '%s' is not a reference to a chart", key, n->str)
			->hint = "Write oci://HOST/PATH, with :TAG or @DIGEST if you like, or the "
				 "path of a chart.";
}

static struct node *reference_schema(struct arena *a)
{
	return pattern_schema(a, REFERENCE_PATTERN);
}

const struct custom chart_reference = {"a reference", read_reference, write_text, reference_schema};

/* ---- values ---- */

static bool is_old_bool(const struct node *n)
{
	static const char *const words[] = {"yes", "no", "on", "off"};

	if (n->kind != NODE_STR || !n->plain)
		return false;
	for (size_t i = 0; i < countof(words); i++) {
		const char *w = words[i], *s = n->str;
		bool first = s[0] == w[0] || s[0] == w[0] - 'a' + 'A';
		size_t k = 1;
		while (w[k] && (s[k] == w[k] || s[k] == w[k] - 'a' + 'A'))
			k++;
		if (first && !w[k] && !s[k])
			return true;
	}
	return false;
}

/* Helm reads a plain `no` as false, and so did the original; YAML since 2009 takes it for text.
 * Values are for Helm. */
static void read_old_bools(struct node *n, struct problems *ps)
{
	if (is_old_bool(n)) {
		bool flag = strchr("yY", n->str[0]) || strchr("nN", n->str[1]);

		problems_add(ps, SEVERITY_NOTE, n->at, "yaml-1.1-boolean",
			     "'%s' is passed to the chart as %s", n->str, flag ? "true" : "false")
			->hint = "Put it in quotes if text is meant.";
		n->kind = NODE_BOOL;
		n->flag = flag;
	}
	for (struct node *c = node_first(n); c; c = c->next)
		read_old_bools(c, ps);
}

static void read_values(struct arena *a, const struct node *n, const char *key, void *member,
			struct problems *ps)
{
	if (n->kind != NODE_MAP) {
		wrong_type(n, key, "a mapping", ps);
		return;
	}
	struct node *values = node_copy(a, n);
	read_old_bools(values, ps);
	*(struct node **)member = values;
}

static struct node *write_values(struct arena *a, const void *member)
{
	const struct node *n = *(struct node *const *)member;

	return n ? node_copy(a, n) : NULL;
}

static struct node *values_schema(struct arena *a)
{
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "type", "object");
	return n;
}

const struct custom chart_values = {"a mapping", read_values, write_values, values_schema};
