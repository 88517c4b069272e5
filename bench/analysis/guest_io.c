// SPDX-License-Identifier: LGPL-2.1-or-later
#include "analysis/guest_io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/timeline_io.h"
#include "plan/plan.h"
#include "util/large.h"
#include "util/text.h"

/* Posts that are looked at for one stall; at depth 1 there is one. */
#define LOOK_POSTS 4096u

const char *stall_cause_text(enum pb_stall_cause c)
{
	static const char *const text[PB_STALL_CAUSES] = {
		[PB_STALL_INTERRUPT] = "lost interrupt",
		[PB_STALL_FAULTED] = "device's fault",
		[PB_STALL_DEVICE] = "slow device",
		[PB_STALL_PREEMPTED] = "preempted",
		[PB_STALL_OTHER] = "other",
	};

	return (unsigned int)c < PB_STALL_CAUSES ? text[c] : "?";
}

/* Index of the source's first post at or after `tsc`. */
static size_t first_post(const struct pb_timeline *tl, unsigned int source, uint64_t tsc)
{
	size_t low = tl->source_post[source], high = tl->source_post[source + 1];

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (tl->post[mid].tsc < tsc)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Is the post's interrupt what the I/O waited for, most of the time that it took? */
static bool is_silent(const struct pb_timeline *tl, const struct pb_tl_truth *truth, size_t i,
		      const struct pb_tl_io *io)
{
	const struct pb_tl_post *p = &tl->post[i];
	uint64_t from = io->tsc - io->took, until = io->tsc, preempted, blocked;
	size_t near = 0;

	if (truth && !truth[i].stranded && truth[i].delivered)
		return false;
	if (from < p->tsc)
		from = p->tsc;
	if (truth && truth[i].left && truth[i].left < until)
		until = truth[i].left;
	if (until <= from)
		return false;
	/* That the vCPU was preempted is not the interrupt's fault. */
	timeline_off_cpu(tl, p->vcpu, from, until, &near, &preempted, &blocked);
	return until - from - preempted >= io->took / 2;
}

/*
 * Where to begin to look for what an I/O waited for: its own post comes after its begin.
 * A frame also waits behind those before it, whose interrupt is for all of them: while
 * it is pending the driver wants no other.
 */
static size_t look_from(const struct pb_timeline *tl, const struct pb_tl_io *io)
{
	size_t first = first_post(tl, io->source, io->tsc - io->took);

	if (tl->plan.source[io->source].kind == PB_SOURCE_NIC &&
	    first > tl->source_post[io->source])
		first--;
	return first;
}

/* A drive that is slow posts late. A NIC posts when its driver asks for it. */
static bool is_slow_device(const struct pb_timeline *tl, const struct pb_tl_io *io, uint64_t posted)
{
	return tl->plan.source[io->source].kind == PB_SOURCE_NVME && tl->nr_posts &&
	       (posted == PB_TICK_NONE || posted - (io->tsc - io->took) > io->took / 2);
}

static enum pb_stall_cause cause_of(const struct pb_timeline *tl, const struct pb_tl_truth *truth,
				    const struct pb_tl_io *io)
{
	uint64_t start = io->tsc - io->took, posted = PB_TICK_NONE, preempted, blocked;
	size_t first = look_from(tl, io), near = 0;
	bool faulted = false;

	for (size_t i = first; i < tl->source_post[io->source + 1] && i - first < LOOK_POSTS &&
			       tl->post[i].tsc <= io->tsc;
	     i++) {
		if (tl->post[i].vector != io->vector)
			continue;
		if (posted == PB_TICK_NONE)
			posted = tl->post[i].tsc;
		if (!is_silent(tl, truth, i, io))
			continue;
		if (!truth || !truth[i].faulted)
			return PB_STALL_INTERRUPT;
		faulted = true;
	}
	if (faulted)
		return PB_STALL_FAULTED;
	if (is_slow_device(tl, io, posted))
		return PB_STALL_DEVICE;
	timeline_off_cpu(tl, io->vcpu, start, io->tsc, &near, &preempted, &blocked);
	return preempted >= io->took / 2 ? PB_STALL_PREEMPTED : PB_STALL_OTHER;
}

static int build_one(const struct pb_timeline *tl, const struct pb_tl_truth *truth,
		     unsigned int source, struct pb_guest_io *g)
{
	uint64_t stall = (uint64_t)tl->plan.guest.stall_us * tl->run.tsc_khz / 1000;
	const struct pb_run_device *d = &tl->run.device[source];
	uint64_t *took = large_alloc(tl->nr_ios + 1, sizeof(*took));
	uint64_t timeout = (uint64_t)tl->plan.guest.io_timeout_us * tl->run.tsc_khz / 1000;
	uint32_t told = 0;
	size_t n = 0;
	int ret;

	if (!took)
		return -ENOMEM;
	*g = (struct pb_guest_io){.kind = tl->plan.source[source].kind,
				  .counts = {.submitted = d->submitted,
					     .interrupts = d->interrupts,
					     .timeouts = d->timeouts,
					     .polled = d->polled,
					     .aborts = d->aborts}};
	for (size_t i = 0; i < tl->nr_ios; i++) {
		const struct pb_tl_io *io = &tl->io[i];

		if (io->source != source)
			continue;
		took[n++] = io->took;
		g->counts.ios++;
		g->counts.errors += !!(io->flags & PB_EVF_IO_ERROR);
		if (io->took <= stall)
			continue;
		g->counts.stalls++;
		g->counts.stalled += io->took;
		/* Where nobody sees interrupts, the driver's word is all that there is. */
		if (!truth && io->took >= timeout && told < d->polled) {
			g->counts.cause[PB_STALL_INTERRUPT]++;
			told++;
		} else {
			g->counts.cause[cause_of(tl, truth, io)]++;
		}
	}
	ret = samples_init(&g->took, took, n);
	free(took);
	return ret;
}

int guest_io_build(const struct pb_timeline *tl, const struct pb_tl_truth *truth,
		   struct pb_guest_io **out, uint32_t *nr)
{
	struct pb_guest_io *g;
	int ret = 0;

	*out = NULL;
	*nr = 0;
	if (!timeline_is_linux(tl) || !tl->plan.nr_sources)
		return 0;
	g = calloc(tl->plan.nr_sources, sizeof(*g));
	if (!g)
		return -ENOMEM;
	for (uint32_t s = 0; s < tl->plan.nr_sources && !ret; s++)
		ret = build_one(tl, truth, s, &g[s]);
	if (ret) {
		guest_io_free(g, tl->plan.nr_sources);
		return ret;
	}
	*out = g;
	*nr = tl->plan.nr_sources;
	return 0;
}

int guest_io_judge(const struct pb_timeline *tl, const struct pb_counts *c, char *err, size_t size)
{
	bool lossy = counts_lost(c) || c->cls[PB_CLASS_RESCUED] || c->cls[PB_CLASS_FAULTED];

	if (!timeline_is_linux(tl))
		return 0;

	for (uint32_t i = 0; i < tl->plan.nr_sources; i++) {
		const struct pb_plan_source *s = &tl->plan.source[i];
		const struct pb_run_device *d = &tl->run.device[i];

		if (lossy || tl->run.status != PB_RUN_OK)
			continue;
		if (d->errors)
			snprintf(err, size,
				 "%" PRIu32 " of the guest's I/Os of source %" PRIu32
				 " ended with an error, and no loss says why",
				 d->errors, i);
		else if (d->timeouts || d->aborts)
			snprintf(err, size,
				 "the guest's driver of source %" PRIu32 " gave up waiting %" PRIu32
				 " times, and aborted %" PRIu32 ", and no loss says why",
				 i, d->timeouts, d->aborts);
		else if (s->kind == PB_SOURCE_NVME && d->completed < s->count)
			snprintf(err, size,
				 "the guest did %" PRIu32 " of %" PRIu32 " I/Os of source %" PRIu32
				 ", and no loss says why",
				 d->completed, s->count, i);
		else
			continue;
		return -EPROTO;
	}
	return 0;
}

void guest_io_free(struct pb_guest_io *io, uint32_t nr)
{
	for (uint32_t i = 0; io && i < nr; i++)
		samples_free(&io[i].took);
	free(io);
}

/* Every member is a uint64_t, so that adding up cannot forget one. */
#define COUNTS (sizeof(struct pb_io_counts) / sizeof(uint64_t))
_Static_assert(sizeof(struct pb_io_counts) == COUNTS * sizeof(uint64_t), "only counts");

int guest_io_add(struct pb_guest_io *a, const struct pb_guest_io *b)
{
	uint64_t *to = (uint64_t *)&a->counts;
	const uint64_t *from = (const uint64_t *)&b->counts;

	for (size_t i = 0; i < COUNTS; i++)
		to[i] += from[i];
	a->kind = b->kind;
	return samples_merge(&a->took, &b->took);
}

bool guest_io_check(const struct pb_guest_io *io)
{
	const struct pb_io_counts *c = &io->counts;
	uint64_t causes = 0;

	for (size_t i = 0; i < PB_STALL_CAUSES; i++)
		causes += c->cause[i];
	return causes == c->stalls && c->stalls <= c->ios && c->errors <= c->ios &&
	       c->ios <= c->submitted && c->polled <= c->timeouts && io->took.total == c->ios &&
	       (c->stalls || !c->stalled) &&
	       (io->kind == PB_SOURCE_NVME || io->kind == PB_SOURCE_NIC);
}

uint64_t guest_io_lost(const struct pb_guest_io *io, uint32_t nr)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < nr; i++)
		sum += io[i].counts.cause[PB_STALL_INTERRUPT];
	return sum;
}

