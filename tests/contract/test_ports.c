// SPDX-License-Identifier: Apache-2.0
/*
 * What the engine may rely on, whatever the world is.  One suite for the simulated federation and a
 * real Karmada (world.h): where they differ, the simulation is wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "doc/yaml.h"
#include "model/desired.h"
#include "model/kinds.h"
#include "model/snapshot.h"
#include "world.h"

#define NS "smo-contract"

static struct world_under_test world;

/* ---- short words ---- */

static void fine(const struct err *e)
{
	if (e)
		fail_msg("%s", e->msg);
}

static void fails(const struct err *e, enum err_kind kind)
{
	assert_non_null(e);
	if (e->kind != kind)
		fail_msg("kind %d instead of %d: %s", (int)e->kind, (int)kind, e->msg);
}

static struct node *yaml(const char *text)
{
	struct node *n = NULL;

	fine(yaml_read(&world.a, "test", text, strlen(text), &n));
	return n;
}

static struct node *ours(const char *text)
{
	struct node *o = yaml(text);
	struct node *labels = node_map_in(&world.a, node_get(o, "metadata"), "labels");

	node_set_str(&world.a, labels, LABEL_MANAGED_BY, MANAGED_BY);
	node_set_str(&world.a, labels, LABEL_INSTANCE, WORLD_INSTANCE);
	return o;
}

static struct err *apply(const struct node *o, bool adopt)
{
	struct object_port *p = &world.ports.object;

	return p->apply(p->self, &world.a, o, adopt);
}

static struct err *get(const char *api_version, const char *kind, const char *namespace_,
		       const char *name, struct node **ret_object)
{
	const struct object_ref ref = {api_version, kind, name, namespace_};
	struct object_port *p = &world.ports.object;

	return p->get(p->self, &world.a, &ref, ret_object);
}

static struct err *take_away(const char *api_version, const char *kind, const char *namespace_,
			     const char *name)
{
	const struct object_ref ref = {api_version, kind, name, namespace_};
	struct object_port *p = &world.ports.object;

	return p->remove(p->self, &world.a, &ref);
}

static const char *policy_text(const char *name, const char *workload, const char *clusters)
{
	return arena_printf(&world.a,
			    "apiVersion: policy.karmada.io/v1alpha1\n"
			    "kind: PropagationPolicy\n"
			    "metadata: {name: %s, namespace: " NS "}\n"
			    "spec:\n"
			    "  resourceSelectors:\n"
			    "    - {apiVersion: apps/v1, kind: Deployment, name: %s}\n"
			    "  propagateDeps: true\n"
			    "  placement: {clusterAffinity: {clusterNames: %s}}\n",
			    name, workload, clusters);
}

static void policy(const char *workload, const char *clusters)
{
	const char *name = arena_printf(&world.a, "smo-%s", workload);

	fine(apply(ours(policy_text(name, workload, clusters)), false));
}

static struct err *put_as(const char *instance, const char *name, const char *chart,
			  const char *values, bool adopt)
{
	const struct release_want want = {
		.name = name,
		.namespace_ = NS,
		.chart_ref = arena_printf(&world.a, "%s/%s", world.charts, chart),
		.values = yaml(values),
		.values_hash = "0123456789012345678901234567890123456789",
	};
	const struct text_pair labels[] = {
		{LABEL_MANAGED_BY, MANAGED_BY},
		{LABEL_INSTANCE, instance},
		{LABEL_GRAPH, "contract"},
		{LABEL_SERVICE, name},
		{LABEL_PROJECT, NS},
		{LABEL_VALUES_HASH, want.values_hash},
	};
	struct release_port *p = &world.ports.release;

	return p->put(p->self, &world.a, &want, labels, countof(labels), 60000, adopt);
}

static void put(const char *name, const char *chart, const char *values)
{
	fine(put_as(WORLD_INSTANCE, name, chart, values, false));
}

static void uninstall(const char *name)
{
	struct release_port *p = &world.ports.release;

	fine(p->remove(p->self, &world.a, NS, name, 60000));
}

