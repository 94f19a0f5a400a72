// SPDX-License-Identifier: Apache-2.0
/*
 * A recursive descent parser by binding power.  Nothing but types is kept of what was parsed: an
 * expression is right or wrong, the first mistake is told.
 */
#include "plan/promql.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "plan/promql_parts.h"

enum { DEEPEST = 200 };

static struct err *parse_binary(struct promql_parser *p, int power, struct promql_part *ret);

const char *promql_type_name(enum promql_type type)
{
	static const char *const names[] = {
		[PROMQL_SCALAR] = "a scalar",
		[PROMQL_INSTANT] = "an instant vector",
		[PROMQL_RANGE] = "a range vector",
		[PROMQL_STRING] = "a text",
	};

	return names[type];
}

/* ---- small helpers ---- */

bool promql_is_mark(const struct promql_parser *p, const char *mark)
{
	return p->l.kind == TOKEN_MARK && str_eq(p->l.word, mark);
}

bool promql_is_word(struct promql_parser *p, const char *word)
{
	return p->l.kind == TOKEN_NAME && str_eq(str_lower(p->a, p->l.word), word);
}

const char *promql_seen(const struct promql_parser *p)
{
	return p->l.kind == TOKEN_END ? "the end" : arena_printf(p->a, "'%s'", p->l.word);
}

struct err *promql_expect(struct promql_parser *p, const char *mark)
{
	if (!promql_is_mark(p, mark))
		return promql_error(&p->l, p->l.start, "'%s' is missing before %s", mark,
				    promql_seen(p));
	return promql_next(&p->l);
}

static struct err *want_type(struct promql_parser *p, const struct promql_part *x,
			     enum promql_type type, const char *what)
{
	if (x->type == type)
		return NULL;
	return promql_error(&p->l, x->start, "%s takes %s here, not %s", what,
			    promql_type_name(type), promql_type_name(x->type));
}

/* ---- calls ---- */

static enum promql_type type_of(char letter)
{
	return letter == 's'   ? PROMQL_SCALAR
	       : letter == 'v' ? PROMQL_INSTANT
	       : letter == 'r' ? PROMQL_RANGE
			       : PROMQL_STRING;
}

/* "(a, b, ...)" as @f takes them. */
static struct err *parse_arguments(struct promql_parser *p, const struct promql_function *f)
{
	const char *t = f->takes;
	const char *what = arena_printf(p->a, "'%s'", f->name);
	size_t start = p->l.start;
	char last = 0;

	TRY(promql_expect(p, "("));
	while (!promql_is_mark(p, ")")) {
		struct promql_part x = {0};

		if (*t == '*')
			t--;
		if (!*t)
			return promql_error(&p->l, p->l.start, "%s takes fewer arguments", what);
		TRY(parse_binary(p, 0, &x));
		TRY(want_type(p, &x, type_of(*t), what));
		last = *t++;
		if (*t == '?')
			t++;
		if (promql_is_mark(p, ",")) {
			TRY(promql_next(&p->l));
			if (promql_is_mark(p, ")"))
				return promql_error(&p->l, p->l.start, "an argument is missing");
		} else if (!promql_is_mark(p, ")")) {
			return promql_error(&p->l, p->l.start, "',' or ')' is wanted, not %s",
					    promql_seen(p));
		}
	}
	bool more = *t && t[1] != '?' && t[1] != '*' && !(*t == '*' && last);
	if (more)
		return promql_error(&p->l, start, "%s takes more arguments", what);
	return promql_next(&p->l);
}

struct labels {
	const char **at;
	size_t n, cap;
};

static struct err *parse_labels(struct promql_parser *p, struct labels *ret)
{
	TRY(promql_expect(p, "("));
	while (!promql_is_mark(p, ")")) {
		if (p->l.kind != TOKEN_NAME || !promql_is_label(p->l.word))
			return promql_error(&p->l, p->l.start, "a label is wanted, not %s",
					    promql_seen(p));
		*vec_push(p->a, ret) = p->l.word;
		TRY(promql_next(&p->l));
		if (promql_is_mark(p, ","))
			TRY(promql_next(&p->l));
		else if (!promql_is_mark(p, ")"))
			return promql_error(&p->l, p->l.start, "',' or ')' is wanted, not %s",
					    promql_seen(p));
	}
	return promql_next(&p->l);
}

static struct err *parse_grouping(struct promql_parser *p, bool *ret_there)
{
	struct labels labels = {0};

