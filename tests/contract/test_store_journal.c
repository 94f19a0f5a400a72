// SPDX-License-Identifier: Apache-2.0
/* What every implementation of store_port promises of operations, events, leases, transactions. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_fix.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
