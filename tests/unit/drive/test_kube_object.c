// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "recorded.h"

#include "drive/kube_cluster.h"
#include "drive/kube_object.h"
#include "kube_scene.h"
#include "model/snapshot.h"

#define POLICIES "/apis/policy.karmada.io/v1alpha1/namespaces/n/propagationpolicies"
#define OURS                                                                                       \
	"\"labels\":{\"app.kubernetes.io/managed-by\":\"smo\","                                    \
	"\"smo.nephele-project.eu/instance\":\"me\"}"
#define NOT_FOUND "propagationpolicies.policy.karmada.io \\\"p\\\" not found"

static const struct object_ref policy = {"policy.karmada.io/v1alpha1", "PropagationPolicy", "p",
					 "n"};

static struct node *wanted(struct arena *a)
{
	return yaml(a,
		    "apiVersion: policy.karmada.io/v1alpha1\n"
		    "kind: PropagationPolicy\n"
		    "metadata: {name: p, namespace: n, labels: {app.kubernetes.io/managed-by: smo,"
		    " smo.nephele-project.eu/instance: me}}\n"
		    "spec: {propagateDeps: true}\n");
}

static struct err *apply(struct scene *sc, bool adopt)
{
	struct object_port port = kube_object_port(sc->k);

	return port.apply(port.self, &sc->a, wanted(&sc->a), adopt);
}

static void what_is_not_there_is_made_by_server_side_apply(void **state)
{
	struct scene sc scoped_scene = {0};
	(void)state;

	scene_refuse(&sc, 404, "NotFound", NOT_FOUND);
	scene_answer(&sc, 201, "{}");
	scene_begin(&sc);
	assert_null(apply(&sc, false));
	scene_expect(&sc, 0, "GET " POLICIES "/p");
	scene_expect(&sc, 1, "PATCH " POLICIES "/p?fieldManager=smo&force=true");
	assert_non_null(
		strstr(sc.s.requests[1].head, "Content-Type: application/apply-patch+yaml\r\n"));
	assert_true(node_equal(yaml(&sc.a, sc.s.requests[1].body), wanted(&sc.a)));
}

static void what_is_ours_is_changed_and_nothing_that_took_its_place(void **state)
{
	struct scene sc scoped_scene = {0};
	(void)state;

	scene_answer(&sc, 200, "{\"metadata\":{\"uid\":\"u-1\"," OURS "}}");
	scene_answer(&sc, 200, "{}");
	scene_begin(&sc);
	assert_null(apply(&sc, false));
	scene_end(&sc);
	assert_string_equal(node_str(yaml(&sc.a, sc.s.requests[1].body), "metadata.uid"), "u-1");
}

static void what_is_not_ours_is_left_alone_unless_adopted(void **state)
{
	static const char *const foreign[] = {
		"{\"metadata\":{\"uid\":\"u\"}}",
		"{\"metadata\":{\"uid\":\"u\",\"labels\":{\"app.kubernetes.io/"
		"managed-by\":\"Helm\"}}}",
		"{\"metadata\":{\"uid\":\"u\",\"labels\":{\"app.kubernetes.io/managed-by\":\"smo\","
		"\"smo.nephele-project.eu/instance\":\"somebody-else\"}}}",
	};
	(void)state;

	for (size_t i = 0; i < countof(foreign); i++) {
		struct scene sc scoped_scene = {0};

		for (int n = 0; n < 3; n++)
			scene_answer(&sc, 200, foreign[i]);
		scene_answer(&sc, 200, "{}");
		scene_begin(&sc);
		struct err *e = apply(&sc, false);
		assert_non_null(e);
		assert_int_equal(e->kind, ERR_CONFLICT);
		assert_non_null(e->hint);
		assert_null(apply(&sc, true));
		scene_expect(&sc, 2, "GET " POLICIES "/p");
		scene_expect(&sc, 3, "PATCH " POLICIES "/p?fieldManager=smo&force=true");
	}
}

static void a_conflict_is_looked_at_again(void **state)
{
	struct scene sc scoped_scene = {0};
	(void)state;

	scene_answer(&sc, 200, "{\"metadata\":{\"uid\":\"old\"," OURS "}}");
	scene_refuse(&sc, 409, "Conflict", "uid mismatch");
	scene_answer(&sc, 200, "{\"metadata\":{\"uid\":\"new\"," OURS "}}");
	scene_answer(&sc, 200, "{\"metadata\":{\"uid\":\"new\"," OURS "}}");
	scene_answer(&sc, 200, "{}");
	scene_begin(&sc);
	assert_null(apply(&sc, false));
	scene_end(&sc);
	assert_int_equal(sc.s.n_requests, 5);
	assert_string_equal(node_str(yaml(&sc.a, sc.s.requests[4].body), "metadata.uid"), "new");
}

