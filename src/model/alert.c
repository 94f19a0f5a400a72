// SPDX-License-Identifier: Apache-2.0
#include "model/alert.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "model/document.h"

/* ---- times ---- */

enum { DAY_MS = 86400000 };

/* Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant's algorithm). */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int64_t *ret_year, int64_t *ret_month, int64_t *ret_day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t of_era = days - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t shifted = (5 * of_year + 2) / 153;

	*ret_day = of_year - (153 * shifted + 2) / 5 + 1;
	*ret_month = shifted < 10 ? shifted + 3 : shifted - 9;
	*ret_year = year + era * 400 + (*ret_month <= 2);
}

/* Exactly @digits digits at *@p, then the character @then (0: none). */
static bool take(const char **p, int digits, char then, int64_t *ret)
{
	int64_t v = 0;

	for (int i = 0; i < digits; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		v = v * 10 + (**p - '0');
	}
	if (then && *(*p)++ != then)
		return false;
	*ret = v;
	return true;
}

static int64_t take_fraction(const char **p)
{
	int64_t ms = 0, unit = 100;

	if (**p != '.')
		return 0;
	for ((*p)++; **p >= '0' && **p <= '9'; (*p)++, unit /= 10)
		ms += (**p - '0') * unit;
	return ms;
}

/* "Z", "+02:00"; milliseconds east of Greenwich. */
static bool take_zone(const char **p, int64_t *ret_ms)
{
	int64_t hours, minutes;
	char sign = **p ? *(*p)++ : '\0';

	*ret_ms = 0;
	if (sign == 'Z' || sign == 'z')
		return true;
	if ((sign != '+' && sign != '-') || !take(p, 2, ':', &hours) || !take(p, 2, 0, &minutes))
		return false;
	*ret_ms = (hours * 60 + minutes) * 60000 * (sign == '-' ? -1 : 1);
	return hours < 24 && minutes < 60;
}

bool time_parse(const char *text, int64_t *ret_ms)
{
	int64_t year, month, day, hour, minute, second, zone;
	const char *p = text;

	if (!take(&p, 4, '-', &year) || !take(&p, 2, '-', &month) || !take(&p, 2, 0, &day) ||
	    (*p != 'T' && *p != 't' && *p != ' '))
		return false;
	p++;
	if (!take(&p, 2, ':', &hour) || !take(&p, 2, ':', &minute) || !take(&p, 2, 0, &second))
		return false;
	int64_t ms = take_fraction(&p);
	if (!take_zone(&p, &zone) || *p || month < 1 || month > 12 || day < 1 || day > 31 ||
	    hour > 23 || minute > 59 || second > 60)
		return false;
	*ret_ms = days_of(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 +
		  ms - zone;
	return true;
}

const char *time_text(struct arena *a, int64_t ms)
{
	int64_t days = ms / DAY_MS, rest = ms % DAY_MS, year, month, day;
	char decimals[8] = "";

	if (rest < 0) {
		rest += DAY_MS;
		days--;
	}
	date_of(days, &year, &month, &day);
	if (rest % 1000) {
		size_t n = 4;
		memcpy(decimals, arena_printf(a, ".%03lld", (long long)(rest % 1000)), 5);
		while (decimals[n - 1] == '0')
			decimals[--n] = '\0';
	}
	return arena_printf(a, "%04lld-%02lld-%02lldT%02lld:%02lld:%02lld%sZ", (long long)year,
			    (long long)month, (long long)day, (long long)(rest / 3600000),
			    (long long)(rest / 60000 % 60), (long long)(rest / 1000 % 60),
			    decimals);
}

static void time_read(struct arena *a, const struct node *n, const char *key, void *member,
		      struct problems *ps)
{
	int64_t ms = 0;

	(void)a;
	if (n->kind == NODE_NULL || (n->kind == NODE_STR && !*n->str))
		return;
	if (n->kind != NODE_STR || !time_parse(n->str, &ms))
		problems_add(ps, SEVERITY_ERROR, n->at, "bad-time",
			     "'%s' must be a time such as 2026-03-01T12:00:00Z", key);
	else
		*(int64_t *)member = ms > 0 ? ms : 0;
}

static struct node *time_write(struct arena *a, const void *member)
{
	int64_t ms = *(const int64_t *)member;

	return node_new_str(a, ms ? time_text(a, ms) : "0001-01-01T00:00:00Z");
}

static struct node *time_schema(struct arena *a)
{
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "type", "string");
	node_set_str(a, n, "format", "date-time");
	return n;
}

static const struct custom time_custom = {"a time", time_read, time_write, time_schema};

