// SPDX-License-Identifier: Apache-2.0
/* What the store on a SQLite file promises beyond the contract: privacy, and no belief in bad
 * files. */
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_fix.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		TEST(a_url_names_a_file),
		TEST(another_kind_of_database_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
