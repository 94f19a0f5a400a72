// SPDX-License-Identifier: Apache-2.0
/* In the order of --help. */
#include "app/cli/verbs.h"

const struct verb *const verb_groups[] = {
	verbs_graph,    verbs_show,    verbs_change, verbs_world,  verbs_sim,
	verbs_artifact, verbs_signals, verbs_scale,  verbs_scaler, verbs_profile,
	verbs_state,    verbs_about,   NULL,
};
