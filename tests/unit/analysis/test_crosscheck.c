// SPDX-License-Identifier: LGPL-2.1-or-later
/* Each check of the instrument against the truth, made to fire. */
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

/* Three healthy posts on two vectors: what each test spoils. */
static int setup(void **state)
{
	(void)state;
	mk_init(&m);
	mk_in(&m, 10);
	mk_healthy(&m, 100, 1, V(0));
	mk_healthy(&m, 200, 2, V(1));
	mk_healthy(&m, 300, 3, V(0));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mk_free(&m);
	return 0;
}

static void passes(void)
{
	if (mk_check(&m))
		fail_msg("%s", m.err);
}

static void fires(enum pb_check which, const char *why)
{
	assert_int_equal(mk_check(&m), -EPROTO);
	if (m.which != which || !strstr(m.err, why) || !strstr(m.err, check_name(which)))
		fail_msg("'%s' (%s) is not '%s' (%s)", m.err, check_name(m.which), why,
			 check_name(which));
}

/* The n-th event of a kind. */
static struct pb_event *nth(struct pb_event *ev, size_t *nr, uint8_t kind, unsigned int n)
{
	for (size_t i = 0; i < *nr; i++)
		if (ev[i].kind == kind && !n--)
			return &ev[i];
	fail_msg("no such event");
	return NULL;
}

static void drop(struct pb_event *ev, size_t *nr, uint8_t kind, unsigned int n)
{
	struct pb_event *e = nth(ev, nr, kind, n);

	(*nr)--;
	memmove(e, e + 1, (size_t)(ev + *nr - e) * sizeof(*e));
}

#define EV(kind, n) nth(m.ev, &m.nr_ev, kind, n)
#define TR(kind, n) nth(m.tr, &m.nr_tr, kind, n)

static void healthy_passes(void **state)
{
	(void)state;
	passes();
	assert_true(m.marks[2].delivered);
}

static void ring_overflow(void **state)
{
	(void)state;
	m.head.lost = 3;
	fires(PB_CHECK_LOST, "3 events");
}

static void post_record_dropped(void **state)
{
	(void)state;
	drop(m.ev, &m.nr_ev, PB_EV_POST, 1);
	fires(PB_CHECK_GAP, "no record");
}

static void last_post_record_dropped(void **state)
{
	(void)state;
	m.keep_counts = true;
	m.head.posted = 3;
	m.head.isr = 3;
	drop(m.ev, &m.nr_ev, PB_EV_POST, 2);
	fires(PB_CHECK_GAP, "2 posts are recorded, the sources made 3");
}

static void guest_drops_an_isr_record(void **state)
{
	(void)state;
	m.keep_counts = true;
	m.head.posted = 3;
	m.head.isr = 3;
	drop(m.ev, &m.nr_ev, PB_EV_ISR, 1);
	fires(PB_CHECK_ISR_COUNT, "2 and 0 spurious are recorded");
}

/* It saw the interrupt and says that it was another one's. */
static void guest_names_another_post(void **state)
{
	(void)state;
	EV(PB_EV_ISR, 1)->seq = 3;
	fires(PB_CHECK_SEQ, "0x31 at 206 names post 3 of source 0, which was not made on it");
}

static void guest_names_no_post(void **state)
{
	(void)state;
	EV(PB_EV_ISR, 1)->seq = 4;
	fires(PB_CHECK_SEQ, "names post 4");
}

/* And counts as if it never came: only the truth knows. */
static void guest_drops_an_isr(void **state)
{
	(void)state;
	drop(m.ev, &m.nr_ev, PB_EV_ISR, 1);
	fires(PB_CHECK_VIRQ, "0x31 at 205 has no ISR entry");
}

static void guest_invents_an_isr(void **state)
{
	(void)state;
	mk_isr(&m, 400, 2, V(1));
	fires(PB_CHECK_VIRQ, "0x31 at 400 has no virtual interrupt");
}

static void guest_claims_spurious(void **state)
{
	(void)state;
	m.keep_counts = true;
	m.head.posted = 3;
	m.head.isr = 3;
	m.head.spurious = 1;
	fires(PB_CHECK_ISR_COUNT, "and 1");
}

static void isr_before_its_interrupt(void **state)
{
	(void)state;
	EV(PB_EV_ISR, 1)->tsc = 204;
	fires(PB_CHECK_VIRQ, "before its virtual interrupt");
}

static void isr_on_another_vcpu(void **state)
{
	struct pb_event *e;

	(void)state;
	/* The truth's second descriptor belongs to vCPU 1, which is where V(1) went. */
	m.plan.vcpus = 2;
	m.plan.nr_sources = 2;
	m.plan.source[1] = m.plan.source[0];
	m.plan.source[1].vcpu = 1;
	mk_healthy(&m, 400, 1, V(64));
	for (size_t i = m.nr_tr - 4; i < m.nr_tr; i++)
		m.tr[i].vcpu = 1;
	e = TR(PB_TR_VIRQ, 1);
	e->vcpu = 1;
	fires(PB_CHECK_VIRQ, "went to vCPU 1");
}

