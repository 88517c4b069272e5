// SPDX-License-Identifier: LGPL-2.1-or-later
/* docs/devices.md, "Aimed posts", sentence by sentence. */
#include "model/rig.h"

#include "host/lab/model/aim.h"
#include "host/lab/model/step.h"
#include "host/lab/model/truth.h"
#include "shared/plan.h"
#include "shared/poster_regs.h"
#include "model/fake_vtd.h"

#define PID   0x5040u
#define OTHER 0x5080u /* on the same page */

static uint32_t bar(unsigned int devfn, uint32_t reg)
{
	return BAR0(devfn) + reg;
}

static void set(uint32_t reg, uint32_t v)
{
	fake_mmio_wr32(bar(POSTER0, reg), v);
}

static uint32_t posted(void)
{
	return fake_mmio_rd32(bar(POSTER0, PB_POSTER_POSTED));
}

static void arm_function(unsigned int devfn, uint32_t aim, uint32_t count, uint32_t min,
			 uint32_t max, uint32_t skip)
{
	fake_mmio_wr32(bar(devfn, PB_POSTER_SCHEDULE), PB_SCHED_AIMED);
	fake_mmio_wr32(bar(devfn, PB_POSTER_AIM), aim);
	fake_mmio_wr32(bar(devfn, PB_POSTER_COUNT), count);
	fake_mmio_wr32(bar(devfn, PB_POSTER_VECTORS), 4);
	fake_mmio_wr32(bar(devfn, PB_POSTER_FLAGS), PB_POSTER_FL_FRESH);
	fake_mmio_wr32(bar(devfn, PB_POSTER_OFFSET_MIN), min);
	fake_mmio_wr32(bar(devfn, PB_POSTER_OFFSET_MAX), max);
	fake_mmio_wr32(bar(devfn, PB_POSTER_SKIP), skip);
	fake_mmio_wr32(bar(devfn, PB_POSTER_VECTOR_BASE), 0x40);
	fake_mmio_wr32(bar(devfn, PB_POSTER_SOURCE), devfn == POSTER1);
	fake_mmio_wr32(bar(devfn, PB_POSTER_CTRL), PB_POSTER_CTRL_ARM);
}

static void aim(uint32_t kind, uint32_t count, uint32_t offset)
{
	arm_function(POSTER0, kind, count, offset, offset, 0);
}

static int setup(void **state)
{
	rig_setup(state);
	for (unsigned int devfn = POSTER0; devfn <= POSTER1; devfn += 8) {
		rig_function(devfn);
		rig_msix(devfn, 4, 0);
	}
	for (int i = 0; i < 4; i++) {
		vtd.entry[i].pid = PID;
		vtd.entry[i].vector = 0x40 + i;
	}
	truth_start(0);
	return 0;
}

/* A CPU writes the control qword of a PID. */
static void control(unsigned int cpu, uint64_t pa, bool sn, uint8_t nv, uint32_t ndst)
{
	uint64_t c =
		(uint64_t)ndst << 32 | (uint64_t)nv << 16 | (sn ? 2 : 0) | (fake_rd64(pa + 32) & 1);

	fake_cpu_store(cpu, pa + 32, &c, 8);
}

static void sn(unsigned int cpu, bool on)
{
	control(cpu, PID, on, 0, 0);
}

/* How many instructions this CPU executes until the next post; -1: none in 1000. */
static int until_post(unsigned int cpu)
{
	uint32_t before = posted();

	for (int n = 0; n < 1000; n++) {
		uint64_t at = fake.icount[cpu];

		fake_cpu_run(cpu, 1);
		if (posted() != before) {
			assert_int_equal(fake.icount[cpu], at + 1);
			return n;
		}
	}
	return -1;
}

/* Offset n: after n instructions, before the next. */
static void exact(void **state)
{
	static const uint32_t offsets[] = {0, 1, 2, 31, 500};

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		aim(PB_AIM_SN_SET, 1, offsets[i]);
		fake_cpu_run(0, 100);
		assert_int_equal(posted(), 0);
		sn(0, true);
		assert_int_equal(posted(), 0);
		fake_cpu_run(1, 1000); /* another CPU's do not count */
		assert_int_equal(posted(), 0);
		assert_int_equal(until_post(0), offsets[i]);
		assert_false(fake.stepping[0]);
		sn(0, false);
	}
}

/*
 * The emulator may count the instruction in which the trigger happened before
 * or after the hook: the offset is the same.
 */
