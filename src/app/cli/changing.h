// SPDX-License-Identifier: Apache-2.0
/* What the verbs share that change graphs, or show what a change would do. */
#pragma once

#include <stdbool.h>

#include "app/cli/verb.h"
#include "base/attr.h"
#include "engine/change.h"

struct app;
struct engine;
struct err;
struct node;
struct plan;
struct problems;

/* Options that bear on the decision; those that bear on carrying it out. */
extern const struct option options_deciding[], options_applying[];

/* An option of the verb being run: false or NULL when the verb does not have it. */
bool option_flag(const struct app *app, const char *option);
const char *option_text(const struct app *app, const char *option);

/* @operand is a descriptor, not the name of a stored graph: names have no '/' and no '.'. */
bool operand_is_descriptor(const char *operand);

/* The change that operand and options ask for; its descriptor is loaded. */
struct err *change_of(struct app *app, enum change_verb verb, struct change *ret) must_check;

/* An engine on the world, with the options' deadlines, that shows its progress. */
struct err *change_open_engine(struct app *app, struct engine *ret) must_check;

/* Warnings and notes; errors are the error's. */
void change_tell_problems(struct app *app, const struct problems *ps);

/* A plan as others may see it: without secrets. */
struct node *change_plan_document(struct app *app, const struct plan *p);
