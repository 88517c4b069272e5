// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Fuzz target: the NIC in the hands of a hostile driver.  The input is a list of
 * what the driver does: registers of any function, configuration space, memory,
 * whole set-ups, and time that passes.  Whatever it is, the model must stay
 * within its memory and come to an end.
 */
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/lab/model/aim.h"
#include "host/lab/model/lab.h"
#include "host/lab/model/nic.h"
#include "host/lab/model/pid.h"
#include "host/lab/model/virtio_pci.h"
#include "host/lab/model/vtd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RAM      0x10000u
#define MAX      64
#define BAR0     0xc0000000u
#define BAR2     0xc1000000u
#define BAR4     0xc2000000u
#define VFS(bar) (0xd0000000u + (bar)*0x1000000u)

/* --- a machine ------------------------------------------------------------------------ */

static uint8_t ram[RAM];
static uint64_t tick;

static struct {
	uint64_t base, size;
	lab_mmio_read_fn rd;
	lab_mmio_write_fn wr;
	void *arg;
} map[MAX];

static struct {
	lab_timer_fn fn;
	void *arg;
	uint64_t tick;
} timer[MAX];
static int timers;

static int mem_read(uint64_t pa, void *buf, size_t len)
{
	if (pa > RAM || len > RAM - pa)
		return -1;
	memcpy(buf, ram + pa, len);
	return 0;
}

static int mem_write(uint64_t pa, const void *buf, size_t len)
{
	if (pa > RAM || len > RAM - pa)
		return -1;
	memcpy(ram + pa, buf, len);
	return 0;
}

static uint64_t now(void)
{
	return tick;
}

static int timer_create_(const char *name, lab_timer_fn fn, void *arg)
{
	(void)name;
	if (timers == MAX)
		abort();
	timer[timers].fn = fn;
	timer[timers].arg = arg;
	return timers++;
}

static void timer_set(int t, uint64_t at)
{
	if (at <= tick)
		abort();
	timer[t].tick = at;
}

static void timer_cancel(int t)
{
	timer[t].tick = 0;
}

static void apic(uint32_t dest, uint8_t vector, unsigned int mode, bool logical, bool level)
{
	(void)dest, (void)vector, (void)mode, (void)logical, (void)level;
}

static int mmio_map(uint64_t base, uint64_t size, lab_mmio_read_fn rd, lab_mmio_write_fn wr,
		    void *arg, void *plain)
{
	(void)plain;
	for (int i = 0; i < MAX; i++)
		if (map[i].size && base < map[i].base + map[i].size && map[i].base < base + size)
			return -1;
	for (int i = 0; i < MAX; i++) {
		if (map[i].size)
			continue;
		map[i].base = base;
		map[i].size = size;
		map[i].rd = rd;
		map[i].wr = wr;
		map[i].arg = arg;
		return 0;
	}
	abort();
}

static void mmio_unmap(uint64_t base, uint64_t size, void *arg)
{
	for (int i = 0; i < MAX; i++) {
		if (map[i].size == size && map[i].base == base && map[i].arg == arg) {
			map[i].size = 0;
			return;
		}
	}
	abort();
}

static int pci_register(unsigned int devfn, const char *name, void *fn)
{
	(void)devfn, (void)name, (void)fn;
	return 0;
}

static uint32_t config_read(unsigned int devfn, unsigned int offset, unsigned int len)
{
	(void)devfn, (void)offset, (void)len;
	return ~0u;
}

static void config_write(unsigned int devfn, unsigned int offset, uint32_t value, unsigned int len)
{
	(void)devfn, (void)offset, (void)value, (void)len;
}

static void page(uint64_t at)
{
	(void)at;
}

static void step(unsigned int cpu, bool on)
{
	(void)cpu, (void)on;
}

static uint64_t icount(unsigned int cpu)
{
	(void)cpu;
	return tick;
}

static unsigned int cpus(void)
{
	return 2;
}

static void log_line(const char *line)
{
	(void)line;
}

