// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <cmocka.h>

#include "analysis/crosscheck.h"
#include "analysis/outcome.h"
#include "analysis/timeline.h"
#include "event/run.h"
#include "machine/machine.h"
#include "plan/example.h"
#include "plan/plan.h"

#define JOBS 20

static struct pb_kernel good = {.name = "good"}, bad = {.name = "bad", .null_loses_permille = 1000},
			half = {.name = "half", .null_loses_permille = 500};
static struct pb_plan plan[JOBS];
static struct pb_job job[JOBS];

enum shape { AIMED, LOAD, QUIET, MIXED };

/* A real plan: it is for the machine to make a null one of it. */
static void make_plan(struct pb_plan *p, enum shape shape, uint64_t seed)
{
	example_plan(p);
	p->seed = seed;
	if (shape == MIXED) { /* aimed at vCPU 0, periodic posts at the hogged vCPU 1 */
		plan_seal(p);
		return;
	}
	p->nr_sources = 1;
	if (shape != AIMED) {
		p->source[0] = p->source[1];
		p->source[0].vcpu = 0;
	}
	memset(&p->source[1], 0, sizeof(p->source[1]));
	p->squeezer[1].vcpu = 0;
	if (shape == QUIET) {
		p->nr_squeezers = 1;
		memset(&p->squeezer[1], 0, sizeof(p->squeezer[1]));
	}
	plan_seal(p);
}

static int run_jobs(const struct pb_kernel *kernel, enum shape shape, size_t nr)
{
	memset(job, 0, sizeof(job));
	for (size_t i = 0; i < nr; i++) {
		make_plan(&plan[i], shape, 100 + i);
		job[i].kernel = kernel;
		job[i].plan = &plan[i];
	}
	return machine_null.run(NULL, job, nr, NULL);
}

static void release_jobs(size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		machine_job_release(&job[i]);
}

/* Both files are what they must be, agree with each other, and say this much. */
static struct pb_counts counts_of(const struct pb_job *j)
{
	struct pb_timeline *tl = NULL;
	struct pb_tl_truth *truth = NULL;
	struct pb_outcome *o = NULL;
	struct pb_counts counts;
	enum pb_check which = PB_CHECK_OK;
	char err[256] = "";

	assert_int_equal(j->status, PB_JOB_DONE);
	if (run_check(j->run, j->run_size, j->plan, err, sizeof(err)) ||
	    run_check(j->truth, j->truth_size, j->plan, err, sizeof(err)) ||
	    timeline_build(j->plan, j->run, j->run_size, &tl, err, sizeof(err)) ||
	    crosscheck_record(tl, &which, err, sizeof(err)) ||
	    crosscheck_run(tl, j->truth, j->truth_size, &truth, &which, err, sizeof(err)) ||
	    outcome_build(tl, truth, &o, err, sizeof(err)))
		fail_msg("%s (%s)", err, check_name(which));
	counts = o->counts;
	outcome_free(o);
	free(truth);
	timeline_free(tl);
	return counts;
}

static void test_good_loses_nothing(void **state)
{
	(void)state;
	for (int shape = AIMED; shape <= MIXED; shape++) {
		assert_int_equal(run_jobs(&good, shape, JOBS), 0);
		for (size_t i = 0; i < JOBS; i++) {
			struct pb_counts c = counts_of(&job[i]);

			assert_int_equal(counts_lost(&c), 0);
			assert_int_equal(c.cls[PB_CLASS_RESCUED], 0);
			assert_int_equal(c.cls[PB_CLASS_LATE], 0);
			assert_int_equal(c.posts, shape == AIMED ? 20 : shape == MIXED ? 320 : 300);
			if (shape == QUIET)
				assert_int_equal(c.suppressed, 0);
			if (shape == AIMED)
				assert_int_equal(c.suppressed, 20);
			if (shape == LOAD || shape == MIXED)
				assert_in_range(c.suppressed, 100, 220);
		}
		release_jobs(JOBS);
	}
}

