// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/rig.h"

#include "host/lab/model/defect.h"
#include "host/lab/model/poster_schedule.h"
#include "host/lab/model/truth.h"
#include "shared/plan.h"
#include "shared/poster_regs.h"
#include "model/fake_vtd.h"

#define PID   0x5000u
#define SLOTS 0x10000u
#define RING  0x20000u
#define BASE  0x40 /* guest vector of MSI-X vector 0 */
#define FIRST 100 /* message data of vector 0 */

static uint32_t get(uint32_t reg)
{
	return fake_mmio_rd32(BAR0(POSTER0) + reg);
}

static void set(uint32_t reg, uint32_t v)
{
	fake_mmio_wr32(BAR0(POSTER0) + reg, v);
}

/* All vectors are posted to one PID. Periodic, every 1000 ticks, until changed. */
static void prepare(uint32_t count)
{
	rig_function(POSTER0);
	rig_msix(POSTER0, PB_MAX_VECTORS, FIRST);
	for (int i = 0; i < PB_MAX_VECTORS; i++) {
		vtd.entry[FIRST + i].pid = PID;
		vtd.entry[FIRST + i].vector = BASE + i;
	}
	set(PB_POSTER_SCHEDULE, PB_SCHED_PERIODIC);
	set(PB_POSTER_COUNT, count);
	set(PB_POSTER_VECTORS, PB_MAX_VECTORS);
	set(PB_POSTER_PERIOD_LO, 1000);
	set(PB_POSTER_BURST, 1);
	set(PB_POSTER_FLAGS, PB_POSTER_FL_FRESH);
	set(PB_POSTER_SEED_LO, 42);
	set(PB_POSTER_SLOTS_LO, (uint32_t)FAKE_IOVA + SLOTS);
	set(PB_POSTER_RING_LO, (uint32_t)FAKE_IOVA + RING);
	set(PB_POSTER_RING_CAPACITY, 64);
	set(PB_POSTER_VECTOR_BASE, BASE);
	set(PB_POSTER_SOURCE, 2);
	set(PB_POSTER_VCPU, 5);
	truth_start(0);
}

static void arm(void)
{
	set(PB_POSTER_CTRL, PB_POSTER_CTRL_ARM);
}

static const struct pb_event *record(unsigned int i)
{
	return (const struct pb_event *)fake_ram(RING + 64 + i * 32, 32);
}

static const struct pb_slot *slot(unsigned int vector)
{
	return (const struct pb_slot *)fake_ram(SLOTS + vector * 64, 64);
}

static void registers(void **state)
{
	(void)state;
	rig_function(POSTER0);
	assert_int_equal(fake_config_read(POSTER0, 0, 4),
			 PB_POSTER_DEVICE << 16 | PB_POSTER_VENDOR);
	assert_int_equal(fake_config_read(POSTER1, 0, 4),
			 PB_POSTER_DEVICE << 16 | PB_POSTER_VENDOR);
	assert_int_equal(get(PB_POSTER_ID), PB_POSTER_ID_VALUE);
	assert_int_equal(get(PB_POSTER_VERSION), 1);
	for (uint32_t r = 0; r < 0x100; r += 4) {
		bool rw = (r >= PB_POSTER_SCHEDULE && r <= PB_POSTER_SKIP) ||
			  (r >= PB_POSTER_SEED_LO && r <= PB_POSTER_JITTER_HI);
		uint32_t before = get(r);

		if (r == PB_POSTER_CTRL)
			continue;
		set(r, 0xa5a50000 | r);
		assert_int_equal(get(r), rw ? 0xa5a50000 | r : before);
	}
	assert_int_equal(get(0x8000), 0);
	assert_int_equal(get(PB_POSTER_CTRL), 0);
	set(0x8000, 1);
}

