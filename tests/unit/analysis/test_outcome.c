// SPDX-License-Identifier: LGPL-2.1-or-later
/* Classes, delays and their sums, with the truth and without. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/maker.h"

#define V(i) (MK_VECTOR + (i))

static struct maker m;

static int setup(void **state)
{
	(void)state;
	mk_init(&m);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mk_free(&m);
	return 0;
}

static void delivered_in_time(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_isr(&m, 200, 1, V(0));
	c = mk_counts(&m, false);
	assert_int_equal(c->cls[PB_CLASS_DELIVERED], 1);
	assert_int_equal(m.o->fate[0].excess, 100);
	assert_int_equal(m.o->first_lost, PB_TL_NONE);
}

static void late_by_one_tick(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_isr(&m, 201, 1, V(0));
	mk_counts(&m, false);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_LATE);
}

static void preemption_is_not_the_interrupts_fault(void **state)
{
	(void)state;
	mk_in(&m, 10);
	mk_preempt(&m, 90);
	mk_post(&m, 100, 1, V(0));
	mk_in(&m, 5000);
	mk_isr(&m, 5100, 1, V(0));
	mk_counts(&m, false);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_DELIVERED);
	assert_int_equal(m.o->fate[0].excess, 100);
	assert_int_equal(samples_max(&m.o->latency), 5000);
	assert_int_equal(samples_max(&m.o->preempted), 4900);
}

/* Posted just before the preemption: it waits as long as its vCPU, no longer. */
static void preempted_right_after_the_post(void **state)
{
	(void)state;
	mk_in(&m, 10);
	mk_post(&m, 100, 1, V(0));
	mk_preempt(&m, 105);
	mk_in(&m, 5000);
	mk_isr(&m, 5010, 1, V(0));
	mk_counts(&m, false);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_DELIVERED);
	assert_int_equal(m.o->fate[0].excess, 15);
}

/* A sleeping vCPU is what an interrupt must wake: the sleep counts. */
static void sleep_is_the_interrupts_fault(void **state)
{
	(void)state;
	mk_in(&m, 10);
	mk_block(&m, 90);
	mk_post(&m, 100, 1, V(0));
	mk_in(&m, 5000);
	mk_isr(&m, 5010, 1, V(0));
	mk_counts(&m, false);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_LATE);
	assert_int_equal(m.o->fate[0].excess, 4910);
}

static void coalesced_into_a_delivered_one(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_post(&m, 101, 2, V(0));
	mk_isr(&m, 110, 2, V(0));
	c = mk_counts(&m, false);
	assert_int_equal(c->cls[PB_CLASS_DELIVERED], 1);
	assert_int_equal(c->cls[PB_CLASS_COALESCED], 1);
	assert_int_equal(m.o->excess.total, 1);
}

static void coalesced_into_a_missed_one_is_missed(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_post(&m, 101, 2, V(0));
	c = mk_counts(&m, false);
	assert_int_equal(c->cls[PB_CLASS_MISSED], 2);
	assert_int_equal(c->lost_state[PB_LOST_UNKNOWN], 2);
	assert_int_equal(m.o->first_lost, 0);
}

static void coalesced_into_a_stranded_one_is_stranded(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_in(&m, 10);
	mk_stranded(&m, 100, 1, V(0));
	/* After the last entry: its own stranding is seen by nobody. */
	mk_post(&m, 200, 2, V(0));
	mk_tr_post(&m, 200, 2, V(0), PB_EVF_NOTIFIED | PB_EVF_COALESCED);
	c = mk_counts(&m, true);
	assert_int_equal(c->cls[PB_CLASS_STRANDED], 2);
	assert_int_equal(c->merged, 1);
}

static void rescued_black_box(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_in(&m, 10);
	mk_preempt(&m, 90);
	mk_post(&m, 100, 1, V(0));
	mk_in(&m, 200);
	mk_post(&m, 600, 2, V(1));
	mk_isr(&m, 605, 2, V(1));
	mk_isr(&m, 607, 1, V(0));
	c = mk_counts(&m, false);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_RESCUED);
	assert_int_equal(mk_class(&m, 1), PB_CLASS_DELIVERED);
	assert_int_equal(c->cls[PB_CLASS_LATE], 0);
}

static void late_without_a_rescuer_is_late(void **state)
{
	(void)state;
	mk_in(&m, 10);
	mk_preempt(&m, 90);
	mk_post(&m, 100, 1, V(0));
	mk_post(&m, 150, 2, V(1));
	mk_in(&m, 200);
	mk_isr(&m, 607, 1, V(0));
	mk_isr(&m, 610, 2, V(1));
	mk_counts(&m, false);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_LATE);
}

