// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a sweep found, as events of the branch's truth (bench/shared/event.h). */
#include "host/lab/model/sweep_int.h"
#include "host/lab/model/truth.h"

static uint64_t window_arg(uint32_t length, uint32_t outer)
{
	return (uint64_t)outer << 32 | length;
}

void sweep_report_window(unsigned int level, uint32_t number, uint32_t outer)
{
	const struct sweep_found *f = &sweep.share->found;
	struct pb_event w = {
		.tsc = f->tsc,
		.arg = window_arg(f->length, outer),
		.seq = number,
		.vcpu = f->pid,
		.cpu = f->cpu,
		.flags = (f->ended ? 0 : PB_EVF_WINDOW_OPEN) |
			 (sweep.share->cut ? PB_EVF_WINDOW_CUT : 0),
		.kind = PB_TR_WINDOW,
		.vector = (uint8_t)sweep_plan(level)->window,
		.source = (uint8_t)level,
	};

	truth_swept(&w);
	for (uint32_t i = 0; i < f->nr; i++) {
		const struct sweep_bound *b = &f->bound[i];
		struct pb_event e = {
			.tsc = b->tsc,
			.arg = b->rip,
			.seq = b->instant,
			.vcpu = f->pid,
			.cpu = b->cpu,
			.flags = b->flags,
			.kind = PB_TR_BOUND,
			.vector = b->store,
			.source = (uint8_t)level,
		};

		truth_swept(&e);
	}
}

void sweep_report_tries(void)
{
	const struct sweep_share *s = sweep.share;

	for (uint32_t i = 0; i < s->nr_tries; i++) {
		const struct sweep_try *t = &s->tries[i];
		struct pb_event e = {
			.tsc = t->tsc,
			.arg = t->rip,
			.seq = t->instant,
			.vcpu = s->found.pid,
			.cpu = t->cpu,
			.flags = t->outcome,
			.kind = PB_TR_SWEPT,
			.vector = t->vector,
			.source = (uint8_t)sweep_source(),
		};

		truth_swept(&e);
		e.tsc = t->fate_tsc;
		e.arg = t->control;
		e.flags = t->fate;
		e.kind = PB_TR_FATE;
		truth_swept(&e);
	}
}

void sweep_report_opened(const struct sweep_opened *o, uint16_t flags)
{
	struct pb_event e = {
		.tsc = o->tsc,
		.arg = window_arg(o->length, o->instant),
		.seq = 1,
		.vcpu = o->pid,
		.cpu = o->cpu,
		.flags = flags | (o->opened && !o->ended ? PB_EVF_WINDOW_OPEN : 0),
		.kind = PB_TR_WINDOW,
		.vector = (uint8_t)sweep_plan(1)->window,
		.source = 1,
	};

	truth_swept(&e);
}