static void storing_instruction(void **state)
{
	(void)state;
	aim(PB_AIM_SN_SET, 1, 5);
	sn(0, true);
	fake.icount[0]++;
	assert_int_equal(until_post(0), 5);
}

static void while_sn(void **state)
{
	struct truth_view v;

	(void)state;
	aim(PB_AIM_SN_SET, 4, 0);
	for (unsigned int i = 1; i <= 4; i++) {
		sn(0, true);
		fake_cpu_run(0, 1);
		assert_int_equal(posted(), i);
		sn(0, true); /* no transition */
		fake_cpu_run(0, 10);
		assert_int_equal(posted(), i);
		sn(1, false);
	}
	assert_int_equal(fake_mmio_rd32(bar(POSTER0, PB_POSTER_STATUS)), PB_POSTER_ST_DONE);
	v = rig_truth();
	for (unsigned int i = 0; i < 4; i++) {
		const struct pb_event *a = rig_event(&v, PB_TR_AIM, i);
		const struct pb_event *p = rig_event(&v, PB_TR_POST, i);

		assert_true(a < p);
		assert_int_equal(a->seq, i + 1);
		assert_int_equal(a->arg, PB_AIM_SN_SET);
		assert_int_equal(a->cpu, 0);
		assert_int_equal(a->vcpu, 0);
		assert_int_equal(p->flags, PB_EVF_SUPPRESSED);
		assert_int_equal(p->vector, 0x40 + i);
	}
	assert_null(rig_event(&v, PB_TR_AIM, 4));
}

/* SN cleared before the count ends: given up; the next occurrence is taken. */
static void abandoned(void **state)
{
	(void)state;
	aim(PB_AIM_SN_SET, 1, 50);
	sn(0, true);
	fake_cpu_run(0, 50);
	assert_true(fake.stepping[0]);
	sn(1, false);
	assert_false(fake.stepping[0]);
	fake_cpu_run(0, 100);
	fake_advance(100000);
	assert_int_equal(posted(), 0);
	assert_int_equal(fake_mmio_rd32(bar(POSTER0, PB_POSTER_ABANDONED)), 1);
	sn(1, true);
	assert_int_equal(until_post(1), 50);
	assert_int_equal(fake_mmio_rd32(bar(POSTER0, PB_POSTER_ABANDONED)), 1);
}

static void sn_cleared(void **state)
{
	(void)state;
	aim(PB_AIM_SN_CLEARED, 1, 3);
	sn(0, true);
	fake_cpu_run(0, 10);
	assert_int_equal(posted(), 0);
	sn(1, false);
	fake_cpu_run(0, 10);
	sn(0, true);
	sn(0, false); /* gives up what waits for SN set, nothing else */
	assert_int_equal(until_post(1), 3);
}

static void ndst(void **state)
{
	(void)state;
	aim(PB_AIM_NDST, 1, 0);
	control(0, PID, false, 0xf2, 0);
	assert_int_equal(until_post(0), -1);
	control(0, PID, false, 0xf2, 1);
	assert_int_equal(until_post(0), 0);
}

static void nv(void **state)
{
	(void)state;
	aim(PB_AIM_NV, 1, 0);
	control(0, PID, true, 0, 3);
	assert_int_equal(until_post(0), -1);
	control(0, PID, true, 0xf1, 3);
	assert_int_equal(until_post(0), 0);
}

/* NDST and NV live in 12 bytes of one qword: a store to some of them is seen too. */
static void narrow_store(void **state)
{
	uint8_t vector = 0xf1;

	(void)state;
	aim(PB_AIM_NV, 1, 0);
	fake_cpu_store(1, PID + 34, &vector, 1);
	assert_int_equal(until_post(1), 0);
}

static void entry_exit(void **state)
{
	(void)state;
	aim(PB_AIM_ENTRY, 1, 2);
	lab_hook_vmexit(0, PID, 1);
	lab_hook_vmentry(0, OTHER);
	assert_int_equal(until_post(0), -1);
	lab_hook_vmentry(0, PID);
	assert_int_equal(until_post(0), 2);
	aim(PB_AIM_EXIT, 1, 2);
	lab_hook_vmentry(1, PID);
	assert_int_equal(until_post(1), -1);
	lab_hook_vmexit(1, PID, 1);
	assert_int_equal(until_post(1), 2);
}

static void halt(void **state)
{
	(void)state;
	aim(PB_AIM_HALT, 1, 7);
	lab_hook_vmexit(0, PID, 1);
	lab_hook_vmexit(0, PID, 48);
	assert_int_equal(until_post(0), -1);
	lab_hook_vmexit(0, PID, 12);
	assert_int_equal(until_post(0), 7);
}

