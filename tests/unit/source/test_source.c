// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "plan/example.h"
#include "plan/plan.h"
#include "shared/poster_regs.h"
#include "source/area.h"

static struct pb_plan plan;
static struct pb_clock vclock;
static struct pb_function fn;
static struct pb_source src;

static int setup(void **state)
{
	(void)state;
	example_null_plan(&plan);
	clock_init_virtual(&vclock);
	memset(&fn, 0, sizeof(fn));
	fn.dma_size = PB_FUNCTION_RING + sizeof(struct pb_ring) + 1024 * sizeof(struct pb_event);
	fn.dma = calloc(1, fn.dma_size);
	fn.iova = 0x123400000;
	src = (struct pb_source){.plan = &plan, .index = 0, .fn = &fn, .clock = &vclock};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(fn.dma);
	free((void *)fn.bar[0]);
	return 0;
}

/* Let the null source make all its posts. */
static void null_run(unsigned int index)
{
	src.index = index;
	assert_int_equal(source_null.open(&src), 0);
	assert_int_equal(source_null.arm(&src), 0);
	for (int i = 0; i < 100000 && !source_null.done(&src); i++)
		clock_sleep_us(&vclock, 100);
	assert_int_equal(source_null.done(&src), 1);
	assert_int_equal(source_null.posted(&src), plan.source[index].count);
}

/* Ring and slots agree with each other and with the plan. */
static void check_records(unsigned int index)
{
	const struct pb_plan_source *s = &plan.source[index];
	const struct pb_ring *ring = source_ring(&src);
	uint32_t count[PB_MAX_VECTORS] = {0}, last[PB_MAX_VECTORS] = {0};

	assert_int_equal(ring->head, s->count);
	assert_int_equal(ring->lost, 0);
	for (uint32_t i = 0; i < ring->head; i++) {
		const struct pb_event *e = &ring->ev[i];
		unsigned int vs, vi;

		assert_int_equal(e->seq, i + 1);
		assert_int_equal(e->kind, PB_EV_POST);
		assert_int_equal(e->vcpu, s->vcpu);
		assert_true(plan_vector_find(&plan, e->vector, &vs, &vi));
		assert_int_equal(vs, index);
		assert_true(e->tsc <= vclock.now);
		if (i)
			assert_true(e->tsc > ring->ev[i - 1].tsc);
		if (s->fresh_vector)
			assert_int_equal(vi, i);
		count[vi]++;
		last[vi] = e->seq;
	}
	for (uint32_t v = 0; v < s->vectors; v++) {
		assert_int_equal(source_slots(&src)[v].count, count[v]);
		assert_int_equal(source_slots(&src)[v].seq, last[v]);
	}
}

static void test_null_posts(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		null_run(i);
		check_records(i);
		source_null.disarm(&src);
		source_null.close(&src);
		source_null.close(&src);
		assert_int_equal(source_null.posted(&src), 0);
	}
}

static void test_null_periodic(void **state)
{
	const struct pb_ring *ring = source_ring(&src);
	uint64_t period = clock_us_to_ticks(&vclock, plan.source[1].period_us);

	(void)state;
	null_run(1);
	for (uint32_t i = 1; i < ring->head; i++)
		assert_int_equal(ring->ev[i].tsc - ring->ev[i - 1].tsc, period);
	source_null.close(&src);
}

static void test_null_poisson(void **state)
{
	const struct pb_ring *ring = source_ring(&src);
	double mean, sum2 = 0, period;

	(void)state;
	plan.source[1].schedule = PB_SCHED_POISSON;
	plan.source[1].count = 1000;
	null_run(1);
	check_records(1);
	period = (double)clock_us_to_ticks(&vclock, plan.source[1].period_us);
	mean = (double)(ring->ev[999].tsc - ring->ev[0].tsc) / 999;
	for (uint32_t i = 1; i < 1000; i++) {
		double d = (double)(ring->ev[i].tsc - ring->ev[i - 1].tsc) - mean;

		sum2 += d * d;
	}
	/* Exponential: mean and standard deviation are equal; 1000 values, within 15 %. */
	assert_true(mean > 0.85 * period && mean < 1.15 * period);
	assert_true(sum2 / 999 > 0.7 * mean * mean && sum2 / 999 < 1.3 * mean * mean);
	source_null.close(&src);
}

