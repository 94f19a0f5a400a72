// SPDX-License-Identifier: Apache-2.0
#include "drive/lazy.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void give_up(const char *soname)
{
	const char *why = dlerror();

	fprintf(stderr, "smo: %s cannot be used: %s\n", soname, why ? why : "it is not there");
	abort();
}

void lazy_load(const char *soname, const char *const *names, void *slots, size_t n)
{
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		give_up(soname);
	for (size_t i = 0; i < n; i++) {
		void *function = dlsym(library, names[i]);

		if (!function)
			give_up(soname);
		/* ISO C has no conversion from void * to a pointer to a function. */
		memcpy((char *)slots + i * sizeof(function), &function, sizeof(function));
	}
}
