// SPDX-License-Identifier: Apache-2.0
/*
 * What only a real control plane and a real helm can show: what is left when we are killed in the
 * middle, and facts that no simulation has.  Runs where world.h's SMO_CONTRACT_KUBECONFIG says;
 * else every test is skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "doc/yaml.h"
#include "drive/untar.h"
#include "model/desired.h"
#include "model/kinds.h"
#include "model/snapshot.h"
#include "world.h"

#define NS "smo-contract-killed"

static const char *kubeconfig(void)
{
	const char *path = getenv("SMO_CONTRACT_KUBECONFIG");

	return path && *path ? path : NULL;
}

static void fine(const struct err *e)
{
	if (e)
		fail_msg("%s", e->msg);
}

static struct node *yaml(struct arena *a, const char *text)
{
	struct node *doc = NULL;

	fine(yaml_read(a, "test", text, strlen(text), &doc));
	return doc;
}

/* Put release "web" of the stock chart with @replicas. */
static struct err *put(struct world_under_test *w, int64_t replicas)
{
	struct release_port *p = &w->ports.release;
	struct chart_facts f;
	const char *ref = arena_printf(&w->a, "%s/stock", w->charts);
	const struct text_pair labels[] = {{LABEL_MANAGED_BY, MANAGED_BY},
					   {LABEL_INSTANCE, WORLD_INSTANCE},
					   {LABEL_GRAPH, "demo"}};
	struct node *values = node_new(&w->a, NODE_MAP);

	node_set_int(&w->a, values, "replicaCount", replicas);
	TRY(w->ports.chart.facts(w->ports.chart.self, &w->a, ref, NULL, "web", NS, values, &f));
	const struct release_want want = {.name = "web",
					  .namespace_ = NS,
					  .chart_ref = ref,
					  .chart_digest = f.digest,
					  .values = values};
	return p->put(p->self, &w->a, &want, labels, countof(labels), 60000, false);
}

/* In a process of its own that is killed @ms after it began; the world is opened there: nothing is
 * shared.
 */
static void put_and_die(int64_t replicas, int ms)
{
	char dir[256] = "";
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct world_under_test w = {0};

		world_open_for_test(&w);
		if (write(fds[1], w.dir, strlen(w.dir)) < 0 || put(&w, replicas))
			_exit(1);
		_exit(0);
	}
	close(fds[1]);
	assert_true(read(fds[0], dir, sizeof(dir) - 1) > 0); /* from here on it puts */
	close(fds[0]);
	usleep((useconds_t)ms * 1000);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	untar_remove(dir); /* what it could not take away */
}

/* The only release of the namespace, and the replicas of its Deployment. */
static void expect(struct world_under_test *w, int64_t replicas)
{
	struct release_port *r = &w->ports.release;
	struct object_port *o = &w->ports.object;
	const struct object_filter filter = {NS, NULL};
	struct release *list;
	struct node *deployments;
	size_t n;

	fine(r->list(r->self, &w->a, NS, &list, &n));
	assert_int_equal(n, 1);
	assert_string_equal(list[0].status, "deployed");
	assert_string_equal(list[0].instance, WORLD_INSTANCE);
	fine(o->list(o->self, &w->a, "apps/v1", "Deployment", &filter, &deployments));
	assert_int_equal(node_count(deployments), 1);
	assert_int_equal(node_int(deployments->first, "spec.replicas", -1), replicas);
}

static void make_namespace(struct world_under_test *w)
{
	struct object_port *o = &w->ports.object;
	struct node *ns =
		yaml(&w->a, "{apiVersion: v1, kind: Namespace, metadata: {name: " NS "}}");
	struct node *labels = node_map_in(&w->a, node_get(ns, "metadata"), "labels");

	node_set_str(&w->a, labels, LABEL_MANAGED_BY, MANAGED_BY);
	node_set_str(&w->a, labels, LABEL_INSTANCE, WORLD_INSTANCE);
	fine(o->apply(o->self, &w->a, ns, false));
}

static void remove_namespace(struct world_under_test *w)
{
	const struct object_ref ref = {"v1", "Namespace", NS, NULL};
	struct object_port *o = &w->ports.object;
	struct node *ns;

	fine(o->remove(o->self, &w->a, &ref));
	for (int i = 0; i < 120 && !o->get(o->self, &w->a, &ref, &ns); i++)
		w->ports.clock.sleep(w->ports.clock.self, 500);
}

static void killed_in_the_middle_and_run_again_is_as_if_nothing_had_happened(void **state)
{
	static const int moments[] = {120, 180, 240, 300, 380, 460};
	struct world_under_test w = {0};
	struct release_port *r = &w.ports.release;
	(void)state;

	if (!kubeconfig())
		skip();
	world_open_for_test(&w);
	make_namespace(&w);
	for (size_t i = 0; i < countof(moments); i++) {
		put_and_die(1, moments[i]); /* an installation */
		fine(put(&w, 1));
		expect(&w, 1);
		put_and_die(2, moments[i]); /* an upgrade */
		fine(put(&w, 2));
		expect(&w, 2);
		fine(r->remove(r->self, &w.a, NS, "web", 60000));
	}
	remove_namespace(&w);
	world_close_for_test(&w);
}

static void a_ready_cluster_tells_its_nodes(void **state)
{
	struct world_under_test w = {0};
	struct cluster_port *p = &w.ports.cluster;
	struct cluster *c;
	size_t n, told = 0;
	(void)state;

	if (!kubeconfig())
		skip();
	world_open_for_test(&w);
	fine(p->list(p->self, &w.a, &c, &n));
	for (size_t i = 0; i < n; i++) {
		int64_t all = amounts_get(&c[i].allocatable, "cpu");
		int64_t largest = amounts_get(&c[i].largest_node, "cpu");

		if (!c[i].ready)
			continue;
		told++;
		assert_true(c[i].has_summary);
		assert_true(largest > 0 && largest <= all);
		assert_true(largest * c[i].nodes_total >= all);
		assert_true(str_starts(c[i].kubernetes_version, "v1."));
	}
	assert_true(told > 0);
	world_close_for_test(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_in_the_middle_and_run_again_is_as_if_nothing_had_happened),
		cmocka_unit_test(a_ready_cluster_tells_its_nodes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