/* The truth knows better than "late, and something else came". */
static void rescued_by_truth_even_in_time(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_in(&m, 10);
	mk_stranded(&m, 100, 1, V(0));
	mk_post(&m, 160, 2, V(1));
	mk_tr_post(&m, 160, 2, V(1), PB_EVF_NOTIFIED);
	mk_tr_pid(&m, 161, 0);
	mk_tr_virq(&m, 162, V(1));
	mk_tr_virq(&m, 170, V(0));
	mk_isr(&m, 163, 2, V(1));
	mk_isr(&m, 171, 1, V(0));
	c = mk_counts(&m, true);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_RESCUED);
	assert_int_equal(mk_class(&m, 1), PB_CLASS_DELIVERED);
	assert_int_equal(c->suppressed, 1);
	assert_int_equal(c->notified, 1);
}

/* Late with a later post in between, but never stranded: just late. */
static void late_by_truth(void **state)
{
	(void)state;
	mk_in(&m, 10);
	mk_healthy(&m, 100, 1, V(0));
	m.ev[m.nr_ev - 1].tsc = 700;
	m.tr[m.nr_tr - 1].tsc = 300;
	mk_healthy(&m, 400, 2, V(1));
	mk_counts(&m, true);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_LATE);
}

static void stranded_for_ever(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_in(&m, 10);
	mk_stranded(&m, 100, 1, V(0));
	mk_stranded(&m, 300, 2, V(1));
	c = mk_counts(&m, true);
	assert_int_equal(c->cls[PB_CLASS_STRANDED], 2);
	assert_int_equal(c->lost_state[PB_LOST_STRANDED], 2);
	assert_int_equal(c->suppressed, 2);
	assert_int_equal(counts_lost(c), 2);
}

/* Suppressed to the end: missed, but never seen in the stranded state. */
static void missed_while_suppressed(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_in(&m, 10);
	mk_preempt(&m, 90);
	mk_tr_pid(&m, 90, MK_SN);
	mk_post(&m, 100, 1, V(0));
	mk_tr_post(&m, 100, 1, V(0), PB_EVF_SUPPRESSED);
	c = mk_counts(&m, true);
	assert_int_equal(c->cls[PB_CLASS_MISSED], 1);
	assert_int_equal(c->lost_state[PB_LOST_SUPPRESSED], 1);
}

static void missed_with_on_set(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_tr_pid(&m, 90, 0);
	mk_post(&m, 100, 1, V(0));
	mk_tr_post(&m, 100, 1, V(0), PB_EVF_NOTIFIED);
	mk_tr_pid(&m, 100, MK_ON | MK_PIR);
	c = mk_counts(&m, true);
	assert_int_equal(c->lost_state[PB_LOST_OUTSTANDING], 1);
}

static void missed_in_irr(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_tr_pid(&m, 90, 0);
	mk_post(&m, 100, 1, V(0));
	mk_tr_post(&m, 100, 1, V(0), PB_EVF_NOTIFIED);
	mk_tr_pid(&m, 110, 0);
	c = mk_counts(&m, true);
	assert_int_equal(c->cls[PB_CLASS_MISSED], 1);
	assert_int_equal(c->lost_state[PB_LOST_IRR], 1);
}

static void lost_outside_the_pid(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_tr_post(&m, 100, 1, V(0), PB_EVF_BLOCKED);
	mk_post(&m, 110, 2, V(1));
	mk_tr_post(&m, 110, 2, V(1), PB_EVF_MASKED);
	mk_post(&m, 120, 3, V(2));
	mk_tr_post(&m, 120, 3, V(2), PB_EVF_REMAPPED);
	c = mk_counts(&m, true);
	assert_int_equal(c->lost_state[PB_LOST_BLOCKED], 1);
	assert_int_equal(c->lost_state[PB_LOST_MASKED], 1);
	assert_int_equal(c->lost_state[PB_LOST_UNPOSTED], 1);
	assert_int_equal(c->unposted, 3);
}

/* As the truth tells of a message that the device does wrong with. */
static void injected(uint64_t tsc, uint32_t seq, unsigned int vector, enum pb_injected what)
{
	m.tr[m.nr_tr++] = (struct pb_event){.tsc = tsc,
					    .arg = what,
					    .seq = seq,
					    .vcpu = PB_VCPU_NONE,
					    .cpu = PB_CPU_NONE,
					    .kind = PB_TR_INJECTED,
					    .vector = (uint8_t)vector};
}

static void blocked(uint64_t tsc, uint32_t seq, unsigned int vector, uint8_t reason)
{
	mk_post(&m, tsc, seq, vector);
	mk_tr_post(&m, tsc, seq, vector, PB_EVF_BLOCKED);
	m.tr[m.nr_tr - 1].arg = reason;
}

