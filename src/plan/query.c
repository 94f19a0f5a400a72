// SPDX-License-Identifier: Apache-2.0
#include "plan/query.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "plan/promql.h"

/* The length of the word behind a '$', that sign included. */
static size_t word_len(const char *p)
{
	return 1 + strspn(p + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
}

static bool is_word(const char *p, const char *name)
{
	return word_len(p) == strlen(name) && strncmp(p, name, strlen(name)) == 0;
}

const char *query_fill(struct arena *a, const char *template, const struct query_words *words)
{
	const struct {
		const char *name, *value;
	} all[] = {
		{"$service", promql_escape(a, words->service)},
		{"$project", promql_escape(a, words->project ? words->project : "")},
		{"$window", words->window},
		{"$target", words->target ? promql_escape(a, words->target) : "$target"},
	};
	struct str out = {.a = a};

	for (const char *p = template; *p;) {
		size_t i = 0, len = *p == '$' ? word_len(p) : 1;

		while (i < countof(all) && (*p != '$' || !is_word(p, all[i].name)))
			i++;
		if (i < countof(all))
			str_add(&out, all[i].value);
		else
			str_add_n(&out, p, len);
		p += len;
	}
	return str_text(&out);
}

static struct err *check(struct arena *a, const char *template, const struct query_words *sample)
{
	struct promql_facts facts;

	for (const char *p = strchr(template, '$'); p; p = strchr(p + 1, '$'))
		if (!is_word(p, "$service") && !is_word(p, "$project") && !is_word(p, "$window") &&
		    !(sample->target && is_word(p, "$target")))
			return err_new(a, ERR_INPUT,
				       "'%s' is none of $service, $project%s and $window",
				       arena_strndup(a, p, word_len(p)),
				       sample->target ? ", $target" : "");
	TRY(promql_check(a, query_fill(a, template, sample), &facts));
	if (facts.type != PROMQL_INSTANT && facts.type != PROMQL_SCALAR)
		return err_new(a, ERR_INPUT, "it gives %s, not an instant vector or a number",
			       promql_type_name(facts.type));
	return NULL;
}

struct err *query_check(struct arena *a, const char *template)
{
	return check(a, template, &(struct query_words){"service", "project", "1m", NULL});
}

struct err *query_check_link(struct arena *a, const char *template)
{
	return check(a, template, &(struct query_words){"service", "project", "1m", "target"});
}
