// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/proc.h"

static const char *const no_env[] = {NULL};

/* What `sh -c @script` does, with the rest of @w as given. */
static struct err *run(struct arena *a, const char *script, struct proc_want w,
		       struct proc_result *r)
{
	const char *argv[] = {"sh", "-c", script, NULL};

	w.path = "/bin/sh";
	w.argv = argv;
	w.env = w.env ? w.env : no_env;
	return proc_run(a, &w, r);
}

static void output_and_exit_code_come_back(void **state)
{
	struct arena a scoped_arena = {0};
	struct proc_result r;
	(void)state;

	assert_null(run(&a, "echo out; echo err >&2; exit 3", (struct proc_want){0}, &r));
	assert_int_equal(r.exit_code, 3);
	assert_int_equal(r.signal, 0);
	assert_string_equal(r.out, "out\n");
	assert_string_equal(r.err, "err\n");
	assert_int_equal(r.out_size, 4);
	assert_int_equal(r.out_dropped, 0);
}

static void a_signal_is_told_as_128_plus_its_number(void **state)
{
	struct arena a scoped_arena = {0};
	struct proc_result r;
	(void)state;

	assert_null(run(&a, "kill -SEGV $$", (struct proc_want){0}, &r));
	assert_int_equal(r.signal, SIGSEGV);
	assert_int_equal(r.exit_code, 128 + SIGSEGV);
}

static void arguments_are_never_read_by_a_shell(void **state)
{
	struct arena a scoped_arena = {0};
	const char *argv[] = {"echo", "$(id); `id` > x | y", "", "a b", NULL};
	struct proc_want w = {.path = "/bin/echo", .argv = argv, .env = no_env};
	struct proc_result r;
	(void)state;

	assert_null(proc_run(&a, &w, &r));
	assert_string_equal(r.out, "$(id); `id` > x | y  a b\n");
}

static void the_environment_is_what_was_given_and_nothing_else(void **state)
{
	struct arena a scoped_arena = {0};
	const char *argv[] = {"env", NULL};
	const char *env[] = {"ONE=1", NULL};
	struct proc_want w = {.path = "/usr/bin/env", .argv = argv, .env = env};
	struct proc_result r;
	(void)state;

	setenv("HELM_NAMESPACE", "elsewhere", 1);
	assert_null(proc_run(&a, &w, &r));
	assert_string_equal(r.out, "ONE=1\n");
}

static void input_reaches_the_child_however_long_it_is(void **state)
{
	struct arena a scoped_arena = {0};
	size_t size = 3 << 20;
	char *input = arena_alloc(&a, size);
	struct proc_result r;
	(void)state;

	memset(input, 'x', size);
	assert_null(run(&a, "wc -c", (struct proc_want){.input = input, .input_size = size}, &r));
	assert_int_equal(atoi(r.out), size);
	assert_null(run(&a, "true", (struct proc_want){.input = input, .input_size = size}, &r));
	assert_int_equal(r.exit_code, 0);
	assert_null(run(&a, "cat", (struct proc_want){0}, &r));
	assert_string_equal(r.out, "");
}

static void files_can_be_opened_again_and_again_and_are_private(void **state)
{
	struct arena a scoped_arena = {0};
	struct proc_file files[] = {{"first", 5}, {"second", 6}};
	struct proc_want w = {.files = files, .n_files = 2};
	struct proc_result r;
	(void)state;

	assert_null(run(&a,
			"cat " PROC_FILE(0) " " PROC_FILE(1) " " PROC_FILE(
				0) "; stat -Lc ' %a' " PROC_FILE(0),
			w, &r));
	assert_string_equal(r.out, "firstsecondfirst 600\n");
}

static void nothing_of_ours_is_inherited(void **state)
{
	struct arena a scoped_arena = {0};
	int leaked = open("/dev/zero", O_RDONLY); /* on purpose without O_CLOEXEC */
	struct proc_result r;
	(void)state;

	assert_true(leaked >= 3);
	assert_null(run(&a, "ls -l /proc/self/fd", (struct proc_want){0}, &r));
	assert_null(strstr(r.out, "/dev/zero"));
	close(leaked);
}