/* The same three outcomes, but that the device says of two that it did so on purpose. */
static void faulted_by_the_device(void **state)
{
	const struct pb_counts *c;

	(void)state;
	blocked(100, 1, V(0), PB_FAULT_DROPPED);
	injected(110, 2, V(1), PB_INJECTED_ASTRAY);
	blocked(110, 2, V(1), PB_FAULT_NOT_PRESENT);
	injected(120, 3, V(2), PB_INJECTED_MASK);
	mk_post(&m, 120, 3, V(2));
	mk_tr_post(&m, 120, 3, V(2), PB_EVF_MASKED);
	mk_post(&m, 130, 4, V(2));
	mk_tr_post(&m, 130, 4, V(2), PB_EVF_MASKED);
	c = mk_counts(&m, true);
	assert_int_equal(c->faulted[PB_FAULTED_DROPPED], 1);
	assert_int_equal(c->faulted[PB_FAULTED_REFUSED], 1);
	assert_int_equal(c->faulted[PB_FAULTED_MASKED], 2);
	assert_int_equal(c->cls[PB_CLASS_FAULTED], 4);
	assert_int_equal(c->found, 0);
	assert_int_equal(counts_lost(c), 0);
	assert_int_equal(m.o->first_lost, PB_TL_NONE);
}

/* Another message than the one that went astray, another reason, another vector: a kernel's. */
static void refused_or_masked_by_the_kernel(void **state)
{
	const struct pb_counts *c;

	(void)state;
	injected(100, 2, V(0), PB_INJECTED_ASTRAY);
	blocked(100, 1, V(0), PB_FAULT_NOT_PRESENT);
	blocked(110, 2, V(0), PB_FAULT_NOT_PRESENT + 4);
	injected(120, 3, V(1), PB_INJECTED_MASK);
	mk_post(&m, 120, 3, V(2));
	mk_tr_post(&m, 120, 3, V(2), PB_EVF_MASKED);
	c = mk_counts(&m, true);
	assert_int_equal(c->cls[PB_CLASS_FAULTED], 0);
	assert_int_equal(c->lost_state[PB_LOST_BLOCKED], 2);
	assert_int_equal(c->lost_state[PB_LOST_MASKED], 1);
	assert_int_equal(counts_lost(c), 3);
}

/* What comes once the device's mask is off, and is masked again, is not the device's doing. */
static void masked_again_by_the_kernel(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_in(&m, 10);
	injected(100, 1, V(0), PB_INJECTED_MASK);
	mk_post(&m, 100, 1, V(0));
	mk_tr_post(&m, 100, 1, V(0), PB_EVF_MASKED);
	mk_tr_post(&m, 150, 1, V(0), PB_EVF_NOTIFIED);
	mk_tr_pid(&m, 151, 0);
	mk_tr_virq(&m, 152, V(0));
	mk_isr(&m, 153, 1, V(0));
	mk_post(&m, 200, 2, V(0));
	mk_tr_post(&m, 200, 2, V(0), PB_EVF_MASKED);
	c = mk_counts(&m, true);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_DELIVERED);
	assert_int_equal(mk_class(&m, 1), PB_CLASS_MISSED);
	assert_int_equal(c->lost_state[PB_LOST_MASKED], 1);
}

/*
 * Dropped in mid-stream: the ISR of the next one finds it.  That it is late is the
 * device's; the next one is delivered, in its own time, not coalesced into it.
 */
static void dropped_and_found(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_in(&m, 10);
	blocked(100, 1, V(0), PB_FAULT_DROPPED);
	mk_healthy(&m, 900, 2, V(0));
	c = mk_counts(&m, true);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_FAULTED);
	assert_int_equal(mk_class(&m, 1), PB_CLASS_DELIVERED);
	assert_int_equal(c->found, 1);
	assert_int_equal(c->cls[PB_CLASS_LATE], 0);
	assert_int_equal(m.o->latency.total, 1);
	assert_int_equal(samples_max(&m.o->latency), 6);
}

/* Without the truth, and no word of a fault, it is as any other that is found late. */
static void found_without_the_truth(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_in(&m, 10);
	blocked(100, 1, V(0), PB_FAULT_DROPPED);
	mk_healthy(&m, 900, 2, V(0));
	c = mk_counts(&m, false);
	assert_int_equal(c->cls[PB_CLASS_FAULTED], 0);
	assert_int_equal(mk_class(&m, 1), PB_CLASS_COALESCED);
}

/* Four posts, the third of which the plan has a fault for; the others are delivered. */
static const struct pb_counts *third(enum pb_device_fault fault, uint32_t made, uint32_t refused,
				     uint64_t pending)
{
	for (uint32_t i = 1; i <= 4; i++) {
		mk_post(&m, 100 * i, i, V(i));
		if (i != 3)
			mk_isr(&m, 100 * i + 10, i, V(i));
	}
	m.plan.source[0].fault = fault;
	m.plan.source[0].fault_at = 3;
	m.head.account[0].faults = made;
	m.head.account[0].refused = refused;
	m.head.account[0].pending = pending;
	return mk_counts(&m, false);
}

