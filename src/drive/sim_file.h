// SPDX-License-Identifier: Apache-2.0
/*
 * The files of a simulated federation: the state, the journal of what happened since, the lock.
 *
 *     sim.json  the state at the beginning of an epoch, replaced as a whole
 *     sim.log   {"epoch": 3}, then one change a line (see sim_op.h); of another epoch: void
 *     sim.lock  held while anything is read or changed
 */
#pragma once

#include "base/arena.h"
#include "base/attr.h"
#include "drive/sim_state.h"

struct err;
struct node;

struct sim_file {
	const char *state_path, *log_path, *lock_path;
	int lock_fd;
	int log_fd;
	struct arena arena;     /* holds the state; emptied when it is read anew */
	struct sim_state state; /* valid while locked */
	bool loaded;
	uint64_t seen_inode; /* of the sim.json that was read; as an inode may be used again, */
	int64_t seen_time;   /* with its time and size */
	int64_t log_read;    /* bytes of the journal that are in the state */
	size_t state_size;   /* bytes of sim.json */
};

/* Paths in @dir, which exists; nothing is read yet. */
struct err *sim_file_open(struct arena *a, const char *dir, struct sim_file *ret_file) must_check;
void sim_file_close(struct sim_file *f);

/* Wait for the lock, then bring f->state up to date.  @world makes the first state. */
struct err *sim_file_lock(struct sim_file *f, struct arena *a, const struct sim_world *world)
	must_check;
void sim_file_unlock(struct sim_file *f);

/* While locked: do @op and write it down. */
struct err *sim_file_change(struct sim_file *f, struct arena *a, const struct node *op) must_check;

/* Is there a state in the files already? */
bool sim_file_exists(const struct sim_file *f);
