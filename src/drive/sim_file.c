// SPDX-License-Identifier: Apache-2.0
/*
 * Reading is replaying: the state of sim.json, then every whole line of sim.log.  A line that was
 * cut off by a crash has no newline; it is cleared away before the next one is written.  Anything
 * else that is no change is damage: it is told, with its line, and nothing is written.  When the
 * journal has grown to a quarter of the state, a new state is written and a new epoch begins; a
 * crash between the two files leaves a journal of the old epoch, which is void.
 */
#include "drive/sim_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/file.h"
#include "drive/sim_op.h"

enum {
	STATE_MAX = 256 << 20,
	LOG_MIN = 256 << 10, /* a journal may grow to this size in any case */
	LOCK_MS = 30000
};

struct err *sim_file_open(struct arena *a, const char *dir, struct sim_file *ret_file)
{
	struct sim_file f = {
		.state_path = arena_printf(a, "%s/sim.json", dir),
		.log_path = arena_printf(a, "%s/sim.log", dir),
		.lock_path = arena_printf(a, "%s/sim.lock", dir),
		.lock_fd = -1,
		.log_fd = -1,
	};

	f.lock_fd = open(f.lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (f.lock_fd < 0)
		return err_new(a, ERR_FORBIDDEN, "opening '%s': %s", f.lock_path, strerror(errno));
	*ret_file = f;
	return NULL;
}

void sim_file_close(struct sim_file *f)
{
	if (f->log_fd >= 0)
		close(f->log_fd);
	if (f->lock_fd >= 0)
		close(f->lock_fd);
	arena_done(&f->arena);
	f->log_fd = f->lock_fd = -1;
}

bool sim_file_exists(const struct sim_file *f)
{
	return access(f->state_path, F_OK) == 0;
}

/* ---- writing ---- */

static struct err *write_all(struct arena *a, const struct sim_file *f, const char *text,
			     size_t size)
{
	while (size) {
		ssize_t n = write(f->log_fd, text, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_new(a, ERR_REMOTE, "writing '%s': %s", f->log_path,
				       strerror(errno));
		text += n;
		size -= (size_t)n;
	}
	return NULL;
}

/* An empty journal of the state's epoch. */
static struct err *restart_log(struct arena *a, struct sim_file *f)
{
	const char *head = arena_printf(a, "{\"epoch\":%lld}\n", (long long)f->state.epoch);

	if (f->log_fd >= 0)
		close(f->log_fd);
	f->log_fd = -1;
	TRY(file_write(a, f->log_path, 0600, head, strlen(head)));
	f->log_fd = open(f->log_path, O_RDWR | O_APPEND | O_CLOEXEC);
	if (f->log_fd < 0)
		return err_new(a, ERR_FORBIDDEN, "opening '%s': %s", f->log_path, strerror(errno));
	f->log_read = (int64_t)strlen(head);
	return NULL;
}

/* Remember which sim.json this is. */
static void see(struct sim_file *f, const struct stat *st)
{
	f->seen_inode = st->st_ino;
	f->seen_time = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
	f->state_size = (size_t)st->st_size;
}

static bool is_seen(const struct sim_file *f, const struct stat *st)
{
	struct sim_file now;

	see(&now, st);
	return f->loaded && f->seen_inode == now.seen_inode && f->seen_time == now.seen_time &&
	       f->state_size == now.state_size;
}

static struct err *write_state(struct arena *a, struct sim_file *f)
{
	struct arena scratch scoped_arena = {0};
	const char *text = json_write(&scratch, sim_state_write(&scratch, &f->state), JSON_COMPACT);
	struct stat st;

	TRY(file_write(a, f->state_path, 0600, text, strlen(text)));
	if (stat(f->state_path, &st))
		return err_new(a, ERR_REMOTE, "'%s': %s", f->state_path, strerror(errno));
	see(f, &st);
	return restart_log(a, f);
}

/* ---- reading ---- */

static struct err *read_state(struct arena *a, struct sim_file *f)
{
	struct arena fresh = {0};
	struct sim_state state;
	struct node *doc;
	const char *text;
	size_t size;

	struct err *e = file_read(a, f->state_path, STATE_MAX, &text, &size);
	if (!e)
		e = json_read(&fresh, f->state_path, text, size, &doc);
	if (!e)
		e = sim_state_read(&fresh, doc, &state);
	if (e) {
		struct err *kept =
			err_new(a, e->kind, "the state of the simulated world: %s", e->msg);
		kept->hint =
			e->hint ? arena_strdup(a, e->hint)
				: "Put a copy of it back, or remove the sim.* files: the world "
				  "begins anew, without releases.";
		arena_done(&fresh);
		return kept;
	}
	arena_done(&f->arena);
	f->arena = fresh;
	f->state = state;
	f->state.a = &f->arena;
	f->loaded = true;
	return NULL;
}

/* ---- the journal ---- */

/* Nothing of a journal that cannot be understood is thrown away. */
static struct err *damaged(struct arena *a, const struct sim_file *f, size_t line, const char *what)
{
	return err_hint(a,
			err_new(a, ERR_INPUT, "the journal of the simulated world: %s:%zu: %s",
				f->log_path, line, what),
			"Nothing was changed. Put copies of sim.json and sim.log back; or remove "
			"that line and all after it: the world is then as it was before them.");
}

static size_t line_of(const char *text, size_t at)
{
	size_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

/* One change; what is wrong with it is told with its line in the journal. */
static struct err *replay_line(struct arena *a, struct sim_file *f, const char *text, size_t at,
			       size_t len)
{
	struct node *op;
	struct err *e = json_read(&f->arena, "", text + at, len, &op);
	const char *what = e ? strchr(e->msg, ' ') : NULL; /* after the place in the line */

	if (e)
		return damaged(a, f, line_of(text, at), what ? what + 1 : e->msg);
	e = sim_op(&f->state, op);
	return e ? damaged(a, f, line_of(text, at), e->msg) : NULL;
}

/* A line whose writer was killed, or that garbage was written over? */
static bool is_torn(const char *text, size_t size)
{
	static const char op[] = "{\"op\":\"";
	size_t n = size < strlen(op) ? size : strlen(op);

	return !memcmp(text, op, n);
}

/* Replay what of @text, the whole journal, is not in the state yet; a torn line is cut off. */
static struct err *replay(struct arena *a, struct sim_file *f, const char *text, size_t size)
{
	size_t at = (size_t)f->log_read;

	for (const char *end; (end = memchr(text + at, '\n', size - at)) != NULL;) {
		TRY(replay_line(a, f, text, at, (size_t)(end - text) - at));
		at = (size_t)(end - text) + 1;
	}
	if (!is_torn(text + at, size - at))
		return damaged(a, f, line_of(text, at), "no change of a simulated world");
	if (at < size && ftruncate(f->log_fd, (off_t)at))
		return err_new(a, ERR_REMOTE, "'%s': %s", f->log_path, strerror(errno));
	f->log_read = (int64_t)at;
	return NULL;
}

/* The epoch in the first line of a journal, and that line's length. */
static struct err *read_head(struct arena *a, const struct sim_file *f, const char *text,
			     size_t size, int64_t *ret_epoch, size_t *ret_len)
{
	const char *end = memchr(text, '\n', size);
	struct node *head = NULL;
	struct err *e = end ? json_read(a, "", text, (size_t)(end - text), &head) : NULL;
	int64_t epoch = e || !head ? 0 : node_int(head, "epoch", 0);

	if (epoch < 1)
		return damaged(a, f, 1, "this is no head of a journal");
	if (epoch > f->state.epoch)
		return damaged(a, f, 1, "it is of a later state than sim.json");
	*ret_epoch = epoch;
	*ret_len = (size_t)(end - text) + 1;
	return NULL;
}

/* Everything of the journal that is not in the state yet. */
static struct err *read_log(struct arena *a, struct sim_file *f)
{
	const char *text = "";
	size_t size = 0, head = 0;
	int64_t epoch = 0;
	struct err *e = file_read(a, f->log_path, STATE_MAX, &text, &size);

	if ((e && e->kind == ERR_NOT_FOUND) || (!e && !size))
		return restart_log(a, f);
	TRY(e);
	TRY(read_head(a, f, text, size, &epoch, &head));
	if (epoch < f->state.epoch)
		return restart_log(a, f);
	if (f->log_fd < 0)
		f->log_fd = open(f->log_path, O_RDWR | O_APPEND | O_CLOEXEC);
	if (f->log_fd < 0)
		return err_new(a, ERR_FORBIDDEN, "opening '%s': %s", f->log_path, strerror(errno));
	if (!f->log_read)
		f->log_read = (int64_t)head;
	if ((size_t)f->log_read > size)
		return damaged(a, f, line_of(text, size), "it is shorter than it was");
	return replay(a, f, text, size);
}

static int64_t size_of_log(const struct sim_file *f)
{
	struct stat st;

	return f->log_fd >= 0 && !fstat(f->log_fd, &st) ? (int64_t)st.st_size : -1;
}

static struct err *start(struct arena *a, struct sim_file *f, const struct sim_world *world)
{
	arena_done(&f->arena);
	f->arena = (struct arena){0};
	sim_state_init(&f->arena, world, &f->state);
	TRY(write_state(a, f));
	return read_state(a, f); /* texts of the world are now its own */
}

static struct err *sync_state(struct arena *a, struct sim_file *f, const struct sim_world *world)
{
	struct stat st;

	if (stat(f->state_path, &st)) {
		if (errno != ENOENT)
			return err_new(a, ERR_FORBIDDEN, "'%s': %s", f->state_path,
				       strerror(errno));
		return start(a, f, world);
	}
	if (!is_seen(f, &st)) {
		TRY(read_state(a, f));
		see(f, &st);
		f->log_read = 0;
		if (f->log_fd >= 0)
			close(f->log_fd);
		f->log_fd = -1;
	}
	if (f->log_fd >= 0 && size_of_log(f) == f->log_read)
		return NULL;
	return read_log(a, f);
}

/* ---- the lock ---- */

static void nap(void)
{
	const struct timespec t = {.tv_nsec = 5000000};

	nanosleep(&t, NULL);
}

struct err *sim_file_lock(struct sim_file *f, struct arena *a, const struct sim_world *world)
{
	for (int waited = 0; flock(f->lock_fd, LOCK_EX | LOCK_NB); waited += 5) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_new(a, ERR_REMOTE, "locking '%s': %s", f->lock_path,
				       strerror(errno));
		if (waited >= LOCK_MS)
			return err_new(a, ERR_TIMEOUT,
				       "another process holds the simulated world ('%s')",
				       f->lock_path);
		nap();
	}
	struct err *e = sync_state(a, f, world);
	if (e) {
		f->loaded = false;
		sim_file_unlock(f);
	}
	return e;
}

void sim_file_unlock(struct sim_file *f)
{
	flock(f->lock_fd, LOCK_UN);
}

/* A new epoch when replaying the journal would take longer than reading the state. */
static struct err *fold(struct arena *a, struct sim_file *f)
{
	int64_t quarter = (int64_t)(f->state_size / 4);
	int64_t limit = quarter > LOG_MIN ? quarter : LOG_MIN;

	if (f->log_read < limit)
		return NULL;
	f->state.epoch++;
	TRY(write_state(a, f));
	return read_state(a, f);
}

struct err *sim_file_change(struct sim_file *f, struct arena *a, const struct node *op)
{
	const char *line = arena_printf(a, "%s\n", json_write(a, op, JSON_COMPACT));
	struct node *own; /* what a replay would read: its texts live as long as the state */
	struct err *e = json_read(&f->arena, "change", line, strlen(line), &own);

	if (!e)
		e = sim_op(&f->state, own);
	if (!e)
		e = write_all(a, f, line, strlen(line));
	if (e) { /* what is in memory may be half of it */
		f->loaded = false;
		return err_wrap(a, e, "the simulated world");
	}
	f->log_read += (int64_t)strlen(line);
	return fold(a, f);
}