/* "member1 1/1, member2 0/1 old", "[reason]" when nowhere, "gone". */
static const char *fares(const char *name)
{
	struct str out = {.a = &world.a};
	struct workload *list = NULL;
	size_t n = 0;
	struct object_port *p = &world.ports.object;

	fine(p->workloads(p->self, &world.a, NS, &list, &n));
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(list[i].name, name))
			continue;
		if (!list[i].n_shares)
			return arena_printf(&world.a, "[%s]", list[i].reason);
		for (size_t k = 0; k < list[i].n_shares; k++) {
			const struct workload_share *s = &list[i].shares[k];
			str_addf(&out, "%s%s %d/%d%s", out.len ? ", " : "",
				 str_eq(s->cluster, world.one)   ? "one"
				 : str_eq(s->cluster, world.two) ? "two"
								 : s->cluster,
				 (int)s->available, (int)s->replicas,
				 !s->applied   ? " unheard"
				 : !s->current ? " old"
					       : "");
		}
		return str_text(&out);
	}
	return "gone";
}

/* Wait until @name fares like @want; a word in brackets need only be part of the reason. */
static void will_fare(const char *name, const char *want)
{
	const char *have = NULL;

	for (int i = 0; i < 240; i++) {
		have = fares(name);
		if (str_eq(have, want) ||
		    (*want == '[' && *have == '[' &&
		     strstr(have, arena_strndup(&world.a, want + 1, strlen(want) - 2))))
			return;
		world.ports.clock.sleep(world.ports.clock.self, 250);
	}
	fail_msg("'%s' fares '%s', not '%s'", name, have, want);
}

static const char *list_of_one(const char *cluster)
{
	return arena_printf(&world.a, "[%s]", cluster);
}

static int setup(void **state)
{
	(void)state;
	world_open_for_test(&world);
	fine(apply(ours("{apiVersion: v1, kind: Namespace, metadata: {name: " NS "}}"), false));
	return 0;
}

static int teardown(void **state)
{
	struct node *ns;
	(void)state;

	if (!world.handle)
		return -1;
	fine(take_away("v1", "Namespace", NULL, NS));
	for (int i = 0; i < 120 && !get("v1", "Namespace", NULL, NS, &ns); i++)
		world.ports.clock.sleep(world.ports.clock.self, 500);
	world_close_for_test(&world);
	return 0;
}

/* ---- clusters and time ---- */

static void clusters_come_sorted_with_their_amounts(void **state)
{
	struct cluster *list = NULL;
	size_t n = 0;
	int seen = 0;
	(void)state;

	fine(world.ports.cluster.list(world.ports.cluster.self, &world.a, &list, &n));
	for (size_t i = 0; i < n; i++) {
		assert_true(!i || str_cmp(list[i - 1].name, list[i].name) < 0);
		if (!str_eq(list[i].name, world.one) && !str_eq(list[i].name, world.two))
			continue;
		seen++;
		assert_true(list[i].ready && list[i].has_summary);
		assert_null(list[i].ready_reason);
		assert_false(list[i].cordoned || list[i].gone);
		assert_true(amounts_get(&list[i].allocatable, "cpu") >= 1000);
		assert_true(amounts_get(&list[i].allocatable, "memory") >= 1 << 30);
		assert_true(amounts_get(&list[i].largest_node, "cpu") >= 1000);
		assert_true(list[i].nodes_ready >= 1);
	}
	assert_int_equal(seen, 2);
}

static void sleeping_takes_time(void **state)
{
	struct clock_port *c = &world.ports.clock;
	int64_t before = c->now(c->self);
	(void)state;

	c->sleep(c->self, 20);
	assert_true(c->now(c->self) >= before + 20);
}

/* ---- objects ---- */

static void what_is_applied_can_be_read_back_and_applied_again(void **state)
{
	struct node *o = ours(policy_text("p", "nothing", "[mars]")), *back = NULL;
	const char *where = NULL;
	(void)state;

	fine(apply(o, false));
	fine(apply(o, false));
	fine(get("policy.karmada.io/v1alpha1", "PropagationPolicy", NS, "p", &back));
	if (!node_within(&world.a, node_get(o, "spec"), node_get(back, "spec"), &where))
		fail_msg("%s", where);
	assert_string_equal(node_get(node_at(back, "metadata.labels"), LABEL_INSTANCE)->str,
			    WORLD_INSTANCE);
	fine(take_away("policy.karmada.io/v1alpha1", "PropagationPolicy", NS, "p"));
	fine(take_away("policy.karmada.io/v1alpha1", "PropagationPolicy", NS, "p"));
}

