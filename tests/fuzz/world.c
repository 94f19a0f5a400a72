// SPDX-License-Identifier: Apache-2.0
/* Any text as the file of a simulated world: it is refused with all that is wrong, or a state can
 * begin in it that reads back as written. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "doc/node.h"
#include "drive/sim_state.h"
#include "drive/sim_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	const char *text = (const char *)data;
	struct sim_world world = {0};
	struct sim_state state, again;
	struct err *e = sim_world_read(&a, "fuzz", text, size, &world);

	if (e) {
		must(e->kind == ERR_INPUT && e->msg[0]);
		return 0;
	}
	sim_state_init(&a, &world, &state);
	const struct node *written = sim_state_write(&a, &state);
	must(!sim_state_read(&a, written, &again));
	must(node_equal(written, sim_state_write(&a, &again)));
	return 0;
}
