// SPDX-License-Identifier: Apache-2.0
/*
 * What Alertmanager posts to a webhook: version 4 of its body.
 *
 * Unknown keys are fine (newer versions add some).  Times are milliseconds since 1970 UTC, 0 where
 * Alertmanager writes the year 1.  Source: prometheus.io, "Alertmanager configuration", webhook.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "doc/bind.h"

struct arena;
struct err;

enum alert_status { ALERT_FIRING, ALERT_RESOLVED };

struct alert {
	int status; /* enum alert_status */
	struct text_pair *labels, *annotations;
	size_t n_labels, n_annotations;
	int64_t starts_at, ends_at;
	const char *generator_url;
	const char *fingerprint; /* of its labels; computed when the body has none */
};

struct alert_body {
	const char *version, *group_key, *receiver, *external_url;
	int64_t truncated; /* alerts that were left out */
	struct alert *alerts;
	size_t n_alerts;
};

enum { ALERTS_MAX = 10000 }; /* in one body */

extern const struct shape alert_body_shape, alert_shape;

/* Read a body; all that is wrong with it as one ERR_INPUT. */
struct err *alert_read(struct arena *a, const struct node *doc, struct alert_body *ret_body)
	must_check;

/* The value of label @name, or NULL. */
const char *alert_label(const struct alert *alert, const char *name);

/* RFC 3339 with any number of decimals and any zone.  False when it is none. */
bool time_parse(const char *text, int64_t *ret_ms);

/* "2026-03-01T12:00:00.5Z", decimals only when there are any. */
const char *time_text(struct arena *a, int64_t ms);
