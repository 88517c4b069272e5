/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fault.h - what a reflector does wrong on purpose, to every n-th packet that it
 * takes: so that what counts losses can be seen to count.
 */
#ifndef PB_PKTGEN_FAULT_H
#define PB_PKTGEN_FAULT_H

#include <stdint.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_DROP, /* does not come back */
	FAULT_DUPLICATE, /* comes back twice */
	FAULT_REORDER, /* comes back behind the next one that comes back */
	FAULT_DAMAGE, /* comes back with one bit another */
	FAULT_KINDS,
};

struct faults {
	uint32_t every[FAULT_KINDS]; /* 0: never */
	uint64_t packets; /* that were taken */
	uint64_t done[FAULT_KINDS];
};

/* What to do to the next packet: the first kind in the order above that is due. */
static inline enum fault_kind fault_next(struct faults *f)
{
	f->packets++;
	for (uint32_t k = FAULT_NONE + 1; k < FAULT_KINDS; k++) {
		if (f->every[k] && f->packets % f->every[k] == 0) {
			f->done[k]++;
			return (enum fault_kind)k;
		}
	}
	return FAULT_NONE;
}

#endif
