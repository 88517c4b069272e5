// SPDX-License-Identifier: LGPL-2.1-or-later
/* rung_device.c - the rung of the ladder on which each function is found and taken. */
#include <errno.h>
#include <linux/virtio_ids.h>
#include <stdio.h>
#include <string.h>

#include "exec/ladder.h"
#include "plan/plan.h"
#include "shared/nvme_regs.h"
#include "shared/poster_regs.h"
#include "shared/virtio_regs.h"

struct device_kind {
	uint16_t vendor, device;
};

static struct device_kind device_kind(const struct pb_plan *plan, unsigned int function)
{
	switch (function < plan->nr_sources ? plan->source[function].kind : PB_SOURCE_POSTER) {
	case PB_SOURCE_NVME:
		return (struct device_kind){PB_NVME_VENDOR, PB_NVME_DEVICE};
	case PB_SOURCE_NIC:
		return (struct device_kind){VIRTIO_PCI_VENDOR, VIRTIO_PCI_DEVICE(VIRTIO_ID_NET)};
	default:
		break;
	}
	return (struct device_kind){PB_POSTER_VENDOR, PB_POSTER_DEVICE};
}

/* Which virtual function; 0: the physical one. */
static uint32_t virtual_of(const struct pb_plan *plan, unsigned int function)
{
	return function < plan->nr_sources ? plan->source[function].function : 0;
}

/*
 * Functions without an address are the machine's own ones of their kind, in order;
 * all virtual ones of a kind are those of the first.
 */
static int device_address(struct exec *x, unsigned int function, char *bdf, size_t size)
{
	const char *device = plan_function_device(x->plan, function);
	struct device_kind kind = device_kind(x->plan, function);
	unsigned int nth = 0;
	char err[128];
	int ret;

	if (device[0]) {
		snprintf(bdf, size, "%s", device);
		return 0;
	}
	for (unsigned int i = 0; i < function && !virtual_of(x->plan, function); i++)
		nth += !plan_function_device(x->plan, i)[0] &&
		       device_kind(x->plan, i).device == kind.device;
	ret = device_find(x->env.sysfs, kind.vendor, kind.device, nth, bdf, size, err, sizeof(err));
	return ret ? exec_fail(x, "device", ret, err) : 0;
}

/* Of one device, as many as the last one that any source needs. */
static unsigned int needed(const struct pb_plan *plan, unsigned int function)
{
	const struct pb_plan_source *first = &plan->source[function];
	unsigned int nr = 0;

	for (unsigned int i = function; i < plan->nr_sources; i++) {
		const struct pb_plan_source *s = &plan->source[i];

		if (s->kind == first->kind && !strcmp(s->device, first->device) && s->function > nr)
			nr = s->function;
	}
	return nr;
}

static const struct device_vfs *vfs_find(const struct exec *x, const char *pf)
{
	for (unsigned int i = 0; i < x->nr_vfs; i++)
		if (!strcmp(x->vfs[i].pf.bdf, pf))
			return &x->vfs[i];
	return NULL;
}

/* From the address of a physical function to that of its virtual one. */
static int virtual_address(struct exec *x, unsigned int function, char *bdf, size_t size)
{
	const struct device_vfs *v = vfs_find(x, bdf);
	char err[160];
	int ret = 0;

	if (!v) {
		v = &x->vfs[x->nr_vfs++];
		ret = device_vfs_take(&x->vfs[x->nr_vfs - 1], x->env.sysfs, bdf,
				      needed(x->plan, function), err, sizeof(err));
	}
	ret = ret
		      ?: device_vfs_address(v, virtual_of(x->plan, function), bdf, size, err,
					    sizeof(err));
	return ret ? exec_fail(x, "device", ret, err) : 0;
}

static int device_up(struct exec *x)
{
	char bdf[32], err[160];

	for (unsigned int i = 0; x->plan->vmm != PB_VMM_NULL && i < plan_functions(x->plan); i++) {
		int ret = device_address(x, i, bdf, sizeof(bdf));

		if (!ret && virtual_of(x->plan, i))
			ret = virtual_address(x, i, bdf, sizeof(bdf));
		if (ret)
			return ret;
		ret = device_take(&x->device[i], x->env.sysfs, bdf, err, sizeof(err));
		if (ret)
			return exec_fail(x, "device", ret, err);
	}
	return 0;
}

static void device_down(struct exec *x)
{
	for (unsigned int i = 0; i < plan_functions(x->plan); i++)
		device_release(&x->device[i]);
	while (x->nr_vfs)
		device_vfs_release(&x->vfs[--x->nr_vfs]);
}

const struct rung rung_device = {"device", device_up, device_down};
