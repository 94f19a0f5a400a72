// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "doc/node.h"
#include "drive/kube_capabilities.h"
#include "kube_scene.h"

#define PODS "/api/v1/namespaces/n/pods"

static struct err *get(struct scene *sc, const char *path, struct node **ret)
{
	struct kube_call call = {.path = path};

	return kube_call(sc->k, &sc->a, &call, ret, NULL);
}

static void answers_become_documents(void **state)
{
	struct scene sc scoped_scene = {.config = {.token = "secret-token"}};
	struct node *doc;
	(void)state;

	scene_answer(&sc, 200, "{\"kind\":\"Pod\",\"n\":1}");
	scene_begin(&sc);
	assert_null(get(&sc, PODS "/p", &doc));
	assert_string_equal(node_str(doc, "kind"), "Pod");
	scene_expect(&sc, 0, "GET " PODS "/p");
	assert_non_null(strstr(sc.s.requests[0].head, "Authorization: Bearer secret-token\r\n"));
	assert_non_null(strstr(sc.s.requests[0].head, "Accept: application/json\r\n"));
}

static void the_path_of_the_server_goes_in_front(void **state)
{
	struct scene sc scoped_scene = {0};
	struct node *doc;
	struct kube *k;
	(void)state;

	scene_answer(&sc, 200, "{}");
	scene_begin(&sc);
	sc.config.server = script_url(&sc.a, &sc.s, "/k8s/clusters/c-1/");
	assert_null(kube_open(&sc.a, &sc.config, &sc.settings, &k));
	struct kube_call call = {.path = "/version"};
	assert_null(kube_call(k, &sc.a, &call, &doc, NULL));
	kube_close(k);
	scene_expect(&sc, 0, "GET /k8s/clusters/c-1/version");
}

static void refusals_carry_the_servers_words_and_a_kind(void **state)
{
	static const struct {
		int status;
		enum err_kind kind;
	} cases[] = {
		{400, ERR_INPUT},     {401, ERR_FORBIDDEN}, {403, ERR_FORBIDDEN},
		{404, ERR_NOT_FOUND}, {409, ERR_CONFLICT},  {410, ERR_NOT_FOUND},
		{413, ERR_TOO_LARGE}, {422, ERR_INPUT},     {501, ERR_REMOTE},
	};
	struct scene sc scoped_scene = {0};
	struct node *doc;
	(void)state;

	for (size_t i = 0; i < countof(cases); i++)
		scene_refuse(&sc, cases[i].status, "Reason", "what \\u001b[1m happened");
	scene_begin(&sc);
	for (size_t i = 0; i < countof(cases); i++) {
		struct err *e = get(&sc, PODS, &doc);

		assert_non_null(e);
		assert_int_equal(e->kind, cases[i].kind);
		assert_string_equal(
			e->msg, arena_printf(&sc.a, "%s: what ?[1m happened", kube_server(sc.k)));
	}
}

static void a_busy_server_is_asked_again_when_it_says_so(void **state)
{
	struct scene sc scoped_scene = {0};
	struct node *doc;
	(void)state;

	scene_answer_with(&sc, 429, "Retry-After: 7\r\n", "{}");
	scene_refuse(&sc, 500, "InternalError", "etcdserver: leader changed");
	scene_answer(&sc, 200, "{\"n\":1}");
	scene_begin(&sc);
	assert_null(get(&sc, PODS, &doc));
	assert_int_equal(node_int(doc, "n", 0), 1);
	assert_int_equal(sc.n_waits, 2);
	assert_true(sc.waited >= 7000);
	scene_end(&sc);
	assert_int_equal(sc.s.n_requests, 3);
}

static void a_server_that_stays_broken_is_told_after_some_tries(void **state)
{
	struct scene sc scoped_scene = {.settings.retry.attempts = 3};
	struct node *doc;
	(void)state;

	for (int i = 0; i < 4; i++)
		scene_refuse(&sc, 503, "ServiceUnavailable", "no");
	scene_begin(&sc);
	struct err *e = get(&sc, PODS, &doc);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_REMOTE);
	scene_end(&sc);
	assert_int_equal(sc.s.n_requests, 3);
}