/* Occurrences that are passed over, before each post. */
static void passed_over(void **state)
{
	(void)state;
	arm_function(POSTER0, PB_AIM_SN_SET, 2, 0, 0, 2);
	for (unsigned int i = 1; i <= 6; i++) {
		sn(0, true);
		fake_cpu_run(0, 1);
		sn(0, false);
		assert_int_equal(posted(), i / 3);
	}
}

/* While a count runs, further occurrences are nothing. */
static void one_at_a_time(void **state)
{
	(void)state;
	aim(PB_AIM_EXIT, 2, 20);
	lab_hook_vmexit(0, PID, 1);
	fake_cpu_run(0, 10);
	lab_hook_vmexit(1, PID, 1);
	assert_int_equal(until_post(0), 10);
	assert_int_equal(until_post(1), -1);
	assert_int_equal(posted(), 1);
}

/* The CPU halts: from then on ticks count, not before AIM_LOOK_TICKS without any instruction. */
static void halted(void **state)
{
	uint64_t start;

	(void)state;
	aim(PB_AIM_HALT, 1, 1000);
	start = fake.tick;
	lab_hook_vmexit(0, PID, 12);
	fake_cpu_run(0, 101); /* 100 counted when the last begins */
	fake_advance(AIM_LOOK_TICKS); /* a look: it had run */
	fake_advance(898); /* 101 of the instructions, so 899 ticks are missing */
	assert_int_equal(posted(), 0);
	fake_advance(1);
	assert_int_equal(posted(), 1);
	assert_int_equal(fake.tick, start + AIM_LOOK_TICKS + 899);
	assert_int_equal(fake_mmio_rd32(bar(POSTER0, PB_POSTER_STALLED)), 1);
	assert_false(fake.stepping[0]);
}

/* It never came to its next instruction at all. */
static void halted_at_once(void **state)
{
	(void)state;
	aim(PB_AIM_HALT, 1, 0);
	lab_hook_vmexit(0, PID, 12);
	fake_advance(AIM_LOOK_TICKS - 1);
	assert_int_equal(posted(), 0);
	fake_advance(1);
	assert_int_equal(posted(), 1);
}

/* It runs on after a halt: what was counted in ticks stays counted. */
static void halted_for_a_while(void **state)
{
	(void)state;
	aim(PB_AIM_HALT, 1, 1000);
	lab_hook_vmexit(0, PID, 12);
	fake_cpu_run(0, 1);
	fake_advance(AIM_LOOK_TICKS); /* a look: it had come to its first instruction */
	fake_advance(AIM_LOOK_TICKS); /* halted: 256 ticks, and the one instruction */
	assert_int_equal(until_post(0), 1000 - AIM_LOOK_TICKS - 1);
	assert_int_equal(fake_mmio_rd32(bar(POSTER0, PB_POSTER_STALLED)), 0);
	fake_advance(100000);
	assert_int_equal(posted(), 1);
}

/* A slow CPU is not a halted one. */
static void slow(void **state)
{
	(void)state;
	aim(PB_AIM_EXIT, 1, 100);
	lab_hook_vmexit(0, PID, 1);
	for (int i = 0; i < 100; i++) {
		fake_cpu_run(0, 1);
		fake_advance(AIM_LOOK_TICKS - 1);
		assert_int_equal(posted(), 0);
	}
	assert_int_equal(until_post(0), 0);
	assert_int_equal(fake_mmio_rd32(bar(POSTER0, PB_POSTER_STALLED)), 0);
}

static void offsets_drawn(void **state)
{
	unsigned int seen[4] = {0};
	int first[40], n;

	(void)state;
	for (int round = 0; round < 2; round++) {
		set(PB_POSTER_SEED_LO, 99);
		arm_function(POSTER0, PB_AIM_EXIT, 40, 10, 13, 0);
		for (int i = 0; i < 40; i++) {
			lab_hook_vmexit(0, PID, 1);
			n = until_post(0);
			assert_in_range(n, 10, 13);
			seen[n - 10]++;
			if (round)
				assert_int_equal(n, first[i]); /* the seed's */
			first[i] = n;
		}
	}
	for (int i = 0; i < 4; i++)
		assert_true(seen[i] > 0);
}

