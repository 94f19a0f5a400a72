// SPDX-License-Identifier: Apache-2.0
/* Selectors: metric{label="value", ...}. */
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "plan/promql_parts.h"

enum { DEEPEST = 200 }; /* parentheses of a regular expression */

static void add_metric(struct promql_parser *p, const char *name)
{
	for (size_t i = 0; i < p->metrics.n; i++)
		if (str_eq(p->metrics.at[i], name))
			return;
	*vec_push(p->a, &p->metrics) = name;
}

/* What no regular expression of RE2 looks like; the rest is left to Prometheus. */
static const char *regex_fault(const char *r)
{
	int open = 0;
	bool can_repeat = false;

	for (; *r; r++) {
		if (*r == '\\') {
			if (!*++r)
				return "ends with a backslash";
			if (strchr("123456789", *r))
				return "refers back, which is not possible";
		} else if (*r == '[') {
			r += r[1] == '^' ? 2 : 1;
			r += *r == ']';
			while (*r && *r != ']')
				r += *r == '\\' && r[1] ? 2 : 1;
			if (!*r)
				return "has a '[' without ']'";
		} else if (*r == '(') {
			if (++open > DEEPEST)
				return "is nested too deeply";
			if (r[1] == '?' && (r[2] == '=' || r[2] == '!'))
				return "looks ahead, which is not possible";
			if (r[1] == '?')
				r++;
			can_repeat = false;
			continue;
		} else if (*r == ')' && open-- == 0) {
			return "has a ')' without '('";
		} else if (strchr("*+?", *r)) {
			if (!can_repeat)
				return "repeats nothing";
			can_repeat = r[1] == '?' && *r != '?';
			continue;
		}
		can_repeat = *r != '|';
	}
	return open ? "has a '(' without ')'" : NULL;
}

/* ---- does it match the empty text? ---- */

static bool empty_choice(const char **r);

static bool empty_group(const char **r)
{
	if ((*r)[0] == '?') {
		*r += strcspn(*r, ":>)");
		*r += **r == ':' || **r == '>';
	}
	bool empty = empty_choice(r);
	*r += **r == ')';
	return empty;
}

static bool empty_atom(const char **r)
{
	char c = *(*r)++;

	if (c == '(')
		return empty_group(r);
	if (c == '\\' && **r)
		return strchr("bBAz", *(*r)++) != NULL;
	if (c == '[') {
		*r += **r == '^';
		*r += **r == ']';
		while (**r && **r != ']')
			*r += **r == '\\' && (*r)[1] ? 2 : 1;
		*r += **r == ']';
	}
	return c == '^' || c == '$';
}

static bool empty_sequence(const char **r)
{
	bool all = true;

	while (**r && **r != '|' && **r != ')') {
		bool empty = empty_atom(r);

		for (; **r && strchr("*+?{", **r); (*r)++) {
			empty |= **r == '*' || **r == '?' || str_starts(*r, "{0");
			if (**r == '{')
				*r += strcspn(*r, "}") - (strchr(*r, '}') == NULL);
		}
		all &= empty;
	}
	return all;
}

static bool empty_choice(const char **r)
{
	bool any = empty_sequence(r);

	while (**r == '|') {
		(*r)++;
		any |= empty_sequence(r);
	}
	return any;
}

/* Does the matcher accept a series without the label?  Then another one must not. */
static bool matches_empty(const char *op, const char *value)
{
	if (str_eq(op, "="))
		return !*value;
	if (str_eq(op, "!="))
		return *value != '\0';
	bool empty = empty_choice(&value);
	return str_eq(op, "=~") ? empty : !empty;
}

/* ---- matchers ---- */

static struct err *parse_matcher(struct promql_parser *p, bool named, bool *ret_selective)
{
	const char *label = p->l.word;
	size_t at = p->l.start;

	if (p->l.kind != TOKEN_NAME || !promql_is_label(label))
		return promql_error(&p->l, at, "a label is wanted, not %s", promql_seen(p));
	TRY(promql_next(&p->l));
	const char *op = p->l.word;
	if (!promql_is_mark(p, "=") && !promql_is_mark(p, "!=") && !promql_is_mark(p, "=~") &&
	    !promql_is_mark(p, "!~"))
		return promql_error(&p->l, p->l.start, "one of = != =~ !~ is wanted, not %s",
				    promql_seen(p));
	TRY(promql_next(&p->l));
	if (p->l.kind != TOKEN_STRING)
		return promql_error(&p->l, p->l.start, "the value of '%s' must be quoted", label);
	const char *fault = strchr(op, '~') ? regex_fault(p->l.word) : NULL;
	if (fault)
		return promql_error(&p->l, p->l.start, "the regular expression '%s' %s", p->l.word,
				    fault);
	if (str_eq(label, "__name__")) {
		if (named)
			return promql_error(&p->l, at, "the metric is named twice");
		if (str_eq(op, "="))
			add_metric(p, p->l.word);
	}
	*ret_selective |= !matches_empty(op, p->l.word);
	return promql_next(&p->l);
}

static struct err *parse_matchers(struct promql_parser *p, bool named)
{
	size_t start = p->l.start;
	bool selective = named;

	TRY(promql_expect(p, "{"));
	while (!promql_is_mark(p, "}")) {
		TRY(parse_matcher(p, named, &selective));
		if (promql_is_mark(p, ","))
			TRY(promql_next(&p->l));
		else if (!promql_is_mark(p, "}"))
			return promql_error(&p->l, p->l.start, "',' or '}' is wanted, not %s",
					    promql_seen(p));
	}
	if (!selective)
		return promql_error(&p->l, start,
				    "at least one label must be required not to be empty");
	return promql_next(&p->l);
}

struct err *promql_selector(struct promql_parser *p, const char *name, struct promql_part *ret)
{
	if (name)
		add_metric(p, name);
	if (promql_is_mark(p, "{"))
		TRY(parse_matchers(p, name != NULL));
	ret->type = PROMQL_INSTANT;
	ret->selector = ret->timed = true;
	return NULL;
}
