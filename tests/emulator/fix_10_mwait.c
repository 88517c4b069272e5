// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Another CPU's store to the monitored line ends MWAIT (SDM vol. 2, MONITOR),
 * also when linear and physical address differ and the other CPU has used the
 * line before.
 */
#include "metal.h"

#include <stddef.h>

#define ROUNDS 50

static volatile uint64_t line __attribute__((aligned(4096)));
static volatile uint64_t woken __attribute__((aligned(4096)));

static void sleeper(void)
{
	volatile uint64_t *at = METAL_ALIAS(&line);

	for (uint64_t round = 0; round < ROUNDS; round++) {
		__asm__ volatile("monitor" : : "a"(at), "c"(0), "d"(0) : "memory");
		if (*at == round)
			__asm__ volatile("mwait" : : "a"(0), "c"(0) : "memory");
		while (*at == round)
			;
		woken = round + 1;
	}
}

const char *test_main(void)
{
	volatile uint64_t *at = METAL_ALIAS(&line);
	uint32_t leaf[4];

	cpuid(1, 0, leaf);
	if (!(leaf[2] & 8)) {
		metal_print("CPUID does not offer MONITOR\n");
		return NULL;
	}
	*at = 0;
	metal_start_cpu1(sleeper);
	for (uint64_t round = 0; round < ROUNDS; round++) {
		for (volatile uint64_t spin = 0; spin < 200 + round * 7; spin++)
			;
		*at = round + 1;
		for (uint64_t wait = 0; woken != round + 1; wait++) {
			if (wait > 1000000) {
				metal_print("round %x\n", round);
				return "a store did not end MWAIT";
			}
		}
	}
	return NULL;
}
