/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * aim.h - when an aimed post is made: at an instant of a vCPU's life that is
 * seen in its posted-interrupt descriptor or at VM entry and exit, plus a count
 * of instructions.  docs/devices.md has the semantics in full; in short:
 *
 * The trigger is an occurrence of `kind` on the PID that the post would go to.
 * `skip` occurrences are passed over, the next one starts the count, on the CPU
 * on which it happened: count 0 is before that CPU's next instruction, count n
 * after n more.  A CPU that executes nothing for AIM_LOOK_TICKS (it halted)
 * counts a tick as an instruction from then on, so that no post waits for ever.
 * A count for SN set is abandoned when SN is cleared before it ends; the next
 * occurrence is used instead.  While a count is running, further occurrences
 * are not counted.
 */
#ifndef LAB_AIM_H
#define LAB_AIM_H

#include <stdbool.h>
#include <stdint.h>

#include "host/lab/model/pid.h"
#include "shared/plan.h"

#define AIM_LOOK_TICKS 256u
#define AIM_MAX        8u /* of two posters, and the generators of the NIC's functions */

typedef void (*aim_fire_fn)(void *arg);

/* The next post of one poster. */
struct aim {
	/* What to wait for; aim_set() fills it in. */
	uint32_t kind; /* enum pb_aim; PB_AIM_NONE: nothing */
	uint64_t pid; /* physical address; 0: nowhere, no trigger */
	uint32_t skip; /* occurrences to pass over */
	uint32_t offset; /* instructions */
	uint32_t seq; /* of the post, for the truth */
	uint8_t source; /* for the truth */

	/* The count. */
	bool counting;
	bool based; /* base is known: the CPU came to its next instruction */
	uint16_t cpu;
	uint64_t base; /* instruction count of the CPU at offset 0 */
	uint64_t seen; /* the same, at the last look */
	uint64_t look; /* tick of the last look */
	uint64_t idle; /* ticks counted as instructions */

	/* For ever. */
	uint32_t abandoned; /* counts abandoned */
	uint32_t stalled; /* counts that ended in ticks */
	int timer;
	aim_fire_fn fire;
	void *arg;
};

/* Forget all aims: before the first aim_init(). */
void aims_init(void);

/*
 * Prepare; `fire` is called when the count ends, and may call aim_set().  Once
 * for each aim.  0; -ENOSPC: more than AIM_MAX; what timer_create() says.
 */
int aim_init(struct aim *a, const char *name, aim_fire_fn fire, void *arg);

/* What a poster asks for. */
struct aim_target {
	uint32_t kind;
	uint64_t pid;
	uint32_t skip;
	uint32_t offset;
	uint32_t seq;
	uint8_t source;
};

/* Wait for one occurrence. A count that is running is dropped. */
void aim_set(struct aim *a, const struct aim_target *t);

/* The post would now go to another PID; a count that is running goes on. */
void aim_retarget(struct aim *a, uint64_t pid);

/* Wait for nothing. */
void aim_clear(struct aim *a);

/* An instant of this kind came, on this PID and CPU: for trigger.c. */
void aim_trigger(const struct pid *p, uint16_t cpu, enum pb_aim kind);
/* See lab_hook_step(). */
void aim_step(uint16_t cpu);

#endif
