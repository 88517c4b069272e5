/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * source.h - what posts interrupts.  One file per kind: null, poster, nvme, nic.
 *
 * Order of calls: open, arm, [poll done], disarm, close.  disarm and close are
 * legal after any failure, and twice.  Every function that returns int returns
 * 0 or -errno, and then leaves one line in source->error.
 */
#ifndef PB_SOURCE_H
#define PB_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan.h"
#include "shared/plan.h"
#include "shared/run.h"
#include "util/clock.h"
#include "vmm/vmm.h"

struct pb_source_ops;

/* The caller zeroes it and fills in the first part. */
struct pb_source {
	const struct pb_plan *plan; /* checked */
	unsigned int index; /* of the source in the plan */
	struct pb_function *fn; /* the VMM's; outlives the source */
	struct pb_clock *clock; /* time of the machine: khz is known at arm() */

	const struct pb_source_ops *ops;
	void *priv;
	struct {
		uint64_t done, go; /* TSC; go 0: the guest does not know yet */
	} life[PB_PLAN_MAX_RESETS]; /* one for each reset so far */
	uint32_t resets;
	uint64_t next_reset; /* not before; 0: not armed yet */
	char error[160];
};

struct pb_source_ops {
	const char *name;
	enum pb_source_kind kind;
	/* Look at the function (is it what it must be?) and prepare ring and slots. */
	int (*open)(struct pb_source *src);
	/* Start the schedule. -EINVAL: the function refused it. */
	int (*arm)(struct pb_source *src);
	/*
	 * Have all posts been made? 1, 0, or -errno (posts can no longer
	 * come). Cheap; call often.
	 */
	int (*done)(struct pb_source *src);
	/* Posts made so far, by the function's own count. */
	uint64_t (*posted)(struct pb_source *src);
	/* After the guest stopped; fills in `a`, which is zero. NULL: nothing is commanded. */
	void (*account)(struct pb_source *src, struct pb_run_account *a);
	/*
	 * No further post after this, but of what a device has begun. What was posted stays
	 * posted.
	 */
	void (*disarm)(struct pb_source *src);
	/* Forgets the function: posted is 0 after it. */
	void (*close)(struct pb_source *src);
};

extern const struct pb_source_ops source_null;
extern const struct pb_source_ops source_poster;
extern const struct pb_source_ops source_nvme;
extern const struct pb_source_ops source_nic;

/* NULL when there is no such kind. */
const struct pb_source_ops *source_find(enum pb_source_kind kind);
/* The same where a Linux guest's own drivers drive the device; NULL for kinds without one. */
const struct pb_source_ops *source_find_guest(enum pb_source_kind kind);

#endif
