// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every rule of the join, and its edges. */
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

static void joined(void)
{
	int ret = mk_join(&m);

	if (ret)
		fail_msg("%s", m.err);
}

static void refused(const char *why)
{
	assert_int_equal(mk_join(&m), -EINVAL);
	if (!strstr(m.err, why))
		fail_msg("'%s' does not say '%s'", m.err, why);
}

static void one_post_one_isr(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_isr(&m, 107, 1, V(0));
	joined();
	assert_int_equal(m.tl->nr_posts, 1);
	assert_int_equal(m.tl->post[0].delivery, 107);
	assert_int_equal(m.tl->post[0].head, 0);
	assert_int_equal(m.tl->empty, 0);
}

static void vectors_do_not_mix(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_post(&m, 101, 2, V(1));
	mk_isr(&m, 110, 2, V(1));
	joined();
	assert_int_equal(m.tl->post[0].isr, PB_TL_NONE);
	assert_int_equal(m.tl->post[1].delivery, 110);
}

static void several_consumed_at_once_coalesce(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_post(&m, 101, 2, V(0));
	mk_post(&m, 102, 3, V(0));
	mk_isr(&m, 110, 3, V(0));
	joined();
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(m.tl->post[i].delivery, 110);
		assert_int_equal(m.tl->post[i].head, 0);
	}
}

static void isr_before_post_consumes_nothing(void **state)
{
	(void)state;
	mk_isr(&m, 90, 1, V(0));
	mk_post(&m, 100, 1, V(0));
	joined();
	assert_int_equal(m.tl->post[0].isr, PB_TL_NONE);
	assert_int_equal(m.tl->empty, 1);
}

static void isr_does_not_consume_what_it_did_not_see(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_post(&m, 104, 2, V(0));
	mk_isr(&m, 105, 1, V(0));
	mk_isr(&m, 120, 2, V(0));
	joined();
	assert_int_equal(m.tl->post[0].delivery, 105);
	assert_int_equal(m.tl->post[1].delivery, 120);
	assert_int_equal(m.tl->post[1].head, 1);
}

/* The second post is made while the first one's ISR starts: it sees both, then comes again. */
static void isr_race_sees_newer_record(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_post(&m, 104, 2, V(0));
	mk_isr(&m, 105, 2, V(0));
	mk_isr(&m, 120, 2, V(0));
	joined();
	assert_int_equal(m.tl->post[1].delivery, 105);
	assert_int_equal(m.tl->post[1].head, 0);
	assert_int_equal(m.tl->empty, 1);
}

/* The slot shows a record whose post is later than the ISR's first instruction. */
static void isr_race_newer_record_is_left_to_its_own_isr(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_post(&m, 106, 2, V(0));
	mk_isr(&m, 105, 2, V(0));
	mk_isr(&m, 120, 2, V(0));
	joined();
	assert_int_equal(m.tl->post[0].delivery, 105);
	assert_int_equal(m.tl->post[1].delivery, 120);
	assert_int_equal(m.tl->empty, 0);
}

static void equal_time_counts_as_seen(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_isr(&m, 100, 1, V(0));
	joined();
	assert_int_equal(m.tl->post[0].delivery, 100);
}

static void isr_after_stop_does_not_count(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_isr(&m, MK_STOP + 1, 1, V(0));
	joined();
	assert_int_equal(m.tl->post[0].isr, PB_TL_NONE);
	assert_true(m.tl->isr[0].after_stop);
}

static void isr_without_record_is_empty(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_isr(&m, 105, 0, V(0));
	joined();
	assert_int_equal(m.tl->post[0].isr, PB_TL_NONE);
	assert_int_equal(m.tl->empty, 1);
}

static void strange_vectors_are_counted(void **state)
{
	(void)state;
	mk_isr(&m, 105, 1, V(9));
	mk_isr(&m, 106, 1, V(0));
	m.ev[1].flags = PB_EVF_SPURIOUS;
	m.plan.vcpus = 2;
	mk_isr(&m, 107, 1, V(0));
	m.ev[2].vcpu = 1;
	joined();
	assert_int_equal(m.tl->spurious, 2);
	assert_int_equal(m.tl->misrouted, 1);
	assert_int_equal(m.tl->nr_isrs, 0);
}

