/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sched_ring.h - what is in a perf ring of context switches: records as in
 * perf_event_open(2) (PERF_RECORD_SWITCH, PERF_RECORD_LOST), each with the
 * identifier that sample_id_all with TID, TIME and CPU appends.
 */
#ifndef PB_EXEC_SCHED_RING_H
#define PB_EXEC_SCHED_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A switch as perf tells it: time is converted when all are there. */
struct sched_switch {
	uint64_t time;
	uint16_t cpu;
	bool out, preempted;
};

typedef void (*sched_switch_fn)(void *arg, const struct sched_switch *s);

/*
 * Give all switches between tail and head of the ring, whose size is a power of
 * two. What was lost, by the kernel's own account or because a record makes no
 * sense, is added to *lost; behind a record of an impossible size nothing can be
 * read any more.
 */
void sched_ring_read(const uint8_t *ring, size_t size, uint64_t tail, uint64_t head,
		     sched_switch_fn fn, void *arg, uint64_t *lost);

#endif
