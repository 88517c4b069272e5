// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Runs that are whole - every field in its range, the checksum right - and
 * make no sense. The input is a list of events in 8 bytes each: a head of 8
 * bytes, then records of the run and of the truth.
 *
 *	head:   vCPUs - 1, sources, counts kept (bit 0), late_us, 4 unused
 *	record: kind, vector, seq, flags, vcpu and source, time step (2), argument
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/result.h"
#include "event/run.h"
#include "plan/plan.h"

#define RECORD     8
#define MAX_EVENTS 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t post_flags[] = {
	PB_EVF_NOTIFIED,
	PB_EVF_SUPPRESSED,
	PB_EVF_OUTSTANDING,
	PB_EVF_REMAPPED,
	PB_EVF_BLOCKED,
	PB_EVF_MASKED,
	PB_EVF_COMPAT,
	PB_EVF_NOTIFIED | PB_EVF_COALESCED,
	PB_EVF_SUPPRESSED | PB_EVF_COALESCED,
	PB_EVF_OUTSTANDING | PB_EVF_COALESCED,
};

static const uint8_t kinds[] = {
	PB_EV_POST,  PB_EV_ISR,  PB_EV_SCHED_IN, PB_EV_SCHED_OUT, PB_EV_HALT,
	PB_EV_PHASE, PB_TR_POST, PB_TR_PID,      PB_TR_NOTIFY,    PB_TR_ENTRY,
	PB_TR_EXIT,  PB_TR_VIRQ, PB_TR_FAULT,    PB_TR_AIM,
};

static void make_plan(struct pb_plan *plan, const uint8_t *head)
{
	memset(plan, 0, sizeof(*plan));
	plan->scenario[0] = 'f';
	plan->vcpus = 1 + head[0] % 3;
	plan->measure_us = 1;
	plan->late_us = head[3];
	plan->nr_sources = head[1] % (PB_MAX_SOURCES + 1);
	plan->event_capacity = PB_PLAN_MAX_EVENTS;
	for (uint32_t i = 0; i < plan->nr_sources; i++) {
		plan->source[i] = (struct pb_plan_source){
			.kind = PB_SOURCE_NULL,
			.vcpu = i % plan->vcpus,
			.vectors = 8,
			.count = 1000,
			.schedule = PB_SCHED_PERIODIC,
			.period_us = 1,
		};
	}
	plan_seal(plan);
}

/* Which flags an event of this kind may have is run_check()'s to know. */
static uint16_t flags_of(uint8_t kind, uint8_t byte)
{
	if (kind == PB_TR_POST)
		return post_flags[byte % (sizeof(post_flags) / sizeof(post_flags[0]))];
	if (kind == PB_EV_SCHED_OUT || kind == PB_EV_ISR || kind == PB_TR_ENTRY ||
	    kind == PB_TR_EXIT)
		return byte & 1;
	if (kind == PB_TR_PID)
		return (uint16_t)((byte & 1) | (byte & 2 ? PB_EVF_BY_IOMMU : PB_EVF_BY_CPU));
	return 0;
}

static void make_event(struct pb_event *e, const uint8_t *r, const struct pb_plan *plan,
		       uint64_t *tsc)
{
	unsigned int source = (r[4] & 15) % PB_MAX_SOURCES;

	*e = (struct pb_event){.kind = kinds[r[0] % sizeof(kinds)]};
	if (r[5] == 0xff)
		*tsc = r[6];
	*tsc += (uint64_t)r[5] << (r[6] % 8);
	e->tsc = *tsc + 1;
	e->vector = r[1] & 0x80 ? r[1] : plan_guest_vector(source, r[1] % 9);
	e->seq = r[2];
	e->vcpu = (r[4] >> 4) % (plan->vcpus + 1);
	if (e->vcpu == plan->vcpus)
		e->vcpu = PB_VCPU_NONE;
	e->source = (uint8_t)source;
	e->flags = flags_of(e->kind, r[3]);
	e->arg = r[7];
	if (e->kind == PB_EV_POST && source < plan->nr_sources)
		e->vcpu = (uint16_t)plan->source[source].vcpu;
	if (e->kind == PB_EV_PHASE)
		e->arg = 1 + r[7] % PB_PHASE_STOP;
}

/* Add an event to the run that it belongs to. */
static void put(struct pb_run *events, struct pb_run *truth, const struct pb_event *e)
{
	struct pb_run *to = e->kind >= PB_TR_POST ? truth : events;

	((struct pb_event *)(to + 1))[to->nr_events++] = *e;
	if (e->kind == PB_EV_POST)
		to->posted++;
	if (e->kind == PB_EV_ISR && e->flags & PB_EVF_SPURIOUS)
		to->spurious++;
	else if (e->kind == PB_EV_ISR)
		to->isr++;
}

static void analyse(const struct pb_plan *plan, struct pb_run *events, struct pb_run *truth)
{
	struct pb_job job = {
		.plan = plan,
		.status = PB_JOB_DONE,
		.run = events,
		.run_size = run_size(events->nr_events),
		.truth = truth,
		.truth_size = run_size(truth->nr_events),
	};
	struct pb_scenario s = {.name = "f"};
	struct pb_kernel k = {.name = "k"};
	struct pb_result *r = result_new(), *back;
	char err[512], *text;

	if (!r || result_add_kernel(r, &k, PB_ROLE_ONLY, NULL) || result_add_scenario(r, &s) ||
	    result_add_job(r, 0, 0, &job))
		abort();
	job.truth = NULL;
	if (result_add_job(r, 0, 0, &job) || result_finish(r) || result_to_json(r, &text))
		abort();
	if (result_parse("f", text, strlen(text), &back, err, sizeof(err))) {
		fprintf(stderr, "%s\n%s\n", err, text);
		abort();
	}
	/* To see what an input is worth. */
	for (size_t i = 0; getenv("FUZZ_SHOW") && i < r->nr_branches; i++)
		fprintf(stderr, "%zu posts, %zu lost: %s\n", (size_t)r->branch[i].counts.posts,
			(size_t)counts_lost(&r->branch[i].counts), r->branch[i].reason);
	result_free(back);
	result_free(r);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pb_run *events, *truth;
	struct pb_plan plan;
	uint64_t tsc = 0;

	if (size < RECORD || size > RECORD * MAX_EVENTS)
		return 0;
	make_plan(&plan, data);
	events = calloc(1, run_size(size / RECORD + 1));
	truth = calloc(1, run_size(size / RECORD + 1));
	if (!events || !truth)
		abort();
	events->content = PB_RUN_EVENTS;
	truth->content = PB_RUN_TRUTH;
	events->plan_crc = truth->plan_crc = plan.crc;
	events->tsc_khz = truth->tsc_khz = 1000;
	for (size_t i = RECORD; i + RECORD <= size; i += RECORD) {
		struct pb_event e;

		make_event(&e, data + i, &plan, &tsc);
		put(events, truth, &e);
	}
	if (data[2] & 1)
		events->isr = events->posted = data[4];
	run_seal(events);
	run_seal(truth);
	analyse(&plan, events, truth);
	free(events);
	free(truth);
	return 0;
}
