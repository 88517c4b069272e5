// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * nic.c - a NIC whose receive queues the guest drives: set up here, from outside;
 * then the generator at the other end of the wire sends, and each frame posts
 * (guest/agent/net.c).
 *
 * A guest that misses an interrupt finds the frame at the next one; where all its
 * buffers are full of such frames, the device drops what comes, and nothing posts
 * any more.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan/plan.h"
#include "shared/nic_regs.h"
#include "source/driven.h"
#include "source/instrument.h"
#include "source/nic_virtio.h"

/* What a buffer holds; the generator's least is 66. */
#define FRAME_MIN 66u
#define FRAME_MAX 100u
_Static_assert(NET_HEADER + FRAME_MAX <= NET_BUFFER, "it fits");

struct nic {
	struct nic_virtio virtio;
};

/* Has it the generator? */
static int check_generator(struct pb_source *src)
{
	if (src->fn->bar_size[PB_INSTRUMENT_BAR] >= PB_NIC_QUEUE(PB_NIC_QUEUES) &&
	    source_instrument_get(src, PB_NIC_ID) == PB_NIC_ID_VALUE)
		return 0;
	snprintf(src->error, sizeof(src->error), "this device is not the lab's NIC");
	return -ENODEV;
}

static int nic_open(struct pb_source *src)
{
	struct nic *n = calloc(1, sizeof(*n));
	int ret;

	if (!n)
		return -ENOMEM;
	src->priv = n;
	ret = source_driven_open(src, NET_ENTRIES);
	ret = ret ?: check_generator(src);
	if (ret)
		return ret;
	n->virtio = (struct nic_virtio){.fn = src->fn,
					.clock = src->clock,
					.error = src->error,
					.size = sizeof(src->error)};
	return nic_virtio_open(&n->virtio, src->fn->device->queue,
			       src->plan->source[src->index].vectors);
}

/* Flows come in on queues by their addresses: with many, all queues have some. */
static int generator_arm(struct pb_source *src)
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

/* The guest first: a frame that came before would post to a guest that does not look. */
static int nic_arm(struct pb_source *src)
{
	int ret = source_instrument_arm(src);

	if (ret)
		return ret;
	source_driven_go(src, PB_DEVICE_RUN);
	return generator_arm(src);
}

static int nic_done(struct pb_source *src)
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

static void nic_disarm(struct pb_source *src)
{
	if (src->fn && src->fn->bar_size[PB_INSTRUMENT_BAR] >= PB_NIC_QUEUE(PB_NIC_QUEUES))
		source_instrument_set(src, PB_NIC_CTRL, PB_NIC_CTRL_DISARM);
}

/*
 * Where the time was up first, frames may still be sent: no more of them, or the
 * counts would not be of one instant.
 */
static void nic_account(struct pb_source *src, struct pb_run_account *a)
{
	nic_disarm(src);
	a->submitted = source_instrument_get(src, PB_NIC_SENT);
	source_driven_account(src, a);
}

static void nic_close(struct pb_source *src)
{
	struct nic *n = src->priv;

	if (!n)
		return;
	nic_disarm(src);
	nic_virtio_close(&n->virtio);
	free(n);
	src->priv = NULL;
	src->fn = NULL;
}

const struct pb_source_ops source_nic = {
	.name = "nic",
	.kind = PB_SOURCE_NIC,
	.open = nic_open,
	.arm = nic_arm,
	.done = nic_done,
	.posted = source_driven_posted,
	.account = nic_account,
	.disarm = nic_disarm,
	.close = nic_close,
};
