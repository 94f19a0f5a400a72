// SPDX-License-Identifier: Apache-2.0
#include "app/watching.h"

#include "app/app.h"
#include "app/monitoring.h"
#include "app/settings.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/board_files.h"
#include "drive/grafana.h"
#include "drive/kube_rules.h"
#include "drive/prom.h"
#include "drive/route.h"
#include "drive/rule_files.h"
#include "model/kinds.h"

struct watching {
	struct watching_settings s;
	struct prom *prom;
	struct grafana *grafana;
	struct route route;
	bool asks_for_rules;
};

/* ---- rules ---- */

static struct err *open_rule_files(struct watching *w, struct arena *a)
{
	struct rule_files_settings want = {
		.dir = settings_text(w->s.app->settings, "rules.dir"),
		.namespace_ = settings_text(w->s.app->settings, "rules.namespace"),
		.instance = w->s.instance,
	};
	struct rule_files *files;

	TRY(monitoring_prom(a, w->s.app, &w->prom));
	want.metrics = prom_metrics_port(w->prom);
	TRY(rule_files_open(a, &want, &files));
	w->route.rules = rule_files_port(files);
	return NULL;
}

/* The simulated federation keeps rules as they are in every mode but files. */
static struct err *open_rules(struct watching *w, struct arena *a)
{
	const struct settings *s = w->s.app->settings;
	const char *mode = settings_text(s, "rules.mode");

	w->asks_for_rules = w->s.kube && str_eq(mode, "auto");
	if (str_eq(mode, "files"))
		return open_rule_files(w, a);
	if (!str_eq(mode, "legacy") || !w->s.kube)
		return NULL;
	const struct kube_rules_settings want = {
		.kube = w->s.kube,
		.namespace_ = settings_text(s, "rules.namespace"),
		.name = settings_text(s, "rules.shared_object"),
		.group = RULES_GROUP,
		.instance = w->s.instance,
	};
	w->route.rules = kube_rules_port(kube_rules_open(a, &want));
	return NULL;
}

/* ---- dashboards ---- */

static struct err *open_grafana(struct watching *w, struct arena *a)
{
	const struct settings *s = w->s.app->settings;
	struct http_tls *tls = arena_new(a, struct http_tls);

	TRY(monitoring_pem(a, s, "grafana.ca", &tls->ca));
	const struct grafana_settings want = {
		.url = settings_text(s, "grafana.host"),
		.bearer = settings_text(s, "grafana.token"),
		.user = settings_text(s, "grafana.username"),
		.password = settings_text(s, "grafana.password"),
		.tls = tls,
		.timeout_ms = settings_ms(s, "grafana.timeout"),
		.instance = w->s.instance,
		.fuse = w->s.fuse,
		.cancel = w->s.app->cancel,
	};
	TRY(grafana_open(a, &want, &w->grafana));
	w->route.boards = grafana_object_port(w->grafana);
	return NULL;
}

static struct err *open_boards(struct watching *w, struct arena *a)
{
	const char *mode = monitoring_boards(w->s.app);
	struct board_files *files;

	if (str_eq(mode, "grafana"))
		return open_grafana(w, a);
	if (str_eq(mode, "files")) {
		TRY(board_files_open(a, settings_text(w->s.app->settings, "dashboards.dir"),
				     w->s.instance, &files));
		w->route.boards = board_files_port(files);
	}
	if (str_eq(mode, "simulated") && w->s.kube)
		return err_new(a, ERR_INPUT, "setting dashboards.mode: the world is not simulated");
	w->route.boards_in_world = str_eq(mode, "simulated");
	return NULL;
}

struct err *watching_open(struct arena *a, const struct watching_settings *settings,
			  struct watching **ret_watching)
{
	struct watching *w = arena_new(a, struct watching);

	w->s = *settings;
	TRY(open_rules(w, a));
	TRY(open_boards(w, a));
	*ret_watching = w;
	return NULL;
}

void watching_close(struct watching *w)
{
	if (!w)
		return;
	prom_close(w->prom);
	grafana_close(w->grafana);
}

/* ---- ports ---- */

static struct err *no_rules(void *self, struct arena *a, const char *namespace_,
			    const char **ret_why)
{
	struct watching *w = self;

	return kube_keeps_no_rules(w->s.kube, a, namespace_, ret_why);
}

static struct err *mark(void *self, struct arena *a, const struct watch_mark *m)
{
	struct watch_port g = grafana_watch_port(((struct watching *)self)->grafana);

	return g.mark(g.self, a, m);
}

void watching_ports(struct watching *w, struct ports *ports)
{
	w->route.world = ports->object;
	ports->object = route_object_port(&w->route);
	ports->watch = (struct watch_port){
		.no_rules = w->asks_for_rules ? no_rules : NULL,
		.mark = w->grafana ? mark : NULL,
		.self = w,
	};
}