static void test_null_burst(void **state)
{
	const struct pb_ring *ring = source_ring(&src);

	(void)state;
	plan.source[1].schedule = PB_SCHED_BURST;
	plan.source[1].burst = 10;
	null_run(1);
	check_records(1);
	for (uint32_t i = 1; i < 300; i++) {
		uint64_t d = ring->ev[i].tsc - ring->ev[i - 1].tsc;

		if (i % 10)
			assert_int_equal(d, 1);
		else
			assert_true(d > 100);
	}
	source_null.close(&src);
}

static void test_null_seed(void **state)
{
	struct pb_ring *ring = source_ring(&src);
	size_t size = 20 * sizeof(struct pb_event);
	void *first = malloc(size);

	(void)state;
	null_run(0);
	memcpy(first, ring->ev, size);
	source_null.close(&src);
	clock_init_virtual(&vclock);
	null_run(0);
	assert_memory_equal(ring->ev, first, size);
	source_null.close(&src);
	plan.seed++;
	clock_init_virtual(&vclock);
	null_run(0);
	assert_memory_not_equal(ring->ev, first, size);
	source_null.close(&src);
	free(first);
}

static void test_null_full_ring(void **state)
{
	(void)state;
	plan.event_capacity = 16;
	null_run(0);
	assert_int_equal(source_ring(&src)->head, 16);
	assert_int_equal(source_ring(&src)->lost, 4);
	source_null.close(&src);
}

static void test_null_disarm(void **state)
{
	(void)state;
	assert_int_equal(source_null.open(&src), 0);
	assert_int_equal(source_null.arm(&src), 0);
	clock_sleep_us(&vclock, 5000);
	assert_int_equal(source_null.done(&src), 0);
	source_null.disarm(&src);
	clock_sleep_us(&vclock, 1000000);
	assert_int_equal(source_null.done(&src), 0);
	assert_in_range(source_null.posted(&src), 1, 19);
	source_null.close(&src);
}

static void test_refusals(void **state)
{
	(void)state;
	fn.dma_size -= 1;
	assert_int_equal(source_null.open(&src), -ENOSPC);
	assert_non_null(strstr(src.error, "1024 events"));
	vclock.is_virtual = false;
	assert_int_equal(source_null.open(&src), -EINVAL);
	source_null.disarm(&src);
	source_null.close(&src);
	assert_ptr_equal(source_find(PB_SOURCE_NULL), &source_null);
	assert_ptr_equal(source_find(PB_SOURCE_POSTER), &source_poster);
	assert_null(source_find(PB_SOURCE_KINDS));
}

/* --- poster: against plain memory, which answers what was written -------- */

static void poster_setup(void)
{
	example_plan(&plan);
	fn.bar_size[0] = PB_POSTER_BAR_SIZE;
	fn.bar[0] = calloc(1, PB_POSTER_BAR_SIZE);
	*(uint32_t *)(fn.bar[0] + PB_POSTER_ID) = PB_POSTER_ID_VALUE;
	*(uint32_t *)(fn.bar[0] + PB_POSTER_VERSION) = 1;
}

static uint32_t reg(uint32_t offset)
{
	return *(volatile uint32_t *)(fn.bar[0] + offset);
}

static void set_reg(uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(fn.bar[0] + offset) = value;
}

