// SPDX-License-Identifier: Apache-2.0
/* The groups of verbs, one for each verbs_*.c. */
#pragma once

#include "app/cli/verb.h"
#include "base/attr.h"

extern const struct verb verbs_graph[], verbs_show[], verbs_change[], verbs_world[], verbs_sim[],
	verbs_artifact[], verbs_signals[], verbs_scale[], verbs_scaler[], verbs_profile[],
	verbs_state[], verbs_about[];

/* `smo cluster list`, which `cluster sync` ends with. */
struct err *verb_cluster_list(struct app *app) must_check;
