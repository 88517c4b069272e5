/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * squeezer.h - what takes the CPU from a vCPU, one file per kind.
 *
 * Order of calls: start, stop.  stop is legal after a failed start, and twice,
 * and leaves nothing behind: threads joined, scheduling as it was found.
 */
#ifndef PB_SQUEEZER_H
#define PB_SQUEEZER_H

#include <stdbool.h>
#include <sys/types.h>

#include "shared/plan.h"
#include "util/clock.h"
#include "vmm/vmm.h"

struct pb_squeezer_ops;

/* The caller zeroes it and fills in the first part. */
struct pb_squeezer {
	const struct pb_plan *plan; /* checked */
	unsigned int index; /* of the squeezer in the plan */
	pid_t vcpu_tid; /* thread of the vCPU; 0: the VMM has none */
	struct pb_vmm *vmm; /* that runs the guest; outlives the squeezer */
	struct pb_function *fn; /* kick: its own, of the VMM; NULL: the VMM gives none */
	struct pb_clock *clock; /* time of the machine */
	/*
	 * Tell the machine that this squeezer begins or ends what it does; for those
	 * whose instants nobody could see otherwise. From any thread. NULL: nobody asks.
	 */
	void (*mark)(void *arg, unsigned int squeezer, bool begin);
	void *mark_arg;

	const struct pb_squeezer_ops *ops;
	void *priv;
	/* Set by stop: -errno, with a line in ->error, when what it did failed on the way. */
	int failed;
	char error[160];
};

struct pb_squeezer_ops {
	const char *name;
	enum pb_squeezer_kind kind;
	/*
	 * Begin. Returns when it is in effect: 0, or -errno with a line in
	 * ->error: -EPERM where the machine does not allow it (a skip).
	 */
	int (*start)(struct pb_squeezer *sq);
	void (*stop)(struct pb_squeezer *sq);
};

extern const struct pb_squeezer_ops squeezer_null;
extern const struct pb_squeezer_ops squeezer_pin;
extern const struct pb_squeezer_ops squeezer_hog;
extern const struct pb_squeezer_ops squeezer_preempt;
extern const struct pb_squeezer_ops squeezer_overcommit;
extern const struct pb_squeezer_ops squeezer_quota;
extern const struct pb_squeezer_ops squeezer_migrate;
extern const struct pb_squeezer_ops squeezer_user;
extern const struct pb_squeezer_ops squeezer_kick;
extern const struct pb_squeezer_ops squeezer_route;

/* NULL when there is no such kind. */
const struct pb_squeezer_ops *squeezer_find(enum pb_squeezer_kind kind);

#endif
