// SPDX-License-Identifier: LGPL-2.1-or-later
#include "source/driven.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "source/area.h"
#include "source/instrument.h"

#define PAGE 4096u

static void device_init(struct pb_source *src, uint32_t entries)
{
	const struct pb_plan_source *s = &src->plan->source[src->index];
	uint64_t at = src->fn->queues_iova + PB_DEVICE_QUEUES;
	struct pb_device *d = src->fn->device;
	uint64_t bar = d->bar;

	memset(src->fn->queues, 0, PB_DEVICE_AREA(s->vectors));
	*d = (struct pb_device){
		.kind = s->kind,
		.queues = s->vectors,
		.vector = plan_guest_vector(src->index, 0),
		.state = src->fn->queues_iova,
		.bar = bar,
		.poll = s->poll_budget,
	};
	for (uint32_t i = 0; i < s->vectors; i++, at += PB_DEVICE_QUEUE_SIZE)
		d->queue[i] = (struct pb_device_queue){
			.submission = at,
			.completion = at + PAGE,
			.data = at + 2 * PAGE,
			.entries = entries,
		};
}

int source_driven_open(struct pb_source *src, uint32_t entries)
{
	int ret;

	if (!src->fn || !src->fn->device) {
		snprintf(src->error, sizeof(src->error),
			 "this VMM lets no guest drive a device of its own");
		return -EOPNOTSUPP;
	}
	if (src->plan->source[src->index].resets && !src->fn->reset) {
		snprintf(src->error, sizeof(src->error),
			 "this VMM resets no function while its guest runs");
		return -EOPNOTSUPP;
	}
	ret = source_area_init(src);
	ret = ret ?: source_instrument_open(src);
	if (!ret)
		device_init(src, entries);
	return ret;
}

void source_driven_go(struct pb_source *src, enum pb_device_go go)
{
	if (src->fn && src->fn->device)
		__atomic_store_n(&src->fn->device->go, go, __ATOMIC_RELEASE);
}

static int reset_begin(struct pb_source *src)
{
	struct pb_device *d = src->fn->device;
	int ret = src->fn->reset(src->fn);

	if (ret) {
		snprintf(src->error, sizeof(src->error), "the function cannot be reset: %s",
			 strerror(-ret));
		return ret;
	}
	src->life[src->resets].done = clock_now(src->clock);
	src->life[src->resets++].go = 0;
	source_driven_go(src, PB_DEVICE_WAIT);
	__atomic_store_n(&d->life, src->resets, __ATOMIC_RELEASE);
	return 1;
}

static bool guest_knows(const struct pb_source *src)
{
	const struct pb_device_state *s = (const void *)src->fn->queues;

	for (uint32_t i = 0; i < src->plan->source[src->index].vectors; i++)
		if (__atomic_load_n(&s[i].life, __ATOMIC_ACQUIRE) != src->resets)
			return false;
	return true;
}

static int reset_end(struct pb_source *src, int (*again)(struct pb_source *src))
{
	const struct pb_plan_source *s = &src->plan->source[src->index];
	int ret;

	if (!guest_knows(src))
		return 1;
	memset(src->fn->queues + PB_DEVICE_QUEUES, 0, s->vectors * PB_DEVICE_QUEUE_SIZE);
	src->life[src->resets - 1].go = clock_now(src->clock);
	ret = again(src);
	if (ret)
		return ret;
	src->next_reset = clock_now(src->clock) + clock_us_to_ticks(src->clock, s->reset_us);
	source_driven_go(src, PB_DEVICE_RUN);
	return 0;
}

int source_driven_resets(struct pb_source *src, int (*again)(struct pb_source *src))
{
	const struct pb_plan_source *s = &src->plan->source[src->index];

	if (src->resets && !src->life[src->resets - 1].go)
		return reset_end(src, again);
	if (src->resets == s->resets)
		return 0;
	if (!src->next_reset)
		src->next_reset =
			clock_now(src->clock) + clock_us_to_ticks(src->clock, s->reset_us);
	return clock_now(src->clock) < src->next_reset ? 0 : reset_begin(src);
}

uint64_t source_driven_posted(struct pb_source *src)
{
	return source_instrument_get(src, PB_INSTRUMENT_POSTED);
}

void source_driven_account(struct pb_source *src, struct pb_run_account *a)
{
	const struct pb_device_state *s = (const void *)src->fn->queues;

	for (uint32_t i = 0; i < src->plan->source[src->index].vectors; i++) {
		a->consumed += (uint32_t)s[i].completed;
		a->failed += s[i].failed;
		a->aborted += (uint32_t)s[i].aborted;
		a->polled += (uint32_t)s[i].polled;
	}
	a->resets = src->resets;
	a->started = source_instrument_get(src, PB_INSTRUMENT_STARTED);
	a->completed = source_instrument_get(src, PB_INSTRUMENT_COMPLETED);
	a->faults = source_instrument_get(src, PB_INSTRUMENT_FAULTS);
}
