// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <linux/perf_event.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "exec/sched_recorder.h"

/*
 * Of 4 KiB each; a switch takes 32 bytes: 4096 of them.  Well below the 516 KiB
 * per CPU that everybody may lock (kernel.perf_event_mlock_kb).
 */
#define RING_PAGES 32

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

/* A switch as perf tells it: time is converted when all are there. */
struct raw_switch {
	uint64_t time;
	uint16_t cpu;
	bool out, preempted;
};

struct recorded {
	int fd;
	void *page; /* struct perf_event_mmap_page; NULL: not attached */
	struct raw_switch *raw;
	uint32_t nr;
	uint64_t lost;
};

struct sched_recorder {
	struct perf_time *time;
	unsigned int vcpus;
	uint32_t capacity;
	struct recorded vcpu[];
};

struct sched_recorder *sched_recorder_new(struct perf_time *time, unsigned int vcpus,
					  uint32_t capacity)
{
	struct sched_recorder *r = calloc(1, sizeof(*r) + vcpus * sizeof(r->vcpu[0]));

	if (!r)
		return NULL;
	r->time = time;
	r->vcpus = vcpus;
	r->capacity = capacity;
	for (unsigned int i = 0; i < vcpus; i++) {
		r->vcpu[i].fd = -1;
		r->vcpu[i].raw = calloc(capacity, sizeof(struct raw_switch));
		if (!r->vcpu[i].raw) {
			sched_recorder_free(r);
			return NULL;
		}
	}
	return r;
}

int sched_recorder_attach(struct sched_recorder *r, unsigned int vcpu, pid_t tid, char *err,
			  size_t errlen)
{
	struct recorded *v = &r->vcpu[vcpu];
	struct perf_event_attr attr;

	perf_time_attr(r->time, &attr);
	attr.context_switch = 1;
	attr.sample_id_all = 1;
	attr.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU;
	return perf_open(&attr, tid, RING_PAGES, &v->fd, &v->page, err, errlen);
}

static void take_switch(struct recorded *v, uint32_t capacity, const struct record_switch *s)
{
	if (v->nr == capacity) {
		v->lost++;
		return;
	}
	v->raw[v->nr++] = (struct raw_switch){
		.time = s->id.time,
		.cpu = (uint16_t)s->id.cpu,
		.out = s->header.misc & PERF_RECORD_MISC_SWITCH_OUT,
		.preempted = s->header.misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT,
	};
}

/* Copy out of the ring, which may wrap in the middle of a record. */
static void ring_copy(void *dst, const uint8_t *ring, size_t ring_size, uint64_t pos, size_t len)
{
	size_t off = (size_t)(pos & (ring_size - 1));
	size_t first = len < ring_size - off ? len : ring_size - off;

	memcpy(dst, ring + off, first);
	memcpy((uint8_t *)dst + first, ring, len - first);
}

static void drain_one(struct sched_recorder *r, struct recorded *v)
{
	struct perf_event_mmap_page *page = v->page;
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE), size = RING_PAGES * page_size;
	const uint8_t *ring = (const uint8_t *)page + page_size;
	uint64_t head, tail = page->data_tail;

	/* Pairs with the kernel's barrier (kernel/events/ring_buffer.c, perf_output_put_handle). */
	head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	while (tail < head) {
		union {
			struct perf_event_header header;
			struct record_switch sw;
			struct record_lost lost;
		} rec;

		ring_copy(&rec.header, ring, size, tail, sizeof(rec.header));
		if (rec.header.size < sizeof(rec.header))
			break;
		ring_copy(&rec, ring, size, tail,
			  rec.header.size < sizeof(rec) ? rec.header.size : sizeof(rec));
		if (rec.header.type == PERF_RECORD_SWITCH && rec.header.size >= sizeof(rec.sw))
			take_switch(v, r->capacity, &rec.sw);
		else if (rec.header.type == PERF_RECORD_LOST)
			v->lost += rec.lost.lost;
		tail += rec.header.size;
	}
	__atomic_store_n(&page->data_tail, head, __ATOMIC_RELEASE);
}

void sched_recorder_drain(struct sched_recorder *r)
{
	for (unsigned int i = 0; i < r->vcpus; i++)
		if (r->vcpu[i].page)
			drain_one(r, &r->vcpu[i]);
}

void sched_recorder_stop(struct sched_recorder *r)
{
	for (unsigned int i = 0; i < r->vcpus; i++)
		if (r->vcpu[i].page)
			ioctl(r->vcpu[i].fd, PERF_EVENT_IOC_DISABLE, 0);
	sched_recorder_drain(r);
	perf_time_update(r->time);
}

int sched_recorder_collect(struct sched_recorder *r, pb_event_sink sink, void *arg, uint64_t *lost)
{
	for (unsigned int i = 0; i < r->vcpus; i++) {
		const struct recorded *v = &r->vcpu[i];

		for (uint32_t k = 0; k < v->nr; k++) {
			const struct raw_switch *s = &v->raw[k];
			struct pb_event ev = {
				.tsc = perf_time_to_tsc(r->time, s->time),
				.vcpu = (uint16_t)i,
				.cpu = s->cpu,
				.flags = s->out && s->preempted ? PB_EVF_PREEMPTED : 0,
				.kind = s->out ? PB_EV_SCHED_OUT : PB_EV_SCHED_IN,
			};
			int ret = sink(arg, &ev, 1);

			if (ret)
				return ret;
		}
		*lost += v->lost;
	}
	return 0;
}

void sched_recorder_free(struct sched_recorder *r)
{
	if (!r)
		return;
	for (unsigned int i = 0; i < r->vcpus; i++) {
		perf_close(r->vcpu[i].fd, r->vcpu[i].page, RING_PAGES);
		free(r->vcpu[i].raw);
	}
	free(r);
}
