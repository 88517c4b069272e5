// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * channel_lab.c - the lab's control function (shared/control_regs.h), used
 * through the resource files of sysfs: no driver, nothing but two mappings.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event/run.h"
#include "exec/channel.h"
#include "exec/device.h"
#include "exec/sysfs.h"
#include "shared/control_regs.h"
#include "util/crc32c.h"

#define SYSFS "/sys"

struct lab {
	volatile uint32_t *regs;
	uint8_t *window;
	uint8_t plan[sizeof(struct pb_plan)];
};

static uint32_t get(const struct lab *lab, uint32_t reg)
{
	return lab->regs[reg / 4];
}

static void set(const struct lab *lab, uint32_t reg, uint32_t value)
{
	lab->regs[reg / 4] = value;
}

/* Map one BAR. NULL with a line in ch->error. */
static void *map_bar(struct exec_channel *ch, const char *bdf, unsigned int bar, size_t size)
{
	return device_map_bar(SYSFS, bdf, bar, size, PROT_READ | PROT_WRITE, ch->error,
			      sizeof(ch->error));
}

static int enable(struct exec_channel *ch, const char *bdf)
{
	char path[PATH_MAX];
	int ret;

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/enable", SYSFS, bdf);
	ret = sysfs_write(path, "1");
	if (ret)
		snprintf(ch->error, sizeof(ch->error), "control function: enabling %s: %s", bdf,
			 strerror(-ret));
	return ret;
}

static void lab_close(struct exec_channel *ch)
{
	struct lab *lab = ch->priv;

	if (!lab)
		return;
	if (lab->regs)
		munmap((void *)lab->regs, PB_CONTROL_BAR_SIZE);
	if (lab->window)
		munmap(lab->window, PB_CONTROL_WINDOW);
	free(lab);
	ch->priv = NULL;
}

static int lab_open(struct exec_channel *ch)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	char bdf[32];
	int ret;

	ch->priv = lab;
	if (!lab) {
		snprintf(ch->error, sizeof(ch->error), "out of memory");
		return -ENOMEM;
	}
	ret = device_find(SYSFS, PB_CONTROL_VENDOR, PB_CONTROL_DEVICE, 0, bdf, sizeof(bdf),
			  ch->error, sizeof(ch->error));
	if (!ret)
		ret = enable(ch, bdf);
	if (ret)
		return ret;
	lab->regs = map_bar(ch, bdf, 0, PB_CONTROL_BAR_SIZE);
	if (lab->regs)
		lab->window = map_bar(ch, bdf, 2, PB_CONTROL_WINDOW);
	if (!lab->regs || !lab->window)
		return -EIO;
	if (get(lab, PB_CONTROL_ID) == PB_CONTROL_ID_VALUE && get(lab, PB_CONTROL_VERSION) == 1)
		return 0;
	snprintf(ch->error, sizeof(ch->error),
		 "control function: id 0x%08x version %u, must be 0x%08x version 1",
		 get(lab, PB_CONTROL_ID), get(lab, PB_CONTROL_VERSION), PB_CONTROL_ID_VALUE);
	return -ENODEV;
}

uint32_t channel_lab_mode(const struct exec_channel *ch)
{
	return get(ch->priv, PB_CONTROL_MODE);
}

static int lab_plan(struct exec_channel *ch, const void **data, size_t *size)
{
	struct lab *lab = ch->priv;
	uint32_t n;

	set(lab, PB_CONTROL_BRANCH, 1);
	n = get(lab, PB_CONTROL_PLAN_SIZE);
	/* Too large is for plan_check() to say: only the part that can be one is copied. */
	memcpy(lab->plan, lab->window, n < sizeof(lab->plan) ? n : sizeof(lab->plan));
	*data = lab->plan;
	*size = n;
	return 0;
}

static void lab_beat(struct exec_channel *ch, enum pb_phase phase)
{
	set(ch->priv, PB_CONTROL_BEAT, phase);
}

static void lab_mark(struct exec_channel *ch, unsigned int squeezer, bool begin)
{
	set(ch->priv, PB_CONTROL_MARK,
	    squeezer << PB_CONTROL_MARK_SHIFT | (begin ? PB_CONTROL_MARK_BEGIN : 0));
}

void channel_lab_end(const struct exec_channel *ch, const void *data, size_t size)
{
	const struct lab *lab = ch->priv;

	memcpy(lab->window, data, size);
	set(lab, PB_CONTROL_RESULT_CRC, crc32c(0, data, size));
	set(lab, PB_CONTROL_RESULT_SIZE, (uint32_t)size);
	set(lab, PB_CONTROL_DONE, 1);
}

static int lab_result(struct exec_channel *ch, const struct pb_run *run)
{
	size_t size = run_size(run->nr_events);
	struct pb_run *instead = NULL;

	if (size > PB_CONTROL_WINDOW) {
		instead = run_failed(NULL, PB_RUN_EVENTS, PB_RUN_ERROR,
				     "more events than the control function's window holds: "
				     "fewer posts or a smaller event_capacity");
		if (!instead)
			return -ENOMEM;
		instead->plan_crc = run->plan_crc;
		run_seal(instead);
		run = instead;
		size = sizeof(*run);
	}
	channel_lab_end(ch, run, size);
	free(instead);
	return 0;
}

const struct exec_channel_ops channel_lab = {
	.name = "lab",
	.ends = true,
	.open = lab_open,
	.plan = lab_plan,
	.beat = lab_beat,
	.mark = lab_mark,
	.result = lab_result,
	.close = lab_close,
};
