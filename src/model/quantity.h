// SPDX-License-Identifier: Apache-2.0
/*
 * Kubernetes quantities as integers.
 *
 * cpu counts in milli-units (1 core = 1000), everything else in units (bytes, devices).  Parsing
 * is exact: "0.5", "500m", "1e3", "1Gi", "100m" of memory.  Demand rounds up, capacity rounds
 * down; what does not fit in 63 bits is refused.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;
struct custom;

/* What quantity_parse() accepts, but for size and sign, as a regular expression (ECMA 262). */
#define QUANTITY_PATTERN                                                                           \
	"^\\+?([0-9]+\\.?[0-9]*|\\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]+)?$"

enum rounding { ROUND_UP, ROUND_DOWN };

/*
 * Read @text as a count of 1/@scale units (@scale 1000 for cpu, 1 for the rest).  Suffixes n u m k
 * M G T P E, Ki Mi Gi Ti Pi Ei, decimal exponents.  ERR_INPUT without a position when it is no
 * quantity, negative or too large.
 */
struct err *quantity_parse(struct arena *a, const char *text, int64_t scale, enum rounding rounding,
			   int64_t *ret_value) must_check;

/* 1000 for "cpu" (and "requests.cpu", "limits.cpu"), 1 for every other resource. */
int64_t quantity_scale(const char *resource);

/*
 * Kubernetes text: "500m", "2", "1Gi", "1500Mi", "10G": bytes take the shortest exact spelling,
 * binary suffixes first.  quantity_parse() reads it back as the same value.
 */
const char *quantity_text(struct arena *a, const char *resource, int64_t value);

/* For people: "0.5 cores", "14.77 GiB", "2 x nvidia.com/gpu". */
const char *quantity_human(struct arena *a, const char *resource, int64_t value);

/* One named amount.  Lists are sorted by name and hold no name twice. */
struct amount {
	const char *resource; /* "cpu", "memory", "ephemeral-storage", "nvidia.com/gpu" ... */
	int64_t value;
};

struct amounts {
	struct amount *at;
	size_t n;
};

/* 0 when absent. */
int64_t amounts_get(const struct amounts *r, const char *resource);
bool amounts_has(const struct amounts *r, const char *resource);

/* Set (insert in order or replace). */
void amounts_set(struct arena *a, struct amounts *r, const char *resource, int64_t value);

/* @r += @times * @add, checked: what would overflow becomes INT64_MAX. */
void amounts_add(struct arena *a, struct amounts *r, const struct amounts *add, int64_t times);

/* Each resource of @r at least as in @least. */
void amounts_raise(struct arena *a, struct amounts *r, const struct amounts *least);

/* max(0, x - y) for every resource of @x. */
struct amounts amounts_minus(struct arena *a, const struct amounts *x, const struct amounts *y);

/* Bytes: memory, storage, ephemeral-storage, hugepages-*, also behind "requests." or "limits.". */
bool quantity_is_bytes(const char *resource);

extern const struct custom amounts_up;   /* map of resource to quantity, read rounding up: demand */
extern const struct custom amounts_down; /* the same rounding down: capacity */