/* ---- tables ---- */

static const char *const statuses[] = {"firing", "resolved", NULL};

static const struct field alert_fields[] = {
	{"status", FIELD_ENUM, MEMBER(alert, status), .flags = FIELD_WRITE_ALWAYS,
	 .words = statuses, .help = "firing or resolved"},
	{"labels", FIELD_TEXTMAP, MEMBERS(alert, labels), .flags = FIELD_NULLABLE,
	 .help = "alertname, service, severity ..."},
	{"annotations", FIELD_TEXTMAP, MEMBERS(alert, annotations), .flags = FIELD_NULLABLE,
	 .help = "texts for people"},
	{"startsAt", FIELD_CUSTOM, MEMBER(alert, starts_at), .custom = &time_custom,
	 .help = "since when it fires"},
	{"endsAt", FIELD_CUSTOM, MEMBER(alert, ends_at), .custom = &time_custom,
	 .help = "since when it does not, or when it is forgotten"},
	{"generatorURL", FIELD_TEXT, MEMBER(alert, generator_url), .flags = FIELD_NULLABLE,
	 .help = "where it comes from"},
	{"fingerprint", FIELD_TEXT, MEMBER(alert, fingerprint), .flags = FIELD_NULLABLE,
	 .help = "of its labels"},
	{0},
};

static int by_key(const void *x, const void *y)
{
	return str_cmp(((const struct text_pair *)x)->key, ((const struct text_pair *)y)->key);
}

/* Labels in order; their digest where Alertmanager gave no fingerprint. */
static void finish_alert(struct arena *a, const struct node *n, void *out, struct problems *ps)
{
	struct alert *alert = out;
	struct str s = {.a = a};

	(void)n;
	(void)ps;
	if (alert->n_labels)
		qsort(alert->labels, alert->n_labels, sizeof(*alert->labels), by_key);
	if (alert->fingerprint && *alert->fingerprint)
		return;
	for (size_t i = 0; i < alert->n_labels; i++)
		str_addf(&s, "%s\1%s\2", alert->labels[i].key, alert->labels[i].value);
	alert->fingerprint = arena_strndup(a, sha256_hex(a, str_text(&s), s.len), 16);
}

const struct shape alert_shape = {"alert", sizeof(struct alert), alert_fields, .open = true,
				  .finish = finish_alert};

static const struct field body_fields[] = {
	{"version", FIELD_TEXT, MEMBER(alert_body, version), .flags = FIELD_NULLABLE,
	 .help = "of the body: 4"},
	{"groupKey", FIELD_TEXT, MEMBER(alert_body, group_key), .flags = FIELD_NULLABLE,
	 .help = "group of alerts that belong together"},
	{"receiver", FIELD_TEXT, MEMBER(alert_body, receiver), .flags = FIELD_NULLABLE,
	 .help = "name of the receiver"},
	{"externalURL", FIELD_TEXT, MEMBER(alert_body, external_url), .flags = FIELD_NULLABLE,
	 .help = "the Alertmanager"},
	{"truncatedAlerts", FIELD_INT, MEMBER(alert_body, truncated), .flags = FIELD_NULLABLE,
	 .help = "alerts that were left out"},
	{"alerts", FIELD_LIST, MEMBERS(alert_body, alerts), .flags = FIELD_REQUIRED,
	 .element = &alert_shape, .help = "the alerts"},
	{0},
};
const struct shape alert_body_shape = {"alert body", sizeof(struct alert_body), body_fields,
				       .open = true};

struct err *alert_read(struct arena *a, const struct node *doc, struct alert_body *ret_body)
{
	struct problems ps = {.a = a};
	struct alert_body body = {0};

	if (!doc || doc->kind != NODE_MAP)
		return err_new(a, ERR_INPUT, "an alert must be a mapping, not %s",
			       doc ? node_kind_name(doc->kind) : "nothing");
	if (node_count(node_get(doc, "alerts")) > ALERTS_MAX)
		return err_new(a, ERR_TOO_LARGE, "more than %d alerts at once", ALERTS_MAX);
	bind_read(a, &alert_body_shape, doc, &body, &ps);
	TRY(problems_err(a, &ps));
	if (body.version && !str_eq(body.version, "4"))
		return err_new(a, ERR_INPUT, "version '%s' of alerts is not known, only 4",
			       body.version);
	*ret_body = body;
	return NULL;
}

const char *alert_label(const struct alert *alert, const char *name)
{
	for (size_t i = 0; i < alert->n_labels; i++)
		if (str_eq(alert->labels[i].key, name))
			return alert->labels[i].value;
	return NULL;
}
