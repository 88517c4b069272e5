// SPDX-License-Identifier: LGPL-2.1-or-later
/* From the delays of branches to "slower", and to everything that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/maker.h"
#include "analysis/result.h"

#define V(i) (MK_VECTOR + (i))

static struct pb_result *r;

static int setup(void **state)
{
	struct pb_kernel base = {.name = "b"}, head = {.name = "h"};
	struct pb_scenario s = {.name = "aimed"};

	(void)state;
	r = result_new();
	snprintf(r->fp.machine, sizeof(r->fp.machine), "lab");
	snprintf(r->fp.unit, sizeof(r->fp.unit), "instructions");
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

/* A branch of three posts; all but the last are delivered after `delay`, that after `worst`. */
static void add_scenario(unsigned int kernel, unsigned int scenario, uint64_t seed, uint64_t delay,
			 uint64_t worst)
{
	struct pb_job job;
	struct maker m;

	mk_init(&m);
	m.plan.seed = seed;
	mk_in(&m, 10);
	for (uint32_t i = 0; i < 3; i++) {
		mk_healthy(&m, 100 + i * 2000, i + 1, V(0));
		m.ev[m.nr_ev - 1].tsc = 100 + i * 2000 + (i == 2 ? worst : delay);
	}
	job = mk_job(&m, NULL);
	assert_int_equal(result_add_job(r, kernel, scenario, &job), 0);
	mk_free(&m);
}

static void add(unsigned int kernel, uint64_t seed, uint64_t delay, uint64_t worst)
{
	add_scenario(kernel, 0, seed, delay, worst);
}

static void add_lossy(unsigned int kernel, uint64_t seed)
{
	struct pb_job job;
	struct maker m;

	mk_init(&m);
	m.plan.seed = seed;
	mk_in(&m, 10);
	mk_stranded(&m, 100, 1, V(0));
	job = mk_job(&m, NULL);
	assert_int_equal(result_add_job(r, kernel, 0, &job), 0);
	mk_free(&m);
}

/* 12 branches of each, head's delays longer by `more`, their maximum by `worse`. */
static void add_pairs(int more, int worse)
{
	for (uint64_t seed = 0; seed < 12; seed++) {
		add(0, seed, 200 + seed, 900 + 3 * seed);
		add(1, seed, 200 + seed + (uint64_t)more, 900 + 3 * seed + (uint64_t)worse);
	}
}

static const struct pb_latency_row *row(enum pb_metric m)
{
	assert_int_equal(r->latency.nr, PB_METRICS);
	assert_int_equal(r->latency.row[m].metric, m);
	return &r->latency.row[m];
}

static void verdict(enum pb_verdict_kind kind, const char *sentence, const char *more)
{
	assert_int_equal(result_finish(r), 0);
	if (r->verdict.kind != kind || !strstr(r->verdict.sentence, sentence) ||
	    !strstr(r->verdict.more, more))
		fail_msg("%s: '%s' '%s' is not %s: '%s' '%s'", verdict_name(r->verdict.kind),
			 r->verdict.sentence, r->verdict.more, verdict_name(kind), sentence, more);
}

static void equal_seeds_equal_delays(void **state)
{
	(void)state;
	add_pairs(0, 0);
	verdict(PB_VERDICT_PASS, "h loses no interrupt", "Delays are identical in all 3 metrics.");
}

static void slower(void **state)
{
	(void)state;
	add_pairs(50, 0);
	verdict(PB_VERDICT_FAIL,
		"h is slower than b: excess delay, median of aimed by 50 (+24.3 %) instructions, "
		"95 % interval 50 to 50, p = 0.0015 after Holm, 12 pairs of branches with equal "
		"seeds.",
		"Delays are no worse by 2 % in 2 of 3 metrics.");
	assert_int_equal(r->verdict.kind, 1);
	assert_string_equal(r->verdict.replay, "");
	assert_int_equal(row(PB_METRIC_MEDIAN)->c.state, STATS_SLOWER);
	assert_int_equal(row(PB_METRIC_MAX)->c.state, STATS_IDENTICAL);
}

