// SPDX-License-Identifier: LGPL-2.1-or-later
#include "source/instrument.h"

#include <errno.h>
#include <stdio.h>

#include "plan/plan.h"

void source_instrument_set(const struct pb_source *src, uint32_t reg, uint32_t value)
{
	*(volatile uint32_t *)(src->fn->bar[PB_INSTRUMENT_BAR] + reg) = value;
}

void source_instrument_set64(const struct pb_source *src, uint32_t reg_lo, uint64_t value)
{
	source_instrument_set(src, reg_lo, (uint32_t)value);
	source_instrument_set(src, reg_lo + 4, (uint32_t)(value >> 32));
}

uint32_t source_instrument_get(const struct pb_source *src, uint32_t reg)
{
	if (!src->fn || !src->fn->bar[PB_INSTRUMENT_BAR])
		return 0;
	return *(volatile uint32_t *)(src->fn->bar[PB_INSTRUMENT_BAR] + reg);
}

int source_instrument_open(struct pb_source *src)
{
	if (src->fn && src->fn->bar_size[PB_INSTRUMENT_BAR] >= PB_INSTRUMENT_KIND &&
	    source_instrument_get(src, PB_INSTRUMENT_ID) == PB_INSTRUMENT_ID_VALUE &&
	    source_instrument_get(src, PB_INSTRUMENT_VERSION) == 1)
		return 0;
	snprintf(src->error, sizeof(src->error),
		 "this device does not record when it posts; only those of the lab do");
	return -EOPNOTSUPP;
}

int source_instrument_arm(struct pb_source *src)
{
	const struct pb_plan_source *s = &src->plan->source[src->index];

	if (!src->clock->khz) {
		snprintf(src->error, sizeof(src->error), "TSC frequency is not known");
		return -EINVAL;
	}
	/* A guest that has its memory to itself leaves no room for the record. */
	source_instrument_set64(src, PB_INSTRUMENT_SLOTS_LO, src->fn->dma ? src->fn->iova : 0);
	source_instrument_set64(src, PB_INSTRUMENT_RING_LO,
				src->fn->dma ? src->fn->iova + PB_FUNCTION_RING : 0);
	source_instrument_set(src, PB_INSTRUMENT_RING_CAPACITY,
			      src->fn->dma ? src->plan->event_capacity : 0);
	source_instrument_set(src, PB_INSTRUMENT_VECTORS, s->vectors);
	source_instrument_set(src, PB_INSTRUMENT_FIRST, plan_source_first_vector(s));
	source_instrument_set(src, PB_INSTRUMENT_VECTOR_BASE, plan_guest_vector(src->index, 0));
	source_instrument_set(src, PB_INSTRUMENT_SOURCE, src->index);
	source_instrument_set(src, PB_INSTRUMENT_VCPU, s->vcpu);
	source_instrument_set64(src, PB_INSTRUMENT_SEED_LO,
				plan_source_seed(src->plan, src->index));
	source_instrument_set(src, PB_INSTRUMENT_SERVICE, s->service);
	source_instrument_set64(src, PB_INSTRUMENT_SERVICE_LO,
				s->service ? clock_us_to_ticks(src->clock, s->period_us) : 0);
	source_instrument_set(src, PB_INSTRUMENT_SWEPT, s->schedule == PB_SCHED_SWEPT);
	source_instrument_set(src, PB_INSTRUMENT_FAULT, s->fault);
	source_instrument_set(src, PB_INSTRUMENT_FAULT_AT, s->fault_at);
	source_instrument_set(src, PB_INSTRUMENT_KEEP, s->resets != 0);
	source_instrument_set(src, PB_INSTRUMENT_CTRL, PB_INSTRUMENT_CTRL_ARM);
	if (source_instrument_get(src, PB_INSTRUMENT_STATUS) & PB_INSTRUMENT_ST_ARMED)
		return 0;
	snprintf(src->error, sizeof(src->error),
		 "the device refused the record: a register is out of its range");
	return -EINVAL;
}
