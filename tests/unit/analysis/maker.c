// SPDX-License-Identifier: LGPL-2.1-or-later
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/maker.h"
#include "event/run.h"
#include "plan/plan.h"

void mk_init(struct maker *m)
{
	memset(m, 0, sizeof(*m));
	m->plan = (struct pb_plan){
		.scenario = "test",
		.seed = 1,
		.vcpus = 1,
		.late_us = 100,
		.measure_us = 10000,
		.drain_us = 10000,
		.nr_sources = 1,
		.event_capacity = 1024,
		.source = {{.vectors = 8,
			    .count = 1000,
			    .schedule = PB_SCHED_PERIODIC,
			    .period_us = 1}},
	};
	m->head = (struct pb_run){.content = PB_RUN_EVENTS, .tsc_khz = 1000};
	m->truth_head = (struct pb_run){.content = PB_RUN_TRUTH, .tsc_khz = 1000};
}

void mk_linux(struct maker *m)
{
	m->plan.vmm = PB_VMM_LINUX;
	m->plan.vcpus = 8;
	m->plan.guest =
		(struct pb_plan_guest){.memory_mib = 64, .io_timeout_us = 1000, .stall_us = 100};
	m->plan.source[0] = (struct pb_plan_source){.kind = PB_SOURCE_NVME,
						    .vectors = 8,
						    .depth = 1,
						    .count = 2,
						    .schedule = PB_SCHED_SERVED};
}

void mk_free(struct maker *m)
{
	outcome_free(m->o);
	timeline_free(m->tl);
	free(m->marks);
	free(m->run);
	free(m->truth);
}

static struct pb_event *add(struct pb_event *list, size_t *nr, uint8_t kind, uint64_t tsc)
{
	struct pb_event *e = &list[(*nr)++];

	assert(*nr <= MK_EVENTS);
	*e = (struct pb_event){.tsc = tsc, .kind = kind, .cpu = 0};
	return e;
}

static void set_source(struct maker *m, struct pb_event *e, unsigned int vector)
{
	unsigned int source, index;

	e->vector = (uint8_t)vector;
	if (plan_vector_find(&m->plan, (uint8_t)vector, &source, &index)) {
		e->source = (uint8_t)source;
		e->vcpu = (uint16_t)m->plan.source[source].vcpu;
	}
}

void mk_post(struct maker *m, uint64_t tsc, uint32_t seq, unsigned int vector)
{
	struct pb_event *e = add(m->ev, &m->nr_ev, PB_EV_POST, tsc);

	set_source(m, e, vector);
	e->seq = seq;
	e->cpu = PB_CPU_NONE;
}

void mk_isr(struct maker *m, uint64_t tsc, uint32_t seq, unsigned int vector)
{
	struct pb_event *e = add(m->ev, &m->nr_ev, PB_EV_ISR, tsc);

	set_source(m, e, vector);
	e->seq = seq;
	e->cpu = PB_CPU_NONE;
}

void mk_in(struct maker *m, uint64_t tsc)
{
	add(m->ev, &m->nr_ev, PB_EV_SCHED_IN, tsc);
}

void mk_io(struct maker *m, uint64_t tsc, uint64_t took, uint32_t seq, unsigned int queue,
	   uint16_t flags)
{
	struct pb_event *e = add(m->ev, &m->nr_ev, PB_EV_IO, tsc);

	e->arg = took;
	e->seq = seq;
	e->flags = flags;
	e->vector = (uint8_t)queue;
	e->cpu = PB_CPU_NONE;
}

void mk_preempt(struct maker *m, uint64_t tsc)
{
	add(m->ev, &m->nr_ev, PB_EV_SCHED_OUT, tsc)->flags = PB_EVF_PREEMPTED;
}

void mk_block(struct maker *m, uint64_t tsc)
{
	add(m->ev, &m->nr_ev, PB_EV_SCHED_OUT, tsc);
}

void mk_tr_post(struct maker *m, uint64_t tsc, uint32_t seq, unsigned int vector, uint16_t flags)
{
	struct pb_event *e = add(m->tr, &m->nr_tr, PB_TR_POST, tsc);

	set_source(m, e, vector);
	e->seq = seq;
	e->flags = flags;
	e->cpu = PB_CPU_NONE;
}

static void state_event(struct maker *m, uint8_t kind, uint64_t tsc, unsigned int state)
{
	struct pb_event *e = add(m->tr, &m->nr_tr, kind, tsc);

	e->arg = kind == PB_TR_EXIT ? 0 : state & (MK_ON | MK_SN);
	e->flags = state & MK_PIR ? PB_EVF_PIR_NONEMPTY : 0;
}

void mk_tr_pid(struct maker *m, uint64_t tsc, unsigned int state)
{
	state_event(m, PB_TR_PID, tsc, state);
}

void mk_tr_entry(struct maker *m, uint64_t tsc, unsigned int state)
{
	state_event(m, PB_TR_ENTRY, tsc, state);
}

