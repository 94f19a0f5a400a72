// SPDX-License-Identifier: Apache-2.0
/*
 * Over libcurl.  The multi interface drives the single transfer, so that cancelling and stalls are
 * noticed within a tenth of a second and not when libcurl next looks.  Connections are kept by the
 * multi handle; curl_global_init() counts its callers and is safe to call from several threads.
 */
#include "drive/http.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "drive/lazy_curl.h"
#include "drive/url.h"
#include "port/cancel.h"

enum {
	LOOK_MS = 100,            /* how often cancelling and stalls are looked at */
	BUFFER_SIZE = 256 * 1024, /* libcurl's own, each way */
	HEADERS_MAX = 256 * 1024,
	CACHED_CONNECTIONS = 8,
};

struct exchange {
	struct http *h;
	struct arena *a;
	const struct http_request *req;
	struct url url;
	const char *who; /* authority, for messages */

	struct curl_slist *lines, *routes;
	char detail[CURL_ERROR_SIZE];
	struct http_response res;
	vec_of(struct http_header) head;
	size_t head_size;
	struct str body;
	bool begun;    /* status and headers were looked at */
	bool sinking;  /* the body goes to the sink */
	int64_t taken; /* bytes of body */
	int64_t max_body;
	struct err *err; /* ours: overrules what libcurl says of the abort */

	int64_t moved, moved_at; /* for stalls */
};

void http_open(struct http *h, struct cancel *cancel)
{
	*h = (struct http){.cancel = cancel};
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
	h->multi = curl_multi_init();
	h->easy = curl_easy_init();
	if (!h->multi || !h->easy)
		abort();
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)CACHED_CONNECTIONS);
}

void http_close(struct http *h)
{
	if (!h->multi)
		return;
	curl_easy_cleanup(h->easy);
	curl_multi_cleanup(h->multi);
	curl_global_cleanup();
	*h = (struct http){0};
}

