// SPDX-License-Identifier: LGPL-2.1-or-later
/* Linux guests: I/Os, the stalls among them, and why it is not another reason. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/branch.h"
#include "analysis/guest_io.h"
#include "analysis/maker.h"
#include "analysis/result.h"
#include "plan/plan.h"

#define V(i)    (MK_VECTOR + (i))
/* As Linux chose it. */
#define REAL(i) (0x22 + (i))
#define READ    PB_EVF_IO_READ

static struct maker m;
static struct pb_guest_io *io;
static uint32_t nr_io;

static int setup(void **state)
{
	(void)state;
	mk_init(&m);
	mk_linux(&m);
	mk_in(&m, 10);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	guest_io_free(io, nr_io);
	io = NULL;
	nr_io = 0;
	mk_free(&m);
	return 0;
}

/* --- runs ---------------------------------------------------------------------- */

static void tr_post(uint64_t tsc, uint32_t seq, uint16_t flags)
{
	mk_tr_post(&m, tsc, seq, V(0), flags);
	m.tr[m.nr_tr - 1].vector = REAL(0);
}

/* A read of 50 ticks; its post 10 before it is done, delivered at once. */
static void healthy(uint64_t tsc, uint32_t seq)
{
	mk_post(&m, tsc - 10, seq, V(0));
	mk_io(&m, tsc, 50, seq, 0, READ);
	mk_tr_entry(&m, tsc - 11, 0);
	tr_post(tsc - 10, seq, PB_EVF_NOTIFIED);
	mk_tr_pid(&m, tsc - 9, 0);
	mk_tr_virq(&m, tsc - 5, REAL(0));
}

/* A read whose post at `tsc` is stranded from 50 later on, till `left`; it is done at `done`. */
static void stranded(uint64_t tsc, uint32_t seq, uint64_t left, uint64_t done)
{
	mk_preempt(&m, tsc - 10);
	mk_post(&m, tsc, seq, V(0));
	mk_in(&m, tsc + 30);
	mk_tr_pid(&m, tsc - 11, MK_SN);
	tr_post(tsc, seq, PB_EVF_SUPPRESSED);
	mk_tr_pid(&m, tsc + 31, MK_PIR);
	mk_tr_entry(&m, tsc + 50, MK_PIR);
	if (left)
		mk_tr_pid(&m, left, 0);
	if (done)
		mk_io(&m, done, done - tsc + 40, seq, 0, READ);
}

static void build(bool with_truth)
{
	const struct pb_counts *c;
	uint32_t ios = 0;

	for (size_t i = 0; i < m.nr_ev; i++)
		ios += m.ev[i].kind == PB_EV_IO;
	m.plan.source[0].count = ios;
	c = mk_counts(&m, with_truth);
	assert_non_null(c);
	assert_int_equal(guest_io_build(m.tl, m.marks, &io, &nr_io), 0);
	assert_int_equal(nr_io, 1);
	assert_true(guest_io_check(io));
}

static void assert_check(enum pb_check which, const char *says)
{
	if (mk_check(&m) != -EPROTO)
		fail_msg("passed; must say '%s'", says);
	assert_int_equal(m.which, which);
	if (!strstr(m.err, says))
		fail_msg("'%s' does not say '%s'", m.err, says);
}

/* --- the join ------------------------------------------------------------------ */

static void test_healthy(void **state)
{
	(void)state;
	healthy(1000, 1);
	healthy(2000, 2);
	build(true);
	assert_int_equal(m.o->counts.cls[PB_CLASS_DELIVERED], 2);
	assert_int_equal(samples_max(&m.o->excess), 10);
	assert_int_equal(io->counts.ios, 2);
	assert_int_equal(io->counts.stalls, 0);
	assert_int_equal(samples_max(&io->took), 50);
	assert_int_equal(guest_io_lost(io, nr_io), 0);
}

