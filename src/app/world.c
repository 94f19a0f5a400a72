// SPDX-License-Identifier: Apache-2.0
/*
 * Real and simulated worlds share the lock files and differ in everything else.
 *
 * One handle per thread: workers get a connection of their own, and share what any number of
 * threads may use (helm, the simulation, the clock).  Helm is opened only when a release or a chart
 * is asked for: most commands need none, and asking for its version costs more than they do.
 */
#include "app/world.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/artifacts.h"
#include "app/cli/term.h"
#include "app/monitoring.h"
#include "app/placement.h"
#include "app/settings.h"
#include "app/watching.h"
#include "app/wire.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/chart.h"
#include "drive/chart_store.h"
#include "drive/grafana.h"
#include "drive/helm.h"
#include "drive/helm_cmd.h"
#include "drive/kube.h"
#include "drive/kube_capabilities.h"
#include "drive/kube_cluster.h"
#include "drive/kube_object.h"
#include "drive/kubeconfig.h"
#include "drive/lockfile.h"
#include "drive/prom.h"
#include "drive/sim.h"
#include "drive/wall_clock.h"

struct world_handle {
	struct app *app;
	struct arena arena; /* of what threads share */
	const char *instance;
	struct lockfile *lock;

	struct kube_config config; /* real */
	struct kube_settings kube;
	struct http_blob ca; /* further CAs of registries */
	pthread_mutex_t helm_once;
	struct helm *helm;                     /* opened by the first who needs it */
	struct kube_capabilities capabilities; /* of the control plane, likewise */
	bool knows_capabilities;
	struct link *main;
	struct prom *prom; /* of who measures traffic; NULL: nobody is asked */

	struct sim *sim;           /* simulated */
	struct watching *watching; /* likewise; the real world's links have their own */
	struct grafana_fuse fuse;
};

/* What one thread holds of the real world. */
struct link {
	struct world_handle *world;
	struct arena arena;
	struct kube *kube;
	struct watching *watching;
	struct chart_store *store;
	struct charts *charts;
	struct releases *readable; /* knows no helm: for listing */
	struct releases *releases;
};

/* ---- helm and charts, when first asked for ---- */

static struct err *open_helm(struct world_handle *w)
{
	const struct settings *s = w->app->settings;
	const struct helm_settings want = {
		.program = settings_text(s, "helm.path"),
		.home = arena_printf(&w->arena, "%s/helm", settings_text(s, "cache.dir")),
		.keep_fds = lockfile_fd(w->lock),
		.n_keep_fds = 1,
		.cancel = w->app->cancel,
	};
	struct err *e = NULL;

	pthread_mutex_lock(&w->helm_once);
	if (!w->helm)
		e = helm_open(&w->arena, &want, &w->helm);
	pthread_mutex_unlock(&w->helm_once);
	return e;
}

/* Every thread that looks at charts needs them, and they are much to ask for. */
static struct err *learn_capabilities(struct link *l)
{
	struct world_handle *w = l->world;
	const char *known =
		arena_printf(&l->arena, "%s/capabilities/%s.json",
			     settings_text(w->app->settings, "cache.dir"), kube_server(l->kube));
	struct err *e = NULL;

	pthread_mutex_lock(&w->helm_once);
	if (!w->knows_capabilities)
		e = kube_capabilities(l->kube, &w->arena, known, &w->capabilities);
	w->knows_capabilities = !e;
	pthread_mutex_unlock(&w->helm_once);
	return e ? err_wrap(&l->arena, e, "looking at the control plane") : NULL;
}

static struct err *open_store(struct link *l)
{
	const struct settings *s = l->world->app->settings;
	struct chart_store_settings want = {
		.dir = arena_printf(&l->arena, "%s/charts", settings_text(s, "cache.dir")),
		.helm = l->world->helm,
		.own_logins = arena_printf(&l->arena, "%s/registry.json", l->world->app->dir),
		.registry_config = settings_text(s, "registry.credentials"),
		.ca = l->world->ca,
		.cancel = l->world->app->cancel,
	};

	want.n_insecure = settings_list(s, "helm.insecure_registries", &want.insecure);
	want.all_insecure = !want.n_insecure && settings_bool(s, "helm.insecure_registry");
	return chart_store_open(&l->arena, &want, &l->store);
}

