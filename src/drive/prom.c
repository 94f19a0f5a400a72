// SPDX-License-Identifier: Apache-2.0
#include "drive/prom.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "drive/url.h"
#include "model/alert.h"

enum { ATTEMPTS = 2, TIMEOUT_MS = 5000, LONG_QUERY = 2000, RELOAD_MS = 10000, POINTS_MAX = 11000 };

struct prom {
	struct http http;
	struct prom_settings s;
	const char *base; /* without a slash at its end */
	const char *who;  /* "Prometheus at host:port" */
};

struct err *prom_open(struct arena *a, const struct prom_settings *settings, struct prom **ret_prom)
{
	struct prom *p = arena_new(a, struct prom);
	struct url u;

	TRY(err_wrap(a, url_parse(a, settings->url, &u), "address of Prometheus"));
	size_t len = strlen(settings->url);
	while (len && settings->url[len - 1] == '/')
		len--;
	p->base = arena_strndup(a, settings->url, len);
	p->who = arena_printf(a, "Prometheus at %s", url_authority(a, &u));
	p->s = *settings;
	http_open(&p->http, settings->cancel);
	*ret_prom = p;
	return NULL;
}

void prom_close(struct prom *p)
{
	if (p)
		http_close(&p->http);
}

/* ---- one exchange ---- */

static struct err *exchange(struct prom *p, struct arena *a, struct http_request req,
			    bool repeatable, struct http_response *ret)
{
	struct http_retry retry = p->s.retry;

	retry.attempts = retry.attempts ? retry.attempts : ATTEMPTS;
	retry.repeatable = repeatable;
	req.bearer = p->s.bearer;
	req.user = p->s.user;
	req.password = p->s.password;
	req.tls = p->s.tls;
	req.plain_ok = true;
	req.total_ms = req.total_ms ? req.total_ms : p->s.timeout_ms ? p->s.timeout_ms : TIMEOUT_MS;
	req.connect_ms = req.total_ms;
	struct err *e = http_send_retrying(&p->http, a, &req, &retry, ret);
	bool away = e && !e->hint && (e->kind == ERR_REMOTE || e->kind == ERR_TIMEOUT);
	e = err_wrap(a, e, "%s", p->who);
	return away ? err_hint(a, e,
			       "See the settings prometheus_host (PROMETHEUS_HOST) and "
			       "prometheus.*.")
		    : e;
}

/* The `data` of an answer; an error of Prometheus' own words when it says "error". */
static struct err *data_of(struct prom *p, struct arena *a, const struct http_response *r,
			   struct node **ret_root)
{
	struct err *err = json_read(a, p->who, r->body, r->body_size, ret_root);
	bool whole = !err && (*ret_root)->kind == NODE_MAP;
	const char *message = whole ? node_str(*ret_root, "error") : NULL;

	if (message && r->status / 100 != 2) {
		const char *type = node_str(*ret_root, "errorType");
		enum err_kind kind = str_eq(type, "bad_data")  ? ERR_INPUT
				     : str_eq(type, "timeout") ? ERR_TIMEOUT
							       : ERR_REMOTE;
		return err_new(a, kind, "%s: %s", p->who, str_printable(a, message, false));
	}
	TRY(http_status_err(a, r, p->who));
	if (err)
		return err_new(a, ERR_REMOTE, "%s answered no JSON: %s", p->who, err->msg);
	if (!whole || !str_eq(node_str(*ret_root, "status"), "success") ||
	    !node_get(*ret_root, "data"))
		return err_new(a, ERR_REMOTE, "%s answered something else than its API says",
			       p->who);
	return NULL;
}

static struct err *ask(struct prom *p, struct arena *a, const char *path, const char *parameters,
		       struct node **ret_root)
{
	static const struct http_header form = {"Content-Type",
						"application/x-www-form-urlencoded"};
	const char *url = arena_printf(a, "%s%s", p->base, path);
	struct http_response r;

	if (strlen(parameters) > LONG_QUERY) {
		TRY(exchange(p, a,
			     (struct http_request){.method = "POST",
						   .url = url,
						   .headers = &form,
						   .n_headers = 1,
						   .body = parameters,
						   .body_size = strlen(parameters)},
			     true, &r));
	} else {
		url = *parameters ? arena_printf(a, "%s?%s", url, parameters) : url;
		TRY(exchange(p, a, (struct http_request){.url = url}, true, &r));
	}
	return data_of(p, a, &r, ret_root);
}

