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
#include "plan/query.h"
#include "plan/signals.h"

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
	}
	o->labels = labels;
	o->n_labels = n;
	return NULL;
}

struct err *monitoring_signals(struct app *app, const struct signal_options **ret_signals)
{
	const struct settings *s = app->settings;
	struct signal_options *o = arena_new(app->arena, struct signal_options);

	o->rules = !str_eq(settings_text(s, "rules.mode"), "off");
	o->rule.namespace_ = settings_text(s, "rules.namespace");
	o->rule.severity = settings_text(s, "rules.severity");
	o->rule.plain_names = settings_bool(s, "rules.plain_names");
	o->board.cluster_label = settings_text(s, "metrics.cluster_label");
	o->board.rate_query = settings_text(s, "metrics.rate_query");
	TRY(labels_of(app, &o->rule));
	*ret_signals = o;
	return NULL;
}

enum { PEM_MAX = 1024 * 1024 };

/* What the setting @key names, or nothing. */
static struct err *pem_of(struct app *app, const char *key, struct http_blob *ret)
{
	const char *path = settings_text(app->settings, key), *bytes;
	size_t size;

	if (!path)
		return NULL;
	TRY(err_wrap(app->arena, file_read(app->arena, path, PEM_MAX, &bytes, &size), "setting %s",
		     key));
	*ret = (struct http_blob){bytes, size};
	return NULL;
}

struct err *monitoring_open(struct app *app, struct prom **ret_prom,
			    struct metrics_port *ret_metrics)
{
	const struct settings *s = app->settings;
	struct http_tls *tls = arena_new(app->arena, struct http_tls);

	TRY(pem_of(app, "prometheus.ca", &tls->ca));
	TRY(pem_of(app, "prometheus.cert", &tls->cert));
	TRY(pem_of(app, "prometheus.key", &tls->key));
	const struct prom_settings want = {
		.url = settings_text(s, "prometheus_host"),
		.bearer = settings_text(s, "prometheus.token"),
		.user = settings_text(s, "prometheus.username"),
		.password = settings_text(s, "prometheus.password"),
		.tls = tls,
		.timeout_ms = settings_ms(s, "prometheus.timeout"),
		.cancel = app->cancel,
	};

	TRY(prom_open(app->arena, &want, ret_prom));
	*ret_metrics = prom_metrics_port(*ret_prom);
	return NULL;
}

void monitoring_close(struct prom **p)
{
	prom_close(*p);
}

const char *monitoring_query(struct app *app, const char *setting, const char *service,
			     const char *project, const char *window)
{
	const struct query_words words = {service, project, window};

	const char *template = settings_text(app->settings, setting);

	return query_fill(app->arena, template ? template : "", &words);
}
