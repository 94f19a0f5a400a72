// SPDX-License-Identifier: Apache-2.0
#include "model/placement.h"

#include "base/str.h"
#include "model/document.h"

DOCUMENT_KIND(placement, "Placement");

static const struct field share_fields[] = {
	{"cluster", FIELD_TEXT, MEMBER(share, cluster), .flags = FIELD_REQUIRED | FIELD_NON_EMPTY,
	 .help = "name of the cluster"},
	{"replicas", FIELD_INT, MEMBER(share, replicas), .min = 0, .max = 1000000,
	 .help = "how many replicas; absent: as many as the chart says"},
	{0},
};
static const struct shape share_shape = {"share", sizeof(struct share), share_fields};

static const struct field service_placement_fields[] = {
	{"service", FIELD_TEXT, MEMBER(service_placement, service),
	 .flags = FIELD_REQUIRED | FIELD_NON_EMPTY, .help = "id of the service"},
	{"shares", FIELD_LIST, MEMBERS(service_placement, shares), .element = &share_shape,
	 .help = "which clusters run it; absent: none yet"},
	{0},
};
const struct shape service_placement_shape = {"servicePlacement", sizeof(struct service_placement),
					      service_placement_fields};

#define SERVICES                                                                                   \
	{                                                                                          \
		"services", FIELD_LIST, MEMBERS(placement, services),                              \
			.element = &service_placement_shape, .help = "where each service runs"     \
	}

static const struct field placement_fields[] = {
	DOCUMENT_FIELDS(placement),
	SERVICES,
	{0},
};
const struct shape placement_shape = {"placement", sizeof(struct placement), placement_fields};

static const struct field placement_part_fields[] = {SERVICES, {0}};
const struct shape placement_part_shape = {"placementPart", sizeof(struct placement),
					   placement_part_fields};

const struct service_placement *placement_of(const struct placement *p, const char *service)
{
	for (size_t i = 0; i < p->n_services; i++) {
		if (str_eq(p->services[i].service, service))
			return &p->services[i];
	}
	return NULL;
}

bool placement_on(const struct service_placement *p, const char *cluster)
{
	for (size_t i = 0; i < p->n_shares; i++) {
		if (str_eq(p->shares[i].cluster, cluster))
			return true;
	}
	return false;
}
