// SPDX-License-Identifier: Apache-2.0
/*
 * Law: what a plan is simulated to make of the world, the simulated world becomes when the same
 * steps are carried out through the ports and time has passed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/bind.h"
#include "doc/yaml.h"
#include "drive/file.h"
#include "drive/sim.h"
#include "model/desired.h"
#include "model/kinds.h"
#include "plan/simulate.h"

enum { ROUNDS = 300, STEPS = 14 };

static const char world[] =
	"apiVersion: smo/v1\n"
	"kind: World\n"
	"clusters:\n"
	"  - {name: a, labels: {tier: edge}, nodes: [{count: 9, capacity: {cpu: 99, memory: "
	"99Gi}}]}\n"
	"  - {name: b, nodes: [{count: 2, capacity: {cpu: 99, memory: 99Gi}}]}\n"
	"  - {name: c, nodes: [{count: 3, capacity: {cpu: 99, memory: 99Gi}}], taints: [{key: k, "
	"effect: NoSchedule}]}\n"
	"charts:\n"
	"  - {ref: oci://r/legacy, legacy: true}\n"
	"  - ref: oci://r/many\n"
	"    objects:\n"
	"      - {kind: Deployment, name: '{release}', replicas: -1, containers: [{name: x, "
	"requests: {cpu: 100m}}]}\n"
	"      - {kind: StatefulSet, name: '{release}-db', replicas: 2, containers: [{name: y, "
	"limits: {cpu: 200m, memory: 1Gi}}]}\n"
	"      - {kind: DaemonSet, name: '{release}-log', containers: [{name: z, requests: "
	"{memory: "
	"64Mi}}]}\n";

static const struct {
	const char *name, *ref;
} services[] = {
	{"plain", "oci://r/plain:1"}, {"old", "oci://r/legacy:1"}, {"many", "oci://r/many:1"}};

struct game {
	struct arena a;
	uint64_t random;
	const char *dir;
	struct sim *sim;
	struct ports ports;
	struct snapshot told; /* what simulate() makes of the steps */
	vec_of(struct step) steps;
};

static uint64_t below(struct game *g, uint64_t n)
{
	g->random ^= g->random << 13;
	g->random ^= g->random >> 7;
	g->random ^= g->random << 17;
	return (g->random >> 11) % n;
}

static void fine(const struct err *e)
{
	if (e)
		fail_msg("%s", e->msg);
}

static struct node *yaml(struct game *g, const char *text)
{
	struct node *n = NULL;

	fine(yaml_read(&g->a, "game", text, strlen(text), &n));
	return n;
}

/* ---- the two worlds ---- */

static void begin(struct game *g, uint64_t seed)
{
	char dir[] = "/tmp/smo-agree-XXXXXX";

	*g = (struct game){.random = seed * 0x9e3779b97f4a7c15u};
	assert_non_null(mkdtemp(dir));
	g->dir = arena_strdup(&g->a, dir);
	const char *file = arena_printf(&g->a, "%s/world.yaml", dir);
	const struct sim_settings settings = {.dir = g->dir, .world_file = file, .instance = "us"};
	fine(file_write(&g->a, file, 0600, world, strlen(world)));
	fine(sim_open(&g->a, &settings, &g->sim));
	sim_ports(g->sim, &g->ports);
	g->told = (struct snapshot){.instance = "us", .graph = "g", .project = "test"};
	fine(g->ports.cluster.list(g->ports.cluster.self, &g->a, &g->told.clusters,
				   &g->told.n_clusters));
	g->told.charts = arena_new_n(&g->a, struct chart_facts, countof(services));
	g->told.n_charts = countof(services);
	for (size_t i = 0; i < countof(services); i++)
		fine(g->ports.chart.facts(g->ports.chart.self, &g->a, services[i].ref, NULL,
					  services[i].name, "test", yaml(g, "{}"),
					  &g->told.charts[i]));
}

static void end(struct game *g)
{
	static const char *const names[] = {"world.yaml", "sim.json", "sim.log", "sim.lock"};

	sim_close(g->sim);
	for (size_t i = 0; i < countof(names); i++)
		unlink(arena_printf(&g->a, "%s/%s", g->dir, names[i]));
	rmdir(g->dir);
	arena_done(&g->a);
}

