// SPDX-License-Identifier: Apache-2.0
/* Where a command's descriptor comes from. */
#pragma once

#include "base/attr.h"

struct app;
struct err;
struct node;

/*
 * Read the document at @ref: a YAML or JSON file, "-" for standard input, a directory (hdag.yaml in
 * it, else the only YAML file with a top-level hdaGraph), or an artifact (oci://, http://,
 * https://).  ERR_NOT_FOUND, ERR_INPUT with a position, ERR_TOO_LARGE.
 */
struct err *descriptor_load(struct app *app, const char *ref, struct node **ret_doc) must_check;

/* A document of ours (Snapshot, Plan) from a file or "-". */
struct err *descriptor_load_document(struct app *app, const char *path, struct node **ret_doc)
	must_check;
