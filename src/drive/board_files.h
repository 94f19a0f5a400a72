// SPDX-License-Identifier: Apache-2.0
/*
 * Dashboards for a Grafana that reads them from files (provisioning, with
 * foldersFromFilesStructure): DIR/<folder title>/<uid>.json.  Grafana notices changes by itself.
 */
#pragma once

#include "base/attr.h"
#include "port/object_port.h"

struct arena;
struct board_files;
struct err;

/* @instance: of our state; only files whose dashboards carry its tag are ours. */
struct err *board_files_open(struct arena *a, const char *dir, const char *instance,
			     struct board_files **ret_files) must_check;

/* get, list, apply and remove of dashboards; the other members are NULL. */
struct object_port board_files_port(struct board_files *f);