static const struct lab_ops ops = {
	.mem_read = mem_read,
	.mem_write = mem_write,
	.now = now,
	.tsc = now,
	.timer_create = timer_create_,
	.timer_set = timer_set,
	.timer_cancel = timer_cancel,
	.apic_deliver = apic,
	.mmio_map = mmio_map,
	.mmio_unmap = mmio_unmap,
	.pci_register = pci_register,
	.config_read = config_read,
	.config_write = config_write,
	.watch = page,
	.unwatch = page,
	.step = step,
	.icount = icount,
	.cpus = cpus,
	.log = log_line,
};

/* --- what a driver can do ---------------------------------------------------------------- */

static void access(uint64_t at, void *data, unsigned int len, bool write)
{
	for (int i = 0; i < MAX; i++) {
		if (!map[i].size || at < map[i].base || at + len > map[i].base + map[i].size)
			continue;
		if (write)
			map[i].wr(map[i].arg, at - map[i].base, data, len);
		else
			map[i].rd(map[i].arg, at - map[i].base, data, len);
		return;
	}
}

static void put(uint64_t at, uint64_t v, unsigned int len)
{
	access(at, &v, len, true);
}

static void configure(unsigned int f, unsigned int at, uint32_t v, unsigned int len)
{
	put(PCI_ECAM_BASE + ((NIC_DEVFN + f) << 12) + at, v, len);
}

static uint32_t bar(unsigned int f, unsigned int i)
{
	static const uint32_t pf[] = {BAR0, 0, BAR2, 0, BAR4, 0};

	return f ? VFS(i) + (f - 1) * 0x10000 : pf[i];
}

static void until(uint64_t end)
{
	for (int guard = 0; guard < 4096; guard++) {
		int first = -1;

		for (int i = 0; i < timers; i++)
			if (timer[i].tick && timer[i].tick <= end &&
			    (first < 0 || timer[i].tick < timer[first].tick))
				first = i;
		if (first < 0)
			break;
		tick = timer[first].tick;
		timer[first].tick = 0;
		timer[first].fn(timer[first].arg);
	}
	if (tick < end)
		tick = end;
}

/* A function that is ready to work, but for its rings. */
static void set_up(unsigned int f, uint8_t how)
{
	uint32_t at = bar(f, 0);
	uint32_t high = 1u << (VIRTIO_F_VERSION_1 - 32) | 1u << (VIRTIO_F_ACCESS_PLATFORM - 32) |
			(how & 1 ? 1u << (VIRTIO_F_RING_PACKED - 32) : 0) |
			1u << (VIRTIO_F_RING_RESET - 32);
	uint32_t low = (how & 2 ? 3u << 28 : 0) | (how & 4 ? 1u << 22 | 3u << 17 | 1u << 23 : 0);

	put(at + VIRTIO_PCI_COMMON_STATUS, 0, 1);
	put(at + VIRTIO_PCI_COMMON_GFSELECT, 0, 4);
	put(at + VIRTIO_PCI_COMMON_GF, low, 4);
	put(at + VIRTIO_PCI_COMMON_GFSELECT, 1, 4);
	put(at + VIRTIO_PCI_COMMON_GF, high, 4);
	put(at + VIRTIO_PCI_COMMON_STATUS, 11, 1);
	for (unsigned int q = 0; q < PB_NIC_QUEUES; q++) {
		put(at + VIRTIO_PCI_COMMON_Q_SELECT, q, 2);
		put(at + VIRTIO_PCI_COMMON_Q_SIZE, 8, 2);
		put(at + VIRTIO_PCI_COMMON_Q_MSIX, q, 2);
		put(at + VIRTIO_PCI_COMMON_Q_DESCLO, q % 4 * 0x400, 4);
		put(at + VIRTIO_PCI_COMMON_Q_AVAILLO, q % 4 * 0x400 + 0x100, 4);
		put(at + VIRTIO_PCI_COMMON_Q_USEDLO, q % 4 * 0x400 + 0x200, 4);
		put(at + VIRTIO_PCI_COMMON_Q_ENABLE, 1, 2);
	}
	put(at + VIRTIO_PCI_COMMON_STATUS, 15, 1);
}