static struct err *open_all(struct link *l)
{
	TRY(open_helm(l->world));
	TRY(open_store(l));
	TRY(learn_capabilities(l));
	const struct charts_settings charts = {
		.capabilities = &l->world->capabilities,
		.store = l->store,
		.helm = l->world->helm,
		.kube = l->kube,
		.facts_dir = arena_printf(&l->arena, "%s/facts",
					  settings_text(l->world->app->settings, "cache.dir")),
	};
	TRY(charts_open(&l->arena, &charts, &l->charts));
	const struct releases_settings releases = {
		.config = &l->world->config,
		.kube = l->kube,
		.helm = l->world->helm,
		.charts = l->store,
	};
	return releases_open(&l->arena, &releases, &l->releases);
}

static struct err *copy_err(struct arena *a, const struct err *e)
{
	struct err *copy = err_new(a, e->kind, "%s", e->msg);

	return e->hint ? err_hint(a, copy, "%s", e->hint) : copy;
}

/* Errors that live in the link's arena are copied to the caller's. */
static struct err *need_helm(struct link *l, struct arena *a)
{
	struct err *e = l->releases ? NULL : open_all(l);

	return e ? copy_err(a, e) : NULL;
}

static struct err *link_facts(void *self, struct arena *a, const char *ref, const char *pin,
			      const char *release, const char *namespace_,
			      const struct node *values, struct chart_facts *ret_facts)
{
	struct link *l = self;

	TRY(need_helm(l, a));
	struct chart_port p = helm_chart_port(l->charts);
	return p.facts(p.self, a, ref, pin, release, namespace_, values, ret_facts);
}

static struct err *link_digest(void *self, struct arena *a, const char *ref, bool hurry,
			       const char **ret_digest)
{
	struct link *l = self;

	TRY(need_helm(l, a));
	struct chart_port p = helm_chart_port(l->charts);
	return p.digest(p.self, a, ref, hurry, ret_digest);
}

static struct err *link_list(void *self, struct arena *a, const char *namespace_,
			     struct release **ret_releases, size_t *ret_n)
{
	struct release_port p = helm_release_port(((struct link *)self)->readable);

	return p.list(p.self, a, namespace_, ret_releases, ret_n);
}

static struct err *link_put(void *self, struct arena *a, const struct release_want *want,
			    const struct text_pair *labels, size_t n_labels, int64_t timeout_ms,
			    bool adopt)
{
	struct link *l = self;

	TRY(need_helm(l, a));
	struct release_port p = helm_release_port(l->releases);
	return p.put(p.self, a, want, labels, n_labels, timeout_ms, adopt);
}

static struct err *link_remove(void *self, struct arena *a, const char *namespace_,
			       const char *name, int64_t timeout_ms)
{
	struct link *l = self;

	TRY(need_helm(l, a));
	struct release_port p = helm_release_port(l->releases);
	return p.remove(p.self, a, namespace_, name, timeout_ms);
}

/* ---- one thread's connection ---- */

static struct err *link_open(struct world_handle *w, struct arena *a, struct link **ret_link)
{
	struct link *l = arena_new(a, struct link);

	l->world = w;
	TRY(kube_open(&l->arena, &w->config, &w->kube, &l->kube));
	const struct releases_settings readable = {.config = &w->config, .kube = l->kube};
	struct err *e = releases_open(&l->arena, &readable, &l->readable);
	if (e) {
		e = err_new(a, e->kind, "%s", e->msg);
		kube_close(l->kube);
		arena_done(&l->arena);
		return e;
	}
	const struct watching_settings watch = {w->app, w->instance, l->kube, &w->fuse};
	e = watching_open(&l->arena, &watch, &l->watching);
	if (e) {
		e = copy_err(a, e);
		kube_close(l->kube);
		arena_done(&l->arena);
		return e;
	}
	*ret_link = l;
	return NULL;
}

static void link_close(struct link *l)
{
	watching_close(l->watching);
	kube_close(l->kube);
	arena_done(&l->arena);
}

static void link_ports(struct link *l, struct ports *p)
{
	p->cluster = kube_cluster_port(l->kube);
	p->object = kube_object_port(l->kube);
	watching_ports(l->watching, p);
	p->chart = (struct chart_port){.facts = link_facts, .digest = link_digest, .self = l};
	p->release = (struct release_port){
		.list = link_list, .put = link_put, .remove = link_remove, .self = l};
}

