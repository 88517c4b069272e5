// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The NVMe model in the hands of a hostile guest: the input is a list of
 * actions on its configuration space, its registers, memory and time.  Nothing
 * may be touched outside, nothing may go on for ever, and what the model says
 * about itself has to stay possible.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/lab/model/lab.h"
#include "host/lab/model/nvme_internal.h"
#include "host/lab/model/pid.h"
#include "host/lab/model/truth.h"
#include "host/lab/model/vtd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RAM    0x100000u
#define RANGES 64u
#define TIMERS 64u
#define BAR    0xd0000000u
#define IN_BAR 0xd4000000u
#define VF_BAR 0xd8000000u
#define FIRES  2000u /* timers that one action may fire */

static uint8_t ram[RAM];
static uint64_t tick;

static struct {
	uint64_t base, size;
	lab_mmio_read_fn read;
	lab_mmio_write_fn write;
	void *arg;
} ranges[RANGES];

static struct {
	lab_timer_fn fn;
	void *arg;
	uint64_t at;
} timers[TIMERS];
static int nr_timers;

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz_nvme: %s\n", what);
	abort();
}

/* --- the machine ------------------------------------------------------------------ */

static int mem_read(uint64_t pa, void *buf, size_t len)
{
	if (len > RAM || pa > RAM - len)
		return -EFAULT;
	memcpy(buf, ram + pa, len);
	return 0;
}

static int mem_write(uint64_t pa, const void *buf, size_t len)
{
	if (len > RAM || pa > RAM - len)
		return -EFAULT;
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
	timers[nr_timers].fn = fn;
	timers[nr_timers].arg = arg;
	timers[nr_timers].at = 0;
	return nr_timers++;
}

static void timer_set(int t, uint64_t at)
{
	must(at > tick, "a timer in the past");
	timers[t].at = at;
}

static void timer_cancel(int t)
{
	timers[t].at = 0;
}

static void apic_deliver(uint32_t dest, uint8_t vector, unsigned int mode, bool logical, bool level)
{
	(void)dest, (void)vector, (void)mode, (void)logical, (void)level;
}

static int mmio_map(uint64_t base, uint64_t size, lab_mmio_read_fn rd, lab_mmio_write_fn wr,
		    void *arg, void *plain)
{
	unsigned int slot = RANGES;

	(void)plain;
	for (unsigned int i = 0; i < RANGES; i++) {
		if (!ranges[i].size)
			slot = i;
		else if (base < ranges[i].base + ranges[i].size && ranges[i].base < base + size)
			return -EBUSY;
	}
	if (slot == RANGES)
		return -ENOSPC;
	ranges[slot].base = base;
	ranges[slot].size = size;
	ranges[slot].read = rd;
	ranges[slot].write = wr;
	ranges[slot].arg = arg;
	return 0;
}

static void mmio_unmap(uint64_t base, uint64_t size, void *arg)
{
	for (unsigned int i = 0; i < RANGES; i++) {
		if (ranges[i].base == base && ranges[i].size == size && ranges[i].arg == arg) {
			ranges[i].size = 0;
			return;
		}
	}
	must(false, "unmapped what was not mapped");
}

static int pci_register(unsigned int devfn, const char *name, void *fn)
{
	(void)devfn, (void)name, (void)fn;
	return 0;
}

static uint32_t config_read(unsigned int devfn, unsigned int offset, unsigned int len)
{
	(void)devfn, (void)offset, (void)len;
	return 0xffffffff;
}

static void config_write(unsigned int devfn, unsigned int offset, uint32_t v, unsigned int len)
{
	(void)devfn, (void)offset, (void)v, (void)len;
}

static void page(uint64_t pa)
{
	(void)pa;
}

static void say(const char *line)
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
	.apic_deliver = apic_deliver,
	.mmio_map = mmio_map,
	.mmio_unmap = mmio_unmap,
	.pci_register = pci_register,
	.config_read = config_read,
	.config_write = config_write,
	.watch = page,
	.unwatch = page,
	.log = say,
};

