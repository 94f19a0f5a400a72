// SPDX-License-Identifier: Apache-2.0
/*
 * flock() belongs to the open file, not to the process: a child that inherits the descriptor holds
 * the lock too.  The slot that children inherit is /dev/null until a lock is taken, and is
 * replaced in place (dup2), so that its number can be handed out early.
 *
 * The file tells who holds it, for the message to the next one.  It is never deleted: deleting
 * would let two processes lock two files of one name.
 */
#include "drive/lockfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define SIGNATURE "process "

enum { POLL_MS = 20, ORPHANS_MS = 10000 };

struct lockfile {
	const char *dir;
	struct cancel *cancel;
	int slot; /* what children inherit */
	int null;
	bool held;
};

static struct err *failed(struct arena *a, const char *what, const char *path)
{
	return err_new(a, ERR_GENERIC, "%s '%s': %s", what, path, strerror(errno));
}

struct err *lockfile_open(struct arena *a, const char *dir, struct cancel *cancel,
			  struct lockfile **ret_lockfile)
{
	struct lockfile *l = arena_new(a, struct lockfile);

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return failed(a, "cannot make the directory", dir);
	*l = (struct lockfile){.dir = arena_strdup(a, dir), .cancel = cancel, .slot = -1};
	l->null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (l->null < 0)
		return failed(a, "cannot open", "/dev/null");
	l->slot = fcntl(l->null, F_DUPFD_CLOEXEC, 0);
	if (l->slot < 0) {
		close(l->null);
		return failed(a, "cannot duplicate", "/dev/null");
	}
	*ret_lockfile = l;
	return NULL;
}

void lockfile_close(struct lockfile *l)
{
	if (!l)
		return;
	close(l->slot);
	close(l->null);
}

const int *lockfile_fd(const struct lockfile *l)
{
	return &l->slot;
}

/* Graph names are DNS labels: anything else is no file name of ours. */
static bool is_name(const char *graph)
{
	size_t n = strspn(graph, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n && n <= 63 && !graph[n];
}

static const char *holder(struct arena *a, int fd)
{
	char text[128];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return *text ? str_printable(a, text, false) : "another process";
}

/* Is the process that signed the file gone?  Then only its children hold it, and they are ending.
 */
static bool is_orphaned(int fd)
{
	char text[64];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long pid = 0;

	text[n > 0 ? n : 0] = '\0';
	if (str_starts(text, SIGNATURE))
		pid = strtol(text + strlen(SIGNATURE), NULL, 10);
	return pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

static void sign(int fd)
{
	char text[64];
	int n = snprintf(text, sizeof(text), SIGNATURE "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) != n)
		errno = 0; /* the message of the next one will be less helpful */
}

static struct err *wait_for(struct arena *a, struct lockfile *l, int fd, const char *graph,
			    int64_t wait_ms)
{
	const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};

	if (wait_ms < ORPHANS_MS && is_orphaned(fd))
		wait_ms = ORPHANS_MS;
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return failed(a, "cannot lock graph", graph);
		if (cancelled(l->cancel))
			return err_new(a, ERR_CANCELLED, "interrupted while waiting for graph '%s'",
				       graph);
		if (wait_ms <= 0)
			return err_hint(a,
					err_new(a, ERR_LOCKED, "graph '%s' is being changed by %s",
						graph, holder(a, fd)),
					"Try again when it is done, or wait for it with "
					"--lock-wait.");
		nanosleep(&pause, NULL);
		wait_ms -= POLL_MS;
	}
	return NULL;
}

static struct err *take(void *self, struct arena *a, const char *graph, int64_t wait_ms)
{
	struct lockfile *l = self;

	if (!is_name(graph))
		return err_new(a, ERR_INPUT, "'%s' is no name of a graph",
			       str_printable(a, graph, false));
	const char *path = arena_printf(a, "%s/%s.lock", l->dir, graph);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return failed(a, "cannot open", path);
	struct err *e = wait_for(a, l, fd, graph, wait_ms);
	if (!e && dup3(fd, l->slot, O_CLOEXEC) < 0)
		e = failed(a, "cannot keep", path);
	if (!e) {
		sign(fd);
		l->held = true;
	}
	close(fd);
	return e;
}

static void drop(void *self)
{
	struct lockfile *l = self;

	if (l->held)
		dup3(l->null, l->slot, O_CLOEXEC);
	l->held = false;
}

struct lock_port lockfile_port(struct lockfile *l)
{
	return (struct lock_port){.take = take, .drop = drop, .self = l};
}
