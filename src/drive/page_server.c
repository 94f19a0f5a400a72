// SPDX-License-Identifier: Apache-2.0
#include "drive/page_server.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "port/cancel.h"

enum { CLIENTS_MAX = 32, REQUEST_MAX = 8192, CLIENT_MS = 5000, POLL_MS = 100, BACKLOG = 16 };

struct client {
	int fd; /* -1: nobody */
	int64_t until;
	size_t n_in, n_out, sent;
	const char *out; /* in arena; NULL: still asking, or answered */
	bool answered;   /* what it still says is read and dropped, or it would miss the answer */
	struct arena arena;
	char in[REQUEST_MAX + 1];
};

struct serving {
	const struct page_server *s;
	int fd;
	struct client *clients; /* [CLIENTS_MAX] */
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void hang_up(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	arena_done(&c->arena);
}

/* ---- one request ---- */

static void answer(struct client *c, const char *status, const char *more, const char *body,
		   bool head)
{
	struct str out = {.a = &c->arena};

	str_addf(&out,
		 "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
		 "Content-Length: %zu\r\n%sConnection: close\r\n\r\n",
		 status, strlen(body), more);
	if (!head)
		str_add(&out, body);
	c->out = str_text(&out);
	c->n_out = out.len;
}

static void answer_page(const struct page_server *s, struct client *c, const char *path, bool head)
{
	const char *text = NULL;
	struct err *e = s->page(s->self, &c->arena, path, &text);

	if (e && s->failed)
		s->failed(s->self, e);
	if (e)
		answer(c, "500 Internal Server Error", "", "it failed\n", head);
	else if (!text)
		answer(c, "404 Not Found", "", "no such page\n", head);
	else
		answer(c, "200 OK", "", text, head);
}

/* "GET /path?query HTTP/1.1" */
static void answer_request(const struct page_server *s, struct client *c)
{
	char *method = c->in, *path = strchr(c->in, ' ');
	char *end = path ? strpbrk(path + 1, " \r\n") : NULL;

	if (!path || !end || *end != ' ' || path[1] != '/' || !str_starts(end + 1, "HTTP/1.")) {
		answer(c, "400 Bad Request", "", "this is no HTTP\n", false);
		return;
	}
	*path++ = *end = '\0';
	path[strcspn(path, "?#")] = '\0';
	bool head = str_eq(method, "HEAD");
	if (!head && !str_eq(method, "GET"))
		answer(c, "405 Method Not Allowed", "Allow: GET, HEAD\r\n", "GET only\n", false);
	else
		answer_page(s, c, path, head);
}

static void hear(const struct page_server *s, struct client *c)
{
	size_t from = c->answered ? 0 : c->n_in;
	ssize_t n = recv(c->fd, c->in + from, REQUEST_MAX - from, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		hang_up(c);
		return;
	}
	if (c->answered)
		return;
	c->n_in += (size_t)n;
	c->in[c->n_in] = '\0';
	if (memchr(c->in, '\0', c->n_in))
		answer(c, "400 Bad Request", "", "this is no HTTP\n", false);
	else if (strstr(c->in, "\r\n\r\n"))
		answer_request(s, c);
	else if (c->n_in == REQUEST_MAX)
		answer(c, "431 Request Header Fields Too Large", "", "too long\n", false);
}

static void say(struct client *c)
{
	ssize_t n = send(c->fd, c->out + c->sent, c->n_out - c->sent, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		hang_up(c);
		return;
	}
	c->sent += (size_t)n;
	if (c->sent < c->n_out)
		return;
	shutdown(c->fd, SHUT_WR);
	c->answered = true;
	c->out = NULL;
}

/* ---- clients ---- */

static struct client *free_place(struct serving *v)
{
	struct client *oldest = &v->clients[0];

