// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/file.h"
#include "drive/tarball.h"
#include "drive/untar.h"

enum { BLOCK = 512 };

/* A header of the old tar format and its content, as a stranger may write them. */
static void add_entry(struct str *tar, const char *name, char type, const char *link,
		      const char *bytes)
{
	char block[BLOCK] = {0}, octal[32];
	size_t size = bytes ? strlen(bytes) : 0;
	unsigned sum = 0;

	memcpy(block, name, strlen(name));
	memcpy(block + 100, "0000644", 7);
	memcpy(block + 108, "0000000", 7);
	memcpy(block + 116, "0000000", 7);
	snprintf(octal, sizeof(octal), "%011zo", size);
	memcpy(block + 124, octal, 11);
	memcpy(block + 136, "00000000000", 11);
	memset(block + 148, ' ', 8);
	block[156] = type;
	if (link)
		memcpy(block + 157, link, strlen(link));
	memcpy(block + 257, "ustar\00000", 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
	str_add_n(tar, block, BLOCK);
	memset(block, 0, BLOCK);
	for (size_t at = 0; at < size; at += BLOCK) {
		memset(block, 0, BLOCK);
		memcpy(block, bytes + at, size - at < BLOCK ? size - at : BLOCK);
		str_add_n(tar, block, BLOCK);
	}
}

static void end_tar(struct str *tar)
{
	static const char nothing[2 * BLOCK];

	str_add_n(tar, nothing, sizeof(nothing));
}

/* Read everything; the names that were taken are joined in @names. */
static struct err *read_all(struct arena *a, const struct str *tar, const struct tar_limits *limits,
			    struct str *names)
{
	struct tar_reader *r scoped_tar = NULL;
	struct tar_entry e;
	bool more;

	TRY(tar_open(a, "x.tar", tar->text, tar->len, -1, limits, &r));
	for (;;) {
		const char *bytes;
		size_t size;

		TRY(tar_next(r, &e, &more));
		if (!more)
			return NULL;
		str_addf(names, "%s%s ", e.path, e.is_dir ? "/" : "");
		if (!e.is_dir)
			TRY(tar_read_all(r, 1 << 20, &bytes, &size));
	}
}

static void files_and_folders_are_read_with_tidy_names(void **state)
{
	struct arena a scoped_arena = {0};
	struct str tar = {.a = &a}, names = {.a = &a};
	(void)state;

	add_entry(&tar, "./", '5', NULL, NULL);
	add_entry(&tar, "./g/", '5', NULL, NULL);
	add_entry(&tar, "./g/hdag.yaml", '0', NULL, "x: 1\n");
	add_entry(&tar, "g/b", '0', NULL, NULL);
	end_tar(&tar);
	assert_null(read_all(&a, &tar, &tar_default_limits, &names));
	assert_string_equal(str_text(&names), "g/ g/hdag.yaml g/b ");
}

static void what_is_hostile_is_refused(void **state)
{
	static const struct {
		const char *name, *link;
		char type;
		const char *second;
		enum err_kind kind;
	} cases[] = {
		{"/etc/x", NULL, '0', NULL, ERR_INPUT},
		{"../x", NULL, '0', NULL, ERR_INPUT},
		{"g/../../x", NULL, '0', NULL, ERR_INPUT},
		{"g/./x", NULL, '0', NULL, ERR_INPUT},
		{"g//x", NULL, '0', NULL, ERR_INPUT},
		{"g/l", "/etc/passwd", '2', NULL, ERR_INPUT},
		{"g/l", "x", '2', NULL, ERR_INPUT},
		{"g/l", "g/x", '1', NULL, ERR_INPUT},
		{"g/dev", NULL, '3', NULL, ERR_INPUT},
		{"g/dev", NULL, '4', NULL, ERR_INPUT},
		{"g/pipe", NULL, '6', NULL, ERR_INPUT},
		{"g/a\033[2J", NULL, '0', NULL, ERR_INPUT},
		{"g/a\\b", NULL, '0', NULL, ERR_INPUT},
		{"g/\xff", NULL, '0', NULL, ERR_INPUT},
		{"g/a", NULL, '0', "g/a", ERR_INPUT},
		{"g/a", NULL, '0', "g/A", ERR_INPUT},
		{"g/a", NULL, '0', "G/b", ERR_INPUT},
		{"g/a", NULL, '0', "g/a/b", ERR_INPUT},
		{"g/a/b", NULL, '0', "g/a", ERR_INPUT},
	};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct arena a scoped_arena = {0};
		struct str tar = {.a = &a}, names = {.a = &a};
		struct err *e;

		add_entry(&tar, cases[i].name, cases[i].type, cases[i].link, NULL);
		if (cases[i].second)
			add_entry(&tar, cases[i].second, '0', NULL, NULL);
		end_tar(&tar);
		e = read_all(&a, &tar, &tar_default_limits, &names);
		if (!e)
			fail_msg("'%s' was taken", cases[i].name);
		assert_int_equal(e->kind, cases[i].kind);
	}
}

