/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * task.h - what a boot and a branch have in common: the files that the machine
 * writes, the watch over them while it runs, and what its end means.
 */
#ifndef LAB_TASK_H
#define LAB_TASK_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/lab/model/branch_wire.h"
#include "host/lab/runner/logscan.h"
#include "machine/machine.h"

/* Why the runner ended a task itself. */
enum task_kill {
	TASK_KILL_NONE,
	TASK_KILL_TIMEOUT, /* host time */
	TASK_KILL_PANIC, /* the kernel is dead already */
	TASK_KILL_FLOOD, /* the serial line or the log is full */
};

#define TASK_LOG_MAX (64u << 20) /* bytes of serial line or emulator log of one task */

struct task {
	int result; /* struct branch_report, and the result behind it */
	int truth;
	int serial;
	int log;
	const struct branch_report *report; /* mapped, or NULL */
	struct logscan scan;
	uint64_t scanned; /* bytes of the serial line */
	double start; /* host time, seconds */
	double timeout_s; /* without progress */
	double deadline;
	uint32_t steps; /* of its sweep, as last seen */
	enum task_kill kill;
	bool kill_done; /* the process was told */
};

/* Host time, monotonic. */
double task_now(void);

/* Make the files. 0 or -errno; task_release() in any case. */
int task_init(struct task *t, double timeout_s);
void task_release(struct task *t);

/*
 * Look at the logs and the time. True when the process should be killed now;
 * t->kill says why.
 */
bool task_watch(struct task *t);

/* What a process of the lab said by its end. */
struct task_end {
	bool done; /* BRANCH_EXIT_DONE, and nothing wrong in the logs */
	char error[256]; /* else */
	char *log_tail; /* else; may be NULL; the caller's to free */
};

/*
 * The process ended with `status` (as of waitpid()). `what` is "boot" or
 * "branch", for the line.
 */
void task_judge(struct task *t, const char *what, int status, struct task_end *end);

/* The same for a boot that reached the branch point and runs on. */
void task_judge_boot(struct task *t, struct task_end *end);

/* Take result and truth of a branch that is done into the job, checked. */
void task_collect(struct task *t, struct pb_job *job);

/* Keep the logs as DIR/NAME.serial and DIR/NAME.emulator; 0 or -errno. */
int task_keep(const struct task *t, const char *dir, const char *name);

#endif
