// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mini_collect.c - what guest and functions have written, once they are still.
 * Events are copied first and checked then: what was checked is what is given.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "vmm/mini.h"

#define CHUNK 128 /* events copied at a time */

typedef int (*event_check)(const struct claims_known *k, uint32_t source, struct claims_pass *pass,
			   const struct pb_event *ev, struct vmm_line *line);

static int check_guest(const struct claims_known *k, uint32_t source, struct claims_pass *pass,
		       const struct pb_event *ev, struct vmm_line *line)
{
	(void)source;
	return claims_check_event(k, pass, ev, line);
}

/* nr events, already bounded by the ring's capacity. -EPROTO: a false one; else the sink's. */
static int give(const struct pb_ring *ring, uint64_t nr, event_check check,
		const struct claims_known *k, uint32_t source, struct claims_pass *pass,
		pb_event_sink sink, void *arg, struct vmm_line *why)
{
	struct pb_event chunk[CHUNK];

	for (uint64_t at = 0; at < nr; at += CHUNK) {
		size_t n = nr - at < CHUNK ? (size_t)(nr - at) : CHUNK;
		int r = 0;

		memcpy(chunk, &ring->ev[at], n * sizeof(chunk[0]));
		for (size_t i = 0; i < n && !r; i++)
			r = check(k, source, pass, &chunk[i], why);
		r = r ?: sink(arg, chunk, n);
		if (r)
			return r;
	}
	return 0;
}

static int collect_vcpu(struct mini *m, unsigned int i, pb_event_sink sink, void *arg,
			struct pb_vmm_report *report)
{
	struct claims_known k = {m->vmm.plan, i, m->command, m->tsc_start, m->tsc_stop};
	struct mini_vcpu *v = &m->vcpu[i];
	struct claims_pass pass = {0};
	struct vmm_line why = {""};
	struct claims now;
	int r, honest;

	claims_read(&now, mini_output(m, i), mini_ring(m, i));
	/* What one that hangs has counted so far can still be true. */
	if (!claims_check(&k, &now, v->has_last ? &v->last : NULL, &why)) {
		report->isr += now.out.isr;
		report->spurious += now.out.spurious;
		report->pending += now.out.pending;
	}
	honest = claims_check_final(&k, &now, v->has_last ? &v->last : NULL, &why);
	/* Of a guest that went wrong, events are still of use: up to the first false one. */
	if (claims_check_ring(&now.ring, m->vmm.plan->event_capacity, &why))
		goto wild;
	report->lost += now.ring.lost;
	r = give(mini_ring(m, i), now.ring.head, check_guest, &k, 0, &pass, sink, arg, &why);
	if (r && r != -EPROTO)
		return vmm_fail(&m->line, r, "events cannot be stored: %s", strerror(-r));
	if (!honest && !r)
		honest = claims_check_pass(&now, &pass, &why);
	if (!honest && !r)
		return 0;
wild:
	if (m->status == PB_RUN_OK)
		mini_verdict(m, PB_RUN_GUEST_WILD, why.text);
	return 0;
}

static int collect_function(struct mini *m, unsigned int s, pb_event_sink sink, void *arg,
			    struct pb_vmm_report *report)
{
	struct claims_known k = {m->vmm.plan, m->vmm.plan->source[s].vcpu, m->command, m->tsc_start,
				 m->tsc_stop};
	struct pb_ring *ring;
	struct claims_pass pass = {0};
	struct vmm_line why = {""};
	struct claims_ring head;
	int r;

	if (m->fn[s].dev.fd < 0)
		return 0;
	/* Of a function that does not say, none. */
	vfio_device_pending(&m->fn[s].dev, plan_source_first_vector(&m->vmm.plan->source[s]),
			    m->vmm.plan->source[s].vectors, &report->msix_pending[s]);
	ring = (struct pb_ring *)(m->fn[s].fn.dma + PB_FUNCTION_RING);
	claims_read_ring(&head, ring);
	r = claims_check_ring(&head, m->vmm.plan->event_capacity, &why);
	if (r)
		return vmm_fail(&m->line, r, "function of source %u: %.120s", s, why.text);
	report->lost += head.lost;
	r = give(ring, head.head, claims_check_post, &k, s, &pass, sink, arg, &why);
	if (r == -EPROTO)
		return vmm_fail(&m->line, r, "%s", why.text);
	if (r)
		return vmm_fail(&m->line, r, "events cannot be stored: %s", strerror(-r));
	return 0;
}

int mini_collect(struct mini *m, pb_event_sink sink, void *arg, struct pb_vmm_report *report)
{
	int r = 0;

	memset(report, 0, sizeof(*report));
	report->vfio = m->vfio_kind;
	for (unsigned int s = 0; s < m->vmm.plan->nr_sources && !r; s++)
		r = collect_function(m, s, sink, arg, report);
	for (unsigned int i = 0; i < m->vmm.plan->vcpus && !r; i++)
		r = collect_vcpu(m, i, sink, arg, report);
	report->status = m->status;
	snprintf(report->reason, sizeof(report->reason), "%s", m->reason.text);
	return r;
}
