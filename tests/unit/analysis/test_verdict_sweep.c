// SPDX-License-Identifier: LGPL-2.1-or-later
/* What sweeps make of a verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/branch.h"
#include "analysis/sweeps.h"

static struct pb_result *r;
static struct maker m;

static int setup_for(uint32_t sweeps, uint32_t suppressed)
{
	struct pb_scenario s = {.name = "sweep-preempt",
				.plan.nr_sweeps = sweeps,
				.expect.suppressed_min = suppressed};
	struct pb_kernel base = {.name = "b"}, head = {.name = "h"};

	r = result_new();
	snprintf(r->fp.machine, sizeof(r->fp.machine), "lab");
	result_add_kernel(r, &base, PB_ROLE_BASE, NULL);
	result_add_kernel(r, &head, PB_ROLE_HEAD, NULL);
	result_add_scenario(r, &s);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return setup_for(1, 1);
}

static int teardown(void **state)
{
	(void)state;
	result_free(r);
	return 0;
}

/* One branch of two windows, of which the second loses in these intervals. */
static void add(unsigned int kernel, uint32_t from, uint32_t to)
{
	sw_init(&m, 2);
	m.plan.seed = 0x5eed;
	sw_own(&m, 1);
	sw_own(&m, 2);
	sw_swept(&m, 1, 0, 0);
	sw_swept(&m, 2, from, to);
	sw_add(r, kernel, 0, &m);
}

static void verdict(enum pb_verdict_kind kind, const char *sentence)
{
	assert_int_equal(result_finish(r), 0);
	if (r->verdict.kind != kind || strcmp(r->verdict.sentence, sentence))
		fail_msg("%s: '%s' is not %s: '%s'", verdict_name(r->verdict.kind),
			 r->verdict.sentence, verdict_name(kind), sentence);
}

#define LOSS                                                                                   \
	"at 2 of 12 intervals of sweep-preempt (2 windows preempt to resume), in window 2 at " \
	"instants 12..39 of 100, from 0xffffffff81000010 (virtual-APIC page loaded) to "       \
	"0xffffffff81000030 (SN cleared): stranded"

static void complete(void **state)
{
	(void)state;
	add(0, 0, 0);
	add(1, 0, 0);
	verdict(PB_VERDICT_PASS, "h loses no interrupt: 1 branch of 1 scenario, nor does b; "
				 "complete: 12 intervals (200 instants) in 2 windows, 0 lost.");
}

static void head_loses(void **state)
{
	(void)state;
	add(0, 0, 0);
	add(1, 1, 3);
	verdict(PB_VERDICT_FAIL, "h loses interrupts that b delivers: " LOSS ".");
	assert_string_equal(r->verdict.replay,
			    "pirbench run sweep-preempt --kernel h --seed 0x5eed");
	assert_int_equal(result_cell(r, 1, 0)->lossy, 1);
}

static void both_lose(void **state)
{
	(void)state;
	add(0, 1, 3);
	add(1, 1, 3);
	verdict(PB_VERDICT_FAIL, "h loses interrupts, and b loses some, too: " LOSS ".");
}

static void base_loses(void **state)
{
	(void)state;
	add(0, 1, 3);
	add(1, 0, 0);
	verdict(PB_VERDICT_PASS, "h loses no interrupt: 1 branch of 1 scenario; complete: 12 "
				 "intervals (200 instants) "
				 "in 2 windows, 0 lost. Head fixes: b loses " LOSS ".");
	assert_true(r->verdict.fixes);
	assert_string_equal(r->verdict.replay,
			    "pirbench run sweep-preempt --kernel b --seed 0x5eed");
}

/* Late by a VM entry counts as the loss that a later interrupt rescues. */
static void late(void **state)
{
	(void)state;
	sw_init(&m, 1);
	sw_own(&m, 1);
	sw_swept(&m, 1, 0, 0);
	m.tr[m.nr_tr - 1].flags |= PB_EVF_FATE_PASSED;
	sw_add(r, 1, 0, &m);
	verdict(PB_VERDICT_FAIL,
		"h loses interrupts: at 1 of 6 intervals of sweep-preempt (1 window preempt to "
		"resume), in window 1 at instants 90..99 of 100, from 0xffffffff81000050 (vCPU "
		"word "
		"loaded, CPU interruptible or not) to the window's end: late.");
}