static void preempted_once(void **state)
{
	(void)state;
	mk_in(&m, 10);
	mk_preempt(&m, 90);
	mk_post(&m, 100, 1, V(0));
	mk_in(&m, 500);
	mk_isr(&m, 507, 1, V(0));
	joined();
	assert_int_equal(m.tl->post[0].preempted, 400);
	assert_int_equal(m.tl->post[0].blocked, 0);
}

static void preempted_several_times(void **state)
{
	(void)state;
	mk_in(&m, 10);
	mk_preempt(&m, 90);
	mk_post(&m, 100, 1, V(0));
	mk_in(&m, 200);
	mk_preempt(&m, 210);
	mk_in(&m, 400);
	mk_preempt(&m, 450);
	mk_in(&m, 700);
	mk_isr(&m, 705, 1, V(0));
	joined();
	assert_int_equal(m.tl->post[0].preempted, 100 + 190 + 250);
}

static void post_while_blocked(void **state)
{
	(void)state;
	mk_in(&m, 10);
	mk_block(&m, 90);
	mk_post(&m, 100, 1, V(0));
	mk_in(&m, 130);
	mk_isr(&m, 135, 1, V(0));
	joined();
	assert_int_equal(m.tl->post[0].preempted, 0);
	assert_int_equal(m.tl->post[0].blocked, 30);
}

static void sched_order_is_made_good(void **state)
{
	(void)state;
	/* As a recorder reads it that takes CPU 1 before CPU 0. */
	mk_in(&m, 300);
	mk_preempt(&m, 400);
	mk_in(&m, 10);
	mk_preempt(&m, 90);
	joined();
	assert_int_equal(m.tl->vcpu[0].nr, 3);
	assert_int_equal(m.tl->vcpu[0].off[1].out, 90);
	assert_int_equal(m.tl->vcpu[0].off[1].in, 300);
	assert_int_equal(m.tl->vcpu[0].off[2].in, PB_TICK_NONE);
}

static void sched_hole_is_refused(void **state)
{
	(void)state;
	mk_in(&m, 10);
	mk_preempt(&m, 90);
	mk_preempt(&m, 120);
	refused("scheduling event is missing");
}

/* Instant by instant: the thread is off in [0, 10), then in turns, by 3 kinds. */
#define OFF_END 600
static int off_at(uint64_t t)
{
	enum { ON, PREEMPTED, BLOCKED };

	if (t < 10)
		return PREEMPTED;
	if (t >= 10 + 20 * 25)
		return ON;
	return (t - 10) % 20 < 13 ? ON : (t - 10) / 20 % 2 ? PREEMPTED : BLOCKED;
}

static void off_cpu_is_the_sum_of_its_instants(void **state)
{
	uint64_t sum[3][OFF_END + 1] = {0};

	(void)state;
	for (uint64_t t = 1; t <= OFF_END; t++)
		for (int k = 0; k < 3; k++)
			sum[k][t] = sum[k][t - 1] + (off_at(t - 1) == k);
	mk_in(&m, 10);
	for (uint64_t t = 11; t < OFF_END; t++) {
		if (!off_at(t - 1) && off_at(t) == 1)
			mk_preempt(&m, t);
		else if (!off_at(t - 1) && off_at(t) == 2)
			mk_block(&m, t);
		else if (off_at(t - 1) && !off_at(t))
			mk_in(&m, t);
	}
	joined();
	assert_int_equal(m.tl->vcpu[0].nr, 26);
	for (uint64_t from = 0; from < OFF_END; from++)
		for (uint64_t to = from; to < OFF_END; to += 7) {
			/* Wherever the search begins. */
			size_t near = (from * 31 + to) % (m.tl->vcpu[0].nr + 1), start = near;
			uint64_t preempted, blocked, on = from;

			timeline_off_cpu(m.tl, 0, from, to, &near, &preempted, &blocked);
			assert_int_equal(preempted, sum[1][to] - sum[1][from]);
			assert_int_equal(blocked, sum[2][to] - sum[2][from]);
			while (off_at(on) == 1)
				on++;
			assert_int_equal(timeline_next_on(m.tl, 0, from, &start), on);
			assert_int_equal(near, start);
		}
}

static void rescuer_between_return_and_delivery(void **state)
{
	(void)state;
	mk_in(&m, 10);
	mk_preempt(&m, 90);
	mk_post(&m, 100, 1, V(0));
	mk_in(&m, 200);
	mk_post(&m, 600, 2, V(1));
	mk_isr(&m, 605, 2, V(1));
	mk_isr(&m, 607, 1, V(0));
	joined();
	assert_true(m.tl->post[0].rescuer);
	assert_false(m.tl->post[1].rescuer);
}

