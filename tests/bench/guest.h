/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest.h - the guest agent's interrupt handler, compiled for this machine. */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#include <stdbool.h>
#include <stdint.h>

/* A guest with a ring of so many events, in memory already. False: no memory. */
bool guest_start(uint32_t capacity);
void guest_end(void);

/* Empty the ring. */
void guest_empty(void);
/* Take interrupts on 8 vectors in turn, each with the TSC read first as the agent's entry does. */
void guest_interrupts(uint64_t nr);
/* Are exactly these in the ring, and counted, since it was emptied? */
bool guest_recorded(uint64_t nr);

#endif