static void single(void **state)
{
	(void)state;
	prepare(1);
	set(PB_POSTER_SCHEDULE, PB_SCHED_SINGLE);
	fake.tsc_offset = 500000;
	arm();
	assert_int_equal(get(PB_POSTER_STATUS), PB_POSTER_ST_ARMED);
	fake_advance(999);
	assert_int_equal(get(PB_POSTER_POSTED), 0);
	fake_advance(1);
	assert_int_equal(get(PB_POSTER_POSTED), 1);
	assert_int_equal(get(PB_POSTER_STATUS), PB_POSTER_ST_DONE);
	assert_int_equal(vtd.sent[0].tick, 2000);
	assert_int_equal(record(0)->tsc, 502000);
	fake_advance(1000000);
	assert_int_equal(vtd.nr_sent, 1);
}

static void single_at_once(void **state)
{
	(void)state;
	prepare(1);
	set(PB_POSTER_SCHEDULE, PB_SCHED_SINGLE);
	set(PB_POSTER_PERIOD_LO, 0);
	arm();
	assert_int_equal(get(PB_POSTER_POSTED), 0);
	fake_advance(1);
	assert_int_equal(get(PB_POSTER_POSTED), 1);
}

/* By the clock, without drift. */
static void periodic(void **state)
{
	(void)state;
	prepare(5);
	arm();
	fake_advance(100000);
	assert_int_equal(vtd.nr_sent, 5);
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(vtd.sent[i].tick, 1000 + 1000 * (i + 1));
	assert_int_equal(get(PB_POSTER_STATUS), PB_POSTER_ST_DONE);
}

static void burst(void **state)
{
	(void)state;
	prepare(10);
	set(PB_POSTER_SCHEDULE, PB_SCHED_BURST);
	set(PB_POSTER_BURST, 4);
	arm();
	fake_advance(100000);
	assert_int_equal(vtd.nr_sent, 10); /* 4, 4 and what is left */
	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(vtd.sent[i].tick, 1000 + 1000 * (i / 4 + 1));
}

static void intervals(uint64_t *out, unsigned int nr, uint32_t seed)
{
	prepare(nr);
	set(PB_POSTER_SCHEDULE, PB_SCHED_POISSON);
	set(PB_POSTER_SEED_LO, seed);
	set(PB_POSTER_RING_LO, 0);
	vtd.nr_sent = 0;
	fake.msgs = 0;
	uint64_t last = fake.tick;
	arm();
	while (get(PB_POSTER_STATUS) & PB_POSTER_ST_ARMED)
		fake_advance_to_timer();
	for (unsigned int i = 0; i < nr; i++) {
		out[i] = vtd.sent[i].tick - last;
		last = vtd.sent[i].tick;
	}
}

/*
 * Mean and standard deviation 1000, a share of 1/e above the mean: 4000 draws
 * give 16 each way at one sigma; fixed seed, so it passes or not.
 */
static void poisson(void **state)
{
	static uint64_t a[4000], b[4000];
	uint64_t sum = 0;
	unsigned int above = 0;

	(void)state;
	intervals(a, 4000, 7);
	for (int i = 0; i < 4000; i++) {
		sum += a[i];
		above += a[i] > 1000;
	}
	assert_in_range(sum / 4000, 950, 1050);
	assert_in_range(above, 1472 - 90, 1472 + 90);
	intervals(b, 4000, 7);
	assert_memory_equal(a, b, sizeof(a));
	intervals(b, 4000, 8);
	assert_memory_not_equal(a, b, sizeof(a));
}

static void vectors_in_order(void **state)
{
	(void)state;
	prepare(7);
	set(PB_POSTER_VECTORS, 3);
	arm();
	fake_advance(10000);
	for (unsigned int i = 0; i < 7; i++) {
		assert_int_equal(vtd.sent[i].data, FIRST + i % 3);
		assert_int_equal(record(i)->vector, BASE + i % 3);
	}
}