	*ret_there = promql_is_word(p, "by") || promql_is_word(p, "without");
	if (!*ret_there)
		return NULL;
	TRY(promql_next(&p->l));
	return parse_labels(p, &labels);
}

static struct err *parse_aggregation(struct promql_parser *p, const struct promql_function *f,
				     struct promql_part *ret)
{
	bool before, after;

	TRY(parse_grouping(p, &before));
	TRY(parse_arguments(p, f));
	if (!before)
		TRY(parse_grouping(p, &after));
	ret->type = PROMQL_INSTANT;
	return NULL;
}

static struct err *parse_call(struct promql_parser *p, const char *name, size_t at,
			      struct promql_part *ret)
{
	const struct promql_function *f = promql_function(p->a, name);

	if (!f) {
		const char *like = promql_function_suggest(p->a, name);
		struct err *e = promql_error(&p->l, at, "there is no function '%s'", name);
		return like ? err_hint(p->a, e, "Did you mean '%s'?", like) : e;
	}
	TRY(parse_arguments(p, f));
	p->compares |= str_starts(name, "absent");
	ret->type = type_of(f->gives);
	return NULL;
}

/* ---- ranges, subqueries, offset and @ ---- */

static struct err *parse_duration(struct promql_parser *p)
{
	if (p->l.kind != TOKEN_DURATION)
		return promql_error(&p->l, p->l.start, "a duration such as 5m is wanted, not %s",
				    promql_seen(p));
	if (p->l.ms <= 0)
		return promql_error(&p->l, p->l.start, "the duration must be above zero");
	return promql_next(&p->l);
}

static struct err *parse_range(struct promql_parser *p, struct promql_part *x)
{
	size_t at = p->l.start;

	TRY(promql_next(&p->l));
	TRY(parse_duration(p));
	if (promql_is_mark(p, ":")) {
		TRY(promql_next(&p->l));
		if (!promql_is_mark(p, "]"))
			TRY(parse_duration(p));
		if (x->type != PROMQL_INSTANT)
			return promql_error(&p->l, at, "a subquery needs an instant vector, not %s",
					    promql_type_name(x->type));
	} else if (!x->selector || x->has_offset || x->has_at) {
		return promql_error(&p->l, at,
				    x->has_offset || x->has_at
					    ? "the range comes before 'offset' and '@'"
					    : "only a selector can have a range; write [5m:] for a "
					      "subquery");
	}
	TRY(promql_expect(p, "]"));
	*x = (struct promql_part){.type = PROMQL_RANGE, .timed = true, .start = x->start};
	return NULL;
}

static struct err *parse_offset(struct promql_parser *p, struct promql_part *x)
{
	if (!x->timed || x->has_offset)
		return promql_error(&p->l, p->l.start,
				    x->has_offset ? "'offset' is given twice"
						  : "'offset' follows a selector or a subquery");
	TRY(promql_next(&p->l));
	if (promql_is_mark(p, "-"))
		TRY(promql_next(&p->l));
	x->has_offset = true;
	return parse_duration(p);
}

static struct err *parse_at(struct promql_parser *p, struct promql_part *x)
{
	if (!x->timed || x->has_at)
		return promql_error(&p->l, p->l.start,
				    x->has_at ? "'@' is given twice"
					      : "'@' follows a selector or a subquery");
	TRY(promql_next(&p->l));
	x->has_at = true;
	if (promql_is_word(p, "start") || promql_is_word(p, "end")) {
		TRY(promql_next(&p->l));
		TRY(promql_expect(p, "("));
		return promql_expect(p, ")");
	}
	if (promql_is_mark(p, "-") || promql_is_mark(p, "+"))
		TRY(promql_next(&p->l));
	if (p->l.kind != TOKEN_NUMBER)
		return promql_error(&p->l, p->l.start, "a time, start() or end() is wanted, not %s",
				    promql_seen(p));
	return promql_next(&p->l);
}

static struct err *parse_suffixes(struct promql_parser *p, struct promql_part *x)
{
	for (;;) {
		if (promql_is_mark(p, "["))
			TRY(parse_range(p, x));
		else if (promql_is_word(p, "offset"))
			TRY(parse_offset(p, x));
		else if (promql_is_mark(p, "@"))
			TRY(parse_at(p, x));
		else
			return NULL;
	}
}

/* ---- primaries ---- */

static struct err *parse_parenthesis(struct promql_parser *p, struct promql_part *ret)
{
	size_t start = ret->start;