/* Other losses and those of sweeps stand beside each other. */
static void with_others(void **state)
{
	struct pb_scenario s = {.name = "aimed"};

	(void)state;
	assert_int_equal(result_add_scenario(r, &s), 1);
	add(1, 1, 3);
	mk_init(&m);
	mk_in(&m, 10);
	mk_stranded(&m, 100, 1, MK_VECTOR);
	sw_add(r, 1, 1, &m);
	verdict(PB_VERDICT_FAIL, "h loses interrupts: " LOSS "; also 1 of 1 in aimed.");
	for (int i = 0; i < 2; i++) {
		mk_init(&m);
		mk_in(&m, 10);
		mk_stranded(&m, 100, 1, MK_VECTOR);
		sw_add(r, 1, 1, &m);
	}
	verdict(PB_VERDICT_FAIL,
		"h loses interrupts: 3 of 3 posts in 3 of 3 branches of aimed (PIR bit set, SN=0, "
		"ON=0: stranded); also at 2 of 12 intervals in sweep-preempt.");
}

static void allowed(void **state)
{
	(void)state;
	r->scenario[0].expect.lost = 2;
	add(1, 1, 3);
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(r->verdict.kind, PB_VERDICT_PASS);
	r->scenario[0].expect.lost = 1;
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(r->verdict.kind, PB_VERDICT_FAIL);
}

/* ---- what proves nothing ------------------------------------------------------------ */

static void no_window(void **state)
{
	(void)state;
	sw_init(&m, 2);
	sw_own(&m, 1);
	sw_own(&m, 2);
	sw_add(r, 1, 0, &m);
	verdict(PB_VERDICT_INCONCLUSIVE,
		"Inconclusive: sweep-preempt on h is not complete: no window "
		"came; nothing is lost in the rest.");
}

static void cut(bool lost)
{
	sw_init(&m, 1);
	sw_own(&m, 1);
	sw_window(&m, 1, 0, 0, PB_EVF_WINDOW_CUT);
	sw_post(&m, 0, lost ? PB_EVF_FATE_MISSED : PB_EVF_FATE_DELIVERED);
	sw_add(r, 1, 0, &m);
}

static void incomplete(void **state)
{
	(void)state;
	cut(false);
	verdict(PB_VERDICT_INCONCLUSIVE,
		"Inconclusive: sweep-preempt on h is not complete: 5 intervals not tried, 1 window "
		"beyond the budget; nothing is lost in the rest.");
}

static void incomplete_and_lost(void **state)
{
	(void)state;
	cut(true);
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(r->verdict.kind, PB_VERDICT_FAIL);
}

/* Complete, but no post met what the scenario is for. */
static void weak(void **state)
{
	(void)state;
	result_free(r);
	setup_for(1, 7);
	add(1, 0, 0);
	verdict(PB_VERDICT_INCONCLUSIVE,
		"Inconclusive: 1 of 1 branches of sweep-preempt on h did not exercise what the "
		"scenario is for: it needs 7 posts while SN=1 in each.");
	result_free(r);
	setup_for(1, 6);
	add(1, 0, 0);
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(r->verdict.kind, PB_VERDICT_PASS);
}

static void no_truth(void **state)
{
	struct pb_job job;

	(void)state;
	snprintf(r->fp.machine, sizeof(r->fp.machine), "elsewhere");
	sw_init(&m, 1);
	sw_own(&m, 1);
	job = mk_job(&m, NULL);
	job.truth = NULL;
	assert_int_equal(result_add_job(r, 1, 0, &job), 0);
	mk_free(&m);
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(r->verdict.kind, PB_VERDICT_INCONCLUSIVE);
}

static void unsound(void **state)
{
	(void)state;
	sw_init(&m, 1);
	sw_own(&m, 1);
	sw_swept(&m, 1, 0, 6);
	m.nr_tr--;
	sw_add(r, 1, 0, &m);
	verdict(PB_VERDICT_ERROR,
		"No verdict: 1 of 1 branches failed, the first of sweep-preempt on h: the record "
		"is "
		"not sound: sweep: the post at instant 90 of window 1 has no fate");
}

/* A source that could not finish is no error where the sweep says why. */
static void timeout(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		const struct pb_result_branch *b;

		sw_init(&m, 1);
		sw_own(&m, 1);
		m.head.status = PB_RUN_TIMEOUT;
		snprintf(m.head.reason, sizeof(m.head.reason), "sources not done");
		sw_swept(&m, 1, 0, (uint32_t)lost);
		b = sw_add(r, 1, 0, &m);
		assert_int_equal(b->status, lost ? PB_BRANCH_OK : PB_BRANCH_ERROR);
		assert_int_equal(branch_lost(b), lost);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(complete), T(head_loses),          T(both_lose), T(base_loses), T(late),
		T(allowed),  T(with_others),         T(no_window), T(incomplete), T(weak),
		T(no_truth), T(incomplete_and_lost), T(unsound),   T(timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
