/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * instance.h - one lab: an emulator that booted one kernel, and its branches.
 * Nothing here waits: the caller polls instance_fds(), calls instance_serve()
 * when one is ready, and instance_watch() a few times a second.
 */
#ifndef LAB_INSTANCE_H
#define LAB_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "host/lab/runner/emulator.h"
#include "host/lab/runner/task.h"

enum instance_state {
	INSTANCE_NEW,
	INSTANCE_BOOTING,
	INSTANCE_READY, /* branches can be taken */
	INSTANCE_ENDED, /* as asked */
	INSTANCE_FAILED, /* error, log_tail */
};

struct instance_branch {
	bool used;
	uint32_t id;
	struct pb_job *job;
	struct task task;
};

struct instance {
	enum instance_state state;
	const struct pb_kernel *kernel;
	int media; /* descriptor (medium.h), the caller's; 0: none */
	pid_t pid; /* of the fork server; 0: none */
	int pidfd;
	int sock;
	struct task boot;
	double boot_s;
	uint64_t ready_tick;
	uint32_t next_id;
	struct instance_branch branch[BRANCH_MAX_LIVE];
	unsigned int live;
	double kill_by; /* a child that was to be killed must be reported by then; 0: none */
	char error[256]; /* INSTANCE_FAILED */
	char *log_tail;
	/* Called when a branch ended; the job is filled in. May start another. */
	void (*done)(void *arg, struct instance *inst, struct pb_job *job, const struct task *task);
	void *arg;
};

/*
 * Start the boot. On failure the state is INSTANCE_FAILED and a line in
 * inst->error. kernel, media, done and arg are set by the caller, the rest zeroed.
 */
int instance_boot(struct instance *inst, const struct emulator *e, const char *image,
		  double timeout_s);

/*
 * Start a branch that does job->plan, within timeout_s of host time and what
 * the plan needs of emulated time, with at most `cpus` processes that compute
 * (a sweep has several). 0; -EAGAIN: too many; -errno with
 * job->error filled in.
 */
int instance_branch(struct instance *inst, struct pb_job *job, double timeout_s, unsigned int cpus);

/* Descriptors to poll for input; returns how many (at most 2). */
unsigned int instance_fds(const struct instance *inst, int fds[2]);
/* Something is ready. */
void instance_serve(struct instance *inst);
/* Look after logs and deadlines. */
void instance_watch(struct instance *inst);
/* End it and whatever it still runs; branches in flight are not reported. */
void instance_stop(struct instance *inst);
/* instance_stop(), and free everything. */
void instance_release(struct instance *inst);

/* The limit in ticks of emulated time that a plan gets. */
uint64_t instance_plan_limit(const struct pb_plan *plan);

#endif
