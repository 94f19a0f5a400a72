// SPDX-License-Identifier: Apache-2.0
/* What a placement costs under each policy, and the rules that bind services together. */
#pragma once

struct place_model;

/* Fill costs, links, groups and the objective of m->problem from m->o->policy. */
void place_cost_set(struct place_model *m);
