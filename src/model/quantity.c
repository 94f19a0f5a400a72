// SPDX-License-Identifier: Apache-2.0
/*
 * A quantity is a row of decimal digits, a power of ten and a power of two.  The digits are kept as
 * digits: multiplying by 1024 is long multiplication, dividing by ten drops a digit, so nothing
 * is ever rounded before the one place that is asked to.
 */
#include "model/quantity.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "doc/node.h"

enum { MAX_TEXT = 80, MAX_EXPONENT = 1000, MAX_DIGITS = 160 };

/* A whole number, least significant digit first. */
struct digits {
	unsigned char at[MAX_DIGITS];
	size_t n;
};

struct suffix {
	const char *text;
	int tens, twos;
};

static const struct suffix suffixes[] = {
	{"", 0, 0},    {"n", -9, 0},  {"u", -6, 0},  {"m", -3, 0},  {"k", 3, 0},   {"M", 6, 0},
	{"G", 9, 0},   {"T", 12, 0},  {"P", 15, 0},  {"E", 18, 0},  {"Ki", 0, 10}, {"Mi", 0, 20},
	{"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50}, {"Ei", 0, 60},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The power of ten in "e3", "E-2"; false when @s is something else. */
static bool read_exponent(const char *s, int *ret_tens)
{
	int sign = s[1] == '-' ? -1 : 1, value = 0;

	if (*s != 'e' && *s != 'E')
		return false;
	s += s[1] == '-' || s[1] == '+' ? 2 : 1;
	if (!*s)
		return false;
	for (; is_digit(*s); s++)
		value = value > MAX_EXPONENT ? value : value * 10 + (*s - '0');
	*ret_tens = sign * value;
	return *s == '\0';
}

static bool read_suffix(const char *s, int *ret_tens, int *ret_twos)
{
	*ret_twos = 0;
	for (size_t i = 0; i < countof(suffixes); i++) {
		if (strcmp(s, suffixes[i].text) != 0)
			continue;
		*ret_tens = suffixes[i].tens;
		*ret_twos = suffixes[i].twos;
		return true;
	}
	return read_exponent(s, ret_tens);
}

/* The digits of "12.50" as 1250 and -2; returns what follows them, or NULL when there is none. */
static const char *read_digits(const char *s, struct digits *ret, int *ret_tens)
{
	bool point = false, any = false;
	const char *from = s;

	*ret_tens = 0;
	*ret = (struct digits){0};
	for (; is_digit(*s) || (*s == '.' && !point); s++) {
		point |= *s == '.';
		any |= *s != '.';
		*ret_tens -= point && *s != '.';
	}
	for (const char *p = s; p > from; p--) /* MAX_TEXT of them at most */
		if (p[-1] != '.')
			ret->at[ret->n++] = (unsigned char)(p[-1] - '0');
	while (ret->n && !ret->at[ret->n - 1])
		ret->n--;
	return any ? s : NULL;
}

static void times_1024(struct digits *d)
{
	unsigned carry = 0;

	for (size_t i = 0; i < d->n; i++) {
		unsigned v = d->at[i] * 1024u + carry;
		d->at[i] = (unsigned char)(v % 10);
		carry = v / 10;
	}
	for (; carry; carry /= 10)
		d->at[d->n++] = (unsigned char)(carry % 10);
}

/* @d times ten to the @tens, rounded; false when it does not fit. */
static bool to_int(const struct digits *d, int tens, enum rounding rounding, int64_t *ret)
{
	size_t drop = tens < 0 ? (size_t)-tens : 0;
	int64_t value = 0;
	bool rest = false;

	for (size_t i = d->n; i-- > 0;) {
		if (i < drop)
			rest |= d->at[i] != 0;
		else if (__builtin_mul_overflow(value, (int64_t)10, &value) ||
			 __builtin_add_overflow(value, (int64_t)d->at[i], &value))
			return false;
	}
	for (; tens > 0 && value; tens--)
		if (__builtin_mul_overflow(value, (int64_t)10, &value))
			return false;
	if (rest && rounding == ROUND_UP && __builtin_add_overflow(value, (int64_t)1, &value))
		return false;
	*ret = value;
	return true;
}

static struct err *no_quantity(struct arena *a, const char *text)
{
	return err_hint(
		a, err_new(a, ERR_INPUT, "'%s' is not a quantity", text),
		"Write a number with a suffix of Kubernetes, such as 500m, 2, 1.5Gi or 10G.");
}

struct err *quantity_parse(struct arena *a, const char *text, int64_t scale, enum rounding rounding,
			   int64_t *ret_value)
{
	struct digits d;
	int point_tens, tens = 0, twos = 0;
	bool negative = *text == '-';
	int64_t value;

	if (strlen(text) > MAX_TEXT)
		return no_quantity(a, arena_printf(a, "%.20s...", text));
	const char *rest = read_digits(text + (negative || *text == '+'), &d, &point_tens);
	if (!rest || !read_suffix(rest, &tens, &twos))
		return no_quantity(a, text);
	if (negative && d.n)
		return err_new(a, ERR_INPUT, "'%s' is negative", text);
	for (; twos > 0; twos -= 10)
		times_1024(&d);
	for (; scale >= 10 && scale % 10 == 0; scale /= 10)
		tens++;
	if (!to_int(&d, tens + point_tens, rounding, &value) ||
	    __builtin_mul_overflow(value, scale, &value))
		return err_new(a, ERR_INPUT, "'%s' is too large", text);
	*ret_value = value;
	return NULL;
}

static const char *bare_name(const char *resource)
{
	static const char *const prefixes[] = {"requests.", "limits."};

	for (size_t i = 0; i < countof(prefixes); i++)
		if (str_starts(resource, prefixes[i]))
			return resource + strlen(prefixes[i]);
	return resource;
}

int64_t quantity_scale(const char *resource)
{
	return str_eq(bare_name(resource), "cpu") ? 1000 : 1;
}

bool quantity_is_bytes(const char *resource)
{
	const char *name = bare_name(resource);

	return str_eq(name, "memory") || str_eq(name, "storage") ||
	       str_eq(name, "ephemeral-storage") || str_starts(name, "hugepages-");
}

/* @value in units of the largest power of @step that divides it; *ret_power tells which. */
static int64_t largest_unit(int64_t value, int64_t step, unsigned *ret_power)
{
	for (*ret_power = 0; value && value % step == 0 && *ret_power < 6; ++*ret_power)
		value /= step;
	return value;
}

const char *quantity_text(struct arena *a, const char *resource, int64_t value)
{
	static const char *const binary[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
	static const char *const decimal[] = {"", "k", "M", "G", "T", "P", "E"};
	unsigned twos, tens;

	if (quantity_scale(resource) == 1000)
		return value % 1000 ? arena_printf(a, "%lldm", (long long)value)
				    : arena_printf(a, "%lld", (long long)value / 1000);
	if (!quantity_is_bytes(resource))
		return arena_printf(a, "%lld", (long long)value);
	long long in_twos = (long long)largest_unit(value, 1024, &twos);
	long long in_tens = (long long)largest_unit(value, 1000, &tens);
	const char *by_twos = arena_printf(a, "%lld%s", in_twos, binary[twos]);
	const char *by_tens = arena_printf(a, "%lld%s", in_tens, decimal[tens]);
	return strlen(by_tens) < strlen(by_twos) ? by_tens : by_twos;
}

const char *quantity_human(struct arena *a, const char *resource, int64_t value)
{
	static const char *const units[] = {"Bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	long long whole = (long long)value / 1000, part = (long long)value % 1000;
	double size = (double)value;
	size_t unit = 0;

	if (quantity_scale(resource) == 1000) {
		char *text = arena_printf(a, "%lld.%03lld", whole, part < 0 ? -part : part);
		size_t len = strlen(text);
		while (text[len - 1] == '0')
			text[--len] = '\0';
		if (text[len - 1] == '.')
			text[--len] = '\0';
		return arena_printf(a, "%s %s", text, str_eq(text, "1") ? "core" : "cores");
	}
	if (!quantity_is_bytes(resource))
		return arena_printf(a, "%lld x %s", (long long)value, bare_name(resource));
	if (!value)
		return "0 Bytes";
	for (; size >= 1024 && unit + 1 < countof(units); unit++)
		size /= 1024;
	return arena_printf(a, "%.2f %s", size, units[unit]);
}

/* ---- amounts ---- */

/* The place of @resource, or where it belongs. */
static size_t place_of(const struct amounts *r, const char *resource)
{
	size_t i = 0;

	while (i < r->n && strcmp(r->at[i].resource, resource) < 0)
		i++;
	return i;
}

bool amounts_has(const struct amounts *r, const char *resource)
{
	size_t i = place_of(r, resource);

	return i < r->n && str_eq(r->at[i].resource, resource);
}

int64_t amounts_get(const struct amounts *r, const char *resource)
{
	return amounts_has(r, resource) ? r->at[place_of(r, resource)].value : 0;
}

void amounts_set(struct arena *a, struct amounts *r, const char *resource, int64_t value)
{
	size_t i = place_of(r, resource);

	if (i < r->n && str_eq(r->at[i].resource, resource)) {
		r->at[i].value = value;
		return;
	}
	struct amount *grown = arena_new_n(a, struct amount, r->n + 1);
	if (i)
		memcpy(grown, r->at, i * sizeof(*grown));
	if (i < r->n)
		memcpy(grown + i + 1, r->at + i, (r->n - i) * sizeof(*grown));
	grown[i] = (struct amount){resource, value};
	r->at = grown;
	r->n++;
}

void amounts_add(struct arena *a, struct amounts *r, const struct amounts *add, int64_t times)
{
	for (size_t i = 0; i < add->n; i++) {
		const char *resource = add->at[i].resource;
		int64_t sum;
		if (__builtin_mul_overflow(add->at[i].value, times, &sum) ||
		    __builtin_add_overflow(sum, amounts_get(r, resource), &sum))
			sum = INT64_MAX;
		amounts_set(a, r, resource, sum);
	}
}

void amounts_raise(struct arena *a, struct amounts *r, const struct amounts *least)
{
	for (size_t i = 0; i < least->n; i++)
		if (amounts_get(r, least->at[i].resource) < least->at[i].value)
			amounts_set(a, r, least->at[i].resource, least->at[i].value);
}

struct amounts amounts_minus(struct arena *a, const struct amounts *x, const struct amounts *y)
{
	struct amounts left = {arena_new_n(a, struct amount, x->n), x->n};

	for (size_t i = 0; i < x->n; i++) {
		int64_t rest = x->at[i].value - amounts_get(y, x->at[i].resource);
		left.at[i] = (struct amount){x->at[i].resource, rest > 0 ? rest : 0};
	}
	return left;
}

static void read_amounts(struct arena *a, const struct node *n, const char *key, void *member,
			 struct problems *ps, enum rounding rounding)
{
	struct amounts *r = member;

	if (n->kind != NODE_MAP) {
		problems_add(ps, SEVERITY_ERROR, n->at, "wrong-type", "'%s' must be %s, not %s",
			     key, "a mapping of resource to quantity", node_kind_name(n->kind));
		return;
	}
	for (const struct node *c = n->first; c; c = c->next) {
		const char *text =
			c->kind == NODE_BOOL || c->kind == NODE_NULL ? NULL : node_text(a, c);
		int64_t value = 0;

		if (!text) {
			problems_add(ps, SEVERITY_ERROR, c->at, "bad-quantity",
				     "'%s' must be a quantity, not %s", c->key,
				     node_kind_name(c->kind));
			continue;
		}
		struct err *e = quantity_parse(a, text, quantity_scale(c->key), rounding, &value);
		if (e)
			problems_add(ps, SEVERITY_ERROR, c->at, "bad-quantity", "'%s': %s", c->key,
				     e->msg)
				->hint = e->hint;
		else
			amounts_set(a, r, c->key, value);
	}
}

static void read_up(struct arena *a, const struct node *n, const char *key, void *member,
		    struct problems *ps)
{
	read_amounts(a, n, key, member, ps, ROUND_UP);
}

static void read_down(struct arena *a, const struct node *n, const char *key, void *member,
		      struct problems *ps)
{
	read_amounts(a, n, key, member, ps, ROUND_DOWN);
}

static struct node *write_amounts(struct arena *a, const void *member)
{
	const struct amounts *r = member;
	struct node *map = r->n ? node_new(a, NODE_MAP) : NULL;

	for (size_t i = 0; i < r->n; i++)
		node_append(map, r->at[i].resource,
			    node_new_str(a, quantity_text(a, r->at[i].resource, r->at[i].value)));
	return map;
}

static struct node *amounts_schema(struct arena *a)
{
	struct node *schema = node_new(a, NODE_MAP);
	struct node *value = node_map_in(a, schema, "additionalProperties");
	struct node *types = node_list_in(a, value, "type");

	node_set_str(a, schema, "type", "object");
	node_add(types, node_new_str(a, "string"));
	node_add(types, node_new_str(a, "number"));
	node_set_str(a, value, "pattern", QUANTITY_PATTERN);
	node_set_int(a, value, "minimum", 0);
	return schema;
}

const struct custom amounts_up = {"a mapping of resource to quantity", read_up, write_amounts,
				  amounts_schema};
const struct custom amounts_down = {"a mapping of resource to quantity", read_down, write_amounts,
				    amounts_schema};
