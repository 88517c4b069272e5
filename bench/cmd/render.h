/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* render.h - results in a format, to stdout or a file: what several commands share. */
#ifndef PB_CMD_RENDER_H
#define PB_CMD_RENDER_H

#include <stdbool.h>

#include "analysis/result.h"
#include "cmd/cmd.h"
#include "cmd/store.h"
#include "reports/report.h"

#define RENDER_MAX 64 /* results at a time */

/* A result, and where the runs of each of its kernels are. */
struct render_result {
	struct pb_result *result;
	struct render_runs {
		char dir[STORE_PATH]; /* of a store; empty: nowhere */
		unsigned int kernel; /* which of the store's it is */
	} runs[PB_RESULT_MAX_KERNELS];
};

/*
 * Load results by name (store_find_result()). 0, or CMD_ERROR after a line.
 * render_release() after success only.
 */
int render_load(char *const *names, int nr, struct render_result *r);
void render_release(struct render_result *r, int nr);

/* All kernels' runs are in this store, in order. */
void render_set_dir(struct render_result *r, const char *dir);

/* A format by name; false after a line that names all. `what`: the option. */
bool render_format(const struct cmd *c, const char *what, const char *name,
		   const struct pb_report_ops **format);

/*
 * Write them to `path`, whole or not at all; NULL or "-": to stdout. 0, or
 * CMD_ERROR after a line.
 */
int render_write(const struct pb_report_ops *format, const struct render_result *r, int nr,
		 bool verbose, const char *path);

#endif
