/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * swept.h - devices that post when a sweep says so (docs/sweeps.md), and at no other
 * time.  One is named as in the plan's sweep: `event` PB_SWEEP_POST and the index of
 * the source, or PB_SWEEP_KICK and the index of the squeezer, whose message goes to
 * the host and is not in the truth.
 */
#ifndef LAB_SWEPT_H
#define LAB_SWEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "host/lab/model/pci.h"
#include "shared/plan.h"

/* A kind of device. All but `armed` are called for one that is armed only. */
struct swept_ops {
	/* Is there such a one, armed for a sweep, which may post still? */
	bool (*armed)(enum pb_sweep_event event, unsigned int index);
	/* Has it something to post now? */
	bool (*ready)(enum pb_sweep_event event, unsigned int index);
	/* The PID that its next post would go to; 0: none. */
	uint64_t (*pid)(enum pb_sweep_event event, unsigned int index);
	/* Physical address of the interrupt-remapping-table entry of its next post; 0: none. */
	uint64_t (*irte)(enum pb_sweep_event event, unsigned int index);
	/* Post, at this very instant: records, slot, message, truth. 0 or -ENOENT. */
	int (*post)(enum pb_sweep_event event, unsigned int index);
	/* The same for swept_try(). */
	int (*attempt)(enum pb_sweep_event event, unsigned int index, struct vtd_message *m);
};
extern const struct swept_ops swept_poster; /* poster.c */
extern const struct swept_ops swept_nvme; /* nvme_swept.c: a completion */
extern const struct swept_ops swept_null; /* nobody: what is not armed */

bool swept_armed(enum pb_sweep_event event, unsigned int index);
bool swept_ready(enum pb_sweep_event event, unsigned int index);
uint64_t swept_pid(enum pb_sweep_event event, unsigned int index);
uint64_t swept_irte(enum pb_sweep_event event, unsigned int index);

/* Legal wherever a timer of lab.h may run.  0; -ENOENT: not armed, or not ready. */
int swept_post(enum pb_sweep_event event, unsigned int index);

/*
 * The same in a branch that is there for this one post: it is not counted as made, so
 * that the executor goes on as if nothing had been posted.  What became of the message
 * in *m, its vector the guest's in any case.
 */
int swept_try(enum pb_sweep_event event, unsigned int index, struct vtd_message *m);

#endif
