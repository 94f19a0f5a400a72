// SPDX-License-Identifier: Apache-2.0
/* Any bytes from a registry: a manifest is understood with all its promises kept, or refused. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "drive/oci_manifest.h"
#include "drive/oci_ref.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

static void must_be_sound(const struct oci_descriptor *d)
{
	must(d->digest && oci_digest_valid(d->digest) && d->size >= 0 && d->media_type &&
	     d->media_type[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	const char *text = fuzz_text(&a, data, size);
	struct oci_manifest m = {0};
	struct err *e = oci_manifest_read(&a, "fuzz", NULL, text, size, &m);

	must(!e || ((e->kind == ERR_INPUT || e->kind == ERR_TOO_LARGE) && e->msg[0] && !m.text));
	if (e)
		return 0;
	must(oci_digest_valid(m.digest) && m.n_layers <= OCI_LAYERS_MAX);
	if (!m.is_index)
		must_be_sound(&m.config);
	for (size_t i = 0; i < m.n_layers; i++)
		must_be_sound(&m.layers[i]);
	return 0;
}
