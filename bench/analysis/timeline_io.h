/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* timeline_io.h - the join where the guest is Linux: posts with I/Os. */
#ifndef PB_ANALYSIS_TIMELINE_IO_H
#define PB_ANALYSIS_TIMELINE_IO_H

#include "analysis/timeline.h"

static inline bool timeline_is_linux(const struct pb_timeline *tl)
{
	return tl->plan.vmm == PB_VMM_LINUX;
}

/* The vCPU that a vector of a source goes to; in a Linux guest queue i's is vCPU i's. */
uint16_t timeline_vcpu_of(const struct pb_timeline *tl, unsigned int source, uint8_t vector);

/*
 * Take the tl->nr_ios events PB_EV_IO of ev[0..nr), checked by run_check(), and
 * join the posts, which are placed, with them. -ENOMEM.
 */
int timeline_ios(struct pb_timeline *tl, const struct pb_event *ev, size_t nr);

#endif