/* Only the PID that the next post would go to matters; it is looked up again. */
static void retarget(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		vtd.entry[i].pid = i == 1 ? OTHER : PID;
	aim(PB_AIM_EXIT, 4, 0);
	lab_hook_vmexit(0, OTHER, 1);
	assert_int_equal(until_post(0), -1);
	lab_hook_vmexit(0, PID, 1);
	assert_int_equal(until_post(0), 0);
	lab_hook_vmexit(0, PID, 1); /* the next vector goes to OTHER */
	assert_int_equal(until_post(0), -1);
	vtd.entry[1].pid = PID;
	lab_hook_vmexit(0, PID, 1); /* the IOMMU still has the old entry */
	assert_int_equal(until_post(0), -1);
	vtd.iec(vtd.iec_arg);
	lab_hook_vmexit(0, PID, 1);
	assert_int_equal(until_post(0), 0);
	/* The table of the function is looked at as well. */
	fake_mmio_wr32(BAR2(POSTER0) + 2 * 16 + 8, 200);
	vtd.entry[200].pid = OTHER;
	fake_mmio_wr32(BAR2(POSTER0) + 2 * 16 + 8, 200);
	lab_hook_vmexit(0, PID, 1);
	assert_int_equal(until_post(0), -1);
	lab_hook_vmexit(0, OTHER, 1);
	assert_int_equal(until_post(0), 0);
}

static void disarm(void **state)
{
	(void)state;
	aim(PB_AIM_EXIT, 1, 10);
	lab_hook_vmexit(0, PID, 1);
	assert_true(fake.stepping[0]);
	set(PB_POSTER_CTRL, PB_POSTER_CTRL_DISARM);
	assert_false(fake.stepping[0]);
	fake_advance(100000);
	assert_int_equal(until_post(0), -1);
}

/* Two posters count on one CPU; it steps until the last is done. */
static void two_counts(void **state)
{
	(void)state;
	arm_function(POSTER0, PB_AIM_EXIT, 1, 5, 5, 0);
	arm_function(POSTER1, PB_AIM_EXIT, 1, 9, 9, 0);
	lab_hook_vmexit(0, PID, 1);
	assert_int_equal(until_post(0), 5);
	assert_true(fake.stepping[0]);
	fake_cpu_run(0, 3);
	assert_int_equal(fake_mmio_rd32(bar(POSTER1, PB_POSTER_POSTED)), 0);
	fake_cpu_run(0, 1);
	assert_int_equal(fake_mmio_rd32(bar(POSTER1, PB_POSTER_POSTED)), 1);
	assert_false(fake.stepping[0]);
}

/* The same on two CPUs: each counts its own. */
static void two_cpus(void **state)
{
	(void)state;
	arm_function(POSTER0, PB_AIM_EXIT, 1, 50, 50, 0);
	arm_function(POSTER1, PB_AIM_ENTRY, 1, 50, 50, 0);
	fake.icount[1] = 1000;
	lab_hook_vmexit(0, PID, 1);
	lab_hook_vmentry(1, PID);
	for (int i = 0; i < 50; i++) {
		fake_cpu_run(1, 1);
		fake_cpu_run(0, 1);
	}
	assert_int_equal(posted(), 0);
	assert_int_equal(fake_mmio_rd32(bar(POSTER1, PB_POSTER_POSTED)), 0);
	fake_cpu_run(1, 1);
	assert_int_equal(fake_mmio_rd32(bar(POSTER1, PB_POSTER_POSTED)), 1);
	assert_int_equal(until_post(0), 0);
}

/* What the IOMMU, or the CPU's own processing, does to a PID is no trigger. */
static void not_by_cpu(void **state)
{
	struct vtd_message m;

	(void)state;
	aim(PB_AIM_SN_SET, 1, 0);
	fake_wr64(PID + 32, 2); /* as nobody saw it */
	vtd_msi(0, 0, 0, &m);
	fake_cpu_run(0, 10);
	assert_int_equal(posted(), 0);
}

/* CPUs that cannot be there are not believed. */
static void no_such_cpu(void **state)
{
	(void)state;
	aim(PB_AIM_EXIT, 1, 0);
	lab_hook_vmexit(STEP_MAX_CPUS, PID, 1);
	lab_hook_vmexit(0xffffffff, PID, 1);
	assert_int_equal(posted(), 0);
	assert_int_equal(until_post(0), -1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		T(exact),      T(storing_instruction), T(while_sn),
		T(abandoned),  T(sn_cleared),          T(ndst),
		T(nv),         T(narrow_store),        T(entry_exit),
		T(halt),       T(passed_over),         T(one_at_a_time),
		T(halted),     T(halted_at_once),      T(halted_for_a_while),
		T(slow),       T(offsets_drawn),       T(retarget),
		T(disarm),     T(two_counts),          T(two_cpus),
		T(not_by_cpu), T(no_such_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
