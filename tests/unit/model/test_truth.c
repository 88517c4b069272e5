// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/rig.h"

#include "host/lab/model/pid.h"
#include "host/lab/model/truth.h"
#include "model/fake_vtd.h"

#define PID 0x7000u

static void store(unsigned int cpu, uint64_t pa, uint64_t v)
{
	fake_cpu_store(cpu, pa, &v, 8);
}

/* Nothing before the branch point, nothing after the end. */
static void when(void **state)
{
	struct truth_view v;

	(void)state;
	lab_hook_vmentry(0, PID);
	truth_fault(1, 2, 3);
	truth_start(0x1234);
	v = rig_truth();
	assert_int_equal(v.run->nr_events, 0);
	assert_int_equal(v.run->plan_crc, 0x1234);
	truth_start(0);
	truth_fault(1, 2, 3);
	v = rig_truth();
	truth_fault(1, 2, 3);
	assert_int_equal(v.run->nr_events, 1);
	v = rig_truth();
	assert_int_equal(v.run->nr_events, 1);
}

static void fields(void **state)
{
	struct truth_view v;
	const struct pb_event want[] = {
		{.kind = PB_TR_POST,
		 .seq = 9,
		 .vector = 0x41,
		 .vcpu = 3,
		 .cpu = PB_CPU_NONE,
		 .flags = PB_EVF_BLOCKED,
		 .source = 2,
		 .arg = 0x26},
		{.kind = PB_TR_PID, .vcpu = 1, .cpu = 2, .arg = 0xf20003, .flags = PB_EVF_BY_CPU},
		{.kind = PB_TR_NOTIFY, .vcpu = 1, .cpu = 2},
		{.kind = PB_TR_ENTRY, .vcpu = 1, .cpu = 2, .arg = 7, .flags = 1},
		{.kind = PB_TR_EXIT, .vcpu = 1, .cpu = 2, .arg = 12, .flags = 1},
		{.kind = PB_TR_VIRQ, .vcpu = 1, .cpu = 2, .vector = 0x55},
		{.kind = PB_TR_FAULT,
		 .vcpu = PB_VCPU_NONE,
		 .cpu = PB_CPU_NONE,
		 .arg = 0x22,
		 .seq = 0x80},
		{.kind = PB_TR_AIM, .vcpu = 1, .cpu = 2, .seq = 4, .source = 1, .arg = 6},
	};

	(void)state;
	fake.tsc_offset = 1ull << 40;
	truth_start(0);
	truth_post(2, 9, 0x41, 3, PB_EVF_BLOCKED, 0x26);
	truth_pid(1, 2, 0xf20003, PB_EVF_BY_CPU);
	truth_notify(1, 2);
	truth_entry(1, 2, 7, 1);
	truth_exit(1, 2, 12, 1);
	truth_virq(1, 2, 0x55);
	truth_fault(0x80, 0x22, 0xfee00000);
	truth_aim(1, 4, 1, 2, 6);
	v = rig_truth();
	assert_int_equal(v.run->nr_events, 8);
	for (unsigned int i = 0; i < 8; i++) {
		struct pb_event e = want[i];

		e.tsc = (1ull << 40) + 1000;
		assert_memory_equal(&v.ev[i], &e, sizeof(e));
	}
}

/* The oldest are kept; what is lost is counted. */
static void full(void **state)
{
	struct truth_view v;

	(void)state;
	truth_start(0);
	for (uint32_t i = 0; i < PB_RUN_MAX_EVENTS + 3; i++)
		truth_fault(i & 0xff, 1, 0);
	v = rig_truth();
	assert_int_equal(v.run->nr_events, PB_RUN_MAX_EVENTS);
	assert_int_equal(v.run->lost, 3);
	assert_int_equal(v.ev[5].seq, 5);
}

/* Every change of the control qword; of PIR only between empty and not. */
static void pid_changes(void **state)
{
	struct truth_view v;
	struct vtd_message m;
	struct pid *p;

	(void)state;
	truth_start(0);
	lab_hook_vmentry(1, PID);
	lab_hook_vmexit(1, PID, 1);
	store(1, PID + 32, 2); /* SN */
	store(1, PID + 32, 2); /* no change */
	store(1, PID + 40, 5); /* reserved: none */
	store(1, PID + 0, 1); /* not empty */
	store(1, PID + 8, 1); /* still not */
	store(1, PID + 0, 0); /* still not */
	store(0, PID + 8, 0); /* empty */
	store(0, PID + 64, 1); /* not its */
	store(0, PID - 8, ~0ull); /* nor this */
	vtd.entry[0].pid = PID;
	vtd_msi(0, 0, 0, &m);
	p = pid_find(PID);
	pid_refresh(p, PB_CPU_NONE, PB_EVF_BY_IOMMU);
	fake_wr64(PID + 32, 0xf20000);
	fake_wr64(PID, 0);
	lab_hook_pip(1, PID);
	v = rig_truth();
	assert_int_equal(rig_count(&v, PB_TR_PID), 5);
	assert_int_equal(v.ev[0].kind, PB_TR_ENTRY);
	assert_int_equal(v.ev[2].flags, PB_EVF_BY_CPU);
	assert_int_equal(v.ev[2].arg, 2);
	assert_int_equal(v.ev[2].cpu, 1);
	assert_int_equal(v.ev[3].flags, PB_EVF_BY_CPU | PB_EVF_PIR_NONEMPTY);
	assert_int_equal(v.ev[4].flags, PB_EVF_BY_CPU);
	assert_int_equal(v.ev[4].cpu, 0);
	assert_int_equal(v.ev[5].flags, PB_EVF_BY_IOMMU | PB_EVF_PIR_NONEMPTY);
	assert_int_equal(v.ev[5].cpu, PB_CPU_NONE);
	assert_int_equal(v.ev[6].kind, PB_TR_NOTIFY);
	assert_int_equal(v.ev[7].flags, PB_EVF_BY_PIP);
	assert_int_equal(v.ev[7].arg, 0xf20000);
}

