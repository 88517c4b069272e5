// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/truth.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "host/lab/model/defect.h"
#include "host/lab/model/lab.h"
#include "shared/run.h"
#include "util/crc32c.h"

struct record {
	struct pb_run head;
	struct pb_event ev[PB_RUN_MAX_EVENTS];
};

static struct {
	struct record *rec;
	uint32_t nr; /* events in rec */
	uint32_t posts; /* TR_POST so far, for the seeded defects */
	uint64_t lost;
	uint32_t plan_crc;
	bool on;
} truth;

int truth_init(void)
{
	void *p;

	if (truth.rec)
		return 0;
	p = mmap(NULL, sizeof(*truth.rec), PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return -ENOMEM;
	truth.rec = p;
	return 0;
}

void truth_start(uint32_t plan_crc)
{
	truth.nr = 0;
	truth.posts = 0;
	truth.lost = 0;
	truth.plan_crc = plan_crc;
	truth.on = truth.rec != NULL;
}

const void *truth_finish(uint64_t posted, size_t *size)
{
	struct record *r = truth.rec;
	size_t len = sizeof(r->head) + truth.nr * sizeof(r->ev[0]);

	truth.on = false;
	if (!r) {
		*size = 0;
		return NULL;
	}
	memset(&r->head, 0, sizeof(r->head));
	r->head.magic = PB_RUN_MAGIC;
	r->head.version = PB_RUN_VERSION;
	r->head.size = sizeof(r->head);
	r->head.content = PB_RUN_TRUTH;
	r->head.status = PB_RUN_OK;
	r->head.nr_events = truth.nr;
	r->head.lost = truth.lost;
	r->head.posted = posted;
	r->head.plan_crc = truth.plan_crc;
	r->head.crc = crc32c(0, r, len);
	*size = len;
	return r;
}

/* The next event, filled in with what all have; NULL when there is no room. */
static struct pb_event *next(enum pb_event_kind kind, uint16_t pid, uint16_t cpu)
{
	struct pb_event *e;

	if (truth.nr == PB_RUN_MAX_EVENTS) {
		truth.lost++;
		return NULL;
	}
	e = &truth.rec->ev[truth.nr++];
	*e = (struct pb_event){
		.tsc = lab->tsc(),
		.vcpu = pid,
		.cpu = cpu,
		.kind = kind,
	};
	return e;
}

/* What a model with DEFECT_TRUTH_LIE says instead. */
static uint16_t lie(uint16_t outcome)
{
	if (outcome & PB_EVF_NOTIFIED)
		return (outcome & ~PB_EVF_NOTIFIED) | PB_EVF_SUPPRESSED;
	return (outcome & PB_EVF_COALESCED) | PB_EVF_NOTIFIED;
}

void truth_post(uint8_t source, uint32_t seq, uint8_t vector, uint16_t pid, uint16_t outcome,
		uint8_t fault)
{
	struct pb_event *e;

	if (!truth.on)
		return;
	truth.posts++;
	if (defect_hits(DEFECT_TRUTH_HOLE, truth.posts))
		return;
	if (defect_hits(DEFECT_TRUTH_LIE, truth.posts))
		outcome = lie(outcome);
	e = next(PB_TR_POST, pid, PB_CPU_NONE);
	if (!e)
		return;
	e->arg = fault;
	e->seq = seq;
	e->flags = outcome;
	e->vector = vector;
	e->source = source;
}

void truth_pid(uint16_t pid, uint16_t cpu, uint64_t control, uint16_t flags)
{
	struct pb_event *e = truth.on ? next(PB_TR_PID, pid, cpu) : NULL;

	if (!e)
		return;
	e->arg = control;
	e->flags = flags;
}

void truth_notify(uint16_t pid, uint16_t cpu)
{
	if (truth.on)
		next(PB_TR_NOTIFY, pid, cpu);
}

void truth_entry(uint16_t pid, uint16_t cpu, uint64_t control, uint16_t flags)
{
	struct pb_event *e = truth.on ? next(PB_TR_ENTRY, pid, cpu) : NULL;

	if (!e)
		return;
	e->arg = control;
	e->flags = flags;
}

void truth_exit(uint16_t pid, uint16_t cpu, uint16_t reason, uint16_t flags)
{
	struct pb_event *e = truth.on ? next(PB_TR_EXIT, pid, cpu) : NULL;

	if (!e)
		return;
	e->arg = reason;
	e->flags = flags;
}

void truth_virq(uint16_t pid, uint16_t cpu, uint8_t vector)
{
	struct pb_event *e = truth.on ? next(PB_TR_VIRQ, pid, cpu) : NULL;

	if (e)
		e->vector = vector;
}

void truth_fault(uint16_t sid, uint8_t reason, uint64_t addr)
{
	struct pb_event *e = truth.on ? next(PB_TR_FAULT, PB_VCPU_NONE, PB_CPU_NONE) : NULL;

	(void)addr;
	if (!e)
		return;
	e->arg = reason;
	e->seq = sid;
}

void truth_aim(uint8_t source, uint32_t seq, uint16_t pid, uint16_t cpu, uint32_t aim)
{
	struct pb_event *e = truth.on ? next(PB_TR_AIM, pid, cpu) : NULL;

	if (!e)
		return;
	e->arg = aim;
	e->seq = seq;
	e->source = source;
}

void truth_completion(uint8_t source, uint32_t seq, uint8_t vector, uint64_t what, uint16_t flags)
{
	struct pb_event *e = truth.on ? next(PB_TR_COMPLETION, PB_VCPU_NONE, PB_CPU_NONE) : NULL;

	if (!e)
		return;
	e->arg = what;
	e->seq = seq;
	e->flags = flags;
	e->vector = vector;
	e->source = source;
}

void truth_injected(uint8_t source, uint32_t seq, uint8_t vector, enum pb_injected what)
{
	struct pb_event *e = truth.on ? next(PB_TR_INJECTED, PB_VCPU_NONE, PB_CPU_NONE) : NULL;

	if (!e)
		return;
	e->arg = what;
	e->seq = seq;
	e->vector = vector;
	e->source = source;
}

void truth_absorbed(uint8_t source, uint32_t seq, uint8_t vector)
{
	struct pb_event *e = truth.on ? next(PB_TR_ABSORBED, PB_VCPU_NONE, PB_CPU_NONE) : NULL;

	if (!e)
		return;
	e->seq = seq;
	e->vector = vector;
	e->source = source;
}

void truth_swept(const struct pb_event *e)
{
	struct pb_event *to = truth.on ? next((enum pb_event_kind)e->kind, e->vcpu, e->cpu) : NULL;

	if (to)
		*to = *e;
}
