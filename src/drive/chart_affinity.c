// SPDX-License-Identifier: Apache-2.0
/*
 * The places are tried at once, each with names of its own: the top and voChartOverwrite, where the
 * original put them; if the chart heeds neither, maps of its values that hold the key already, and
 * its subcharts.
 *
 * Then the forms.  Charts print what they are given in many ways:
 *
 *	clusterNames: {{ toJson .Values.clustersAffinity }}        list
 *	clusterNames: {{ .Values.clustersAffinity }}               joined: Go prints [a b] of a list
 *	clusterNames: [{{ index .Values.clustersAffinity 0 }}]     joined
 *	clusterNames: [{{ .Values.clustersAffinity }}]             text
 *	clusterNames: [{{ first .Values.clustersAffinity | quote }}]   one
 *
 * A form is right when policies name both of two clusters, each as an item of a clusterNames list.
 */
#include "drive/chart_affinity.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "drive/chart_render.h"
#include "model/snapshot.h"

#define IMPORTER "smo-importer"
#define AND_ONE  "-too" /* ends the second name of a place */
#define VO       "voChartOverwrite"
#define AFFINITY "clustersAffinity"
#define IMPORTS  "serviceImportClusters"

enum {
	PLACES_MAX = 16,
	PLACES_DEPTH = 3, /* maps around the key */
};

struct places {
	const char *prefix[PLACES_MAX]; /* "", "voChartOverwrite.", "karmada." */
	const char *name[PLACES_MAX];   /* the cluster that is named there */
	size_t n;
};

/* What the documents make of the names that begin alike. */
struct verdict {
	bool listed; /* in a clusterNames list */
	bool spoilt; /* but not as an item of it */
	bool second; /* the second name is there as well */
};

/* ---- places ---- */

static void add_place(struct arena *a, struct places *p, const char *prefix)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->prefix[i], prefix))
			return;
	if (p->n == PLACES_MAX)
		return;
	p->prefix[p->n] = prefix;
	p->name[p->n] = arena_printf(a, AFFINITY_SENTINEL "-%c", (char)('a' + p->n));
	p->n++;
}

/* The maps in @map, which is at @prefix, that hold the key. */
static void find_places(struct arena *a, const struct node *map, const char *prefix, int depth,
			struct places *p)
{
	for (struct node *c = node_first(map); c; c = c->next) {
		if (c->kind != NODE_MAP || strchr(c->key, '.'))
			continue; /* a path with dots in a key could not be followed */
		const char *path = arena_printf(a, "%s%s.", prefix, c->key);
		if (node_get(c, AFFINITY))
			add_place(a, p, path);
		if (depth > 1)
			find_places(a, c, path, depth - 1, p);
	}
}

static struct places usual_places(struct arena *a, bool top, bool vo)
{
	struct places p = {0};

	if (top)
		add_place(a, &p, "");
	if (vo)
		add_place(a, &p, VO ".");
	return p;
}

static struct places other_places(struct arena *a, const struct affinity_probe *probe)
{
	struct places p = {0};
	const struct node *all = node_merge(a, probe->defaults, probe->values);

	find_places(a, all, "", PLACES_DEPTH, &p);
	for (size_t i = 0; i < probe->n_subcharts; i++)
		if (!strchr(probe->subcharts[i], '.'))
			add_place(a, &p, arena_printf(a, "%s.", probe->subcharts[i]));
	return p;
}

/* ---- forms ---- */

static struct node *two_names(struct arena *a, enum names_form form, const char *name)
{
	const char *const names[] = {name, arena_printf(a, "%s" AND_ONE, name)};

	return names_written(a, form, names, countof(names));
}

static struct node *with_names(struct arena *a, const struct affinity_probe *probe,
			       const struct places *p, enum names_form affinity,
			       enum names_form imports)
{
	struct node *extra = node_new(a, NODE_MAP);

	for (size_t i = 0; i < p->n; i++) {
		const char *dot, *rest = p->prefix[i];
		struct node *map = extra;

		for (; (dot = strchr(rest, '.')); rest = dot + 1)
			map = node_map_in(a, map, arena_strndup(a, rest, (size_t)(dot - rest)));
		node_set(map, AFFINITY, two_names(a, affinity, p->name[i]));
		node_set(map, IMPORTS, two_names(a, imports, IMPORTER));
	}
	return node_merge(a, probe->values, extra);
}

static bool is_name(const char *text, const char *sentinel)
{
	size_t n = strlen(sentinel);

	if (strncmp(text, sentinel, n) != 0)
		return false;
	text += n;
	if (str_eq(sentinel, AFFINITY_SENTINEL))
		text += text[0] && text[1] ? 2 : 0; /* "-a" */
	return !*text || str_eq(text, AND_ONE);
}

static void judge_item(const struct node *item, const char *sentinel, struct verdict *v)
{
	if (item->kind == NODE_STR && is_name(item->str, sentinel))
		v->second |= str_ends(item->str, AND_ONE);
	else
		v->spoilt = true;
}

static void judge_list(const struct node *list, const char *sentinel, struct verdict *v)
{
	if (!render_mentions(list, sentinel))
		return;
	v->listed = true;
	if (list->kind != NODE_LIST)
		v->spoilt = true;
	for (struct node *c = node_first(list); c; c = c->next)
		if (render_mentions(c, sentinel))
			judge_item(c, sentinel, v);
}

