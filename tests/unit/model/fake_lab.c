// SPDX-License-Identifier: LGPL-2.1-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "model/fake_lab.h"
#include "host/lab/model/truth.h"

struct fake_lab fake;

/* Weak: a model that brings its own (lab.c, truth.c) is served too. */
extern const struct lab_ops *lab;
__attribute__((weak)) const struct lab_ops *lab;

static uint8_t *ram, *high;

static struct {
	lab_timer_fn fn;
	void *arg;
	uint64_t tick; /* 0 = not set */
} timers[FAKE_MAX_TIMERS];
static int nr_timers;

static struct {
	uint64_t base, size;
	lab_mmio_read_fn rd;
	lab_mmio_write_fn wr;
	void *arg;
	uint8_t *ram;
} mmio[FAKE_MAX_MMIO];
static int nr_mmio;

__attribute__((weak)) void truth_fault(uint16_t sid, uint8_t reason, uint64_t addr)
{
	assert_true(fake.faults < FAKE_MAX_FAULTS);
	fake.fault[fake.faults++] = (struct fake_fault){sid, reason, addr};
}

/* --- memory -------------------------------------------------------------- */

static uint8_t *mem(uint64_t pa, size_t len)
{
	if (pa <= FAKE_RAM_SIZE && len <= FAKE_RAM_SIZE - pa)
		return ram + pa;
	if (pa >= FAKE_HIGH_BASE && pa <= FAKE_HIGH_BASE + FAKE_HIGH_SIZE &&
	    len <= FAKE_HIGH_BASE + FAKE_HIGH_SIZE - pa)
		return high + (pa - FAKE_HIGH_BASE);
	return NULL;
}

static int op_mem_read(uint64_t pa, void *buf, size_t len)
{
	const uint8_t *p = mem(pa, len);

	fake.reads++;
	if (!p)
		return -EFAULT;
	memcpy(buf, p, len);
	return 0;
}

static int op_mem_write(uint64_t pa, const void *buf, size_t len)
{
	uint8_t *p = mem(pa, len);

	fake.writes++;
	if (!p)
		return -EFAULT;
	if (fake.on_mem_write)
		fake.on_mem_write(pa, len);
	memcpy(p, buf, len);
	return 0;
}

void *fake_ram(uint64_t pa, size_t len)
{
	uint8_t *p = mem(pa, len);

	if (!p)
		fail_msg("no RAM at %#llx + %zu", (unsigned long long)pa, len);
	return p;
}

uint64_t fake_rd64(uint64_t pa)
{
	uint64_t v;

	memcpy(&v, fake_ram(pa, sizeof(v)), sizeof(v));
	return v;
}

uint32_t fake_rd32(uint64_t pa)
{
	uint32_t v;

	memcpy(&v, fake_ram(pa, sizeof(v)), sizeof(v));
	return v;
}

void fake_wr64(uint64_t pa, uint64_t v)
{
	memcpy(fake_ram(pa, sizeof(v)), &v, sizeof(v));
}

void fake_wr32(uint64_t pa, uint32_t v)
{
	memcpy(fake_ram(pa, sizeof(v)), &v, sizeof(v));
}

/* --- time ---------------------------------------------------------------- */

static uint64_t op_now(void)
{
	return fake.tick;
}

static uint64_t op_tsc(void)
{
	return fake.tick + fake.tsc_offset;
}

static int op_timer_create(const char *name, lab_timer_fn fn, void *arg)
{
	assert_non_null(name);
	assert_non_null(fn);
	if (fake.timer_create_error)
		return fake.timer_create_error;
	if (nr_timers == FAKE_MAX_TIMERS)
		return -ENOSPC;
	timers[nr_timers].fn = fn;
	timers[nr_timers].arg = arg;
	timers[nr_timers].tick = 0;
	return nr_timers++;
}

static void op_timer_set(int t, uint64_t tick)
{
	assert_in_range(t, 0, nr_timers - 1);
	if (tick <= fake.tick)
		fail_msg("timer %d set to %llu, now is %llu", t, (unsigned long long)tick,
			 (unsigned long long)fake.tick);
	timers[t].tick = tick;
}