static void test_bad_loses_all(void **state)
{
	(void)state;
	assert_int_equal(run_jobs(&bad, AIMED, JOBS), 0);
	for (size_t i = 0; i < JOBS; i++) {
		struct pb_counts c = counts_of(&job[i]);

		assert_int_equal(counts_lost(&c), 20);
		assert_int_equal(c.cls[PB_CLASS_STRANDED], 20);
	}
	release_jobs(JOBS);
	/* With a load beside, later posts rescue what was forgotten. */
	assert_int_equal(run_jobs(&bad, LOAD, JOBS), 0);
	for (size_t i = 0; i < JOBS; i++) {
		struct pb_counts c = counts_of(&job[i]);

		assert_true(c.cls[PB_CLASS_RESCUED] > 10);
		assert_true(counts_lost(&c) < 10);
	}
	release_jobs(JOBS);
	assert_int_equal(run_jobs(&bad, QUIET, 2), 0);
	for (size_t i = 0; i < 2; i++) {
		struct pb_counts c = counts_of(&job[i]);

		assert_int_equal(counts_lost(&c), 0);
	}
	release_jobs(2);
}

static void test_half(void **state)
{
	uint64_t lost = 0;

	(void)state;
	assert_int_equal(run_jobs(&half, AIMED, JOBS), 0);
	for (size_t i = 0; i < JOBS; i++) {
		struct pb_counts c = counts_of(&job[i]);

		lost += counts_lost(&c);
	}
	release_jobs(JOBS);
	/* Forgotten at one return in two; the next that is not forgotten delivers both. */
	assert_in_range(lost, 1, 200);
}

static void test_same_seed_same_bytes(void **state)
{
	void *run, *truth;
	size_t run_bytes, truth_bytes;

	(void)state;
	run_jobs(&half, MIXED, 2);
	run = job[0].run;
	truth = job[0].truth;
	run_bytes = job[0].run_size;
	truth_bytes = job[0].truth_size;
	job[0].run = job[0].truth = NULL;
	/* Another seed, another run. */
	assert_true(run_bytes != job[1].run_size || memcmp(run, job[1].run, run_bytes));
	release_jobs(2);
	run_jobs(&half, MIXED, 1);
	assert_int_equal(job[0].run_size, run_bytes);
	assert_int_equal(job[0].truth_size, truth_bytes);
	assert_memory_equal(job[0].run, run, run_bytes);
	assert_memory_equal(job[0].truth, truth, truth_bytes);
	release_jobs(1);
	free(run);
	free(truth);
}

static void test_fast(void **state)
{
	struct timespec a, b;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &a);
	run_jobs(&good, AIMED, JOBS);
	clock_gettime(CLOCK_MONOTONIC, &b);
	release_jobs(JOBS);
	/* "Well under a second", also under sanitizers on a busy machine: 20 in 5. */
	assert_true(b.tv_sec - a.tv_sec < 5);
}

/* A child that is killed is a failed job, and only that one's. */
static void test_killed(void **state)
{
	struct rlimit old, none;

	(void)state;
	getrlimit(RLIMIT_FSIZE, &old);
	none = old;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_FSIZE, &none); /* its first write is its last: SIGXFSZ */
	assert_int_equal(run_jobs(&good, AIMED, 2), 0);
	setrlimit(RLIMIT_FSIZE, &old);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(job[i].status, PB_JOB_FAILED);
		assert_non_null(strstr(job[i].error, "killed by signal"));
		assert_null(job[i].run);
	}
	release_jobs(2);
	assert_int_equal(run_jobs(&good, AIMED, 1), 0);
	assert_int_equal(job[0].status, PB_JOB_DONE);
	release_jobs(1);
}

