/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * machine.h - where a plan runs.  One file per kind: null, lab (local and the
 * others come later).  A scenario never knows which one it runs on.
 */
#ifndef PB_MACHINE_H
#define PB_MACHINE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/plan.h"
#include "shared/run.h"

/* A kernel ready to boot, as kernel_get() in host/kernel gives it. */
struct pb_kernel {
	char name[64]; /* as the user typed it, or the name of the variant */
	char image[512]; /* path of the bzImage; empty for the null machine */
	char build_id[44]; /* GNU build id of vmlinux, hex; may be empty */
	char release[64];
	char compiler[128];
	char key[72]; /* content key of the cache entry, hex; may be empty */
	/* null machine only: posts of a suppressed kind that this "kernel" loses, of 1000 */
	uint32_t null_loses_permille;
};

enum pb_job_status {
	PB_JOB_PENDING,
	PB_JOB_DONE, /* run (and truth) are there; run->status says how it went */
	PB_JOB_FAILED, /* the machine itself failed: error and log_tail say how */
};

/* One branch to run, and what came of it. The caller zeroes it, fills in the first part. */
struct pb_job {
	const struct pb_kernel *kernel;
	const struct pb_plan *plan;
	const struct pb_kernel *guest; /* of a Linux guest (vmm linux); NULL: there is none */
	/* Filled in by the machine; freed by machine_job_release(). */
	enum pb_job_status status;
	void *run; /* struct pb_run + events, checked by run_check() */
	size_t run_size;
	void *truth; /* the same, content PB_RUN_TRUTH; NULL where there is none */
	size_t truth_size;
	char error[256]; /* one line, for PB_JOB_FAILED */
	char *log_tail; /* the end of the log that explains it; or NULL */
	double wall_s; /* of this branch */
	double boot_s; /* of the boot it came from (the same for all its branches) */
};

struct pb_machine_opts {
	unsigned int cpus; /* branches at once; 0: as many as there are CPUs */
	unsigned int timeout_s; /* host time for a boot or a branch; 0: the machine's default */
	const char *dir; /* where logs may be kept; NULL: nowhere */
	bool keep_logs;
	/* Set by a signal handler to give up: run() returns -EINTR. NULL: never. */
	const volatile sig_atomic_t *stop;
};

/*
 * Called from the thread that runs the jobs, never concurrently: a boot
 * started or ended (job NULL), or a job ended. The other two may be NULL:
 *   enough  asked after each job: when true, those that run are ended and, as
 *           those that were not started, stay PENDING; run() returns 0
 *   more    every job ended: how many there are now. The caller has appended
 *           them behind the others, of the same kernels; kernels stay booted
 *           meanwhile. Not more than before: run() returns 0
 */
struct pb_machine_progress {
	void (*boot)(void *arg, const struct pb_kernel *kernel, bool done, double seconds);
	void (*job)(void *arg, struct pb_job *job);
	bool (*enough)(void *arg);
	size_t (*more)(void *arg);
	void *arg;
};

/* Is there no need to go on? */
static inline bool machine_enough(const struct pb_machine_progress *p)
{
	return p && p->enough && p->enough(p->arg);
}

/* How many jobs are there, now that all `nr` ended? */
static inline size_t machine_more(const struct pb_machine_progress *p, size_t nr)
{
	size_t now = p && p->more && !machine_enough(p) ? p->more(p->arg) : nr;

	return now > nr ? now : nr;
}

struct pb_machine_ops {
	const char *name;
	const char *summary; /* one line for `pirbench doctor` and help */
	bool has_truth;
	/*
	 * Can it run here? 0, or -errno with a reason of one line that says what
	 * to do about it.
	 */
	int (*probe)(char *reason, size_t size);
	/*
	 * Build what the machine itself needs, once, before run(): may take
	 * minutes; `line` (may be NULL) gets what the build says. NULL: nothing
	 * to prepare. 0, or -errno with one line in reason.
	 */
	int (*prepare)(const struct pb_machine_opts *opts,
		       void (*line)(void *arg, const char *line), void *arg, char *reason,
		       size_t size);
	/*
	 * Run all jobs that are PENDING, and those that progress->more() adds;
	 * boots each distinct kernel once. Returns 0 when every job ended (each
	 * with its own status) or enough did, -EINTR when asked to stop,
	 * another -errno when nothing could be started (reason in jobs[0].error).
	 */
	int (*run)(const struct pb_machine_opts *opts, struct pb_job *jobs, size_t nr,
		   const struct pb_machine_progress *progress);
};

extern const struct pb_machine_ops machine_null;
extern const struct pb_machine_ops machine_lab;

/* By name; NULL when there is none. */
const struct pb_machine_ops *machine_find(const char *name);
/* All kinds, NULL-terminated. */
const struct pb_machine_ops *const *machine_all(void);

void machine_job_release(struct pb_job *job);

#endif