static void test_join(void **state)
{
	(void)state;
	mk_post(&m, 100, 1, V(0));
	mk_post(&m, 200, 2, V(0));
	mk_post(&m, 300, 3, V(1));
	mk_io(&m, 90, 10, 1, 0, READ); /* done before there was a post */
	mk_io(&m, 260, 20, 2, 0, READ); /* began behind both */
	mk_io(&m, 270, 190, 3, 0, READ); /* takes both */
	mk_io(&m, MK_STOP + 1, MK_STOP, 4, 1, READ); /* counts no more */
	assert_int_equal(mk_join(&m), 0);
	assert_int_equal(m.tl->post[0].delivery, 270);
	assert_int_equal(m.tl->post[1].delivery, 270);
	assert_int_equal(m.tl->post[1].head, 0);
	assert_int_equal(m.tl->post[2].isr, PB_TL_NONE);
	assert_int_equal(m.tl->post[2].vcpu, 1);
}

static void test_wrong_kind(void **state)
{
	(void)state;
	mk_isr(&m, 100, 1, V(0));
	assert_int_equal(mk_join(&m), -EINVAL);
	assert_non_null(strstr(m.err, "a Linux guest records none"));
	mk_free(&m);
	mk_init(&m);
	mk_io(&m, 100, 10, 1, 0, READ);
	m.keep_device = true;
	assert_int_equal(mk_join(&m), -EINVAL);
	assert_non_null(strstr(m.err, "only a Linux guest"));
}

/* --- the cross-check ------------------------------------------------------------ */

static void test_counted_otherwise(void **state)
{
	(void)state;
	healthy(1000, 1);
	m.keep_device = true;
	m.head.device[0].submitted = m.head.device[0].completed = 2;
	assert_check(PB_CHECK_IO_COUNT, "1 of source 0 are recorded, 0 with an error; the guest "
					"counted 2 and 0");
}

static void test_errors_counted_otherwise(void **state)
{
	(void)state;
	healthy(1000, 1);
	m.keep_device = true;
	m.head.device[0] = (struct pb_run_device){.submitted = 1, .completed = 1, .errors = 1};
	assert_check(PB_CHECK_IO_COUNT, "the guest counted 1 and 1");
}

static void test_foreign_descriptor(void **state)
{
	(void)state;
	healthy(1000, 1);
	m.plan.vcpus = 1;
	m.tr[1].vcpu = 3;
	assert_check(PB_CHECK_PID, "descriptor 3, which is no vCPU's of the guest");
}

static void test_other_vcpu(void **state)
{
	(void)state;
	healthy(1000, 1);
	m.tr[1].vcpu = 3;
	assert_check(PB_CHECK_PID, "which is for vCPU 0, went to descriptor 3");
}

/* Stranded, and all the same nothing took longer: who told the guest? */
static void test_in_time_without_interrupt(void **state)
{
	(void)state;
	stranded(1000, 1, 0, 1060);
	assert_check(PB_CHECK_IO, "without a stall, while its interrupt (post 1) was stranded");
}

static void test_nothing_left(void **state)
{
	(void)state;
	healthy(1000, 1);
	mk_post(&m, 1500, 2, V(0));
	mk_tr_entry(&m, 1499, 0);
	tr_post(1500, 2, PB_EVF_NOTIFIED);
	mk_tr_pid(&m, 1501, 0);
	assert_check(PB_CHECK_IO, "belongs to no I/O of the guest");
}

/* The end woke the guest: its last read came back, too late to count. */
static void test_woken_by_the_end(void **state)
{
	(void)state;
	stranded(1000, 1, 0, MK_STOP + 10);
	build(true);
	assert_int_equal(m.o->counts.cls[PB_CLASS_STRANDED], 1);
}

static void test_polled_without_loss(void **state)
{
	(void)state;
	healthy(1000, 1);
	m.head.device[0].timeouts = m.head.device[0].polled = 1;
	assert_check(PB_CHECK_IO, "polled 1 completions of source 0, but only 0 interrupts");
}

/* --- why it stalls --------------------------------------------------------------- */

