// SPDX-License-Identifier: LGPL-2.1-or-later
/* From jobs to a verdict, and why it is not another one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/maker.h"
#include "analysis/result.h"
#include "event/run.h"

#define V(i) (MK_VECTOR + (i))

/* What one branch of each says of delays: analysis/latency.h. */
#define TOO_FEW "Delays are not judged in 3 metrics: too few branches; 6 of each are enough."

static struct pb_result *r;
static struct pb_kernel base = {.name = "b"}, head = {.name = "h"};

/* What a branch shows. */
enum show { HEALTHY, LOST, RESCUED, WEAK, LATE, UNPOSTED, DROPPED };

static int setup(void **state)
{
	struct pb_scenario s = {.name = "aimed", .expect.suppressed_min = 0};

	(void)state;
	r = result_new();
	snprintf(r->fp.machine, sizeof(r->fp.machine), "lab");
	result_add_kernel(r, &base, PB_ROLE_BASE, NULL);
	result_add_kernel(r, &head, PB_ROLE_HEAD, NULL);
	result_add_scenario(r, &s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	result_free(r);
	return 0;
}

static void show(struct maker *m, enum show what)
{
	mk_in(m, 10);
	switch (what) {
	case HEALTHY:
	case WEAK:
		mk_healthy(m, 100, 1, V(0));
		break;
	case LOST:
		mk_stranded(m, 100, 1, V(0));
		break;
	case RESCUED:
		mk_stranded(m, 100, 1, V(0));
		mk_tr_pid(m, 160, MK_ON | MK_PIR);
		mk_tr_pid(m, 161, 0);
		mk_tr_virq(m, 170, V(0));
		mk_isr(m, 171, 1, V(0));
		break;
	case LATE:
		mk_healthy(m, 100, 1, V(0));
		m->ev[m->nr_ev - 1].tsc = 500;
		break;
	case UNPOSTED:
		mk_post(m, 100, 1, V(0));
		mk_isr(m, 110, 1, V(0));
		mk_tr_post(m, 100, 1, V(0), PB_EVF_REMAPPED);
		mk_tr_virq(m, 109, V(0));
		break;
	case DROPPED:
		/* Two by the device; one the kernel loses. */
		mk_post(m, 100, 1, V(1));
		mk_tr_post(m, 100, 1, V(1), PB_EVF_BLOCKED);
		m->tr[m->nr_tr - 1].arg = PB_FAULT_DROPPED;
		mk_post(m, 110, 2, V(1));
		mk_tr_post(m, 110, 2, V(1), PB_EVF_BLOCKED);
		m->tr[m->nr_tr - 1].arg = PB_FAULT_DROPPED;
		mk_stranded(m, 200, 3, V(0));
		break;
	}
}

static void add(unsigned int kernel, enum show what, uint64_t seed)
{
	struct pb_job job;
	struct maker m;

	mk_init(&m);
	m.plan.seed = seed;
	show(&m, what);
	job = mk_job(&m, NULL);
	assert_int_equal(result_add_job(r, kernel, 0, &job), 0);
	mk_free(&m);
}

static void verdict(enum pb_verdict_kind kind, const char *sentence)
{
	assert_int_equal(result_finish(r), 0);
	if (r->verdict.kind != kind || strcmp(r->verdict.sentence, sentence))
		fail_msg("%s: '%s' is not %s: '%s'", verdict_name(r->verdict.kind),
			 r->verdict.sentence, verdict_name(kind), sentence);
}

static void nothing_lost(void **state)
{
	(void)state;
	add(0, HEALTHY, 1);
	add(1, HEALTHY, 1);
	verdict(PB_VERDICT_PASS, "h loses no interrupt: 1 branch of 1 scenario, nor does b; its "
				 "delays are identical.");
	assert_false(r->verdict.fixes);
	assert_string_equal(r->verdict.replay, "");
	assert_string_equal(r->verdict.more, "Delays are identical in all 3 metrics.");
}

static void head_loses(void **state)
{
	(void)state;
	add(0, HEALTHY, 1);
	add(1, HEALTHY, 1);
	add(1, LOST, 0xabc);
	verdict(PB_VERDICT_FAIL, "h loses interrupts that b delivers: 1 of 2 posts in 1 of 2 "
				 "branches of aimed (PIR bit set, SN=0, ON=0: stranded).");
	assert_string_equal(r->verdict.replay, "pirbench run aimed --kernel h --seed 0xabc");
}

/* The state that is told is one of the kernel's losses, of which the device has more. */
static void head_loses_and_the_device_drops(void **state)
{
	(void)state;
	add(0, HEALTHY, 1);
	add(1, DROPPED, 1);
	verdict(PB_VERDICT_FAIL, "h loses interrupts that b delivers: 1 of 3 posts in 1 of 1 "
				 "branch of aimed (PIR bit set, SN=0, ON=0: stranded).");
}

static void both_lose(void **state)
{
	(void)state;
	add(0, LOST, 1);
	add(1, LOST, 1);
	verdict(PB_VERDICT_FAIL, "h loses interrupts, and b loses some, too: 1 of 1 posts in 1 of "
				 "1 branch of aimed (PIR bit set, SN=0, ON=0: stranded).");
}

static void only_base_loses(void **state)
{
	(void)state;
	add(0, LOST, 5);
	add(1, HEALTHY, 5);
	verdict(PB_VERDICT_PASS,
		"h loses no interrupt: 1 branch of 1 scenario; its delays could not be "
		"judged. Head fixes: b loses "
		"1 of 1 posts in 1 of 1 branch of aimed.");
	assert_true(r->verdict.fixes);
	assert_string_equal(r->verdict.replay, "pirbench run aimed --kernel b --seed 0x5");
}

static void luck_is_no_excuse(void **state)
{
	(void)state;
	add(0, HEALTHY, 5);
	add(1, RESCUED, 5);
	verdict(PB_VERDICT_FAIL,
		"h strands interrupts that b delivers: 1 of 1 posts, rescued only by later "
		"ones, in 1 of 1 branch of aimed.");
}

static void a_loss_that_is_expected(void **state)
{
	(void)state;
	r->scenario[0].expect.lost = 1;
	add(1, LOST, 5);
	verdict(PB_VERDICT_PASS, "h loses no more interrupts than its scenarios allow: 1 branch of "
				 "1 scenario; its delays could not be judged.");
}

static void late_is_shown_and_passes(void **state)
{
	(void)state;
	add(0, HEALTHY, 5);
	add(1, LATE, 5);
	verdict(PB_VERDICT_PASS, "h loses no interrupt: 1 branch of 1 scenario, nor does b; its "
				 "delays could not be judged.");
	assert_string_equal(r->verdict.more,
			    "Late: 1 (head), 0 (base); that alone does not decide. " TOO_FEW);
}

static void not_exercised(void **state)
{
	(void)state;
	r->scenario[0].expect.suppressed_min = 1;
	add(0, WEAK, 5);
	add(1, WEAK, 5);
	verdict(PB_VERDICT_INCONCLUSIVE,
		"Inconclusive: 1 of 1 branches of aimed on b did not exercise what the scenario is "
		"for: it needs 1 posts while SN=1 in each.");
}

/* A loss is a loss, however little was exercised. */
static void not_exercised_but_lost(void **state)
{
	(void)state;
	r->scenario[0].expect.suppressed_min = 20;
	add(1, LOST, 5);
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(r->verdict.kind, PB_VERDICT_FAIL);
}

static void nothing_was_posted(void **state)
{
	(void)state;
	add(1, UNPOSTED, 5);
	verdict(PB_VERDICT_INCONCLUSIVE, "Inconclusive: none of the 1 interrupts of aimed on h was "
					 "posted; they came as host "
					 "interrupts or not at all.");
}

static void only_the_base_was_run(void **state)
{
	(void)state;
	add(0, HEALTHY, 5);
	verdict(PB_VERDICT_INCONCLUSIVE, "Inconclusive: only the base was run.");
}

static void everything_skipped(void **state)
{
	(void)state;
	result_add_skip(r, 0, 0, 1, "no can do");
	result_add_skip(r, 1, 0, 1, "no can do");
	verdict(PB_VERDICT_SKIP, "Everything was skipped: no can do");
}

static void some_skipped(void **state)
{
	(void)state;
	result_add_skip(r, 0, 0, 1, "no can do");
	add(1, HEALTHY, 5);
	verdict(PB_VERDICT_PASS, "h loses no interrupt: 1 branch of 1 scenario; its "
				 "delays could not be judged.");
	assert_string_equal(r->verdict.more, "1 skipped: no can do.");
}

static void nothing_was_run(void **state)
{
	(void)state;
	verdict(PB_VERDICT_ERROR, "No verdict: nothing was run.");
}

static void only_one_kernel(void **state)
{
	(void)state;
	r->nr_kernels = 0;
	result_add_kernel(r, &head, PB_ROLE_ONLY, "--kernel v6.12 --tree .");
	add(0, LOST, 9);
	snprintf(r->fp.machine, sizeof(r->fp.machine), "null");
	verdict(PB_VERDICT_FAIL,
		"h loses interrupts: 1 of 1 posts in 1 of 1 branch of aimed (PIR bit "
		"set, SN=0, ON=0: stranded).");
	assert_string_equal(r->verdict.replay,
			    "pirbench run aimed --kernel v6.12 --tree . --seed 0x9 --machine null");
}

/* --- errors: never a verdict ------------------------------------------------ */

static void error(const char *reason)
{
	char sentence[512];

	add(0, HEALTHY, 1);
	add(1, LOST, 1);
	snprintf(sentence, sizeof(sentence),
		 "No verdict: 1 of 3 branches failed, the first of aimed on h: %s", reason);
	verdict(PB_VERDICT_ERROR, sentence);
}

static void job_failed(void **state)
{
	struct pb_plan plan = {.seed = 3};
	struct pb_job job = {.plan = &plan, .status = PB_JOB_FAILED, .error = "kernel panic"};

	(void)state;
	result_add_job(r, 1, 0, &job);
	error("kernel panic");
}

static void job_not_run(void **state)
{
	struct pb_plan plan = {.seed = 3};
	struct pb_job job = {.plan = &plan, .status = PB_JOB_PENDING};

	(void)state;
	result_add_job(r, 1, 0, &job);
	error("it was not run");
}

static void job_without_run(void **state)
{
	struct pb_plan plan = {.seed = 3};
	struct pb_job job = {.plan = &plan, .status = PB_JOB_DONE};

	(void)state;
	result_add_job(r, 1, 0, &job);
	error("the machine gave no run");
}

/* A job that is whole but for what `spoil` does to it. */
static void spoiled(void (*spoil)(struct maker *m, struct pb_job *job), const char *reason)
{
	struct pb_job job;
	struct maker m;

	mk_init(&m);
	mk_in(&m, 10);
	mk_healthy(&m, 100, 1, V(0));
	job = mk_job(&m, NULL);
	spoil(&m, &job);
	assert_int_equal(result_add_job(r, 1, 0, &job), 0);
	mk_free(&m);
	error(reason);
}

static void set_status(struct maker *m, enum pb_run_status status, const char *reason)
{
	struct pb_run *run = m->run;

	run->status = status;
	run_set_text(run->reason, sizeof(run->reason), reason);
	run_seal(run);
}

static void hang(struct maker *m, struct pb_job *job)
{
	(void)job;
	set_status(m, PB_RUN_GUEST_HUNG, "vCPU 0 is silent");
}

static void guest_hung(void **state)
{
	(void)state;
	spoiled(hang, "guest-hung: vCPU 0 is silent");
}

static void time_out(struct maker *m, struct pb_job *job)
{
	(void)job;
	set_status(m, PB_RUN_TIMEOUT, "1 of 20 posts were made");
}

static void sources_not_done(void **state)
{
	(void)state;
	spoiled(time_out, "timeout: 1 of 20 posts were made");
}

/* The sources wait for a vCPU that nobody wakes: that is the loss. */
static void sources_not_done_because_of_a_loss(void **state)
{
	struct pb_job job;
	struct maker m;

	(void)state;
	mk_init(&m);
	mk_in(&m, 10);
	mk_stranded(&m, 100, 1, V(0));
	job = mk_job(&m, NULL);
	time_out(&m, &job);
	assert_int_equal(result_add_job(r, 1, 0, &job), 0);
	mk_free(&m);
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(r->verdict.kind, PB_VERDICT_FAIL);
	assert_string_equal(r->branch[0].reason, "1 of 20 posts were made");
}

static void damage(struct maker *m, struct pb_job *job)
{
	(void)job;
	((struct pb_event *)((struct pb_run *)m->run + 1))->tsc ^= 4;
}

static void run_damaged(void **state)
{
	struct pb_job job;
	struct maker m;

	(void)state;
	mk_init(&m);
	mk_healthy(&m, 100, 1, V(0));
	job = mk_job(&m, NULL);
	damage(&m, &job);
	assert_int_equal(result_add_job(r, 1, 0, &job), 0);
	mk_free(&m);
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(r->verdict.kind, PB_VERDICT_ERROR);
	assert_non_null(strstr(r->verdict.sentence, "CRC"));
}

static void no_truth(struct maker *m, struct pb_job *job)
{
	(void)m;
	job->truth = NULL;
}

static void truth_missing(void **state)
{
	(void)state;
	spoiled(no_truth, "the machine gave no truth");
}

static void other_truth(struct maker *m, struct pb_job *job)
{
	(void)job;
	((struct pb_run *)m->truth)->plan_crc++;
	run_seal(m->truth);
}

static void truth_disagrees(void **state)
{
	(void)state;
	spoiled(other_truth, "the record is not sound: plan of the truth: it is of another plan "
			     "than the events");
}

static void truth_for_events(struct maker *m, struct pb_job *job)
{
	job->run = m->truth;
	job->run_size = m->truth_size;
}

static void truth_in_place_of_events(void **state)
{
	(void)state;
	spoiled(truth_for_events, "the machine gave no events");
}

static void other_kernel(void **state)
{
	struct pb_kernel k = {.name = "h", .build_id = "00ff"};
	struct pb_job job;
	struct maker m;

	(void)state;
	mk_init(&m);
	mk_healthy(&m, 100, 1, V(0));
	snprintf(m.head.build_id, sizeof(m.head.build_id), "beef");
	job = mk_job(&m, &k);
	assert_int_equal(result_add_job(r, 1, 0, &job), 0);
	mk_free(&m);
	error("another kernel ran: build id beef, not 00ff");
}

static void skip_status(struct maker *m, struct pb_job *job)
{
	(void)job;
	set_status(m, PB_RUN_SKIP, "no /dev/kvm");
}

static void machine_skips(void **state)
{
	struct pb_job job;
	struct maker m;

	(void)state;
	mk_init(&m);
	mk_healthy(&m, 100, 1, V(0));
	job = mk_job(&m, NULL);
	skip_status(&m, &job);
	assert_int_equal(result_add_job(r, 1, 0, &job), 0);
	mk_free(&m);
	verdict(PB_VERDICT_SKIP, "Everything was skipped: no /dev/kvm");
}

/* Whatever came of it: devices that are wrong on purpose prove nothing about a kernel. */
static void defective_devices(void **state)
{
	(void)state;
	snprintf(r->fp.defect, sizeof(r->fp.defect), "sn-ignored");
	add(0, HEALTHY, 1);
	add(1, HEALTHY, 1);
	verdict(PB_VERDICT_INCONCLUSIVE,
		"DEFECTIVE DEVICES (seeded: sn-ignored), so no verdict on a kernel; else pass: h "
		"loses no interrupt: 1 branch of 1 scenario, nor does b; its delays are "
		"identical.");
	add(1, LOST, 2);
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(r->verdict.kind, PB_VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(r->verdict.sentence, "; else fail: h loses interrupts"));
	memset(r->fp.defect, 0, sizeof(r->fp.defect));
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(r->verdict.kind, PB_VERDICT_FAIL);
}

static void wrong_calls(void **state)
{
	struct pb_plan plan = {.seed = 3};
	struct pb_job job = {.plan = &plan, .status = PB_JOB_PENDING};

	(void)state;
	assert_int_equal(result_add_job(r, 2, 0, &job), -EINVAL);
	assert_int_equal(result_add_job(r, 0, 1, &job), -EINVAL);
	while (r->nr_kernels < PB_RESULT_MAX_KERNELS)
		assert_true(result_add_kernel(r, &head, PB_ROLE_ONLY, NULL) > 0);
	assert_int_equal(result_add_kernel(r, &head, PB_ROLE_ONLY, NULL), -ENOSPC);
	assert_int_equal(result_add_phase(r, "boot", 1), 0);
	assert_int_equal(result_add_phase(r, "boot", 2), 0);
	assert_int_equal(r->nr_phases, 1);
	assert_true(r->phase[0].wall_s == 3);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nothing_lost),
		T(head_loses),
		T(head_loses_and_the_device_drops),
		T(both_lose),
		T(only_base_loses),
		T(luck_is_no_excuse),
		T(a_loss_that_is_expected),
		T(late_is_shown_and_passes),
		T(not_exercised),
		T(not_exercised_but_lost),
		T(nothing_was_posted),
		T(only_the_base_was_run),
		T(everything_skipped),
		T(some_skipped),
		T(nothing_was_run),
		T(only_one_kernel),
		T(job_failed),
		T(job_not_run),
		T(job_without_run),
		T(guest_hung),
		T(sources_not_done),
		T(sources_not_done_because_of_a_loss),
		T(run_damaged),
		T(truth_missing),
		T(truth_disagrees),
		T(truth_in_place_of_events),
		T(other_kernel),
		T(machine_skips),
		T(defective_devices),
		T(wrong_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