static void faults_without_the_truth(void **state)
{
	static const struct {
		enum pb_device_fault fault;
		uint32_t made, refused;
		uint64_t pending;
		bool device;
		enum pb_lost_state else_at;
	} cases[] = {
		{PB_FAULT_LOST_MSI, 1, 0, 0, true, PB_LOST_UNKNOWN},
		{PB_FAULT_LOST_MSI, 0, 0, 0, false, PB_LOST_UNKNOWN},
		{PB_FAULT_IRTE, 1, 1, 0, true, PB_LOST_UNKNOWN},
		{PB_FAULT_IRTE, 1, PB_RUN_UNKNOWN, 0, true, PB_LOST_UNKNOWN},
		{PB_FAULT_IRTE, 1, 0, 0, false, PB_LOST_UNKNOWN},
		{PB_FAULT_MASKED, 1, 0, 1 << 3, true, PB_LOST_UNKNOWN},
		{PB_FAULT_MASKED, 1, 0, 1 << 2, false, PB_LOST_UNKNOWN},
		{PB_FAULT_MASKED, 0, 0, 1 << 3, false, PB_LOST_MASKED},
		{PB_FAULT_DOORBELL, 1, 0, 0, false, PB_LOST_UNKNOWN},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct pb_counts *c =
			third(cases[i].fault, cases[i].made, cases[i].refused, cases[i].pending);

		assert_int_equal(c->cls[PB_CLASS_FAULTED], cases[i].device);
		assert_int_equal(counts_lost(c), !cases[i].device);
		if (!cases[i].device)
			assert_int_equal(c->lost_state[cases[i].else_at], 1);
		assert_int_equal(c->held_back, cases[i].pending != 0);
		teardown(state);
		setup(state);
	}
}

/* The device dropped one; the kernel then strands the next: that is the kernel's. */
static void dropped_before_a_loss(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_in(&m, 10);
	blocked(100, 1, V(0), PB_FAULT_DROPPED);
	mk_stranded(&m, 900, 2, V(0));
	c = mk_counts(&m, true);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_FAULTED);
	assert_int_equal(mk_class(&m, 1), PB_CLASS_STRANDED);
	assert_int_equal(c->found, 0);
	assert_int_equal(counts_lost(c), 1);
}

/* A post that found the vCPU asleep, and nobody woke it: seen without any VM entry. */
static void stranded_in_sleep(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_in(&m, 10);
	mk_tr_pid(&m, 60, MK_SN);
	mk_preempt(&m, 70);
	mk_post(&m, 80, 1, V(0));
	mk_tr_post(&m, 80, 1, V(0), PB_EVF_SUPPRESSED);
	mk_in(&m, 100);
	mk_tr_pid(&m, 101, MK_PIR);
	mk_block(&m, 120);
	c = mk_counts(&m, true);
	assert_int_equal(c->cls[PB_CLASS_STRANDED], 1);
}

/* The same state while the thread runs, or for no longer than the clocks are apart: legal. */
static void critical_window_is_not_stranded(void **state)
{
	(void)state;
	mk_in(&m, 10);
	mk_tr_pid(&m, 60, MK_SN);
	mk_preempt(&m, 70);
	mk_post(&m, 80, 1, V(0));
	mk_tr_post(&m, 80, 1, V(0), PB_EVF_SUPPRESSED);
	mk_in(&m, 100);
	mk_tr_pid(&m, 101, MK_PIR);
	mk_block(&m, 120);
	mk_tr_pid(&m, 123, MK_PIR | MK_ON);
	mk_in(&m, 130);
	mk_tr_pid(&m, 131, 0);
	mk_tr_virq(&m, 140, V(0));
	mk_isr(&m, 141, 1, V(0));
	mk_counts(&m, true);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_DELIVERED);
}

/* Healthy posts around a stranded one: the older ones have left the PIR. */
static void only_what_is_in_the_pir_is_stranded(void **state)
{
	(void)state;
	mk_in(&m, 10);
	mk_healthy(&m, 50, 1, V(0));
	mk_stranded(&m, 100, 2, V(1));
	mk_counts(&m, true);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_DELIVERED);
	assert_int_equal(mk_class(&m, 1), PB_CLASS_STRANDED);
}

/*
 * The guest read the record of a post whose interrupt was then lost: the driver
 * of a real device would not notice, the kernel lost it all the same.
 */
static void record_read_early_and_interrupt_lost(void **state)
{
	const struct pb_counts *c;

	(void)state;
	mk_in(&m, 10);
	mk_tr_pid(&m, 90, 0);
	mk_post(&m, 100, 1, V(0));
	mk_tr_post(&m, 100, 1, V(0), PB_EVF_NOTIFIED);
	mk_tr_pid(&m, 101, 0);
	mk_tr_virq(&m, 102, V(0));
	mk_tr_pid(&m, 103, MK_SN);
	mk_post(&m, 104, 2, V(0));
	mk_tr_post(&m, 104, 2, V(0), PB_EVF_SUPPRESSED);
	mk_tr_pid(&m, 106, MK_PIR);
	mk_tr_entry(&m, 107, MK_PIR);
	mk_isr(&m, 110, 2, V(0));
	c = mk_counts(&m, true);
	assert_int_equal(c->seen_early, 1);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_DELIVERED);
	assert_int_equal(mk_class(&m, 1), PB_CLASS_STRANDED);
}

