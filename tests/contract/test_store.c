// SPDX-License-Identifier: Apache-2.0
/* What every implementation of store_port promises, and what the one on a file adds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/migrate.h"
#include "drive/store.h"
#include "model/snapshot.h"

/* A directory of its own for each test, with one open store. */
struct fix {
	struct arena a;
	char dir[64];
	const char *path;
	struct store_port s;
};

#define OK(expr)                                                                                   \
	do {                                                                                       \
		struct err *ok_err_ = (expr);                                                      \
		if (ok_err_)                                                                       \
			fail_msg("%s", ok_err_->msg);                                              \
	} while (0)

#define FAILS(kind_, expr)                                                                         \
	do {                                                                                       \
		struct err *fails_err_ = (expr);                                                   \
		assert_non_null(fails_err_);                                                       \
		assert_int_equal(fails_err_->kind, kind_);                                         \
	} while (0)

static int set_up(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->dir, "/tmp/smo-store-XXXXXX"); /* fits: both are constant */
	assert_non_null(mkdtemp(f->dir));
	f->path = arena_printf(&f->a, "%s/smo.db", f->dir);
	OK(store_open(&f->a, f->path, true, &f->s));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fix *f = *state;
	static const char *const names[] = {"smo.db", "smo.db-wal", "smo.db-shm"};

	store_close(&f->s);
	chmod(f->dir, 0700);
	for (size_t i = 0; i < countof(names); i++)
		unlink(arena_printf(&f->a, "%s/%s", f->dir, names[i]));
	rmdir(f->dir);
	arena_done(&f->a);
	free(f);
	return 0;
}

static struct node *doc(struct fix *f, const char *json)
{
	struct node *n = NULL;

	OK(json_read(&f->a, "test", json, strlen(json), &n));
	return n;
}

static struct graph_row graph_named(struct fix *f, const char *name)
{
	return (struct graph_row){
		.name = name,
		.project = "test",
		.status = "Running",
		.descriptor = doc(f, "{\"id\": \"demo\", \"services\": [1, 2.5, null, \"x\"]}"),
		.revision = 1,
		.created = 1755000000123,
		.updated = 1755000000456,
	};
}

static void put_graph(struct fix *f, const char *name)
{
	struct graph_row row = graph_named(f, name);

	OK(f->s.graph_put(f->s.self, &f->a, &row));
}

/* A second handle on the same state, as another process would have. */
static struct store_port other_handle(struct fix *f)
{
	struct store_port p = {0};

	OK(store_open(&f->a, f->path, false, &p));
	return p;
}

static void an_instance_is_a_uuid_that_stays(void **state)
{
	struct fix *f = *state;
	const char *first = NULL, *again = NULL;

	OK(f->s.instance(f->s.self, &f->a, &first));
	assert_int_equal(strlen(first), 36);
	assert_int_equal(first[14], '4');
	store_close(&f->s);
	OK(store_open(&f->a, f->path, true, &f->s));
	OK(f->s.instance(f->s.self, &f->a, &again));
	assert_string_equal(first, again);
}

static void a_graph_comes_back_as_it_was_put(void **state)
{
	struct fix *f = *state;
	struct graph_row row = graph_named(f, "demo"), got = {0};

	row.grafana = "http://g/d/demo";
	row.placement = doc(f, "{\"camera\": {\"edge\": 2}}");
	OK(f->s.graph_put(f->s.self, &f->a, &row));
	OK(f->s.graph_get(f->s.self, &f->a, "demo", &got));
	assert_string_equal(got.name, "demo");
	assert_string_equal(got.project, "test");
	assert_string_equal(got.status, "Running");
	assert_string_equal(got.grafana, row.grafana);
	assert_true(node_equal(got.descriptor, row.descriptor));
	assert_true(node_equal(got.placement, row.placement));
	assert_int_equal(got.revision, 1);
	assert_int_equal(got.created, row.created);
	assert_int_equal(got.updated, row.updated);

	row.status = "Stopped";
	row.placement = NULL;
	row.grafana = NULL;
	OK(f->s.graph_put(f->s.self, &f->a, &row));
	OK(f->s.graph_get(f->s.self, &f->a, "demo", &got));
	assert_string_equal(got.status, "Stopped");
	assert_null(got.placement);
	assert_null(got.grafana);
}

static void an_unknown_graph_is_not_found(void **state)
{
	struct fix *f = *state;
	struct graph_row got;
	struct err *e = f->s.graph_get(f->s.self, &f->a, "nope", &got);

	FAILS(ERR_NOT_FOUND, e);
	assert_string_equal(e->msg, "Graph 'nope' not found");
	FAILS(ERR_NOT_FOUND, f->s.graph_delete(f->s.self, &f->a, "nope"));
}