static void test_poster_programs(void **state)
{
	uint64_t seed;

	(void)state;
	poster_setup();
	assert_int_equal(source_poster.open(&src), 0);
	assert_int_equal(reg(PB_POSTER_CTRL), PB_POSTER_CTRL_DISARM);
	assert_int_equal(source_poster.arm(&src), 0);
	seed = plan_source_seed(&plan, 0);
	assert_int_equal(reg(PB_POSTER_CTRL), PB_POSTER_CTRL_ARM);
	assert_int_equal(reg(PB_POSTER_SCHEDULE), PB_SCHED_AIMED);
	assert_int_equal(reg(PB_POSTER_AIM), PB_AIM_SN_SET);
	assert_int_equal(reg(PB_POSTER_COUNT), 20);
	assert_int_equal(reg(PB_POSTER_VECTORS), 20);
	assert_int_equal(reg(PB_POSTER_FLAGS), PB_POSTER_FL_FRESH);
	assert_int_equal(reg(PB_POSTER_OFFSET_MIN), 10);
	assert_int_equal(reg(PB_POSTER_OFFSET_MAX), 2000);
	assert_int_equal(reg(PB_POSTER_SEED_LO), (uint32_t)seed);
	assert_int_equal(reg(PB_POSTER_SEED_HI), seed >> 32);
	assert_int_equal(reg(PB_POSTER_SLOTS_LO), 0x23400000);
	assert_int_equal(reg(PB_POSTER_SLOTS_HI), 1);
	assert_int_equal(reg(PB_POSTER_RING_LO), 0x23400000 + PB_FUNCTION_RING);
	assert_int_equal(reg(PB_POSTER_RING_HI), 1);
	assert_int_equal(reg(PB_POSTER_RING_CAPACITY), 1024);
	assert_int_equal(reg(PB_POSTER_VECTOR_BASE), PB_VECTOR_BASE);
	src.index = 1;
	assert_int_equal(source_poster.arm(&src), 0);
	assert_int_equal(reg(PB_POSTER_PERIOD_LO), 1000 * (PB_CLOCK_VIRTUAL_KHZ / 1000));
	assert_int_equal(reg(PB_POSTER_VECTOR_BASE), PB_VECTOR_BASE + PB_MAX_VECTORS);
	assert_int_equal(reg(PB_POSTER_SOURCE), 1);
	assert_int_equal(reg(PB_POSTER_VCPU), 1);
	assert_int_equal(reg(PB_POSTER_FLAGS), 0);
	assert_int_equal(source_ring(&src)->capacity, 1024);
	source_poster.close(&src);
}

static void test_poster_states(void **state)
{
	(void)state;
	poster_setup();
	assert_int_equal(source_poster.open(&src), 0);
	set_reg(PB_POSTER_STATUS, PB_POSTER_ST_INVALID);
	assert_int_equal(source_poster.arm(&src), -EINVAL);
	set_reg(PB_POSTER_STATUS, PB_POSTER_ST_ARMED);
	assert_int_equal(source_poster.done(&src), 0);
	set_reg(PB_POSTER_STATUS, PB_POSTER_ST_DONE);
	assert_int_equal(source_poster.done(&src), 1);
	set_reg(PB_POSTER_POSTED, 17);
	assert_int_equal(source_poster.posted(&src), 17);
	set_reg(PB_POSTER_STATUS, 0);
	assert_int_equal(source_poster.done(&src), -EIO);
	set_reg(PB_POSTER_STATUS, UINT32_MAX);
	assert_int_equal(source_poster.done(&src), -EIO);
	vclock.khz = 0;
	assert_int_equal(source_poster.arm(&src), -EINVAL);
	source_poster.close(&src);
	assert_int_equal(reg(PB_POSTER_CTRL), PB_POSTER_CTRL_DISARM);
	source_poster.disarm(&src);
	assert_int_equal(source_poster.posted(&src), 0);
}

static void test_poster_refuses(void **state)
{
	(void)state;
	poster_setup();
	set_reg(PB_POSTER_ID, 0xffffffff);
	assert_int_equal(source_poster.open(&src), -ENODEV);
	set_reg(PB_POSTER_ID, PB_POSTER_ID_VALUE);
	set_reg(PB_POSTER_VERSION, 2);
	assert_int_equal(source_poster.open(&src), -ENODEV);
	fn.bar_size[0] = 4096;
	assert_int_equal(source_poster.open(&src), -ENODEV);
	src.fn = NULL;
	assert_int_equal(source_poster.open(&src), -ENODEV);
	source_poster.disarm(&src);
	source_poster.close(&src);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_null_posts),    T(test_null_periodic),  T(test_null_poisson),
		T(test_null_burst),    T(test_null_seed),      T(test_null_full_ring),
		T(test_null_disarm),   T(test_refusals),       T(test_poster_programs),
		T(test_poster_states), T(test_poster_refuses),
	};

	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
