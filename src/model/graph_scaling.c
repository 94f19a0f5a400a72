// SPDX-License-Identifier: Apache-2.0
/* `deployment.scaling`: how a service follows its load.  What is left out comes from settings. */
#include "model/document.h"
#include "model/graph.h"
#include "model/graph_parts.h"

enum { NULLABLE = FIELD_NULLABLE };

static const struct field model_fields[] = {
	{"alpha", FIELD_REAL, MEMBER(scaling_model, alpha), .flags = FIELD_REQUIRED, .min = 0,
	 .max = 1e9, .help = "requests per second that each replica adds, above 0"},
	{"beta", FIELD_REAL, MEMBER(scaling_model, beta), .flags = NULLABLE, .min = -1e9,
	 .max = 1e9, .help = "requests per second beside that; often below 0"},
	{0},
};
static const struct shape model_shape = {"scaling model", sizeof(struct scaling_model),
					 model_fields};

static const char *const missing_words[] = {"hold", "zero", NULL};

static const struct field metric_fields[] = {
	{"query", FIELD_TEXT, MEMBER(scaling, query), .flags = NULLABLE | FIELD_NON_EMPTY,
	 .help = "its load as PromQL; $service, $project and $window are replaced",
	 .at_offset = MEMBER(scaling, query_at) + 1},
	{"window", FIELD_CUSTOM, MEMBER(scaling, window), .flags = NULLABLE,
	 .custom = &duration_text, .help = "what $window stands for"},
	{"ifMissing", FIELD_ENUM, MEMBER(scaling, if_missing), .flags = NULLABLE,
	 .words = missing_words,
	 .help = "without a result: hold what runs, or take it for no load"},
	{0},
};
static const struct shape metric_shape = {"scaling metric", sizeof(struct scaling), metric_fields};

static const struct field tolerance_fields[] = {
	{"up", FIELD_REAL, MEMBER(scaling_tolerance, up), .flags = NULLABLE, .min = 0, .max = 10,
	 .help = "share of overload that is borne before there are more replicas"},
	{"down", FIELD_REAL, MEMBER(scaling_tolerance, down), .flags = NULLABLE, .min = 0,
	 .max = 0.99, .help = "share of the capacity that stays idle when there are fewer"},
	{0},
};
static const struct shape tolerance_shape = {"scaling tolerance", sizeof(struct scaling_tolerance),
					     tolerance_fields};

static const struct field way_fields[] = {
	{"stabilization", FIELD_CUSTOM, MEMBER(scaling_way, stabilization), .flags = NULLABLE,
	 .custom = &duration_text,
	 .help = "up: to the least, down: to the most that was needed in this time"},
	{"replicas", FIELD_INT, MEMBER(scaling_way, replicas), .flags = NULLABLE, .min = 1,
	 .max = 10000, .help = "at most so many in each period"},
	{"percent", FIELD_REAL, MEMBER(scaling_way, percent), .flags = NULLABLE, .min = 0,
	 .max = 100000, .help = "or so much of what ran at its start; the larger one counts"},
	{"period", FIELD_CUSTOM, MEMBER(scaling_way, period), .flags = NULLABLE,
	 .custom = &duration_text, .help = "15s when left out; 0s is no limit"},
	{0},
};
static const struct shape way_shape = {"scaling speed", sizeof(struct scaling_way), way_fields};

static const struct field scaling_fields[] = {
	{"model", FIELD_PTR, MEMBER(scaling, model), .flags = NULLABLE, .element = &model_shape,
	 .help = "what n replicas sustain: alpha * n + beta; learnt when left out"},
	{"metric", FIELD_STRUCT, 0, .flags = NULLABLE, .element = &metric_shape,
	 .help = "where its load is read"},
	{"target", FIELD_REAL, MEMBER(scaling, target), .flags = NULLABLE, .min = 0.01, .max = 1,
	 .help = "share of what the replicas sustain that shall be used; 1 when left out"},
	{"min", FIELD_INT, MEMBER(scaling, min), .flags = NULLABLE, .min = 1, .max = 10000,
	 .help = "never fewer replicas"},
	{"max", FIELD_INT, MEMBER(scaling, max), .flags = NULLABLE, .min = 1, .max = 10000,
	 .help = "never more replicas"},
	{"toZero", FIELD_CUSTOM, MEMBER(scaling, to_zero), .flags = NULLABLE, .custom = &loose_bool,
	 .help = "nothing runs while there is no load at all"},
	{"paused", FIELD_CUSTOM, MEMBER(scaling, paused), .flags = NULLABLE, .custom = &loose_bool,
	 .help = "leave its replicas alone"},
	{"tolerance", FIELD_PTR, MEMBER(scaling, tolerance), .flags = NULLABLE,
	 .element = &tolerance_shape, .help = "what is not worth a change"},
	{"up", FIELD_PTR, MEMBER(scaling, up), .flags = NULLABLE, .element = &way_shape,
	 .help = "how fast there may be more replicas"},
	{"down", FIELD_PTR, MEMBER(scaling, down), .flags = NULLABLE, .element = &way_shape,
	 .help = "how fast there may be fewer"},
	{"initial", FIELD_CUSTOM, MEMBER(scaling, initial), .flags = NULLABLE,
	 .custom = &duration_text, .help = "no change for so long after the service was deployed"},
	{"cooldown", FIELD_CUSTOM, MEMBER(scaling, cooldown), .flags = NULLABLE,
	 .custom = &duration_text, .help = "no change for so long after the last one"},
	{0},
};
const struct shape scaling_shape = {"scaling", sizeof(struct scaling), scaling_fields,
				    .at_offset = MEMBER(scaling, at) + 1};
