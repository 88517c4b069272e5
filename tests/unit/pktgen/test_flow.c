// SPDX-License-Identifier: LGPL-2.1-or-later
/* Losses, duplicates and order by sequence numbers, and a reflector's faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pktgen/fault.h"
#include "pktgen/flow.h"
#include "util/rng.h"

#define WINDOW 128u

static uint64_t seen[WINDOW / 64 + 1];
static struct flow f;

static int setup(void **state)
{
	(void)state;
	memset(seen, 0xff, sizeof(seen));
	flow_init(&f, seen, WINDOW);
	return 0;
}

static void sent(uint64_t nr)
{
	f.sent = nr;
}

#define TAKES(seq, want) assert_int_equal(flow_take(&f, (uint32_t)(seq)), want)

static void in_order(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= 1000; i++) {
		assert_int_equal(flow_next(&f), i);
		TAKES(i, FLOW_NEW);
		TAKES(i, FLOW_DUPLICATE);
		TAKES(i + 1, FLOW_IMPOSSIBLE);
	}
	TAKES(0, FLOW_IMPOSSIBLE);
}

static void overtaken(void **state)
{
	(void)state;
	sent(10);
	TAKES(2, FLOW_NEW);
	TAKES(1, FLOW_REORDERED);
	TAKES(1, FLOW_DUPLICATE);
	TAKES(2, FLOW_DUPLICATE);
	TAKES(9, FLOW_NEW);
	for (uint32_t i = 8; i > 2; i--)
		TAKES(i, FLOW_REORDERED);
	TAKES(10, FLOW_NEW);
}

/* What is out of the window is neither late nor twice, but not known. */
static void window(void **state)
{
	(void)state;
	sent(10 * WINDOW);
	TAKES(1, FLOW_NEW);
	TAKES(WINDOW, FLOW_NEW);
	TAKES(1, FLOW_DUPLICATE);
	TAKES(2, FLOW_REORDERED);
	TAKES(WINDOW + 1, FLOW_NEW);
	TAKES(1, FLOW_STALE);
	TAKES(2, FLOW_DUPLICATE);
	TAKES(3, FLOW_REORDERED);
	/* A jump over more than the window forgets all, of one over less what it needs. */
	TAKES(3 * WINDOW, FLOW_NEW);
	TAKES(2 * WINDOW, FLOW_STALE);
	TAKES(2 * WINDOW + 1, FLOW_REORDERED);
	TAKES(4 * WINDOW - 1, FLOW_NEW);
	TAKES(3 * WINDOW, FLOW_DUPLICATE);
	TAKES(3 * WINDOW + 1, FLOW_REORDERED);
}

/* 32 bits in the packet, 64 in the flow: numbers begin again. */
static void wraps(void **state)
{
	const uint64_t top = 1ull << 32;

	(void)state;
	sent(top + 10);
	f.newest = top - 2;
	TAKES(top - 1, FLOW_NEW);
	TAKES(top + 1, FLOW_NEW);
	TAKES(top, FLOW_REORDERED);
	TAKES(top, FLOW_DUPLICATE);
	assert_true(f.newest == top + 1);
	TAKES(top + 11, FLOW_IMPOSSIBLE);
	flow_init(&f, seen, WINDOW);
	sent(top * 5);
	f.newest = top * 4;
	TAKES(top - 1, FLOW_REORDERED);
	assert_true(f.newest == top * 4);
	/* Before the first there was none. */
	flow_init(&f, seen, WINDOW);
	sent(10);
	TAKES(5, FLOW_NEW);
	TAKES(UINT32_MAX, FLOW_IMPOSSIBLE);
	TAKES(0, FLOW_IMPOSSIBLE);
}

/* Against a memory of everything, of a random mess. */
static void mess(void **state)
{
	static uint8_t times[4000];
	uint64_t rng = 3, newest = 0, counted[FLOW_FATES] = {0}, want[FLOW_FATES] = {0};

	(void)state;
	sent(sizeof(times) - 1);
	for (uint32_t i = 0; i < 200000; i++) {
		uint64_t at = newest + 40 - rng_below(&rng, 200), fate;

		if (at >= sizeof(times) || !at)
			continue;
		if (at > newest)
			fate = FLOW_NEW;
		else if (newest - at >= WINDOW)
			fate = FLOW_STALE;
		else
			fate = times[at] ? FLOW_DUPLICATE : FLOW_REORDERED;
		times[at] = fate != FLOW_STALE || times[at];
		newest = at > newest ? at : newest;
		want[fate]++;
		counted[flow_take(&f, (uint32_t)at)]++;
		assert_memory_equal(counted, want, sizeof(want));
	}
	for (uint32_t i = FLOW_NEW; i < FLOW_IMPOSSIBLE; i++)
		assert_true(want[i] > 100 || i == FLOW_NEW);
}

static void faults(void **state)
{
	struct faults x = {.every = {[FAULT_DROP] = 10, [FAULT_REORDER] = 5, [FAULT_DAMAGE] = 7}};
	uint64_t nr[FAULT_KINDS] = {0};

	(void)state;
	for (uint32_t i = 1; i <= 700; i++) {
		enum fault_kind k = fault_next(&x);

		nr[k]++;
		assert_int_equal(k, i % 10 == 0  ? FAULT_DROP
				    : i % 5 == 0 ? FAULT_REORDER
				    : i % 7 == 0 ? FAULT_DAMAGE
						 : FAULT_NONE);
	}
	nr[FAULT_NONE] = 0;
	assert_memory_equal(nr, x.done, sizeof(nr));
	assert_int_equal(x.packets, 700);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(in_order, setup), cmocka_unit_test_setup(overtaken, setup),
		cmocka_unit_test_setup(window, setup),   cmocka_unit_test_setup(wraps, setup),
		cmocka_unit_test_setup(mess, setup),     cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
