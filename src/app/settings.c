// SPDX-License-Identifier: Apache-2.0
/*
 * Every value is kept as checked text until it is asked for; a list is kept with newlines between
 * its items.
 */
#include "app/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cli/args.h"
#include "app/cli/span.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/problems.h"
#include "doc/yaml.h"

enum { FILE_CAP = 1024 * 1024 };

static const char masked[] = "********";

/* ---- one value ---- */

static bool is_true(const char *text)
{
	static const char *const words[] = {"true", "yes", "on", "1", "t", "y"};
	for (size_t i = 0; i < countof(words); i++)
		if (str_eq(text, words[i]))
			return true;
	return false;
}

static bool is_false(const char *text)
{
	static const char *const words[] = {"false", "no", "off", "0", "f", "n", "none"};
	for (size_t i = 0; i < countof(words); i++)
		if (str_eq(text, words[i]))
			return true;
	return false;
}

static bool parse_int(const char *text, int64_t *ret_value)
{
	char *end = NULL;

	errno = 0;
	long long v = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		return false;
	*ret_value = v;
	return true;
}

static bool parse_real(const char *text, double *ret_value)
{
	char *end = NULL;
	double v = strtod(text, &end);

	if (end == text || *end || !isfinite(v))
		return false;
	*ret_value = v;
	return true;
}

static const char *words_text(struct arena *a, const char *const *words)
{
	struct str s = {.a = a};

	for (; *words; words++)
		str_addf(&s, "%s%s", s.len ? ", " : "", *words);
	return str_text(&s);
}

/* What is wrong with @text as a value of @def, or NULL. */
static const char *value_problem(struct arena *a, const struct setting *def, const char *text)
{
	int64_t number = 0;
	double real = 0;

	switch (def->type) {
	case SETTING_URL:
		if (*text && !str_starts(text, "http://") && !str_starts(text, "https://"))
			return "must start with http:// or https://";
		break;
	case SETTING_BOOL:
		if (!is_true(str_lower(a, text)) && !is_false(str_lower(a, text)))
			return "must be true or false";
		break;
	case SETTING_INT:
		if (!parse_int(text, &number))
			return "must be a whole number";
		if (def->max > def->min && (number < def->min || number > def->max))
			return arena_printf(a, "must be from %" PRId64 " to %" PRId64, def->min,
					    def->max);
		break;
	case SETTING_REAL:
		if (!parse_real(text, &real))
			return "must be a number";
		if (def->max > def->min && (real < (double)def->min || real > (double)def->max))
			return arena_printf(a, "must be from %" PRId64 " to %" PRId64, def->min,
					    def->max);
		break;
	case SETTING_DURATION:
		if (!span_parse(text, &number))
			return "must be a duration such as 90s, 5m or 1h30m";
		break;
	case SETTING_WORD:
		for (size_t i = 0; def->words[i]; i++)
			if (str_eq(def->words[i], text))
				return NULL;
		return arena_printf(a, "must be one of: %s", words_text(a, def->words));
	case SETTING_TEXT:
	case SETTING_PATH:
	case SETTING_KUBECONFIG:
	case SETTING_TEXTS:
		break;
	}
	return NULL;
}

/* ---- places ---- */

static const char *env_or(const struct settings_input *in, const char *name, const char *otherwise)
{
	const char *value = in->env(name);

	return value && *value ? value : otherwise;
}

static const char *home(const struct settings_input *in)
{
	return env_or(in, "HOME", "/");
}

static const char *expand(struct arena *a, const struct settings_input *in, const char *text)
{
	struct str s = {.a = a};

	while (*text) {
		size_t plain = strcspn(text, "{");

		str_add_n(&s, text, plain);
		text += plain;
		if (str_starts(text, "{dir}")) {
			str_add(&s, in->dir);
			text += 5;
		} else if (str_starts(text, "{home}")) {
			str_add(&s, home(in));
			text += 6;
		} else if (str_starts(text, "{cache}")) {
			str_add(&s, env_or(in, "XDG_CACHE_HOME",
					   arena_printf(a, "%s/.cache", home(in))));
			text += 7;
		} else if (*text) {
			str_add_n(&s, text++, 1);
		}
	}
	return str_text(&s);
}

/* "~/x" and, for a kubeconfig, a bare file name; what was typed is relative to where it was typed.
 */
static const char *resolve(struct arena *a, const struct settings_input *in,
			   const struct setting *def, enum setting_origin origin, const char *text)
{
	bool path = def->type == SETTING_PATH || def->type == SETTING_KUBECONFIG;

	if (path && str_starts(text, "~/"))
		return arena_printf(a, "%s%s", home(in), text + 1);
	if (def->type == SETTING_KUBECONFIG && origin != ORIGIN_FLAG && *text && !strchr(text, '/'))
		return arena_printf(a, "%s/.kube/%s", home(in), text);
	return text;
}

/* "a, b" to "a\nb". */
static const char *split_list(struct arena *a, const char *text)
{
	struct str s = {.a = a};

	while (*text) {
		text += strspn(text, ", \t");
		size_t len = strcspn(text, ", \t");
		if (len && s.len)
			str_add(&s, "\n");
		str_add_n(&s, text, len);
		text += len;
	}
	return str_text(&s);
}