/* Frames for the function, soon. */
static void traffic(unsigned int f, uint32_t v)
{
	uint32_t at = bar(f, 4);

	put(at + PB_NIC_SCHEDULE, v % 5, 4);
	put(at + PB_NIC_COUNT, 1 + v / 8 % 16, 4);
	put(at + PB_NIC_FLOWS, 1 + v % 8, 4);
	put(at + PB_NIC_PERIOD_LO, 10, 4);
	put(at + PB_NIC_BURST, 3, 4);
	put(at + PB_NIC_SIZE_MIN, 66, 4);
	put(at + PB_NIC_SIZE_MAX, 200, 4);
	put(at + PB_NIC_CTRL, PB_NIC_CTRL_ARM, 4);
}

/* One byte what, one byte whom, two where, four what value. */
struct deed {
	uint8_t what, who;
	uint16_t where;
	uint32_t value;
};

static void act(const struct deed *d)
{
	unsigned int f = d->who % NIC_FUNCTIONS, len = 1u << d->who / 64 % 3;
	uint64_t v = d->value;

	switch (d->what % 10) {
	case 0:
		put(bar(f, 0) + d->where % 0x4000, v, len);
		break;
	case 1:
		access(bar(f, 0) + d->where % 0x4000, &v, len, false);
		break;
	case 2:
		put(bar(f, 4) + d->where % 0x800 / 4 * 4, v, 4);
		break;
	case 3:
		access(bar(f, 4) + d->where % 0x800 / 4 * 4, &v, 4, false);
		break;
	case 4:
		configure(f, d->where % 4096, d->value, len);
		break;
	case 5:
		access(PCI_ECAM_BASE + ((NIC_DEVFN + f) << 12) + d->where % 4096, &v, len, false);
		break;
	case 6:
		mem_write(d->where, &d->value, 4);
		break;
	case 7:
		until(tick + d->where);
		break;
	case 8:
		set_up(f, (uint8_t)d->value);
		break;
	default:
		if (d->value & 1)
			traffic(f, d->value >> 1);
		else
			put(bar(f, 0) + VIRTIO_BAR_NOTIFY + d->where % PB_NIC_QUEUES * 4, d->where,
			    2);
		break;
	}
}

/* --- one input ----------------------------------------------------------------------------- */

/* As firmware and a PCI driver leave it, with all virtual functions. */
static void bring_up(void)
{
	const unsigned int sriov = 0x150;

	for (unsigned int i = 0; i < 6; i += 2)
		configure(0, 0x10 + 4 * i, bar(0, i), 4);
	configure(0, 0x04, 6, 2);
	for (unsigned int i = 0; i < 6; i += 2)
		configure(0, sriov + 0x24 + 4 * i, VFS(i), 4);
	configure(0, sriov + 0x10, NIC_VFS, 2);
	configure(0, sriov + 0x08, 9, 2);
	for (unsigned int f = 0; f < NIC_FUNCTIONS; f++) {
		configure(f, 0x04, 6, 2);
		configure(f, 0x52, 0x8000, 2); /* MSI-X */
		for (uint32_t i = 0; i < 16; i++) {
			put(bar(f, 2) + 16 * i, 0xfee00000, 4);
			put(bar(f, 2) + 16 * i + 12, 0, 4);
		}
	}
}

static void start(void)
{
	lab = &ops;
	pid_init();
	aims_init();
	if (vtd_init() || pci_ecam_init() || nic_init())
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;
	struct deed d;

	if (!started)
		start();
	started = true;
	tick = 1000;
	memset(ram, 0, sizeof(ram));
	vtd_reset();
	nic_reset();
	bring_up();
	for (; size >= sizeof(d); data += sizeof(d), size -= sizeof(d)) {
		memcpy(&d, data, sizeof(d));
		act(&d);
	}
	until(tick + 100000);
	pid_forget_all();
	return 0;
}