static void too_much_output_is_cut_and_told(void **state)
{
	struct arena a scoped_arena = {0};
	struct proc_want w = {.out_cap = 10, .err_cap = 10};
	struct proc_result r;
	(void)state;

	assert_null(run(&a,
			"printf begin; head -c 300000 /dev/zero | tr '\\0' o;"
			"{ head -c 300000 /dev/zero | tr '\\0' e; printf 'the end'; } >&2",
			w, &r));
	assert_string_equal(r.out, "beginooooo");
	assert_int_equal(r.out_dropped, 300005 - 10);
	assert_string_equal(r.err, "eeethe end");
	assert_int_equal(r.err_dropped, 300007 - 10);
}

static void a_child_that_takes_too_long_is_asked_to_stop(void **state)
{
	struct arena a scoped_arena = {0};
	struct proc_want w = {.timeout_ms = 200};
	struct proc_result r = {.exit_code = 77};
	(void)state;

	struct err *e = run(
		&a, "trap 'echo leaving >&2; exit 9' TERM; while :; do sleep 0.05; done", w, &r);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_TIMEOUT);
	assert_string_equal(e->msg, "'sh' did not end within 200 ms: leaving");
	assert_int_equal(r.exit_code, 77); /* untouched */
}

static void a_child_that_does_not_listen_is_killed_with_its_children(void **state)
{
	struct arena a scoped_arena = {0};
	int fds[2];
	struct proc_want w = {
		.timeout_ms = 100, .grace_ms = 100, .keep_fds = &fds[1], .n_keep_fds = 1};
	struct proc_result r;
	(void)state;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	struct err *e = run(&a, "trap '' TERM; sleep 1000 & wait; sleep 1000", w, &r);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_TIMEOUT);
	close(fds[1]);
	char byte;
	assert_int_equal(read(fds[0], &byte, 1), 0); /* nobody holds the other end any more */
	close(fds[0]);
}

static void a_grandchild_that_keeps_the_output_open_does_not_hold_us(void **state)
{
	struct arena a scoped_arena = {0};
	struct proc_result r;
	(void)state;

	assert_null(run(&a, "sleep 1000 & echo started", (struct proc_want){0}, &r));
	assert_string_equal(r.out, "started\n");
}

static void *raise_soon(void *arg)
{
	struct cancel *c = arg;

	usleep(100000);
	atomic_store(&c->raised, true);
	return NULL;
}

static void a_raised_flag_stops_the_child(void **state)
{
	struct arena a scoped_arena = {0};
	struct cancel cancel = {false};
	pthread_t thread;
	struct proc_result r;
	(void)state;

	pthread_create(&thread, NULL, raise_soon, &cancel);
	struct err *e = run(&a, "exec sleep 1000", (struct proc_want){.cancel = &cancel}, &r);
	pthread_join(thread, NULL);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_CANCELLED);
}

/* Runs @script in a process of its own, which is then killed; true when the child went too. */
static bool dies_with_parent(void)
{
	int fds[2];
	char byte;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t parent = fork();
	if (parent == 0) {
		struct arena a = {0};
		struct proc_result r;
		const char *script = "echo x >/proc/self/fd/50; exec sleep 1000";
		struct err *e = run(&a, script,
				    (struct proc_want){.keep_fds = &fds[1], .n_keep_fds = 1}, &r);
		_exit(e ? 1 : 0);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1); /* it runs */
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	struct pollfd p = {fds[0], POLLIN, 0};
	bool gone = false;
	while (poll(&p, 1, 20000) == 1) {
		if (read(fds[0], &byte, 1) == 0) {
			gone = true;
			break;
		}
	}
	close(fds[0]);
	return gone;
}

static void the_child_dies_with_its_parent(void **state)
{
	(void)state;
	assert_true(dies_with_parent());
}

static void the_child_holds_the_lock_it_was_given(void **state)
{
	struct arena a scoped_arena = {0};
	char path[] = "/tmp/smo-test-lock-XXXXXX";
	int lock = mkostemp(path, O_CLOEXEC);
	struct proc_result r;
	(void)state;

	assert_true(lock >= 0);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	const char *script = arena_printf(&a, "flock -n %s true || echo held", path);
	assert_null(run(&a, script, (struct proc_want){.keep_fds = &lock, .n_keep_fds = 1}, &r));
	assert_string_equal(r.out, "held\n");
	close(lock);
	unlink(path);
}