const char *guest_io_noun(const struct pb_guest_io *io)
{
	return io->kind == PB_SOURCE_NIC ? "frames" : "reads";
}

const char *guest_io_time(uint64_t ticks, uint64_t tsc_khz, char *buf, size_t size)
{
	double us = tsc_khz ? (double)ticks * 1000 / (double)tsc_khz : 0;

	if (us >= 1e6)
		snprintf(buf, size, "%.3f s", us / 1e6);
	else if (us >= 1000)
		snprintf(buf, size, "%.1f ms", us / 1000);
	else
		snprintf(buf, size, "%.0f us", us);
	return buf;
}

const char *guest_io_text(const struct pb_guest_io *io, uint64_t tsc_khz, char *buf, size_t size)
{
	const struct pb_io_counts *c = &io->counts;
	struct text t = {.buf = buf, .size = size};
	char longest[32], sum[32];

	buf[0] = '\0';
	if (!c->stalls)
		return buf;
	text_add(&t,
		 "%" PRIu64 " of %" PRIu64
		 " %s (%.1f %%) stall, for %s at the longest, %s together",
		 c->stalls, c->ios, guest_io_noun(io), 100.0 * (double)c->stalls / (double)c->ios,
		 guest_io_time(samples_max(&io->took), tsc_khz, longest, sizeof(longest)),
		 guest_io_time(c->stalled, tsc_khz, sum, sizeof(sum)));
	if (c->polled)
		text_add(&t, "; \"completion polled\" %" PRIu64 " time%s", c->polled,
			 c->polled == 1 ? "" : "s");
	return buf;
}

const char *guest_io_why(const struct pb_guest_io *io, char *buf, size_t size)
{
	struct text t = {.buf = buf, .size = size};

	snprintf(buf, size, "-");
	for (unsigned int i = 0; i < PB_STALL_CAUSES; i++)
		if (io->counts.cause[i])
			text_add(&t, "%s%" PRIu64 " %s", t.len ? ", " : "", io->counts.cause[i],
				 stall_cause_text((enum pb_stall_cause)i));
	return buf;
}
