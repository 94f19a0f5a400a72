// SPDX-License-Identifier: Apache-2.0
/*
 * What is said about descriptors, word for word.
 *
 *     doc_golden DIR            compare with DIR/NAME.err, TAP on standard output
 *     doc_golden --update DIR   write them
 *
 * Each NAME.yaml or NAME.json is read and checked as `smo graph check` does; NAME.strict.yaml with
 * --strict.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/problems.h"
#include "doc/read.h"
#include "model/graph.h"
#include "plan/check.h"

/* The bytes of DIR/NAME, or NULL. */
static char *slurp(struct arena *a, const char *dir, const char *name, size_t *ret_size)
{
	struct str s = {.a = a};
	char buffer[4096];
	size_t n;
	FILE *f = fopen(arena_printf(a, "%s/%s", dir, name), "rb");

	if (!f)
		return NULL;
	while ((n = fread(buffer, 1, sizeof(buffer), f)) > 0)
		str_add_n(&s, buffer, n);
	fclose(f);
	*ret_size = s.len;
	return s.text ? s.text : arena_strdup(a, "");
}

static const char *say(struct arena *a, const char *name, const char *text, size_t size)
{
	struct problems ps = {.a = a, .strict = strstr(name, ".strict.") != NULL};
	struct str s = {.a = a};
	struct node *doc = NULL;
	struct graph g;

	struct err *e = doc_read(a, name, text, size, &doc);
	if (e)
		return arena_printf(a, "%s\n", e->msg);
	graph_read(a, doc, &g, &ps);
	graph_check(a, &g, &ps);
	problems_sort(&ps);
	for (size_t i = 0; i < ps.list.n; i++)
		str_addf(&s, "%s [%s]\n", problem_text(a, &ps.list.at[i]), ps.list.at[i].code);
	return ps.list.n ? str_text(&s) : "no problem\n";
}

static int by_name(const void *x, const void *y)
{
	const char *const *p = x, *const *q = y;

	return strcmp(*p, *q);
}

static bool update(struct arena *a, const char *dir, const char *answers, const char *said)
{
	FILE *f = fopen(arena_printf(a, "%s/%s", dir, answers), "wb");
	bool good = f && fputs(said, f) >= 0;

	return f && fclose(f) == 0 && good;
}

/* Compare or write one case; prints its line of TAP. */
static bool run(const char *dir, const char *name, size_t number, bool updating)
{
	struct arena a scoped_arena = {0};
	size_t size = 0, wanted_size = 0;
	const char *text = slurp(&a, dir, name, &size);
	const char *answers = arena_printf(&a, "%.*s.err", (int)(strrchr(name, '.') - name), name);
	const char *said = text ? say(&a, name, text, size) : "cannot be read\n";
	const char *wanted = updating ? said : slurp(&a, dir, answers, &wanted_size);
	bool good = updating ? update(&a, dir, answers, said) : str_eq(said, wanted);

	printf("%s %zu - %s\n", good ? "ok" : "not ok", number, name);
	if (!good)
		printf("# said:\n# %s# wanted:\n# %s", said, wanted ? wanted : "(no file)\n");
	return good;
}

int main(int argc, char **argv)
{
	struct arena a scoped_arena = {0};
	bool updating = argc == 3 && strcmp(argv[1], "--update") == 0;
	const char *dir = argc > 1 ? argv[argc - 1] : ".";
	vec_of(const char *) names = {0};
	DIR *d = opendir(dir);
	size_t bad = 0;

	if (!d)
		return 2;
	for (const struct dirent *entry = readdir(d); entry; entry = readdir(d))
		if (str_ends(entry->d_name, ".yaml") || str_ends(entry->d_name, ".json"))
			*vec_push(&a, &names) = arena_strdup(&a, entry->d_name);
	closedir(d);
	if (names.n)
		qsort(names.at, names.n, sizeof(names.at[0]), by_name);
	printf("1..%zu\n", names.n);
	for (size_t i = 0; i < names.n; i++)
		bad += !run(dir, names.at[i], i + 1, updating);
	return bad || !names.n;
}
