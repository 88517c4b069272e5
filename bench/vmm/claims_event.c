// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

#include "plan/plan.h"
#include "vmm/claims.h"

#define FIRST_INTERRUPT 32

static int wrong(const struct claims_known *k, const struct claims_pass *pass, const char *what,
		 uint64_t value, struct vmm_line *line)
{
	return vmm_fail(line, -EPROTO,
			"ring of vCPU %" PRIu32 ": event %" PRIu64 ": %s is %" PRIu64
			", which cannot be",
			k->vcpu, pass->index, what, value);
}

/* What every event must satisfy. */
static int check_common(const struct claims_known *k, struct claims_pass *pass,
			const struct pb_event *ev, struct vmm_line *line)
{
	if (ev->tsc < (pass->index ? pass->tsc : k->tsc_start) || ev->tsc > k->tsc_now)
		return wrong(k, pass, "tsc", ev->tsc, line);
	if (ev->vcpu != k->vcpu)
		return wrong(k, pass, "vcpu", ev->vcpu, line);
	if (ev->cpu != PB_CPU_NONE)
		return wrong(k, pass, "cpu", ev->cpu, line);
	for (unsigned int i = 0; i < sizeof(ev->reserved); i++)
		if (ev->reserved[i])
			return wrong(k, pass, "reserved", ev->reserved[i], line);
	return 0;
}

/* Only an ISR of a source carries anything in these. */
static int check_bare(const struct claims_known *k, const struct claims_pass *pass,
		      const struct pb_event *ev, struct vmm_line *line)
{
	if (ev->seq)
		return wrong(k, pass, "seq", ev->seq, line);
	if (ev->source)
		return wrong(k, pass, "source", ev->source, line);
	return 0;
}

static int check_isr(const struct claims_known *k, struct claims_pass *pass,
		     const struct pb_event *ev, struct vmm_line *line)
{
	const struct pb_plan *plan = k->plan;
	unsigned int source, index;
	bool ours = plan_vector_find(plan, ev->vector, &source, &index) &&
		    plan->source[source].vcpu == k->vcpu;

	if (ev->arg)
		return wrong(k, pass, "arg", ev->arg, line);
	if (ev->flags != (ours ? 0 : PB_EVF_SPURIOUS))
		return wrong(k, pass, "flags", ev->flags, line);
	if (!ours) {
		pass->spurious++;
		if (ev->vector < FIRST_INTERRUPT ||
		    (ev->vector == PB_AGENT_TICK_VECTOR && plan->guest_mode == PB_GUEST_TICK))
			return wrong(k, pass, "spurious vector", ev->vector, line);
		return check_bare(k, pass, ev, line);
	}
	pass->isr++;
	if (ev->source != source)
		return wrong(k, pass, "source", ev->source, line);
	if (ev->seq > plan->source[source].count || ev->seq < pass->vector_seq[ev->vector])
		return wrong(k, pass, "seq", ev->seq, line);
	pass->vector_seq[ev->vector] = ev->seq;
	return 0;
}

static int check_halt(const struct claims_known *k, struct claims_pass *pass,
		      const struct pb_event *ev, struct vmm_line *line)
{
	pass->halts++;
	if (k->plan->guest_mode != PB_GUEST_HALT)
		return wrong(k, pass, "kind (halt, but the mode is not)", ev->kind, line);
	if (ev->arg)
		return wrong(k, pass, "arg", ev->arg, line);
	if (ev->vector)
		return wrong(k, pass, "vector", ev->vector, line);
	if (ev->flags)
		return wrong(k, pass, "flags", ev->flags, line);
	return check_bare(k, pass, ev, line);
}

static int check_exception(const struct claims_known *k, struct claims_pass *pass,
			   const struct pb_event *ev, struct vmm_line *line)
{
	pass->exceptions++;
	if (ev->vector >= FIRST_INTERRUPT)
		return wrong(k, pass, "exception", ev->vector, line);
	if (ev->flags)
		return wrong(k, pass, "flags", ev->flags, line);
	return check_bare(k, pass, ev, line);
}

int claims_check_event(const struct claims_known *k, struct claims_pass *pass,
		       const struct pb_event *ev, struct vmm_line *line)
{
	int r = check_common(k, pass, ev, line);

	if (r)
		return r;
	if (pass->exceptions)
		return wrong(k, pass, "kind (after an exception)", ev->kind, line);
	if (ev->kind == PB_EV_ISR)
		r = check_isr(k, pass, ev, line);
	else if (ev->kind == PB_EV_HALT)
		r = check_halt(k, pass, ev, line);
	else if (ev->kind == PB_EV_EXCEPTION)
		r = check_exception(k, pass, ev, line);
	else
		r = wrong(k, pass, "kind", ev->kind, line);
	pass->tsc = ev->tsc;
	pass->index++;
	return r;
}

int claims_check_pass(const struct claims *final, const struct claims_pass *pass,
		      struct vmm_line *line)
{
	const struct pb_agent_output *o = &final->out;
	uint64_t lost = final->ring.lost;

	if (pass->isr <= o->isr && pass->spurious <= o->spurious && pass->halts <= o->halts &&
	    pass->isr + pass->spurious + pass->halts + lost == o->isr + o->spurious + o->halts)
		return 0;
	return vmm_fail(line, -EPROTO,
			"vCPU %" PRIu32 " counts %" PRIu64 " ISR, %" PRIu64 " spurious, %" PRIu64
			" halts; its ring has %" PRIu64 ", %" PRIu64 ", %" PRIu64,
			o->vcpu, o->isr, o->spurious, o->halts, pass->isr, pass->spurious,
			pass->halts);
}

int claims_check_post(const struct claims_known *k, uint32_t source, struct claims_pass *pass,
		      const struct pb_event *ev, struct vmm_line *line)
{
	const struct pb_plan_source *s = &k->plan->source[source];
	unsigned int of = 0, index = 0;
	struct vmm_line why = {""};
	int r = check_common(k, pass, ev, &why);

	if (!r && ev->kind != PB_EV_POST)
		r = wrong(k, pass, "kind", ev->kind, &why);
	if (!r && (!plan_vector_find(k->plan, ev->vector, &of, &index) || of != source))
		r = wrong(k, pass, "vector", ev->vector, &why);
	if (!r && ev->source != source)
		r = wrong(k, pass, "source", ev->source, &why);
	if (!r && (ev->seq <= pass->seq || ev->seq > s->count))
		r = wrong(k, pass, "seq", ev->seq, &why);
	if (!r && ev->flags)
		r = wrong(k, pass, "flags", ev->flags, &why);
	if (r)
		return vmm_fail(line, r, "function of source %" PRIu32 ": %.120s", source,
				why.text);
	pass->seq = ev->seq;
	pass->tsc = ev->tsc;
	pass->index++;
	return 0;
}
