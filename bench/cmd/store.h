/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * store.h - the directory of one command's results:
 *
 *	command.json	what was typed, where, and the kernels it meant
 *	runs/		K-SCENARIO-BRANCH.run and .truth, each whole or not there
 *	logs/		of failed branches; of all with --keep-logs
 *	result.json	at the end
 *
 * A command that was killed goes on from there: what is in runs/ is kept.
 */
#ifndef PB_CMD_STORE_H
#define PB_CMD_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "machine/machine.h"

#define STORE_PATH 1024
#define STORE_ERR  1280

struct store {
	char dir[STORE_PATH];
	char logs[STORE_PATH];
	int lock; /* descriptor of dir, locked */
	bool fresh; /* made by us: removed again when nothing came of it */
};

/*
 * Make (or, for `resume`, open) the directory and lock it. `output` NULL: a new
 * one below ${XDG_STATE_HOME:-$HOME/.local/state}/pirbench/results. 0; -EEXIST:
 * it holds something; -EBUSY: another one uses it; -ENOENT: nothing to resume;
 * -errno. A line in err (STORE_ERR bytes).
 */
int store_open(struct store *s, const char *output, bool resume, char *err);
void store_close(struct store *s);
/*
 * Will store_open() take this directory as `output`? Asked before hours of
 * building; changes nothing. 0, or as store_open().
 */
int store_check_output(const char *output, char *err);
/* Remove what store_open() made, if no run is in it. */
void store_discard(struct store *s);

/*
 * command.json: words, kernels, and the seeded defect of the machine ("": none).
 * 0 or -errno with a line in err.
 */
int store_put_command(const struct store *s, int argc, char *const *argv,
		      const struct pb_kernel *const *kernels, size_t nr, const char *defect,
		      char *err);
/*
 * The words that were typed, as argv of *argc, NULL-terminated, the caller's to
 * free with free() in one piece; the working directory they belong to in cwd.
 */
int store_get_command(const char *dir, int *argc, char ***argv, char *cwd, size_t size, char *err);
/* Are these the kernels and the defect of command.json? 0; -ESTALE with a line in err; -errno. */
int store_same_origin(const struct store *s, const struct pb_kernel *const *kernels, size_t nr,
		      const char *defect, char *err);

/* Keep the job's run and truth. 0 or -errno with a line in err. */
int store_put_job(const struct store *s, unsigned int kernel, unsigned int branch,
		  const struct pb_job *job, char *err);
/* Take them, if they are there and are this plan's; true when the job is done. */
bool store_get_job(const struct store *s, unsigned int kernel, unsigned int branch, bool has_truth,
		   struct pb_job *job);

/* Path of what store_put_job() keeps; kind: "run" or "truth". */
void store_run_path(const char *dir, unsigned int kernel, const char *scenario, unsigned int branch,
		    const char *kind, char *path, size_t size);

/* Path of a result.json: `name` is one, or a directory, or the name of one of ours. */
bool store_find_result(const char *name, char *path, size_t size);
/* The directory of all results, not made. false: HOME is not set. */
bool store_base(char *path, size_t size);

#endif