enum http_fault http_fault(const struct http *h)
{
	return h->fault;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- receiving ---- */

/* Look at status and headers before the first byte of the body; false ends the transfer. */
static bool begin_body(struct exchange *x)
{
	const struct http_sink *sink = x->req->sink;
	curl_off_t length = -1;
	long status = 0;

	x->begun = true;
	curl_easy_getinfo(x->h->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(x->h->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	x->res.status = (int)status;
	x->res.length = length;
	x->res.headers = x->head.at;
	x->res.n_headers = x->head.n;
	x->res.body = "";
	if (status < 200 || status > 299 || !sink)
		return true;
	x->sinking = true;
	if (sink->begin)
		x->err = sink->begin(sink->self, x->a, &x->res);
	return !x->err;
}

static size_t on_body(char *bytes, size_t unit, size_t n, void *self)
{
	struct exchange *x = self;
	size_t size = unit * n;
	int64_t max = x->max_body;

	if (!x->begun && !begin_body(x))
		return 0;
	if (!x->sinking && (max < 0 || max > HTTP_BODY_MAX))
		max = HTTP_BODY_MAX;
	if (max >= 0 && (x->res.length > max || (int64_t)size > max - x->taken)) {
		x->h->fault = HTTP_FAULT_CAP;
		x->err =
			err_new(x->a, ERR_TOO_LARGE,
				"the answer of '%s' is larger than %" PRId64 " bytes", x->who, max);
		return 0;
	}
	x->taken += (int64_t)size;
	if (!x->sinking) {
		str_add_n(&x->body, bytes, size);
		return size;
	}
	x->err = x->req->sink->write(x->req->sink->self, x->a, bytes, size);
	return x->err ? 0 : size;
}

static size_t on_header(char *bytes, size_t unit, size_t n, void *self)
{
	struct exchange *x = self;
	size_t size = unit * n, len = size, value;
	const char *colon;

	while (len > 0 && strchr("\r\n \t", bytes[len - 1]))
		len--;
	x->head_size += size;
	if (x->head_size > HEADERS_MAX) {
		x->h->fault = HTTP_FAULT_CAP;
		x->err = err_new(x->a, ERR_TOO_LARGE, "the headers of '%s' are too large", x->who);
		return 0;
	}
	if (len > 5 && memcmp(bytes, "HTTP/", 5) == 0) {
		x->head.n = 0; /* an interim answer came before this one */
		return size;
	}
	colon = memchr(bytes, ':', len);
	if (!colon)
		return size;
	value = (size_t)(colon - bytes) + 1;
	while (value < len && strchr(" \t", bytes[value]))
		value++;
	*vec_push(x->a, &x->head) = (struct http_header){
		arena_strndup(x->a, bytes, (size_t)(colon - bytes)),
		arena_strndup(x->a, bytes + value, len - value),
	};
	return size;
}

/* ---- sending ---- */

static size_t on_read(char *buf, size_t unit, size_t n, void *self)
{
	struct exchange *x = self;
	size_t got = 0;

	x->err = x->req->source->read(x->req->source->self, x->a, buf, unit * n, &got);
	return x->err ? CURL_READFUNC_ABORT : got;
}

static int on_seek(void *self, curl_off_t offset, int origin)
{
	struct exchange *x = self;
	const struct http_source *source = x->req->source;

	if (offset != 0 || origin != SEEK_SET || !source->rewind)
		return CURL_SEEKFUNC_CANTSEEK;
	x->err = source->rewind(source->self, x->a);
	return x->err ? CURL_SEEKFUNC_FAIL : CURL_SEEKFUNC_OK;
}

static bool one_line(const char *text)
{
	return !text || !text[strcspn(text, "\r\n")];
}

static bool has_header(const struct http_request *req, const char *name)
{
	for (size_t i = 0; i < req->n_headers; i++)
		if (strcasecmp(req->headers[i].name, name) == 0)
			return true;
	return false;
}

static void add_line(struct curl_slist **lines, const char *text)
{
	struct curl_slist *longer = curl_slist_append(*lines, text);

	if (!longer)
		abort();
	*lines = longer;
}

static struct err *set_headers(struct exchange *x)
{
	const struct http_request *req = x->req;

	for (size_t i = 0; i < req->n_headers; i++) {
		const struct http_header *h = &req->headers[i];

		if (!one_line(h->name) || !one_line(h->value) || !h->name[0] ||
		    strchr(h->name, ':'))
			return err_new(x->a, ERR_INPUT, "header '%s' cannot be sent",
				       str_printable(x->a, h->name, false));
		add_line(&x->lines,
			 arena_printf(x->a, h->value[0] ? "%s: %s" : "%s;%s", h->name, h->value));
	}
	if (!one_line(req->bearer))
		return err_new(x->a, ERR_INPUT, "the token for '%s' holds a line break", x->who);
	if (req->bearer)
		add_line(&x->lines, arena_printf(x->a, "Authorization: Bearer %s", req->bearer));
	if (!has_header(req, "content-type"))
		add_line(&x->lines, "Content-Type:");
	if (!has_header(req, "expect"))
		add_line(&x->lines, "Expect:");
	if (req->tls && req->tls->server_name && !has_header(req, "host"))
		add_line(&x->lines, arena_printf(x->a, "Host: %s", x->who));
	curl_easy_setopt(x->h->easy, CURLOPT_HTTPHEADER, x->lines);
	return NULL;
}

static void set_body(struct exchange *x)
{
	const struct http_request *req = x->req;
	const char *method = req->method ? req->method : "GET";
	CURL *e = x->h->easy;
	bool get = strcmp(method, "GET") == 0, post = strcmp(method, "POST") == 0;

	if (strcmp(method, "HEAD") == 0) {
		curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
		return;
	}
	if (req->source) {
		curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE, (curl_off_t)req->source->size);
		curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(e, CURLOPT_READDATA, x);
		curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, on_seek);
		curl_easy_setopt(e, CURLOPT_SEEKDATA, x);
	} else if (req->body || post || strcmp(method, "PUT") == 0) {
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)(req->body ? req->body_size : 0));
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, req->body ? req->body : "");
	}
	if (!get)
		curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, method);
}

static void set_blob(CURL *e, CURLoption option, const struct http_blob *blob)
{
	struct curl_blob b = {0};

	if (!blob->size)
		return;
	memcpy(&b.data, &blob->data, sizeof(b.data)); /* libcurl's type lacks the const */
	b.len = blob->size;
	b.flags = CURL_BLOB_NOCOPY;
	curl_easy_setopt(e, option, &b);
}

static void set_tls(struct exchange *x)
{
	const struct http_tls *tls = x->req->tls;
	CURL *e = x->h->easy;

	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (!tls)
		return;
	set_blob(e, CURLOPT_CAINFO_BLOB, &tls->ca);
	if (tls->ca.size && !tls->ca_adds)
		curl_easy_setopt(e, CURLOPT_CAPATH, NULL); /* else it would be trusted as well */
	set_blob(e, CURLOPT_SSLCERT_BLOB, &tls->cert);
	set_blob(e, CURLOPT_SSLKEY_BLOB, &tls->key);
	if (tls->insecure) {
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (tls->server_name) {
		/* Ask for another name, but connect to the host of the URL. */
		struct url named = x->url;

		named.host = tls->server_name;
		add_line(&x->routes, arena_printf(x->a, "%s:%u:%s:%u", named.host, named.port,
						  x->url.host, x->url.port));
		curl_easy_setopt(e, CURLOPT_CONNECT_TO, x->routes);
		curl_easy_setopt(e, CURLOPT_URL, url_text(x->a, &named));
	}
}

static int64_t or_default(int64_t value, int64_t otherwise)
{
	return value ? value : otherwise;
}

static void set_limits(struct exchange *x)
{
	const struct http_request *req = x->req;
	CURL *e = x->h->easy;
	int64_t total = or_default(req->total_ms, HTTP_TOTAL_MS);

	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)or_default(req->connect_ms, HTTP_CONNECT_MS));
	if (total > 0)
		curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)total);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, (long)BUFFER_SIZE);
	curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, (long)BUFFER_SIZE);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	x->max_body = or_default(req->max_body, HTTP_BODY_MAX);
}

