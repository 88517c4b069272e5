// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the machine does depends on emulated time alone. fixes.t runs this
 * with the emulator's process stopped for a while in the middle and wants the
 * same trace; and counts how often the emulator asks for the host's time,
 * which must be never. Two CPUs, since host time showed as another
 * interleaving of the two.
 */
#include "metal.h"

#include <stddef.h>

static volatile uint64_t other;

static void count(void)
{
	for (;;)
		other++;
}

const char *test_main(void)
{
	metal_start_cpu1(count);
	for (int i = 0; i < 24; i++) {
		for (volatile int spin = 0; spin < 1000000; spin++)
			;
		metal_print("TRACE %x %x\n", rdtsc(), other);
	}
	return NULL;
}