static void sums_that_do_not_hold_are_seen(void **state)
{
	struct pb_counts c = {.posts = 3, .cls = {[PB_CLASS_DELIVERED] = 3}};

	(void)state;
	assert_true(counts_check(&c));
	c.cls[PB_CLASS_MISSED] = 1;
	assert_false(counts_check(&c));
	c.cls[PB_CLASS_DELIVERED] = 2;
	assert_false(counts_check(&c));
	c.lost_state[PB_LOST_IRR] = 1;
	assert_true(counts_check(&c));
	c.notified = 2;
	assert_false(counts_check(&c));
	c.suppressed = 1;
	assert_true(counts_check(&c));
	c.merged = 4;
	assert_false(counts_check(&c));
	c.merged = 0;
	c.isr_empty = 1;
	assert_false(counts_check(&c));
	c.isr_empty = 0;
	/* A post that the device faulted was not posted, says the truth where there is one. */
	c.lost_state[PB_LOST_IRR] = 0;
	c.cls[PB_CLASS_MISSED] = 0;
	c.cls[PB_CLASS_FAULTED] = 1;
	assert_false(counts_check(&c));
	c.faulted[PB_FAULTED_MASKED] = 1;
	assert_false(counts_check(&c));
	c.suppressed = 0;
	c.unposted = 1;
	assert_true(counts_check(&c));
	c.found = 2;
	assert_false(counts_check(&c));
	c.found = 1;
	assert_true(counts_check(&c));
	c.notified = 3;
	c.unposted = 0;
	assert_false(counts_check(&c));
	c.notified = 0;
	assert_true(counts_check(&c));
}

/* A drive with 4 commands, one of which posted; what outcome_build() says of its counts. */
static int commands(uint32_t submitted, uint32_t started, uint32_t completed, uint32_t consumed)
{
	m.plan.source[0].kind = PB_SOURCE_NVME;
	m.plan.source[0].schedule = PB_SCHED_SERVED;
	m.plan.source[0].vectors = 2;
	m.plan.source[0].count = 4;
	m.plan.source[0].depth = 1;
	m.head.account[0].submitted = submitted;
	m.head.account[0].started = started;
	m.head.account[0].completed = completed;
	m.head.account[0].consumed = consumed;
	assert_int_equal(mk_join(&m), 0);
	return outcome_build(m.tl, NULL, &m.o, m.err, sizeof(m.err));
}

static void one_post(void)
{
	mk_post(&m, 100, 1, V(0));
	mk_isr(&m, 200, 1, V(0));
}

static void commands_all_done(void **state)
{
	(void)state;
	one_post();
	assert_int_equal(commands(4, 4, 4, 4), 0);
}

static void completions_without_an_interrupt(void **state)
{
	(void)state;
	one_post();
	assert_int_equal(commands(4, 4, 4, 3), -EPROTO);
	assert_string_equal(m.err, "source 0: 1 completions that no interrupt was sent for");
}

static void commands_stop_without_a_loss(void **state)
{
	(void)state;
	one_post();
	assert_int_equal(commands(1, 1, 1, 1), -EPROTO);
	assert_string_equal(m.err,
			    "source 0: the guest made 1 of 4 commands, and no loss says why");
}

static void commands_that_failed(void **state)
{
	(void)state;
	one_post();
	m.head.account[0].failed = 2;
	assert_int_equal(commands(4, 4, 4, 4), -EPROTO);
	assert_string_equal(m.err, "source 0: 2 commands ended with an error status");
}

static void commands_never_taken(void **state)
{
	(void)state;
	one_post();
	assert_int_equal(commands(3, 2, 2, 2), -EPROTO);
	assert_string_equal(m.err, "source 0: 1 commands that the device never took");
}

static void commands_never_taken_on_purpose(void **state)
{
	(void)state;
	one_post();
	m.plan.source[0].fault = PB_FAULT_DOORBELL;
	m.plan.source[0].fault_at = 3;
	m.head.account[0].faults = 1;
	assert_int_equal(commands(3, 2, 2, 2), 0);
	assert_int_equal(m.o->counts.stuck, 1);
}

static void commands_stop_for_a_rescue(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_post(&m, 900, 2, V(1));
	mk_isr(&m, 910, 2, V(1));
	mk_isr(&m, 911, 1, V(0));
	assert_int_equal(commands(2, 2, 2, 2), 0);
	assert_int_equal(m.o->counts.cls[PB_CLASS_RESCUED], 1);
}

