// SPDX-License-Identifier: Apache-2.0
#include "drive/helmignore.h"

#include <fnmatch.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

static const struct helmignore_rule always = {.pattern = "templates/.?*", .whole_path = true};

static struct err *read_rule(struct arena *a, char *line, struct helmignore_rule *rule)
{
	size_t len;

	if (strstr(line, "**"))
		return err_new(a, ERR_INPUT, ".helmignore: '%s': '**' is not supported by Helm",
			       str_printable(a, line, false));
	if (line[0] == '!') {
		rule->negate = true;
		line++;
	}
	len = strlen(line);
	if (len > 1 && line[len - 1] == '/') {
		rule->dirs_only = true;
		line[len - 1] = 0;
	}
	rule->whole_path = strchr(line, '/') != NULL;
	rule->pattern = line[0] == '/' ? line + 1 : line;
	return NULL;
}

struct err *helmignore_read(struct arena *a, const char *text, struct helmignore *ret_ignore)
{
	vec_of(struct helmignore_rule) rules = {0};

	while (*text) {
		size_t len = strcspn(text, "\n"), from = strspn(text, " \t");
		const char *next = text + len + (text[len] == '\n');

		while (len > from && strchr(" \t\r", text[len - 1]))
			len--;
		if (len > from && text[from] != '#')
			TRY(read_rule(a, arena_strndup(a, text + from, len - from),
				      vec_push(a, &rules)));
		text = next;
	}
	*vec_push(a, &rules) = always;
	*ret_ignore = (struct helmignore){rules.at, rules.n};
	return NULL;
}

static bool fits(const struct helmignore_rule *r, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *subject = r->whole_path || !slash ? path : slash + 1;

	return fnmatch(r->pattern, subject, FNM_PATHNAME) == 0;
}

bool helmignore_match(const struct helmignore *ignore, const char *path, bool is_dir)
{
	for (size_t i = 0; i < ignore->n_rules; i++) {
		const struct helmignore_rule *r = &ignore->rules[i];

		if (r->negate) {
			if ((r->dirs_only && !is_dir) || !fits(r, path))
				return true;
		} else if ((!r->dirs_only || is_dir) && fits(r, path)) {
			return true;
		}
	}
	return false;
}
