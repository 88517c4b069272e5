// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exec/sched_ring.h"

#include <linux/perf_event.h>
#include <string.h>

#include "shared/event.h"

/* What perf appends to each record (sample_id_all with TID, TIME and CPU). */
struct sample_id {
	uint32_t pid, tid;
	uint64_t time;
	uint32_t cpu, reserved;
};

struct record_switch {
	struct perf_event_header header;
	struct sample_id id;
};

struct record_lost {
	struct perf_event_header header;
	uint64_t id;
	uint64_t lost;
	struct sample_id sample;
};

union record {
	struct perf_event_header header;
	struct record_switch sw;
	struct record_lost lost;
};

/* Copy out of the ring, which may wrap in the middle of a record. */
static void ring_copy(void *dst, const uint8_t *ring, size_t ring_size, uint64_t pos, size_t len)
{
	size_t off = (size_t)(pos & (ring_size - 1));
	size_t first = len < ring_size - off ? len : ring_size - off;

	memcpy(dst, ring + off, first);
	memcpy((uint8_t *)dst + first, ring, len - first);
}

static void take(const union record *rec, sched_switch_fn fn, void *arg, uint64_t *lost)
{
	struct sched_switch s;

	if (rec->header.type == PERF_RECORD_LOST) {
		*lost += rec->header.size >= sizeof(rec->lost) ? rec->lost.lost : 1;
		return;
	}
	/* Throttling and the like say nothing of the scheduler. */
	if (rec->header.type != PERF_RECORD_SWITCH)
		return;
	if (rec->header.size < sizeof(rec->sw) || rec->sw.id.cpu >= PB_CPU_NONE) {
		++*lost;
		return;
	}
	s.time = rec->sw.id.time;
	s.cpu = (uint16_t)rec->sw.id.cpu;
	s.out = rec->header.misc & PERF_RECORD_MISC_SWITCH_OUT;
	s.preempted = rec->header.misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT;
	fn(arg, &s);
}

void sched_ring_read(const uint8_t *ring, size_t size, uint64_t tail, uint64_t head,
		     sched_switch_fn fn, void *arg, uint64_t *lost)
{
	while (tail != head) {
		union record rec;

		if (head - tail > size || head - tail < sizeof(rec.header)) {
			++*lost;
			return;
		}
		ring_copy(&rec.header, ring, size, tail, sizeof(rec.header));
		if (rec.header.size < sizeof(rec.header) || rec.header.size > head - tail) {
			++*lost;
			return;
		}
		ring_copy(&rec, ring, size, tail,
			  rec.header.size < sizeof(rec) ? rec.header.size : sizeof(rec));
		take(&rec, fn, arg, lost);
		tail += rec.header.size;
	}
}