static void what_is_not_there_is_not_found(void **state)
{
	struct node *o = NULL, *elsewhere;
	(void)state;

	fails(get("v1", "ConfigMap", NS, "nothing", &o), ERR_NOT_FOUND);
	fails(get("example.org/v1", "Frobnicator", NS, "nothing", &o), ERR_NOT_FOUND);
	elsewhere = ours("{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: "
			 "smo-contract-nowhere}}");
	fails(apply(elsewhere, false), ERR_NOT_FOUND);
}

static void what_others_made_is_theirs_until_it_is_adopted(void **state)
{
	struct node *theirs = yaml("{apiVersion: v1, kind: ConfigMap, metadata: {name: theirs, "
				   "namespace: " NS "}, data: {a: b}}");
	struct node *mine = ours("{apiVersion: v1, kind: ConfigMap, metadata: {name: theirs, "
				 "namespace: " NS "}, data: {a: c}}");
	(void)state;

	fine(apply(theirs, true));
	fails(apply(mine, false), ERR_CONFLICT);
	fails(take_away("v1", "ConfigMap", NS, "theirs"), ERR_CONFLICT);
	fine(apply(mine, true));
	fine(take_away("v1", "ConfigMap", NS, "theirs"));
}

static void another_smo_is_a_stranger_too(void **state)
{
	struct node *other = ours("{apiVersion: v1, kind: ConfigMap, metadata: {name: other, "
				  "namespace: " NS "}}");
	struct node *mine = ours("{apiVersion: v1, kind: ConfigMap, metadata: {name: other, "
				 "namespace: " NS "}}");
	(void)state;

	node_set_str(&world.a, node_at(other, "metadata.labels"), LABEL_INSTANCE, "somebody-else");
	fine(apply(other, false));
	fails(apply(mine, false), ERR_CONFLICT);
	fails(take_away("v1", "ConfigMap", NS, "other"), ERR_CONFLICT);
	fine(apply(mine, true));
	fine(take_away("v1", "ConfigMap", NS, "other"));
}

static size_t count(const char *api_version, const char *kind, const char *selector)
{
	const struct object_filter filter = {.namespace_ = NS, .label_selector = selector};
	struct object_port *p = &world.ports.object;
	struct node *items = NULL;

	fine(p->list(p->self, &world.a, api_version, kind, &filter, &items));
	return node_count(items);
}

static void lists_are_filtered_by_labels(void **state)
{
	(void)state;

	fine(apply(ours("{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: " NS
			", labels: {color: red}}}"),
		   false));
	fine(apply(ours("{apiVersion: v1, kind: ConfigMap, metadata: {name: y, namespace: " NS
			", labels: {color: blue}}}"),
		   false));
	assert_int_equal(count("v1", "ConfigMap", "color=red"), 1);
	assert_int_equal(count("v1", "ConfigMap", "color=red," LABEL_MANAGED_BY "=smo"), 1);
	assert_int_equal(count("v1", "ConfigMap", "color=green"), 0);
	assert_int_equal(count("v1", "ConfigMap", "color"), 2);
	assert_int_equal(count("example.org/v1", "Frobnicator", NULL), 0);
	fine(take_away("v1", "ConfigMap", NS, "x"));
	fine(take_away("v1", "ConfigMap", NS, "y"));
}

/* ---- charts ---- */

static const struct object_facts *object(const struct chart_facts *f, const char *kind)
{
	for (size_t i = 0; i < f->n_objects; i++) {
		if (str_eq(f->objects[i].kind, kind))
			return &f->objects[i];
	}
	fail_msg("no %s", kind);
	return NULL;
}

static struct chart_facts facts(const char *chart, const char *release, const char *values)
{
	struct chart_port *p = &world.ports.chart;
	struct chart_facts f = {0};

	fine(p->facts(p->self, &world.a, arena_printf(&world.a, "%s/%s", world.charts, chart), NULL,
		      release, NS, yaml(values), &f));
	return f;
}

static void what_a_reference_stands_for_now_is_told(void **state)
{
	struct chart_port *p = &world.ports.chart;
	struct chart_facts f = facts("stock", "stock", "{}");
	const char *now = "", *missing = NULL;
	(void)state;

	fine(p->digest(p->self, &world.a, f.ref, false, &now));
	assert_string_equal(now, f.digest);
	assert_non_null(p->digest(p->self, &world.a,
				  arena_printf(&world.a, "%s/nowhere", world.charts), false,
				  &missing));
	assert_null(missing);
}

