// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The functions of the NVMe subsystem, and what their BARs lead to.
 */
#include "host/lab/model/nvme.h"

#include <stddef.h>

#include "host/lab/model/branch.h"
#include "host/lab/model/nvme_internal.h"

struct nvme_ctrl nvme_ctrls[NVME_CONTROLLERS];

static struct nvme_ctrl *of(struct pci_function *f)
{
	return (struct nvme_ctrl *)((char *)f - offsetof(struct nvme_ctrl, pci));
}

static uint32_t bar_read(struct pci_function *f, unsigned int bar, uint32_t offset)
{
	if (bar == PB_INSTRUMENT_BAR)
		return nvme_private_read(of(f), offset);
	return nvme_property_read(of(f), offset);
}

static void bar_write(struct pci_function *f, unsigned int bar, uint32_t offset, uint32_t value)
{
	if (bar == PB_INSTRUMENT_BAR)
		nvme_private_write(of(f), offset, value);
	else if (offset >= NVME_DB && offset < PB_NVME_MSIX_TABLE)
		nvme_doorbell(of(f), offset - NVME_DB, value);
	else
		nvme_property_write(of(f), offset, value);
}

static void reset(struct pci_function *f)
{
	instrument_reset(&of(f)->in);
	nvme_function_reset(of(f));
}

static void vfs_changed(struct pci_function *f)
{
	(void)f;
	nvme_virt_vfs_changed();
}

static void msix_sent(struct pci_function *f, unsigned int vector, const struct vtd_message *m)
{
	instrument_sent(&of(f)->in, vector, m);
}

static const struct pci_function_ops ops = {
	.read = bar_read,
	.write = bar_write,
	.reset = reset,
	.msix_sent = msix_sent,
	.vfs_changed = vfs_changed,
};

static const struct pci_function_desc vf_desc = {
	.name = "pirbench NVMe VF",
	.vendor = PB_NVME_VENDOR,
	.device = PB_NVME_DEVICE_VF,
	.class_code = 0x010802, /* NVMe I/O controller */
	.revision = 1,
	.bar = {[0] = {.size = PB_NVME_BAR_SIZE},
		[PB_INSTRUMENT_BAR] = {.size = PB_INSTRUMENT_BAR_SIZE}},
	.msix_vectors = NVME_VECTORS_VF,
	.msix_bar = 0,
	.msix_table = PB_NVME_MSIX_TABLE,
	.msix_pba = PB_NVME_MSIX_PBA,
};

static const struct pci_function_desc pf_desc = {
	.name = "pirbench NVMe",
	.vendor = PB_NVME_VENDOR,
	.device = PB_NVME_DEVICE,
	.class_code = 0x010802,
	.revision = 1,
	.bar = {[0] = {.size = PB_NVME_BAR_SIZE},
		[PB_INSTRUMENT_BAR] = {.size = PB_INSTRUMENT_BAR_SIZE}},
	.msix_vectors = NVME_VECTORS_PF,
	.msix_bar = 0,
	.msix_table = PB_NVME_MSIX_TABLE,
	.msix_pba = PB_NVME_MSIX_PBA,
	.aer = true,
	.vfs = NVME_SECONDARIES,
	.vf = &vf_desc,
};

static int controller_init(unsigned int id)
{
	static const char *const timer[] = {"NVMe", "NVMe VF 1", "NVMe VF 2", "NVMe VF 3",
					    "NVMe VF 4"};
	struct nvme_ctrl *c = &nvme_ctrls[id];
	int rc;

	*c = (struct nvme_ctrl){.id = id};
	rc = nvme_store_open(c, id ? -1 : branch_disk());
	if (rc)
		return rc;
	c->timer = lab->timer_create(timer[id], nvme_run, c);
	if (c->timer < 0)
		return c->timer;
	instrument_init(&c->in, &c->pci);
	nvme_private_reset(c);
	if (!id)
		return pci_function_init(&c->pci, NVME_DEVFN, &pf_desc, &ops);
	return pci_function_init_vf(&c->pci, &nvme_ctrls[0].pci, id, &ops);
}

int nvme_init(void)
{
	int rc = 0;

	for (unsigned int id = 0; id < NVME_CONTROLLERS && !rc; id++)
		rc = controller_init(id);
	nvme_virt_reset();
	return rc;
}

void nvme_reset(void)
{
	for (unsigned int id = 0; id < NVME_CONTROLLERS; id++)
		instrument_init(&nvme_ctrls[id].in, &nvme_ctrls[id].pci);
	pci_function_reset(&nvme_ctrls[0].pci);
	nvme_virt_reset();
}