static void op_timer_cancel(int t)
{
	assert_in_range(t, 0, nr_timers - 1);
	timers[t].tick = 0;
}

uint64_t fake_timer(int t)
{
	assert_in_range(t, 0, nr_timers - 1);
	return timers[t].tick;
}

static int next_timer(void)
{
	int best = -1;

	for (int i = 0; i < nr_timers; i++)
		if (timers[i].tick && (best < 0 || timers[i].tick < timers[best].tick))
			best = i;
	return best;
}

static void fire(int t)
{
	fake.tick = timers[t].tick;
	timers[t].tick = 0;
	timers[t].fn(timers[t].arg);
}

void fake_advance(uint64_t ticks)
{
	uint64_t end = fake.tick + ticks;

	for (int t = next_timer(); t >= 0 && timers[t].tick <= end; t = next_timer())
		fire(t);
	fake.tick = end;
}

bool fake_advance_to_timer(void)
{
	int t = next_timer();

	if (t < 0)
		return false;
	fire(t);
	return true;
}

/* --- APIC, MMIO, PCI ----------------------------------------------------- */

static void op_apic_deliver(uint32_t dest, uint8_t vector, unsigned int mode, bool logical,
			    bool level)
{
	struct fake_apic_msg m = {dest, vector, mode, logical, level, fake.tick};

	assert_in_range(mode, 0, 7);
	assert_true(fake.msgs < FAKE_MAX_MSGS);
	fake.msg[fake.msgs++] = m;
	if (fake.on_apic)
		fake.on_apic(&m);
}

static int mmio_find(uint64_t pa)
{
	for (int i = 0; i < nr_mmio; i++)
		if (pa >= mmio[i].base && pa - mmio[i].base < mmio[i].size)
			return i;
	return -1;
}

static int op_mmio_map(uint64_t base, uint64_t size, lab_mmio_read_fn rd, lab_mmio_write_fn wr,
		       void *arg, void *plain)
{
	if (fake.mmio_map_error)
		return fake.mmio_map_error;
	if (base % 0x10000 || size % 0x10000 || !size || base + size < base)
		return -EINVAL;
	if (!plain && (!rd || !wr))
		return -EINVAL;
	for (int i = 0; i < nr_mmio; i++)
		if (base < mmio[i].base + mmio[i].size && mmio[i].base < base + size)
			return -EBUSY;
	if (nr_mmio == FAKE_MAX_MMIO)
		return -ENOSPC;
	mmio[nr_mmio].base = base;
	mmio[nr_mmio].size = size;
	mmio[nr_mmio].rd = rd;
	mmio[nr_mmio].wr = wr;
	mmio[nr_mmio].arg = arg;
	mmio[nr_mmio++].ram = plain;
	return 0;
}

static void op_mmio_unmap(uint64_t base, uint64_t size, void *arg)
{
	int i = mmio_find(base);

	if (i < 0 || mmio[i].base != base || mmio[i].size != size || mmio[i].arg != arg)
		fail_msg("mmio_unmap of %#llx, which is not mapped so", (unsigned long long)base);
	mmio[i] = mmio[--nr_mmio];
}

bool fake_mmio_mapped(uint64_t pa)
{
	return mmio_find(pa) >= 0;
}

static int mmio_must_find(uint64_t pa, unsigned int len)
{
	int i = mmio_find(pa);

	if (i < 0 || pa - mmio[i].base + len > mmio[i].size)
		fail_msg("no MMIO at %#llx", (unsigned long long)pa);
	return i;
}

void fake_mmio_read(uint64_t pa, void *data, unsigned int len)
{
	int i = mmio_must_find(pa, len);
	uint64_t o = pa - mmio[i].base;

	if (mmio[i].ram)
		memcpy(data, mmio[i].ram + o, len);
	else
		mmio[i].rd(mmio[i].arg, o, data, len);
}

