// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The device models against a kernel that does anything: a list of accesses, 8 bytes
 * each. The machine is the fake one of the unit tests, which ends the process when a
 * model uses it wrongly. What branches and what ends the branch is left out.
 *
 *	byte 0: what, byte 1: which function, CPU or length, 2 and 3: where, 4 to 7: value
 */
#include <stdlib.h>
#include <string.h>

#include "host/lab/model/vtd.h"
#include "model/rig.h"
#include "shared/control_regs.h"
#include "tests/fuzz/fuzz.h"

#define ACCESS 8
#define MAX    512 /* accesses */

static const unsigned int devfns[] = {CONTROL, POSTER0, POSTER1, POSTER0};

struct access {
	uint8_t what, which;
	uint16_t where;
	uint32_t value;
};

static void config(const struct access *a)
{
	unsigned int devfn = devfns[a->which % 4], len = 1u << (a->which >> 4) % 3;

	if (a->which & 0x80)
		fake_config_read(devfn, a->where & 0xff, len);
	else
		fake_config_write(devfn, a->where & 0xff, a->value, len);
}

static void mmio(uint64_t pa, const struct access *a)
{
	unsigned int len = 1u << (a->which >> 4) % 4;
	uint64_t data = a->value | (uint64_t)a->value << 32;

	pa &= ~(uint64_t)(len - 1);
	if (!fake_mmio_mapped(pa))
		return;
	if (a->which & 0x80)
		fake_mmio_read(pa, &data, len);
	else
		fake_mmio_write(pa, &data, len);
}

static void bar0(const struct access *a)
{
	unsigned int devfn = devfns[a->which % 4];
	uint32_t reg = a->where & ~3u;

	/* A wide access could reach these from below, too. */
	if (devfn == CONTROL &&
	    ((reg & ~7u) == (PB_CONTROL_BRANCH & ~7u) || (reg & ~7u) == (PB_CONTROL_DONE & ~7u)))
		return;
	mmio(BAR0(devfn) + a->where, a);
}

/* Low memory, where all tables are that a short input can name. */
static void store(const struct access *a)
{
	fake_cpu_store(a->which % 2, (uint64_t)a->where * 4, &a->value, sizeof(a->value));
}

static void hook(const struct access *a)
{
	unsigned int cpu = a->which % 2;
	uint64_t pid = (uint64_t)a->where * 64;

	switch (a->which >> 4) {
	case 0:
		lab_hook_vmentry(cpu, pid);
		break;
	case 1:
		lab_hook_vmexit(cpu, pid, a->value);
		break;
	case 2:
		lab_hook_pip(cpu, pid);
		break;
	case 3:
		lab_hook_virq(cpu, pid, (uint8_t)a->value);
		break;
	case 4:
		lab_hook_ioapic(a->value | (uint64_t)a->value << 32);
		break;
	default:
		lab_hook_ioapic((uint64_t)a->where << 48 | a->value);
		break;
	}
}

static void run(const struct access *a)
{
	switch (a->what % 8) {
	case 0:
		config(a);
		break;
	case 1:
		bar0(a);
		break;
	case 2:
		mmio(BAR2(devfns[1 + a->which % 2]) + a->where, a);
		break;
	case 3:
		mmio(LAB_VTD_BASE + a->where % 0x1000, a);
		break;
	case 4:
		store(a);
		break;
	case 5:
		fake_advance(a->value % 100000);
		break;
	case 6:
		hook(a);
		break;
	default:
		fake_cpu_run(a->which % 2, a->where % 256);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < ACCESS || size > ACCESS * MAX)
		return 0;
	rig_setup(NULL);
	if (data[0] & 1)
		for (int i = 1; i < 3; i++) {
			rig_function(devfns[i]);
			rig_msix(devfns[i], 4, 0x40);
		}
	for (size_t i = ACCESS; i + ACCESS <= size; i += ACCESS) {
		struct access a;

		memcpy(&a, data + i, sizeof(a));
		run(&a);
		/* The captured messages are no part of the models. */
		fake_clear();
	}
	rig_teardown(NULL);
	return 0;
}
