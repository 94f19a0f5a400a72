// SPDX-License-Identifier: Apache-2.0
#include "drive/lazy_archive.h"

#include <pthread.h>

#include "drive/lazy.h"

/* Written once, under the guard of pthread_once(). */
static struct archive_calls calls;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#define ARCHIVE_NAME(name) #name,
static const char *const names[] = {ARCHIVE_CALLS(ARCHIVE_NAME)};

static void load(void)
{
	lazy_load("libarchive.so.13", names, &calls, sizeof(names) / sizeof(names[0]));
}

const struct archive_calls *archive_calls(void)
{
	pthread_once(&once, load);
	return &calls;
}
