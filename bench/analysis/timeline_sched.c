// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/timeline_sched.h"

/* One SCHED_ event, small enough to sort. */
struct change {
	uint64_t tsc;
	uint32_t nr; /* place in the record, to keep equal times in order */
	bool in, preempted;
};

static bool is_sched(const struct pb_event *e)
{
	return (e->kind == PB_EV_SCHED_IN || e->kind == PB_EV_SCHED_OUT) && e->vcpu < PB_MAX_VCPUS;
}

static int by_time(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	if (x->tsc != y->tsc)
		return x->tsc < y->tsc ? -1 : 1;
	return x->nr < y->nr ? -1 : 1;
}

/* The changes of all vCPUs, one vCPU's after the other's, as they come in the record. */
struct changes {
	struct change *list;
	size_t first[PB_MAX_VCPUS + 1]; /* of each vCPU, and the end */
};

static int changes_collect(struct changes *c, const struct pb_event *ev, size_t nr)
{
	size_t next[PB_MAX_VCPUS];

	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < nr; i++)
		if (is_sched(&ev[i]))
			c->first[ev[i].vcpu + 1]++;
	for (size_t v = 0; v < PB_MAX_VCPUS; v++)
		c->first[v + 1] += c->first[v];
	c->list = calloc(c->first[PB_MAX_VCPUS] + 1, sizeof(*c->list));
	if (!c->list)
		return -ENOMEM;
	memcpy(next, c->first, sizeof(next));
	for (size_t i = 0; i < nr; i++)
		if (is_sched(&ev[i]))
			c->list[next[ev[i].vcpu]++] = (struct change){
				.tsc = ev[i].tsc,
				.nr = (uint32_t)i,
				.in = ev[i].kind == PB_EV_SCHED_IN,
				.preempted = ev[i].flags & PB_EVF_PREEMPTED,
			};
	return 0;
}

/*
 * They come in order of time unless the thread moved between CPUs and the
 * recorder read one CPU's events after another's.
 */
static void sort_by_time(struct change *c, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (c[i].tsc < c[i - 1].tsc) {
			qsort(c, n, sizeof(*c), by_time);
			return;
		}
}

static void open_gap(struct pb_tl_vcpu *v, uint64_t out, bool preempted)
{
	struct pb_tl_off *o = &v->off[v->nr++];

	*o = (struct pb_tl_off){.out = out, .in = PB_TICK_NONE, .preempted = preempted};
	if (v->nr > 1) {
		o->before[0] = o[-1].before[0];
		o->before[1] = o[-1].before[1];
		o->before[o[-1].preempted] += o[-1].in - o[-1].out;
	}
}

static int build(struct pb_tl_vcpu *v, unsigned int vcpu, const struct change *c, size_t n,
		 char *err, size_t size)
{
	v->off = calloc(n + 1, sizeof(*v->off));
	if (!v->off)
		return -ENOMEM;
	/* Nothing ran before the thread was first put on a CPU. */
	if (n && c[0].in)
		open_gap(v, 0, true);
	for (size_t i = 0; i < n; i++) {
		bool off = v->nr && v->off[v->nr - 1].in == PB_TICK_NONE;

		if (c[i].in != off) {
			snprintf(err, size,
				 "vCPU %u: its thread is %s a CPU at %" PRIu64
				 ", where it is %s: a scheduling event is missing",
				 vcpu, off ? "taken off" : "put on", c[i].tsc,
				 off ? "off already" : "already");
			return -EINVAL;
		}
		if (off)
			v->off[v->nr - 1].in = c[i].tsc;
		else
			open_gap(v, c[i].tsc, c[i].preempted);
	}
	return 0;
}

int timeline_sched(struct pb_timeline *tl, const struct pb_event *ev, size_t nr, char *err,
		   size_t size)
{
	struct changes c;
	int ret = changes_collect(&c, ev, nr);

	for (uint32_t i = 0; i < tl->plan.vcpus && !ret; i++) {
		struct change *own = c.list + c.first[i];
		size_t n = c.first[i + 1] - c.first[i];

		sort_by_time(own, n);
		ret = build(&tl->vcpu[i], i, own, n, err, size);
	}
	free(c.list);
	return ret;
}

/*
 * Number of gaps that begin at or before t. The search starts at the last
 * answer and doubles its stride: times that are asked for mostly move on a
 * little. Answers do not depend on *near.
 */
static size_t gaps_until(const struct pb_tl_vcpu *v, uint64_t t, size_t *near)
{
	size_t low = *near && v->off[*near - 1].out <= t ? *near : 0, high, stride = 1;

	for (high = low; high < v->nr && v->off[high].out <= t; stride *= 2) {
		low = high + 1;
		high = stride < v->nr - high ? high + stride : v->nr;
	}
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (v->off[mid].out <= t)
			low = mid + 1;
		else
			high = mid;
	}
	*near = low;
	return low;
}

/* Ticks off CPU in [0, t), by why. */
static void off_before(const struct pb_tl_vcpu *v, uint64_t t, size_t *near, uint64_t sum[2])
{
	size_t n = gaps_until(v, t, near);
	const struct pb_tl_off *o;

	sum[0] = sum[1] = 0;
	if (!n)
		return;
	o = &v->off[n - 1];
	sum[0] = o->before[0];
	sum[1] = o->before[1];
	sum[o->preempted] += (t < o->in ? t : o->in) - o->out;
}

void timeline_off_cpu(const struct pb_timeline *tl, unsigned int vcpu, uint64_t from, uint64_t to,
		      size_t *near, uint64_t *preempted, uint64_t *blocked)
{
	const struct pb_tl_vcpu *v = &tl->vcpu[vcpu];
	size_t n = gaps_until(v, from, near), end = n;
	uint64_t a[2], b[2];

	*preempted = *blocked = 0;
	/* Mostly it was on its CPU all the while. */
	if ((!n || v->off[n - 1].in <= from) && (n == v->nr || v->off[n].out >= to))
		return;
	off_before(v, from, near, a);
	off_before(v, to, &end, b);
	*blocked = b[0] - a[0];
	*preempted = b[1] - a[1];
}

uint64_t timeline_next_on(const struct pb_timeline *tl, unsigned int vcpu, uint64_t at,
			  size_t *near)
{
	const struct pb_tl_vcpu *v = &tl->vcpu[vcpu];
	size_t n = gaps_until(v, at, near);

	if (n && v->off[n - 1].preempted && at < v->off[n - 1].in)
		return v->off[n - 1].in;
	return at;
}
