/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fakes.h - the null kinds with a counter on everything that is taken and given
 * back, and a failure wherever a test wants one.
 */
#ifndef TEST_EXEC_FAKES_H
#define TEST_EXEC_FAKES_H

#include "exec/exec.h"

struct fakes {
	/* Where to fail: name of an operation, as "vmm.start" or "source.arm"; NULL: nowhere. */
	const char *fail;
	int error; /* with this -errno */
	unsigned int after; /* and only after so many good calls */
	unsigned int stop_after; /* a signal comes at the so-manieth check of the VMM */
	bool never_done; /* sources say that they are not done */
	enum pb_run_status report; /* what the VMM's report says */

	struct pb_vmm *vmm; /* the newest */
	void *priv[PB_MAX_SOURCES]; /* of the null sources */
	/* Taken less given back; all zero in the end. */
	int vmms, running, sources, squeezers;
	/* The functions that were given to kicks, and those that squeezers were started with. */
	struct pb_function host[PB_MAX_FUNCTIONS];
	const struct pb_function *with[PB_MAX_SQUEEZERS];
	bool marks; /* squeezers mark their start and their stop */
	unsigned int begins, ends; /* marks that arrived */
	/* Calls made. */
	int drains, collects, disarms;
	unsigned int checks;
	unsigned int calls; /* of the operation that is to fail */
	volatile sig_atomic_t stop;
	bool late_post; /* a source was armed or asked after the VMM was destroyed */
};

extern struct fakes fakes;

/* Free what a run has left up. */
void fakes_leave(void);

/* Reset the counters and give an environment of fakes. */
struct exec_env fakes_init(void);

#endif