static void slower_in_the_worst_case(void **state)
{
	(void)state;
	add_pairs(0, 100);
	verdict(PB_VERDICT_FAIL, "p99 of aimed by 100 (+10.9 %) instructions", "");
	assert_non_null(strstr(r->verdict.sentence, "; also max of aimed by 100 (+10.9 %)."));
	assert_int_equal(row(PB_METRIC_MEDIAN)->c.state, STATS_IDENTICAL);
	assert_int_equal(row(PB_METRIC_P99)->c.state, STATS_SLOWER);
}

/* Certain, and too little to matter. */
static void within_the_margin(void **state)
{
	(void)state;
	add_pairs(9, 9);
	verdict(PB_VERDICT_PASS, "h loses no interrupt",
		"Delays are no worse by 2 % in 3 of 3 metrics.");
	assert_true(row(PB_METRIC_MEDIAN)->c.p_adjusted < 0.01);
	assert_int_equal(row(PB_METRIC_MEDIAN)->margin, PB_LATENCY_MARGIN_TICKS);
	assert_true(row(PB_METRIC_MAX)->margin > 18 && row(PB_METRIC_MAX)->margin < 19);
}

static void faster(void **state)
{
	(void)state;
	add_pairs(-50, 0);
	verdict(PB_VERDICT_PASS, "h loses no interrupt",
		"Head is faster: median of aimed by 50 (-24.3 %) instructions.");
}

/* A loss comes first, whatever else; and survivors cannot be compared. */
static void loss_comes_first(void **state)
{
	(void)state;
	add_pairs(500, 0);
	add_lossy(1, 99);
	verdict(PB_VERDICT_FAIL, "h loses interrupts",
		"Delays are not compared where interrupts are lost.");
	assert_int_equal(row(PB_METRIC_MEDIAN)->why, PB_LATENCY_LOSSY);
}

static void loss_of_the_base(void **state)
{
	(void)state;
	add_pairs(500, 0);
	add_lossy(0, 99);
	verdict(PB_VERDICT_PASS, "Head fixes",
		"Delays are not compared where interrupts are lost.");
}

/* ... but elsewhere they are. */
static void loss_of_the_base_elsewhere(void **state)
{
	struct pb_scenario s = {.name = "other"};

	(void)state;
	result_add_scenario(r, &s);
	add_lossy(0, 99);
	for (uint64_t seed = 0; seed < 12; seed++) {
		add_scenario(0, 1, seed, 200 + seed, 900);
		add_scenario(1, 1, seed, 300 + seed, 900);
	}
	add(1, 99, 5, 5);
	verdict(PB_VERDICT_FAIL, "h is slower than b: excess delay, median of other by 100", "");
}

static void weak_comes_after_slower(void **state)
{
	(void)state;
	r->scenario[0].expect.suppressed_min = 5;
	add_pairs(0, 0);
	verdict(PB_VERDICT_INCONCLUSIVE, "did not exercise", "");
	result_free(r);
	setup(state);
	r->scenario[0].expect.suppressed_min = 5;
	add_pairs(50, 0);
	verdict(PB_VERDICT_FAIL, "slower", "");
}

/* Head takes what base coalesces: other posts are counted, but the worst is the worst. */
static void coalesced_differently(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 12; seed++) {
		struct pb_job job;
		struct maker m;

		mk_init(&m);
		m.plan.seed = seed;
		mk_in(&m, 10);
		mk_healthy(&m, 100, 1, V(0));
		m.ev[m.nr_ev - 1].tsc = 400 + seed;
		job = mk_job(&m, NULL);
		assert_int_equal(result_add_job(r, 0, 0, &job), 0);
		mk_free(&m);
		add(1, seed, 900 + seed, 300 + seed);
	}
	verdict(PB_VERDICT_FAIL, "max of aimed by 600",
		"Median and p99 are not compared where kernels coalesce differently.");
	assert_int_equal(row(PB_METRIC_MEDIAN)->why, PB_LATENCY_COALESCED);
	assert_int_equal(row(PB_METRIC_P99)->why, PB_LATENCY_COALESCED);
	assert_int_equal(row(PB_METRIC_MAX)->why, PB_LATENCY_COMPARED);
}

/* Without a common seed the samples stand against each other. */
static void other_seeds(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 12; seed++) {
		add(0, seed, 200 + seed, 900);
		add(1, 100 + seed, 260 + seed, 900);
	}
	verdict(PB_VERDICT_FAIL, "12 against 12 branches", "");
	assert_false(row(PB_METRIC_MEDIAN)->c.paired);
}

