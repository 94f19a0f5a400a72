// SPDX-License-Identifier: Apache-2.0
/*
 * The writer is on the safe side: text goes without quotes only when no reader, of YAML 1.1 either
 * (yes, no, on, 12:30, 1_000, 2001-01-01), can take it for something else.
 */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/str.h"
#include "doc/node.h"
#include "doc/quote.h"
#include "doc/yaml.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_reserved(const char *s)
{
	static const char *const words[] = {"y",   "n",    "yes",   "no",  "on",
					    "off", "true", "false", "null"};
	for (size_t i = 0; i < countof(words); i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	return false;
}

/* "500m", "10Gi", "2m": letters and digits that end in a letter which ends no number. */
static bool is_amount(const char *s)
{
	size_t len = strlen(s);
	char last = s[len - 1];

	for (size_t i = 0; i < len; i++)
		if (!is_letter(s[i]) && !is_digit(s[i]) && s[i] != '.')
			return false;
	return (last >= 'g' && last <= 'z') || (last >= 'G' && last <= 'Z');
}

static bool is_plain(const char *s)
{
	size_t len = strlen(s);

	if (!len || len > 200 || is_reserved(s))
		return false;
	if (is_digit(s[0]))
		return is_amount(s);
	if (!is_letter(s[0]) && s[0] != '/' && s[0] != '_')
		return false;
	for (size_t i = 0; i < len; i++) {
		bool inner = s[i] == ' ' || s[i] == ':';
		char after = s[i + 1];
		if (inner && (after == '\0' || after == ' ' || s[i - 1] == ' '))
			return false;
		if (!inner && !is_letter(s[i]) && !is_digit(s[i]) && !strchr("_-./,()+=@", s[i]))
			return false;
	}
	return true;
}

/* Can it be written as it is, line by line, after "|"? */
static bool is_literal(const char *s)
{
	if (!strchr(s, '\n') || strchr(" \t\n", s[0]))
		return false;
	for (const char *p = s; *p; p++)
		if (*p != '\n' && *p != '\t' && *p != '"' && *p != '\\' && quote_needs_escape(p))
			return false;
	return true;
}

static void indent(struct str *s, int depth)
{
	for (int i = 0; i < depth; i++)
		str_add(s, "  ");
}

static void write_literal(struct str *s, const char *text, int depth)
{
	size_t len = strlen(text);
	bool ends = text[len - 1] == '\n';

	str_add(s, !ends ? "|-\n" : len > 1 && text[len - 2] == '\n' ? "|+\n" : "|\n");
	while (*text) {
		size_t line = strcspn(text, "\n");
		if (line)
			indent(s, depth);
		str_add_n(s, text, line);
		str_add(s, "\n");
		text += line + (text[line] == '\n');
	}
}

static void write_text(struct str *s, const char *text)
{
	if (is_plain(text))
		str_add(s, text);
	else
		quote_add(s, text);
}

/* A key of more than 1024 characters needs its own line and a question mark. */
static void write_key(struct str *s, const char *key, int depth)
{
	struct str text = {.a = s->a};

	write_text(&text, key);
	if (text.len > 1000) {
		str_add(s, "? ");
		str_add(&text, "\n");
	}
	str_add(s, str_text(&text));
	if (text.text[text.len - 1] == '\n')
		indent(s, depth);
	str_add(s, ":");
}

static void write_node(struct str *s, const struct node *n, int depth);

static bool is_block(const struct node *n)
{
	return (n->kind == NODE_MAP || n->kind == NODE_LIST) && n->first;
}

/* The value of a key, after its colon. */
static void write_value(struct str *s, const struct node *n, int depth)
{
	if (!is_block(n)) {
		str_add(s, " ");
		write_node(s, n, depth + 1);
		return;
	}
	str_add(s, "\n");
	indent(s, n->kind == NODE_LIST ? depth : depth + 1);
	write_node(s, n, n->kind == NODE_LIST ? depth : depth + 1);
}

/* @n where the cursor stands, its further lines indented by @depth. */
static void write_node(struct str *s, const struct node *n, int depth)
{
	if (!is_block(n)) {
		if (n->kind == NODE_STR && is_literal(n->str)) {
			write_literal(s, n->str, depth);
			return;
		}
		if (n->kind == NODE_STR)
			write_text(s, n->str);
		else
			str_add(s, n->kind == NODE_MAP    ? "{}"
				   : n->kind == NODE_LIST ? "[]"
							  : node_text(s->a, n));
		str_add(s, "\n");
		return;
	}
	for (const struct node *c = n->first; c; c = c->next) {
		if (c != n->first)
			indent(s, depth);
		if (n->kind == NODE_LIST) {
			str_add(s, "- ");
			write_node(s, c, depth + 1);
			continue;
		}
		write_key(s, c->key, depth);
		write_value(s, c, depth);
	}
}

const char *yaml_write(struct arena *a, const struct node *n)
{
	struct str s = {.a = a};

	write_node(&s, n, n->kind == NODE_STR ? 1 : 0);
	return str_text(&s);
}