static void changes_are_repeated_only_when_they_say_the_same(void **state)
{
	struct scene sc scoped_scene = {0};
	struct node *doc;
	struct kube_call call = {.method = "POST", .path = PODS, .body = "{}"};
	int status;
	(void)state;

	scene_refuse(&sc, 503, "ServiceUnavailable", "no");
	scene_refuse(&sc, 503, "ServiceUnavailable", "no");
	scene_answer(&sc, 201, "{}");
	scene_begin(&sc);
	struct err *e = kube_call(sc.k, &sc.a, &call, &doc, &status);
	assert_non_null(e);
	assert_int_equal(status, 503);
	call.repeatable = true;
	assert_null(kube_call(sc.k, &sc.a, &call, &doc, &status));
	assert_int_equal(status, 201);
}

static void garbage_is_an_error_of_the_peers(void **state)
{
	static const char *const bodies[] = {"<html>sign in</html>", "", "{\"a\":", "[1,2",
					     "{\"a\":1,\"a\":2}"};
	struct scene sc scoped_scene = {0};
	struct node *doc;
	(void)state;

	for (size_t i = 0; i < countof(bodies); i++)
		scene_answer(&sc, 200, bodies[i]);
	scene_answer(&sc, 403, "<html>denied by the gateway</html>");
	scene_begin(&sc);
	for (size_t i = 0; i < countof(bodies); i++) {
		struct err *e = get(&sc, PODS, &doc);

		assert_non_null(e);
		assert_int_equal(e->kind, ERR_REMOTE);
		assert_non_null(strstr(e->msg, "not with JSON"));
	}
	struct err *e = get(&sc, PODS, &doc);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_FORBIDDEN);
	assert_non_null(strstr(e->msg, "denied by the gateway"));
}

static void half_an_answer_is_asked_for_again(void **state)
{
	struct scene sc scoped_scene = {0};
	struct node *doc;
	(void)state;

	sc.steps[sc.n_steps++] = (struct script_step){
		.reply = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"kind\":", .close = true};
	scene_answer(&sc, 200, "{\"kind\":\"Pod\"}");
	scene_begin(&sc);
	assert_null(get(&sc, PODS, &doc));
	assert_string_equal(node_str(doc, "kind"), "Pod");
}

static void a_silent_server_is_a_timeout(void **state)
{
	struct scene sc scoped_scene = {.settings.timeout_ms = 150};
	struct node *doc;
	(void)state;

	sc.steps[sc.n_steps++] = (struct script_step){.hold = true};
	scene_begin(&sc);
	struct err *e = get(&sc, PODS, &doc);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_TIMEOUT);
}

static void an_endless_answer_is_cut(void **state)
{
	struct scene sc scoped_scene = {.settings.retry.attempts = 1};
	size_t size = 17 << 20;
	char *body = arena_alloc(&sc.a, size + 200);
	struct node *doc;
	(void)state;

	int n = snprintf(body, 200, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", size);
	memset(body + n, ' ', size);
	sc.steps[sc.n_steps++] =
		(struct script_step){.reply = body, .reply_size = (size_t)n + size};
	scene_begin(&sc);
	struct err *e = get(&sc, PODS, &doc);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_TOO_LARGE);
}

/* ---- lists ---- */

static void a_list_is_read_page_by_page(void **state)
{
	struct scene sc scoped_scene = {.settings.page = 2};
	struct node *items;
	(void)state;

	scene_answer(
		&sc, 200,
		"{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"continue\":\"a+b/=\"},"
		"\"items\":[{\"metadata\":{\"name\":\"1\"}},{\"metadata\":{\"name\":\"2\"}}]}");
	scene_answer(&sc, 200,
		     "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"continue\":\"\"},"
		     "\"items\":[{\"metadata\":{\"name\":\"3\"},\"kind\":\"Own\"}]}");
	scene_begin(&sc);
	assert_null(kube_list(sc.k, &sc.a, PODS "?labelSelector=a", false, &items));
	assert_int_equal(node_count(items), 3);
	assert_string_equal(node_str(items->first, "kind"), "Pod");
	assert_string_equal(node_str(items->first, "apiVersion"), "v1");
	assert_string_equal(node_str(items->last, "kind"), "Own");
	scene_expect(&sc, 0, "GET " PODS "?labelSelector=a&limit=2");
	scene_expect(&sc, 1, "GET " PODS "?labelSelector=a&limit=2&continue=a%2Bb%2F%3D");
}

