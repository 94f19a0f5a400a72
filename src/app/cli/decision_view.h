// SPDX-License-Identifier: Apache-2.0
/* A decision, for people and for programs. */
#pragma once

#include "base/attr.h"
#include "engine/change.h"

struct app;
struct err;
struct node;

/* Save a document as YAML (0600: values may be private). */
struct err *decision_save(struct app *app, const struct node *doc, const char *path) must_check;

/* --detailed-exitcode: exit code 8 when the plan has steps, told to main through the app. */
struct err *decision_changes(struct app *app, const struct decision *d) must_check;

/* Each step with what it changes: +, ~, - and reasons. */
const char *decision_diff_text(struct app *app, const struct decision *d);

struct node *decision_why_document(struct app *app, const struct decision *d);