static void take(struct settings *s, const struct settings_input *in, size_t i, const char *text,
		 struct setting_value from, struct mark at, struct problems *ps)
{
	const struct setting *def = setting_at(i);
	const char *wrong = value_problem(s->a, def, text);

	if (wrong) {
		struct problem *p =
			problems_add(ps, SEVERITY_ERROR, at, "bad-setting", "'%s' %s, not '%s'",
				     def->key, wrong, def->secret ? masked : text);
		if (!at.line && from.where)
			p->hint = arena_printf(s->a, "It was set by %s.", from.where);
		return;
	}
	from.text = resolve(s->a, in, def, from.origin, text);
	s->values[i] = from;
}

/* ---- the file ---- */

static struct err *cannot_read(struct arena *a, const char *path)
{
	const char *why = str_lower(a, strerror(errno));

	if (errno == EACCES || errno == EPERM)
		return err_hint(a, err_new(a, ERR_FORBIDDEN, "cannot read '%s': %s", path, why),
				"Its directory and file must belong to you; SMO_DIR or --dir name "
				"another state.");
	return err_new(a, ERR_INPUT, "cannot read '%s': %s", path, why);
}

static struct err *read_file(struct arena *a, const char *path, const char **ret_text,
			     size_t *ret_size)
{
	FILE *f = fopen(path, "re");

	*ret_text = NULL;
	if (!f && (errno == ENOENT || errno == ENOTDIR))
		return NULL;
	if (!f)
		return cannot_read(a, path);
	char *text = arena_alloc(a, FILE_CAP + 1);
	size_t size = fread(text, 1, FILE_CAP + 1, f);
	struct err *failed = ferror(f) ? cannot_read(a, path) : NULL;
	fclose(f);
	TRY(failed);
	if (size > FILE_CAP)
		return err_new(a, ERR_TOO_LARGE, "'%s' is larger than 1 MiB", path);
	text[size] = '\0';
	*ret_text = text;
	*ret_size = size;
	return NULL;
}

static const char *scalar_text(struct arena *a, const struct node *n)
{
	switch (n->kind) {
	case NODE_STR:
		return n->str;
	case NODE_BOOL:
		return n->flag ? "true" : "false";
	case NODE_INT:
		return arena_printf(a, "%" PRId64, n->integer);
	case NODE_REAL:
		return arena_printf(a, "%g", n->real);
	case NODE_NULL:
		return "";
	case NODE_LIST:
	case NODE_MAP:
		break;
	}
	return NULL;
}

static const char *list_text(struct arena *a, const struct node *list)
{
	struct str s = {.a = a};

	for (const struct node *n = node_first(list); n; n = n->next) {
		const char *text = scalar_text(a, n);
		if (!text || strchr(text, '\n'))
			return NULL;
		str_addf(&s, "%s%s", s.len ? "\n" : "", text);
	}
	return str_text(&s);
}

static void take_node(struct settings *s, const struct settings_input *in, size_t i,
		      const struct node *n, struct problems *ps)
{
	const struct setting *def = setting_at(i);
	bool list = def->type == SETTING_TEXTS && n->kind == NODE_LIST;
	const char *text = list ? list_text(s->a, n) : scalar_text(s->a, n);

	if (n->kind == NODE_NULL)
		return;
	if (!text) {
		problems_add(ps, SEVERITY_ERROR, n->at, "bad-setting", "'%s' must not be %s",
			     def->key, node_kind_name(n->kind));
		return;
	}
	if (def->type == SETTING_TEXTS && !list)
		text = split_list(s->a, text);
	const char *where = arena_printf(s->a, "%s:%u:%u", s->file, n->at.line, n->at.column);
	take(s, in, i, text, (struct setting_value){.origin = ORIGIN_FILE, .where = where}, n->at,
	     ps);
}

/* True when some key of the table lies below @path. */
static bool is_section(const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; setting_at(i); i++) {
		const struct setting *def = setting_at(i);
		if (strncmp(def->key, path, len) == 0 && def->key[len] == '.')
			return true;
		if (def->also && strncmp(def->also, path, len) == 0 && def->also[len] == '.')
			return true;
	}
	return false;
}

static const char *suggest(struct arena *a, const char *path)
{
	vec_of(const char *) keys = {0};

	for (size_t i = 0; setting_at(i); i++)
		*vec_push(a, &keys) = setting_at(i)->key;
	*vec_push(a, &keys) = NULL;
	return str_suggest(a, path, keys.at);
}

static void unknown_key(struct settings *s, const struct node *n, const char *path,
			struct problems *ps)
{
	const char *close = suggest(s->a, path);
	struct problem *p = problems_add(ps, SEVERITY_WARNING, n->key_at, "unknown-setting",
					 "unknown setting '%s'", path);
	if (close)
		p->hint = arena_printf(s->a, "Did you mean '%s'?", close);
}

