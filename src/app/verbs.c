// SPDX-License-Identifier: Apache-2.0
#include "app/cli/verbs.h"

const struct verb *const verb_groups[] = {verbs_state, verbs_change,   verbs_world,
					  verbs_sim,   verbs_artifact, NULL};