static void a_conflict_that_stays_is_told_in_the_end(void **state)
{
	struct scene sc scoped_scene = {0};
	(void)state;

	for (int i = 0; i < 8; i++) {
		scene_answer(&sc, 200, "{\"metadata\":{\"uid\":\"u\"," OURS "}}");
		scene_refuse(&sc, 409, "Conflict", "the object has been modified");
		scene_answer(&sc, 200, "{\"metadata\":{\"uid\":\"u\"," OURS "}}");
	}
	scene_begin(&sc);
	struct err *e = apply(&sc, false);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_CONFLICT);
	assert_non_null(strstr(e->msg, "PropagationPolicy 'p': "));
	scene_end(&sc);
	assert_int_equal(sc.s.n_requests, 11); /* four tries, three looks between them */
}

static void what_the_server_refuses_is_not_tried_again(void **state)
{
	struct scene sc scoped_scene = {0};
	(void)state;

	scene_refuse(&sc, 404, "NotFound", NOT_FOUND);
	scene_refuse(&sc, 422, "Invalid", "spec.resourceSelectors: Required value");
	scene_begin(&sc);
	struct err *e = apply(&sc, false);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	assert_non_null(strstr(e->msg, "Required value"));
}

/* ---- removing ---- */

static struct err *remove_it(struct scene *sc)
{
	struct object_port port = kube_object_port(sc->k);

	return port.remove(port.self, &sc->a, &policy);
}

static void only_what_is_ours_is_deleted(void **state)
{
	struct scene sc scoped_scene = {.settings.instance = "me"};
	(void)state;

	scene_answer(&sc, 200, "{\"metadata\":{\"uid\":\"u-1\"," OURS "}}");
	scene_answer(&sc, 200, "{\"kind\":\"Status\",\"status\":\"Success\"}");
	scene_answer(&sc, 200, "{\"metadata\":{\"uid\":\"u-2\"}}");
	scene_begin(&sc);
	assert_null(remove_it(&sc));
	struct err *e = remove_it(&sc);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_CONFLICT);
	scene_expect(&sc, 1, "DELETE " POLICIES "/p");
	const struct node *options = yaml(&sc.a, sc.s.requests[1].body);
	assert_string_equal(node_str(options, "preconditions.uid"), "u-1");
	assert_string_equal(node_str(options, "propagationPolicy"), "Background");
	assert_int_equal(sc.s.n_requests, 3);
}

static void gone_already_is_removed(void **state)
{
	struct scene sc scoped_scene = {0};
	(void)state;

	scene_refuse(&sc, 404, "NotFound", NOT_FOUND);
	scene_answer(&sc, 200, "{\"metadata\":{\"uid\":\"u\"," OURS "}}");
	scene_refuse(&sc, 404, "NotFound", NOT_FOUND);
	scene_answer(&sc, 200,
		     "{\"metadata\":{\"uid\":\"u\",\"deletionTimestamp\":\"now\"," OURS "}}");
	scene_begin(&sc);
	assert_null(remove_it(&sc));
	assert_null(remove_it(&sc)); /* somebody was faster */
	assert_null(remove_it(&sc)); /* it is on its way */
	scene_end(&sc);
	assert_int_equal(sc.s.n_requests, 4);
}

/* ---- reading ---- */

static void a_kind_that_is_not_served_is_an_empty_list_and_not_found(void **state)
{
	struct scene sc scoped_scene = {0};
	struct node *items, *object;
	struct object_ref ref = {"example.org/v1", "Widget", "w", "n"};
	(void)state;

	scene_answer(&sc, 404, "404 page not found\n");
	scene_answer(&sc, 404, "404 page not found\n");
	scene_answer(&sc, 404, "404 page not found\n");
	scene_answer(&sc, 404, "404 page not found\n");
	scene_begin(&sc);
	struct object_port port = kube_object_port(sc.k);
	assert_null(port.list(port.self, &sc.a, "example.org/v1", "Widget", NULL, &items));
	assert_int_equal(node_count(items), 0);
	assert_null(port.list(port.self, &sc.a, policy.api_version, policy.kind, NULL, &items));
	assert_int_equal(node_count(items), 0);
	struct err *e = port.get(port.self, &sc.a, &ref, &object);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_NOT_FOUND);
	assert_null(port.remove(port.self, &sc.a, &ref));
}

static void a_list_is_filtered_by_the_server(void **state)
{
	struct scene sc scoped_scene = {0};
	struct object_filter filter = {"n", "a=b,c in (d)"};
	struct node *items;
	(void)state;

	scene_answer(&sc, 200, "{\"kind\":\"PropagationPolicyList\",\"items\":[]}");
	scene_begin(&sc);
	struct object_port port = kube_object_port(sc.k);
	assert_null(port.list(port.self, &sc.a, policy.api_version, policy.kind, &filter, &items));
	scene_expect(&sc, 0, "GET " POLICIES "?labelSelector=a%3Db%2Cc%20in%20%28d%29&limit=250");
}