void fake_mmio_write(uint64_t pa, const void *data, unsigned int len)
{
	int i = mmio_must_find(pa, len);
	uint64_t o = pa - mmio[i].base;

	if (mmio[i].ram)
		memcpy(mmio[i].ram + o, data, len);
	else
		mmio[i].wr(mmio[i].arg, o, data, len);
}

uint32_t fake_mmio_rd32(uint64_t pa)
{
	uint32_t v = 0;

	fake_mmio_read(pa, &v, sizeof(v));
	return v;
}

uint64_t fake_mmio_rd64(uint64_t pa)
{
	uint64_t v = 0;

	fake_mmio_read(pa, &v, sizeof(v));
	return v;
}

void fake_mmio_wr32(uint64_t pa, uint32_t v)
{
	fake_mmio_write(pa, &v, sizeof(v));
}

void fake_mmio_wr64(uint64_t pa, uint64_t v)
{
	fake_mmio_write(pa, &v, sizeof(v));
}

static int op_pci_register(unsigned int devfn, const char *name, void *fn)
{
	assert_in_range(devfn, 0, 255);
	assert_non_null(name);
	if (fake.pci_register_error)
		return fake.pci_register_error;
	for (unsigned int i = 0; i < fake.pcis; i++)
		if (fake.pci[i].devfn == devfn)
			return -EBUSY;
	if (fake.pcis == FAKE_MAX_PCI)
		return -ENOSPC;
	fake.pci[fake.pcis].devfn = devfn;
	fake.pci[fake.pcis].name = name;
	fake.pci[fake.pcis++].fn = fn;
	return 0;
}

static void *pci_find(unsigned int devfn)
{
	for (unsigned int i = 0; i < fake.pcis; i++)
		if (fake.pci[i].devfn == devfn)
			return fake.pci[i].fn;
	fail_msg("no PCI function %02x.%x", devfn >> 3, devfn & 7);
	return NULL;
}

uint32_t fake_config_read(unsigned int devfn, unsigned int offset, unsigned int len)
{
	void *fn = pci_find(devfn);

	assert_non_null(fake.on_config_read);
	return fake.on_config_read(fn, offset, len);
}

void fake_config_write(unsigned int devfn, unsigned int offset, uint32_t value, unsigned int len)
{
	void *fn = pci_find(devfn);

	assert_non_null(fake.on_config_write);
	fake.on_config_write(fn, offset, value, len);
}

static uint32_t op_config_read(unsigned int devfn, unsigned int offset, unsigned int len)
{
	uint32_t v = 0;

	assert_in_range(devfn, 0, 255);
	assert_true(offset + len <= 256 && offset / 4 == (offset + len - 1) / 4);
	if (devfn != FAKE_OTHER)
		return 0xffffffff;
	memcpy(&v, fake.other + offset, len);
	return v;
}

static void op_config_write(unsigned int devfn, unsigned int offset, uint32_t value,
			    unsigned int len)
{
	assert_in_range(devfn, 0, 255);
	assert_true(offset + len <= 256 && offset / 4 == (offset + len - 1) / 4);
	if (devfn == FAKE_OTHER)
		memcpy(fake.other + offset, &value, len);
}

/* --- CPUs ---------------------------------------------------------------- */

static int watch_find(uint64_t page)
{
	for (unsigned int i = 0; i < fake.watches; i++)
		if (fake.watch[i].page == page)
			return (int)i;
	return -1;
}

static void op_watch(uint64_t page)
{
	int i = watch_find(page);

	assert_int_equal(page % 4096, 0);
	if (i < 0) {
		assert_true(fake.watches < FAKE_MAX_WATCH);
		i = (int)fake.watches++;
		fake.watch[i].page = page;
		fake.watch[i].count = 0;
	}
	fake.watch[i].count++;
}

static void op_unwatch(uint64_t page)
{
	int i = watch_find(page);

	if (i < 0 || !fake.watch[i].count)
		fail_msg("unwatch of %#llx without watch", (unsigned long long)page);
	fake.watch[i].count--;
}

bool fake_watched(uint64_t page)
{
	int i = watch_find(page);

	return i >= 0 && fake.watch[i].count;
}

