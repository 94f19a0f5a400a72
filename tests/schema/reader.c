// SPDX-License-Identifier: Apache-2.0
/*
 * The reader beside its schema, for schema_test.py.
 *
 *     schema_reader schema       print the schema of a descriptor
 *     schema_reader verdicts     read documents, one JSON text a line, and print for each what
 *                                graph_read() says: "good", or its first error; references to
 *                                services that do not exist are no matter of a schema
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/problems.h"
#include "doc/read.h"
#include "doc/schema.h"
#include "model/graph.h"

static void print_schema(void)
{
	struct arena a scoped_arena = {0};
	struct node *schema = schema_of(&a, &descriptor_shape, "urn:smo:hda-graph", "HDA graph");

	fputs(json_write(&a, schema, JSON_PRETTY), stdout);
}

static void print_verdict(const char *line, size_t size)
{
	struct arena a scoped_arena = {0};
	struct problems ps = {.a = &a};
	struct node *doc = NULL;
	struct graph g;

	struct err *e = doc_read(&a, "line", line, size, &doc);
	const char *said = e ? e->msg : "good";
	if (!e)
		graph_read(&a, doc, &g, &ps);
	for (size_t i = ps.list.n; i-- > 0;) {
		const struct problem *p = &ps.list.at[i];
		if (p->severity == SEVERITY_ERROR && !str_eq(p->code, "unknown-service"))
			said = p->msg;
	}
	printf("%s\n", said);
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t size;

	if (argc != 2)
		return 2;
	if (strcmp(argv[1], "schema") == 0)
		print_schema();
	else
		while ((size = getline(&line, &room, stdin)) > 0)
			print_verdict(line, (size_t)size);
	free(line);
	return 0;
}