static void a_stock_chart_brings_no_policy(void **state)
{
	struct chart_facts f = facts("stock", "stock", "{replicaCount: 3}");
	const struct object_facts *o = object(&f, "Deployment");
	(void)state;

	assert_string_equal(f.name, "stock");
	assert_string_equal(f.version, "0.1.0");
	assert_true(str_starts(f.digest, "sha256:") && strlen(f.digest) == 71);
	assert_string_equal(f.replicas_path, "replicaCount");
	assert_false(f.reads_affinity);
	assert_string_equal(o->name, "stock");
	assert_string_equal(o->pod_path, "/spec/template");
	assert_int_equal(o->replicas, 3);
	assert_int_equal(o->n_containers, 1);
	assert_false(o->own_policy || o->hook || o->data || o->cluster_scoped);
	assert_string_equal(object(&f, "Service")->ports[0], "80/TCP");
}

static void a_legacy_chart_brings_policies_that_follow_its_value(void **state)
{
	struct chart_facts f = facts("legacy", "legacy", "{}");
	(void)state;

	assert_true(f.reads_affinity);
	assert_string_equal(f.replicas_path, "replicas");
	assert_true(object(&f, "Deployment")->own_policy);
	assert_true(object(&f, "Deployment")->policy_follows);
	assert_int_equal(amounts_get(&object(&f, "Deployment")->containers[0].limits, "cpu"), 1000);
}

static void a_chart_that_is_not_there_is_not_found(void **state)
{
	struct chart_port *p = &world.ports.chart;
	struct chart_facts f = {0};
	(void)state;

	fails(p->facts(p->self, &world.a, arena_printf(&world.a, "%s/nothing", world.charts), NULL,
		       "x", NS, yaml("{}"), &f),
	      ERR_NOT_FOUND);
}

/* ---- releases and what they run ---- */

static struct release release_called(const char *name)
{
	struct release_port *p = &world.ports.release;
	struct release *list = NULL;
	size_t n = 0;

	fine(p->list(p->self, &world.a, NS, &list, &n));
	for (size_t i = 0; i < n; i++) {
		if (str_eq(list[i].name, name))
			return list[i];
	}
	return (struct release){0};
}

static void a_release_runs_where_its_policy_says(void **state)
{
	(void)state;

	put("stock", "stock", "{}");
	will_fare("stock", "[no policy propagates it]");
	policy("stock", list_of_one(world.one));
	will_fare("stock", "one 1/1");
	struct release r = release_called("stock");
	assert_string_equal(r.status, "deployed");
	assert_string_equal(r.service, "stock");
	assert_string_equal(r.instance, WORLD_INSTANCE);
	assert_string_equal(r.values_hash, "0123456789012345678901234567890123456789");
	assert_int_equal(r.revision, 1);
}

static void a_move_through_both_clusters_is_never_without_a_pod(void **state)
{
	(void)state;

	policy("stock", arena_printf(&world.a, "[%s, %s]", world.one, world.two));
	will_fare("stock", "one 1/1, two 1/1");
	policy("stock", list_of_one(world.two));
	will_fare("stock", "two 1/1");
}

static void replicas_are_set_by_hand_and_by_the_next_upgrade(void **state)
{
	const struct object_ref ref = {"apps/v1", "Deployment", "stock", NS};
	struct object_port *p = &world.ports.object;
	(void)state;

	fine(p->scale(p->self, &world.a, &ref, 2));
	will_fare("stock", "two 2/2");
	put("stock", "stock", "{replicaCount: 2}");
	will_fare("stock", "two 2/2");
	put("stock", "stock", "{replicaCount: 1}");
	will_fare("stock", "two 1/1");
	assert_int_equal(release_called("stock").revision, 3);
	fails(p->scale(p->self, &world.a,
		       &(const struct object_ref){"apps/v1", "Deployment", "nothing", NS}, 2),
	      ERR_NOT_FOUND);
}

static const char *override_text(const char *path, const char *value)
{
	return arena_printf(&world.a,
			    "apiVersion: policy.karmada.io/v1alpha1\n"
			    "kind: OverridePolicy\n"
			    "metadata: {name: o, namespace: " NS "}\n"
			    "spec:\n"
			    "  resourceSelectors:\n"
			    "    - {apiVersion: apps/v1, kind: Deployment, name: stock}\n"
			    "  overrideRules:\n"
			    "    - overriders:\n"
			    "        plaintext: [{path: %s, operator: replace, value: %s}]\n",
			    path, value);
}

