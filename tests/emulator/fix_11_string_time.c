// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How a REP instruction is cut must not depend on when the next timer fires:
 * the same copy takes the same ticks whatever else is scheduled.
 */
#include "metal.h"

#include <stddef.h>

#define BYTES 60000

static uint8_t from[BYTES], to[BYTES];
static volatile uint64_t other;

static void count(void)
{
	for (;;)
		other++;
}

static uint64_t copy(uint64_t *counted)
{
	uint64_t start, before = other;
	void *s = from, *d = to;
	uint64_t n = BYTES;

	start = rdtsc();
	__asm__ volatile("rep movsb" : "+S"(s), "+D"(d), "+c"(n) : : "memory");
	start = rdtsc() - start;
	*counted = other - before;
	return start;
}

const char *test_main(void)
{
	uint64_t quiet, quiet_other, busy, busy_other;

	metal_start_cpu1(count);
	while (!other)
		;
	copy(&quiet_other); /* touches the pages */
	quiet = copy(&quiet_other);
	wrmsr(X2APIC_DIVIDE, 0xb);
	wrmsr(X2APIC_LVT_TIMER, 1 << 17 | 1 << 16 | 0x40); /* periodic, masked */
	wrmsr(X2APIC_INIT_COUNT, 97);
	busy = copy(&busy_other);
	metal_print("quiet %x (%x), beside a timer %x (%x)\n", quiet, quiet_other, busy,
		    busy_other);
	/* The phase of the two CPUs' loops may differ by an iteration, not by a cut. */
	if (quiet > busy + 64 || busy > quiet + 64)
		return "a timer changed the time that a copy takes";
	return NULL;
}
