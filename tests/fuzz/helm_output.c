// SPDX-License-Identifier: Apache-2.0
/* Any bytes from helm: on standard error, an error of a line that can be printed; on standard
 * output, the documents of a chart and their facts. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "doc/yaml.h"
#include "drive/chart_render.h"
#include "drive/helm_cmd.h"
#include "model/snapshot.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

static void as_error(struct arena *a, const char *text)
{
	struct err *e = helm_err(a, text, 1);

	must(e && e->msg[0]);
	for (const char *p = e->msg; *p; p++)
		must((unsigned char)*p >= ' ' || *p == '\n');
}

static bool is_namespaced(void *self, const char *api_version, const char *kind)
{
	(void)self;
	(void)api_version;
	return kind[0] != 'C';
}

static void as_documents(struct arena *a, const char *text, size_t size)
{
	static const struct render_context context = {
		.namespace_ = "n", .sentinel = "s", .namespaced = is_namespaced};
	struct object_facts *objects = NULL;
	struct node *documents = NULL;
	size_t n = 0;

	if (yaml_read_chart(a, "fuzz", text, size, &documents))
		return;
	struct err *nameless = render_check(a, documents);
	must(!nameless || nameless->kind == ERR_INPUT);
	render_read(a, documents, &context, &objects, &n);
	for (size_t i = 0; i < n; i++)
		must(objects[i].kind && objects[i].name);
	(void)render_main(objects, n, "release", "chart");
	(void)render_mentions(documents, "s");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	const char *text = fuzz_text(&a, data, size);

	as_error(&a, text);
	as_documents(&a, text, strlen(text));
	return 0;
}
