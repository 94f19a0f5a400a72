// SPDX-License-Identifier: Apache-2.0
/*
 * Golden plans: each folder NNN-what-it-shows holds graph.yaml and snapshot.yaml, and what is
 * decided from them: plan.txt and why.txt (or error.txt).  options.yaml may say {policy, verb,
 * wait, allowDataLoss, allowClusterScoped, show}; the verb re-place recovers; the last is a list of
 * item ids whose manifests or values are shown in shown.txt.
 *
 *     plan_golden DIR            compare, TAP on standard output
 *     plan_golden --update DIR   write the results
 *     plan_golden --world CASE   print the snapshot after the plan: where another case can begin
 *
 * Each case is also a case for the laws (../../prop/plan/laws.h).
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/bind.h"
#include "doc/read.h"
#include "doc/yaml.h"
#include "model/graph.h"
#include "model/plan.h"
#include "model/snapshot.h"
#include "plan/check.h"
#include "plan/explain.h"
#include "plan/intent.h"
#include "prop/plan/laws.h"

struct golden {
	struct arena *a;
	const char *dir;
	struct law_case c;
	struct node *show; /* ids of items, or NULL */
};

static char *slurp(struct arena *a, const char *path, size_t *ret_size)
{
	FILE *f = fopen(path, "rb");
	struct str s = {.a = a};
	char buffer[4096];
	size_t n;

	if (!f)
		return NULL;
	while ((n = fread(buffer, 1, sizeof(buffer), f)) > 0)
		str_add_n(&s, buffer, n);
	fclose(f);
	*ret_size = s.len;
	return s.text ? s.text : arena_strdup(a, "");
}

static struct err *read_doc(struct golden *t, const char *name, struct node **ret)
{
	const char *path = arena_printf(t->a, "%s/%s", t->dir, name);
	size_t size = 0;
	const char *text = slurp(t->a, path, &size);

	if (!text)
		return err_new(t->a, ERR_NOT_FOUND, "%s is not there", path);
	return doc_read(t->a, name, text, size, ret);
}

static struct err *read_options(struct golden *t)
{
	struct node *o = NULL;
	struct err *e = read_doc(t, "options.yaml", &o);
	const char *verb = node_str(o, "verb");

	if (e && e->kind != ERR_NOT_FOUND)
		return e;
	t->c.place.policy = node_str(o, "policy");
	t->c.place.recover = str_eq(verb, "re-place");
	t->c.place.allow_data_loss = node_bool(o, "allowDataLoss", false);
	t->c.make.verb = verb ? verb : "deploy";
	t->c.make.stopped = str_eq(verb, "stop");
	t->c.make.removing = str_eq(verb, "remove");
	t->c.make.wait = node_bool(o, "wait", false);
	t->c.make.allow_cluster_scoped = node_bool(o, "allowClusterScoped", false);
	t->show = node_get(o, "show");
	return NULL;
}

static struct err *read_case(struct golden *t)
{
	struct problems ps = {.a = t->a};
	struct node *graph, *snapshot;

	TRY(read_doc(t, "graph.yaml", &graph));
	TRY(read_doc(t, "snapshot.yaml", &snapshot));
	graph_read(t->a, graph, &t->c.g, &ps);
	if (!ps.n_errors)
		graph_check(t->a, &t->c.g, &ps);
	bind_read(t->a, &snapshot_shape, snapshot, &t->c.s, &ps);
	TRY(problems_err(t->a, &ps));
	TRY(intent_apply(t->a, &t->c.g, NULL));
	law_sort(&t->c.g);
	t->c.s.graph = t->c.g.id;
	return read_options(t);
}

/* What the items of t->show ask for, as YAML. */
static const char *shown(const struct golden *t, const struct outcome *o)
{
	struct str out = {.a = t->a};

	if (!t->show)
		return NULL;
	for (const struct node *n = node_first(t->show); n; n = n->next) {
		const struct item *it = desired_item(&o->desired, n->str);

		str_addf(&out, "# %s\n%s", n->str,
			 !it           ? "not wanted\n"
			 : it->release ? yaml_write(t->a, it->release->values)
				       : yaml_write(t->a, it->object));
	}
	return str_text(&out);
}

