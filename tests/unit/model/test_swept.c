// SPDX-License-Identifier: LGPL-2.1-or-later
/* The poster's posts on demand, its jitter, and posts that are no source's. */
#include "model/rig.h"

#include <errno.h>

#include "host/lab/model/poster.h"
#include "host/lab/model/record.h"
#include "host/lab/model/swept.h"
#include "host/lab/model/truth.h"
#include "shared/plan.h"
#include "shared/poster_regs.h"
#include "model/fake_vtd.h"

#define PID   0x5000u
#define FIRST 100 /* message data of vector 0 */

static void set(unsigned int devfn, uint32_t reg, uint32_t v)
{
	fake_mmio_wr32(BAR0(devfn) + reg, v);
}

static uint32_t get(unsigned int devfn, uint32_t reg)
{
	return fake_mmio_rd32(BAR0(devfn) + reg);
}

static void prepare(unsigned int devfn, enum pb_schedule schedule, uint32_t count, uint32_t source)
{
	rig_function(devfn);
	rig_msix(devfn, 4, FIRST);
	for (int i = 0; i < 4; i++) {
		vtd.entry[FIRST + i].pid = PID;
		vtd.entry[FIRST + i].vector = 0x40 + i;
	}
	set(devfn, PB_POSTER_SCHEDULE, schedule);
	set(devfn, PB_POSTER_COUNT, count);
	set(devfn, PB_POSTER_VECTORS, 4);
	set(devfn, PB_POSTER_FLAGS, PB_POSTER_FL_FRESH);
	set(devfn, PB_POSTER_SOURCE, source);
	truth_start(0);
}

static void arm(unsigned int devfn)
{
	set(devfn, PB_POSTER_CTRL, PB_POSTER_CTRL_ARM);
}

/* TR_POSTs in the truth so far. */
static unsigned int told(void)
{
	size_t size;
	const struct pb_run *run = truth_finish(0, &size);
	const struct pb_event *ev = (const struct pb_event *)(run + 1);
	unsigned int n = 0;

	for (uint64_t i = 0; i < run->nr_events; i++)
		n += ev[i].kind == PB_TR_POST;
	return n;
}

/* At the instant at which it is asked, and at no other. */
static void swept(void **state)
{
	uint64_t before = record_total();

	(void)state;
	prepare(POSTER0, PB_SCHED_SWEPT, 1, 2);
	assert_int_equal(swept_post(PB_SWEEP_POST, 2), -ENOENT);
	arm(POSTER0);
	assert_int_equal(get(POSTER0, PB_POSTER_STATUS), PB_POSTER_ST_ARMED);
	assert_true(swept_armed(PB_SWEEP_POST, 2));
	assert_int_equal(swept_pid(PB_SWEEP_POST, 2), PID);
	fake_advance(1000000);
	assert_int_equal(vtd.nr_sent, 0);
	/* Another's. */
	assert_int_equal(swept_post(PB_SWEEP_POST, 0), -ENOENT);
	assert_int_equal(swept_post(PB_SWEEP_KICK, 2), -ENOENT);
	assert_int_equal(swept_post(PB_SWEEP_POST, 2), 0);
	assert_int_equal(vtd.nr_sent, 1);
	assert_int_equal(vtd.sent[0].data, FIRST);
	assert_int_equal(get(POSTER0, PB_POSTER_STATUS), PB_POSTER_ST_DONE);
	assert_int_equal(record_total() - before, 1);
	assert_int_equal(told(), 1);
	/* It was the only one. */
	assert_false(swept_armed(PB_SWEEP_POST, 2));
	assert_int_equal(swept_pid(PB_SWEEP_POST, 2), 0);
	assert_int_equal(swept_post(PB_SWEEP_POST, 2), -ENOENT);
	assert_int_equal(vtd.nr_sent, 1);
}

