/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pid.h - the posted-interrupt descriptors (VT-d 9.11) that the models have
 * seen: in the VMCS of a vCPU that was entered, or behind the vectors of a
 * poster.  Each has a shadow; what differs from it is a change, attributed to
 * who made it, told to the truth and to the aim engine.  Their pages are
 * watched from first sight on.
 */
#ifndef LAB_PID_H
#define LAB_PID_H

#include <stdint.h>

#define PID_SIZE    64u
#define PID_CONTROL 32u /* offset of the control qword, behind the 256 PIR bits */

/* The control qword. */
#define PID_ON      (1ull << 0)
#define PID_SN      (1ull << 1)
#define PID_NV(c)   ((uint8_t)((c) >> 16))
#define PID_NDST(c) ((uint32_t)((c) >> 32))

#define PID_MAX 256u /* more are not followed; the log says so once */

struct pid {
	uint64_t pa; /* physical address, 64-byte aligned */
	uint64_t pir[4]; /* shadow */
	uint64_t control; /* shadow */
	uint16_t index; /* in the order of first sight */
};

/* Before anything else: nothing is followed. */
void pid_init(void);

/* Forget all of them; the next one seen has index 0. */
void pid_forget_all(void);

/*
 * The descriptor at this address, from now on followed if it was not yet.
 * NULL if the address is 0, not aligned or not memory, or the table is full.
 */
struct pid *pid_see(uint64_t pa);

/* The same, but only if it is followed already. */
struct pid *pid_find(uint64_t pa);

/* PB_EVF_PIR_NONEMPTY or 0, from the shadow. */
uint16_t pid_flags(const struct pid *p);

/*
 * Compare memory with the shadow.  `by` is PB_EVF_BY_IOMMU, _CPU or _PIP, or 0
 * if who changed it was not seen, which is a hole in the instrument; `cpu` the
 * CPU that did it or PB_CPU_NONE.  A change of the control qword, or of PIR
 * between empty and not, is reported.
 */
void pid_refresh(struct pid *p, uint16_t cpu, uint16_t by);

/* A CPU stored to [pa, pa + len) of a watched page; `by` as for pid_refresh(). */
void pid_store(uint16_t cpu, uint64_t pa, unsigned int len, uint16_t by);

#endif
