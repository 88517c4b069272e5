/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lab.h - what the subcommands of `pirbench lab` share. */
#ifndef PB_CMD_LAB_H
#define PB_CMD_LAB_H

#include <stdbool.h>
#include <stddef.h>

#include "host/lab/image/image.h"
#include "host/lab/runner/emulator.h"
#include "host/lab/runner/job.h"

/* Each finds or makes a thing, shows progress, and returns 0, or an exit status after an error line. */
int lab_emulator(struct emulator *e, bool quiet);
int lab_image(const char *kernel, enum image_kind kind, const char *append, bool quiet, char *path,
	      size_t size);
int lab_root(bool quiet, char *path, size_t size);

/* How a command is run in the lab; the job's image and root are filled in. */
struct lab_command {
	const char *kernel;
	const char *append;
	bool root, quiet;
	struct lab_job job;
};

#define LAB_TIMEOUT_S 300
#define LAB_LIMIT_S   3600

/* Run it. 0, or an exit status after an error line; lab_job_release() in any case. */
int lab_command(struct lab_command *lc, struct lab_job_result *r);

#endif