static void post_in_the_drain(void **state)
{
	(void)state;
	mk_healthy(&m, MK_DRAIN + 1, 4, V(2));
	fires(PB_CHECK_DRAIN, "post 4 of source 0");
}

static void truth_of_another_plan(void **state)
{
	(void)state;
	m.truth_head.plan_crc = 12345;
	fires(PB_CHECK_PLAN, "another plan");
}

static void truth_with_a_counted_hole(void **state)
{
	(void)state;
	m.truth_head.lost = 1;
	fires(PB_CHECK_TRUTH_LOST, "1 events");
}

static void truth_with_a_hole(void **state)
{
	(void)state;
	drop(m.tr, &m.nr_tr, PB_TR_POST, 1);
	fires(PB_CHECK_POST, "post 2 of source 0 is not in the truth");
}

static void truth_with_one_more(void **state)
{
	(void)state;
	mk_tr_post(&m, 400, 4, V(0), PB_EVF_NOTIFIED);
	fires(PB_CHECK_POST, "post 4 of source 0 is in the truth only");
}

static void post_twice_in_the_truth(void **state)
{
	(void)state;
	mk_tr_post(&m, 300, 3, V(0), PB_EVF_OUTSTANDING);
	m.tr[m.nr_tr - 1].tsc = 300;
	TR(PB_TR_VIRQ, 2)->tsc = 300;
	TR(PB_TR_PID, 2)->tsc = 300;
	fires(PB_CHECK_POST, "twice");
}

static void post_on_another_vector(void **state)
{
	(void)state;
	TR(PB_TR_POST, 1)->vector = V(2);
	fires(PB_CHECK_POST, "vector 0x31 at 200, in the truth 0x32");
}

static void post_at_another_time(void **state)
{
	(void)state;
	EV(PB_EV_POST, 1)->tsc = 201;
	fires(PB_CHECK_POST, "at 201, in the truth");
}

static void post_to_another_descriptor(void **state)
{
	(void)state;
	TR(PB_TR_POST, 2)->vcpu = 1;
	fires(PB_CHECK_PID, "post 3 of source 0");
}

static void post_without_descriptor(void **state)
{
	(void)state;
	TR(PB_TR_POST, 0)->vcpu = PB_VCPU_NONE;
	fires(PB_CHECK_PID, "post 1 of source 0");
}

static void two_vcpus_with_one_descriptor(void **state)
{
	(void)state;
	m.plan.vcpus = 2;
	m.plan.nr_sources = 2;
	m.plan.source[1] = m.plan.source[0];
	m.plan.source[1].vcpu = 1;
	mk_healthy(&m, 400, 1, V(64));
	TR(PB_TR_POST, 3)->vcpu = 0;
	fires(PB_CHECK_PID, "which is for vCPU 1, went to descriptor 0");
}

/* The ISR saw an older record than the post that it was raised for. */
static void record_not_visible(void **state)
{
	(void)state;
	EV(PB_EV_ISR, 2)->seq = 1;
	fires(PB_CHECK_MISSED, "post 3 of source 0");
}

static void entry_while_off_cpu(void **state)
{
	(void)state;
	mk_preempt(&m, 280);
	mk_in(&m, 320);
	fires(PB_CHECK_SCHED, "entered the guest at 299");
}

/* Within what the clocks may be apart it is no contradiction. */
static void entry_at_the_edge_of_a_gap(void **state)
{
	(void)state;
	mk_preempt(&m, 297);
	mk_in(&m, 301);
	passes();
}

static void entry_just_beyond_the_edge(void **state)
{
	(void)state;
	mk_preempt(&m, 296);
	mk_in(&m, 302);
	fires(PB_CHECK_SCHED, "entered the guest at 299");
}

static void suppressed_with_sn_clear(void **state)
{
	(void)state;
	TR(PB_TR_POST, 1)->flags = PB_EVF_SUPPRESSED;
	fires(PB_CHECK_STATE, "post 2 of source 0 at 200 was suppressed with ON=0, SN=0");
}

static void notified_with_sn_set(void **state)
{
	(void)state;
	TR(PB_TR_ENTRY, 1)->arg = MK_SN;
	fires(PB_CHECK_STATE, "was notified with ON=0, SN=1");
}

static void outstanding_with_on_clear(void **state)
{
	(void)state;
	TR(PB_TR_POST, 1)->flags = PB_EVF_OUTSTANDING;
	fires(PB_CHECK_STATE, "was outstanding with ON=0, SN=0");
}

