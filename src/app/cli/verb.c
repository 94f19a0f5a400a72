// SPDX-License-Identifier: Apache-2.0
#include "app/cli/verb.h"

#include <string.h>

#include "app/settings.h"
#include "base/attr.h"
#include "base/str.h"

static const char *const forms[] = {"table", "wide", "json", "yaml", "name", NULL};

static const struct option globals[] = {
	{"help", .letter = 'h', .help = "show help and exit"},
	{"version", .help = "show the version and exit"},
	{"verbose", ARG_COUNT, .letter = 'v', .help = "say what is done"},
	{"output", ARG_WORD, "FORM", "form of the output", "table", forms, .letter = 'o'},
	{"no-color", .help = "no colours (also: NO_COLOR in the environment)"},
	{"yes", .letter = 'y', .help = "answer every question with yes"},
	{"dir", ARG_DIR, "DIR", "directory of the state and settings (also: SMO_DIR)", "~/.smo"},
};

const struct option *verb_global(size_t i)
{
	if (i < countof(globals))
		return &globals[i];
	i -= countof(globals);
	for (size_t k = 0; setting_at(k); k++)
		if (setting_at(k)->flag.name && i-- == 0)
			return &setting_at(k)->flag;
	return NULL;
}

const struct verb *verb_next(const struct verb *v)
{
	size_t g = 0;

	if (!v)
		return verb_groups[0];
	if (v[1].path)
		return v + 1;
	/* The last of its list: go on with the list after the one that holds it. */
	for (; verb_groups[g]; g++) {
		const struct verb *last = verb_groups[g];
		while (last[1].path)
			last++;
		if (last == v)
			return verb_groups[g + 1];
	}
	return NULL;
}

/* How many of the words @path takes, when they begin with it; else 0. */
static size_t match(const char *path, const char *const *words, size_t n)
{
	size_t used = 0;

	while (*path) {
		size_t len = strcspn(path, " ");

		if (used == n || strlen(words[used]) != len || strncmp(words[used], path, len) != 0)
			return 0;
		used++;
		path += len + (path[len] == ' ');
	}
	return used;
}

const struct verb *verb_find(const char *const *words, size_t n, size_t *ret_used)
{
	const struct verb *found = NULL;
	size_t best = 0;

	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v)) {
		size_t used = match(v->path, words, n);

		for (size_t i = 0; v->aliases[i]; i++) {
			size_t other = match(v->aliases[i], words, n);
			used = other > used ? other : used;
		}
		if (used > best) {
			best = used;
			found = v;
		}
	}
	*ret_used = best;
	return found;
}

const struct verb *verb_at(const char *path)
{
	const struct verb *v = verb_next(NULL);

	while (v && strcmp(v->path, path) != 0)
		v = verb_next(v);
	return v;
}

bool verb_is_below(const struct verb *v, const struct verb *group)
{
	if (!group)
		return !strchr(v->path, ' ');
	size_t len = strlen(group->path);
	return strncmp(v->path, group->path, len) == 0 && v->path[len] == ' ' &&
	       !strchr(v->path + len + 1, ' ');
}

bool verb_is_group(const struct verb *v)
{
	for (const struct verb *w = verb_next(NULL); w; w = verb_next(w))
		if (verb_is_below(w, v))
			return true;
	return false;
}

const char *verb_word(const struct verb *v)
{
	const char *space = strrchr(v->path, ' ');

	return space ? space + 1 : v->path;
}

const struct option *verb_own_option(const struct verb *v, size_t i)
{
	for (const struct option *const *list = v->options; *list; list++)
		for (const struct option *o = *list; o->name; o++)
			if (i-- == 0)
				return o;
	return NULL;
}

static bool is_called(const struct option *o, const char *name, char letter)
{
	return name ? str_eq(o->name, name) : o->letter && o->letter == letter;
}

const struct option *verb_option(const struct verb *v, const char *name, char letter)
{
	const struct option *o;

	for (size_t i = 0; v && (o = verb_own_option(v, i)); i++)
		if (is_called(o, name, letter))
			return o;
	for (size_t i = 0; (o = verb_global(i)); i++)
		if (is_called(o, name, letter))
			return o;
	return NULL;
}

const char *verb_value_name(const struct option *o)
{
	static const char *const names[] = {
		[ARG_NONE] = "",           [ARG_COUNT] = "",          [ARG_TEXT] = "TEXT",
		[ARG_INT] = "N",           [ARG_REAL] = "X",          [ARG_DURATION] = "TIME",
		[ARG_WORD] = "WORD",       [ARG_FILE] = "FILE",       [ARG_DIR] = "DIR",
		[ARG_GRAPH] = "GRAPH",     [ARG_CLUSTER] = "CLUSTER", [ARG_SERVICE] = "SERVICE",
		[ARG_PROJECT] = "PROJECT",
	};

	return o->value ? o->value : names[o->kind];
}
