/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * channel.h - how a plan reaches the executor and its run leaves.  One file
 * per kind: lab (the control function of the emulated machine), file (plan
 * file in, run file out), memory (a process that was forked to carry out one
 * plan).
 *
 * Order of calls: open, plan, [beat], result, close.  Each returns 0 or -errno
 * and then leaves one line in ch->error.
 */
#ifndef PB_EXEC_CHANNEL_H
#define PB_EXEC_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exec/exec.h"

struct exec_channel_ops;

/* The caller zeroes it and fills in what its kind needs. */
struct exec_channel {
	const struct exec_channel_ops *ops;
	const char *plan_path, *run_path; /* file */
	const void *plan; /* memory */
	size_t plan_size;
	int run_fd; /* memory: written from its position on */
	void *priv; /* of the kind */
	char error[160];
};

struct exec_channel_ops {
	const char *name;
	bool ends; /* result ends the machine */
	/* Nothing here may depend on the plan: in the lab all branches share it. */
	int (*open)(struct exec_channel *ch);
	/*
	 * Wait for the plan (in the lab: the branch point). It is as it came
	 * in, not checked, and valid until close.
	 */
	int (*plan)(struct exec_channel *ch, const void **data, size_t *size);
	/* Progress, for a watchdog. Cheap. */
	void (*beat)(struct exec_channel *ch, enum pb_phase phase);
	/* A squeezer begins or ends what it does; from any thread. NULL: nobody is told. */
	void (*mark)(struct exec_channel *ch, unsigned int squeezer, bool begin);
	/* Hand over a sealed run. In the lab this ends the machine. */
	int (*result)(struct exec_channel *ch, const struct pb_run *run);
	/* After any failure too, and twice. */
	void (*close)(struct exec_channel *ch);
};

extern const struct exec_channel_ops channel_lab;
extern const struct exec_channel_ops channel_file;
extern const struct exec_channel_ops channel_memory;

/* After open, lab only: PB_CONTROL_MODE_. */
uint32_t channel_lab_mode(const struct exec_channel *ch);

/* Lab only: hand over these bytes (at most PB_CONTROL_WINDOW), which ends the machine. */
void channel_lab_end(const struct exec_channel *ch, const void *data, size_t size);

/*
 * plan, exec_plan(), result on an open channel. env as for exec_plan(), its
 * beat is the channel's. *status (may be NULL) is the run's. 0, or -errno with
 * ch->error.
 */
int channel_serve(struct exec_channel *ch, const struct exec_env *env, enum pb_run_status *status);

#endif
