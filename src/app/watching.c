// SPDX-License-Identifier: Apache-2.0
#include "app/watching.h"

#include <string.h>

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
	struct arena *a;
	const char *rules_place, *boards_place; /* model/kinds.h; NULL: nowhere */
	bool asks_for_rules;
};

/* ---- rules ---- */

static struct err *need_prom(struct watching *w)
{
	return w->prom ? NULL : monitoring_prom(w->a, w->s.app, &w->prom);
}

/* Nothing is sent before something is changed. */
static struct err *rule_files_in(struct watching *w, struct arena *a, const char *dir, bool leaving,
				 struct object_port *ret_port)
{
	struct rule_files_settings want = {
		.dir = dir,
		.namespace_ = settings_text(w->s.app->settings, "rules.namespace"),
		.instance = w->s.instance,
		.leaving = leaving,
	};
	struct rule_files *files;

	TRY(need_prom(w));
	want.metrics = prom_metrics_port(w->prom);
	TRY(rule_files_open(a, &want, &files));
	*ret_port = rule_files_port(files);
	return NULL;
}

static struct object_port shared_rules(struct watching *w, struct arena *a, const char *namespace_,
				       const char *name)
{
	const struct kube_rules_settings want = {
		.kube = w->s.kube,
		.namespace_ = namespace_,
		.name = name,
		.group = RULES_GROUP,
		.instance = w->s.instance,
	};

	return kube_rules_port(kube_rules_open(a, &want));
}

/* The simulated federation keeps rules as they are in every mode but files. */
static struct err *open_rules(struct watching *w)
{
	const struct settings *s = w->s.app->settings;
	const char *mode = settings_text(s, "rules.mode"), *dir = settings_text(s, "rules.dir");
	const char *namespace_ = settings_text(s, "rules.namespace");
	const char *name = settings_text(s, "rules.shared_object");

	w->asks_for_rules = w->s.kube && str_eq(mode, "auto");
	w->rules_place = PLACE_OBJECTS; /* with off too: what lies there is seen */
	if (str_eq(mode, "files")) {
		TRY(rule_files_in(w, w->a, dir, false, &w->route.rules));
		w->rules_place = arena_printf(w->a, PLACE_FILES "%s", dir);
	} else if (str_eq(mode, "legacy") && w->s.kube) {
		w->route.rules = shared_rules(w, w->a, namespace_, name);
		w->rules_place = arena_printf(w->a, PLACE_SHARED "%s/%s", namespace_, name);
	}
	return NULL;
}

/* ---- dashboards ---- */

/* Without a slash at its end: one Grafana is one place. */
static const char *grafana_place(struct watching *w)
{
	const char *url = settings_text(w->s.app->settings, "grafana.host");
	size_t len = strlen(url);

	while (len && url[len - 1] == '/')
		len--;
	return arena_printf(w->a, PLACE_GRAFANA "%.*s", (int)len, url);
}

static struct err *need_grafana(struct watching *w)
{
	const struct settings *s = w->s.app->settings;
	struct http_tls *tls = arena_new(w->a, struct http_tls);

	if (w->grafana)
		return NULL;
	TRY(monitoring_pem(w->a, s, "grafana.ca", &tls->ca));
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
	return grafana_open(w->a, &want, &w->grafana);
}

static struct err *board_files_in(struct watching *w, struct arena *a, const char *dir,
				  struct object_port *ret_port)
{
	struct board_files *files;

	TRY(board_files_open(a, dir, w->s.instance, &files));
	*ret_port = board_files_port(files);
	return NULL;
}

static struct err *open_boards(struct watching *w)
{
	const char *mode = monitoring_boards(w->s.app);
	const char *dir = settings_text(w->s.app->settings, "dashboards.dir");

	if (str_eq(mode, "grafana")) {
		TRY(need_grafana(w));
		w->route.boards = grafana_object_port(w->grafana);
		w->boards_place = grafana_place(w);
	} else if (str_eq(mode, "files")) {
		TRY(board_files_in(w, w->a, dir, &w->route.boards));
		w->boards_place = arena_printf(w->a, PLACE_FILES "%s", dir);
	} else if (str_eq(mode, "simulated")) {
		if (w->s.kube)
			return err_new(w->a, ERR_INPUT,
				       "setting dashboards.mode: the world is not simulated");
		w->route.boards_in_world = true;
		w->boards_place = PLACE_OBJECTS;
	}
	return NULL;
}

/* ---- where they went before ---- */

/* Of another Grafana, or another control plane, nobody has told us how to get in. */
static bool reaches(void *self, const char *kind, const char *place)
{
	struct watching *w = self;

	if (str_eq(place, PLACE_OBJECTS) || str_starts(place, PLACE_FILES))
		return true;
	if (str_eq(kind, RULES_KIND))
		return w->s.kube && str_starts(place, PLACE_SHARED) && strchr(place, '/');
	return str_eq(place, grafana_place(w));
}

static struct err *former_rules(struct watching *w, struct arena *a, const char *place,
				struct object_port *ret_port)
{
	const char *name = place + strlen(PLACE_SHARED), *slash = strchr(name, '/');

	if (str_starts(place, PLACE_FILES))
		return rule_files_in(w, a, place + strlen(PLACE_FILES), true, ret_port);
	*ret_port = shared_rules(w, a, arena_strndup(a, name, (size_t)(slash - name)), slash + 1);
	return NULL;
}

static struct err *former_boards(struct watching *w, struct arena *a, const char *place,
				 struct object_port *ret_port)
{
	if (str_starts(place, PLACE_FILES))
		return board_files_in(w, a, place + strlen(PLACE_FILES), ret_port);
	TRY(need_grafana(w));
	*ret_port = grafana_object_port(w->grafana);
	return NULL;
}

static struct err *former(void *self, struct arena *a, const char *kind, const char *place,
			  struct object_port *ret_port)
{
	struct watching *w = self;

	if (!reaches(w, kind, place))
		return err_new(a, ERR_NOT_FOUND, "no setting says how to get at %s",
			       place_name(a, place));
	if (str_eq(place, PLACE_OBJECTS)) {
		*ret_port = w->route.world;
		return NULL;
	}
	return str_eq(kind, RULES_KIND) ? former_rules(w, a, place, ret_port)
					: former_boards(w, a, place, ret_port);
}

/* ---- opening ---- */

struct err *watching_open(struct arena *a, const struct watching_settings *settings,
			  struct watching **ret_watching)
{
	struct watching *w = arena_new(a, struct watching);

	*w = (struct watching){.s = *settings, .a = a, .route = {.former = former, .self = w}};
	TRY(open_rules(w));
	TRY(open_boards(w));
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

static const char *place(void *self, const char *kind)
{
	const struct watching *w = self;

	return str_eq(kind, RULES_KIND) ? w->rules_place : w->boards_place;
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
		.place = place,
		.reaches = reaches,
		.no_rules = w->asks_for_rules ? no_rules : NULL,
		.mark = w->boards_place && str_starts(w->boards_place, PLACE_GRAFANA) ? mark : NULL,
		.self = w,
	};
}
