// SPDX-License-Identifier: Apache-2.0
/*
 * smo-solve: the optimiser on benchmark files.
 *
 * One thread computes; a second one sleeps and raises the stop flag when --stop-after is given.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/solve/alarm.h"
#include "app/solve/read.h"
#include "app/solve/world.h"
#include "base/arena.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/node.h"
#include "solve/solve.h"

static const char USAGE[] =
	"usage: smo-solve gap FILE... | moves FILE... | problem FILE...\n"
	"       smo-solve world GRAPH SNAPSHOT [--policy POLICY]\n"
	"\n"
	"Solves benchmark files of the assignment problem and proves how good the answer is; or\n"
	"places the graph of a descriptor in the world of a snapshot (smo snapshot), and says "
	"why.\n"
	"\n"
	"  --budget UNITS        work units, about a microsecond each (default: 10000000)\n"
	"  --stop-after SECONDS  raise the stop flag from outside; the answer is then not\n"
	"                        reproducible\n"
	"  --policy POLICY       of the placement (world)\n"
	"  --why                 explain the answer, or find what conflicts and the smallest\n"
	"                        changes that help, and tell how long that took\n"
	"  -o json               one JSON object per file\n"
	"  -h, --help            this text\n";

struct cli {
	uint64_t budget;
	double stop_after;
	bool json, why;
	const char *policy;
};

/* What explaining took and found. */
struct reason {
	double seconds;
	struct solve_conflict conflict;
};

static void report_text(const struct cli *cli, const char *path, const struct solve_answer *answer,
			double seconds, const struct reason *why)
{
	printf("%s: %s", path, solve_status_name(answer->status));
	if (answer->bin)
		printf(" value %" PRId64, answer->total);
	printf(" bound %" PRId64 " gap %.4f %% seconds %.3f work %" PRIu64 " peak %ld KiB%s",
	       answer->bound, 100 * answer->gap, seconds, answer->work, peak_kib(),
	       answer->stopped ? " (stopped)" : "");
	if (cli->why)
		printf(" why %.4f s", why->seconds);
	printf("\n");
}

/* The conflict and what would help, in numbers and words. */
static void report_conflict(struct arena *a, const struct solve_problem *p,
			    const struct solve_conflict *c, struct node *doc)
{
	struct node *map = node_map_in(a, doc, "conflict");

	node_set_bool(a, map, "proved", c->proved);
	node_set_bool(a, map, "irreducible", c->irreducible);
	node_set_int(a, map, "items", (int64_t)c->n_items);
	struct node *list = node_list_in(a, map, "causes");
	for (size_t k = 0; k < c->n_causes; k++)
		node_add(list, node_new_str(a, solve_cause_text(a, p, &c->cause[k])));
	list = node_list_in(a, map, "relaxations");
	for (size_t k = 0; k < c->n_relaxations; k++) {
		struct node *r = node_new(a, NODE_MAP);

		node_set_str(a, r, "what", solve_cause_text(a, p, &c->relaxation[k].what));
		node_set_int(a, r, "amount", c->relaxation[k].amount);
		node_set(r, "size", node_new_real(a, c->relaxation[k].size));
		node_add(list, r);
	}
	list = node_list_in(a, map, "changes");
	for (size_t k = 0; k < c->n_changes; k++) {
		struct node *r = node_new(a, NODE_MAP);

		node_set_str(a, r, "what", solve_cause_text(a, p, &c->change[k].what));
		node_set_int(a, r, "amount", c->change[k].amount);
		node_add(list, r);
	}
}

static void report_json(struct arena *a, const struct cli *cli, const char *path,
			const struct solve_problem *p, const struct solve_answer *answer,
			double seconds, const struct reason *why)
{
	struct node *doc = node_new(a, NODE_MAP);

	node_set_str(a, doc, "file", path);
	node_set_str(a, doc, "status", solve_status_name(answer->status));
	node_set(doc, "value",
		 answer->bin ? node_new_int(a, answer->total) : node_new(a, NODE_NULL));
	node_set(doc, "bound",
		 answer->bound == INT64_MIN ? node_new(a, NODE_NULL)
					    : node_new_int(a, answer->bound));
	node_set(doc, "gap", node_new_real(a, answer->gap));
	node_set(doc, "seconds", node_new_real(a, seconds));
	node_set_int(a, doc, "work", (int64_t)answer->work);
	node_set_int(a, doc, "peakKiB", peak_kib());
	node_set_bool(a, doc, "stopped", answer->stopped);
	if (cli->why)
		node_set(doc, "whySeconds", node_new_real(a, why->seconds));
	if (cli->why && !answer->bin)
		report_conflict(a, p, &why->conflict, doc);
	struct node *terms = node_map_in(a, doc, "terms");
	for (size_t t = 0; answer->bin && t < SOLVE_TERMS; t++)
		if (answer->term[t])
			node_set_int(a, terms, solve_term_name((enum solve_term)t),
				     answer->term[t]);
	struct node *bins = node_list_in(a, doc, "assignment");
	for (size_t i = 0; answer->bin && i < answer->n_items; i++)
		node_add(bins, node_new_int(a, answer->bin[i]));
	printf("%s\n", json_write(a, doc, JSON_COMPACT));
}

