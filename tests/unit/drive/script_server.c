// SPDX-License-Identifier: Apache-2.0
#include "script_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/str.h"

enum { MAX_CONNECTIONS = 8, READ_SIZE = 65536 };

static bool stopping(const struct script *s, int timeout_ms)
{
	struct pollfd p = {.fd = s->stop[0], .events = POLLIN};

	return poll(&p, 1, timeout_ms) > 0;
}

/* More bytes of the request into @text; false when the other side hung up. */
static bool more(int fd, struct str *text)
{
	char buf[READ_SIZE];
	ssize_t n = recv(fd, buf, sizeof(buf), 0);

	if (n <= 0)
		return false;
	str_add_n(text, buf, (size_t)n);
	return true;
}

static size_t content_length(const char *head)
{
	const char *at = strcasestr(head, "\r\ncontent-length:");

	return at ? (size_t)strtoul(at + 17, NULL, 10) : 0;
}

static bool read_chunked(int fd, struct str *text, size_t from)
{
	while (!memmem(text->text + from, text->len - from, "0\r\n\r\n", 5))
		if (!more(fd, text))
			return false;
	return true;
}

/* One request; false when the connection ended before it began. */
static bool read_request(struct script *s, int fd, bool early, struct script_request *ret)
{
	struct str text = {.a = &s->arena};
	const char *end;
	size_t head, want;

	while (!text.len || !(end = memmem(text.text, text.len, "\r\n\r\n", 4)))
		if (!more(fd, &text))
			return false;
	head = (size_t)(end - text.text) + 4;
	ret->head = arena_strndup(&s->arena, text.text, head);
	want = early ? 0 : content_length(ret->head);
	if (!early && strcasestr(ret->head, "transfer-encoding: chunked"))
		read_chunked(fd, &text, head);
	while (text.len - head < want)
		if (!more(fd, &text))
			break;
	ret->body = arena_strndup(&s->arena, text.text + head, text.len - head);
	ret->body_size = text.len - head;
	return true;
}

static void send_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		bytes += n;
		size -= (size_t)n;
	}
}

/* False when the connection must be closed. */
static bool serve(struct script *s, int fd)
{
	static const struct script_step none = {.close = true};
	const struct script_step *step =
		s->n_requests < s->n_steps ? &s->steps[s->n_requests] : &none;
	struct script_request request = {0};

	if (!read_request(s, fd, step->early, &request))
		return false;
	if (s->n_requests < SCRIPT_REQUESTS)
		s->requests[s->n_requests++] = request;
	if (step->hold)
		stopping(s, -1);
	if (step->wait_ms)
		stopping(s, step->wait_ms);
	if (step->reply)
		send_all(fd, step->reply,
			 step->reply_size ? step->reply_size : strlen(step->reply));
	return !step->close;
}

static void *run(void *self)
{
	struct script *s = self;
	struct pollfd p[2 + MAX_CONNECTIONS] = {
		{.fd = s->stop[0], .events = POLLIN},
		{.fd = s->listener, .events = POLLIN},
	};
	nfds_t n = 2;

	while (poll(p, n, -1) > 0 && !p[0].revents) {
		for (nfds_t i = 2; i < n; i++) {
			if (!p[i].revents || serve(s, p[i].fd))
				continue;
			shutdown(p[i].fd, SHUT_RDWR);
			close(p[i].fd);
			p[i--] = p[--n];
		}
		if (p[1].revents && n < countof(p)) {
			p[n++] = (struct pollfd){.fd = accept(s->listener, NULL, NULL),
						 .events = POLLIN};
			s->n_connections++;
		}
	}
	for (nfds_t i = 2; i < n; i++)
		close(p[i].fd);
	return NULL;
}

void script_begin(struct script *s, const struct script_step *steps, size_t n_steps)
{
	struct sockaddr_in where = {.sin_family = AF_INET};
	socklen_t size = sizeof(where);

	*s = (struct script){.n_steps = n_steps};
	s->steps = arena_memdup(&s->arena, steps, n_steps * sizeof(*steps));
	where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&where, size) != 0 ||
	    listen(s->listener, 16) != 0 || pipe(s->stop) != 0 ||
	    getsockname(s->listener, (struct sockaddr *)&where, &size) != 0 ||
	    pthread_create(&s->thread, NULL, run, s) != 0)
		abort();
	s->port = ntohs(where.sin_port);
}

void script_end(struct script *s)
{
	if (write(s->stop[1], "x", 1) != 1)
		abort();
	pthread_join(s->thread, NULL);
	close(s->listener);
	close(s->stop[0]);
	close(s->stop[1]);
}

void script_done(struct script *s)
{
	arena_done(&s->arena);
}

const char *script_url(struct arena *a, const struct script *s, const char *path)
{
	return arena_printf(a, "http://127.0.0.1:%d%s", s->port, path);
}