	TRY(promql_next(&p->l));
	TRY(parse_binary(p, 0, ret));
	/* in parentheses a selector may have no range and no offset any more */
	*ret = (struct promql_part){.type = ret->type, .start = start};
	return promql_expect(p, ")");
}

static struct err *parse_name(struct promql_parser *p, struct promql_part *ret)
{
	static const char *const reserved[] = {"on", "ignoring", "group_left", "group_right",
					       "bool"};
	const char *name = p->l.word;
	size_t at = p->l.start;

	for (size_t i = 0; i < countof(reserved); i++)
		if (promql_is_word(p, reserved[i]))
			return promql_error(&p->l, at, "'%s' has no meaning here", name);
	TRY(promql_next(&p->l));
	if (str_eq(str_lower(p->a, name), "inf") || str_eq(str_lower(p->a, name), "nan")) {
		ret->type = PROMQL_SCALAR;
		return NULL;
	}
	const struct promql_function *f = promql_aggregation(p->a, name);
	if (f &&
	    (promql_is_mark(p, "(") || promql_is_word(p, "by") || promql_is_word(p, "without")))
		return parse_aggregation(p, f, ret);
	if (promql_is_mark(p, "("))
		return parse_call(p, name, at, ret);
	return promql_selector(p, name, ret);
}

static struct err *parse_primary(struct promql_parser *p, struct promql_part *ret)
{
	ret->start = p->l.start;
	if (p->l.kind == TOKEN_NUMBER || p->l.kind == TOKEN_STRING) {
		ret->type = p->l.kind == TOKEN_NUMBER ? PROMQL_SCALAR : PROMQL_STRING;
		TRY(promql_next(&p->l));
	} else if (promql_is_mark(p, "(")) {
		TRY(parse_parenthesis(p, ret));
	} else if (promql_is_mark(p, "{")) {
		TRY(promql_selector(p, NULL, ret));
	} else if (p->l.kind == TOKEN_NAME) {
		TRY(parse_name(p, ret));
	} else {
		return promql_error(&p->l, p->l.start, "an expression is wanted, not %s",
				    promql_seen(p));
	}
	return parse_suffixes(p, ret);
}

enum { POWER_COMPARE = 3, POWER_MULTIPLY = 5, POWER_RAISE = 6 };

static struct err *parse_unary(struct promql_parser *p, struct promql_part *ret)
{
	size_t start = p->l.start;

	if (!promql_is_mark(p, "-") && !promql_is_mark(p, "+"))
		return parse_primary(p, ret);
	TRY(promql_next(&p->l));
	if (++p->depth > DEEPEST)
		return promql_error(&p->l, start, "the expression is nested too deeply");
	TRY(parse_binary(p, POWER_RAISE, ret));
	p->depth--;
	if (ret->type != PROMQL_SCALAR && ret->type != PROMQL_INSTANT)
		return promql_error(&p->l, start,
				    "a sign needs a scalar or an instant vector, not %s",
				    promql_type_name(ret->type));
	*ret = (struct promql_part){.type = ret->type, .start = start};
	return NULL;
}

/* ---- operators ---- */

struct binary_op {
	const char *word;
	int power;
};

static const struct binary_op *operator_at(struct promql_parser *p)
{
	static const struct binary_op operators[] = {
		{"or", 1}, {"and", 2}, {"unless", 2}, {"==", 3}, {"!=", 3}, {"<=", 3},
		{"<", 3},  {">=", 3},  {">", 3},      {"+", 4},  {"-", 4},  {"*", 5},
		{"/", 5},  {"%", 5},   {"atan2", 5},  {"^", 6},
	};

	for (size_t i = 0; i < countof(operators); i++)
		if (promql_is_mark(p, operators[i].word) || promql_is_word(p, operators[i].word))
			return &operators[i];
	return NULL;
}

struct matching {
	bool returns_bool, on;
	struct labels labels;
};

static struct err *parse_matching(struct promql_parser *p, const struct binary_op *o,
				  struct matching *m)
{
	size_t at = p->l.start;