static void graphs_are_listed_by_name_and_project(void **state)
{
	struct fix *f = *state;
	struct graph_row c = graph_named(f, "c"), *rows = NULL;
	size_t n = 0;

	put_graph(f, "b");
	put_graph(f, "a");
	c.project = "other";
	OK(f->s.graph_put(f->s.self, &f->a, &c));
	OK(f->s.graph_list(f->s.self, &f->a, NULL, &rows, &n));
	assert_int_equal(n, 3);
	assert_string_equal(rows[0].name, "a");
	assert_string_equal(rows[2].name, "c");
	OK(f->s.graph_list(f->s.self, &f->a, "other", &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].name, "c");
	OK(f->s.graph_list(f->s.self, &f->a, "none", &rows, &n));
	assert_int_equal(n, 0);
}

static void names_are_data_and_never_sql(void **state)
{
	struct fix *f = *state;
	const char *name = "x'); DROP TABLE graph; --";
	struct graph_row row = graph_named(f, name), got = {0};

	OK(f->s.graph_put(f->s.self, &f->a, &row));
	OK(f->s.graph_get(f->s.self, &f->a, name, &got));
	assert_string_equal(got.name, name);
}

static void the_services_of_a_graph_are_replaced_as_a_whole(void **state)
{
	struct fix *f = *state;
	struct service_row two[] = {
		{.name = "zoom",
		 .status = "Pending",
		 .cluster_affinity = "edge,cloud",
		 .artifact_ref = "oci://h/p/zoom",
		 .artifact_type = "App",
		 .artifact_implementer = "HELM",
		 .cpu = "0.5",
		 .memory = "1GiB",
		 .storage = "10GB",
		 .gpu = "1",
		 .values_overwrite = doc(f, "{\"a\": {\"b\": [true]}}"),
		 .alert = doc(f, "{\"alert\": \"x\"}"),
		 .replicas = 3,
		 .digest = "sha256:00"},
		{.name = "camera", .status = "Deployed"},
	};
	struct service_row *rows = NULL;
	size_t n = 0;

	FAILS(ERR_NOT_FOUND, f->s.services_put(f->s.self, &f->a, "demo", two, 2));
	put_graph(f, "demo");
	OK(f->s.services_put(f->s.self, &f->a, "demo", two, 2));
	OK(f->s.service_list(f->s.self, &f->a, "demo", &rows, &n));
	assert_int_equal(n, 2);
	assert_string_equal(rows[0].name, "zoom"); /* in the order they were put */
	assert_string_equal(rows[0].graph, "demo");
	assert_string_equal(rows[0].status, "Pending");
	assert_string_equal(rows[0].cluster_affinity, "edge,cloud");
	assert_string_equal(rows[0].artifact_ref, "oci://h/p/zoom");
	assert_string_equal(rows[0].artifact_type, "App");
	assert_string_equal(rows[0].artifact_implementer, "HELM");
	assert_string_equal(rows[0].cpu, "0.5");
	assert_string_equal(rows[0].memory, "1GiB");
	assert_string_equal(rows[0].storage, "10GB");
	assert_string_equal(rows[0].gpu, "1");
	assert_true(node_equal(rows[0].values_overwrite, two[0].values_overwrite));
	assert_true(node_equal(rows[0].alert, two[0].alert));
	assert_int_equal(rows[0].replicas, 3);
	assert_string_equal(rows[0].digest, "sha256:00");
	assert_null(rows[1].values_overwrite);
	assert_null(rows[1].grafana);

	OK(f->s.services_put(f->s.self, &f->a, "demo", two + 1, 1));
	OK(f->s.service_list(f->s.self, &f->a, "demo", &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].name, "camera");
}

static void two_services_of_one_name_are_refused_and_nothing_changes(void **state)
{
	struct fix *f = *state;
	struct service_row one = {.name = "camera"}, *rows = NULL;
	struct service_row twice[] = {{.name = "x"}, {.name = "x"}};
	size_t n = 0;

	put_graph(f, "demo");
	OK(f->s.services_put(f->s.self, &f->a, "demo", &one, 1));
	FAILS(ERR_CONFLICT, f->s.services_put(f->s.self, &f->a, "demo", twice, 2));
	OK(f->s.service_list(f->s.self, &f->a, "demo", &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].name, "camera");
}

static void a_service_is_found_by_project_and_name(void **state)
{
	struct fix *f = *state;
	struct service_row one = {.name = "camera"};
	const char *owner = NULL;

	put_graph(f, "demo");
	OK(f->s.services_put(f->s.self, &f->a, "demo", &one, 1));
	OK(f->s.service_owner(f->s.self, &f->a, "test", "camera", &owner));
	assert_string_equal(owner, "demo");
	FAILS(ERR_NOT_FOUND, f->s.service_owner(f->s.self, &f->a, "other", "camera", &owner));
	FAILS(ERR_NOT_FOUND, f->s.service_owner(f->s.self, &f->a, "test", "micro", &owner));
}

