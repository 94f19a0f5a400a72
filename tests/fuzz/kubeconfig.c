// SPDX-License-Identifier: Apache-2.0
/* Any bytes: a kubeconfig is read or refused, and what a child would get of it says the same. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/kubeconfig.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	struct kube_config c, again;
	const char *text = fuzz_text(&a, data, size);
	struct err *e = kubeconfig_parse(&a, "fuzz", text, size, "/dir", NULL, &c);

	must(!e || (e->kind == ERR_INPUT && *e->msg));
	if (e)
		return 0;
	must(c.server && c.context);
	/* As if the files had been read. */
	c.ca = c.ca ? c.ca : c.ca_file;
	c.cert = c.cert ? c.cert : c.cert_file;
	c.key = c.key ? c.key : c.key_file;
	const char *ours = kubeconfig_text(&a, &c);
	must(!kubeconfig_parse(&a, "ours", ours, strlen(ours), "/dir", NULL, &again));
	must(str_eq(c.server, again.server) && str_eq(c.token, again.token) &&
	     str_eq(c.key, again.key) && c.insecure == again.insecure);
	return 0;
}
