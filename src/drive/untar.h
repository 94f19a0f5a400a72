// SPDX-License-Identifier: Apache-2.0
/* Unpacking an archive into a folder: all of it, or nothing. */
#pragma once

#include <stddef.h>

#include "base/attr.h"

struct arena;
struct err;
struct tar_reader;

/*
 * Unpack what @r holds into the folder @dest (made when missing).  It is unpacked beside its place
 * and renamed; ERR_CONFLICT when something of its name is there already.  *ret_names are the names
 * at the top of the archive, under @dest now.
 */
struct err *untar(struct arena *a, struct tar_reader *r, const char *dest, const char ***ret_names,
		  size_t *ret_n) must_check;

/* Delete the folder @path and what is in it; links are not followed. */
void untar_remove(const char *path);
