// SPDX-License-Identifier: Apache-2.0
/* Man pages (roff, man(7)) from the table of verbs and the table of settings. */
#pragma once

struct arena;
struct verb;

/* smo(1), or the page of one verb: smo-graph-deploy(1). */
const char *man_text(struct arena *a, const struct verb *v);