static void vectors_drawn(void **state)
{
	unsigned int hit[8] = {0};
	uint32_t first[400];

	(void)state;
	prepare(400);
	set(PB_POSTER_FLAGS, 0);
	set(PB_POSTER_VECTORS, 8);
	arm();
	fake_advance(1000000);
	for (unsigned int i = 0; i < 400; i++) {
		assert_in_range(vtd.sent[i].data, FIRST, FIRST + 7);
		hit[vtd.sent[i].data - FIRST]++;
		first[i] = vtd.sent[i].data;
	}
	for (int i = 0; i < 8; i++)
		assert_in_range(hit[i], 25, 75);
	/* The same again with the same seed, whatever the schedule. */
	set(PB_POSTER_SCHEDULE, PB_SCHED_BURST);
	set(PB_POSTER_BURST, 400);
	vtd.nr_sent = 0;
	arm();
	fake_advance(1000);
	for (unsigned int i = 0; i < 400; i++)
		assert_int_equal(vtd.sent[i].data, first[i]);
	set(PB_POSTER_SCHEDULE, PB_SCHED_POISSON); /* draws intervals as well */
	vtd.nr_sent = 0;
	arm();
	fake_advance(10000000);
	for (unsigned int i = 0; i < 400; i++)
		assert_int_equal(vtd.sent[i].data, first[i]);
}

/* Everything that a post leaves behind, and in which order. */
static uint64_t wrote[8];
static unsigned int nr_wrote;

static void on_write(uint64_t pa, size_t len)
{
	(void)len;
	if (nr_wrote < 8)
		wrote[nr_wrote++] = pa;
}

static void one_post(void **state)
{
	struct truth_view v;
	const struct pb_event *e;

	(void)state;
	prepare(1);
	fake_wr64(PID + 32, 0x00000300f20000ull); /* NV f2, NDST 3 */
	arm();
	nr_wrote = 0;
	fake.on_mem_write = on_write;
	fake_advance(1000);
	fake.on_mem_write = NULL;
	assert_int_equal(wrote[0], RING + 64); /* the record, */
	assert_int_equal(wrote[1], RING + 8); /* that it is there, */
	assert_int_equal(wrote[2], SLOTS); /* the slot, */
	assert_int_equal(wrote[3], PID + 8); /* and only then the post */
	assert_int_equal(vtd.dma_sid, POSTER0);
	assert_int_equal(vtd.sent[0].sid, POSTER0);
	assert_int_equal(vtd.sent[0].data, FIRST);

	assert_int_equal(record(0)->kind, PB_EV_POST);
	assert_int_equal(record(0)->tsc, 2000);
	assert_int_equal(record(0)->seq, 1);
	assert_int_equal(record(0)->vcpu, 5);
	assert_int_equal(record(0)->cpu, PB_CPU_NONE);
	assert_int_equal(record(0)->vector, BASE);
	assert_int_equal(record(0)->source, 2);
	assert_int_equal(fake_rd64(RING + 8), 1);
	assert_int_equal(slot(0)->tsc, 2000);
	assert_int_equal(slot(0)->seq, 1);
	assert_int_equal(slot(0)->count, 1);

	v = rig_truth();
	e = rig_event(&v, PB_TR_POST, 0);
	assert_non_null(e);
	assert_int_equal(e->tsc, 2000);
	assert_int_equal(e->seq, 1);
	assert_int_equal(e->source, 2);
	assert_int_equal(e->vector, BASE);
	assert_int_equal(e->flags, PB_EVF_NOTIFIED);
	assert_int_equal(e->vcpu, 0);
	assert_int_equal(e->cpu, PB_CPU_NONE);
	e = rig_event(&v, PB_TR_PID, 0);
	assert_non_null(e);
	assert_int_equal(e->flags, PB_EVF_BY_IOMMU | PB_EVF_PIR_NONEMPTY);
	assert_int_equal(e->arg & 3, 1);
}

