// SPDX-License-Identifier: Apache-2.0
#include "app/monitoring.h"

#include <string.h>

#include "app/app.h"
#include "app/settings.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/file.h"
#include "drive/prom.h"
#include "engine/engine.h"
#include "plan/query.h"
#include "plan/signals.h"

/* What a Kubernetes label and its value consist of, and where they end. */
static bool is_label_text(const char *text, size_t len)
{
	static const char edge[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	if (!len || len > 63 || !strchr(edge, text[0]) || !strchr(edge, text[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!strchr(edge, text[i]) && !strchr("-_.", text[i]))
			return false;
	return true;
}

static bool is_label(const char *name, const char *value)
{
	const char *slash = strchr(name, '/'), *own = slash ? slash + 1 : name;

	return (!slash || is_label_text(name, (size_t)(slash - name))) &&
	       is_label_text(own, strlen(own)) && (!*value || is_label_text(value, strlen(value)));
}

static struct err *labels_of(struct app *app, struct rule_options *o)
{
	const char *const *texts;
	size_t n = settings_list(app->settings, "rules.labels", &texts);
	struct text_pair *labels = arena_new_n(app->arena, struct text_pair, n);

	for (size_t i = 0; i < n; i++) {
		const char *eq = strchr(texts[i], '=');

		if (!eq || eq == texts[i])
			return err_new(app->arena, ERR_INPUT,
				       "setting rules.labels: '%s' is not NAME=VALUE", texts[i]);
		labels[i] = (struct text_pair){
			arena_strndup(app->arena, texts[i], (size_t)(eq - texts[i])), eq + 1};
		if (!is_label(labels[i].key, labels[i].value))
			return err_new(app->arena, ERR_INPUT,
				       "setting rules.labels: '%s' can be no label of an object",
				       texts[i]);
	}
	o->labels = labels;
	o->n_labels = n;
	return NULL;
}

/* Files and the shared object know graphs by names of their own. */
static struct err *prefix_of(struct app *app, struct rule_options *o)
{
	const char *mode = settings_text(app->settings, "rules.mode");
	const char *prefix = settings_text(app->settings, "rules.prefix");
	size_t len = prefix ? strlen(prefix) : 0;

	if (len && strspn(prefix, "abcdefghijklmnopqrstuvwxyz0123456789-.") != len)
		return err_new(app->arena, ERR_INPUT,
			       "setting rules.prefix: no name of an object starts with '%s'",
			       prefix);
	if (!str_eq(mode, "files") && !str_eq(mode, "legacy"))
		o->prefix = prefix ? prefix : "";
	return NULL;
}

const char *monitoring_boards(struct app *app)
{
	const struct settings *s = app->settings;
	const char *mode = settings_text(s, "dashboards.mode");

	if (!str_eq(mode, "auto"))
		return mode;
	return settings_text(s, "grafana.token") ||
			       !str_eq(settings_text(s, "grafana.host"), MONITORING_GRAFANA)
		       ? "grafana"
		       : "off";
}

static const char *without_slash(struct arena *a, const char *url)
{
	size_t len = strlen(url);

	while (len && url[len - 1] == '/')
		len--;
	return arena_strndup(a, url, len);
}

struct err *monitoring_signals(struct app *app, const struct signal_options **ret_signals)
{
	const struct settings *s = app->settings;
	struct signal_options *o = arena_new(app->arena, struct signal_options);

	const char *boards = monitoring_boards(app);

	o->rules = !str_eq(settings_text(s, "rules.mode"), "off");
	o->rules_if_kept = str_eq(settings_text(s, "rules.mode"), "auto");
	o->dashboards = !str_eq(boards, "off");
	if (str_eq(boards, "grafana"))
		o->board_url = without_slash(app->arena, settings_text(s, "grafana.host"));
	o->board.refresh = settings_text(s, "dashboards.refresh");
	o->rule.namespace_ = settings_text(s, "rules.namespace");
	o->rule.severity = settings_text(s, "rules.severity");
	o->rule.plain_names = settings_bool(s, "rules.plain_names");
	o->board.cluster_label = settings_text(s, "metrics.cluster_label");
	o->board.rate_query = settings_text(s, "metrics.rate_query");
	TRY(labels_of(app, &o->rule));
	TRY(prefix_of(app, &o->rule));
	*ret_signals = o;
	return NULL;
}

enum { PEM_MAX = 1024 * 1024 };

struct err *monitoring_pem(struct arena *a, const struct settings *s, const char *key,
			   struct http_blob *ret)
{
	const char *path = settings_text(s, key), *bytes;
	size_t size;

	if (!path)
		return NULL;
	TRY(err_wrap(a, file_read(a, path, PEM_MAX, &bytes, &size), "setting %s", key));
	*ret = (struct http_blob){bytes, size};
	return NULL;
}

struct err *monitoring_prom(struct arena *a, const struct app *app, struct prom **ret_prom)
{
	const struct settings *s = app->settings;
	struct http_tls *tls = arena_new(a, struct http_tls);

	TRY(monitoring_pem(a, s, "prometheus.ca", &tls->ca));
	TRY(monitoring_pem(a, s, "prometheus.cert", &tls->cert));
	TRY(monitoring_pem(a, s, "prometheus.key", &tls->key));
	const struct prom_settings want = {
		.url = settings_text(s, "prometheus_host"),
		.bearer = settings_text(s, "prometheus.token"),
		.user = settings_text(s, "prometheus.username"),
		.password = settings_text(s, "prometheus.password"),
		.tls = tls,
		.timeout_ms = settings_ms(s, "prometheus.timeout"),
		.cancel = app->cancel,
	};

	return prom_open(a, &want, ret_prom);
}

struct err *monitoring_open(struct app *app, struct prom **ret_prom,
			    struct metrics_port *ret_metrics)
{
	TRY(monitoring_prom(app->arena, app, ret_prom));
	*ret_metrics = prom_metrics_port(*ret_prom);
	return NULL;
}

void monitoring_close(struct prom **p)
{
	prom_close(*p);
}

/* A duration as Prometheus writes it. */
const char *monitoring_duration(struct app *app, const char *key)
{
	int64_t ms = settings_ms(app->settings, key);

	return ms % 1000 ? arena_printf(app->arena, "%lldms", (long long)ms)
			 : arena_printf(app->arena, "%llds", (long long)(ms / 1000));
}

struct err *monitoring_traffic(struct app *app, struct prom **ret_prom,
			       const struct traffic_query **ret_query)
{
	struct arena *a = app->arena;
	struct metrics_port *metrics = arena_new(a, struct metrics_port);
	struct traffic_query *q = arena_new(a, struct traffic_query);
	const char *template = settings_text(app->settings, "metrics.traffic_query");

	*ret_query = NULL;
	if (!template || !*template)
		return NULL;
	TRY(err_wrap(a, query_check_link(a, template), "setting metrics.traffic_query"));
	if (!*ret_prom)
		TRY(monitoring_prom(a, app, ret_prom));
	*metrics = prom_metrics_port(*ret_prom);
	*q = (struct traffic_query){metrics, template,
				    monitoring_duration(app, "metrics.traffic_window")};
	*ret_query = q;
	return NULL;
}

const char *monitoring_query(struct app *app, const char *setting, const char *service,
			     const char *project, const char *window)
{
	const struct query_words words = {service, project, window, NULL};

	const char *template = settings_text(app->settings, setting);

	return query_fill(app->arena, template ? template : "", &words);
}
