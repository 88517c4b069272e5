/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * job.h - a command that is run in the lab instead of a plan.  What it is, comes
 * on the medium, in directory ROOT_JOB: JOB_ARGV, JOB_OUT, and files of its own;
 * what came of it goes back through the window as an archive (util/cpio.h).
 */
#ifndef PB_EXEC_JOB_H
#define PB_EXEC_JOB_H

#include <stddef.h>

#include "exec/channel.h"

/* Files of ROOT_JOB; strings, each with a zero byte behind it. */
#define JOB_ARGV     ".argv" /* the command and its arguments */
#define JOB_OUT      ".out" /* files that are to be handed back */
#define JOB_ARGS_MAX 1024

/* Files of the archive that goes back; of one that fails there is JOB_ERROR alone. */
#define JOB_STATUS "status" /* as exit status of a shell, decimal: 128 + a signal that ended it */
#define JOB_STDOUT "stdout"
#define JOB_STDERR "stderr"
#define JOB_FILE   "file%u" /* the nth of JOB_OUT, from 0; missing: there was none */
#define JOB_ERROR  "error" /* a line: why there is nothing else */

/*
 * Run it, in ROOT_JOB, standard input empty; hand over what came of it, which ends
 * the machine.  Comes back only with a line in err.
 */
void job_run(const struct exec_channel *ch, char *err, size_t errlen);

#endif
