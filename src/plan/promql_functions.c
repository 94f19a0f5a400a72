// SPDX-License-Identifier: Apache-2.0
/* What the functions of PromQL take and give.  Letters: s scalar, v instant vector, r range vector,
 * t string; '?' makes the last one optional, '*' lets it come any number of times. */
#include "base/str.h"
#include "plan/promql_parts.h"

static const struct promql_function functions[] = {
	{"abs", "v", 'v'},
	{"absent", "v", 'v'},
	{"absent_over_time", "r", 'v'},
	{"acos", "v", 'v'},
	{"acosh", "v", 'v'},
	{"asin", "v", 'v'},
	{"asinh", "v", 'v'},
	{"atan", "v", 'v'},
	{"atanh", "v", 'v'},
	{"avg_over_time", "r", 'v'},
	{"ceil", "v", 'v'},
	{"changes", "r", 'v'},
	{"clamp", "vss", 'v'},
	{"clamp_max", "vs", 'v'},
	{"clamp_min", "vs", 'v'},
	{"cos", "v", 'v'},
	{"cosh", "v", 'v'},
	{"count_over_time", "r", 'v'},
	{"day_of_month", "v?", 'v'},
	{"day_of_week", "v?", 'v'},
	{"day_of_year", "v?", 'v'},
	{"days_in_month", "v?", 'v'},
	{"deg", "v", 'v'},
	{"delta", "r", 'v'},
	{"deriv", "r", 'v'},
	{"exp", "v", 'v'},
	{"floor", "v", 'v'},
	{"histogram_avg", "v", 'v'},
	{"histogram_count", "v", 'v'},
	{"histogram_fraction", "ssv", 'v'},
	{"histogram_quantile", "sv", 'v'},
	{"histogram_stddev", "v", 'v'},
	{"histogram_stdvar", "v", 'v'},
	{"histogram_sum", "v", 'v'},
	{"holt_winters", "rss", 'v'},
	{"double_exponential_smoothing", "rss", 'v'},
	{"hour", "v?", 'v'},
	{"idelta", "r", 'v'},
	{"increase", "r", 'v'},
	{"irate", "r", 'v'},
	{"label_join", "vttt*", 'v'},
	{"label_replace", "vtttt", 'v'},
	{"last_over_time", "r", 'v'},
	{"ln", "v", 'v'},
	{"log10", "v", 'v'},
	{"log2", "v", 'v'},
	{"mad_over_time", "r", 'v'},
	{"max_over_time", "r", 'v'},
	{"min_over_time", "r", 'v'},
	{"minute", "v?", 'v'},
	{"month", "v?", 'v'},
	{"pi", "", 's'},
	{"predict_linear", "rs", 'v'},
	{"present_over_time", "r", 'v'},
	{"quantile_over_time", "sr", 'v'},
	{"rad", "v", 'v'},
	{"rate", "r", 'v'},
	{"resets", "r", 'v'},
	{"round", "vs?", 'v'},
	{"scalar", "v", 's'},
	{"sgn", "v", 'v'},
	{"sin", "v", 'v'},
	{"sinh", "v", 'v'},
	{"sort", "v", 'v'},
	{"sort_by_label", "vt*", 'v'},
	{"sort_by_label_desc", "vt*", 'v'},
	{"sort_desc", "v", 'v'},
	{"sqrt", "v", 'v'},
	{"stddev_over_time", "r", 'v'},
	{"stdvar_over_time", "r", 'v'},
	{"sum_over_time", "r", 'v'},
	{"tan", "v", 'v'},
	{"tanh", "v", 'v'},
	{"time", "", 's'},
	{"timestamp", "v", 'v'},
	{"vector", "s", 'v'},
	{"year", "v?", 'v'},
	{0},
};

static const struct promql_function aggregations[] = {
	{"sum", "v", 'v'},
	{"avg", "v", 'v'},
	{"count", "v", 'v'},
	{"min", "v", 'v'},
	{"max", "v", 'v'},
	{"group", "v", 'v'},
	{"stddev", "v", 'v'},
	{"stdvar", "v", 'v'},
	{"topk", "sv", 'v'},
	{"bottomk", "sv", 'v'},
	{"quantile", "sv", 'v'},
	{"count_values", "tv", 'v'},
	{0},
};

static const struct promql_function *find(struct arena *a, const struct promql_function *f,
					  const char *name, bool any_case)
{
	const char *word = any_case ? str_lower(a, name) : name;

	while (f->name && !str_eq(f->name, word))
		f++;
	return f->name ? f : NULL;
}

const struct promql_function *promql_function(struct arena *a, const char *name)
{
	return find(a, functions, name, false);
}

const struct promql_function *promql_aggregation(struct arena *a, const char *name)
{
	return find(a, aggregations, name, true);
}

const char *promql_function_suggest(struct arena *a, const char *name)
{
	enum { MOST = sizeof(functions) / sizeof(functions[0]) };
	const char *words[MOST];

	for (size_t i = 0; i < MOST; i++)
		words[i] = functions[i].name;
	return str_suggest(a, name, words);
}