static void slot_counts(void **state)
{
	(void)state;
	prepare(5);
	set(PB_POSTER_VECTORS, 2);
	arm();
	fake_advance(10000);
	assert_int_equal(slot(0)->count, 3);
	assert_int_equal(slot(0)->seq, 5);
	assert_int_equal(slot(1)->count, 2);
	assert_int_equal(slot(1)->seq, 4);
	assert_int_equal(slot(2)->count, 0);
}

static void no_areas(void **state)
{
	(void)state;
	prepare(3);
	set(PB_POSTER_RING_LO, 0);
	set(PB_POSTER_RING_CAPACITY, 0);
	set(PB_POSTER_SLOTS_LO, 0);
	arm();
	fake_advance(10000);
	assert_int_equal(get(PB_POSTER_POSTED), 3);
	assert_int_equal(get(PB_POSTER_DMA_FAULTS), 0);
	assert_int_equal(fake_rd64(RING + 8), 0);
	assert_int_equal(slot(0)->seq, 0);
}

/* The oldest are kept, the others counted, here and in the ring; posting goes on. */
static void ring_full(void **state)
{
	(void)state;
	prepare(6);
	set(PB_POSTER_RING_CAPACITY, 4);
	arm();
	fake_advance(10000);
	assert_int_equal(get(PB_POSTER_POSTED), 6);
	assert_int_equal(get(PB_POSTER_LOST), 2);
	assert_int_equal(fake_rd64(RING + 8), 4);
	assert_int_equal(fake_rd64(RING + 16), 2);
	assert_int_equal(record(3)->seq, 4);
	assert_int_equal(record(4)->seq, 0);
	assert_int_equal(slot(5)->seq, 6);
}

static void dma_refused(void **state)
{
	(void)state;
	prepare(2);
	vtd.refuse_dma = true;
	arm();
	fake_advance(10000);
	assert_int_equal(get(PB_POSTER_POSTED), 2);
	assert_int_equal(get(PB_POSTER_DMA_FAULTS), 4); /* record and slot, each */
	assert_int_equal(get(PB_POSTER_LOST), 0);
	assert_int_equal(vtd.nr_sent, 2);
}

/* The message of a masked vector goes out later, with the newest number on it. */
static void masked(void **state)
{
	struct truth_view v;

	(void)state;
	prepare(2);
	set(PB_POSTER_VECTORS, 1);
	fake_mmio_wr32(BAR2(POSTER0) + 12, 1);
	arm();
	fake_advance(10000);
	assert_int_equal(get(PB_POSTER_POSTED), 2);
	assert_int_equal(vtd.nr_sent, 0);
	fake_mmio_wr32(BAR2(POSTER0) + 12, 0);
	assert_int_equal(vtd.nr_sent, 1);
	v = rig_truth();
	assert_int_equal(rig_count(&v, PB_TR_POST), 3);
	assert_int_equal(rig_event(&v, PB_TR_POST, 0)->flags, PB_EVF_MASKED);
	assert_int_equal(rig_event(&v, PB_TR_POST, 0)->seq, 1);
	assert_int_equal(rig_event(&v, PB_TR_POST, 1)->flags, PB_EVF_MASKED);
	assert_int_equal(rig_event(&v, PB_TR_POST, 1)->vector, BASE);
	assert_int_equal(rig_event(&v, PB_TR_POST, 2)->flags, PB_EVF_NOTIFIED);
	assert_int_equal(rig_event(&v, PB_TR_POST, 2)->seq, 2);
}