static void test_polled(void **state)
{
	char text[256];

	(void)state;
	healthy(500, 1);
	stranded(1000, 2, 0, 2000);
	m.head.device[0].timeouts = m.head.device[0].polled = 1;
	build(true);
	assert_int_equal(m.o->counts.cls[PB_CLASS_STRANDED], 1);
	assert_int_equal(io->counts.stalls, 1);
	assert_int_equal(io->counts.stalled, 1040);
	assert_int_equal(io->counts.cause[PB_STALL_INTERRUPT], 1);
	assert_int_equal(guest_io_lost(io, nr_io), 1);
	assert_string_equal(
		guest_io_text(io, 1000, text, sizeof(text)),
		"1 of 2 reads (50.0 %) stall, for 1.0 ms at the longest, 1.0 ms together; "
		"\"completion polled\" 1 time");
}

static void test_rescued(void **state)
{
	(void)state;
	stranded(1000, 1, 1500, 1510);
	build(true);
	assert_int_equal(m.o->counts.cls[PB_CLASS_RESCUED], 1);
	assert_int_equal(io->counts.cause[PB_STALL_INTERRUPT], 1);
}

static void test_fault(void **state)
{
	(void)state;
	m.plan.source[0].fault = PB_FAULT_LOST_MSI;
	m.plan.source[0].fault_at = 1;
	mk_post(&m, 1000, 1, V(0));
	mk_io(&m, 2000, 1040, 1, 0, READ);
	tr_post(1000, 1, PB_EVF_BLOCKED);
	m.tr[m.nr_tr - 1].arg = PB_FAULT_DROPPED;
	m.head.account[0].faults = 1;
	m.head.device[0].timeouts = m.head.device[0].polled = 1;
	build(true);
	assert_int_equal(io->counts.cause[PB_STALL_FAULTED], 1);
	assert_int_equal(guest_io_lost(io, nr_io), 0);
	assert_int_equal(counts_lost(&m.o->counts), 0);
}

/* The drive took its time: no kernel's fault. */
static void test_slow_device(void **state)
{
	(void)state;
	healthy(3000, 1);
	m.ev[m.nr_ev - 1].arg = 2000;
	build(true);
	assert_int_equal(io->counts.cause[PB_STALL_DEVICE], 1);
	assert_int_equal(m.o->counts.cls[PB_CLASS_DELIVERED], 1);
}

static void test_preempted(void **state)
{
	(void)state;
	healthy(1000, 1);
	m.ev[m.nr_ev - 1].tsc = 1600;
	m.ev[m.nr_ev - 1].arg = 650;
	mk_preempt(&m, 1010);
	mk_in(&m, 1580);
	build(true);
	assert_int_equal(io->counts.cause[PB_STALL_PREEMPTED], 1);
	assert_int_equal(m.o->counts.cls[PB_CLASS_DELIVERED], 1);
}

/* Stranded, but not for long: most of the time nobody could have taken it. */
static void test_preempted_then_stranded(void **state)
{
	(void)state;
	mk_preempt(&m, 990);
	mk_post(&m, 1000, 1, V(0));
	mk_in(&m, 1600);
	mk_tr_pid(&m, 989, MK_SN);
	tr_post(1000, 1, PB_EVF_SUPPRESSED);
	mk_tr_pid(&m, 1601, MK_PIR);
	mk_tr_entry(&m, 1620, MK_PIR);
	mk_tr_pid(&m, 1700, 0);
	mk_io(&m, 1710, 750, 1, 0, READ);
	build(true);
	assert_int_equal(m.o->counts.cls[PB_CLASS_RESCUED], 1);
	assert_int_equal(io->counts.cause[PB_STALL_PREEMPTED], 1);
	assert_int_equal(guest_io_lost(io, nr_io), 0);
}

