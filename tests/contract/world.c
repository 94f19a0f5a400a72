// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "drive/chart.h"
#include "drive/chart_store.h"
#include "drive/file.h"
#include "drive/helm.h"
#include "drive/helm_cmd.h"
#include "drive/kube.h"
#include "drive/kube_cluster.h"
#include "drive/kube_object.h"
#include "drive/kubeconfig.h"
#include "drive/sim.h"
#include "drive/wall_clock.h"

static const char simulated[] =
	"apiVersion: smo/v1\n"
	"kind: World\n"
	"readyAfter: 1s\n"
	"clusters:\n"
	"  - {name: one, region: x, nodes: [{count: 2, capacity: {cpu: 4, memory: 8Gi}}]}\n"
	"  - {name: two, region: y, nodes: [{count: 2, capacity: {cpu: 4, memory: 8Gi}}]}\n";

static void fine(const struct err *e)
{
	if (e)
		fail_msg("%s", e->msg);
}

static void open_simulated(struct world_under_test *w)
{
	const char *file = arena_printf(&w->a, "%s/world.yaml", w->dir);
	struct sim *sim;

	fine(file_write(&w->a, file, 0600, simulated, strlen(simulated)));
	const struct sim_settings settings = {
		.dir = w->dir, .world_file = file, .instance = WORLD_INSTANCE};
	fine(sim_open(&w->a, &settings, &sim));
	sim_ports(sim, &w->ports);
	w->one = "one";
	w->two = "two";
	w->handle = sim;
}

static void open_real(struct world_under_test *w, const char *kubeconfig)
{
	struct kube_config *config = arena_new(&w->a, struct kube_config);
	const struct kube_settings how = {.instance = WORLD_INSTANCE};
	struct kube *kube;
	struct helm *helm;
	struct chart_store *store;
	struct charts *charts;
	struct releases *releases;

	fine(kubeconfig_load(&w->a, kubeconfig, NULL, config));
	fine(kube_open(&w->a, config, &how, &kube));
	const struct helm_settings helm_how = {
		.program = getenv("SMO_CONTRACT_HELM"),
		.home = arena_printf(&w->a, "%s/helm", w->dir),
	};
	fine(helm_open(&w->a, &helm_how, &helm));
	const struct chart_store_settings store_how = {
		.dir = arena_printf(&w->a, "%s/charts", w->dir), .helm = helm};
	fine(chart_store_open(&w->a, &store_how, &store));
	const struct charts_settings charts_how = {.store = store, .helm = helm, .kube = kube};
	fine(charts_open(&w->a, &charts_how, &charts));
	const struct releases_settings releases_how = {
		.config = config, .kube = kube, .helm = helm, .charts = store};
	fine(releases_open(&w->a, &releases_how, &releases));
	w->ports.cluster = kube_cluster_port(kube);
	w->ports.object = kube_object_port(kube);
	w->ports.release = helm_release_port(releases);
	w->ports.chart = helm_chart_port(charts);
	w->ports.clock = wall_clock_port(NULL);
	w->handle = kube;
	w->real = true;
	const char *names = getenv("SMO_CONTRACT_CLUSTERS");
	char *one = arena_strdup(&w->a, names ? names : "member1,member2");
	char *two = strchr(one, ',');
	assert_non_null(two);
	*two = '\0';
	w->one = one;
	w->two = two + 1;
}

void world_open_for_test(struct world_under_test *w)
{
	const char *kubeconfig = getenv("SMO_CONTRACT_KUBECONFIG");
	char dir[] = "/tmp/smo-contract-XXXXXX";

	*w = (struct world_under_test){0};
	assert_non_null(mkdtemp(dir));
	w->dir = arena_strdup(&w->a, dir);
	w->charts = getenv("SMO_CONTRACT_CHARTS");
	assert_non_null(w->charts);
	if (kubeconfig && *kubeconfig)
		open_real(w, kubeconfig);
	else
		open_simulated(w);
}

static int take_away(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void world_close_for_test(struct world_under_test *w)
{
	if (w->real)
		kube_close(w->handle);
	else
		sim_close(w->handle);
	nftw(w->dir, take_away, 16, FTW_DEPTH | FTW_PHYS);
	arena_done(&w->a);
}
