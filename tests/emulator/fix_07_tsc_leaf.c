// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * CPUID 15H: TSC = crystal * EBX / EAX, and the local APIC timer counts the
 * crystal.  The emulated timer counts at the TSC's rate: so the leaf must say.
 */
#include "metal.h"

#include <stddef.h>

const char *test_main(void)
{
	uint32_t leaf[4], ratio;
	uint64_t start, ticks;

	cpuid(0x15, 0, leaf);
	metal_print("CPUID 15H: %x/%x of %x\n", (uint64_t)leaf[1], (uint64_t)leaf[0],
		    (uint64_t)leaf[2]);
	if (!leaf[0] || !leaf[1] || !leaf[2])
		return "CPUID 15H does not say the frequency";
	ratio = leaf[1] / leaf[0];
	wrmsr(X2APIC_DIVIDE, 0xb); /* by 1 */
	wrmsr(X2APIC_LVT_TIMER, 0x10040);
	wrmsr(X2APIC_INIT_COUNT, 0xffffffff);
	start = rdtsc();
	for (volatile int spin = 0; spin < 100000; spin++)
		;
	ticks = 0xffffffff - rdmsr(0x839);
	start = rdtsc() - start;
	metal_print("TSC %x, timer %x\n", start, ticks);
	if (start / ticks != ratio && (start + ticks / 8) / ticks != ratio)
		return "the local APIC timer does not count the crystal of CPUID 15H";
	return NULL;
}