static void test_bad_plan(void **state)
{
	(void)state;
	memset(job, 0, sizeof(job));
	make_plan(&plan[0], AIMED, 1);
	plan[0].vcpus = 99;
	job[0].kernel = &good;
	job[0].plan = &plan[0];
	assert_int_equal(machine_null.run(NULL, job, 1, NULL), 0);
	assert_int_equal(job[0].status, PB_JOB_FAILED);
	assert_non_null(strstr(job[0].error, "plan"));
	release_jobs(1);
}

static volatile sig_atomic_t stop;
static unsigned int jobs_told, boots_told;

static void on_boot(void *arg, const struct pb_kernel *kernel, bool done, double seconds)
{
	(void)arg;
	(void)kernel;
	(void)done;
	(void)seconds;
	boots_told++;
}

static void on_job(void *arg, struct pb_job *j)
{
	(void)arg;
	assert_int_not_equal(j->status, PB_JOB_PENDING);
	if (++jobs_told == 3)
		stop = 1;
}

static void test_stop_and_progress(void **state)
{
	struct pb_machine_opts opts = {.stop = &stop};
	struct pb_machine_progress progress = {.boot = on_boot, .job = on_job};

	(void)state;
	memset(job, 0, sizeof(job));
	for (size_t i = 0; i < 6; i++) {
		make_plan(&plan[i], QUIET, i);
		job[i].kernel = i & 1 ? &bad : &good;
		job[i].plan = &plan[i];
	}
	assert_int_equal(machine_null.run(&opts, job, 6, &progress), -EINTR);
	assert_int_equal(jobs_told, 3);
	assert_int_equal(boots_told, 4); /* two kernels, begun and done */
	assert_int_equal(job[2].status, PB_JOB_DONE);
	assert_int_equal(job[3].status, PB_JOB_PENDING);
	release_jobs(6);
}

static size_t asked;

static size_t two_more(void *arg)
{
	(void)arg;
	asked++;
	return asked < 3 ? 2 + 2 * asked : 6;
}

static bool five_ended(void *arg)
{
	(void)arg;
	return jobs_told == 5;
}

/* Two jobs, two more and two more; and an end in the middle of it. */
static void test_more_and_enough(void **state)
{
	struct pb_machine_opts opts = {0};
	struct pb_machine_progress progress = {.boot = on_boot, .job = on_job, .more = two_more};

	(void)state;
	for (unsigned int enough = 0; enough < 2; enough++) {
		memset(job, 0, sizeof(job));
		for (size_t i = 0; i < 6; i++) {
			job[i].kernel = &good;
			job[i].plan = &plan[i];
		}
		asked = jobs_told = boots_told = 0;
		stop = 0;
		progress.enough = enough ? five_ended : NULL;
		assert_int_equal(machine_null.run(&opts, job, 2, &progress), 0);
		assert_int_equal(jobs_told, enough ? 5 : 6);
		assert_int_equal(asked, enough ? 2 : 3);
		assert_int_equal(boots_told, 2);
		assert_int_equal(job[5].status, enough ? PB_JOB_PENDING : PB_JOB_DONE);
		release_jobs(6);
	}
}

static void test_find(void **state)
{
	unsigned int n = 0;
	char reason[64];

	(void)state;
	assert_ptr_equal(machine_find("null"), &machine_null);
	assert_ptr_equal(machine_find("lab"), &machine_lab);
	assert_null(machine_find("nonesuch"));
	for (; machine_all()[n]; n++)
		assert_ptr_equal(machine_find(machine_all()[n]->name), machine_all()[n]);
	assert_int_equal(n, 2);
	assert_int_equal(machine_null.probe(reason, sizeof(reason)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_loses_nothing),
		cmocka_unit_test(test_bad_loses_all),
		cmocka_unit_test(test_half),
		cmocka_unit_test(test_same_seed_same_bytes),
		cmocka_unit_test(test_fast),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_bad_plan),
		cmocka_unit_test(test_stop_and_progress),
		cmocka_unit_test(test_more_and_enough),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests_name("null machine", tests, NULL, NULL);
}