static void post_while_preempted_is_no_rescuer(void **state)
{
	(void)state;
	mk_in(&m, 10);
	mk_preempt(&m, 90);
	mk_post(&m, 100, 1, V(0));
	mk_post(&m, 150, 2, V(1));
	mk_in(&m, 200);
	mk_isr(&m, 605, 2, V(1));
	mk_isr(&m, 607, 1, V(0));
	joined();
	assert_false(m.tl->post[0].rescuer);
}

static void rescuer_of_another_vcpu_does_not_count(void **state)
{
	(void)state;
	m.plan.vcpus = 2;
	m.plan.nr_sources = 2;
	m.plan.source[1] = m.plan.source[0];
	m.plan.source[1].vcpu = 1;
	mk_post(&m, 100, 1, V(0));
	mk_post(&m, 300, 1, V(64));
	mk_isr(&m, 600, 1, V(0));
	joined();
	assert_int_equal(m.tl->nr_posts, 2);
	assert_int_equal(m.tl->post[1].vcpu, 1);
	assert_false(m.tl->post[0].rescuer);
}

static void rescuer_of_another_source_counts(void **state)
{
	(void)state;
	m.plan.nr_sources = 2;
	m.plan.source[1] = m.plan.source[0];
	mk_post(&m, 300, 1, V(64));
	mk_post(&m, 100, 1, V(0));
	mk_isr(&m, 600, 1, V(0));
	joined();
	assert_true(m.tl->post[0].rescuer);
}

static void gaps_are_counted(void **state)
{
	(void)state;
	mk_post(&m, 100, 2, V(0));
	mk_post(&m, 110, 6, V(0));
	joined();
	assert_int_equal(m.tl->gaps, 1 + 3);
}

static void insane_records_are_refused(void **state)
{
	(void)state;
	mk_post(&m, 100, 2, V(0));
	mk_post(&m, 110, 2, V(0));
	refused("sequence number does not grow");
}

static void time_running_backwards_is_refused(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_post(&m, 99, 2, V(0));
	refused("older than the post before it");
}

static void isr_time_running_backwards_is_refused(void **state)
{
	(void)state;
	mk_isr(&m, 100, 1, V(0));
	mk_isr(&m, 99, 2, V(0));
	refused("older than the entry before it");
}

static void missing_stop_is_refused(void **state)
{
	(void)state;
	m.no_phases = true;
	mk_post(&m, 100, 1, V(0));
	refused("no stop");
}

static void phase_twice_is_refused(void **state)
{
	(void)state;
	m.ev[m.nr_ev++] = (struct pb_event){
		.tsc = 5, .kind = PB_EV_PHASE, .arg = PB_PHASE_DRAIN, .vcpu = PB_VCPU_NONE};
	refused("entered twice");
}

static void time_beyond_reason_is_refused(void **state)
{
	(void)state;
	mk_post(&m, 1ull << 63, 1, V(0));
	refused("time stamp");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_post_one_isr),
		T(vectors_do_not_mix),
		T(several_consumed_at_once_coalesce),
		T(isr_before_post_consumes_nothing),
		T(isr_does_not_consume_what_it_did_not_see),
		T(isr_race_sees_newer_record),
		T(isr_race_newer_record_is_left_to_its_own_isr),
		T(equal_time_counts_as_seen),
		T(isr_after_stop_does_not_count),
		T(isr_without_record_is_empty),
		T(strange_vectors_are_counted),
		T(preempted_once),
		T(preempted_several_times),
		T(post_while_blocked),
		T(sched_order_is_made_good),
		T(sched_hole_is_refused),
		T(off_cpu_is_the_sum_of_its_instants),
		T(rescuer_between_return_and_delivery),
		T(post_while_preempted_is_no_rescuer),
		T(rescuer_of_another_vcpu_does_not_count),
		T(rescuer_of_another_source_counts),
		T(gaps_are_counted),
		T(insane_records_are_refused),
		T(time_running_backwards_is_refused),
		T(isr_time_running_backwards_is_refused),
		T(missing_stop_is_refused),
		T(phase_twice_is_refused),
		T(time_beyond_reason_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
