/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * clock.h - the time of the machine under test: its TSC; or, where nothing
 * real runs (null VMM), virtual time that moves only when somebody waits or
 * says so, so that a null run is deterministic and takes no time.
 */
#ifndef PB_UTIL_CLOCK_H
#define PB_UTIL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct pb_clock {
	bool is_virtual;
	uint64_t now; /* ticks, virtual clocks only */
	uint64_t khz; /* ticks per millisecond; 0: not known yet */
};

/* The TSC of virtual time's beginning, and its frequency. */
#define PB_CLOCK_VIRTUAL_START 1000000000u
#define PB_CLOCK_VIRTUAL_KHZ   1000000u

void clock_init_virtual(struct pb_clock *clock);

/* Now, in ticks. */
uint64_t clock_now(const struct pb_clock *clock);

/* Microseconds as ticks; khz must be known. */
uint64_t clock_us_to_ticks(const struct pb_clock *clock, uint64_t us);

/* Sleep; a virtual clock just moves on. */
void clock_sleep_us(struct pb_clock *clock, uint64_t us);

#endif