/* ---- answers ---- */

static struct err *strange(struct arena *a, const char *who, const char *what)
{
	return err_new(a, ERR_REMOTE, "%s answered a result with a wrong %s", who, what);
}

/* "12.5", "NaN", "+Inf", "-Inf" */
static bool number_of(const struct node *n, double *ret)
{
	char *end;

	if (!n || n->kind != NODE_STR || !*n->str)
		return false;
	*ret = strtod(n->str, &end);
	return !*end;
}

static bool time_of(const struct node *n, int64_t *ret)
{
	double seconds = !n                     ? (double)NAN
			 : n->kind == NODE_REAL ? n->real
			 : n->kind == NODE_INT  ? (double)n->integer
						: (double)NAN;

	if (!(fabs(seconds) < 1e12))
		return false;
	*ret = (int64_t)llround(seconds * 1000);
	return true;
}

/* [time, "value"] */
static bool point_of(const struct node *pair, int64_t *ret_time, double *ret_value)
{
	const struct node *first = node_first(pair);

	return pair && pair->kind == NODE_LIST && node_count(pair) == 2 &&
	       time_of(first, ret_time) && number_of(first->next, ret_value);
}

static int by_key(const void *x, const void *y)
{
	return str_cmp(((const struct text_pair *)x)->key, ((const struct text_pair *)y)->key);
}

static struct text_pair *labels_of(struct arena *a, const struct node *map, size_t *ret_n)
{
	struct text_pair *list = arena_new_n(a, struct text_pair, node_count(map));
	size_t n = 0;

	for (const struct node *c = node_first(map); c; c = c->next)
		if (c->kind == NODE_STR)
			list[n++] = (struct text_pair){c->key, c->str};
	if (n)
		qsort(list, n, sizeof(*list), by_key);
	*ret_n = n;
	return list;
}

/* Points: one pair under `value`, or a list of them under `values`. */
static bool series_of(struct arena *a, const struct node *n, struct metric_series *ret)
{
	const struct node *one = node_get(n, "value"), *many = node_get(n, "values");
	size_t count = one ? 1 : node_count(many);

	if (!n || n->kind != NODE_MAP || (!one && !many))
		return false;
	*ret = (struct metric_series){.times = arena_new_n(a, int64_t, count),
				      .values = arena_new_n(a, double, count)};
	ret->labels = labels_of(a, node_get(n, "metric"), &ret->n_labels);
	if (one)
		return point_of(one, &ret->times[0], &ret->values[0]) && (ret->n = 1);
	for (const struct node *p = node_first(many); p; p = p->next, ret->n++)
		if (!point_of(p, &ret->times[ret->n], &ret->values[ret->n]))
			return false;
	return true;
}

static struct err *scalar_answer(struct arena *a, const char *who, const struct node *pair,
				 struct metric_answer *ret)
{
	struct metric_series *s = arena_new(a, struct metric_series);

	s->times = arena_new(a, int64_t);
	s->values = arena_new(a, double);
	s->n = 1;
	if (!point_of(pair, s->times, s->values))
		return strange(a, who, "value");
	ret->series = s;
	ret->n_series = 1;
	return NULL;
}

struct err *prom_read_answer(struct arena *a, const char *who, const struct node *root,
			     struct metric_answer *ret)
{
	const struct node *result = node_at(root, "data.result");
	const char *type = node_str(root, "data.resultType");
	struct metric_answer out = {0};

	for (const struct node *w = node_first(node_get(root, "warnings")); w; w = w->next)
		out.n_warnings += w->kind == NODE_STR;
	out.warnings = arena_new_n(a, const char *, out.n_warnings);
	size_t k = 0;
	for (const struct node *w = node_first(node_get(root, "warnings")); w; w = w->next)
		if (w->kind == NODE_STR)
			out.warnings[k++] = w->str;
	*ret = out;
	if (str_eq(type, "scalar"))
		return scalar_answer(a, who, result, ret);
	if ((!str_eq(type, "vector") && !str_eq(type, "matrix")) || !result ||
	    result->kind != NODE_LIST)
		return strange(a, who, "type");
	ret->series = arena_new_n(a, struct metric_series, node_count(result));
	for (const struct node *s = result->first; s; s = s->next)
		if (!series_of(a, s, &ret->series[ret->n_series++]))
			return strange(a, who, "series");
	return NULL;
}

