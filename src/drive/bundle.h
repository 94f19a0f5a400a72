// SPDX-License-Identifier: Apache-2.0
/*
 * What an artifact holds: a Helm chart or a hyper-distributed application graph, read from a folder
 * or from a package of one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;
struct err;
struct node;
struct tar_file;
struct tar_reader;

enum bundle_kind { BUNDLE_OTHER, BUNDLE_CHART, BUNDLE_GRAPH };

struct bundle_file {
	const char *path; /* without the folder that holds it all */
	bool executable;
	const char *bytes; /* NULL: a file of a package that is of no interest here */
	size_t size;
};

struct bundle {
	enum bundle_kind kind;
	const char *name, *version; /* chart: of Chart.yaml; graph: hdaGraph.id and .version */
	const char *description;    /* or NULL */
	const char *top;            /* the folder that holds it all in a package, or "" */
	struct bundle_file *files;
	size_t n_files;
	struct node *meta;                    /* chart: Chart.yaml; graph: the value of hdaGraph */
	struct node *values;                  /* chart: values.yaml, or NULL */
	const struct bundle_file *descriptor; /* graph: the file; chart: Chart.yaml */
	const struct bundle_file *readme;     /* or NULL */
};

/* Read a folder, without what .helmignore names.  Links and special files are refused. */
struct err *bundle_read_dir(struct arena *a, const char *dir, struct bundle *ret_bundle) must_check;

/* Read a package; only YAML, JSON and README files are kept in memory. */
struct err *bundle_read_tar(struct arena *a, const char *name, struct tar_reader *r,
			    struct bundle *ret_bundle) must_check;

/*
 * One text that stands for a descriptor by itself (a layer, a file), as a bundle of one file.
 */
struct err *bundle_read_text(struct arena *a, const char *name, const char *text, size_t size,
			     struct bundle *ret_bundle) must_check;

/*
 * The descriptor among the files: hdag.yaml (or .yml), else the only YAML file with a top-level
 * `hdaGraph`.  NULL when there is none, ERR_INPUT that lists them when there are several.
 */
struct err *bundle_find_descriptor(struct arena *a, const char *source, const struct bundle *b,
				   const struct bundle_file **ret_file, struct node **ret_root)
	must_check;

/*
 * What would make Helm refuse the chart: bad or missing apiVersion, name, version; values that are
 * no YAML map; a schema that is no JSON; dependencies that are not in charts/.
 */
struct err *bundle_check_chart(struct arena *a, const struct bundle *b) must_check;

/* Name and version are there, well-formed and fit for a tag. */
struct err *bundle_check_names(struct arena *a, const struct bundle *b) must_check;

/* What to write: the files below a folder called after the bundle.  For tar_write(). */
struct tar_file *bundle_tar_files(struct arena *a, const struct bundle *b);

/* "chart", "graph", "other" */
const char *bundle_kind_word(enum bundle_kind kind);