static void walk(struct settings *s, const struct settings_input *in, const struct node *map,
		 const char *prefix, struct problems *ps)
{
	for (const struct node *n = node_first(map); n; n = n->next) {
		const char *path = arena_printf(s->a, "%s%s%s", prefix, *prefix ? "." : "", n->key);
		size_t i = 0;

		while (setting_at(i) && !str_eq(setting_at(i)->key, path) &&
		       !str_eq(setting_at(i)->also, path))
			i++;
		if (setting_at(i))
			take_node(s, in, i, n, ps);
		else if (n->kind == NODE_MAP && is_section(path))
			walk(s, in, n, path, ps);
		else
			unknown_key(s, n, path, ps);
	}
}

static struct err *load_file(struct settings *s, const struct settings_input *in,
			     struct problems *ps)
{
	const char *text = NULL;
	struct node *root = NULL;
	size_t size = 0;

	TRY(read_file(s->a, s->file, &text, &size));
	if (!text)
		return NULL;
	s->has_file = true;
	TRY(yaml_read(s->a, s->file, text, size, &root));
	if (root->kind == NODE_NULL)
		return NULL;
	if (root->kind != NODE_MAP)
		return err_new(s->a, ERR_INPUT, "'%s' must hold a mapping, not %s", s->file,
			       node_kind_name(root->kind));
	walk(s, in, root, "", ps);
	return NULL;
}

/* ---- the environment and the command line ---- */

static void load_env(struct settings *s, const struct settings_input *in, size_t i,
		     struct problems *ps)
{
	const struct setting *def = setting_at(i);

	for (const char *const *name = def->env; *name; name++) {
		const char *value = in->env(*name);
		if (!value || !*value)
			continue;
		if (def->type == SETTING_TEXTS)
			value = split_list(s->a, value);
		take(s, in, i, arena_strdup(s->a, value),
		     (struct setting_value){.origin = ORIGIN_ENVIRONMENT, .where = *name},
		     (struct mark){0}, ps);
		return;
	}
}

static void load_flags(struct settings *s, const struct settings_input *in, struct problems *ps)
{
	for (size_t k = 0; in->args && k < in->args->options.n; k++) {
		const struct arg *arg = &in->args->options.at[k];

		for (size_t i = 0; setting_at(i); i++) {
			const struct setting *def = setting_at(i);
			const char *text = arg->text ? arg->text : "true";

			/* Its own flag, or an option of a verb that overrules it. */
			if (arg->option != &def->flag && !str_eq(def->key, arg->option->setting))
				continue;
			if (def->type == SETTING_TEXTS)
				text = split_list(s->a, text);
			const char *where = arena_printf(s->a, "--%s", arg->option->name);
			take(s, in, i, text,
			     (struct setting_value){.origin = ORIGIN_FLAG, .where = where},
			     (struct mark){0}, ps);
		}
	}
}

struct err *settings_load(struct arena *a, const struct settings_input *in, struct problems *ps,
			  struct settings **ret_settings)
{
	struct settings *s = arena_new(a, struct settings);
	size_t n = 0;

	while (setting_at(n))
		n++;
	s->a = a;
	s->dir = in->dir;
	s->file = arena_printf(a, "%s/config.yaml", in->dir);
	s->values = arena_new_n(a, struct setting_value, n);
	for (size_t i = 0; i < n; i++)
		if (setting_at(i)->otherwise)
			s->values[i].text = expand(a, in, setting_at(i)->otherwise);
	TRY(load_file(s, in, ps));
	for (size_t i = 0; i < n; i++)
		load_env(s, in, i, ps);
	load_flags(s, in, ps);
	*ret_settings = s;
	return NULL;
}

/* ---- asking ---- */

static size_t index_of(const char *key)
{
	size_t i = 0;

	while (setting_at(i) && strcmp(setting_at(i)->key, key) != 0)
		i++;
	if (!setting_at(i))
		abort();
	return i;
}

const struct setting_value *settings_value(const struct settings *s, const char *key)
{
	return &s->values[index_of(key)];
}

const char *settings_text(const struct settings *s, const char *key)
{
	const char *text = settings_value(s, key)->text;

	return text && *text ? text : NULL;
}

bool settings_bool(const struct settings *s, const char *key)
{
	const char *text = settings_text(s, key);

	return text && is_true(str_lower(s->a, text));
}

int64_t settings_int(const struct settings *s, const char *key)
{
	const char *text = settings_text(s, key);
	int64_t value = 0;

	return text && parse_int(text, &value) ? value : 0;
}

double settings_real(const struct settings *s, const char *key)
{
	const char *text = settings_text(s, key);
	double value = 0;

	return text && parse_real(text, &value) ? value : 0;
}

int64_t settings_ms(const struct settings *s, const char *key)
{
	const char *text = settings_text(s, key);
	int64_t ms = 0;

	return text && span_parse(text, &ms) ? ms : 0;
}

size_t settings_list(const struct settings *s, const char *key, const char *const **ret_texts)
{
	const char *text = settings_text(s, key);
	vec_of(const char *) items = {0};

	while (text && *text) {
		size_t len = strcspn(text, "\n");
		*vec_push(s->a, &items) = arena_strndup(s->a, text, len);
		text += len + (text[len] == '\n');
	}
	*ret_texts = items.at;
	return items.n;
}
