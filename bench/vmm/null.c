// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * null.c - a VMM without a guest, for virtual time (util/clock.h): it takes the
 * posts that source/null.c left in each function's ring and answers each with
 * the ISR entry of a vCPU that is always on its CPU.  It has no thread, asks no
 * clock, and depends on the plan alone: equal plans, equal events.
 *
 * What it expects of a source: a ring as shared/event.h has it at
 * PB_FUNCTION_RING of the DMA area, POST events in it with seq, vector, source
 * and vcpu of the plan, in order of time.  They are checked like those of a
 * real function.
 *
 * Preemption, the PID and the truth are modelled one level up, for the whole
 * machine: machine/null_physics.c.  Loss here is only for tests of what comes
 * after an executor: posts that were never delivered.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "util/rng.h"
#include "vmm/claims.h"
#include "vmm/null.h"
#include "vmm/vmm.h"

/* From post to ISR entry. */
#define NULL_LATENCY 200

struct null_vmm {
	struct pb_vmm vmm; /* first */
	struct pb_function fn[PB_MAX_SOURCES];
	bool stopped;
};

static uint32_t loss_permille;

void vmm_null_set_loss(uint32_t permille)
{
	loss_permille = permille < 1000 ? permille : 1000;
}

static struct null_vmm *null_of(struct pb_vmm *vmm)
{
	return (struct null_vmm *)vmm;
}

static int null_create(const struct pb_plan *plan, struct pb_vmm **vmm)
{
	struct null_vmm *n = calloc(1, sizeof(*n));

	*vmm = n ? &n->vmm : NULL;
	if (!n)
		return -ENOMEM;
	n->vmm.ops = &vmm_null;
	n->vmm.plan = plan;
	/* It is the caller's, as its first member. */
	/* cppcheck-suppress memleak */
	return 0;
}

static int null_attach(struct pb_vmm *vmm, unsigned int source, const char *bdf,
		       struct pb_function **fn)
{
	size_t size = PB_FUNCTION_RING + sizeof(struct pb_ring) +
		      (size_t)vmm->plan->event_capacity * sizeof(struct pb_event);
	struct pb_function *f;

	(void)bdf;
	*fn = NULL;
	if (source >= vmm->plan->nr_sources || source >= PB_MAX_SOURCES) {
		snprintf(vmm->error, sizeof(vmm->error), "the plan has no source %u", source);
		return -EINVAL;
	}
	f = &null_of(vmm)->fn[source];
	if (f->dma) {
		snprintf(vmm->error, sizeof(vmm->error), "source %u has a function", source);
		return -EBUSY;
	}
	f->dma = calloc(1, size);
	if (!f->dma) {
		snprintf(vmm->error, sizeof(vmm->error), "no memory for source %u", source);
		return -ENOMEM;
	}
	f->iova = (uint64_t)(uintptr_t)f->dma;
	f->dma_size = size;
	*fn = f;
	return 0;
}

static int null_nothing(struct pb_vmm *vmm)
{
	(void)vmm;
	return 0;
}

static pid_t null_vcpu_tid(struct pb_vmm *vmm, unsigned int vcpu)
{
	(void)vmm;
	(void)vcpu;
	return 0;
}

static int null_stop(struct pb_vmm *vmm)
{
	null_of(vmm)->stopped = true;
	return 0;
}

static int give_sched(const struct pb_vmm *vmm, uint32_t vcpu, pb_event_sink sink, void *arg)
{
	struct pb_event ev = {
		.tsc = PB_CLOCK_VIRTUAL_START,
		.vcpu = (uint16_t)vcpu,
		.cpu = (uint16_t)vmm->plan->vcpu_cpu[vcpu],
		.kind = PB_EV_SCHED_IN,
	};

	return sink(arg, &ev, 1);
}

static int give_isr(const struct pb_event *post, pb_event_sink sink, void *arg,
		    struct pb_vmm_report *report)
{
	struct pb_event ev = *post;

	ev.kind = PB_EV_ISR;
	ev.tsc += NULL_LATENCY;
	ev.arg = 0;
	ev.cpu = PB_CPU_NONE;
	report->isr++;
	return sink(arg, &ev, 1);
}

/*
 * A post lives for NULL_LATENCY; the same vector posted again before that is
 * coalesced, and both are delivered by one ISR entry that sees the newer.
 */
static int give_posts(struct pb_vmm *vmm, uint32_t source, pb_event_sink sink, void *arg,
		      struct pb_vmm_report *report)
{
	struct pb_ring *ring = (struct pb_ring *)(null_of(vmm)->fn[source].dma + PB_FUNCTION_RING);
	struct claims_known known = {vmm->plan, vmm->plan->source[source].vcpu, 0, 0, UINT64_MAX};
	uint64_t rng = rng_derive(vmm->plan->seed, source);
	struct pb_event pending[256] = {0};
	struct claims_pass pass = {0};
	struct vmm_line line = {""};
	struct claims_ring head;
	int r;

	claims_read_ring(&head, ring);
	r = claims_check_ring(&head, vmm->plan->event_capacity, &line);
	for (uint64_t i = 0; i < head.head && !r; i++) {
		struct pb_event post = ring->ev[i], *p = &pending[post.vector];

		r = claims_check_post(&known, source, &pass, &post, &line);
		r = r ?: sink(arg, &post, 1);
		if (!r && p->seq && p->tsc + NULL_LATENCY < post.tsc) {
			r = give_isr(p, sink, arg, report);
			p->seq = 0;
		}
		if (rng_below(&rng, 1000) < loss_permille)
			continue;
		if (p->seq)
			p->seq = post.seq;
		else
			*p = post;
	}
	for (unsigned int v = 0; v < 256 && !r; v++)
		if (pending[v].seq)
			r = give_isr(&pending[v], sink, arg, report);
	report->lost += r ? 0 : head.lost;
	if (line.text[0])
		snprintf(vmm->error, sizeof(vmm->error), "%s", line.text);
	return r;
}

static int null_collect(struct pb_vmm *vmm, pb_event_sink sink, void *arg,
			struct pb_vmm_report *report)
{
	int r = 0;

	memset(report, 0, sizeof(*report));
	if (!null_of(vmm)->stopped) {
		snprintf(vmm->error, sizeof(vmm->error), "the guest was not stopped");
		return -EBUSY;
	}
	for (uint32_t i = 0; i < vmm->plan->vcpus && !r; i++)
		r = give_sched(vmm, i, sink, arg);
	for (uint32_t s = 0; s < vmm->plan->nr_sources && !r; s++)
		if (null_of(vmm)->fn[s].dma)
			r = give_posts(vmm, s, sink, arg, report);
	if (r && !vmm->error[0])
		snprintf(vmm->error, sizeof(vmm->error), "events cannot be stored: %s",
			 strerror(-r));
	return r;
}

static void null_destroy(struct pb_vmm *vmm)
{
	if (!vmm)
		return;
	for (unsigned int s = 0; s < PB_MAX_SOURCES; s++)
		free(null_of(vmm)->fn[s].dma);
	free(null_of(vmm));
}

const struct pb_vmm_ops vmm_null = {
	.name = "null",
	.kind = PB_VMM_NULL,
	.create = null_create,
	.attach = null_attach,
	.start = null_nothing,
	.vcpu_tid = null_vcpu_tid,
	.check = null_nothing,
	.drain = null_nothing,
	.stop = null_stop,
	.collect = null_collect,
	.destroy = null_destroy,
};