static void a_list_that_expires_on_the_way_is_read_from_its_start(void **state)
{
	struct scene sc scoped_scene = {0};
	struct node *items;
	(void)state;

	scene_answer(
		&sc, 200,
		"{\"kind\":\"PodList\",\"metadata\":{\"continue\":\"x\"},\"items\":[{\"n\":1}]}");
	scene_refuse(&sc, 410, "Expired", "The provided continue parameter is too old");
	scene_answer(&sc, 200, "{\"kind\":\"PodList\",\"items\":[{\"n\":2},{\"n\":3}]}");
	scene_begin(&sc);
	assert_null(kube_list(sc.k, &sc.a, PODS, false, &items));
	assert_int_equal(node_count(items), 2);
	assert_int_equal(node_int(items->first, "n", 0), 2);
}

static void a_list_that_always_expires_is_given_up(void **state)
{
	struct scene sc scoped_scene = {0};
	struct node *items;
	(void)state;

	for (int i = 0; i < 4; i++) {
		scene_answer(
			&sc, 200,
			"{\"kind\":\"PodList\",\"metadata\":{\"continue\":\"x\"},\"items\":[]}");
		scene_refuse(&sc, 410, "Expired", "too old");
	}
	scene_begin(&sc);
	struct err *e = kube_list(sc.k, &sc.a, PODS, false, &items);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_REMOTE);
	scene_end(&sc);
	assert_int_equal(sc.s.n_requests, 8);
}

static void only_metadata_is_asked_for_when_that_is_enough(void **state)
{
	struct scene sc scoped_scene = {0};
	struct node *items;
	(void)state;

	scene_answer(&sc, 200, "{\"kind\":\"PartialObjectMetadataList\",\"items\":null}");
	scene_answer(&sc, 200, "{\"kind\":\"Pod\",\"items\":[]}");
	scene_begin(&sc);
	assert_null(kube_list(sc.k, &sc.a, PODS, true, &items));
	assert_int_equal(node_count(items), 0);
	struct err *e = kube_list(sc.k, &sc.a, PODS, false, &items);
	assert_non_null(e); /* no list */
	assert_int_equal(e->kind, ERR_REMOTE);
	scene_end(&sc);
	assert_non_null(strstr(
		sc.s.requests[0].head,
		"Accept: application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1\r\n"));
}

/* ---- kinds and paths ---- */

static void kinds_that_are_not_known_are_asked_for_once(void **state)
{
	struct scene sc scoped_scene = {0};
	struct kube_kind kind;
	(void)state;

	scene_answer(&sc, 200,
		     "{\"kind\":\"APIResourceList\",\"resources\":["
		     "{\"name\":\"widgets/scale\",\"kind\":\"Widget\",\"namespaced\":false},"
		     "{\"name\":\"widgets\",\"kind\":\"Widget\",\"namespaced\":true}]}");
	scene_answer(&sc, 404, "404 page not found\n");
	scene_begin(&sc);
	assert_null(kube_kind(sc.k, &sc.a, "apps/v1", "Deployment", &kind)); /* not asked */
	assert_string_equal(kind.plural, "deployments");
	for (int i = 0; i < 2; i++) {
		assert_null(kube_kind(sc.k, &sc.a, "example.org/v1", "Widget", &kind));
		assert_string_equal(kind.plural, "widgets");
		assert_true(kind.namespaced && kind.served);
	}
	assert_null(kube_kind(sc.k, &sc.a, "example.net/v2", "Gadget", &kind));
	assert_false(kind.served);
	scene_expect(&sc, 0, "GET /apis/example.org/v1");
	scene_expect(&sc, 1, "GET /apis/example.net/v2");
	assert_int_equal(sc.s.n_requests, 2);
}

static void paths_hold_only_names(void **state)
{
	static const char *const bad[] = {"", ".", "..", "a/b", "a%2Fb", "../x"};
	struct arena a scoped_arena = {0};
	const char *path;
	(void)state;

	assert_null(kube_path(&a, "apps/v1", "deployments", "n", "web", "scale", &path));
	assert_string_equal(path, "/apis/apps/v1/namespaces/n/deployments/web/scale");
	assert_null(kube_path(&a, "v1", "nodes", NULL, "n 1?x", NULL, &path));
	assert_string_equal(path, "/api/v1/nodes/n%201%3Fx");
	for (size_t i = 0; i < countof(bad); i++) {
		assert_non_null(kube_path(&a, "v1", "pods", "n", bad[i], NULL, &path));
		assert_non_null(kube_path(&a, "v1", "pods", bad[i], "p", NULL, &path));
	}
}