static void a_cluster_is_updated_in_place(void **state)
{
	struct fix *f = *state;
	struct cluster_row row = {
		.name = "member1",
		.location = "Unknown",
		.available_cpu = 6.95,
		.available_ram = "14.77 GiB",
		.availability = true,
		.acceleration = true,
		.grafana = "http://g/d/member1",
		.properties = doc(f, "{\"priceCpu\": 0.5}"),
		.facts = doc(f, "{\"name\": \"member1\"}"),
		.last_seen = 1755000000000,
	};
	struct cluster_row *rows = NULL;
	size_t n = 0;

	OK(f->s.cluster_put(f->s.self, &f->a, &row));
	OK(f->s.cluster_list(f->s.self, &f->a, &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].location, "Unknown");
	assert_true(rows[0].available_cpu == 6.95);
	assert_string_equal(rows[0].available_ram, "14.77 GiB");
	assert_true(rows[0].availability && rows[0].acceleration);
	assert_false(rows[0].cordoned || rows[0].gone);
	assert_string_equal(rows[0].grafana, "http://g/d/member1");
	assert_true(node_equal(rows[0].properties, row.properties));
	assert_true(node_equal(rows[0].facts, row.facts));
	assert_int_equal(rows[0].last_seen, 1755000000000);

	row.cordoned = row.gone = true;
	row.availability = row.acceleration = false;
	row.available_cpu = 4; /* a whole number stays a number */
	OK(f->s.cluster_put(f->s.self, &f->a, &row));
	row.name = "edge";
	OK(f->s.cluster_put(f->s.self, &f->a, &row));
	OK(f->s.cluster_list(f->s.self, &f->a, &rows, &n));
	assert_int_equal(n, 2);
	assert_string_equal(rows[0].name, "edge");
	assert_true(rows[1].cordoned && rows[1].gone);
	assert_true(rows[1].available_cpu == 4);
}

static void revisions_are_numbered_and_the_newest_is_zero(void **state)
{
	struct fix *f = *state;
	struct revision_row row = {.graph = "demo", .number = 1, .message = "first"};
	struct revision_row got = {0}, *rows = NULL;
	size_t n = 0;

	row.descriptor = doc(f, "{\"id\": \"demo\"}");
	row.pins = doc(f, "{\"camera\": \"sha256:1\"}");
	row.created = 5;
	FAILS(ERR_NOT_FOUND, f->s.revision_put(f->s.self, &f->a, &row));
	put_graph(f, "demo");
	FAILS(ERR_NOT_FOUND, f->s.revision_get(f->s.self, &f->a, "demo", 0, &got));
	OK(f->s.revision_put(f->s.self, &f->a, &row));
	row.number = 2;
	row.message = NULL;
	row.placement = doc(f, "{}");
	OK(f->s.revision_put(f->s.self, &f->a, &row));
	OK(f->s.revision_get(f->s.self, &f->a, "demo", 0, &got));
	assert_int_equal(got.number, 2);
	assert_null(got.message);
	OK(f->s.revision_get(f->s.self, &f->a, "demo", 1, &got));
	assert_string_equal(got.graph, "demo");
	assert_string_equal(got.message, "first");
	assert_true(node_equal(got.pins, row.pins));
	assert_null(got.placement);
	FAILS(ERR_NOT_FOUND, f->s.revision_get(f->s.self, &f->a, "demo", 3, &got));
	OK(f->s.revision_list(f->s.self, &f->a, "demo", &rows, &n));
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].number, 1);
}

static struct operation_row operation(const char *id, const char *graph, int64_t started)
{
	return (struct operation_row){.id = id,
				      .verb = "deploy",
				      .graph = graph,
				      .project = "test",
				      .state = "running",
				      .started = started};
}

static void operations_are_listed_newest_first(void **state)
{
	struct fix *f = *state;
	struct operation_row one = operation("op-1", "demo", 1), two = operation("op-2", "demo", 2);
	struct operation_row three = operation("op-3", "other", 3), got = {0}, *rows = NULL;
	size_t n = 0;

	one.desired = doc(f, "{\"items\": []}");
	one.plan = doc(f, "{\"steps\": [1]}");
	one.inputs_hash = "abc";
	OK(f->s.operation_put(f->s.self, &f->a, &one));
	OK(f->s.operation_put(f->s.self, &f->a, &two));
	OK(f->s.operation_put(f->s.self, &f->a, &three));
	OK(f->s.operation_get(f->s.self, &f->a, "op-1", &got));
	assert_string_equal(got.verb, "deploy");
	assert_string_equal(got.graph, "demo");
	assert_string_equal(got.inputs_hash, "abc");
	assert_true(node_equal(got.desired, one.desired));
	assert_true(node_equal(got.plan, one.plan));
	assert_false(got.cancel);
	assert_null(got.error);

	one.state = "failed";
	one.error = "helm: no";
	one.cancel = true;
	one.ended = 9;
	OK(f->s.operation_put(f->s.self, &f->a, &one));
	OK(f->s.operation_get(f->s.self, &f->a, "op-1", &got));
	assert_string_equal(got.state, "failed");
	assert_string_equal(got.error, "helm: no");
	assert_true(got.cancel);
	assert_int_equal(got.ended, 9);
	FAILS(ERR_NOT_FOUND, f->s.operation_get(f->s.self, &f->a, "op-9", &got));

	OK(f->s.operation_list(f->s.self, &f->a, "demo", 0, &rows, &n));
	assert_int_equal(n, 2);
	assert_string_equal(rows[0].id, "op-2");
	OK(f->s.operation_list(f->s.self, &f->a, NULL, 1, &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].id, "op-3");
}