static void outcomes(void **state)
{
	static const uint16_t want[] = {PB_EVF_NOTIFIED, PB_EVF_OUTSTANDING,
					PB_EVF_SUPPRESSED | PB_EVF_COALESCED, PB_EVF_REMAPPED,
					PB_EVF_BLOCKED};
	struct truth_view v;

	(void)state;
	prepare(5);
	arm();
	fake_advance(2000);
	vtd.entry[FIRST + 2].vector = BASE; /* its bit is set by now */
	fake_wr64(PID + 32, 2); /* ON clear, SN set */
	fake_advance(1000);
	vtd.entry[FIRST + 3].pid = 0;
	vtd.entry[FIRST + 3].vector = 0x21;
	vtd.entry[FIRST + 4].blocked = true;
	fake_advance(2000);
	v = rig_truth();
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(rig_event(&v, PB_TR_POST, i)->flags, want[i]);
	assert_int_equal(rig_event(&v, PB_TR_POST, 3)->vector, BASE + 3);
	assert_int_equal(rig_event(&v, PB_TR_POST, 3)->vcpu, PB_VCPU_NONE);
	assert_int_equal(rig_event(&v, PB_TR_POST, 4)->arg, 0x22);
}

static void disarm(void **state)
{
	(void)state;
	prepare(100);
	arm();
	fake_advance(3000);
	set(PB_POSTER_CTRL, PB_POSTER_CTRL_DISARM);
	assert_int_equal(get(PB_POSTER_STATUS), 0);
	fake_advance(100000);
	assert_int_equal(get(PB_POSTER_POSTED), 3);
	assert_int_equal(vtd.nr_sent, 3);
	/* Armed again it begins anew, with what the registers say now. */
	set(PB_POSTER_COUNT, 2);
	arm();
	set(PB_POSTER_COUNT, 50); /* too late */
	fake_advance(100000);
	assert_int_equal(get(PB_POSTER_POSTED), 2);
	assert_int_equal(fake_rd64(RING + 8), 2);
	assert_int_equal(record(0)->tsc, 105000);
}

/* What was due of the old schedule does not come in the new one. */
static void disarm_for_another(void **state)
{
	(void)state;
	prepare(100);
	arm();
	set(PB_POSTER_CTRL, PB_POSTER_CTRL_DISARM);
	set(PB_POSTER_SCHEDULE, PB_SCHED_AIMED);
	set(PB_POSTER_AIM, PB_AIM_EXIT);
	arm();
	fake_advance(100000);
	assert_int_equal(get(PB_POSTER_POSTED), 0);
}

static void reset(void **state)
{
	(void)state;
	prepare(100);
	arm();
	fake_advance(3000);
	rig_flr(POSTER0);
	fake_advance(100000);
	assert_int_equal(vtd.nr_sent, 3);
	rig_function(POSTER0);
	for (uint32_t r = PB_POSTER_CTRL; r < 0x100; r += 4)
		assert_int_equal(get(r), 0);
}

static void machine_reset(void **state)
{
	(void)state;
	prepare(100);
	arm();
	lab_reset();
	fake_advance(100000);
	assert_int_equal(vtd.nr_sent, 0);
	assert_false(fake_mmio_mapped(BAR0(POSTER0)));
}