static bool is_warned_of(const char *word)
{
	struct object_port *p = &world.ports.object;
	const char **texts = NULL;
	size_t n = 0;

	fine(p->warnings(p->self, &world.a, NS, &texts, &n));
	for (size_t i = 0; i < n; i++) {
		if (strstr(texts[i], word))
			return true;
	}
	return false;
}

static void an_override_that_fails_is_warned_of_and_stops_every_change(void **state)
{
	(void)state;

	fine(apply(ours(override_text("/spec/template/spec/containers/0/resources",
				      "{requests: {cpu: 100m}}")),
		   false));
	will_fare("stock", "two 1/1");
	fine(apply(ours(override_text("/spec/template/spec/containers/5/resources", "{}")), false));
	put("stock", "stock", "{replicaCount: 1, podAnnotations: {changed: \"yes\"}}");
	will_fare("stock", "two 1/1 old");
	/* Events of a busy control plane come late, by a minute and more. */
	for (int i = 0; i < 360 && !is_warned_of("ApplyOverridePolicyFailed"); i++)
		world.ports.clock.sleep(world.ports.clock.self, 500);
	assert_true(is_warned_of("ApplyOverridePolicyFailed"));
	fine(take_away("policy.karmada.io/v1alpha1", "OverridePolicy", NS, "o"));
	will_fare("stock", "two 1/1");
}

static void only_unknown_clusters_remove_it_everywhere(void **state)
{
	(void)state;

	policy("stock", "[mars]");
	will_fare("stock", "[NoClusterFit]");
	policy("stock", list_of_one(world.one));
	will_fare("stock", "one 1/1");
}

static void what_runs_goes_on_without_its_policy(void **state)
{
	(void)state;

	fine(take_away("policy.karmada.io/v1alpha1", "PropagationPolicy", NS, "smo-stock"));
	will_fare("stock", "one 1/1 old"); /* and hears of nothing any more */
	put("stock", "stock", "{replicaCount: 2}");
	world.ports.clock.sleep(world.ports.clock.self, 2000);
	assert_string_equal(fares("stock"), "one 1/1 old");
	put("stock", "stock", "{replicaCount: 1}");
	policy("stock", list_of_one(world.two));
	will_fare("stock", "two 1/1");
}

static void a_release_of_another_smo_is_left_alone(void **state)
{
	(void)state;

	fails(put_as("somebody-else", "stock", "stock", "{}", false), ERR_CONFLICT);
	uninstall("stock");
	will_fare("stock", "gone");
	uninstall("stock");
	assert_null(release_called("stock").name);
}

static void a_legacy_release_follows_its_value(void **state)
{
	(void)state;

	put("legacy", "legacy",
	    arena_printf(&world.a, "{clustersAffinity: [%s], serviceImportClusters: [%s]}",
			 world.one, world.two));
	will_fare("legacy", "one 1/1");
	put("legacy", "legacy",
	    arena_printf(&world.a, "{clustersAffinity: [%s], serviceImportClusters: [%s]}",
			 world.two, world.one));
	will_fare("legacy", "two 1/1");
	uninstall("legacy");
	will_fare("legacy", "gone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clusters_come_sorted_with_their_amounts),
		cmocka_unit_test(sleeping_takes_time),
		cmocka_unit_test(what_is_applied_can_be_read_back_and_applied_again),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(what_others_made_is_theirs_until_it_is_adopted),
		cmocka_unit_test(another_smo_is_a_stranger_too),
		cmocka_unit_test(lists_are_filtered_by_labels),
		cmocka_unit_test(what_a_reference_stands_for_now_is_told),
		cmocka_unit_test(a_stock_chart_brings_no_policy),
		cmocka_unit_test(a_legacy_chart_brings_policies_that_follow_its_value),
		cmocka_unit_test(a_chart_that_is_not_there_is_not_found),
		/* These go on from one another. */
		cmocka_unit_test(a_release_runs_where_its_policy_says),
		cmocka_unit_test(a_move_through_both_clusters_is_never_without_a_pod),
		cmocka_unit_test(replicas_are_set_by_hand_and_by_the_next_upgrade),
		cmocka_unit_test(an_override_that_fails_is_warned_of_and_stops_every_change),
		cmocka_unit_test(only_unknown_clusters_remove_it_everywhere),
		cmocka_unit_test(what_runs_goes_on_without_its_policy),
		cmocka_unit_test(a_release_of_another_smo_is_left_alone),
		cmocka_unit_test(a_legacy_release_follows_its_value),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