static void steps_belong_to_an_operation(void **state)
{
	struct fix *f = *state;
	struct operation_row op = operation("op-1", "demo", 1);
	struct step_row step = {.operation = "op-1", .n = 2, .state = "pending"}, *rows = NULL;
	size_t n = 0;

	FAILS(ERR_CONFLICT, f->s.step_put(f->s.self, &f->a, &step));
	OK(f->s.operation_put(f->s.self, &f->a, &op));
	OK(f->s.step_put(f->s.self, &f->a, &step));
	step.state = "failed";
	step.error = "no";
	step.started = 3;
	step.ended = 4;
	OK(f->s.step_put(f->s.self, &f->a, &step));
	step = (struct step_row){.operation = "op-1", .n = 1, .state = "done"};
	OK(f->s.step_put(f->s.self, &f->a, &step));
	OK(f->s.step_list(f->s.self, &f->a, "op-1", &rows, &n));
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].n, 1);
	assert_null(rows[0].error);
	assert_string_equal(rows[1].state, "failed");
	assert_string_equal(rows[1].error, "no");
	assert_int_equal(rows[1].started, 3);
	assert_int_equal(rows[1].ended, 4);
	/* Changing the operation keeps its steps. */
	op.state = "done";
	OK(f->s.operation_put(f->s.self, &f->a, &op));
	OK(f->s.step_list(f->s.self, &f->a, "op-1", &rows, &n));
	assert_int_equal(n, 2);
}

static void events_have_growing_ids(void **state)
{
	struct fix *f = *state;
	struct event_row row = {.time = 1755000000123, .graph = "demo", .type = "Normal"};
	struct event_row *rows = NULL;
	size_t n = 0;

	row.reason = "Placed";
	row.message = "camera on edge";
	row.meta = doc(f, "{\"cluster\": \"edge\"}");
	OK(f->s.event_add(f->s.self, &f->a, &row));
	row.graph = "other";
	row.service = "camera";
	row.operation = "op-1";
	row.type = "Warning";
	row.meta = NULL;
	OK(f->s.event_add(f->s.self, &f->a, &row));
	row.graph = "demo";
	OK(f->s.event_add(f->s.self, &f->a, &row));

	OK(f->s.event_list(f->s.self, &f->a, &(struct event_filter){0}, &rows, &n));
	assert_int_equal(n, 3);
	assert_true(rows[0].id > 0 && rows[0].id < rows[1].id && rows[1].id < rows[2].id);
	assert_string_equal(rows[0].reason, "Placed");
	assert_string_equal(rows[0].message, "camera on edge");
	assert_int_equal(rows[0].time, 1755000000123);
	assert_string_equal(node_str(rows[0].meta, "cluster"), "edge");
	assert_null(rows[0].service);
	assert_string_equal(rows[1].service, "camera");
	assert_string_equal(rows[1].operation, "op-1");
	assert_string_equal(rows[1].type, "Warning");
	int64_t first = rows[0].id, last = rows[2].id;

	OK(f->s.event_list(f->s.self, &f->a,
			   &(struct event_filter){.graph = "demo", .after_id = first}, &rows, &n));
	assert_int_equal(n, 1);
	assert_int_equal(rows[0].id, last);
	OK(f->s.event_list(f->s.self, &f->a, &(struct event_filter){.limit = 2}, &rows, &n));
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].id, first);
	OK(f->s.event_list(f->s.self, &f->a, &(struct event_filter){.limit = -1}, &rows, &n));
	assert_int_equal(n, 1);
	assert_int_equal(rows[0].id, last);
	OK(f->s.event_list(f->s.self, &f->a, &(struct event_filter){.graph = "demo", .limit = -5},
			   &rows, &n));
	assert_int_equal(n, 2);
	assert_int_equal(rows[1].id, last);
}

static struct reservation reservation(struct fix *f, const char *service, int64_t cpu)
{
	struct reservation r = {.service = service, .cluster = "edge", .replicas = 2};

	amounts_set(&f->a, &r.per_replica, "cpu", cpu);
	amounts_set(&f->a, &r.per_replica, "nvidia.com/gpu", 1);
	return r;
}