/* Do @st through the ports, as the engine does. */
static void carry_out(struct game *g, const struct step *st)
{
	const struct text_pair labels[] = {{LABEL_MANAGED_BY, MANAGED_BY}, {LABEL_INSTANCE, "us"}};
	struct release_port *r = &g->ports.release;
	struct object_port *o = &g->ports.object;

	if (st->verb == STEP_PUT && st->release)
		fine(r->put(r->self, &g->a, st->release, labels, countof(labels), 1000, false));
	else if (st->verb == STEP_PUT)
		fine(o->apply(o->self, &g->a, st->object, false));
	else if (st->verb == STEP_DELETE && !st->object)
		fine(r->remove(r->self, &g->a, "test", st->service, 1000));
	else if (st->verb == STEP_DELETE)
		fine(o->remove(o->self, &g->a,
			       &(const struct object_ref){node_str(st->object, "apiVersion"),
							  node_str(st->object, "kind"),
							  node_str(st->object, "metadata.name"),
							  "test"}));
	else if (st->verb == STEP_SCALE)
		fine(o->scale(o->self, &g->a,
			      &(const struct object_ref){"apps/v1", st->wait->kind, st->wait->name,
							 "test"},
			      st->replicas));
}

/* ---- steps at random ---- */

static const char *pick_clusters(struct game *g)
{
	static const char *const sets[] = {
		"{clusterAffinity: {clusterNames: [a]}}",
		"{clusterAffinity: {clusterNames: [b, a]}}",
		"{clusterAffinity: {clusterNames: [mars, b]}}",
		"{clusterAffinity: {clusterNames: [mars]}}",
		"{clusterAffinity: {exclude: [a]}}",
		"{clusterAffinity: {labelSelector: {matchLabels: {tier: edge}}}}",
		"{}",
		"{clusterTolerations: [{key: k, operator: Exists}]}",
		"{clusterAffinity: {clusterNames: [a, b]}, replicaScheduling: "
		"{replicaSchedulingType: Divided, replicaDivisionPreference: Weighted, "
		"weightPreference: {staticWeightList: [{targetCluster: {clusterNames: [a]}, "
		"weight: "
		"2}, {targetCluster: {clusterNames: [b]}, weight: 1}]}}}",
	};

	return sets[below(g, countof(sets))];
}

static struct node *ours(struct game *g, const char *kind, const char *name, const char *spec)
{
	return yaml(g, arena_printf(&g->a,
				    "apiVersion: policy.karmada.io/v1alpha1\n"
				    "kind: %s\n"
				    "metadata: {name: %s, namespace: test, labels: "
				    "{" LABEL_MANAGED_BY ": smo, " LABEL_INSTANCE ": us}}\n"
				    "spec: %s\n",
				    kind, name, spec));
}

static const char *selectors(struct game *g, const char *service)
{
	return arena_printf(&g->a,
			    "[{apiVersion: apps/v1, kind: Deployment, name: %s}, {apiVersion: "
			    "apps/v1, kind: StatefulSet, name: %s-db}, {apiVersion: apps/v1, kind: "
			    "DaemonSet, name: %s-log}]",
			    service, service, service);
}

static struct step put_object(struct game *g, const char *service)
{
	const char *select = selectors(g, service);
	struct step st = {.verb = STEP_PUT, .service = service};

	if (below(g, 3))
		st.object = ours(g, "PropagationPolicy", service,
				 arena_printf(&g->a, "{resourceSelectors: %s, placement: %s}",
					      select, pick_clusters(g)));
	else
		st.object =
			ours(g, "OverridePolicy", service,
			     arena_printf(&g->a,
					  "{resourceSelectors: %s, overrideRules: [{overriders: "
					  "{plaintext: [{path: "
					  "/spec/template/spec/containers/0/resources, operator: "
					  "replace, value: {requests: {cpu: %d}}}]}}]}",
					  select, 1 + (int)below(g, 3)));
	return st;
}

static struct step put_release(struct game *g, size_t i)
{
	static const char *const where[] = {"", ", clustersAffinity: [a]",
					    ", clustersAffinity: [b, a]"};
	struct release_want *want = arena_new(&g->a, struct release_want);