static void replicas_are_set_through_the_scale_of_a_workload(void **state)
{
	struct scene sc scoped_scene = {0};
	struct object_ref ref = {"apps/v1", "Deployment", "web", "n"};
	(void)state;

	scene_refuse(&sc, 409, "Conflict", "the object has been modified");
	scene_answer(&sc, 200, "{}");
	scene_begin(&sc);
	struct object_port port = kube_object_port(sc.k);
	assert_null(port.scale(port.self, &sc.a, &ref, 3));
	struct err *e = port.scale(port.self, &sc.a, &ref, -1);
	assert_non_null(e);
	scene_expect(&sc, 1,
		     "PATCH /apis/apps/v1/namespaces/n/deployments/web/scale?fieldManager=smo");
	assert_string_equal(sc.s.requests[1].body, "{\"spec\":{\"replicas\":3}}");
	assert_int_equal(sc.s.n_requests, 2);
}

/* ---- clusters ---- */

#define NODES(c) "/apis/cluster.karmada.io/v1alpha1/clusters/" c "/proxy/api/v1/nodes?limit=100"
#define CLUSTER(name, ready)                                                                       \
	"{\"metadata\":{\"name\":\"" name "\"},\"status\":{\"conditions\":[{\"type\":\"Ready\","   \
	"\"status\":\"" ready "\"}]}}"
#define NODE(cpu)                                                                                  \
	"{\"status\":{\"allocatable\":{\"cpu\":\"" cpu "\"},\"conditions\":[{\"type\":\"Ready\","  \
	"\"status\":\"True\"}]}}"

static void nodes_are_looked_at_through_the_control_plane(void **state)
{
	struct scene sc scoped_scene = {0};
	struct cluster *c;
	size_t n;
	(void)state;

	scene_answer(&sc, 200,
		     "{\"kind\":\"ClusterList\",\"items\":[" CLUSTER("down", "False") "," CLUSTER(
			     "b", "True") "," CLUSTER("a", "True") "]}");
	scene_answer(&sc, 200,
		     "{\"kind\":\"NodeList\",\"metadata\":{\"continue\":\"x\"},\"items\":[" NODE(
			     "2") "]}");
	scene_answer(&sc, 200, "{\"kind\":\"NodeList\",\"items\":[" NODE("4") "," NODE("3") "]}");
	scene_refuse(&sc, 503, "ServiceUnavailable", "no route");
	scene_begin(&sc);
	struct cluster_port port = kube_cluster_port(sc.k);
	assert_null(port.list(port.self, &sc.a, &c, &n));
	assert_int_equal(n, 3);
	assert_string_equal(c[0].name, "a");
	assert_int_equal(amounts_get(&c[0].largest_node, "cpu"), 4000);
	assert_string_equal(c[1].name, "b");
	assert_int_equal(c[1].largest_node.n, 0); /* not known, no error */
	assert_string_equal(c[2].name, "down");
	scene_expect(&sc, 1, "GET " NODES("a"));
	scene_expect(&sc, 2, "GET " NODES("a") "&continue=x");
	scene_expect(&sc, 3, "GET " NODES("b"));
	assert_int_equal(sc.s.n_requests, 4); /* asked once each, the one that is down not at all */
}

static void without_the_right_to_look_at_nodes_nobody_asks_again(void **state)
{
	struct scene sc scoped_scene = {0};
	struct cluster *c;
	size_t n;
	(void)state;

	scene_answer(&sc, 200,
		     "{\"kind\":\"ClusterList\",\"items\":[" CLUSTER("a", "True") "," CLUSTER(
			     "b", "True") "]}");
	scene_refuse(&sc, 403, "Forbidden", "cannot get resource clusters/proxy");
	scene_begin(&sc);
	struct cluster_port port = kube_cluster_port(sc.k);
	assert_null(port.list(port.self, &sc.a, &c, &n));
	assert_int_equal(n, 2);
	scene_end(&sc);
	assert_int_equal(sc.s.n_requests, 2);
}

static void a_control_plane_without_clusters_is_no_karmada(void **state)
{
	struct scene sc scoped_scene = {0};
	struct cluster *c;
	size_t n;
	(void)state;

	scene_answer(&sc, 404, "404 page not found\n");
	scene_begin(&sc);
	struct cluster_port port = kube_cluster_port(sc.k);
	struct err *e = port.list(port.self, &sc.a, &c, &n);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_NOT_FOUND);
	assert_non_null(strstr(e->msg, "is no Karmada control plane"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_there_is_made_by_server_side_apply),
		cmocka_unit_test(what_is_ours_is_changed_and_nothing_that_took_its_place),
		cmocka_unit_test(what_is_not_ours_is_left_alone_unless_adopted),
		cmocka_unit_test(a_conflict_is_looked_at_again),
		cmocka_unit_test(a_conflict_that_stays_is_told_in_the_end),
		cmocka_unit_test(what_the_server_refuses_is_not_tried_again),
		cmocka_unit_test(only_what_is_ours_is_deleted),
		cmocka_unit_test(gone_already_is_removed),
		cmocka_unit_test(a_kind_that_is_not_served_is_an_empty_list_and_not_found),
		cmocka_unit_test(a_list_is_filtered_by_the_server),
		cmocka_unit_test(replicas_are_set_through_the_scale_of_a_workload),
		cmocka_unit_test(nodes_are_looked_at_through_the_control_plane),
		cmocka_unit_test(without_the_right_to_look_at_nodes_nobody_asks_again),
		cmocka_unit_test(a_control_plane_without_clusters_is_no_karmada),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