/* A second frame waits behind the first, whose interrupt is stranded; it has no post. */
static void test_frames_behind(void **state)
{
	(void)state;
	m.plan.source[0].kind = PB_SOURCE_NIC;
	m.plan.source[0].vectors = 1;
	m.plan.vcpus = 1;
	stranded(1000, 1, 1500, 1510);
	m.ev[m.nr_ev - 1].flags = PB_EVF_IO_FRAME;
	mk_io(&m, 1512, 300, 2, 0, PB_EVF_IO_FRAME);
	build(true);
	assert_int_equal(io->counts.stalls, 2);
	assert_int_equal(io->counts.cause[PB_STALL_INTERRUPT], 2);
	assert_string_equal(guest_io_noun(io), "frames");
}

static void test_guests_own(void **state)
{
	(void)state;
	healthy(1000, 1);
	m.ev[m.nr_ev - 1].tsc = 1600;
	m.ev[m.nr_ev - 1].arg = 650;
	build(true);
	assert_int_equal(io->counts.cause[PB_STALL_OTHER], 1);
	assert_int_equal(guest_io_lost(io, nr_io), 0);
}

/* Where nobody sees interrupts, the driver's word is all there is. */
static void test_no_truth(void **state)
{
	(void)state;
	mk_io(&m, 1500, 1040, 1, 0, READ);
	mk_io(&m, 3000, 900, 2, 0, READ);
	m.head.device[0].timeouts = m.head.device[0].polled = 1;
	m.head.status = PB_RUN_TIMEOUT;
	build(false);
	assert_int_equal(io->counts.cause[PB_STALL_INTERRUPT], 1);
	assert_int_equal(io->counts.cause[PB_STALL_OTHER], 1);
}

/* With the device's record, and without the truth: posted long ago, and nobody came. */
static void test_record_only(void **state)
{
	(void)state;
	mk_post(&m, 1000, 1, V(0));
	mk_io(&m, 1500, 520, 1, 0, READ);
	m.head.status = PB_RUN_TIMEOUT;
	build(false);
	assert_int_equal(io->counts.cause[PB_STALL_INTERRUPT], 1);
}

/* --- what proves nothing ---------------------------------------------------------- */

static void assert_not_judged(const char *says)
{
	struct pb_outcome *o;
	int ret = mk_check(&m);

	if (ret)
		fail_msg("%s", m.err);
	if (outcome_build(m.tl, m.marks, &o, m.err, sizeof(m.err)) != -EPROTO)
		fail_msg("passed; must say '%s'", says);
	if (!strstr(m.err, says))
		fail_msg("'%s' does not say '%s'", m.err, says);
}

static void test_incomplete(void **state)
{
	(void)state;
	healthy(1000, 1);
	assert_not_judged("the guest did 1 of 2 I/Os of source 0, and no loss says why");
}

static void test_errors(void **state)
{
	(void)state;
	healthy(1000, 1);
	m.ev[m.nr_ev - 1].flags |= PB_EVF_IO_ERROR;
	assert_not_judged("1 of the guest's I/Os of source 0 ended with an error");
}

static void test_timeouts(void **state)
{
	(void)state;
	healthy(1000, 1);
	m.head.device[0].timeouts = 1;
	assert_not_judged("gave up waiting 1 times, and aborted 0, and no loss says why");
}

/* --- posts of the truth; the whole branch ------------------------------------------ */

static struct pb_kernel kernel = {.name = "k"};

static void drop_posts(void)
{
	size_t n = 0;

	for (size_t i = 0; i < m.nr_ev; i++)
		if (m.ev[i].kind != PB_EV_POST)
			m.ev[n++] = m.ev[i];
	m.nr_ev = n;
}

static void test_posts_of_truth(void **state)
{
	struct pb_result_branch b = {0};
	struct pb_job job;

	(void)state;
	healthy(500, 1);
	stranded(1000, 2, 0, 2000);
	drop_posts();
	m.head.posted = 2;
	m.head.device[0].timeouts = m.head.device[0].polled = 1;
	job = mk_job(&m, &kernel);
	assert_int_equal(branch_analyse(&job, true, &b), 0);
	if (b.status != PB_BRANCH_OK)
		fail_msg("%s", b.reason);
	assert_int_equal(b.counts.posts, 2);
	assert_int_equal(b.counts.cls[PB_CLASS_STRANDED], 1);
	assert_int_equal(b.nr_io, 1);
	assert_int_equal(branch_suffered(&b), 1);
	branch_release(&b);
}

