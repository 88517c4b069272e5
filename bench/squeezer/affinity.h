/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * affinity.h - which CPU takes the host's interrupt of a PCI function
 * (Documentation/core-api/irq/irq-affinity.rst).
 */
#ifndef PB_SQUEEZER_AFFINITY_H
#define PB_SQUEEZER_AFFINITY_H

#include <stddef.h>
#include <stdint.h>

/* What is to be undone. */
struct affinity {
	char path[128]; /* smp_affinity_list; empty: nothing was changed */
	char before[256];
};

/*
 * Send the function's first message-signalled interrupt to one CPU. `sysfs` and
 * `proc` are "/sys" and "/proc", or a test's. 0, or -errno where the interrupt is
 * not found or the machine does not let it be moved; nothing is changed then.
 */
int affinity_set(struct affinity *a, const char *sysfs, const char *proc, const char *bdf,
		 uint32_t cpu);

/* As it was. Legal twice, and when nothing was changed. */
void affinity_restore(struct affinity *a);

#endif