static void commands_stop_for_a_loss(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	assert_int_equal(commands(1, 1, 1, 0), 0);
	assert_int_equal(m.o->counts.cls[PB_CLASS_MISSED], 1);
	assert_int_equal(m.o->counts.unread, 1);
}

/* Two drives on vectors of their own; what is said of the second one's counts. */
static void two_drives(void)
{
	m.plan.nr_sources = 2;
	m.plan.source[1] = m.plan.source[0];
	m.plan.source[1].kind = PB_SOURCE_NVME;
	m.plan.source[1].schedule = PB_SCHED_SERVED;
	m.plan.source[1].count = 4;
	m.plan.source[1].depth = 1;
}

static void account(unsigned int source, uint32_t submitted, uint32_t started, uint32_t completed,
		    uint32_t consumed)
{
	m.head.account[source].submitted = submitted;
	m.head.account[source].started = started;
	m.head.account[source].completed = completed;
	m.head.account[source].consumed = consumed;
}

static void each_source_is_checked(void **state)
{
	(void)state;
	one_post();
	two_drives();
	account(1, 4, 4, 4, 3);
	assert_int_equal(commands(4, 4, 4, 4), -EPROTO);
	assert_string_equal(m.err, "source 1: 1 completions that no interrupt was sent for");
}

/* More of one source do not make up for less of another. */
static void sums_hide_nothing(void **state)
{
	(void)state;
	one_post();
	two_drives();
	account(1, 3, 3, 3, 3);
	assert_int_equal(commands(5, 5, 5, 5), -EPROTO);
	assert_string_equal(m.err,
			    "source 1: the guest made 3 of 4 commands, and no loss says why");
}

static void a_failed_command_of_any_source(void **state)
{
	(void)state;
	one_post();
	two_drives();
	account(1, 4, 4, 4, 4);
	m.head.account[1].failed = 1;
	assert_int_equal(commands(4, 4, 4, 4), -EPROTO);
	assert_string_equal(m.err, "source 1: 1 commands ended with an error status");
}

/* A fault of one device explains its own counts and no other's. */
static void a_fault_explains_its_own_source(void **state)
{
	(void)state;
	one_post();
	two_drives();
	m.plan.source[0].fault = PB_FAULT_DOORBELL;
	m.plan.source[0].fault_at = 1;
	m.head.account[0].faults = 1;
	account(1, 4, 3, 3, 3);
	assert_int_equal(commands(3, 2, 2, 2), -EPROTO);
	assert_string_equal(m.err, "source 1: 1 commands that the device never took");
}

/* A kernel's loss in one source is what counts, whatever else there is. */
static void a_loss_goes_before(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	two_drives();
	account(1, 4, 3, 3, 3);
	assert_int_equal(commands(1, 1, 1, 0), 0);
	assert_int_equal(counts_lost(&m.o->counts), 1);
}

static void a_fault_that_was_not_made(void **state)
{
	(void)state;
	one_post();
	m.plan.source[0].fault = PB_FAULT_LOST_MSI;
	m.plan.source[0].fault_at = 99;
	assert_int_equal(commands(4, 4, 4, 4), -EPROTO);
	assert_string_equal(m.err, "source 0: the device never made the fault that is asked for "
				   "(lost-msi, at 99)");
}

/* A NIC beside it: its frames are held to account, too. */
static void frames(uint32_t sent, uint32_t came, uint32_t stored, uint32_t seen, const char *line)
{
	one_post();
	two_drives();
	m.plan.source[1].kind = PB_SOURCE_NIC;
	m.plan.source[1].schedule = PB_SCHED_POISSON;
	m.plan.source[1].depth = 0;
	account(1, sent, came, stored, seen);
	assert_int_equal(commands(4, 4, 4, 4), line ? -EPROTO : 0);
	if (line)
		assert_string_equal(m.err, line);
}

static void frames_all_seen(void **state)
{
	(void)state;
	frames(4, 4, 4, 4, NULL);
}

static void frames_that_found_no_buffer(void **state)
{
	(void)state;
	frames(4, 4, 3, 3, NULL);
}

static void frames_that_were_not_seen(void **state)
{
	(void)state;
	frames(4, 4, 4, 3, "source 1: 1 completions that no interrupt was sent for");
}

static void frames_that_never_came(void **state)
{
	(void)state;
	frames(4, 3, 3, 3, "source 1: 1 frames that the device never took");
}

static void frames_that_were_not_sent(void **state)
{
	(void)state;
	frames(3, 3, 3, 3, "source 1: 3 of 4 frames were sent");
}

/* Two of four completions have an interrupt of their own; it was held back for `held`. */
static int coalesced(uint64_t held, uint64_t delay)
{
	mk_post(&m, 1000, 1, V(0));
	m.ev[m.nr_ev - 1].arg = held;
	mk_isr(&m, 1000 + delay, 1, V(0));
	m.plan.source[0].aggregate = 4;
	m.plan.source[0].aggregate_us = 300; /* ticks, too */
	return commands(4, 4, 4, 4);
}