static const char *seconds_text(struct arena *a, int64_t ms)
{
	return arena_printf(a, "%lld.%03lld", (long long)(ms / 1000), (long long)(ms % 1000));
}

static struct err *instant(void *self, struct arena *a, const char *query, int64_t at,
			   struct metric_answer *ret)
{
	struct node *root;
	const char *when = at > 0 ? arena_printf(a, "&time=%s", seconds_text(a, at)) : "";

	TRY(ask(self, a, "/api/v1/query", arena_printf(a, "query=%s%s", url_escape(a, query), when),
		&root));
	return prom_read_answer(a, ((struct prom *)self)->who, root, ret);
}

static struct err *range(void *self, struct arena *a, const char *query, int64_t from, int64_t to,
			 int64_t step_ms, struct metric_answer *ret)
{
	struct node *root;

	if (step_ms <= 0 || to < from || (to - from) / step_ms >= POINTS_MAX)
		return err_new(a, ERR_INPUT, "a range needs a step and at most %d points",
			       POINTS_MAX);
	TRY(ask(self, a, "/api/v1/query_range",
		arena_printf(a, "query=%s&start=%s&end=%s&step=%s", url_escape(a, query),
			     seconds_text(a, from), seconds_text(a, to), seconds_text(a, step_ms)),
		&root));
	return prom_read_answer(a, ((struct prom *)self)->who, root, ret);
}

double prom_number(const struct metric_answer *answer)
{
	double sum = 0;

	for (size_t i = 0; i < answer->n_series; i++)
		sum += answer->series[i].n ? answer->series[i].values[answer->series[i].n - 1]
					   : (double)NAN;
	return answer->n_series ? sum : (double)NAN;
}

/* ---- rules ---- */

static struct metric_rule rule_of(struct arena *a, const struct node *n)
{
	struct metric_rule r = {
		.name = node_str(n, "name"),
		.state = node_str(n, "state"),
		.query = node_str(n, "query"),
		.error = node_str(n, "lastError"),
		.value = (double)NAN,
	};
	const struct node *alerts = node_get(n, "alerts");

	r.labels = labels_of(a, node_get(n, "labels"), &r.n_labels);
	r.n_active = node_count(alerts);
	for (const struct node *c = node_first(alerts); c; c = c->next) {
		int64_t since;
		const char *at = node_str(c, "activeAt");

		if (at && time_parse(at, &since) && (!r.since || since < r.since))
			r.since = since;
		if (c == node_first(alerts))
			number_of(node_get(c, "value"), &r.value);
	}
	return r;
}

void prom_read_rules(struct arena *a, const struct node *root, struct metric_rule **ret_rules,
		     size_t *ret_n)
{
	vec_of(struct metric_rule) list = {0};

	for (const struct node *g = node_first(node_at(root, "data.groups")); g; g = g->next)
		for (const struct node *r = node_first(node_get(g, "rules")); r; r = r->next)
			if (node_str(r, "name") && node_str(r, "state"))
				*vec_push(a, &list) = rule_of(a, r);
	*ret_rules = list.at;
	*ret_n = list.n;
}

static struct err *rules(void *self, struct arena *a, struct metric_rule **ret_rules, size_t *ret_n)
{
	struct node *root;

	TRY(ask(self, a, "/api/v1/rules", "type=alert", &root));
	prom_read_rules(a, root, ret_rules, ret_n);
	return NULL;
}

static struct err *reload(void *self, struct arena *a)
{
	struct prom *p = self;
	struct http_response r;

	TRY(exchange(p, a,
		     (struct http_request){.method = "POST",
					   .url = arena_printf(a, "%s/-/reload", p->base),
					   .total_ms = RELOAD_MS},
		     false, &r));
	if (r.status == 500)
		return err_new(a, ERR_INPUT, "%s refuses the rules: %s", p->who,
			       str_printable(a, arena_strndup(a, r.body, 500), false));
	if (r.status == 403 || r.status == 404 || r.status == 405)
		return err_hint(a, http_status_err(a, &r, p->who),
				"Start Prometheus with --web.enable-lifecycle.");
	return http_status_err(a, &r, p->who);
}

struct metrics_port prom_metrics_port(struct prom *p)
{
	return (struct metrics_port){instant, range, rules, reload, p};
}