	for (int i = 0; i < CLIENTS_MAX; i++) {
		if (v->clients[i].fd < 0)
			return &v->clients[i];
		if (v->clients[i].until < oldest->until)
			oldest = &v->clients[i];
	}
	hang_up(oldest);
	return oldest;
}

static void welcome(struct serving *v)
{
	int fd = accept4(v->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	struct client *c = free_place(v);
	c->fd = fd;
	c->until = now_ms() + (v->s->client_ms ? v->s->client_ms : CLIENT_MS);
	c->n_in = c->n_out = c->sent = 0;
	c->out = NULL;
	c->answered = false;
	c->arena = (struct arena){0};
}

static void serve_round(struct serving *v)
{
	struct pollfd fds[CLIENTS_MAX + 1] = {{v->fd, POLLIN, 0}};

	for (int i = 0; i < CLIENTS_MAX; i++)
		fds[i + 1] =
			(struct pollfd){v->clients[i].fd, v->clients[i].out ? POLLOUT : POLLIN, 0};
	if (poll(fds, countof(fds), POLL_MS) < 0)
		return;
	for (int i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &v->clients[i];

		if (c->fd < 0)
			continue;
		if (fds[i + 1].revents && !c->out)
			hear(v->s, c);
		else if (fds[i + 1].revents)
			say(c);
		else if (now_ms() > c->until)
			hang_up(c);
	}
	if (fds[0].revents)
		welcome(v);
}

/* ---- the address ---- */

static struct err *split(struct arena *a, const char *text, const char **ret_host,
			 const char **ret_port)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;

	if (!n || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
	    strlen(colon + 1) > 5 || strtol(colon + 1, NULL, 10) > 65535)
		return err_new(a, ERR_INPUT, "'%s' is no address such as 127.0.0.1:9100", text);
	if (text[0] == '[' && text[n - 1] == ']')
		*ret_host = arena_strndup(a, text + 1, n - 2);
	else
		*ret_host = arena_strndup(a, text, n);
	*ret_port = colon + 1;
	return NULL;
}

static struct err *bind_err(struct arena *a, const char *address, int why)
{
	enum err_kind kind = why == EADDRINUSE ? ERR_CONFLICT
			     : why == EACCES   ? ERR_FORBIDDEN
					       : ERR_INPUT;

	return err_new(a, kind, "cannot listen on '%s': %s", address, strerror(why));
}

static struct err *open_socket(struct arena *a, const char *address, int *ret_fd)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
	};
	struct addrinfo *found;
	const char *host = NULL, *port = NULL;
	int yes = 1;

	TRY(split(a, address, &host, &port));
	if (getaddrinfo(host, port, &hints, &found) != 0)
		return err_new(a, ERR_INPUT, "'%s' is no address such as 127.0.0.1:9100", address);
	int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool fine = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
		    bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0;
	int why = errno;
	freeaddrinfo(found);
	if (!fine && fd >= 0)
		close(fd);
	if (!fine)
		return bind_err(a, address, why);
	*ret_fd = fd;
	return NULL;
}

static const char *address_of(struct arena *a, int fd, const char *asked)
{
	struct sockaddr_storage addr;
	socklen_t size = sizeof(addr);
	char port[8];

	if (getsockname(fd, (struct sockaddr *)&addr, &size) != 0 ||
	    getnameinfo((struct sockaddr *)&addr, size, NULL, 0, port, sizeof(port),
			NI_NUMERICSERV) != 0)
		return asked;
	return arena_printf(a, "%.*s:%s", (int)(strrchr(asked, ':') - asked), asked, port);
}

struct err *page_server_run(struct arena *a, const struct page_server *s)
{
	struct serving v = {.s = s, .clients = arena_new_n(a, struct client, CLIENTS_MAX)};
	int64_t next = now_ms() + s->tick_ms;

	TRY(open_socket(a, s->listen, &v.fd));
	for (int i = 0; i < CLIENTS_MAX; i++)
		v.clients[i].fd = -1;
	if (s->listening)
		s->listening(s->self, address_of(a, v.fd, s->listen));
	while (!cancelled(s->cancel)) {
		serve_round(&v);
		if (s->tick_ms && now_ms() >= next) {
			s->tick(s->self);
			next = now_ms() + s->tick_ms;
		}
	}
	for (int i = 0; i < CLIENTS_MAX; i++)
		hang_up(&v.clients[i]);
	close(v.fd);
	return NULL;
}
