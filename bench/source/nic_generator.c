// SPDX-License-Identifier: LGPL-2.1-or-later
#include "source/nic_generator.h"

#include <errno.h>
#include <stdio.h>

#include "plan/plan.h"
#include "shared/nic_regs.h"
#include "source/instrument.h"
#include "source/nic_virtio.h"

/* What a buffer holds; the generator's least is 66. */
#define FRAME_MIN 66u
#define FRAME_MAX 100u
_Static_assert(NET_HEADER + FRAME_MAX <= NET_BUFFER, "it fits");

int nic_generator_check(struct pb_source *src)
{
	if (src->fn->bar_size[PB_INSTRUMENT_BAR] >= PB_NIC_QUEUE(PB_NIC_QUEUES) &&
	    source_instrument_get(src, PB_NIC_ID) == PB_NIC_ID_VALUE)
		return 0;
	snprintf(src->error, sizeof(src->error), "this device is not the lab's NIC");
	return -ENODEV;
}

/* Flows come in on queues by their addresses: with many, all queues have some. */
int nic_generator_arm(struct pb_source *src)
{
	const struct pb_plan_source *s = &src->plan->source[src->index];

	source_instrument_set(src, PB_NIC_SCHEDULE, s->schedule);
	source_instrument_set(src, PB_NIC_AIM, PB_AIM_NONE);
	source_instrument_set(src, PB_NIC_COUNT, s->count);
	source_instrument_set(src, PB_NIC_FLOWS, s->vectors > 1 ? PB_MAX_VECTORS : 1);
	source_instrument_set64(src, PB_NIC_PERIOD_LO, clock_us_to_ticks(src->clock, s->period_us));
	source_instrument_set(src, PB_NIC_BURST, s->burst);
	source_instrument_set(src, PB_NIC_FLAGS, 0);
	source_instrument_set64(src, PB_NIC_SEED_LO, plan_source_seed(src->plan, src->index));
	source_instrument_set(src, PB_NIC_SIZE_MIN, FRAME_MIN);
	source_instrument_set(src, PB_NIC_SIZE_MAX, FRAME_MAX);
	source_instrument_set(src, PB_NIC_CTRL, PB_NIC_CTRL_ARM);
	if (source_instrument_get(src, PB_NIC_STATUS) & (PB_NIC_ST_ARMED | PB_NIC_ST_DONE))
		return 0;
	snprintf(src->error, sizeof(src->error),
		 "the generator refused the schedule: a register is out of its range");
	return -EINVAL;
}

int nic_generator_done(struct pb_source *src)
{
	uint32_t status = source_instrument_get(src, PB_NIC_STATUS);

	/* All ones: the function does not answer any more. */
	if (status != UINT32_MAX && (status & PB_NIC_ST_DONE))
		return 1;
	if (status != UINT32_MAX && (status & PB_NIC_ST_ARMED))
		return 0;
	snprintf(src->error, sizeof(src->error),
		 "the generator stopped: status 0x%x, %u of %u frames", status,
		 source_instrument_get(src, PB_NIC_SENT), src->plan->source[src->index].count);
	return -EIO;
}

void nic_generator_disarm(struct pb_source *src)
{
	if (src->fn && src->fn->bar_size[PB_INSTRUMENT_BAR] >= PB_NIC_QUEUE(PB_NIC_QUEUES))
		source_instrument_set(src, PB_NIC_CTRL, PB_NIC_CTRL_DISARM);
}
