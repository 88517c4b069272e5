/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pace.h - when the next burst is due, by a counter that only goes up (the TSC).
 *
 * Burst k is due at start + floor(k * hz * burst / rate): the remainder is carried
 * on, so that nothing drifts however long it runs.  Instants are compared modulo
 * 2^64.
 */
#ifndef PB_PKTGEN_PACE_H
#define PB_PKTGEN_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
	uint64_t whole, part, of; /* ticks from burst to burst: whole + part / of; 0 / 1: none */
	uint64_t next, carry; /* the next one's: next + carry / of */
	uint64_t limit; /* ticks that it may lag behind */
	uint64_t skipped; /* bursts that were given up, since it lagged more */
};

/*
 * `rate` packets a second in bursts of `burst`, of a counter of `hz`; 0: as fast as
 * it goes.  A sender that falls behind by more than `limit` ticks (below 2^62) leaves
 * out bursts; by less, it catches up.  Returns 0, or -ERANGE: a burst is less than a
 * tick or more than 2^62 ticks long, hz is 0, or burst is.
 */
int pace_init(struct pace *p, uint64_t rate, uint32_t burst, uint64_t hz, uint64_t limit);

/* The first burst is due at `now`. */
void pace_start(struct pace *p, uint64_t now);

/* Is a burst due?  True takes it.  At most the bursts that are due return true. */
bool pace_take(struct pace *p, uint64_t now);

/* Sending ends: bursts that were due before `end` and not taken are skipped. */
void pace_end(struct pace *p, uint64_t end);

#endif