/* Late is what the device was not told to hold back and the plan's limit does not allow. */
static void held_back_to_coalesce(void **state)
{
	static const struct {
		uint64_t held, delay;
		enum pb_class cls;
	} cases[] = {
		{300, 10, PB_CLASS_DELIVERED}, {300, 100, PB_CLASS_DELIVERED},
		{300, 101, PB_CLASS_LATE},     {0, 400, PB_CLASS_DELIVERED},
		{390, 10, PB_CLASS_DELIVERED}, {391, 10, PB_CLASS_LATE},
		{100000, 1, PB_CLASS_LATE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(coalesced(cases[i].held, cases[i].delay), 0);
		assert_int_equal(mk_class(&m, 0), cases[i].cls);
		/* What the device holds back is no delay of the kernel's. */
		assert_int_equal(m.o->fate[0].excess, cases[i].delay);
		assert_int_equal(counts_lost(&m.o->counts), 0);
		teardown(state);
		setup(state);
	}
}

static void nothing_coalesced(void **state)
{
	(void)state;
	one_post();
	m.plan.source[0].aggregate = 4;
	m.plan.source[0].aggregate_us = 300;
	m.plan.source[0].count = 1;
	m.plan.source[0].vectors = 1;
	m.plan.source[0].kind = PB_SOURCE_NVME;
	m.plan.source[0].schedule = PB_SCHED_SERVED;
	m.plan.source[0].depth = 1;
	account(0, 1, 1, 1, 1);
	assert_int_equal(mk_join(&m), 0);
	assert_int_equal(outcome_build(m.tl, NULL, &m.o, m.err, sizeof(m.err)), -EPROTO);
	assert_string_equal(
		m.err, "source 0: 1 completions, each with its interrupt: nothing was coalesced");
}

/* The interrupt was delivered, and the driver that polls did not look: not the kernel's. */
static void missed_by_the_guest(void **state)
{
	(void)state;
	one_post();
	m.plan.source[0].poll_budget = 8;
	assert_int_equal(commands(4, 4, 4, 3), -EPROTO);
	assert_non_null(strstr(m.err, "source 0: the guest missed 1 completions itself"));
}

/* The interrupt was not: the kernel's, whoever else missed what. */
static void missed_by_the_kernel_while_polling(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	m.plan.source[0].poll_budget = 8;
	assert_int_equal(commands(4, 4, 4, 3), 0);
	assert_int_equal(counts_lost(&m.o->counts), 1);
}

/* Two interrupts for one completion that matters, two completions without any. */
static void polled_is_not_missed(void **state)
{
	(void)state;
	one_post();
	mk_post(&m, 300, 2, V(1));
	mk_isr(&m, 310, 2, V(1));
	mk_isr(&m, 320, 2, V(1));
	m.plan.source[0].poll_budget = 8;
	m.head.account[0].polled = 4;
	assert_int_equal(commands(4, 4, 4, 4), 0);
	assert_int_equal(counts_lost(&m.o->counts), 0);
	assert_int_equal(m.o->counts.polled, 4);
	assert_int_equal(m.o->counts.isr_empty, 1);
}

static void reset_event(uint64_t tsc, uint32_t nr, enum pb_reset what)
{
	m.ev[m.nr_ev++] = (struct pb_event){.tsc = tsc,
					    .arg = what,
					    .seq = nr,
					    .vcpu = PB_VCPU_NONE,
					    .cpu = PB_CPU_NONE,
					    .kind = PB_EV_RESET};
}

/* A drive that was reset once, from 500 to 700; 3 of 4 commands came through. */
static int life_after_reset(uint64_t post, uint64_t isr)
{
	mk_post(&m, post, 1, V(0));
	mk_isr(&m, isr, 1, V(0));
	reset_event(500, 1, PB_RESET_DONE);
	reset_event(700, 1, PB_RESET_GO);
	m.plan.source[0].resets = 1;
	m.plan.source[0].reset_us = 1000;
	m.head.account[0].resets = 1;
	m.head.account[0].aborted = 1;
	m.plan.late_us = 5000;
	return commands(4, 4, 3, 3);
}

static void aborted_is_not_lost(void **state)
{
	(void)state;
	assert_int_equal(life_after_reset(400, 450), 0);
	assert_int_equal(m.o->counts.aborted, 1);
	assert_int_equal(m.o->counts.stuck + m.o->counts.unread, 0);
	assert_int_equal(m.o->counts.stale, 0);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_DELIVERED);
}

/* Before the guest knows of the reset, an interrupt of before it may come. */
static void before_the_guest_knows(void **state)
{
	(void)state;
	assert_int_equal(life_after_reset(499, 699), 0);
	assert_int_equal(m.o->counts.stale, 0);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_DELIVERED);
}

