// SPDX-License-Identifier: Apache-2.0
/* What an answer says: the part of drive/http.h that needs no network. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/http.h"

enum { ERROR_TEXT_MAX = 300 }; /* of an answer's body, in messages */

const char *http_header(const struct http_response *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++)
		if (strcasecmp(r->headers[i].name, name) == 0)
			return r->headers[i].value;
	return NULL;
}

static enum err_kind kind_of_status(int status)
{
	switch (status) {
	case 400:
	case 422:
		return ERR_INPUT;
	case 401:
	case 403:
		return ERR_FORBIDDEN;
	case 404:
	case 410:
		return ERR_NOT_FOUND;
	case 408:
	case 504:
		return ERR_TIMEOUT;
	case 409:
		return ERR_CONFLICT;
	case 413:
		return ERR_TOO_LARGE;
	default:
		return ERR_REMOTE;
	}
}

struct err *http_status_err(struct arena *a, const struct http_response *r, const char *who)
{
	size_t len = r->body_size < ERROR_TEXT_MAX ? r->body_size : ERROR_TEXT_MAX;

	if (r->status >= 200 && r->status <= 299)
		return NULL;
	while (len > 0 && strchr("\r\n ", r->body[len - 1]))
		len--;
	if (len == 0)
		return err_new(a, kind_of_status(r->status), "%s answered %d", who, r->status);
	return err_new(a, kind_of_status(r->status), "%s answered %d: %s", who, r->status,
		       str_printable(a, arena_strndup(a, r->body, len), false));
}
