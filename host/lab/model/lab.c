// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * lab.c - the machine's devices, and who is told what the machine does.
 */
#include "host/lab/model/lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/lab/model/aim.h"
#include "host/lab/model/branch.h"
#include "host/lab/model/control.h"
#include "host/lab/model/defect.h"
#include "host/lab/model/nic.h"
#include "host/lab/model/nvme.h"
#include "host/lab/model/pci.h"
#include "host/lab/model/pid.h"
#include "host/lab/model/poster.h"
#include "host/lab/model/record.h"
#include "host/lab/model/step.h"
#include "host/lab/model/sweep.h"
#include "host/lab/model/trigger.h"
#include "host/lab/model/truth.h"
#include "host/lab/model/vtd.h"
#include "shared/event.h"

const struct lab_ops *lab;

static bool bare; /* PIRLAB_BARE: no NVMe controller, no NIC, to see what they cost */
static uint64_t non_root; /* CPUs in VMX non-root operation, one bit each */

static void non_root_set(unsigned int cpu, bool on)
{
	if (cpu >= 64)
		return;
	non_root &= ~(1ull << cpu);
	non_root |= (uint64_t)on << cpu;
}

static bool non_root_get(unsigned int cpu)
{
	return cpu < 64 && (non_root >> cpu & 1);
}

static void iec_flushed(void *arg)
{
	(void)arg;
	poster_retarget();
	if (!bare)
		nic_retarget();
	sweep_flushed();
}

static int start(const char *what, int rc)
{
	char line[96];

	if (rc) {
		snprintf(line, sizeof(line), "%s: %s", what, strerror(-rc));
		lab->log(line);
	}
	return rc;
}

int lab_init(const struct lab_ops *ops)
{
	int rc;

	lab = ops;
	non_root = 0;
	bare = getenv("PIRLAB_BARE");
	pid_init();
	record_init();
	steps_init();
	rc = defect_init();
	if (!rc)
		rc = start("truth", truth_init());
	if (!rc)
		rc = branch_init();
	if (!rc)
		rc = start("sweep", sweep_init());
	if (!rc)
		rc = start("IOMMU", vtd_init());
	if (!rc)
		rc = start("PCI configuration window", pci_ecam_init());
	if (!rc)
		rc = start("control", control_init());
	if (!rc)
		rc = start("poster", poster_init());
	if (!rc && !bare)
		rc = start("NVMe", nvme_init());
	if (!rc && !bare)
		rc = start("NIC", nic_init());
	if (!rc)
		vtd_on_iec_flush(iec_flushed, NULL);
	return rc;
}

void lab_reset(void)
{
	branch_reset();
	control_reset();
	poster_reset();
	if (!bare) {
		nvme_reset();
		nic_reset();
	}
	vtd_reset();
	pid_forget_all();
	non_root = 0;
}

bool lab_hook_ioapic(uint64_t rte)
{
	return vtd_ioapic(rte);
}

/*
 * Every store to a followed PID is seen, so at entry and exit the shadow is
 * right; if it is not, the change goes into the truth with nobody named, and
 * the analysis knows that the instrument has a hole.
 */
static struct pid *seen(unsigned int cpu, uint64_t pid_pa)
{
	struct pid *p = pid_see(pid_pa);

	if (p)
		pid_refresh(p, cpu, 0);
	return p;
}

void lab_hook_vmentry(unsigned int cpu, uint64_t pid_pa)
{
	struct pid *p = seen(cpu, pid_pa);

	non_root_set(cpu, true);
	if (!p)
		return;
	truth_entry(p->index, cpu, p->control, pid_flags(p));
	trigger_entry(p, cpu);
}

void lab_hook_vmexit(unsigned int cpu, uint64_t pid_pa, uint32_t reason)
{
	struct pid *p = seen(cpu, pid_pa);

	non_root_set(cpu, false);
	if (!p)
		return;
	truth_exit(p->index, cpu, reason & 0xffff, pid_flags(p));
	trigger_exit(p, cpu, reason & 0xffff);
}

void lab_hook_pip(unsigned int cpu, uint64_t pid_pa)
{
	struct pid *p = pid_see(pid_pa);

	if (!p)
		return;
	truth_notify(p->index, cpu);
	pid_refresh(p, cpu, PB_EVF_BY_PIP);
}

void lab_hook_virq(unsigned int cpu, uint64_t pid_pa, uint8_t vector)
{
	struct pid *p = pid_see(pid_pa);

	if (!p)
		return;
	truth_virq(p->index, cpu, vector);
	sweep_virq(p, vector);
}

/*
 * No guest can reach a descriptor: what a CPU stores to one in non-root
 * operation is its own posted-interrupt processing.
 */
void lab_hook_store(unsigned int cpu, uint64_t pa, unsigned int len)
{
	pid_store(cpu, pa, len, non_root_get(cpu) ? PB_EVF_BY_PIP : PB_EVF_BY_CPU);
	sweep_access(cpu, pa, len, true);
}

void lab_hook_load(unsigned int cpu, uint64_t pa, unsigned int len)
{
	sweep_access(cpu, pa, len, false);
}

void lab_hook_step(unsigned int cpu)
{
	aim_step(cpu);
	sweep_step(cpu);
}

uint32_t lab_pci_config_read(void *fn, unsigned int offset, unsigned int len)
{
	return pci_function_config_read(fn, offset, len);
}

void lab_pci_config_write(void *fn, unsigned int offset, uint32_t value, unsigned int len)
{
	pci_function_config_write(fn, offset, value, len);
}