static void capabilities_are_read_from_new_and_old_servers(void **state)
{
	struct scene sc scoped_scene = {0};
	struct kube_capabilities c;
	(void)state;

	scene_answer(&sc, 200, "{\"gitVersion\":\"v1.35.8\"}");
	scene_answer(
		&sc, 200,
		"{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{},\"versions\":["
		"{\"version\":\"v1\",\"resources\":[{\"responseKind\":{\"kind\":\"Pod\"}}]}]}]}");
	scene_answer(&sc, 200,
		     "{\"kind\":\"APIGroupList\",\"groups\":[{\"versions\":[{\"groupVersion\":"
		     "\"apps/v1\"},"
		     "{\"groupVersion\":\"apps/v1\"}]}]}");
	scene_begin(&sc);
	assert_null(kube_capabilities(sc.k, &sc.a, NULL, &c));
	assert_string_equal(c.version, "v1.35.8");
	assert_int_equal(c.n_apis, 3);
	assert_string_equal(c.apis[0], "apps/v1");
	assert_string_equal(c.apis[1], "v1");
	assert_string_equal(c.apis[2], "v1/Pod");
}

static void what_is_served_is_not_sent_again_while_it_holds(void **state)
{
	struct scene sc scoped_scene = {0};
	struct kube_capabilities c;
	char file[] = "/tmp/smo-known-XXXXXX";
	(void)state;

	int fd = mkstemp(file); /* an empty file is no JSON, and harms nobody */
	assert_true(fd >= 0);
	close(fd);
	for (int i = 0; i < 2; i++) {
		scene_answer(&sc, 200, "{\"gitVersion\":\"v1.35.8\"}");
		scene_answer_with(&sc, i ? 304 : 200, "ETag: \"one\"\r\n",
				  i ? "" : "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}");
		scene_answer_with(&sc, 200, i ? "ETag: \"three\"\r\n" : "ETag: \"two\"\r\n",
				  i ? "{\"kind\":\"APIGroupList\",\"groups\":[]}"
				    : "{\"kind\":\"APIGroupList\",\"groups\":[{\"versions\":["
				      "{\"groupVersion\":\"apps/v1\"}]}]}");
	}
	scene_begin(&sc);
	assert_null(kube_capabilities(sc.k, &sc.a, file, &c));
	assert_int_equal(c.n_apis, 2);
	assert_null(kube_capabilities(sc.k, &sc.a, file, &c));
	assert_int_equal(c.n_apis, 1);
	assert_string_equal(c.apis[0], "v1");
	scene_end(&sc);
	assert_null(strstr(sc.s.requests[1].head, "If-None-Match"));
	assert_non_null(strstr(sc.s.requests[4].head, "If-None-Match: \"one\"\r\n"));
	assert_non_null(strstr(sc.s.requests[5].head, "If-None-Match: \"two\"\r\n"));
	unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_become_documents),
		cmocka_unit_test(the_path_of_the_server_goes_in_front),
		cmocka_unit_test(refusals_carry_the_servers_words_and_a_kind),
		cmocka_unit_test(a_busy_server_is_asked_again_when_it_says_so),
		cmocka_unit_test(a_server_that_stays_broken_is_told_after_some_tries),
		cmocka_unit_test(changes_are_repeated_only_when_they_say_the_same),
		cmocka_unit_test(garbage_is_an_error_of_the_peers),
		cmocka_unit_test(half_an_answer_is_asked_for_again),
		cmocka_unit_test(a_silent_server_is_a_timeout),
		cmocka_unit_test(an_endless_answer_is_cut),
		cmocka_unit_test(a_list_is_read_page_by_page),
		cmocka_unit_test(a_list_that_expires_on_the_way_is_read_from_its_start),
		cmocka_unit_test(a_list_that_always_expires_is_given_up),
		cmocka_unit_test(only_metadata_is_asked_for_when_that_is_enough),
		cmocka_unit_test(kinds_that_are_not_known_are_asked_for_once),
		cmocka_unit_test(paths_hold_only_names),
		cmocka_unit_test(capabilities_are_read_from_new_and_old_servers),
		cmocka_unit_test(what_is_served_is_not_sent_again_while_it_holds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
