// SPDX-License-Identifier: LGPL-2.1-or-later
/* Records of a perf ring: taken, wrapped, damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <linux/perf_event.h>
#include <cmocka.h>

#include "exec/sched_ring.h"

#define RING 256

static uint8_t ring[RING];
static uint64_t head, lost;
static struct sched_switch seen[16];
static unsigned int nr;

static void take(void *arg, const struct sched_switch *s)
{
	(void)arg;
	assert_true(nr < 16);
	seen[nr++] = *s;
}

static void read_from(uint64_t tail)
{
	nr = 0;
	lost = 0;
	sched_ring_read(ring, RING, tail, head, take, NULL, &lost);
}

static void put(const void *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		ring[head++ % RING] = ((const uint8_t *)data)[i];
}

static void put_header(uint32_t type, uint16_t misc, uint16_t size)
{
	struct perf_event_header h = {.type = type, .misc = misc, .size = size};

	put(&h, sizeof(h));
}

static void put_switch(uint16_t misc, uint64_t time, uint32_t cpu, uint16_t size)
{
	uint32_t ids[2] = {1, 1}, tail[2] = {cpu, 0};

	put_header(PERF_RECORD_SWITCH, misc, size);
	put(ids, sizeof(ids));
	put(&time, sizeof(time));
	put(tail, sizeof(tail));
}

static void takes_switches_across_the_end(void **state)
{
	(void)state;
	head = RING - 20;
	put_switch(PERF_RECORD_MISC_SWITCH_OUT | PERF_RECORD_MISC_SWITCH_OUT_PREEMPT, 100, 1, 32);
	put_header(PERF_RECORD_THROTTLE, 0, 8);
	put_switch(0, 200, 2, 32);
	read_from(RING - 20);
	assert_int_equal(nr, 2);
	assert_int_equal(lost, 0);
	assert_true(seen[0].out && seen[0].preempted && seen[0].time == 100 && seen[0].cpu == 1);
	assert_true(!seen[1].out && seen[1].time == 200 && seen[1].cpu == 2);
}

/* A record that cannot be is counted as lost, never passed over in silence. */
static void counts_what_makes_no_sense(void **state)
{
	uint64_t words[5] = {7, 3};

	(void)state;
	head = 0;
	put_header(PERF_RECORD_LOST, 0, 48);
	put(words, 40);
	read_from(0);
	assert_int_equal(lost, 3);
	head = 0;
	put_header(PERF_RECORD_LOST, 0, 8); /* without its number */
	put_switch(0, 1, 0x10001, 32); /* of a CPU that cannot be */
	put_switch(0, 2, 3, 32);
	read_from(0);
	assert_int_equal(lost, 2);
	assert_int_equal(nr, 1);
	head = 0;
	put_switch(0, 1, 1, 0); /* without size */
	read_from(0);
	assert_int_equal(lost, 1);
	assert_int_equal(nr, 0);
	head = 0;
	put_switch(0, 1, 1, 40); /* larger than what is there */
	read_from(0);
	assert_int_equal(lost, 1);
	head = RING + 1; /* more than the ring holds */
	read_from(0);
	assert_int_equal(lost, 1);
	head = 4; /* less than a record */
	read_from(0);
	assert_int_equal(lost, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_switches_across_the_end),
		cmocka_unit_test(counts_what_makes_no_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