static void reservations_of_the_others_are_listed(void **state)
{
	struct fix *f = *state;
	struct reservation mine = reservation(f, "camera", 500), *rows = NULL;
	struct reservation theirs[] = {reservation(f, "b", INT64_MAX), reservation(f, "a", 1)};
	size_t n = 0;

	put_graph(f, "mine");
	put_graph(f, "theirs");
	OK(f->s.reservations_put(f->s.self, &f->a, "mine", &mine, 1));
	OK(f->s.reservations_put(f->s.self, &f->a, "theirs", theirs, 2));
	OK(f->s.reservation_list(f->s.self, &f->a, "mine", &rows, &n));
	assert_int_equal(n, 2);
	assert_string_equal(rows[0].graph, "theirs");
	assert_string_equal(rows[0].service, "a");
	assert_string_equal(rows[0].cluster, "edge");
	assert_int_equal(rows[0].replicas, 2);
	assert_int_equal(amounts_get(&rows[0].per_replica, "nvidia.com/gpu"), 1);
	assert_true(amounts_get(&rows[1].per_replica, "cpu") == INT64_MAX);
	OK(f->s.reservation_list(f->s.self, &f->a, NULL, &rows, &n));
	assert_int_equal(n, 3);
	OK(f->s.reservations_put(f->s.self, &f->a, "theirs", NULL, 0));
	OK(f->s.reservation_list(f->s.self, &f->a, "mine", &rows, &n));
	assert_int_equal(n, 0);
	FAILS(ERR_NOT_FOUND, f->s.reservations_put(f->s.self, &f->a, "nope", &mine, 1));
}

static void deleting_a_graph_takes_what_is_its_own_and_keeps_its_history(void **state)
{
	struct fix *f = *state;
	struct service_row service = {.name = "camera"}, *services = NULL;
	struct reservation reserved = reservation(f, "camera", 1), *reservations = NULL;
	struct operation_row op = operation("op-1", "demo", 1);
	struct event_row event = {.graph = "demo", .type = "Normal", .reason = "R", .message = "m"};
	struct due_row due = {.at = 1, .kind = "retry", .graph = "demo"}, *dues = NULL;
	struct event_row *events = NULL;
	struct revision_row revision = {.graph = "demo", .number = 1}, *revisions = NULL;
	size_t n = 0;

	put_graph(f, "demo");
	revision.descriptor = doc(f, "{}");
	OK(f->s.services_put(f->s.self, &f->a, "demo", &service, 1));
	OK(f->s.reservations_put(f->s.self, &f->a, "demo", &reserved, 1));
	OK(f->s.revision_put(f->s.self, &f->a, &revision));
	OK(f->s.operation_put(f->s.self, &f->a, &op));
	OK(f->s.event_add(f->s.self, &f->a, &event));
	OK(f->s.due_add(f->s.self, &f->a, &due));
	OK(f->s.graph_delete(f->s.self, &f->a, "demo"));
	put_graph(f, "demo"); /* the same name again starts with nothing */
	OK(f->s.service_list(f->s.self, &f->a, "demo", &services, &n));
	assert_int_equal(n, 0);
	OK(f->s.reservation_list(f->s.self, &f->a, NULL, &reservations, &n));
	assert_int_equal(n, 0);
	OK(f->s.revision_list(f->s.self, &f->a, "demo", &revisions, &n));
	assert_int_equal(n, 0);
	OK(f->s.due_list(f->s.self, &f->a, 100, &dues, &n));
	assert_int_equal(n, 0);
	OK(f->s.operation_get(f->s.self, &f->a, "op-1", &op));
	OK(f->s.event_list(f->s.self, &f->a, &(struct event_filter){.graph = "demo"}, &events, &n));
	assert_int_equal(n, 1);
}

static void what_is_due_comes_in_order_of_time(void **state)
{
	struct fix *f = *state;
	struct due_row late = {.at = 20, .kind = "later"}, early = {.at = 10, .kind = "retry"};
	struct due_row *rows = NULL;
	size_t n = 0;

	early.graph = "demo";
	early.service = "camera";
	early.payload = doc(f, "{\"n\": 1}");
	OK(f->s.due_add(f->s.self, &f->a, &late));
	OK(f->s.due_add(f->s.self, &f->a, &early));
	OK(f->s.due_list(f->s.self, &f->a, 10, &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].kind, "retry");
	assert_string_equal(rows[0].graph, "demo");
	assert_string_equal(rows[0].service, "camera");
	assert_int_equal(node_int(rows[0].payload, "n", 0), 1);
	OK(f->s.due_list(f->s.self, &f->a, 30, &rows, &n));
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].at, 10);
	OK(f->s.due_delete(f->s.self, &f->a, rows[0].id));
	OK(f->s.due_list(f->s.self, &f->a, 30, &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].kind, "later");
}

