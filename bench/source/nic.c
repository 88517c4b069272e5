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
#include <string.h>

#include "plan/plan.h"
#include "shared/nic_regs.h"
#include "source/area.h"
#include "source/instrument.h"
#include "source/nic_virtio.h"

/* What a buffer holds; the generator's least is 66. */
#define FRAME_MIN 66u
#define FRAME_MAX 100u
_Static_assert(NET_HEADER + FRAME_MAX <= NET_BUFFER, "it fits");

struct nic {
	struct nic_virtio virtio;
};

static void queue_place(const struct pb_source *src, uint32_t i, struct pb_device_queue *q)
{
	uint64_t at = src->fn->queues_iova + PB_DEVICE_QUEUES + i * (uint64_t)PB_DEVICE_QUEUE_SIZE;

	*q = (struct pb_device_queue){
		.submission = at,
		.completion = at + 4096,
		.data = at + 8192,
		.entries = NET_ENTRIES,
	};
}

static int device_init(struct pb_source *src, struct nic *n)
{
	const struct pb_plan_source *s = &src->plan->source[src->index];
	struct pb_device *d = src->fn->device;
	uint64_t bar = d->bar;

	memset(src->fn->queues, 0, PB_DEVICE_AREA(s->vectors));
	*d = (struct pb_device){
		.kind = PB_SOURCE_NIC,
		.queues = s->vectors,
		.vector = plan_guest_vector(src->index, 0),
		.state = src->fn->queues_iova,
		.bar = bar,
	};
	for (uint32_t i = 0; i < s->vectors; i++)
		queue_place(src, i, &d->queue[i]);
	return nic_virtio_open(&n->virtio, d->queue, s->vectors);
}

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
	if (!src->fn || !src->fn->device) {
		snprintf(src->error, sizeof(src->error),
			 "this VMM lets no guest drive a device of its own");
		return -EOPNOTSUPP;
	}
	ret = source_area_init(src);
	ret = ret ?: source_instrument_open(src);
	ret = ret ?: check_generator(src);
	if (ret)
		return ret;
	n->virtio = (struct nic_virtio){.fn = src->fn,
					.clock = src->clock,
					.error = src->error,
					.size = sizeof(src->error)};
	return device_init(src, n);
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
	__atomic_store_n(&src->fn->device->go, 1, __ATOMIC_RELEASE);
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

static uint64_t nic_posted(struct pb_source *src)
{
	return source_instrument_get(src, PB_INSTRUMENT_POSTED);
}

static void nic_disarm(struct pb_source *src)
{
	if (src->fn && src->fn->bar_size[PB_INSTRUMENT_BAR] >= PB_NIC_QUEUE(PB_NIC_QUEUES))
		source_instrument_set(src, PB_NIC_CTRL, PB_NIC_CTRL_DISARM);
}

/*
 * Where the time was up first, frames may still be sent: no more of them, or the
 * counts would not be of one instant.  What was consumed is the guest's word: what
 * cannot be is caught where the run is checked.
 */
static void nic_account(struct pb_source *src, struct pb_source_account *a)
{
	const struct pb_device_state *s = (const void *)src->fn->queues;

	nic_disarm(src);
	for (uint32_t i = 0; i < src->plan->source[src->index].vectors; i++)
		a->consumed += (uint32_t)s[i].completed;
	a->submitted += source_instrument_get(src, PB_NIC_SENT);
	a->started += source_instrument_get(src, PB_INSTRUMENT_STARTED);
	a->completed += source_instrument_get(src, PB_INSTRUMENT_COMPLETED);
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
	.posted = nic_posted,
	.account = nic_account,
	.disarm = nic_disarm,
	.close = nic_close,
};
