// SPDX-License-Identifier: LGPL-2.1-or-later
/* Each seeded defect does what it says, and no defect does nothing. */
#include "model/rig.h"

#include <errno.h>

#include "host/lab/model/defect.h"
#include "host/lab/model/truth.h"
#include "shared/plan.h"
#include "shared/poster_regs.h"
#include "model/fake_vtd.h"

#define PID   0x5000u
#define RING  0x20000u
#define COUNT 21u /* three times DEFECT_EVERY */

static struct truth_view view;

/* 21 posts on 21 vectors, to one PID with this control qword. */
static void run(const char *defect, uint64_t control)
{
	uint32_t bar;

	rig_restart(defect);
	bar = BAR0(POSTER0);
	rig_function(POSTER0);
	rig_msix(POSTER0, PB_MAX_VECTORS, 0);
	for (int i = 0; i < PB_MAX_VECTORS; i++) {
		vtd.entry[i].pid = PID;
		vtd.entry[i].vector = 0x40 + i;
	}
	fake_wr64(PID + 32, control);
	fake_mmio_wr32(bar + PB_POSTER_SCHEDULE, PB_SCHED_PERIODIC);
	fake_mmio_wr32(bar + PB_POSTER_COUNT, COUNT);
	fake_mmio_wr32(bar + PB_POSTER_VECTORS, PB_MAX_VECTORS);
	fake_mmio_wr32(bar + PB_POSTER_PERIOD_LO, 1000);
	fake_mmio_wr32(bar + PB_POSTER_FLAGS, PB_POSTER_FL_FRESH);
	fake_mmio_wr32(bar + PB_POSTER_RING_LO, (uint32_t)FAKE_IOVA + RING);
	fake_mmio_wr32(bar + PB_POSTER_RING_CAPACITY, 64);
	fake_mmio_wr32(bar + PB_POSTER_VECTOR_BASE, 0x40);
	truth_start(0);
	fake_mmio_wr32(bar + PB_POSTER_CTRL, PB_POSTER_CTRL_ARM);
	fake_advance(100000);
	assert_int_equal(fake_mmio_rd32(bar + PB_POSTER_POSTED), COUNT);
	assert_int_equal(fake_mmio_rd32(bar + PB_POSTER_LOST), 0);
	view = rig_truth();
	assert_int_equal(view.run->lost, 0);
}

static unsigned int pir_bits(void)
{
	unsigned int n = 0;

	for (int i = 0; i < 4; i++)
		n += __builtin_popcountll(fake_rd64(PID + 8 * i));
	return n;
}

static void none(void **state)
{
	(void)state;
	run("none", 0);
	assert_int_equal(pir_bits(), COUNT);
	assert_int_equal(vtd.nr_sent, COUNT);
	assert_int_equal(fake_rd64(RING + 8), COUNT);
	assert_int_equal(rig_count(&view, PB_TR_POST), COUNT);
	run("", 0);
	assert_int_equal(pir_bits(), COUNT);
}

static void lose_post(void **state)
{
	(void)state;
	run("lose-post", 0);
	assert_int_equal(vtd.nr_sent, COUNT - 3);
	assert_int_equal(pir_bits(), COUNT - 3);
	assert_int_equal(fake_rd64(RING + 8), COUNT); /* it claims to have posted */
}

static void double_post(void **state)
{
	(void)state;
	run("double-post", 0);
	assert_int_equal(vtd.nr_sent, COUNT + 2); /* the last has no post behind it */
	assert_int_equal(vtd.sent[6].data, 6);
	assert_int_equal(vtd.sent[7].data, 6);
	assert_int_equal(vtd.sent[8].data, 7);
	assert_int_equal(rig_count(&view, PB_TR_POST), COUNT);
}

static void wrong_vector(void **state)
{
	(void)state;
	run("wrong-vector", 0);
	assert_int_equal(vtd.sent[6].data, 7);
	assert_int_equal(vtd.sent[5].data, 5);
}

static void lose_record(void **state)
{
	(void)state;
	run("lose-record", 0);
	assert_int_equal(fake_rd64(RING + 8), COUNT - 3);
	assert_int_equal(vtd.nr_sent, COUNT);
}

static void sn_ignored(void **state)
{
	(void)state;
	run("none", 2);
	assert_int_equal(fake.msgs, 0);
	assert_int_equal(rig_event(&view, PB_TR_POST, 0)->flags, PB_EVF_SUPPRESSED);
	run("sn-ignored", 2);
	assert_int_equal(fake.msgs, 1); /* the others find ON set */
	assert_int_equal(fake_rd64(PID + 32) & 3, 3);
	assert_int_equal(rig_event(&view, PB_TR_POST, 0)->flags, PB_EVF_NOTIFIED);
}

static void truth_hole(void **state)
{
	(void)state;
	run("truth-hole", 0);
	assert_int_equal(rig_count(&view, PB_TR_POST), COUNT - 3);
	assert_int_equal(vtd.nr_sent, COUNT);
}

static void truth_lie(void **state)
{
	(void)state;
	run("truth-lie", 2);
	for (unsigned int i = 0; i < COUNT; i++)
		assert_int_equal(rig_event(&view, PB_TR_POST, i)->flags,
				 i % 7 == 6 ? PB_EVF_NOTIFIED : PB_EVF_SUPPRESSED);
}

static void names(void **state)
{
	(void)state;
	fake_init();
	lab = &fake_lab_ops;
	setenv(DEFECT_ENV, "lose-posts", 1);
	assert_int_equal(defect_init(), -EINVAL);
	unsetenv(DEFECT_ENV);
	for (int i = 0; i < DEFECT_KINDS; i++)
		assert_non_null(strstr(fake.log, defect_name(i)));
	assert_null(defect_name(DEFECT_KINDS));
	setenv(DEFECT_ENV, "result-flip", 1);
	assert_int_equal(defect_init(), 0);
	unsetenv(DEFECT_ENV);
	assert_int_equal(defect_on(), DEFECT_RESULT_FLIP);
	assert_int_equal(defect_init(), 0);
	assert_int_equal(defect_on(), DEFECT_NONE);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		T(none),       T(lose_post),  T(double_post), T(wrong_vector), T(lose_record),
		T(sn_ignored), T(truth_hole), T(truth_lie),   T(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