static struct err *set_up(struct exchange *x)
{
	const struct http_request *req = x->req;
	CURL *e = x->h->easy;

	TRY(url_parse(x->a, req->url, &x->url));
	x->who = url_authority(x->a, &x->url);
	if (!x->url.tls && !req->plain_ok)
		return err_new(x->a, ERR_INPUT, "plain http to '%s' is not allowed", x->who);
	curl_easy_reset(e);
	curl_easy_setopt(e, CURLOPT_URL, url_text(x->a, &x->url));
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "smo/" SMO_VERSION);
	curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, x->detail);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
	if (url_is_loopback(&x->url))
		curl_easy_setopt(e, CURLOPT_PROXY, "");
	if (req->user) {
		curl_easy_setopt(e, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(e, CURLOPT_USERNAME, req->user);
		curl_easy_setopt(e, CURLOPT_PASSWORD, req->password ? req->password : "");
	}
	set_body(x);
	set_limits(x);
	return NULL;
}

/* ---- the exchange ---- */

struct meaning {
	CURLcode code;
	enum http_fault fault;
	enum err_kind kind;
	const char *text; /* one %s: the host */
};

static const struct meaning meanings[] = {
	{CURLE_COULDNT_RESOLVE_HOST, HTTP_FAULT_RESOLVE, ERR_REMOTE, "the host of '%s' is unknown"},
	{CURLE_COULDNT_RESOLVE_PROXY, HTTP_FAULT_RESOLVE, ERR_REMOTE,
	 "the host of the proxy on the way to '%s' is unknown"},
	{CURLE_COULDNT_CONNECT, HTTP_FAULT_CONNECT, ERR_REMOTE, "cannot connect to '%s'"},
	{CURLE_SSL_CONNECT_ERROR, HTTP_FAULT_TLS, ERR_REMOTE, "TLS with '%s' failed"},
	{CURLE_PEER_FAILED_VERIFICATION, HTTP_FAULT_TRUST, ERR_REMOTE,
	 "the certificate of '%s' is not trusted"},
	{CURLE_SSL_CACERT_BADFILE, HTTP_FAULT_TLS, ERR_INPUT,
	 "the CA certificates given for '%s' cannot be read"},
	{CURLE_SSL_CERTPROBLEM, HTTP_FAULT_TLS, ERR_INPUT,
	 "the client certificate given for '%s' cannot be used"},
	{CURLE_SSL_CIPHER, HTTP_FAULT_TLS, ERR_REMOTE, "TLS with '%s' failed"},
	{CURLE_PARTIAL_FILE, HTTP_FAULT_DROPPED, ERR_REMOTE,
	 "'%s' closed the connection in the middle of its answer"},
	{CURLE_RECV_ERROR, HTTP_FAULT_DROPPED, ERR_REMOTE, "the connection to '%s' broke"},
	{CURLE_SEND_ERROR, HTTP_FAULT_DROPPED, ERR_REMOTE, "the connection to '%s' broke"},
	{CURLE_SEND_FAIL_REWIND, HTTP_FAULT_DROPPED, ERR_REMOTE, "the connection to '%s' broke"},
	{CURLE_GOT_NOTHING, HTTP_FAULT_DROPPED, ERR_REMOTE,
	 "'%s' closed the connection without an answer"},
	{CURLE_WEIRD_SERVER_REPLY, HTTP_FAULT_PROTOCOL, ERR_REMOTE, "'%s' does not answer in HTTP"},
	{CURLE_UNSUPPORTED_PROTOCOL, HTTP_FAULT_PROTOCOL, ERR_REMOTE,
	 "'%s' does not answer in HTTP/1"},
	{CURLE_OUT_OF_MEMORY, HTTP_FAULT_LOCAL, ERR_GENERIC, "no memory to talk to '%s'"},
};

static struct err *err_of(struct exchange *x, const struct meaning *m)
{
	const char *what = arena_printf(x->a, "%s", m->text);
	const char *at = strstr(what, "%s");
	const char *named = arena_printf(x->a, "%.*s%s%s", (int)(at - what), what, x->who, at + 2);
	const char *why = x->detail;
	long os = 0;