	*want = (struct release_want){
		.name = services[i].name,
		.namespace_ = "test",
		.chart_ref = services[i].ref,
		.values = yaml(g, arena_printf(&g->a, "{replicaCount: %d%s}", (int)below(g, 4),
					       where[below(g, countof(where))])),
	};
	return (struct step){.verb = STEP_PUT, .service = services[i].name, .release = want};
}

static bool is_put(const struct game *g, const char *service)
{
	return snapshot_release(&g->told, "test", service) != NULL;
}

static struct step scale(struct game *g, const char *service)
{
	struct readiness *w = arena_new(&g->a, struct readiness);

	*w = (struct readiness){.kind = "Deployment", .name = service, .namespace_ = "test"};
	return (struct step){
		.verb = STEP_SCALE, .wait = w, .n_wait = 1, .replicas = (int64_t)below(g, 5)};
}

static struct step any_step(struct game *g)
{
	size_t i = below(g, countof(services));
	const char *name = services[i].name;

	switch (below(g, 8)) {
	case 0:
		return (struct step){.verb = STEP_DELETE,
				     .service = name,
				     .item = arena_printf(&g->a, "Release/test/%s", name)};
	case 1:
		return (struct step){.verb = STEP_DELETE,
				     .item = arena_printf(&g->a, "OverridePolicy/test/%s", name),
				     .object = ours(g, "OverridePolicy", name, "{}")};
	case 2:
		if (is_put(g, name))
			return scale(g, name);
		return put_release(g, i);
	case 3:
	case 4:
		return put_release(g, i);
	default:
		return put_object(g, name);
	}
}

/* ---- comparing ---- */

static const char *workload_text(struct game *g, const struct workload *w)
{
	struct str out = {.a = &g->a};

	str_addf(&out, "%s/%s %d:", w->kind, w->name, (int)w->replicas);
	for (size_t i = 0; i < w->n_shares; i++)
		str_addf(&out, " %s %d/%d%s", w->shares[i].cluster, (int)w->shares[i].ready,
			 (int)w->shares[i].replicas, w->shares[i].current ? "" : " old");
	return str_text(&out);
}

static const char *world_text(struct game *g, const struct snapshot *s)
{
	struct str out = {.a = &g->a};

	for (size_t i = 0; i < s->n_workloads; i++)
		str_addf(&out, "%s\n", workload_text(g, &s->workloads[i]));
	for (size_t i = 0; i < s->n_clusters; i++)
		str_addf(&out, "%s: cpu %lld memory %lld\n", s->clusters[i].name,
			 (long long)amounts_get(&s->clusters[i].allocated, "cpu"),
			 (long long)amounts_get(&s->clusters[i].allocated, "memory"));
	return str_text(&out);
}

static struct snapshot seen(struct game *g)
{
	struct snapshot s = {0};

	g->ports.clock.sleep(g->ports.clock.self, 3600000);
	fine(g->ports.cluster.list(g->ports.cluster.self, &g->a, &s.clusters, &s.n_clusters));
	fine(g->ports.object.workloads(g->ports.object.self, &g->a, "test", &s.workloads,
				       &s.n_workloads));
	return s;
}

static void play(uint64_t seed)
{
	struct game g;

	begin(&g, seed);
	struct step ns = {.verb = STEP_PUT,
			  .object = yaml(&g, "{apiVersion: v1, kind: Namespace, metadata: {name: "
					     "test, labels: {" LABEL_MANAGED_BY
					     ": smo, " LABEL_INSTANCE ": us}}}")};
	carry_out(&g, &ns);
	g.told = simulate_step(&g.a, &g.told, &ns);
	for (int i = 0; i < STEPS; i++) {
		struct step st = any_step(&g);

		carry_out(&g, &st);
		g.told = simulate_step(&g.a, &g.told, &st);
		struct snapshot is = seen(&g);
		const char *want = world_text(&g, &g.told), *have = world_text(&g, &is);
		if (strcmp(want, have) != 0)
			fail_msg("seed %llu, step %d: simulated\n%sthe world\n%s",
				 (unsigned long long)seed, i, want, have);
	}
	end(&g);
}

static void a_simulated_plan_and_a_simulated_world_agree(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
		play(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_simulated_plan_and_a_simulated_world_agree),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
