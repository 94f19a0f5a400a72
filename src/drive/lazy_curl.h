// SPDX-License-Identifier: Apache-2.0
/* libcurl, loaded at the first call.  A function that is missing here is added to the list. */
#pragma once

#include <curl/curl.h>

#define CURL_CALLS(X)                                                                              \
	X(curl_global_init)                                                                        \
	X(curl_global_cleanup)                                                                     \
	X(curl_easy_init)                                                                          \
	X(curl_easy_cleanup)                                                                       \
	X(curl_easy_reset)                                                                         \
	X(curl_easy_setopt)                                                                        \
	X(curl_easy_getinfo)                                                                       \
	X(curl_multi_init)                                                                         \
	X(curl_multi_cleanup)                                                                      \
	X(curl_multi_setopt)                                                                       \
	X(curl_multi_add_handle)                                                                   \
	X(curl_multi_remove_handle)                                                                \
	X(curl_multi_perform)                                                                      \
	X(curl_multi_poll)                                                                         \
	X(curl_multi_info_read)                                                                    \
	X(curl_slist_append)                                                                       \
	X(curl_slist_free_all)

struct curl_calls {
#define CURL_MEMBER(name) __typeof__(&name) name;
	CURL_CALLS(CURL_MEMBER)
#undef CURL_MEMBER
};

/* Thread-safe. */
const struct curl_calls *curl_calls(void);

/* curl.h makes some of them macros that check types. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define curl_global_init         curl_calls()->curl_global_init
#define curl_global_cleanup      curl_calls()->curl_global_cleanup
#define curl_easy_init           curl_calls()->curl_easy_init
#define curl_easy_cleanup        curl_calls()->curl_easy_cleanup
#define curl_easy_reset          curl_calls()->curl_easy_reset
#define curl_easy_setopt         curl_calls()->curl_easy_setopt
#define curl_easy_getinfo        curl_calls()->curl_easy_getinfo
#define curl_multi_init          curl_calls()->curl_multi_init
#define curl_multi_cleanup       curl_calls()->curl_multi_cleanup
#define curl_multi_setopt        curl_calls()->curl_multi_setopt
#define curl_multi_add_handle    curl_calls()->curl_multi_add_handle
#define curl_multi_remove_handle curl_calls()->curl_multi_remove_handle
#define curl_multi_perform       curl_calls()->curl_multi_perform
#define curl_multi_poll          curl_calls()->curl_multi_poll
#define curl_multi_info_read     curl_calls()->curl_multi_info_read
#define curl_slist_append        curl_calls()->curl_slist_append
#define curl_slist_free_all      curl_calls()->curl_slist_free_all
