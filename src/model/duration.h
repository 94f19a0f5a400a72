// SPDX-License-Identifier: Apache-2.0
/* Prometheus durations: "30s", "5m", "1h30m", "0". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Years to milliseconds, largest unit first, each at most once; a year is 365 days.  False when it
 * is no duration or does not fit.
 */
bool duration_parse(const char *text, int64_t *ret_ms);

/* The same as a regular expression (ECMA 262). */
#define DURATION_PATTERN                                                                           \
	"^(0|(?=[0-9])([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$"