static void mmio(uint64_t pa, void *data, unsigned int len, bool write)
{
	for (unsigned int i = 0; i < RANGES; i++) {
		uint64_t o = pa - ranges[i].base;

		if (pa < ranges[i].base || o >= ranges[i].size || len > ranges[i].size - o)
			continue;
		if (write)
			ranges[i].write(ranges[i].arg, o, data, len);
		else
			ranges[i].read(ranges[i].arg, o, data, len);
		return;
	}
}

static void wr(uint64_t pa, uint32_t v)
{
	mmio(pa, &v, 4, true);
}

static bool fire(void)
{
	int best = -1;

	for (int i = 0; i < nr_timers; i++)
		if (timers[i].at && (best < 0 || timers[i].at < timers[best].at))
			best = i;
	if (best < 0)
		return false;
	tick = timers[best].at;
	timers[best].at = 0;
	timers[best].fn(timers[best].arg);
	return true;
}

/* --- a driver, up to its first I/O queue ---------------------------------------------- */

static uint64_t config(unsigned int fn, unsigned int offset)
{
	return PCI_ECAM_BASE + (NVME_DEVFN + fn) * 4096ull + offset;
}

static void command(uint64_t sq, unsigned int tail, const uint32_t dw[16])
{
	memcpy(ram + sq + tail * 64, dw, 64);
}

/* Admin queues at 0 and 0x1000, I/O queues at 0x2000 and 0x3000, 16 entries each. */
static void start(unsigned int fn)
{
	uint64_t bar = fn ? VF_BAR + (fn - 1) * 0x10000 : BAR, at = fn * 0x10000;

	if (!fn) {
		wr(config(0, 0x10), BAR);
		wr(config(0, 0x10 + 4 * PB_INSTRUMENT_BAR), IN_BAR);
	}
	wr(config(fn, 0x04), 6);
	wr(config(fn, 0x50), 0x80000000);
	for (uint32_t i = 0; i < 4; i++) {
		wr(bar + PB_NVME_MSIX_TABLE + i * 16, 0xfee00000);
		wr(bar + PB_NVME_MSIX_TABLE + i * 16 + 12, 0);
	}
	wr(bar + NVME_AQA, 15 << 16 | 15);
	wr(bar + NVME_ASQ_LO, (uint32_t)at);
	wr(bar + NVME_ACQ_LO, (uint32_t)at + 0x1000);
	wr(bar + NVME_CC, 1 | 6 << 16 | 4 << 20);
	command(at, 0,
		(uint32_t[16]){
			[0] = 5, [6] = at + 0x3000, [10] = 1 | 15 << 16, [11] = 3 | 1 << 16});
	command(at, 1,
		(uint32_t[16]){[0] = 1 | 1 << 16,
			       [6] = at + 0x2000,
			       [10] = 1 | 15 << 16,
			       [11] = 1 | 1 << 16});
	wr(bar + NVME_DB, 2);
	while (fire())
		;
	wr(bar + NVME_DB + 4, 2);
}

static void machine(void)
{
	tick = 1;
	nr_timers = 0;
	memset(ranges, 0, sizeof(ranges));
	memset(ram, 0, sizeof(ram));
	lab = &ops;
	pid_init();
	must(!truth_init() && !vtd_init() && !pci_ecam_init() && !nvme_init(), "does not start");
	nvme_reset();
	start(0);
	wr(config(0, 0x150 + 0x24), VF_BAR);
	wr(config(0, 0x150 + 0x10), 2);
	wr(config(0, 0x150 + 0x08), 9);
	start(1);
}

/* --- actions ------------------------------------------------------------------------------ */

struct input {
	const uint8_t *p;
	size_t left;
};

static uint32_t take(struct input *in, unsigned int len)
{
	uint32_t v = 0;

	for (; len && in->left; len--, in->left--)
		v = v << 8 | *in->p++;
	return v;
}

static uint64_t bar_of(unsigned int fn)
{
	return fn & 1 ? VF_BAR : BAR;
}