static void too_few(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 4; seed++) {
		add(0, seed, 200 + seed, 900 + seed);
		add(1, seed, 700 + seed, 950 + seed);
	}
	verdict(PB_VERDICT_PASS, "its delays could not be judged",
		"Delays are not judged in 3 metrics: too few branches; 6 of each are enough.");
}

/* The same branch twelve times is one observation. */
static void repeats_count_once(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 12; seed++) {
		add(0, seed, 200, 900);
		add(1, seed, 700, 900);
	}
	verdict(PB_VERDICT_PASS, "h loses no interrupt", "too few branches");
	assert_int_equal(row(PB_METRIC_MEDIAN)->repeats, 22);
	assert_int_equal(row(PB_METRIC_MEDIAN)->nr_base, 1);
}

/*
 * Branches differ, but not in what is compared: the seed does not move the
 * median, so twelve seeds say no more of it than one, with pairs and without.
 */
static void what_the_seed_does_not_vary(void **state)
{
	(void)state;
	for (uint64_t other = 0; other < 2; other++) {
		for (uint64_t seed = 0; seed < 12; seed++) {
			add(0, seed, 200, 900 + 3 * seed);
			add(1, seed + 100 * other, 700, 900 + 3 * seed);
		}
		verdict(PB_VERDICT_PASS, "not all of its delays could be judged",
			"not judged in 1 metric: too few branches that differ");
		assert_int_equal(row(PB_METRIC_MEDIAN)->c.state, STATS_TOO_FEW);
		assert_int_equal(row(PB_METRIC_MEDIAN)->nr_head, 1);
		assert_int_equal(row(PB_METRIC_MAX)->nr_head, 12);
		result_free(r);
		setup(state);
	}
}

/* Looks after 8 and 12 branches. */
static void set_looks(void)
{
	r->looks = (struct stats_design){.looks = 2, .n = {8, 12}};
}

static void add_one(uint64_t seed, int more)
{
	add(0, seed, 200 + seed, 900 + 3 * seed);
	add(1, seed, 200 + seed + (uint64_t)more, 900 + 3 * seed);
}

static void nothing_before_the_first_look(void **state)
{
	(void)state;
	set_looks();
	for (uint64_t seed = 0; seed < 7; seed++)
		add_one(seed, 50);
	verdict(PB_VERDICT_PASS, "not all of its delays",
		"not judged in 1 metric: too few branches;");
	assert_false(latency_settled(r, 0));
	add_one(7, 50);
	verdict(PB_VERDICT_FAIL, "h is slower than b", "");
	assert_true(latency_settled(r, 0));
}

/* A look takes the first branches, not all; what it claims stays. */
static void a_look_is_what_it_was(void **state)
{
	double p;

	(void)state;
	set_looks();
	for (uint64_t seed = 0; seed < 8; seed++)
		add_one(seed, 50);
	assert_int_equal(result_finish(r), 0);
	p = row(PB_METRIC_MEDIAN)->c.p;
	for (uint64_t seed = 8; seed < 11; seed++)
		add_one(seed, -190);
	verdict(PB_VERDICT_FAIL, "h is slower than b", "");
	assert_true(row(PB_METRIC_MEDIAN)->c.p == p);
	assert_int_equal(row(PB_METRIC_MEDIAN)->nr_base, 8);
	add_one(11, -190);
	verdict(PB_VERDICT_FAIL, "h is slower than b", "");
	assert_true(row(PB_METRIC_MEDIAN)->c.p > p);
	assert_int_equal(row(PB_METRIC_MEDIAN)->nr_base, 12);
}

/* A first look of two may not spend what an only one may. */
static void looks_share_alpha(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 7; seed++)
		add_one(seed, 50);
	r->looks = (struct stats_design){.looks = 1, .n = {7}};
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(row(PB_METRIC_MEDIAN)->c.state, STATS_SLOWER);
	r->looks = (struct stats_design){.looks = 2, .n = {7, 128}};
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(row(PB_METRIC_MEDIAN)->c.state, STATS_TOO_FEW);
}