static void judge(const struct node *n, const char *sentinel, struct verdict *v)
{
	if (n->kind != NODE_LIST && n->kind != NODE_MAP)
		return;
	for (const struct node *c = n->first; c; c = c->next) {
		if (c->key && str_eq(c->key, "clusterNames"))
			judge_list(c, sentinel, v);
		judge(c, sentinel, v);
	}
}

/* Are the names that begin with @sentinel well in @documents, or not in any clusterNames at all? */
static bool well_named(const struct node *documents, const char *sentinel, enum names_form form)
{
	struct verdict v = {0};

	judge(documents, sentinel, &v);
	return !v.listed || (!v.spoilt && (v.second || names_form_is_single(form)));
}

/* ---- all of it ---- */

static bool heeded(const struct node *documents, const struct places *p, struct places *ret)
{
	*ret = (struct places){0};
	for (size_t i = 0; i < p->n; i++)
		if (render_mentions(documents, p->name[i])) {
			ret->prefix[ret->n] = p->prefix[i];
			ret->name[ret->n++] = p->name[i];
		}
	return ret->n > 0;
}

struct found {
	struct places in;       /* those that it heeds */
	bool affinity, imports; /* the form is known */
	enum names_form affinity_form, imports_form;
	struct node *documents;
	const struct node *values;
};

/* What one more form shows. */
static void learn(struct found *f, enum names_form form, enum names_form one, enum names_form two)
{
	bool well_1 = well_named(f->documents, AFFINITY_SENTINEL, one);
	bool well_2 = well_named(f->documents, IMPORTER, two);

	if (well_1 && !f->affinity)
		f->affinity_form = form;
	if (well_2 && !f->imports)
		f->imports_form = form;
	f->affinity |= well_1;
	f->imports |= well_2;
}

enum outcome { REFUSED, IGNORED, HEEDED };

/* Try forms from @first on until both values are well printed. */
static enum outcome try_forms(struct arena *a, const struct affinity_probe *probe,
			      const struct places *p, enum names_form first, struct found *f)
{
	enum outcome outcome = REFUSED;

	for (int i = (int)first; i < N_NAMES_FORMS && !(f->affinity && f->imports); i++) {
		enum names_form form = (enum names_form)i;
		enum names_form one = f->affinity ? f->affinity_form : form;
		enum names_form two = f->imports ? f->imports_form : form;
		struct found then = *f;

		then.values = with_names(a, probe, p, one, two);
		if (probe->render(probe->self, then.values, &then.documents)) {
			if (outcome == REFUSED)
				return REFUSED;
			continue;
		}
		if (!heeded(then.documents, p, &then.in))
			return outcome == REFUSED ? IGNORED : outcome;
		learn(&then, form, one, two);
		if (outcome == REFUSED || then.affinity != f->affinity ||
		    then.imports != f->imports)
			*f = then;
		outcome = HEEDED;
	}
	return outcome;
}

/* @both: both of the usual places are among @p. */
static void tell(struct arena *a, const struct found *found, bool both, struct chart_facts *f)
{
	f->reads_affinity = true;
	f->affinity_form = (int)found->affinity_form;
	f->imports_form = (int)found->imports_form;
	if (both && found->in.n > 1)
		return; /* the original's choice among them is right */
	f->affinity_path = arena_printf(a, "%s" AFFINITY, found->in.prefix[0]);
	f->other_affinity = arena_new_n(a, const char *, found->in.n);
	for (size_t i = 1; i < found->in.n; i++)
		f->other_affinity[f->n_other_affinity++] =
			arena_printf(a, "%s" AFFINITY, found->in.prefix[i]);
}

static enum outcome try_usual(struct arena *a, const struct affinity_probe *p,
			      enum names_form first, struct found *found, bool *ret_both)
{
	static const struct {
		bool top, vo;
	} tries[] = {{true, true}, {true, false}, {false, true}};

	for (size_t i = 0; i < (p->has_schema ? countof(tries) : 1); i++) {
		struct places usual = usual_places(a, tries[i].top, tries[i].vo);
		enum outcome outcome = try_forms(a, p, &usual, first, found);

		*ret_both = i == 0;
		if (outcome == HEEDED || (outcome == IGNORED && i == 0))
			return outcome;
	}
	return REFUSED; /* as far as it can be told: another form may do */
}

bool chart_affinity(struct arena *a, const struct affinity_probe *p, struct chart_facts *f,
		    struct node **ret_documents, const struct node **ret_values)
{
	static const enum names_form firsts[] = {NAMES_LIST, NAMES_JOINED, NAMES_TEXT};
	enum outcome outcome = REFUSED;
	struct found found = {0};
	bool both = false;

	for (size_t i = 0; i < countof(firsts) && outcome == REFUSED; i++)
		if (p->has_schema || firsts[i] != NAMES_JOINED)
			outcome = try_usual(a, p, firsts[i], &found, &both);
	if (outcome != HEEDED) {
		struct places other = other_places(a, p);

		both = false;
		if (other.n)
			outcome = try_forms(a, p, &other, NAMES_LIST, &found);
	}
	if (outcome != HEEDED)
		return false;
	tell(a, &found, both, f);
	*ret_documents = found.documents;
	*ret_values = found.values;
	return true;
}
