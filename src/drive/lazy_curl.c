// SPDX-License-Identifier: Apache-2.0
#include "drive/lazy_curl.h"

#include <pthread.h>

#include "drive/lazy.h"

/* Written once, under the guard of pthread_once(). */
static struct curl_calls calls;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#define CURL_NAME(name) #name,
static const char *const names[] = {CURL_CALLS(CURL_NAME)};

static void load(void)
{
	lazy_load("libcurl.so.4", names, &calls, sizeof(names) / sizeof(names[0]));
}

const struct curl_calls *curl_calls(void)
{
	pthread_once(&once, load);
	return &calls;
}