	x->h->fault = m->fault;
	curl_easy_getinfo(x->h->easy, CURLINFO_OS_ERRNO, &os);
	if (m->code == CURLE_COULDNT_CONNECT && os > 0)
		why = strerrordesc_np((int)os);
	if (!why || !why[0])
		return err_new(x->a, m->kind, "%s", named);
	return err_new(x->a, m->kind, "%s: %s", named, str_printable(x->a, why, false));
}

static struct err *timed_out(struct exchange *x)
{
	double connected = 0;
	int64_t ms = or_default(x->req->total_ms, HTTP_TOTAL_MS);

	/* A kept connection needs no connecting: pretransfer is set as soon as it is ready. */
	curl_easy_getinfo(x->h->easy, CURLINFO_PRETRANSFER_TIME, &connected);
	if (connected > 0) {
		x->h->fault = HTTP_FAULT_DEADLINE;
		return err_new(x->a, ERR_TIMEOUT, "'%s' did not answer within %" PRId64 " ms",
			       x->who, ms);
	}
	x->h->fault = HTTP_FAULT_CONNECT;
	return err_new(x->a, ERR_TIMEOUT, "cannot connect to '%s' in time", x->who);
}

static struct err *explain(struct exchange *x, CURLcode code)
{
	const struct meaning other = {code, HTTP_FAULT_PROTOCOL, ERR_REMOTE,
				      "talking to '%s' failed"};

	if (x->err) {
		if (x->h->fault == HTTP_FAULT_NONE)
			x->h->fault = HTTP_FAULT_LOCAL;
		return x->err;
	}
	if (code == CURLE_OK)
		return NULL;
	if (code == CURLE_OPERATION_TIMEDOUT)
		return timed_out(x);
	for (size_t i = 0; i < countof(meanings); i++)
		if (meanings[i].code == code)
			return err_of(x, &meanings[i]);
	return err_of(x, &other);
}

/* True when the transfer must end now; x->err says why. */
static bool must_stop(struct exchange *x)
{
	int64_t limit = or_default(x->req->stall_ms, HTTP_STALL_MS), now = now_ms();
	curl_off_t down = 0, up = 0;

	if (cancelled(x->h->cancel)) {
		x->h->fault = HTTP_FAULT_CANCELLED;
		x->err = err_new(x->a, ERR_CANCELLED, "stopped while talking to '%s'", x->who);
		return true;
	}
	curl_easy_getinfo(x->h->easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
	curl_easy_getinfo(x->h->easy, CURLINFO_SIZE_UPLOAD_T, &up);
	if (down + up + (int64_t)x->head_size != x->moved) {
		x->moved = down + up + (int64_t)x->head_size;
		x->moved_at = now;
	}
	if (limit < 0 || now - x->moved_at < limit)
		return false;
	x->h->fault = HTTP_FAULT_STALLED;
	x->err = err_new(x->a, ERR_TIMEOUT, "nothing came from '%s' for %" PRId64 " ms", x->who,
			 limit);
	return true;
}

static CURLcode drive(struct exchange *x)
{
	CURLM *multi = x->h->multi;
	CURLcode code = CURLE_FAILED_INIT;
	int running = 1, left;
	CURLMsg *msg;

	x->moved_at = now_ms();
	if (curl_multi_add_handle(multi, x->h->easy) != CURLM_OK)
		return code;
	while (running && curl_multi_perform(multi, &running) == CURLM_OK && running) {
		if (must_stop(x))
			break;
		if (curl_multi_poll(multi, NULL, 0, LOOK_MS, NULL) != CURLM_OK)
			break;
	}
	while ((msg = curl_multi_info_read(multi, &left)))
		if (msg->msg == CURLMSG_DONE)
			code = msg->data.result;
	return code;
}

static struct err *exchange(struct exchange *x)
{
	CURLcode code;

	x->h->fault = HTTP_FAULT_REQUEST; /* until it is on its way */
	TRY(set_up(x));
	set_tls(x);
	TRY(set_headers(x));
	x->h->fault = HTTP_FAULT_NONE;
	code = drive(x);
	if (code == CURLE_OK && !x->err && !x->begun)
		begin_body(x);
	return explain(x, code);
}

struct err *http_send(struct http *h, struct arena *a, const struct http_request *req,
		      struct http_response *ret_response)
{
	struct exchange x = {.h = h, .a = a, .req = req, .body = {.a = a}};
	struct err *e = exchange(&x);

	curl_multi_remove_handle(h->multi, h->easy);
	curl_easy_reset(h->easy); /* forgets pointers into our frame, and the credentials */
	curl_slist_free_all(x.lines);
	curl_slist_free_all(x.routes);
	if (e)
		return e;
	x.res.headers = x.head.at;
	x.res.n_headers = x.head.n;
	x.res.body = str_text(&x.body);
	x.res.body_size = x.body.len;
	*ret_response = x.res;
	return NULL;
}