/* The devices count their posts: none is missing in the truth. */
static void test_posts_counted(void **state)
{
	struct pb_result_branch b = {0};
	struct pb_job job;

	(void)state;
	healthy(500, 1);
	healthy(1500, 2);
	drop_posts();
	m.head.posted = 3;
	job = mk_job(&m, &kernel);
	assert_int_equal(branch_analyse(&job, true, &b), 0);
	assert_int_equal(b.status, PB_BRANCH_ERROR);
	assert_non_null(strstr(b.reason, "2 posts are recorded, the sources made 3"));
	branch_release(&b);
}

/* --- the sums ---------------------------------------------------------------------- */

static void test_sums(void **state)
{
	uint64_t took[] = {50, 1040};
	struct pb_guest_io a = {.kind = PB_SOURCE_NVME,
				.counts = {.submitted = 2,
					   .ios = 2,
					   .stalls = 1,
					   .stalled = 1040,
					   .cause[PB_STALL_INTERRUPT] = 1,
					   .timeouts = 1,
					   .polled = 1}};
	struct pb_guest_io sum = {0}, bad;

	(void)state;
	assert_int_equal(samples_init(&a.took, took, 2), 0);
	assert_true(guest_io_check(&a));
	assert_int_equal(guest_io_add(&sum, &a), 0);
	assert_int_equal(guest_io_add(&sum, &a), 0);
	assert_true(guest_io_check(&sum));
	assert_int_equal(sum.counts.ios, 4);
	assert_int_equal(sum.took.total, 4);
#define SPOIL(set) \
	bad = a;   \
	set;       \
	assert_false(guest_io_check(&bad))
	SPOIL(bad.counts.ios = 3);
	SPOIL(bad.counts.stalls = 0);
	SPOIL(bad.counts.cause[PB_STALL_DEVICE] = 1);
	SPOIL(bad.counts.errors = 3);
	SPOIL(bad.counts.submitted = 1);
	SPOIL(bad.counts.polled = 2);
	SPOIL(bad.kind = PB_SOURCE_POSTER);
	SPOIL(bad.counts.stalls = bad.counts.cause[PB_STALL_INTERRUPT] = 0);
#undef SPOIL
	samples_free(&a.took);
	samples_free(&sum.took);
}

static void test_times(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(guest_io_time(1040000, 1000, buf, sizeof(buf)), "1.040 s");
	assert_string_equal(guest_io_time(12300, 1000, buf, sizeof(buf)), "12.3 ms");
	assert_string_equal(guest_io_time(45, 1000, buf, sizeof(buf)), "45 us");
	assert_string_equal(guest_io_time(45, 0, buf, sizeof(buf)), "0 us");
	assert_string_equal(stall_cause_text(PB_STALL_CAUSES), "?");
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_healthy),
		T(test_join),
		T(test_wrong_kind),
		T(test_counted_otherwise),
		T(test_errors_counted_otherwise),
		T(test_foreign_descriptor),
		T(test_other_vcpu),
		T(test_in_time_without_interrupt),
		T(test_nothing_left),
		T(test_woken_by_the_end),
		T(test_polled_without_loss),
		T(test_polled),
		T(test_rescued),
		T(test_fault),
		T(test_slow_device),
		T(test_preempted),
		T(test_preempted_then_stranded),
		T(test_frames_behind),
		T(test_guests_own),
		T(test_no_truth),
		T(test_record_only),
		T(test_incomplete),
		T(test_errors),
		T(test_timeouts),
		T(test_posts_of_truth),
		T(test_posts_counted),
		T(test_sums),
		T(test_times),
	};

	return cmocka_run_group_tests_name("guest_io", tests, NULL, NULL);
}