static void swept_disarmed(void **state)
{
	(void)state;
	prepare(POSTER0, PB_SCHED_SWEPT, 1, 0);
	arm(POSTER0);
	set(POSTER0, PB_POSTER_CTRL, PB_POSTER_CTRL_DISARM);
	assert_false(swept_armed(PB_SWEEP_POST, 0));
	assert_int_equal(swept_post(PB_SWEEP_POST, 0), -ENOENT);
	/* One that keeps its own time is not to be asked. */
	set(POSTER0, PB_POSTER_SCHEDULE, PB_SCHED_PERIODIC);
	set(POSTER0, PB_POSTER_PERIOD_LO, 1000);
	arm(POSTER0);
	assert_int_equal(swept_post(PB_SWEEP_POST, 0), -ENOENT);
	assert_int_equal(vtd.nr_sent, 0);
}

/* Source 1 and squeezer 1 are two; a kick is neither told nor counted. */
static void kick(void **state)
{
	uint64_t before = record_total();

	(void)state;
	prepare(POSTER0, PB_SCHED_SWEPT, 1, 1);
	prepare(POSTER1, PB_SCHED_SWEPT, 3, 1);
	set(POSTER1, PB_POSTER_FLAGS, PB_POSTER_FL_KICK);
	arm(POSTER0);
	arm(POSTER1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(swept_post(PB_SWEEP_KICK, 1), 0);
	assert_int_equal(swept_post(PB_SWEEP_KICK, 1), -ENOENT);
	assert_int_equal(vtd.nr_sent, 3);
	assert_int_equal(vtd.sent[0].sid, POSTER1);
	assert_int_equal(get(POSTER1, PB_POSTER_POSTED), 3);
	assert_int_equal(record_total(), before);
	assert_int_equal(swept_post(PB_SWEEP_POST, 1), 0);
	assert_int_equal(vtd.sent[3].sid, POSTER0);
	assert_int_equal(record_total() - before, 1);
	assert_int_equal(told(), 1);
}

/* Each in its own period, late by up to the jitter, and not all by the same. */
static void jitter(void **state)
{
	uint64_t min = UINT64_MAX, max = 0;

	(void)state;
	prepare(POSTER0, PB_SCHED_PERIODIC, 50, 0);
	set(POSTER0, PB_POSTER_PERIOD_LO, 1000);
	set(POSTER0, PB_POSTER_JITTER_LO, 200);
	arm(POSTER0);
	fake_advance(100000);
	assert_int_equal(vtd.nr_sent, 50);
	for (unsigned int i = 0; i < 50; i++) {
		uint64_t late = vtd.sent[i].tick - vtd.sent[0].tick / 1000 * 1000 - 1000ull * i;

		assert_in_range(late, 0, 200);
		min = late < min ? late : min;
		max = late > max ? late : max;
	}
	assert_true(min < 40 && max > 160);
}

static void jitter_refused(void **state)
{
	static const struct {
		uint32_t schedule, jitter, high;
		bool valid;
	} c[] = {
		{PB_SCHED_PERIODIC, 1000, 0, true}, {PB_SCHED_PERIODIC, 1001, 0, false},
		{PB_SCHED_PERIODIC, 0, 1, false},   {PB_SCHED_POISSON, 1, 0, false},
		{PB_SCHED_BURST, 1, 0, false},      {PB_SCHED_SINGLE, 1, 0, false},
		{PB_SCHED_SWEPT, 1, 0, false},      {PB_SCHED_SWEPT, 0, 0, true},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		prepare(POSTER0, c[i].schedule, 1, 0);
		set(POSTER0, PB_POSTER_BURST, 1);
		set(POSTER0, PB_POSTER_PERIOD_LO, 1000);
		set(POSTER0, PB_POSTER_JITTER_LO, c[i].jitter);
		set(POSTER0, PB_POSTER_JITTER_HI, c[i].high);
		arm(POSTER0);
		assert_int_equal(get(POSTER0, PB_POSTER_STATUS),
				 c[i].valid ? PB_POSTER_ST_ARMED : PB_POSTER_ST_INVALID);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		T(swept), T(swept_disarmed), T(kick), T(jitter), T(jitter_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
