// SPDX-License-Identifier: Apache-2.0
/*
 * A world to run the contract of the ports on: the simulated federation, or a real Karmada.
 *
 *     SMO_CONTRACT_KUBECONFIG  of a Karmada control plane; unset: the simulated federation
 *     SMO_CONTRACT_HELM        helm to use there
 *     SMO_CONTRACT_CLUSTERS    two of its members, "member1,member2"
 *     SMO_CONTRACT_CHARTS      folder with the charts stock and legacy
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "port/ports.h"

#define WORLD_INSTANCE "77777777-8888-4999-8aaa-bbbbbbbbbbbb"

struct world_under_test {
	struct arena a;
	struct ports ports;
	const char *one, *two; /* clusters */
	const char *charts;
	const char *dir; /* scratch */
	bool real;
	void *handle;
};

void world_open_for_test(struct world_under_test *w);
void world_close_for_test(struct world_under_test *w);