static void every_limit_holds(void **state)
{
	static const struct tar_limits limits[] = {
		{.max_entries = 1, .max_size = 1000, .max_ratio = 10},
		{.max_entries = 10, .max_size = 5, .max_ratio = 10},
	};
	struct arena a scoped_arena = {0};
	struct str tar = {.a = &a}, names = {.a = &a};
	(void)state;

	add_entry(&tar, "a", '0', NULL, "abc");
	add_entry(&tar, "b", '0', NULL, "def");
	end_tar(&tar);
	for (size_t i = 0; i < countof(limits); i++) {
		struct err *e = read_all(&a, &tar, &limits[i], &names);

		assert_non_null(e);
		assert_int_equal(e->kind, ERR_TOO_LARGE);
	}
}

static void a_header_cannot_promise_what_a_small_archive_holds_not(void **state)
{
	struct arena a scoped_arena = {0};
	struct str tar = {.a = &a}, names = {.a = &a};
	struct err *e;
	(void)state;

	add_entry(&tar, "bomb", '0', NULL, NULL);
	memcpy(tar.text + 124, "07777777777", 11); /* 1 GiB; the sum is mended below */
	memset(tar.text + 148, ' ', 8);
	unsigned sum = 0;
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)tar.text[i];
	snprintf(tar.text + 148, 8, "%06o", sum);
	e = read_all(&a, &tar, &tar_default_limits, &names);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_TOO_LARGE);
}

static void a_cut_archive_is_told_as_broken(void **state)
{
	struct arena a scoped_arena = {0};
	struct str tar = {.a = &a}, names = {.a = &a};
	struct err *e;
	(void)state;

	add_entry(&tar, "a", '0', NULL, "some content");
	tar.len -= 100;
	e = read_all(&a, &tar, &tar_default_limits, &names);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
}

/* ---- writing and unpacking ---- */

static const char *temporary_dir(struct arena *a)
{
	char *dir = arena_strdup(a, "/tmp/test-tarball-XXXXXX");

	assert_non_null(mkdtemp(dir));
	return dir;
}

static const char *written(struct arena *a, const char *dir, const struct tar_file *files, size_t n)
{
	const char *path = file_join(a, dir, "x.tar.gz"), *bytes;
	struct new_file f scoped_new_file = {.fd = -1};
	size_t size;

	assert_null(file_new(a, path, 0644, &f));
	assert_null(tar_write(a, files, n, &f));
	assert_null(file_keep(a, &f, true));
	assert_null(file_read(a, path, 1 << 20, &bytes, &size));
	return sha256_hex(a, bytes, size);
}

static void the_same_files_give_the_same_bytes(void **state)
{
	static const struct tar_file one[] = {{"g/b", true, "2", 1}, {"g/a", false, "1", 1}};
	static const struct tar_file two[] = {{"g/a", false, "1", 1}, {"g/b", true, "2", 1}};
	struct arena a scoped_arena = {0};
	const char *dir = temporary_dir(&a);
	(void)state;

	assert_string_equal(written(&a, dir, one, 2), written(&a, dir, two, 2));
	untar_remove(dir);
}

static void what_was_written_is_unpacked_whole_and_once(void **state)
{
	static const struct tar_file files[] = {{"g/sub/b", true, "two", 3}, {"g/a", false, "", 0}};
	struct arena a scoped_arena = {0};
	const char *dir = temporary_dir(&a), *dest = file_join(&a, dir, "dest"), **names, *bytes;
	struct tar_reader *r scoped_tar = NULL;
	struct stat st;
	struct err *e;
	size_t n, size;
	(void)state;

	written(&a, dir, files, 2);
	assert_null(file_read(&a, file_join(&a, dir, "x.tar.gz"), 1 << 20, &bytes, &size));
	assert_null(tar_open(&a, "x", bytes, size, -1, &tar_default_limits, &r));
	assert_null(untar(&a, r, dest, &names, &n));
	assert_int_equal(n, 1);
	assert_string_equal(names[0], "g");
	assert_int_equal(stat(file_join(&a, dest, "g/sub/b"), &st), 0);
	assert_int_equal(st.st_size, 3);
	assert_true(st.st_mode & S_IXUSR);
	tar_close(&r);

	assert_null(tar_open(&a, "x", bytes, size, -1, &tar_default_limits, &r));
	e = untar(&a, r, dest, &names, &n);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_CONFLICT);
	untar_remove(dir);
}

static void nothing_is_left_of_an_archive_that_turns_bad(void **state)
{
	struct arena a scoped_arena = {0};
	const char *dir = temporary_dir(&a), **names;
	struct str tar = {.a = &a};
	struct tar_reader *r scoped_tar = NULL;
	size_t n;
	(void)state;

	add_entry(&tar, "g/fine", '0', NULL, "fine");
	add_entry(&tar, "../evil", '0', NULL, "evil");
	end_tar(&tar);
	assert_null(tar_open(&a, "x", tar.text, tar.len, -1, &tar_default_limits, &r));
	assert_non_null(untar(&a, r, dir, &names, &n));
	assert_int_equal(rmdir(dir), 0); /* it is empty */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_and_folders_are_read_with_tidy_names),
		cmocka_unit_test(what_is_hostile_is_refused),
		cmocka_unit_test(every_limit_holds),
		cmocka_unit_test(a_header_cannot_promise_what_a_small_archive_holds_not),
		cmocka_unit_test(a_cut_archive_is_told_as_broken),
		cmocka_unit_test(the_same_files_give_the_same_bytes),
		cmocka_unit_test(what_was_written_is_unpacked_whole_and_once),
		cmocka_unit_test(nothing_is_left_of_an_archive_that_turns_bad),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
