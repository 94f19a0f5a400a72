// SPDX-License-Identifier: Apache-2.0
/*
 * fork and exec by hand: posix_spawn cannot ask the kernel to kill the child with its parent.
 * Between the two only async-signal-safe calls are made, because other threads may hold any lock.
 *
 * The end of the child is awaited through a pidfd beside its output, so a grandchild that keeps
 * the output open cannot hold us; the group is killed while the zombie still owns its number.
 */
#include "drive/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define FILE_FD   40  /* files[0] is this descriptor in the child: see PROC_FILE */
#define SOURCE_FD 100 /* our ends of them are at least this, so that no dup2 hits another */
#define SLICE_MS  100 /* how often the cancel flag is looked at */

/* What was read from one of the child's outputs: the head of it, or the tail. */
struct capture {
	int fd; /* -1: closed */
	char *buf;
	size_t size, cap, dropped;
	bool tail;
};

struct child {
	pid_t pid;
	int pidfd;
	struct capture out, err;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- the child's side ---- */

struct setup {
	const struct proc_want *want;
	pid_t parent;
	int in, out, err, status;
	int files[PROC_FILES_MAX];
};

/* Everything but what the child may keep is closed by exec. */
static void mark_all_cloexec(void)
{
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	struct rlimit limit = {.rlim_cur = 1024};
	getrlimit(RLIMIT_NOFILE, &limit);
	int end = limit.rlim_cur < 65536 ? (int)limit.rlim_cur : 65536;

	for (int fd = 3; fd < end; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static _Noreturn void child_fail(const struct setup *s)
{
	int code = errno;
	ssize_t n = write(s->status, &code, sizeof(code));

	_exit(n == (ssize_t)sizeof(code) ? 127 : 126);
}

static _Noreturn void child_main(const struct setup *s)
{
	const struct proc_want *w = s->want;
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		child_fail(s);
	if (getppid() != s->parent) /* it died before we asked */
		_exit(126);
	if (chdir(w->dir ? w->dir : "/") != 0)
		child_fail(s);
	if (dup2(s->in, 0) < 0 || dup2(s->out, 1) < 0 || dup2(s->err, 2) < 0)
		child_fail(s);
	mark_all_cloexec();
	/* A copy keeps a lock as well as the original, and is never in the way of the files. */
	for (size_t i = 0; i < w->n_keep_fds; i++)
		if (w->keep_fds[i] >= 0 &&
		    fcntl(w->keep_fds[i], F_DUPFD, FILE_FD + PROC_FILES_MAX) < 0)
			child_fail(s);
	for (size_t i = 0; i < w->n_files; i++)
		if (dup2(s->files[i], FILE_FD + (int)i) < 0)
			child_fail(s);
	umask(077);
	/* The standard declares these without const for history's sake; exec changes nothing. */
	union {
		const char *const *in;
		char *const *out;
	} argv = {w->argv}, env = {w->env};
	execve(w->path, argv.out, env.out);
	child_fail(s);
}

/* ---- our side ---- */

static struct err *cannot(struct arena *a, const struct proc_want *w, const char *what)
{
	return err_new(a, ERR_GENERIC, "cannot run '%s': %s: %s", w->argv[0], what,
		       strerror(errno));
}

/* A descriptor >= SOURCE_FD whose contents are @data, readable by us alone. */
static int memory_file(const void *data, size_t size)
{
	int low = memfd_create("smo", MFD_CLOEXEC);
	int fd = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, SOURCE_FD);

	close_fd(&low);
	if (fd < 0)
		return -1;
	for (size_t done = 0; done < size;) {
		ssize_t n = pwrite(fd, (const char *)data + done, size - done, (off_t)done);
		if (n <= 0) {
			close_fd(&fd);
			return -1;
		}
		done += (size_t)n;
	}
	if (fchmod(fd, 0600) != 0)
		close_fd(&fd);
	return fd;
}

static bool make_pipe(int *ret_read, int *ret_write)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return false;
	*ret_read = fcntl(fds[0], F_DUPFD_CLOEXEC, SOURCE_FD);
	*ret_write = fcntl(fds[1], F_DUPFD_CLOEXEC, SOURCE_FD);
	close(fds[0]);
	close(fds[1]);
	return *ret_read >= 0 && *ret_write >= 0;
}

static void setup_done(struct setup *s)
{
	close_fd(&s->in);
	close_fd(&s->out);
	close_fd(&s->err);
	close_fd(&s->status);
	for (size_t i = 0; i < PROC_FILES_MAX; i++)
		close_fd(&s->files[i]);
}

static struct err *setup_open(struct arena *a, const struct proc_want *w, struct setup *s,
			      struct child *c, int *ret_status)
{
	if (!make_pipe(&c->out.fd, &s->out) || !make_pipe(&c->err.fd, &s->err) ||
	    !make_pipe(ret_status, &s->status))
		return cannot(a, w, "pipe");
	if (w->input) {
		s->in = memory_file(w->input, w->input_size);
	} else {
		int low = open("/dev/null", O_RDONLY | O_CLOEXEC);
		s->in = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, SOURCE_FD);
		close_fd(&low);
	}
	if (s->in < 0)
		return cannot(a, w, "its input");
	for (size_t i = 0; i < w->n_files; i++) {
		s->files[i] = memory_file(w->files[i].data, w->files[i].size);
		if (s->files[i] < 0)
			return cannot(a, w, "its files");
	}
	fcntl(c->out.fd, F_SETFL, O_NONBLOCK);
	fcntl(c->err.fd, F_SETFL, O_NONBLOCK);
	return NULL;
}