static struct err *open_worker(void *self, struct arena *a, struct ports *ret_ports)
{
	struct world_handle *w = self;
	struct link *l = NULL;

	TRY(link_open(w, a, &l));
	*ret_ports = w->app->ports;
	link_ports(l, ret_ports);
	return NULL;
}

static void close_worker(void *self, struct ports *ports)
{
	(void)self;
	link_close(ports->chart.self);
}

/* ---- opening ---- */

static struct err *open_real(struct world_handle *w)
{
	struct app *app = w->app;
	const struct settings *s = app->settings;

	TRY(err_wrap(app->arena,
		     kubeconfig_load(app->arena, settings_text(s, "karmada_kubeconfig"),
				     settings_text(s, "karmada_context"), &w->config),
		     "control plane"));
	for (size_t i = 0; i < w->config.n_notes; i++)
		term_info(app, "%s", w->config.notes[i]);
	w->kube = (struct kube_settings){
		.instance = w->instance,
		.timeout_ms = settings_ms(s, "kube.timeout"),
		.cancel = app->cancel,
	};
	TRY(artifacts_authorities(app, NULL, &w->ca));
	app->ports.clock = wall_clock_port(app->cancel);
	TRY(link_open(w, app->arena, &w->main));
	link_ports(w->main, &app->ports);
	return NULL;
}

static struct err *open_simulated(struct world_handle *w)
{
	struct app *app = w->app;
	const struct sim_settings want = {
		.dir = app->dir,
		.world_file = settings_text(app->settings, "sim.file"),
		.instance = w->instance,
		.cancel = app->cancel,
	};

	const struct watching_settings watch = {app, w->instance, NULL, &w->fuse};

	TRY(sim_open(app->arena, &want, &w->sim));
	sim_ports(w->sim, &app->ports);
	TRY(watching_open(app->arena, &watch, &w->watching));
	watching_ports(w->watching, &app->ports);
	return NULL;
}

struct err *world_open(struct app *app, struct world_handle **ret_world)
{
	struct world_handle *w = arena_new(app->arena, struct world_handle);
	struct store_port *st = &app->ports.store;

	w->app = app;
	pthread_mutex_init(&w->helm_once, NULL);
	pthread_mutex_init(&w->fuse.lock, NULL);
	*ret_world = w;
	TRY(st->instance(st->self, app->arena, &w->instance));
	TRY(lockfile_open(app->arena, arena_printf(app->arena, "%s/locks", app->dir), app->cancel,
			  &w->lock));
	app->ports.lock = lockfile_port(w->lock);
	app->ports.cancel = app->cancel;
	if (str_eq(settings_text(app->settings, "world"), "simulated"))
		return open_simulated(w);
	return open_real(w);
}

void world_close(struct world_handle *w)
{
	if (!w)
		return;
	if (w->main)
		link_close(w->main);
	watching_close(w->watching);
	prom_close(w->prom);
	sim_close(w->sim);
	lockfile_close(w->lock);
	arena_done(&w->arena);
}

struct sim *world_sim(struct world_handle *w)
{
	return w->sim;
}

struct kube *world_kube(struct world_handle *w)
{
	return w->main ? w->main->kube : NULL;
}

struct err *world_helm(struct world_handle *w, struct helm **ret_helm)
{
	TRY(open_helm(w));
	*ret_helm = w->helm;
	return NULL;
}

struct err *world_engine(struct app *app, struct engine *ret_engine)
{
	struct world_handle *w = wire_world_handle(app);
	char host[128] = "this machine";

	gethostname(host, sizeof(host) - 1);
	*ret_engine = (struct engine){
		.ports = &app->ports,
		.holder = arena_strdup(app->arena, host),
		.parallel = (int)settings_int(app->settings, "apply.parallel"),
		.step_timeout_ms = settings_ms(app->settings, "helm.timeout"),
		.wait_timeout_ms = settings_ms(app->settings, "apply.ready_timeout"),
	};
	TRY(monitoring_signals(app, &ret_engine->signals));
	TRY(monitoring_traffic(app, &w->prom, &ret_engine->traffic));
	TRY(placement_settings(app, &ret_engine->placement));
	TRY(placement_properties(app, &ret_engine->cluster_properties,
				 &ret_engine->n_cluster_properties));
	if (!w->sim) {
		ret_engine->open_worker = open_worker;
		ret_engine->close_worker = close_worker;
		ret_engine->worker_self = w;
	}
	return NULL;
}