/* Each out of its range by one: refused, and nothing is armed. */
static void refused(void **state)
{
	static const struct {
		uint32_t schedule, reg, value;
	} bad[] = {
		{PB_SCHED_PERIODIC, PB_POSTER_SCHEDULE, PB_SCHED_KINDS},
		{PB_SCHED_PERIODIC, PB_POSTER_COUNT, 0},
		{PB_SCHED_PERIODIC, PB_POSTER_COUNT, PB_RUN_MAX_EVENTS + 1},
		{PB_SCHED_SINGLE, PB_POSTER_COUNT, 2},
		{PB_SCHED_PERIODIC, PB_POSTER_VECTORS, 0},
		{PB_SCHED_PERIODIC, PB_POSTER_VECTORS, PB_MAX_VECTORS + 1},
		{PB_SCHED_PERIODIC, PB_POSTER_PERIOD_LO, 0},
		{PB_SCHED_POISSON, PB_POSTER_PERIOD_LO, 0},
		{PB_SCHED_BURST, PB_POSTER_PERIOD_LO, 0},
		{PB_SCHED_PERIODIC, PB_POSTER_PERIOD_HI, 0x01000000},
		{PB_SCHED_BURST, PB_POSTER_BURST, 0},
		{PB_SCHED_AIMED, PB_POSTER_AIM, PB_AIM_NONE},
		{PB_SCHED_AIMED, PB_POSTER_AIM, PB_AIM_KINDS},
		{PB_SCHED_AIMED, PB_POSTER_OFFSET_MIN, 1},
		{PB_SCHED_PERIODIC, PB_POSTER_SLOTS_LO, 0x40000020},
		{PB_SCHED_PERIODIC, PB_POSTER_RING_LO, 0x40000020},
		{PB_SCHED_PERIODIC, PB_POSTER_RING_CAPACITY, 0},
		{PB_SCHED_PERIODIC, PB_POSTER_RING_CAPACITY, PB_RUN_MAX_EVENTS + 1},
		{PB_SCHED_PERIODIC, PB_POSTER_VECTOR_BASE, 256 - 63},
		{PB_SCHED_PERIODIC, PB_POSTER_SOURCE, 256},
		{PB_SCHED_PERIODIC, PB_POSTER_VCPU, 0x10000},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		prepare(1);
		set(PB_POSTER_SCHEDULE, bad[i].schedule);
		set(PB_POSTER_AIM, PB_AIM_SN_SET);
		set(PB_POSTER_OFFSET_MIN, 0);
		set(PB_POSTER_PERIOD_HI, 0);
		arm();
		assert_int_equal(get(PB_POSTER_STATUS), PB_POSTER_ST_ARMED);
		set(bad[i].reg, bad[i].value);
		arm();
		if (get(PB_POSTER_STATUS) != PB_POSTER_ST_INVALID)
			fail_msg("register %#x = %#x was taken", bad[i].reg, bad[i].value);
		fake_advance(5000);
		assert_int_equal(vtd.nr_sent, 0);
	}
	/* DMA areas that end behind the last address */
	prepare(1);
	set(PB_POSTER_RING_LO, 0xffffffc0);
	set(PB_POSTER_RING_HI, 0xffffffff);
	arm();
	assert_int_equal(get(PB_POSTER_STATUS), PB_POSTER_ST_INVALID);
	set(PB_POSTER_RING_LO, 0);
	set(PB_POSTER_RING_HI, 0);
	arm();
	assert_int_equal(get(PB_POSTER_STATUS), PB_POSTER_ST_ARMED);
}

static void two_posters(void **state)
{
	(void)state;
	prepare(3);
	arm();
	rig_function(POSTER1);
	rig_msix(POSTER1, 1, 10);
	fake_mmio_wr32(BAR0(POSTER1) + PB_POSTER_SCHEDULE, PB_SCHED_SINGLE);
	fake_mmio_wr32(BAR0(POSTER1) + PB_POSTER_COUNT, 1);
	fake_mmio_wr32(BAR0(POSTER1) + PB_POSTER_VECTORS, 1);
	fake_mmio_wr32(BAR0(POSTER1) + PB_POSTER_PERIOD_LO, 1500);
	fake_mmio_wr32(BAR0(POSTER1) + PB_POSTER_CTRL, PB_POSTER_CTRL_ARM);
	fake_advance(10000);
	assert_int_equal(vtd.nr_sent, 4);
	assert_int_equal(vtd.sent[1].sid, POSTER1);
	assert_int_equal(vtd.sent[1].data, 10);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		T(registers),
		T(single),
		T(single_at_once),
		T(periodic),
		T(burst),
		T(poisson),
		T(vectors_in_order),
		T(vectors_drawn),
		T(one_post),
		T(slot_counts),
		T(no_areas),
		T(ring_full),
		T(dma_refused),
		T(masked),
		T(outcomes),
		T(disarm),
		T(disarm_for_another),
		T(reset),
		T(machine_reset),
		T(refused),
		T(two_posters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