static struct err *read_kind(struct arena *a, const char *kind, const char *path,
			     struct solve_problem *ret_problem)
{
	if (strcmp(kind, "gap") == 0)
		return read_gap(a, path, ret_problem);
	if (strcmp(kind, "moves") == 0)
		return read_moves(a, path, ret_problem);
	return read_problem(a, path, ret_problem);
}

/* Solve, and with --why explain; the alarm counts for both. */
static struct err *run_timed(struct arena *a, const struct cli *cli, const struct solve_problem *p,
			     const struct solve_options *o, struct solve_answer *ret_answer,
			     double *ret_seconds, struct reason *ret_why)
{
	struct solve_why why;
	double start = cpu_seconds();

	TRY(solve(a, p, o, ret_answer));
	*ret_seconds = cpu_seconds() - start;
	if (!cli->why)
		return NULL;
	start = cpu_seconds();
	if (ret_answer->bin)
		TRY(solve_explain(a, p, ret_answer->bin, &why));
	else
		TRY(solve_conflict(a, p, o, &ret_why->conflict));
	ret_why->seconds = cpu_seconds() - start;
	return NULL;
}

static struct err *run_file(struct arena *a, const struct cli *cli, const char *kind,
			    const char *path)
{
	struct solve_problem p;
	struct solve_answer answer;
	struct alarm al = {.over = false};
	struct solve_options o = {.budget = cli->budget};
	struct reason why = {0};
	double seconds = 0;

	TRY(read_kind(a, kind, path, &p));
	bool timed = cli->stop_after > 0;
	if (timed && !alarm_start(&al, cli->stop_after))
		return err_new(a, ERR_GENERIC, "no thread for --stop-after");
	o.stop = timed ? &al.flag : NULL;
	struct err *e = run_timed(a, cli, &p, &o, &answer, &seconds, &why);
	if (timed)
		alarm_end(&al);
	if (e)
		return e;
	if (cli->json)
		report_json(a, cli, path, &p, &answer, seconds, &why);
	else
		report_text(cli, path, &answer, seconds, &why);
	return NULL;
}

/* A number from 0, or NULL-like false. */
static bool number(const char *text, double *ret)
{
	char *end;
	double x = strtod(text, &end);

	if (end == text || *end || !(x > 0 && x < 1e15))
		return false;
	*ret = x;
	return true;
}

static int options(int argc, char **argv, struct cli *ret)
{
	static const struct option longs[] = {{"budget", required_argument, NULL, 'b'},
					      {"stop-after", required_argument, NULL, 's'},
					      {"why", no_argument, NULL, 'w'},
					      {"policy", required_argument, NULL, 'p'},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};
	struct cli cli = {.budget = 10 * SOLVE_SECOND};
	double x;
	int c;

	while ((c = getopt_long(argc, argv, "o:h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(USAGE, stdout);
			exit(0);
		} else if (c == 'b' && number(optarg, &x)) {
			cli.budget = (uint64_t)x;
		} else if (c == 's' && number(optarg, &x)) {
			cli.stop_after = x;
		} else if (c == 'p') {
			cli.policy = optarg;
		} else if (c == 'w') {
			cli.why = true;
		} else if (c == 'o' && strcmp(optarg, "json") == 0) {
			cli.json = true;
		} else if (c != 'o' || strcmp(optarg, "text") != 0) {
			return -1;
		}
	}
	*ret = cli;
	return optind;
}

int main(int argc, char **argv)
{
	struct cli cli;
	int at = options(argc, argv, &cli), status = 0;

	bool world = at >= 0 && argc - at == 3 && strcmp(argv[at], "world") == 0;

	if (at < 0 || argc - at < 2 ||
	    (strcmp(argv[at], "gap") != 0 && strcmp(argv[at], "moves") != 0 &&
	     strcmp(argv[at], "problem") != 0 && !world)) {
		fputs(USAGE, stderr);
		return 2;
	}
	if (world) {
		const struct world_request r = {.graph = argv[at + 1],
						.snapshot = argv[at + 2],
						.policy = cli.policy,
						.budget = cli.budget,
						.stop_after = cli.stop_after,
						.json = cli.json};
		return solve_world(&r);
	}
	for (int k = at + 1; k < argc && !world; k++) {
		struct arena a scoped_arena = {0};
		struct err *e = run_file(&a, &cli, argv[at], argv[k]);

		if (!e)
			continue;
		fprintf(stderr, "smo-solve: %s\n", e->msg);
		status = err_kind_info(e->kind)->exit_code;
	}
	return status;
}