void mk_tr_exit(struct maker *m, uint64_t tsc, unsigned int state)
{
	state_event(m, PB_TR_EXIT, tsc, state);
}

void mk_tr_virq(struct maker *m, uint64_t tsc, unsigned int vector)
{
	add(m->tr, &m->nr_tr, PB_TR_VIRQ, tsc)->vector = (uint8_t)vector;
}

void mk_healthy(struct maker *m, uint64_t tsc, uint32_t seq, unsigned int vector)
{
	mk_post(m, tsc, seq, vector);
	mk_isr(m, tsc + 6, seq, vector);
	mk_tr_entry(m, tsc - 1, 0);
	mk_tr_post(m, tsc, seq, vector, PB_EVF_NOTIFIED);
	mk_tr_pid(m, tsc + 1, 0);
	mk_tr_virq(m, tsc + 5, vector);
}

void mk_stranded(struct maker *m, uint64_t tsc, uint32_t seq, unsigned int vector)
{
	mk_preempt(m, tsc - 10);
	mk_post(m, tsc, seq, vector);
	mk_in(m, tsc + 30);
	mk_tr_pid(m, tsc - 11, MK_SN | (m->stuck ? MK_PIR : 0));
	mk_tr_post(m, tsc, seq, vector, PB_EVF_SUPPRESSED);
	mk_tr_pid(m, tsc + 31, MK_PIR);
	mk_tr_entry(m, tsc + 50, MK_PIR);
	m->stuck = true;
}

static void *seal(const struct pb_run *head, const struct pb_event *ev, size_t nr, size_t *size)
{
	struct pb_run *run;

	*size = sizeof(*run) + nr * sizeof(*ev);
	run = malloc(*size);
	assert(run);
	*run = *head;
	run->nr_events = nr;
	memcpy(run + 1, ev, nr * sizeof(*ev));
	run_seal(run);
	return run;
}

static void add_phases(struct maker *m)
{
	static const uint64_t tsc[] = {0, 1, 2, 3, MK_DRAIN, MK_STOP};

	for (unsigned int p = PB_PHASE_START; p <= PB_PHASE_STOP; p++) {
		struct pb_event *e = add(m->ev, &m->nr_ev, PB_EV_PHASE, tsc[p]);

		e->arg = p;
		e->vcpu = PB_VCPU_NONE;
		e->cpu = PB_CPU_NONE;
	}
}

void mk_seal(struct maker *m)
{
	plan_seal(&m->plan);
	if (!m->no_phases)
		add_phases(m);
	for (size_t i = 0; i < m->nr_ev && !m->keep_counts; i++) {
		m->head.posted += m->ev[i].kind == PB_EV_POST;
		if (m->ev[i].kind == PB_EV_ISR && m->ev[i].flags & PB_EVF_SPURIOUS)
			m->head.spurious++;
		else if (m->ev[i].kind == PB_EV_ISR)
			m->head.isr++;
	}
	for (size_t i = 0; i < m->nr_ev && !m->keep_device; i++) {
		m->head.device[0].submitted += m->ev[i].kind == PB_EV_IO;
		m->head.device[0].completed += m->ev[i].kind == PB_EV_IO;
		m->head.device[0].errors +=
			m->ev[i].kind == PB_EV_IO && m->ev[i].flags & PB_EVF_IO_ERROR;
	}
	if (!m->head.plan_crc)
		m->head.plan_crc = m->plan.crc;
	if (!m->truth_head.plan_crc)
		m->truth_head.plan_crc = m->plan.crc;
	m->run = seal(&m->head, m->ev, m->nr_ev, &m->run_size);
	m->truth = seal(&m->truth_head, m->tr, m->nr_tr, &m->truth_size);
}

int mk_join(struct maker *m)
{
	mk_seal(m);
	return timeline_build(&m->plan, m->run, m->run_size, &m->tl, m->err, sizeof(m->err));
}

int mk_check(struct maker *m)
{
	int ret = mk_join(m);

	assert(!ret);
	return crosscheck_run(m->tl, m->truth, m->truth_size, &m->marks, &m->which, m->err,
			      sizeof(m->err));
}

const struct pb_counts *mk_counts(struct maker *m, bool with_truth)
{
	int ret = with_truth ? mk_check(m) : mk_join(m);

	if (!ret)
		ret = outcome_build(m->tl, m->marks, &m->o, m->err, sizeof(m->err));
	if (ret) {
		fprintf(stderr, "%s\n", m->err);
		abort();
	}
	return &m->o->counts;
}

enum pb_class mk_class(const struct maker *m, size_t index)
{
	return (enum pb_class)m->o->fate[index].cls;
}

struct pb_job mk_job(struct maker *m, const struct pb_kernel *kernel)
{
	mk_seal(m);
	return (struct pb_job){
		.kernel = kernel,
		.plan = &m->plan,
		.status = PB_JOB_DONE,
		.run = m->run,
		.run_size = m->run_size,
		.truth = m->truth,
		.truth_size = m->truth_size,
		.wall_s = 0.25,
		.boot_s = 3.5,
	};
}