static void notified_with_on_set(void **state)
{
	(void)state;
	TR(PB_TR_ENTRY, 1)->arg = MK_ON;
	fires(PB_CHECK_STATE, "was notified with ON=1, SN=0");
}

/* A message that is not in the record made the IOMMU set ON. */
static void iommu_sets_on_by_itself(void **state)
{
	(void)state;
	mk_tr_pid(&m, 400, MK_ON | MK_PIR);
	m.tr[m.nr_tr - 1].flags |= PB_EVF_BY_IOMMU;
	fires(PB_CHECK_STATE, "which no post explains");
}

static void truth_out_of_order(void **state)
{
	(void)state;
	TR(PB_TR_PID, 2)->tsc = 150;
	fires(PB_CHECK_STATE, "older than the one before");
}

/* Interrupt and ISR agree, but nobody posted: the device sent a message twice. */
static void interrupt_posted_by_nobody(void **state)
{
	(void)state;
	mk_tr_virq(&m, 405, V(1));
	mk_isr(&m, 406, 2, V(1));
	fires(PB_CHECK_VIRQ, "0x31 at 405 was posted by nobody");
}

/* Two posts of a vector, the second while the first is in the IRR: two interrupts, both due. */
static void posted_again_while_in_irr(void **state)
{
	(void)state;
	mk_post(&m, 400, 4, V(2));
	mk_post(&m, 403, 5, V(2));
	mk_tr_post(&m, 400, 4, V(2), PB_EVF_NOTIFIED);
	mk_tr_pid(&m, 401, 0);
	mk_tr_post(&m, 403, 5, V(2), PB_EVF_NOTIFIED);
	mk_tr_virq(&m, 404, V(2));
	mk_isr(&m, 405, 5, V(2));
	mk_tr_pid(&m, 406, 0);
	mk_tr_virq(&m, 407, V(2));
	mk_isr(&m, 408, 5, V(2));
	passes();
	assert_int_equal(m.tl->empty, 1);
}

/* A masked message comes when it is unmasked; the record has the time of the post. */
static void masked_then_sent(void **state)
{
	(void)state;
	mk_post(&m, 400, 4, V(2));
	mk_tr_post(&m, 400, 4, V(2), PB_EVF_MASKED);
	mk_tr_post(&m, 450, 4, V(2), PB_EVF_NOTIFIED);
	mk_tr_pid(&m, 451, 0);
	mk_tr_virq(&m, 452, V(2));
	mk_isr(&m, 453, 4, V(2));
	passes();
	assert_true(m.marks[3].delivered);
}

/* The guest is stopped: what is delivered after that it need not record. */
static void interrupt_after_the_stop(void **state)
{
	(void)state;
	mk_tr_virq(&m, MK_STOP + 5, V(1));
	passes();
}

static void loss_on_both_sides_agrees(void **state)
{
	(void)state;
	mk_stranded(&m, 400, 4, V(3));
	passes();
	assert_false(m.marks[3].delivered);
	assert_true(m.marks[3].stranded);
}

static void slack_is_two_nanoseconds(void **state)
{
	(void)state;
	assert_int_equal(crosscheck_sched_slack(100000), 2);
	assert_int_equal(crosscheck_sched_slack(3000000), 7);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(healthy_passes),
		T(ring_overflow),
		T(post_record_dropped),
		T(last_post_record_dropped),
		T(guest_drops_an_isr_record),
		T(guest_names_another_post),
		T(guest_names_no_post),
		T(guest_drops_an_isr),
		T(guest_invents_an_isr),
		T(guest_claims_spurious),
		T(isr_before_its_interrupt),
		T(isr_on_another_vcpu),
		T(post_in_the_drain),
		T(truth_of_another_plan),
		T(truth_with_a_counted_hole),
		T(truth_with_a_hole),
		T(truth_with_one_more),
		T(post_twice_in_the_truth),
		T(post_on_another_vector),
		T(post_at_another_time),
		T(post_to_another_descriptor),
		T(post_without_descriptor),
		T(two_vcpus_with_one_descriptor),
		T(record_not_visible),
		T(entry_while_off_cpu),
		T(entry_at_the_edge_of_a_gap),
		T(entry_just_beyond_the_edge),
		T(suppressed_with_sn_clear),
		T(notified_with_sn_set),
		T(outstanding_with_on_clear),
		T(notified_with_on_set),
		T(iommu_sets_on_by_itself),
		T(truth_out_of_order),
		T(interrupt_posted_by_nobody),
		T(posted_again_while_in_irr),
		T(masked_then_sent),
		T(interrupt_after_the_stop),
		T(loss_on_both_sides_agrees),
		T(slack_is_two_nanoseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
