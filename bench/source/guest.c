// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * guest.c - nvme and nic where the guest is Linux: its own drivers set the device up,
 * its program does the I/O (shared/guest_io.h).  From here come the instrument's
 * settings, the frames, and the word to begin.
 *
 * What the guest says of its progress is believed for nothing but to end the
 * measurement: a lie shortens it, and shows in the account.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan/plan.h"
#include "shared/guest_io.h"
#include "source/instrument.h"
#include "source/nic_generator.h"

/*
 * Beyond the driver's timeout: the block layer's timer comes up to a second later
 * (blk_add_timer() rounds to seconds), then it polls and goes on.
 */
#define IDLE_US 1500000u

struct guest {
	uint64_t seen; /* of completions, at the last look */
	uint64_t since; /* when that changed */
};

static const struct pb_plan_source *spec(const struct pb_source *src)
{
	return &src->plan->source[src->index];
}

static int guest_open(struct pb_source *src)
{
	int ret;

	if (!src->fn || !src->fn->guest) {
		snprintf(src->error, sizeof(src->error), "this VMM has no Linux guest");
		return -EOPNOTSUPP;
	}
	ret = source_instrument_open(src);
	if (!ret && spec(src)->kind == PB_SOURCE_NIC)
		ret = nic_generator_check(src);
	if (ret)
		return ret;
	src->priv = calloc(1, sizeof(struct guest));
	if (src->priv)
		return 0;
	snprintf(src->error, sizeof(src->error), "out of memory");
	return -ENOMEM;
}

/* The guest first: a frame that came before would be nobody's. */
static int guest_arm(struct pb_source *src)
{
	struct guest *g = src->priv;
	int ret = source_instrument_arm(src);

	if (ret)
		return ret;
	g->since = clock_now(src->clock);
	__atomic_store_n(&src->fn->guest->job.task[src->index].go, 1, __ATOMIC_RELEASE);
	return spec(src)->kind == PB_SOURCE_NIC ? nic_generator_arm(src) : 0;
}

/* All came back; or for longer than the driver waits nothing did. */
static int all_back(struct pb_source *src)
{
	struct guest *g = src->priv;
	uint64_t seen =
		__atomic_load_n(&src->fn->guest->device[src->index].completed, __ATOMIC_RELAXED);
	uint64_t now = clock_now(src->clock);
	uint64_t idle = clock_us_to_ticks(src->clock, src->plan->guest.io_timeout_us + IDLE_US);

	if (source_instrument_get(src, PB_INSTRUMENT_STATUS) == UINT32_MAX) {
		snprintf(src->error, sizeof(src->error), "the device does not answer any more");
		return -EIO;
	}
	if (seen != g->seen) {
		g->seen = seen;
		g->since = now;
	}
	return seen >= spec(src)->count || now - g->since >= idle;
}

static int guest_done(struct pb_source *src)
{
	int ret = spec(src)->kind == PB_SOURCE_NIC ? nic_generator_done(src) : 1;

	return ret > 0 ? all_back(src) : ret;
}

static uint64_t guest_posted(struct pb_source *src)
{
	return source_instrument_get(src, PB_INSTRUMENT_POSTED);
}

/* The guest's part is in the VMM's report. */
static void guest_account(struct pb_source *src, struct pb_run_account *a)
{
	if (spec(src)->kind == PB_SOURCE_NIC)
		nic_generator_disarm(src);
	a->faults = source_instrument_get(src, PB_INSTRUMENT_FAULTS);
}

/* A drive is done with when the VMM says so to all of the guest. */
static void guest_disarm(struct pb_source *src)
{
	if (src->priv && spec(src)->kind == PB_SOURCE_NIC)
		nic_generator_disarm(src);
}

static void guest_close(struct pb_source *src)
{
	guest_disarm(src);
	free(src->priv);
	src->priv = NULL;
	src->fn = NULL;
}

#define GUEST_OPS(id, of)                        \
	static const struct pb_source_ops id = { \
		.name = "guest",                 \
		.kind = (of),                    \
		.open = guest_open,              \
		.arm = guest_arm,                \
		.done = guest_done,              \
		.posted = guest_posted,          \
		.account = guest_account,        \
		.disarm = guest_disarm,          \
		.close = guest_close,            \
	}

GUEST_OPS(guest_nvme, PB_SOURCE_NVME);
GUEST_OPS(guest_nic, PB_SOURCE_NIC);

const struct pb_source_ops *source_find_guest(enum pb_source_kind kind)
{
	return kind == PB_SOURCE_NVME ? &guest_nvme : kind == PB_SOURCE_NIC ? &guest_nic : NULL;
}
