// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Device models that only disturb, linked into the emulator in place of the
 * real ones: what they do must not change what the machine does.  PROBE holds
 *
 *	s  step both CPUs from the start
 *	w  watch pages of the guest's area, others all the time
 *	l  the same pages, loads too
 *	e  begin and end stepping at stores to them
 *	t  a timer every 777 ticks
 *
 * What it has done so far goes to stderr now and then.  After LIMIT ticks the
 * guest hangs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/lab/model/lab.h"

#define LIMIT      400000000
#define AREA       0x200000
#define AREA_PAGES 64
#define EXIT_HUNG  65

const struct lab_ops *lab;

static const char *mode = "";
static unsigned long steps, stores, loads, ticks;
static unsigned int left[2];
static int disturb, limit;

static bool has(char c)
{
	return strchr(mode, c) != NULL;
}

static void report(void)
{
	fprintf(stderr, "probe: %lu steps, %lu stores, %lu loads, %lu timers\n", steps, stores,
		loads, ticks);
}

static void on_disturb(void *arg)
{
	static uint64_t page[8];
	static unsigned int n;

	(void)arg;
	if (ticks++ % 1000 == 0)
		report();
	lab->timer_set(disturb, lab->now() + (has('t') ? 777 : 3001));
	if (has('w') || has('e') || has('l')) {
		uint64_t *p = &page[n++ % 8];

		if (*p && has('l'))
			lab->unwatch_loads(*p);
		if (*p)
			lab->unwatch(*p);
		*p = AREA + n * 29 % AREA_PAGES * 4096;
		lab->watch(*p);
		if (has('l'))
			lab->watch_loads(*p);
	}
}

static void on_limit(void *arg)
{
	(void)arg;
	report();
	_exit(EXIT_HUNG);
}

int lab_init(const struct lab_ops *ops)
{
	lab = ops;
	if (getenv("PROBE"))
		mode = getenv("PROBE");
	disturb = lab->timer_create("disturb", on_disturb, NULL);
	limit = lab->timer_create("limit", on_limit, NULL);
	if (disturb < 0 || limit < 0)
		return -1;
	lab->timer_set(limit, LIMIT);
	if (*mode)
		lab->timer_set(disturb, 1000);
	for (unsigned int c = 0; has('s') && c < lab->cpus(); c++)
		lab->step(c, true);
	return 0;
}

void lab_reset(void)
{
}

bool lab_hook_ioapic(uint64_t rte)
{
	(void)rte;
	return false;
}

void lab_hook_vmentry(unsigned int cpu, uint64_t pid_pa)
{
	(void)cpu, (void)pid_pa;
}

void lab_hook_vmexit(unsigned int cpu, uint64_t pid_pa, uint32_t reason)
{
	(void)cpu, (void)pid_pa, (void)reason;
}

void lab_hook_pip(unsigned int cpu, uint64_t pid_pa)
{
	(void)cpu, (void)pid_pa;
}

void lab_hook_virq(unsigned int cpu, uint64_t pid_pa, uint8_t vector)
{
	(void)cpu, (void)pid_pa, (void)vector;
}

void lab_hook_store(unsigned int cpu, uint64_t pa, unsigned int len)
{
	(void)pa, (void)len;
	stores++;
	if (!has('e') || cpu > 1)
		return;
	left[cpu] = stores % 37 + 1;
	lab->step(cpu, true);
	if (stores % 3 == 0) {
		left[!cpu] = stores % 11 + 1;
		lab->step(!cpu, true);
	}
}

void lab_hook_load(unsigned int cpu, uint64_t pa, unsigned int len)
{
	(void)cpu, (void)pa, (void)len;
	loads++;
}

void lab_hook_step(unsigned int cpu)
{
	steps++;
	if (!has('s') && !--left[cpu])
		lab->step(cpu, false);
}

uint32_t lab_pci_config_read(void *fn, unsigned int offset, unsigned int len)
{
	(void)fn, (void)offset, (void)len;
	return ~0u;
}

void lab_pci_config_write(void *fn, unsigned int offset, uint32_t value, unsigned int len)
{
	(void)fn, (void)offset, (void)value, (void)len;
}