static void a_lease_keeps_others_out_until_it_is_dropped_or_expires(void **state)
{
	struct fix *f = *state;
	struct lease mine = {0}, renewed = {0}, theirs = {0};

	/* The graph need not exist yet: deploy takes the lease first. */
	OK(f->s.lease_take(f->s.self, &f->a, "demo", "me", 1000, 500, &mine));
	assert_string_equal(mine.graph, "demo");
	assert_string_equal(mine.holder, "me");
	assert_int_equal(mine.expires, 1500);
	OK(f->s.lease_check(f->s.self, &f->a, &mine));

	struct err *e = f->s.lease_take(f->s.self, &f->a, "demo", "you", 1499, 500, &theirs);
	FAILS(ERR_LOCKED, e);
	assert_non_null(strstr(e->msg, "'demo'"));
	assert_non_null(strstr(e->msg, "me"));
	OK(f->s.lease_take(f->s.self, &f->a, "other", "you", 1000, 500, &theirs));

	OK(f->s.lease_take(f->s.self, &f->a, "demo", "me", 1400, 500, &renewed));
	assert_int_equal(renewed.fence, mine.fence);
	assert_int_equal(renewed.expires, 1900);

	OK(f->s.lease_take(f->s.self, &f->a, "demo", "you", 1900, 500, &theirs));
	assert_true(theirs.fence > mine.fence);
	FAILS(ERR_LOCKED, f->s.lease_check(f->s.self, &f->a, &mine));
	/* Dropping what is not ours any more changes nothing. */
	OK(f->s.lease_drop(f->s.self, &f->a, &mine));
	OK(f->s.lease_check(f->s.self, &f->a, &theirs));

	OK(f->s.lease_drop(f->s.self, &f->a, &theirs));
	FAILS(ERR_LOCKED, f->s.lease_check(f->s.self, &f->a, &theirs));
	OK(f->s.lease_take(f->s.self, &f->a, "demo", "you", 1901, 500, &renewed));
	assert_true(renewed.fence > theirs.fence); /* the same holder, but anew */
}

/* The child's exit status is 0 when it got the lease and 1 when it was told it is locked. */
static int race_for_lease(struct fix *f, int go)
{
	struct arena a scoped_arena = {0};
	struct store_port s = {0};
	struct lease lease = {0};
	char byte;

	if (store_open(&a, f->path, false, &s) || read(go, &byte, 1) != 1)
		return 9;
	struct err *e = s.lease_take(s.self, &a, "demo", arena_printf(&a, "pid %d", (int)getpid()),
				     1000, 60000, &lease);
	store_close(&s);
	return !e ? 0 : e->kind == ERR_LOCKED ? 1 : 9;
}

static void of_many_processes_one_gets_the_lease(void **state)
{
	enum { RACERS = 8 };
	struct fix *f = *state;
	pid_t pids[RACERS];
	int go[2], won = 0, locked = 0;

	assert_int_equal(pipe(go), 0);
	for (int i = 0; i < RACERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(race_for_lease(f, go[0]));
	}
	assert_int_equal(write(go[1], "GOGOGOGO", RACERS), RACERS);
	for (int i = 0; i < RACERS; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		won += WEXITSTATUS(status) == 0;
		locked += WEXITSTATUS(status) == 1;
	}
	close(go[0]);
	close(go[1]);
	assert_int_equal(won, 1);
	assert_int_equal(locked, RACERS - 1);
}

static int add_events(struct fix *f, int n)
{
	struct arena a scoped_arena = {0};
	struct event_row row = {.type = "Normal", .reason = "R", .message = "m"};
	struct store_port s = {0};
	struct err *e = store_open(&a, f->path, false, &s);

	for (int i = 0; i < n && !e; i++)
		e = s.event_add(s.self, &a, &row);
	store_close(&s);
	return e ? 9 : 0;
}

static void two_processes_write_at_once_and_nothing_is_lost(void **state)
{
	enum { EACH = 200 };
	struct fix *f = *state;
	struct event_row *rows = NULL;
	pid_t pids[2];
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(add_events(f, EACH));
	}
	for (int i = 0; i < 2; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	OK(f->s.event_list(f->s.self, &f->a, &(struct event_filter){0}, &rows, &n));
	assert_int_equal(n, 2 * EACH);
}

static void a_transaction_is_seen_by_others_only_after_its_commit(void **state)
{
	struct fix *f = *state;
	struct store_port other = other_handle(f);
	struct graph_row got;

	OK(f->s.begin(f->s.self, &f->a));
	put_graph(f, "demo");
	OK(f->s.services_put(f->s.self, &f->a, "demo", &(struct service_row){.name = "x"}, 1));
	FAILS(ERR_NOT_FOUND, other.graph_get(other.self, &f->a, "demo", &got));
	OK(f->s.commit(f->s.self, &f->a));
	OK(other.graph_get(other.self, &f->a, "demo", &got));
	store_close(&other);
}

static void a_rollback_undoes_everything(void **state)
{
	struct fix *f = *state;
	struct graph_row got;

	OK(f->s.begin(f->s.self, &f->a));
	FAILS(ERR_BUG, f->s.begin(f->s.self, &f->a));
	put_graph(f, "demo");
	f->s.rollback(f->s.self);
	FAILS(ERR_NOT_FOUND, f->s.graph_get(f->s.self, &f->a, "demo", &got));
	f->s.rollback(f->s.self); /* outside a transaction nothing happens */
	FAILS(ERR_BUG, f->s.commit(f->s.self, &f->a));
	put_graph(f, "demo");
	OK(f->s.graph_get(f->s.self, &f->a, "demo", &got));
}

