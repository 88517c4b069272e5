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
#include "source/nic_generator.h"
#include "source/nic_virtio.h"

struct nic {
	struct nic_virtio virtio;
};

static int nic_open(struct pb_source *src)
{
	struct nic *n = calloc(1, sizeof(*n));
	int ret;

	if (!n)
		return -ENOMEM;
	src->priv = n;
	ret = source_driven_open(src, NET_ENTRIES);
	ret = ret ?: nic_generator_check(src);
	if (ret)
		return ret;
	n->virtio = (struct nic_virtio){.fn = src->fn,
					.clock = src->clock,
					.error = src->error,
					.size = sizeof(src->error)};
	return nic_virtio_open(&n->virtio, src->fn->device->queue,
			       src->plan->source[src->index].vectors);
}

/* The guest first: a frame that came before would post to a guest that does not look. */
static int nic_arm(struct pb_source *src)
{
	int ret = source_instrument_arm(src);

	if (ret)
		return ret;
	source_driven_go(src, PB_DEVICE_RUN);
	return nic_generator_arm(src);
}

static int nic_again(struct pb_source *src)
{
	struct nic *n = src->priv;

	return nic_virtio_open(&n->virtio, src->fn->device->queue,
			       src->plan->source[src->index].vectors);
}

static int nic_done(struct pb_source *src)
{
	int resetting = source_driven_resets(src, nic_again);

	if (resetting)
		return resetting < 0 ? resetting : 0;
	return nic_generator_done(src);
}

/*
 * Where the time was up first, frames may still be sent: no more of them, or the
 * counts would not be of one instant.
 */
static void nic_account(struct pb_source *src, struct pb_run_account *a)
{
	nic_generator_disarm(src);
	a->submitted = source_instrument_get(src, PB_NIC_SENT);
	source_driven_account(src, a);
	/* Each set-up behind a reset ended a command of the control queue, which is no frame. */
	if (src->plan->source[src->index].vectors > 1 && a->completed >= src->resets)
		a->completed -= src->resets;
}

static void nic_close(struct pb_source *src)
{
	struct nic *n = src->priv;

	if (!n)
		return;
	nic_generator_disarm(src);
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
	.disarm = nic_generator_disarm,
	.close = nic_close,
};
