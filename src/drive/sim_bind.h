// SPDX-License-Identifier: Apache-2.0
/* From templates and policies to what each simulated cluster is told. */
#pragma once

#include "drive/sim_state.h"

/* Decide anew where template @i goes, and tell the clusters that can be reached. */
void sim_bind(struct sim_state *s, size_t i);

/* The same for every template that @o, a policy or an override, selects. */
void sim_bind_selected(struct sim_state *s, const struct owned_object *o);

/* Take the template @i away; pods on clusters that are down stay until those return. */
void sim_unbind(struct sim_state *s, size_t i);

/* @cluster is reached again: it hears all it has missed. */
void sim_catch_up(struct sim_state *s, const char *cluster);

/* The part of the template on @cluster, or NULL. */
struct sim_part *sim_part_of(const struct sim_state *s, const struct sim_template *t,
			     const char *cluster);

/* Does the template want anything on @cluster?  A part that nothing wants is being cleaned up. */
bool sim_wanted_on(const struct sim_template *t, const char *cluster);
