// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * nvme.c - an NVMe controller that the guest drives: set up here, from outside;
 * then the guest submits, and each completion posts (guest/agent/nvme.c).
 *
 * A queue whose interrupt was lost stands still: so the source is done when all
 * commands were made, and also when none is in flight and none has come for
 * IDLE_US.  What then is missed, the analysis says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan/plan.h"
#include "source/driven.h"
#include "source/instrument.h"
#include "source/nvme_admin.h"

/* As many blocks as guest/agent/nvme.c reads from. */
#define BLOCKS  1024u
/* Longer than any preemption of the scenarios: a guest that runs submits within it. */
#define IDLE_US 200000u
/* How long ago, at most, a look at the counts was the last with a command in flight. */
#define LOOK_US 2000u

struct nvme {
	struct nvme_admin admin;
	uint32_t started; /* by the controller's count, at the last look */
	uint64_t since; /* when that changed */
};

static int device_init(struct pb_source *src, struct nvme *n)
{
	const struct pb_plan_source *s = &src->plan->source[src->index];
	struct pb_device *d = src->fn->device;
	int ret;

	for (uint32_t i = 0; i < s->vectors; i++) {
		d->queue[i].depth = s->depth;
		d->queue[i].count = s->count / s->vectors;
	}
	ret = nvme_admin_open(&n->admin);
	ret = ret ?: nvme_admin_namespace(&n->admin, BLOCKS, &d->nsid);
	ret = ret ?: nvme_admin_queues(&n->admin, d->queue, s->vectors);
	if (!ret && s->aggregate)
		ret = nvme_admin_coalesce(&n->admin, s->aggregate, s->aggregate_us);
	return ret;
}

static int nvme_open(struct pb_source *src)
{
	struct nvme *n = calloc(1, sizeof(*n));
	int ret;

	if (!n)
		return -ENOMEM;
	src->priv = n;
	ret = source_driven_open(src, PB_DEVICE_ENTRIES);
	if (ret)
		return ret;
	n->admin = (struct nvme_admin){.fn = src->fn,
				       .clock = src->clock,
				       .error = src->error,
				       .size = sizeof(src->error)};
	return device_init(src, n);
}

static int nvme_arm(struct pb_source *src)
{
	struct nvme *n = src->priv;
	int ret = source_instrument_arm(src);

	if (ret)
		return ret;
	n->since = clock_now(src->clock);
	source_driven_go(src, PB_DEVICE_RUN);
	return 0;
}

static int nvme_again(struct pb_source *src)
{
	return device_init(src, src->priv);
}

/* Are all commands over, one way or the other? Where there are resets, the guest knows. */
static bool all_over(const struct pb_source *src, uint32_t completed)
{
	const struct pb_device_state *s = (const void *)src->fn->queues;
	const struct pb_plan_source *p = &src->plan->source[src->index];
	uint64_t over = 0;

	if (!p->resets)
		return completed >= p->count;
	for (uint32_t i = 0; i < p->vectors; i++)
		over += s[i].completed + s[i].aborted;
	return over >= p->count;
}

static int nvme_done(struct pb_source *src)
{
	const struct pb_plan_source *s = &src->plan->source[src->index];
	int resetting = source_driven_resets(src, nvme_again);
	uint32_t started = source_instrument_get(src, PB_INSTRUMENT_STARTED);
	uint32_t completed = source_instrument_get(src, PB_INSTRUMENT_COMPLETED);
	struct nvme *n = src->priv;
	uint64_t now = clock_now(src->clock);

	if (resetting < 0)
		return resetting;
	if (started == UINT32_MAX) {
		snprintf(src->error, sizeof(src->error), "the controller does not answer any more");
		return -EIO;
	}
	if (resetting || started != n->started || (started != completed && !s->resets)) {
		n->started = started;
		n->since = now;
	}
	if (resetting)
		return 0;
	/* The interrupt of the last ones may be held back. */
	if (all_over(src, completed))
		return !s->aggregate ||
		       now - n->since >= clock_us_to_ticks(src->clock, s->aggregate_us + LOOK_US);
	return now - n->since >= clock_us_to_ticks(src->clock, IDLE_US);
}

static void nvme_account(struct pb_source *src, struct pb_run_account *a)
{
	const struct pb_device_state *s = (const void *)src->fn->queues;

	for (uint32_t i = 0; i < src->plan->source[src->index].vectors; i++)
		a->submitted += (uint32_t)s[i].submitted;
	source_driven_account(src, a);
}

/* What was submitted ends, and its interrupts come; a queue that was rescued stays idle. */
static void nvme_disarm(struct pb_source *src)
{
	if (src->fn && src->fn->device && src->fn->device->go)
		source_driven_go(src, PB_DEVICE_DRAIN);
}

static void nvme_close(struct pb_source *src)
{
	struct nvme *n = src->priv;

	if (!n)
		return;
	nvme_admin_close(&n->admin);
	free(n);
	src->priv = NULL;
	src->fn = NULL;
}

const struct pb_source_ops source_nvme = {
	.name = "nvme",
	.kind = PB_SOURCE_NVME,
	.open = nvme_open,
	.arm = nvme_arm,
	.done = nvme_done,
	.posted = source_driven_posted,
	.account = nvme_account,
	.disarm = nvme_disarm,
	.close = nvme_close,
};
