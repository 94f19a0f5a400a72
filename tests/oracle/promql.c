// SPDX-License-Identifier: Apache-2.0
/* The PromQL checker as a filter: a query a line (JSON text), "ok TYPE" or "no: why" a line. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/node.h"
#include "plan/promql.h"

int main(void)
{
	static char line[1 << 20];

	while (fgets(line, sizeof(line), stdin)) {
		struct arena a scoped_arena = {0};
		struct node *n;
		struct promql_facts facts;

		if (json_read(&a, "query", line, strlen(line), &n) || n->kind != NODE_LIST)
			return 2;
		struct err *err = promql_check(&a, n->first->str, &facts);
		if (err)
			printf("no: %s\n", err->msg);
		else
			printf("ok %s\n", promql_type_name(facts.type));
	}
	return 0;
}