/* Behind that it was stranded: something else brought it. */
static void stale_behind_a_reset(void **state)
{
	(void)state;
	assert_int_equal(life_after_reset(499, 701), 0);
	assert_int_equal(m.o->counts.stale, 1);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_RESCUED);
}

static void sent_between_two_lives(void **state)
{
	(void)state;
	assert_int_equal(life_after_reset(600, 610), -EPROTO);
	assert_string_equal(m.err,
			    "source 0: 1 interrupts were sent between a reset and the device being "
			    "driven again: nobody had asked it");
}

static void sent_in_the_new_life(void **state)
{
	(void)state;
	assert_int_equal(life_after_reset(700, 750), 0);
	assert_int_equal(mk_class(&m, 0), PB_CLASS_DELIVERED);
}

static void resets_that_were_not_made(void **state)
{
	(void)state;
	one_post();
	m.plan.source[0].resets = 2;
	m.head.account[0].resets = 1;
	assert_int_equal(commands(4, 4, 4, 4), -EPROTO);
	assert_string_equal(m.err, "source 0: the function was reset 1 of 2 times");
}

static void resets_out_of_turn(void **state)
{
	(void)state;
	one_post();
	reset_event(500, 1, PB_RESET_GO);
	assert_int_equal(mk_join(&m), -EINVAL);
	assert_non_null(strstr(m.err, "reset is out of turn"));
}

static void quantiles_are_exact(void **state)
{
	uint64_t a[] = {5, 1, 3, 3, 2}, b[] = {3, 1000000000000}, one[] = {7};
	struct pb_samples x, y, z;

	(void)state;
	assert_int_equal(samples_init(&x, a, 5), 0);
	assert_int_equal(samples_init(&y, b, 2), 0);
	assert_int_equal(x.nr, 4);
	assert_int_equal(samples_quantile(&x, 500), 3);
	assert_int_equal(samples_quantile(&x, 200), 1);
	assert_int_equal(samples_quantile(&x, 201), 2);
	assert_int_equal(samples_quantile(&x, 1000), 5);
	assert_int_equal(samples_merge(&x, &y), 0);
	assert_int_equal(x.total, 7);
	assert_int_equal(samples_max(&x), 1000000000000);
	assert_int_equal(samples_quantile(&x, 500), 3);
	assert_int_equal(samples_quantile(&x, 999), 1000000000000);
	assert_int_equal(samples_init(&z, one, 0), 0);
	assert_int_equal(samples_max(&z), 0);
	assert_int_equal(samples_quantile(&z, 990), 0);
	samples_free(&x);
	samples_free(&y);
	samples_free(&z);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(delivered_in_time),
		T(late_by_one_tick),
		T(preemption_is_not_the_interrupts_fault),
		T(preempted_right_after_the_post),
		T(sleep_is_the_interrupts_fault),
		T(coalesced_into_a_delivered_one),
		T(coalesced_into_a_missed_one_is_missed),
		T(coalesced_into_a_stranded_one_is_stranded),
		T(rescued_black_box),
		T(late_without_a_rescuer_is_late),
		T(rescued_by_truth_even_in_time),
		T(late_by_truth),
		T(stranded_for_ever),
		T(missed_while_suppressed),
		T(missed_with_on_set),
		T(missed_in_irr),
		T(lost_outside_the_pid),
		T(stranded_in_sleep),
		T(faulted_by_the_device),
		T(refused_or_masked_by_the_kernel),
		T(masked_again_by_the_kernel),
		T(dropped_and_found),
		T(found_without_the_truth),
		T(faults_without_the_truth),
		T(dropped_before_a_loss),
		T(critical_window_is_not_stranded),
		T(only_what_is_in_the_pir_is_stranded),
		T(record_read_early_and_interrupt_lost),
		T(sums_that_do_not_hold_are_seen),
		T(commands_all_done),
		T(completions_without_an_interrupt),
		T(commands_stop_without_a_loss),
		T(commands_that_failed),
		T(commands_never_taken),
		T(commands_never_taken_on_purpose),
		T(commands_stop_for_a_rescue),
		T(commands_stop_for_a_loss),
		T(held_back_to_coalesce),
		T(nothing_coalesced),
		T(missed_by_the_guest),
		T(missed_by_the_kernel_while_polling),
		T(polled_is_not_missed),
		T(aborted_is_not_lost),
		T(before_the_guest_knows),
		T(stale_behind_a_reset),
		T(sent_between_two_lives),
		T(sent_in_the_new_life),
		T(resets_that_were_not_made),
		T(resets_out_of_turn),
		T(each_source_is_checked),
		T(sums_hide_nothing),
		T(a_failed_command_of_any_source),
		T(a_fault_explains_its_own_source),
		T(a_loss_goes_before),
		T(a_fault_that_was_not_made),
		T(frames_all_seen),
		T(frames_that_found_no_buffer),
		T(frames_that_were_not_seen),
		T(frames_that_never_came),
		T(frames_that_were_not_sent),
		T(quantiles_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
