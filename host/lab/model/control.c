// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/control.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "host/lab/model/branch.h"
#include "host/lab/model/defect.h"
#include "host/lab/model/lab.h"
#include "host/lab/model/media.h"
#include "host/lab/model/pci.h"
#include "host/lab/model/pid.h"
#include "host/lab/model/poster.h"
#include "host/lab/model/record.h"
#include "host/lab/model/sweep.h"
#include "host/lab/model/truth.h"
#include "shared/control_regs.h"
#include "shared/plan.h"

#define DEVFN (0x0f << 3)

static struct {
	struct pci_function pci;
	uint8_t *window;
	struct media media;
	uint32_t plan_size;
	uint32_t result_size;
	uint32_t result_crc;
	uint64_t posted_before; /* the branch point */
	control_mark_fn mark;
	void *mark_arg;
} ctl;

/* Only to say in the truth which plan it belongs to: the executor checks it. */
static uint32_t plan_crc(const struct branch *b)
{
	struct pb_plan plan;

	if (b->plan_size != sizeof(plan))
		return 0;
	memcpy(&plan, b->plan, sizeof(plan));
	return plan.crc;
}

static void branch(void)
{
	struct branch b = {0};
	int rc = branch_point(&b);

	if (rc == -EALREADY) {
		lab->log("control: a branch cannot branch again");
		return;
	}
	if (b.plan_size > PB_CONTROL_WINDOW) {
		lab->log("control: the plan is larger than the window");
		b.plan_size = 0;
	}
	if (b.plan_size)
		memcpy(ctl.window, b.plan, b.plan_size);
	ctl.plan_size = b.plan_size;
	ctl.posted_before = record_total();
	/* From here on descriptors are numbered, in order of first sight. */
	pid_forget_all();
	truth_start(plan_crc(&b));
	poster_retarget();
	rc = sweep_start(b.plan, b.plan_size, b.cpus);
	if (rc)
		branch_fail(rc == -EINVAL ? "sweep: the plan's sweeps make no sense"
					  : "sweep: no memory");
}

static void done(void) __attribute__((noreturn));
static void done(void)
{
	size_t truth_size, size = ctl.result_size;
	const void *truth = truth_finish(record_total() - ctl.posted_before, &truth_size);
	char line[96];

	if (size > PB_CONTROL_WINDOW) {
		snprintf(line, sizeof(line), "control: a result of %zu bytes, at most %d fit", size,
			 PB_CONTROL_WINDOW);
		lab->log(line);
		branch_end(NULL, 0, ctl.result_crc, truth, truth_size);
	}
	if (size && defect_on() == DEFECT_RESULT_FLIP)
		ctl.window[size / 2] ^= 1;
	branch_end(ctl.window, size, ctl.result_crc, truth, truth_size);
}

static uint32_t control_read(struct pci_function *f, unsigned int bar, uint32_t offset)
{
	(void)f;
	if (bar != 0)
		return 0;
	switch (offset) {
	case PB_CONTROL_ID:
		return PB_CONTROL_ID_VALUE;
	case PB_CONTROL_VERSION:
		return 1;
	case PB_CONTROL_MODE:
		return branch_mode();
	case PB_CONTROL_PLAN_SIZE:
		return ctl.plan_size;
	case PB_CONTROL_RESULT_SIZE:
		return ctl.result_size;
	case PB_CONTROL_RESULT_CRC:
		return ctl.result_crc;
	case PB_CONTROL_MEDIA_SIZE:
		return ctl.media.size;
	default:
		return 0;
	}
}

static void control_write(struct pci_function *f, unsigned int bar, uint32_t offset, uint32_t value)
{
	(void)f;
	if (bar != 0)
		return;
	switch (offset) {
	case PB_CONTROL_BRANCH:
		branch();
		break;
	case PB_CONTROL_RESULT_SIZE:
		ctl.result_size = value;
		break;
	case PB_CONTROL_RESULT_CRC:
		ctl.result_crc = value;
		break;
	case PB_CONTROL_DONE:
		done();
	case PB_CONTROL_BEAT:
		branch_beat(value);
		break;
	case PB_CONTROL_MARK:
		if (ctl.mark)
			ctl.mark(ctl.mark_arg, value >> PB_CONTROL_MARK_SHIFT,
				 value & PB_CONTROL_MARK_BEGIN);
		break;
	default:
		break;
	}
}

/* The window is memory: it keeps what it has. */
static void function_reset(struct pci_function *f)
{
	(void)f;
	ctl.plan_size = 0;
	ctl.result_size = 0;
	ctl.result_crc = 0;
}

static const struct pci_function_ops control_ops = {
	.read = control_read,
	.write = control_write,
	.reset = function_reset,
};

/* Not const: where window and medium are, is known only at run time. */
static struct pci_function_desc control_desc = {
	.name = "pirbench control",
	.vendor = PB_CONTROL_VENDOR,
	.device = PB_CONTROL_DEVICE,
	.class_code = 0xff0000, /* does not fit any class */
	.revision = 1,
	.bar = {[0] = {.size = PB_CONTROL_BAR_SIZE}, [2] = {.size = PB_CONTROL_WINDOW}},
};

/* Without a medium there is no BAR 4, and the machine is the one that it always was. */
static int media_init(void)
{
	int fd = branch_media(), rc = 0;

	ctl.media = (struct media){0};
	if (fd >= 0)
		rc = media_map(&ctl.media, fd);
	if (rc)
		return rc;
	control_desc.bar[4].size = ctl.media.bar;
	control_desc.bar[4].ram = ctl.media.data;
	return 0;
}

int control_init(void)
{
	void *p = ctl.window;
	int rc;

	if (!p)
		p = mmap(NULL, PB_CONTROL_WINDOW, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return -ENOMEM;
	ctl.window = p;
	control_desc.bar[2].ram = p;
	rc = media_init();
	if (rc)
		return rc;
	function_reset(&ctl.pci);
	return pci_function_init(&ctl.pci, DEVFN, &control_desc, &control_ops);
}

void control_on_mark(control_mark_fn fn, void *arg)
{
	ctl.mark = fn;
	ctl.mark_arg = arg;
}

void control_reset(void)
{
	pci_function_reset(&ctl.pci);
}