static void a_missing_program_is_not_found(void **state)
{
	struct arena a scoped_arena = {0};
	const char *argv[] = {"helm", NULL};
	struct proc_want w = {.path = "/nonexistent/helm", .argv = argv, .env = no_env};
	struct proc_result r;
	(void)state;

	struct err *e = proc_run(&a, &w, &r);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_NOT_FOUND);
	assert_string_equal(e->msg, "there is no program '/nonexistent/helm'");
	w.path = "/etc/passwd";
	e = proc_run(&a, &w, &r);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_GENERIC);
}

static void an_end_that_nobody_knows_is_no_success(void **state)
{
	struct arena a scoped_arena = {0};
	struct proc_result r;
	(void)state;

	signal(SIGCHLD, SIG_IGN); /* as some parents leave it to us */
	struct err *e = run(&a, "exit 3", (struct proc_want){0}, &r);
	signal(SIGCHLD, SIG_DFL);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_GENERIC);
	assert_null(run(&a, "exit 3", (struct proc_want){0}, &r));
	assert_int_equal(r.exit_code, 3);
}

static void *run_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < 20; i++) {
		struct arena a scoped_arena = {0};
		struct proc_result r;
		struct err *e =
			run(&a, "cat", (struct proc_want){.input = "hello", .input_size = 5}, &r);

		if (e || !str_eq(r.out, "hello"))
			return &errno;
	}
	return NULL;
}

static void children_run_side_by_side(void **state)
{
	pthread_t threads[4];
	(void)state;

	for (size_t i = 0; i < countof(threads); i++)
		pthread_create(&threads[i], NULL, run_many, NULL);
	for (size_t i = 0; i < countof(threads); i++) {
		void *failed;

		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
}

static void programs_are_found_only_in_absolute_directories(void **state)
{
	struct arena a scoped_arena = {0};
	const char *path;
	(void)state;

	setenv("PATH", ".:/nonexistent:/bin:/usr/bin", 1);
	assert_null(proc_find(&a, "sh", &path));
	assert_string_equal(path, "/bin/sh");
	assert_int_equal(chdir("/bin"), 0);
	setenv("PATH", ".:", 1);
	struct err *e = proc_find(&a, "sh", &path);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_NOT_FOUND);
	setenv("PATH", "/bin:/usr/bin", 1);
}

static void an_operand_that_looks_like_an_option_is_refused(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_null(proc_operand(&a, "release name", "camera"));
	struct err *e = proc_operand(&a, "release name", "--kube-as-user=x\x1b[31m");
	assert_non_null(e);
	assert_string_equal(e->msg,
			    "the release name '--kube-as-user=x?[31m' must not begin with '-'");
	assert_non_null(proc_operand(&a, "release name", ""));
}

static void the_last_line_is_the_one_that_says_something(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(proc_last_line(&a, "one\ntwo \x1b[1m\n\n  \n"), "two ?[1m");
	assert_string_equal(proc_last_line(&a, ""), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_and_exit_code_come_back),
		cmocka_unit_test(a_signal_is_told_as_128_plus_its_number),
		cmocka_unit_test(arguments_are_never_read_by_a_shell),
		cmocka_unit_test(the_environment_is_what_was_given_and_nothing_else),
		cmocka_unit_test(input_reaches_the_child_however_long_it_is),
		cmocka_unit_test(files_can_be_opened_again_and_again_and_are_private),
		cmocka_unit_test(nothing_of_ours_is_inherited),
		cmocka_unit_test(too_much_output_is_cut_and_told),
		cmocka_unit_test(a_child_that_takes_too_long_is_asked_to_stop),
		cmocka_unit_test(a_child_that_does_not_listen_is_killed_with_its_children),
		cmocka_unit_test(a_grandchild_that_keeps_the_output_open_does_not_hold_us),
		cmocka_unit_test(a_raised_flag_stops_the_child),
		cmocka_unit_test(the_child_dies_with_its_parent),
		cmocka_unit_test(the_child_holds_the_lock_it_was_given),
		cmocka_unit_test(a_missing_program_is_not_found),
		cmocka_unit_test(an_end_that_nobody_knows_is_no_success),
		cmocka_unit_test(children_run_side_by_side),
		cmocka_unit_test(programs_are_found_only_in_absolute_directories),
		cmocka_unit_test(an_operand_that_looks_like_an_option_is_refused),
		cmocka_unit_test(the_last_line_is_the_one_that_says_something),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
