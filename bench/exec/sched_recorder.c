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
#include "exec/sched_ring.h"
#include "exec/sysfs.h"

/*
 * Of 4 KiB each; a switch takes 32 bytes: 4096 of them.  Well below the 516 KiB
 * per CPU that everybody may lock (kernel.perf_event_mlock_kb).
 */
#define RING_PAGES 32
#define CHUNK      64 /* events that are given out at once */

struct recorded {
	int fd;
	void *page; /* struct perf_event_mmap_page; NULL: not attached */
	uint64_t since; /* TSC from which on switches are recorded */
	bool runnable; /* was it so then, running or not? */
	struct sched_switch *raw;
	uint32_t nr, capacity;
	uint64_t lost;
};

struct sched_recorder {
	struct perf_time *time;
	unsigned int vcpus;
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
	for (unsigned int i = 0; i < vcpus; i++) {
		r->vcpu[i].fd = -1;
		r->vcpu[i].capacity = capacity;
		r->vcpu[i].raw = calloc(capacity, sizeof(struct sched_switch));
		if (!r->vcpu[i].raw) {
			sched_recorder_free(r);
			return NULL;
		}
	}
	return r;
}

/* Does the thread want a CPU (proc(5), stat: state R)? */
static bool is_runnable(pid_t tid)
{
	char path[64], stat[256];
	const char *name_end;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	if (sysfs_read(path, stat, sizeof(stat)))
		return false;
	name_end = strrchr(stat, ')');
	return name_end && name_end[1] && name_end[2] == 'R';
}

int sched_recorder_attach(struct sched_recorder *r, unsigned int vcpu, pid_t tid, char *err,
			  size_t errlen)
{
	struct recorded *v = &r->vcpu[vcpu];
	struct perf_event_attr attr;
	int ret;

	perf_time_attr(r->time, &attr);
	attr.context_switch = 1;
	attr.sample_id_all = 1;
	attr.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU;
	ret = perf_open(&attr, tid, RING_PAGES, &v->fd, &v->page, err, errlen);
	if (ret)
		return ret;
	v->since = __builtin_ia32_rdtsc();
	v->runnable = is_runnable(tid);
	return 0;
}

static void take_switch(void *arg, const struct sched_switch *s)
{
	struct recorded *v = arg;

	if (v->nr == v->capacity)
		v->lost++;
	else
		v->raw[v->nr++] = *s;
}

static void drain_one(struct recorded *v)
{
	struct perf_event_mmap_page *page = v->page;
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t head;

	/* Pairs with the kernel's barrier (kernel/events/ring_buffer.c, perf_output_put_handle). */
	head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	sched_ring_read((const uint8_t *)page + page_size, RING_PAGES * page_size, page->data_tail,
			head, take_switch, v, &v->lost);
	__atomic_store_n(&page->data_tail, head, __ATOMIC_RELEASE);
}

void sched_recorder_drain(struct sched_recorder *r)
{
	for (unsigned int i = 0; i < r->vcpus; i++)
		if (r->vcpu[i].page)
			drain_one(&r->vcpu[i]);
}

void sched_recorder_stop(struct sched_recorder *r)
{
	for (unsigned int i = 0; i < r->vcpus; i++)
		if (r->vcpu[i].page)
			ioctl(r->vcpu[i].fd, PERF_EVENT_IOC_DISABLE, 0);
	sched_recorder_drain(r);
	perf_time_update(r->time);
}

static struct pb_event to_event(const struct sched_recorder *r, unsigned int vcpu,
				const struct sched_switch *s)
{
	return (struct pb_event){
		.tsc = perf_time_to_tsc(r->time, s->time),
		.vcpu = (uint16_t)vcpu,
		.cpu = s->cpu,
		.flags = s->out && s->preempted ? PB_EVF_PREEMPTED : 0,
		.kind = s->out ? PB_EV_SCHED_OUT : PB_EV_SCHED_IN,
	};
}

/*
 * A thread that is first seen to come was off its CPU when recording began.
 * Say so, from then on: what it did before that nobody saw.
 */
static int give_start(const struct recorded *v, const struct pb_event *first, pb_event_sink sink,
		      void *arg)
{
	struct pb_event ev = *first;

	if (first->kind != PB_EV_SCHED_IN)
		return 0;
	ev.kind = PB_EV_SCHED_OUT;
	ev.flags = v->runnable ? PB_EVF_PREEMPTED : 0;
	if (v->since < ev.tsc)
		ev.tsc = v->since;
	return sink(arg, &ev, 1);
}

static int collect_one(const struct sched_recorder *r, unsigned int vcpu, pb_event_sink sink,
		       void *arg)
{
	const struct recorded *v = &r->vcpu[vcpu];
	struct pb_event ev[CHUNK];
	int ret = 0;

	for (uint32_t i = 0, n; i < v->nr && !ret; i += n) {
		for (n = 0; n < CHUNK && i + n < v->nr; n++)
			ev[n] = to_event(r, vcpu, &v->raw[i + n]);
		if (!i)
			ret = give_start(v, ev, sink, arg);
		if (!ret)
			ret = sink(arg, ev, n);
	}
	return ret;
}

int sched_recorder_collect(struct sched_recorder *r, pb_event_sink sink, void *arg, uint64_t *lost)
{
	int ret = 0;

	for (unsigned int i = 0; i < r->vcpus && !ret; i++) {
		ret = collect_one(r, i, sink, arg);
		*lost += r->vcpu[i].lost;
	}
	return ret;
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