/* Three equal pairs show nothing of another build; of the same one they do. */
static void settled_by_the_build(void **state)
{
	(void)state;
	set_looks();
	for (uint64_t seed = 0; seed < 3; seed++)
		add_one(seed, 0);
	snprintf(r->kernel[0].build_id, sizeof(r->kernel[0].build_id), "abc");
	snprintf(r->kernel[1].build_id, sizeof(r->kernel[1].build_id), "abd");
	verdict(PB_VERDICT_PASS, "its delays are identical", "");
	assert_false(latency_settled(r, 0));
	r->kernel[1].build_id[2] = 'c';
	verdict(PB_VERDICT_PASS, "its delays are identical", "");
	assert_true(latency_settled(r, 0));
	r->kernel[1].build_id[2] = 'd';
	for (uint64_t seed = 3; seed < 8; seed++)
		add_one(seed, 0);
	verdict(PB_VERDICT_PASS, "its delays are identical", "");
	assert_true(latency_settled(r, 0));
}

static void a_seed_counts_once(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 12; i++) {
		add(0, 7, 200 + i, 900);
		add(1, 7, 700 + i, 900);
	}
	verdict(PB_VERDICT_PASS, "h loses no interrupt", "too few branches");
	assert_int_equal(row(PB_METRIC_MEDIAN)->nr_base, 1);
	assert_int_equal(row(PB_METRIC_MEDIAN)->nr_head, 1);
}

/* Head's branches scatter so that nothing can be told: said, with what would be seen. */
static void inconclusive(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 12; seed++) {
		add(0, seed, 200 + seed, 900);
		add(1, seed, seed % 2 ? 100 + seed : 320 + seed, 900);
	}
	verdict(PB_VERDICT_PASS, "h loses no interrupt",
		"Delays are inconclusive in 1 of 3 metrics: in median of aimed only a shift of ");
	assert_true(row(PB_METRIC_MEDIAN)->c.least > 50);
}

static void no_base_no_comparison(void **state)
{
	(void)state;
	r->kernel[0].role = PB_ROLE_ONLY;
	add_pairs(50, 0);
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(r->latency.nr, 0);
	assert_null(strstr(r->verdict.more, "Delays"));
}

static void an_error_is_no_comparison(void **state)
{
	struct pb_plan plan = {.seed = 3};
	struct pb_job job = {.plan = &plan, .status = PB_JOB_FAILED, .error = "kernel panic"};

	(void)state;
	add_pairs(50, 0);
	result_add_job(r, 1, 0, &job);
	verdict(PB_VERDICT_ERROR, "kernel panic", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(equal_seeds_equal_delays, setup, teardown),
		cmocka_unit_test_setup_teardown(slower, setup, teardown),
		cmocka_unit_test_setup_teardown(slower_in_the_worst_case, setup, teardown),
		cmocka_unit_test_setup_teardown(within_the_margin, setup, teardown),
		cmocka_unit_test_setup_teardown(faster, setup, teardown),
		cmocka_unit_test_setup_teardown(loss_comes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(loss_of_the_base, setup, teardown),
		cmocka_unit_test_setup_teardown(loss_of_the_base_elsewhere, setup, teardown),
		cmocka_unit_test_setup_teardown(weak_comes_after_slower, setup, teardown),
		cmocka_unit_test_setup_teardown(coalesced_differently, setup, teardown),
		cmocka_unit_test_setup_teardown(other_seeds, setup, teardown),
		cmocka_unit_test_setup_teardown(too_few, setup, teardown),
		cmocka_unit_test_setup_teardown(repeats_count_once, setup, teardown),
		cmocka_unit_test_setup_teardown(what_the_seed_does_not_vary, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_before_the_first_look, setup, teardown),
		cmocka_unit_test_setup_teardown(a_look_is_what_it_was, setup, teardown),
		cmocka_unit_test_setup_teardown(looks_share_alpha, setup, teardown),
		cmocka_unit_test_setup_teardown(settled_by_the_build, setup, teardown),
		cmocka_unit_test_setup_teardown(a_seed_counts_once, setup, teardown),
		cmocka_unit_test_setup_teardown(inconclusive, setup, teardown),
		cmocka_unit_test_setup_teardown(no_base_no_comparison, setup, teardown),
		cmocka_unit_test_setup_teardown(an_error_is_no_comparison, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