/* What a CPU in non-root operation stores to a descriptor is its own processing. */
static void pip_stores(void **state)
{
	struct truth_view v;

	(void)state;
	fake_wr64(PID, 1);
	fake_wr64(PID + 32, 1);
	truth_start(0);
	lab_hook_vmentry(0, PID);
	store(0, PID + 32, 0);
	store(1, PID + 32, 2); /* that CPU is in root operation */
	store(0, PID, 0);
	lab_hook_pip(0, PID);
	lab_hook_vmexit(0, PID, 1);
	store(0, PID + 32, 0);
	lab_hook_vmentry(0, 0); /* a vCPU without one: non-root as well */
	store(0, PID, 1);
	v = rig_truth();
	assert_int_equal(v.run->nr_events, 8);
	assert_int_equal(v.ev[1].flags, PB_EVF_BY_PIP | PB_EVF_PIR_NONEMPTY);
	assert_int_equal(v.ev[2].flags, PB_EVF_BY_CPU | PB_EVF_PIR_NONEMPTY);
	assert_int_equal(v.ev[3].flags, PB_EVF_BY_PIP);
	assert_int_equal(v.ev[4].kind, PB_TR_NOTIFY);
	assert_int_equal(v.ev[6].flags, PB_EVF_BY_CPU);
	assert_int_equal(v.ev[7].flags, PB_EVF_BY_PIP | PB_EVF_PIR_NONEMPTY);
}

/* A store that straddles the beginning or the end is one of its own. */
static void pid_edges(void **state)
{
	struct truth_view v;

	(void)state;
	lab_hook_vmentry(0, PID + 64);
	truth_start(0);
	store(0, PID + 60, 0x100000000);
	store(0, PID + 124, 0xff);
	store(0, PID + 60, 0);
	v = rig_truth();
	assert_int_equal(rig_count(&v, PB_TR_PID), 2);
}

/* A change that nobody was seen to make is in the truth, with nobody named. */
static void unseen(void **state)
{
	struct truth_view v;

	(void)state;
	lab_hook_vmentry(0, PID);
	truth_start(0);
	fake_wr64(PID + 32, 1);
	lab_hook_vmexit(0, PID, 1);
	v = rig_truth();
	assert_int_equal(v.ev[0].kind, PB_TR_PID);
	assert_int_equal(v.ev[0].flags, 0);
	assert_int_equal(v.ev[1].kind, PB_TR_EXIT);
}

static void entry_exit(void **state)
{
	struct truth_view v;

	(void)state;
	fake_wr64(PID, 1);
	fake_wr64(PID + 32, 3);
	truth_start(0);
	lab_hook_vmentry(1, PID);
	store(1, PID, 0);
	lab_hook_vmexit(1, PID, 0x8000000c);
	lab_hook_virq(1, PID, 0x31);
	/* vCPUs without a descriptor are no concern of ours. */
	lab_hook_vmentry(0, 0);
	lab_hook_vmexit(0, 0, 1);
	lab_hook_pip(0, 0);
	lab_hook_virq(0, 0, 1);
	v = rig_truth();
	assert_int_equal(v.run->nr_events, 4);
	assert_int_equal(v.ev[0].flags, PB_EVF_PIR_NONEMPTY);
	assert_int_equal(v.ev[0].arg, 3);
	assert_int_equal(v.ev[0].cpu, 1);
	assert_int_equal(v.ev[2].kind, PB_TR_EXIT);
	assert_int_equal(v.ev[2].arg, 12);
	assert_int_equal(v.ev[2].flags, 0);
	assert_int_equal(v.ev[3].kind, PB_TR_VIRQ);
	assert_int_equal(v.ev[3].vector, 0x31);
}

/* In the order of first sight, from 0 again at the branch point. */
static void index_order(void **state)
{
	struct truth_view v;

	(void)state;
	lab_hook_vmentry(0, 0x9000);
	pid_forget_all();
	assert_false(fake_watched(0x9000));
	truth_start(0);
	lab_hook_vmentry(0, PID + 64);
	lab_hook_vmentry(0, 0x9000);
	lab_hook_vmentry(0, PID);
	lab_hook_vmentry(0, PID + 64);
	assert_true(fake_watched(0x7000));
	assert_true(fake_watched(0x9000));
	v = rig_truth();
	for (int i = 0; i < 4; i++)
		assert_int_equal(v.ev[i].vcpu, i % 3);
}

static void pid_refused(void **state)
{
	(void)state;
	assert_null(pid_see(0));
	assert_null(pid_see(PID + 8));
	assert_null(pid_see(FAKE_RAM_SIZE));
	for (uint64_t i = 0; i < PID_MAX; i++)
		assert_non_null(pid_see(PID + 64 * i));
	assert_null(pid_see(PID + 64 * PID_MAX));
	assert_non_null(strstr(fake.log, "not all are followed"));
	assert_non_null(pid_see(PID));
	assert_int_equal(fake.logs, 1);
	assert_null(pid_see(PID + 64 * PID_MAX));
	assert_int_equal(fake.logs, 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		T(when),      T(fields), T(full),       T(pid_changes), T(pip_stores),
		T(pid_edges), T(unseen), T(entry_exit), T(index_order), T(pid_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