static void op_watch_loads(uint64_t page)
{
	assert_true(fake_watched(page));
	fake.load_watches++;
}

static void op_unwatch_loads(uint64_t page)
{
	assert_true(fake_watched(page) && fake.load_watches);
	fake.load_watches--;
}

void fake_cpu_load(unsigned int cpu, uint64_t pa, unsigned int len)
{
	if (fake.on_load && fake.load_watches && fake_watched(pa & ~0xfffull))
		fake.on_load(cpu, pa, len);
}

void fake_cpu_store(unsigned int cpu, uint64_t pa, const void *data, unsigned int len)
{
	memcpy(fake_ram(pa, len), data, len);
	if (fake.on_store && fake_watched(pa & ~0xfffull))
		fake.on_store(cpu, pa, len);
}

static void op_step(unsigned int cpu, bool on)
{
	assert_true(cpu < fake.cpus);
	fake.stepping[cpu] = on;
}

void fake_cpu_run(unsigned int cpu, unsigned int n)
{
	assert_true(cpu < fake.cpus);
	while (n--) {
		if (fake.stepping[cpu] && fake.on_step)
			fake.on_step(cpu);
		fake.icount[cpu]++;
	}
}

static uint64_t op_icount(unsigned int cpu)
{
	assert_true(cpu < fake.cpus);
	return fake.icount[cpu];
}

static unsigned int op_cpus(void)
{
	return fake.cpus;
}

static unsigned int op_cpu_state(unsigned int cpu)
{
	assert_true(cpu < fake.cpus);
	return fake.cpu_state[cpu];
}

static uint64_t op_rip(unsigned int cpu)
{
	assert_true(cpu < fake.cpus);
	return fake.rip[cpu];
}

static uint64_t op_virtual_apic(unsigned int cpu)
{
	assert_true(cpu < fake.cpus);
	return fake.virtual_apic;
}

static void op_log(const char *line)
{
	assert_null(strchr(line, '\n'));
	snprintf(fake.log, sizeof(fake.log), "%s", line);
	fake.logs++;
}

const struct lab_ops fake_lab_ops = {
	.mem_read = op_mem_read,
	.mem_write = op_mem_write,
	.now = op_now,
	.tsc = op_tsc,
	.timer_create = op_timer_create,
	.timer_set = op_timer_set,
	.timer_cancel = op_timer_cancel,
	.apic_deliver = op_apic_deliver,
	.mmio_map = op_mmio_map,
	.mmio_unmap = op_mmio_unmap,
	.pci_register = op_pci_register,
	.config_read = op_config_read,
	.config_write = op_config_write,
	.watch = op_watch,
	.unwatch = op_unwatch,
	.watch_loads = op_watch_loads,
	.unwatch_loads = op_unwatch_loads,
	.step = op_step,
	.icount = op_icount,
	.cpus = op_cpus,
	.cpu_state = op_cpu_state,
	.rip = op_rip,
	.virtual_apic = op_virtual_apic,
	.log = op_log,
};

/* All of it, zeroed: mapped once, since making and checking it anew takes most of a test. */
static uint8_t *memory(void)
{
	static void *all = MAP_FAILED;
	const size_t size = FAKE_RAM_SIZE + FAKE_HIGH_SIZE;

	if (all == MAP_FAILED)
		all = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(all, MAP_FAILED);
	assert_int_equal(madvise(all, size, MADV_DONTNEED), 0);
	return all;
}

void fake_init(void)
{
	fake_fini();
	memset(&fake, 0, sizeof(fake));
	memset(timers, 0, sizeof(timers));
	nr_timers = 0;
	nr_mmio = 0;
	ram = memory();
	high = ram + FAKE_RAM_SIZE;
	fake.tick = 1000;
	fake.cpus = 2;
	lab = &fake_lab_ops;
}

void fake_fini(void)
{
	ram = NULL;
	high = NULL;
}

void fake_clear(void)
{
	fake.msgs = 0;
	fake.faults = 0;
}