static void a_process_killed_in_a_transaction_leaves_nothing_of_it(void **state)
{
	struct fix *f = *state;
	struct graph_row got;
	int ready[2], status;
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct store_port s = other_handle(f);

		OK(s.begin(s.self, &f->a));
		for (int i = 0; i < 50; i++) {
			struct graph_row row = graph_named(f, arena_printf(&f->a, "g%d", i));
			OK(s.graph_put(s.self, &f->a, &row));
		}
		(void)!write(ready[1], "x", 1);
		pause();
		_exit(9);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(ready[0]);
	close(ready[1]);
	FAILS(ERR_NOT_FOUND, f->s.graph_get(f->s.self, &f->a, "g0", &got));
	put_graph(f, "mine"); /* and nothing is locked */
}

static void the_file_is_for_its_owner_only(void **state)
{
	struct fix *f = *state;
	struct stat st;

	put_graph(f, "demo");
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(arena_printf(&f->a, "%s-wal", f->path), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* Run @sql on the file behind the store's back. */
static void tamper(struct fix *f, const char *sql)
{
	sqlite3 *db = NULL;

	store_close(&f->s);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void a_newer_state_is_refused(void **state)
{
	struct fix *f = *state;

	tamper(f, "UPDATE smo_meta SET value = '999' WHERE key = 'version'");
	struct err *e = store_open(&f->a, f->path, true, &f->s);
	FAILS(ERR_CONFLICT, e);
	assert_non_null(strstr(e->msg, "newer"));
	assert_non_null(e->hint);
}

static void a_state_without_a_version_is_refused(void **state)
{
	struct fix *f = *state;

	tamper(f, "DELETE FROM smo_meta WHERE key = 'version'");
	FAILS(ERR_GENERIC, store_open(&f->a, f->path, true, &f->s));
}

static char *slurp(struct fix *f, size_t *ret_size)
{
	FILE *file = fopen(f->path, "rb");

	assert_non_null(file);
	char *bytes = arena_alloc(&f->a, 1 << 20);
	*ret_size = fread(bytes, 1, 1 << 20, file);
	fclose(file);
	return bytes;
}

static void spill(struct fix *f, const char *bytes, size_t size)
{
	FILE *file = fopen(f->path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static void a_database_of_the_original_is_refused_untouched(void **state)
{
	struct fix *f = *state;
	size_t before_size, after_size;

	store_close(&f->s);
	unlink(f->path);
	tamper(f, "CREATE TABLE cluster (id INTEGER PRIMARY KEY, name VARCHAR);"
		  "CREATE TABLE graph (id INTEGER PRIMARY KEY, name VARCHAR(255));"
		  "CREATE TABLE service (id INTEGER PRIMARY KEY, name VARCHAR(255));"
		  "INSERT INTO graph (name) VALUES ('image-detection-graph');");
	char *before = slurp(f, &before_size);
	struct err *e = store_open(&f->a, f->path, true, &f->s);
	FAILS(ERR_CONFLICT, e);
	assert_non_null(strstr(e->msg, "original SMO"));
	char *after = slurp(f, &after_size);
	assert_int_equal(before_size, after_size);
	assert_memory_equal(before, after, after_size);
}

static void somebody_elses_database_is_refused(void **state)
{
	struct fix *f = *state;

	store_close(&f->s);
	unlink(f->path);
	tamper(f, "CREATE TABLE invoices (id INTEGER PRIMARY KEY)");
	FAILS(ERR_CONFLICT, store_open(&f->a, f->path, true, &f->s));
}

static void a_file_that_is_no_database_is_refused(void **state)
{
	struct fix *f = *state;
	char junk[5000];

	store_close(&f->s);
	memset(junk, 'x', sizeof(junk));
	spill(f, junk, sizeof(junk));
	struct err *e = store_open(&f->a, f->path, true, &f->s);
	FAILS(ERR_GENERIC, e);
	assert_non_null(strstr(e->msg, "not a database"));
}

static void a_damaged_file_is_told_not_believed(void **state)
{
	struct fix *f = *state;
	struct graph_row *rows = NULL;
	size_t size, n = 0;

	for (int i = 0; i < 60; i++)
		put_graph(f, arena_printf(&f->a, "graph-%d", i));
	store_close(&f->s);
	char *bytes = slurp(f, &size);
	assert_true(size > 8192);
	memset(bytes + 4096, 0xA5, size - 4096); /* all but the first page */
	spill(f, bytes, size);
	struct err *e = store_open(&f->a, f->path, false, &f->s);
	if (!e)
		e = f->s.graph_list(f->s.self, &f->a, NULL, &rows, &n);
	FAILS(ERR_GENERIC, e);
	assert_non_null(strstr(e->msg, "damaged"));
}

static void a_truncated_file_is_told_not_believed(void **state)
{
	struct fix *f = *state;
	struct graph_row *rows = NULL;
	size_t size, n = 0;

	put_graph(f, "demo");
	store_close(&f->s);
	char *bytes = slurp(f, &size);
	spill(f, bytes, 4096);
	struct err *e = store_open(&f->a, f->path, false, &f->s);
	if (!e)
		e = f->s.graph_list(f->s.self, &f->a, NULL, &rows, &n);
	FAILS(ERR_GENERIC, e);
}

static void a_missing_file_is_not_found_unless_it_may_be_made(void **state)
{
	struct fix *f = *state;

	store_close(&f->s);
	unlink(f->path);
	FAILS(ERR_NOT_FOUND, store_open(&f->a, f->path, false, &f->s));
	assert_int_not_equal(access(f->path, F_OK), 0);
	OK(store_open(&f->a, f->path, true, &f->s));
	put_graph(f, "demo");
}

static void an_empty_file_is_like_a_missing_one(void **state)
{
	struct fix *f = *state;

	store_close(&f->s);
	spill(f, "", 0);
	FAILS(ERR_NOT_FOUND, store_open(&f->a, f->path, false, &f->s));
	OK(store_open(&f->a, f->path, true, &f->s));
}

/* Root may write everywhere, so this runs as somebody else. */
static int open_as_nobody(struct fix *f)
{
	struct arena a scoped_arena = {0};
	struct store_port s = {0};

	if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
		return 8;
	struct err *e = store_open(&a, f->path, true, &s);
	return e && e->kind == ERR_FORBIDDEN ? 0 : 9;
}

static void a_directory_that_may_not_be_written_is_told(void **state)
{
	struct fix *f = *state;
	int status;

	store_close(&f->s);
	unlink(f->path);
	assert_int_equal(chmod(f->dir, 0555), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(open_as_nobody(f));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_directory_is_no_state(void **state)
{
	struct fix *f = *state;
	struct store_port s = {0};
	struct err *e = store_open(&f->a, f->dir, true, &s);

	assert_non_null(e);
	assert_null(s.self);
}

static void a_url_names_a_file(void **state)
{
	(void)state;
	assert_string_equal(store_file("sqlite:////home/u/.smo/smo.db"), "/home/u/.smo/smo.db");
	assert_string_equal(store_file("sqlite:///data/smo.db"), "data/smo.db");
	assert_string_equal(store_file("sqlite:smo.db"), "smo.db");
	assert_string_equal(store_file("/x/smo.db"), "/x/smo.db");
	assert_null(store_file("postgresql://u@h/smo"));
}

static void another_kind_of_database_is_refused(void **state)
{
	struct fix *f = *state;
	struct store_port s = {0};

	FAILS(ERR_INPUT, store_open(&f->a, "postgresql://u@h/smo", true, &s));
}

static void a_writer_is_waited_for(void **state)
{
	struct fix *f = *state;
	int ready[2], status;
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct store_port s = other_handle(f);
		struct graph_row row = graph_named(f, "theirs");

		OK(s.begin(s.self, &f->a));
		OK(s.graph_put(s.self, &f->a, &row));
		(void)!write(ready[1], "x", 1);
		usleep(200 * 1000);
		OK(s.commit(s.self, &f->a));
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	put_graph(f, "mine"); /* while the other one is in its transaction */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(ready[0]);
	close(ready[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_instance_is_a_uuid_that_stays),
		TEST(a_graph_comes_back_as_it_was_put),
		TEST(an_unknown_graph_is_not_found),
		TEST(graphs_are_listed_by_name_and_project),
		TEST(names_are_data_and_never_sql),
		TEST(the_services_of_a_graph_are_replaced_as_a_whole),
		TEST(two_services_of_one_name_are_refused_and_nothing_changes),
		TEST(a_service_is_found_by_project_and_name),
		TEST(a_cluster_is_updated_in_place),
		TEST(revisions_are_numbered_and_the_newest_is_zero),
		TEST(operations_are_listed_newest_first),
		TEST(steps_belong_to_an_operation),
		TEST(events_have_growing_ids),
		TEST(reservations_of_the_others_are_listed),
		TEST(deleting_a_graph_takes_what_is_its_own_and_keeps_its_history),
		TEST(what_is_due_comes_in_order_of_time),
		TEST(a_lease_keeps_others_out_until_it_is_dropped_or_expires),
		TEST(of_many_processes_one_gets_the_lease),
		TEST(two_processes_write_at_once_and_nothing_is_lost),
		TEST(a_transaction_is_seen_by_others_only_after_its_commit),
		TEST(a_rollback_undoes_everything),
		TEST(a_process_killed_in_a_transaction_leaves_nothing_of_it),
		TEST(a_writer_is_waited_for),
		TEST(the_file_is_for_its_owner_only),
		TEST(a_newer_state_is_refused),
		TEST(a_state_without_a_version_is_refused),
		TEST(a_database_of_the_original_is_refused_untouched),
		TEST(somebody_elses_database_is_refused),
		TEST(a_file_that_is_no_database_is_refused),
		TEST(a_damaged_file_is_told_not_believed),
		TEST(a_truncated_file_is_told_not_believed),
		TEST(a_missing_file_is_not_found_unless_it_may_be_made),
		TEST(an_empty_file_is_like_a_missing_one),
		TEST(a_directory_that_may_not_be_written_is_told),
		TEST(a_directory_is_no_state),
		cmocka_unit_test(a_url_names_a_file),
		TEST(another_kind_of_database_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