	if (promql_is_word(p, "bool")) {
		if (o->power != POWER_COMPARE)
			return promql_error(&p->l, at, "'bool' is for comparisons");
		m->returns_bool = true;
		TRY(promql_next(&p->l));
	}
	m->on = promql_is_word(p, "on");
	if (!m->on && !promql_is_word(p, "ignoring"))
		return NULL;
	TRY(promql_next(&p->l));
	TRY(parse_labels(p, &m->labels));
	if (!promql_is_word(p, "group_left") && !promql_is_word(p, "group_right"))
		return NULL;
	at = p->l.start;
	if (o->power < POWER_COMPARE)
		return promql_error(&p->l, at, "'%s' cannot be grouped", o->word);
	TRY(promql_next(&p->l));
	struct labels extra = {0};
	if (promql_is_mark(p, "("))
		TRY(parse_labels(p, &extra));
	for (size_t i = 0; m->on && i < extra.n; i++)
		for (size_t k = 0; k < m->labels.n; k++)
			if (str_eq(extra.at[i], m->labels.at[k]))
				return promql_error(&p->l, at,
						    "label '%s' is in 'on' and in the "
						    "grouping",
						    extra.at[i]);
	return NULL;
}

static struct err *check_operands(struct promql_parser *p, const struct binary_op *o, size_t at,
				  const struct matching *m, const struct promql_part *x,
				  const struct promql_part *y)
{
	const struct promql_part *both[] = {x, y};
	bool scalars = x->type == PROMQL_SCALAR && y->type == PROMQL_SCALAR;
	bool vectors = x->type == PROMQL_INSTANT && y->type == PROMQL_INSTANT;

	for (size_t i = 0; i < 2; i++)
		if (both[i]->type != PROMQL_SCALAR && both[i]->type != PROMQL_INSTANT)
			return promql_error(&p->l, both[i]->start,
					    "'%s' takes scalars and instant vectors, not %s",
					    o->word, promql_type_name(both[i]->type));
	if (o->power < POWER_COMPARE && !vectors)
		return promql_error(&p->l, at, "'%s' takes two instant vectors", o->word);
	if (o->power == POWER_COMPARE && scalars && !m->returns_bool)
		return promql_error(&p->l, at, "a comparison of scalars needs 'bool'");
	if (m->labels.n && !vectors)
		return promql_error(&p->l, at, "matching by labels needs two instant vectors");
	return NULL;
}

/* Operators of at least @power. */
static struct err *parse_binary(struct promql_parser *p, int power, struct promql_part *ret)
{
	const struct binary_op *o;

	if (++p->depth > DEEPEST)
		return promql_error(&p->l, p->l.start, "the expression is nested too deeply");
	TRY(parse_unary(p, ret));
	while ((o = operator_at(p)) && o->power >= power) {
		struct promql_part right = {0};
		struct matching m = {0};
		size_t at = p->l.start;

		TRY(promql_next(&p->l));
		TRY(parse_matching(p, o, &m));
		TRY(parse_binary(p, o->power == POWER_RAISE ? POWER_RAISE : o->power + 1, &right));
		TRY(check_operands(p, o, at, &m, ret, &right));
		p->compares |= o->power == POWER_COMPARE && !m.returns_bool;
		bool vector = ret->type == PROMQL_INSTANT || right.type == PROMQL_INSTANT;
		*ret = (struct promql_part){.type = vector ? PROMQL_INSTANT : PROMQL_SCALAR,
					    .start = ret->start};
	}
	p->depth--;
	return NULL;
}

/* ---- from outside ---- */

struct err *promql_check(struct arena *a, const char *text, struct promql_facts *ret_facts)
{
	struct promql_parser p = {.l = {.a = a, .text = text}, .a = a};
	struct promql_part whole = {0};

	if (!str_is_utf8(text, strlen(text)))
		return err_new(a, ERR_INPUT, "the query is not UTF-8");
	TRY(promql_next(&p.l));
	if (p.l.kind == TOKEN_END)
		return err_new(a, ERR_INPUT, "the query is empty");
	TRY(parse_binary(&p, 0, &whole));
	if (p.l.kind != TOKEN_END)
		return promql_error(&p.l, p.l.start, "%s is one too many", promql_seen(&p));
	*ret_facts = (struct promql_facts){whole.type, p.compares, p.metrics.at, p.metrics.n};
	return NULL;
}

const char *promql_escape(struct arena *a, const char *value)
{
	struct str s = {.a = a};

	for (; *value; value++) {
		if (*value == '\n')
			str_add(&s, "\\n");
		else if (*value == '"' || *value == '\\')
			str_addf(&s, "\\%c", *value);
		else
			str_add_n(&s, value, 1);
	}
	return str_text(&s);
}

bool promql_is_label(const char *name)
{
	if (!name || !*name || (*name >= '0' && *name <= '9'))
		return false;
	for (; *name; name++) {
		bool letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z');

		if (!letter && !(*name >= '0' && *name <= '9') && *name != '_')
			return false;
	}
	return true;
}
