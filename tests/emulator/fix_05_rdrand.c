// SPDX-License-Identifier: LGPL-2.1-or-later
/* RDRAND follows the lab's seed: the runner compares two runs, see fixes.t. */
#include "metal.h"

#include <stddef.h>

const char *test_main(void)
{
	for (int i = 0; i < 4; i++) {
		uint64_t value;

		__asm__ volatile("1: rdrand %0; jnc 1b" : "=r"(value) : : "cc");
		metal_print("TRACE %x\n", value);
	}
	return NULL;
}