/* A command that is right but for what the input says, on a queue that there is. */
static void submit(struct input *in, unsigned int fn)
{
	static const uint8_t admin[] = {0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 28, 0x80};
	static const uint8_t io[] = {0, 1, 2, 5, 8, 9, 4};
	uint32_t pick = take(in, 1), q = pick & 1, tail = take(in, 1) % 16;
	uint64_t sq = (fn & 1) * 0x10000 + q * 0x2000;
	uint32_t dw[16] = {0};

	dw[0] = q ? io[pick / 2 % sizeof(io)] : admin[pick / 2 % sizeof(admin)];
	dw[0] |= take(in, 1) << 16 | (take(in, 1) & 0xc3) << 8;
	dw[1] = take(in, 1) % 8;
	dw[6] = take(in, 3) % (RAM + RAM / 8);
	dw[8] = take(in, 3) % (RAM + RAM / 8);
	dw[9] = pick & 0x80 ? take(in, 4) : 0;
	for (unsigned int i = 10; i < 13; i++)
		dw[i] = take(in, pick & 0x40 ? 4 : 2);
	if (q && !(pick & 0x40)) { /* of the first blocks */
		dw[11] = 0;
		dw[12] &= 0x1ff;
	}
	command(sq, tail, dw);
	wr(bar_of(fn) + NVME_DB + q * 8, (tail + 1) % 16);
}

static void registers(struct input *in, unsigned int fn)
{
	static const uint32_t base[] = {0, NVME_DB, PB_NVME_MSIX_TABLE, 0};
	uint32_t pick = take(in, 1), offset = base[pick % 4] + take(in, 1) * 4;
	uint64_t bar = pick % 4 == 3 ? IN_BAR : bar_of(fn); /* the instrument: of the first */
	uint8_t buf[16] = {0};

	if (pick & 0x80)
		offset = take(in, 2);
	if (pick & 0x40) {
		mmio(bar + offset, buf, 1 + pick % 16, false);
		return;
	}
	memcpy(buf, (uint32_t[1]){take(in, 4)}, 4);
	mmio(bar + offset, buf, pick & 0x20 ? 1 + pick % 16 : 4, true);
}

static void act(struct input *in)
{
	uint32_t what = take(in, 1), fn = what >> 4 & 1, at;

	switch (what % 8) {
	case 0:
		at = take(in, 2);
		wr(config(fn, at & 0xffc), take(in, 4));
		break;
	case 1:
		registers(in, fn);
		break;
	case 2:
		at = take(in, 3) % RAM;
		for (uint32_t n = take(in, 1); n && at < RAM; n--)
			ram[at++] = take(in, 1);
		break;
	case 3:
		start(fn);
		break;
	case 4:
		for (unsigned int i = FIRES; i && fire(); i--)
			must(i > 1, "does not come to an end");
		break;
	default:
		submit(in, fn);
		break;
	}
}

static void check(void)
{
	for (unsigned int i = 0; i < NVME_CONTROLLERS; i++) {
		const struct nvme_ctrl *c = &nvme_ctrls[i];

		must(c->aers <= NVME_AERS, "too many event requests");
		for (unsigned int q = 0; q < NVME_QUEUES; q++) {
			must(!c->sq[q].on || (c->sq[q].size >= 2 && c->sq[q].tail < c->sq[q].size &&
					      c->sq[q].head < c->sq[q].size),
			     "a submission queue that cannot be");
			must(!c->cq[q].on || (c->cq[q].size >= 2 && c->cq[q].tail < c->cq[q].size &&
					      c->cq[q].head < c->cq[q].size),
			     "a completion queue that cannot be");
			must(!c->sq[q].on || c->cq[c->sq[q].cqid].on, "a queue without its other");
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size < 4096 ? size : 4096};

	machine();
	truth_start(0);
	while (in.left) {
		act(&in);
		check();
	}
	for (unsigned int i = 0; i < FIRES && fire(); i++)
		check();
	return 0;
}