/* ---- comparing ---- */

static const char *compare(struct golden *t, const char *name, const char *text, bool update)
{
	const char *path = arena_printf(t->a, "%s/%s", t->dir, name);
	size_t size = 0;
	const char *want = slurp(t->a, path, &size);

	if (update) {
		if (!text) {
			remove(path);
			return NULL;
		}
		FILE *f = fopen(path, "wb");
		if (!f)
			return arena_printf(t->a, "cannot write %s", path);
		fputs(text, f);
		fclose(f);
		return NULL;
	}
	if (!text && !want)
		return NULL;
	if (!text || !want || strcmp(text, want) != 0)
		return arena_printf(t->a, "%s differs; now:\n%s", name, text ? text : "(nothing)");
	return NULL;
}

static const char *run_case(struct golden *t, bool update)
{
	struct outcome o = {0};
	const char *why;

	o.err = read_case(t);
	bool read = !o.err;
	if (read)
		o = law_decide(&t->c);
	const char *error =
		o.err ? arena_printf(t->a, "exit %d\n%s\n%s%s",
				     err_kind_info(o.err->kind)->exit_code, o.err->msg,
				     o.err->hint ? o.err->hint : "", o.err->hint ? "\n" : "")
		      : NULL;
	bool placed = !o.err && o.why.n_reasons;
	why = compare(t, "error.txt", error, update);
	if (!why)
		why = compare(t, "plan.txt", o.err ? NULL : plan_text(t->a, &o.plan), update);
	if (!why)
		why = compare(t, "why.txt",
			      placed ? explain_text(t->a, t->c.g.id, &o.placement, &o.why) : NULL,
			      update);
	if (!why)
		why = compare(t, "shown.txt", o.err ? NULL : shown(t, &o), update);
	return why || !read ? why : law_broken(&t->c, &o);
}

static int print_world(const char *dir)
{
	struct arena a scoped_arena = {0};
	struct golden t = {.a = &a, .dir = dir, .c = {.a = &a}};
	struct err *e = read_case(&t);
	struct outcome o = {0};

	if (!e) {
		o = law_decide(&t.c);
		e = o.err;
	}
	if (e) {
		fprintf(stderr, "%s: %s\n", dir, e->msg);
		return 1;
	}
	struct snapshot s = law_after(&t.c, &o);
	fputs(yaml_write(&a, bind_write(&a, &snapshot_shape, &s)), stdout);
	return 0;
}

static void comment(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		printf("# %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static int by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

int main(int argc, char **argv)
{
	struct arena names scoped_arena = {0};
	bool update = argc == 3 && strcmp(argv[1], "--update") == 0;
	const char *root = argv[argc - 1];
	DIR *d = argc < 2 || strcmp(argv[1], "--world") == 0 ? NULL : opendir(root);
	vec_of(const char *) cases = {0};
	const struct dirent *entry;
	int failed = 0;

	if (argc == 3 && strcmp(argv[1], "--world") == 0)
		return print_world(argv[2]);
	while (d && (entry = readdir(d)))
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			*vec_push(&names, &cases) = arena_strdup(&names, entry->d_name);
	if (d)
		closedir(d);
	if (!cases.n) {
		fprintf(stderr, "usage: plan_golden [--update] DIR (with cases in it)\n"
				"       plan_golden --world CASE\n");
		return 2;
	}
	qsort(cases.at, cases.n, sizeof(*cases.at), by_text);
	printf("1..%zu\n", cases.n);
	for (size_t i = 0; i < cases.n; i++) {
		struct arena a scoped_arena = {0};
		struct golden t = {.a = &a, .c = {.a = &a}};

		t.dir = arena_printf(&a, "%s/%s", root, cases.at[i]);
		const char *why = run_case(&t, update);
		printf("%sok %zu - %s\n", why ? "not " : "", i + 1, cases.at[i]);
		if (why)
			comment(why);
		failed += why != NULL;
	}
	return failed != 0;
}
