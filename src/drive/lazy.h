// SPDX-License-Identifier: Apache-2.0
/*
 * Shared libraries that are loaded when they are first needed (docs/adr/0020).
 *
 * libcurl and libarchive bring some thirty other libraries with them; loading those takes longer
 * than everything `graph list` does.  A lazy_*.h file names the functions that are used of one of
 * them and redirects their names to a table, which is filled at the first call.
 */
#pragma once

#include <stddef.h>

/*
 * Fill @slots, an array of @n pointers to functions, with the functions @names of the library
 * @soname.  A library that is not installed, or too old, ends the process with a message: the
 * package depends on it.
 */
void lazy_load(const char *soname, const char *const *names, void *slots, size_t n);