static pid_t fork_quietly(const struct setup *s)
{
	sigset_t all, before;

	/* No handler of ours may run in the child. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid_t pid = fork();
	if (pid == 0)
		child_main(s);
	int code = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = code;
	return pid;
}

/* False when nobody can say how it ended: SIGCHLD is ignored in this process. */
static bool reap(struct child *c, int *ret_wait_status)
{
	pid_t pid;

	kill(-c->pid, SIGKILL);
	while ((pid = waitpid(c->pid, ret_wait_status, 0)) < 0 && errno == EINTR)
		;
	close_fd(&c->pidfd);
	return pid == c->pid;
}

/* NULL once the child runs its program. */
static struct err *start(struct arena *a, const struct proc_want *w, struct setup *s,
			 struct child *c)
{
	int status = -1, code = 0, wait_status;
	struct err *e = setup_open(a, w, s, c, &status);

	if (!e) {
		c->pid = fork_quietly(s);
		if (c->pid < 0)
			e = cannot(a, w, "fork");
	}
	setup_done(s);
	if (e) {
		close_fd(&status);
		return e;
	}
	setpgid(c->pid, c->pid);          /* the child does so too: whoever comes first */
	c->pidfd = pidfd_open(c->pid, 0); /* -1 where the kernel has none: has_ended() asks then */
	ssize_t n;
	while ((n = read(status, &code, sizeof(code))) < 0 && errno == EINTR)
		;
	close_fd(&status);
	if (n == (ssize_t)sizeof(code)) {
		reap(c, &wait_status);
		errno = code;
		if (errno == ENOENT || errno == ENOTDIR)
			return err_new(a, ERR_NOT_FOUND, "there is no program '%s'", w->path);
		return cannot(a, w, w->path);
	}
	return NULL;
}

static void keep(struct arena *a, struct capture *c, const char *bytes, size_t n)
{
	size_t limit = c->tail ? c->cap * 2 : c->cap;

	if (!c->buf)
		c->buf = arena_alloc(a, limit + 1);
	if (c->tail && n > c->cap) {
		c->dropped += n - c->cap;
		bytes += n - c->cap;
		n = c->cap;
	}
	if (c->tail && c->size + n > limit) {
		size_t drop = c->size + n - c->cap;

		drop = drop < c->size ? drop : c->size;
		memmove(c->buf, c->buf + drop, c->size - drop);
		c->size -= drop;
		c->dropped += drop;
	}
	size_t fits = n < limit - c->size ? n : limit - c->size;
	memcpy(c->buf + c->size, bytes, fits);
	c->size += fits;
	c->dropped += n - fits;
}

/* Read what is there; the descriptor is closed at its end. */
static void drain(struct arena *a, struct capture *c)
{
	char buf[16384];

	/* A program that never stops writing must not keep us from looking at the clock. */
	for (int i = 0; c->fd >= 0 && i < 64; i++) {
		ssize_t n = read(c->fd, buf, sizeof(buf));

		if (n > 0)
			keep(a, c, buf, (size_t)n);
		else if (n == 0 || (errno != EAGAIN && errno != EINTR))
			close_fd(&c->fd);
		else
			return;
	}
}

enum stage { RUNNING, TERMINATED, KILLED };

struct watch {
	int64_t deadline; /* of the present stage; 0: none */
	enum stage stage;
	bool timed_out, cancelled;
};

/* Move to the next stage when it is time for it. */
static void watch_over(const struct proc_want *w, const struct child *c, struct watch *state)
{
	int64_t now = now_ms();
	bool due = state->deadline && now >= state->deadline;

	if (state->stage == RUNNING && (due || cancelled(w->cancel))) {
		state->timed_out = due;
		state->cancelled = !due;
		state->stage = TERMINATED;
		state->deadline = now + (w->grace_ms ? w->grace_ms : 5000);
		kill(-c->pid, SIGTERM);
	} else if (state->stage == TERMINATED && due) {
		state->stage = KILLED;
		state->deadline = 0;
		kill(-c->pid, SIGKILL);
	}
}

/* Without taking its number away. */
static bool has_ended(const struct child *c)
{
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
		return errno != EINTR;
	return info.si_pid == c->pid;
}

static void attend(struct arena *a, const struct proc_want *w, struct child *c, struct watch *state)
{
	for (;;) {
		struct pollfd fds[] = {
			{c->pidfd, POLLIN, 0}, {c->out.fd, POLLIN, 0}, {c->err.fd, POLLIN, 0}};
		int64_t wait = c->pidfd < 0 ? SLICE_MS / 10 : SLICE_MS;

		if (state->deadline && state->deadline - now_ms() < wait)
			wait = state->deadline - now_ms();
		poll(fds, countof(fds), wait < 0 ? 0 : (int)wait);
		drain(a, &c->out);
		drain(a, &c->err);
		if (fds[0].revents || (c->pidfd < 0 && has_ended(c)))
			return;
		watch_over(w, c, state);
	}
}

static const char *text_of(struct arena *a, struct capture *c, size_t *ret_size,
			   size_t *ret_dropped)
{
	size_t skip = c->tail && c->size > c->cap ? c->size - c->cap : 0;

	*ret_size = c->size - skip;
	*ret_dropped = c->dropped + skip;
	return c->buf ? arena_strndup(a, c->buf + skip, c->size - skip) : "";
}

static struct err *stopped(struct arena *a, const struct proc_want *w, const struct watch *state,
			   const char *errors)
{
	const char *line = proc_last_line(a, errors);
	const char *colon = *line ? ": " : "";

	if (state->cancelled)
		return err_new(a, ERR_CANCELLED, "'%s' was stopped%s%s", w->argv[0], colon, line);
	return err_new(a, ERR_TIMEOUT, "'%s' did not end within %lld ms%s%s", w->argv[0],
		       (long long)w->timeout_ms, colon, line);
}

struct err *proc_run(struct arena *a, const struct proc_want *w, struct proc_result *ret_result)
{
	struct arena scratch scoped_arena = {0};
	struct setup s = {.want = w, .parent = getpid(), -1, -1, -1, -1};
	struct child c = {
		.pidfd = -1,
		.out = {.fd = -1, .cap = w->out_cap ? w->out_cap : 1 << 20},
		.err = {.fd = -1, .cap = w->err_cap ? w->err_cap : 1 << 20, .tail = true}};
	struct watch state = {.deadline = w->timeout_ms ? now_ms() + w->timeout_ms : 0};
	int status = 0;

	if (w->n_files > PROC_FILES_MAX)
		return err_new(a, ERR_BUG, "too many files for '%s'", w->argv[0]);
	for (size_t i = 0; i < PROC_FILES_MAX; i++)
		s.files[i] = -1;
	struct err *e = start(a, w, &s, &c);
	if (!e) {
		attend(&scratch, w, &c, &state);
		if (!reap(&c, &status))
			e = cannot(a, w, "its end is not known");
		drain(&scratch, &c.out);
		drain(&scratch, &c.err);
	}
	close_fd(&c.out.fd);
	close_fd(&c.err.fd);
	if (e)
		return e;
	struct proc_result r = {0};
	r.out = text_of(a, &c.out, &r.out_size, &r.out_dropped);
	r.err = text_of(a, &c.err, &r.err_size, &r.err_dropped);
	r.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	r.exit_code = r.signal ? 128 + r.signal : WEXITSTATUS(status);
	/* One that ended well in the last moment has done its work. */
	if (state.stage != RUNNING && r.exit_code != 0)
		return stopped(a, w, &state, r.err);
	*ret_result = r;
	return NULL;
}

struct err *proc_find(struct arena *a, const char *name, const char **ret_path)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/')) {
		char *full = realpath(name, NULL);
		bool good = full && access(full, X_OK) == 0;
		const char *copy = arena_strdup(a, full);

		free(full);
		if (!good)
			return err_new(a, ERR_NOT_FOUND, "there is no program '%s'", name);
		*ret_path = copy;
		return NULL;
	}
	for (const char *p = path ? path : "/usr/local/bin:/usr/bin:/bin"; *p;) {
		size_t len = strcspn(p, ":");
		const char *full = arena_printf(a, "%.*s/%s", (int)len, p, name);
		struct stat st;

		/* Only absolute directories: what lies in the current one is not ours to run. */
		if (*p == '/' && access(full, X_OK) == 0 && stat(full, &st) == 0 &&
		    S_ISREG(st.st_mode)) {
			*ret_path = full;
			return NULL;
		}
		p += len;
		p += *p == ':';
	}
	return err_new(a, ERR_NOT_FOUND, "there is no program '%s' in PATH", name);
}

struct err *proc_operand(struct arena *a, const char *what, const char *operand)
{
	if (!operand || !*operand)
		return err_new(a, ERR_INPUT, "the %s is empty", what);
	if (*operand == '-')
		return err_new(a, ERR_INPUT, "the %s '%s' must not begin with '-'", what,
			       str_printable(a, operand, false));
	return NULL;
}

const char *proc_last_line(struct arena *a, const char *text)
{
	const char *end = text + strlen(text);

	while (end > text && strchr(" \t\r\n", end[-1]))
		end--;
	const char *begin = end;
	while (begin > text && begin[-1] != '\n')
		begin--;
	return str_printable(a, arena_strndup(a, begin, (size_t)(end - begin)), false);
}
