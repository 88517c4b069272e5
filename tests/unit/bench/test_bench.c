// SPDX-License-Identifier: LGPL-2.1-or-later
/* The benchmarks run, on little, and their figures are what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "analysis/outcome.h"
#include "event/run.h"
#include "tests/bench/bench.h"
#include "tests/bench/synth.h"

static struct bench b;

static int setup(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	b.rounds = 2;
	b.events = 1000;
	b.hdr_why = "not in this test";
	return 0;
}

static void put(struct bench_series *s, unsigned int nr, const double *v)
{
	for (unsigned int i = 0; i < nr; i++)
		bench_put(s, v[i]);
}

static void medians_and_ratios(void **state)
{
	struct bench_figure *f = bench_figure(&b, "x/y", "ns", false);
	struct bench_series ratio;
	double low, high;

	(void)state;
	assert_true(bench_median(&f->own) == 0);
	assert_int_equal(bench_goal(f), -1);
	put(&f->own, 4, (const double[]){4, 1, 3, 2});
	put(&f->ref, 3, (const double[]){8, 4, 0});
	assert_true(bench_median(&f->own) == 2.5);
	bench_quartiles(&f->own, &low, &high);
	assert_true(low == 1.75 && high == 3.25);
	/* Less is better: twice and four times; the round without a reference does not count. */
	bench_ratio(f, &ratio);
	assert_int_equal(ratio.nr, 2);
	assert_true(ratio.v[0] == 2 && ratio.v[1] == 4);
	f->more = true;
	bench_ratio(f, &ratio);
	assert_true(ratio.v[0] == 0.5 && ratio.v[1] == 0.25);
}

static void goals(void **state)
{
	struct bench_figure *f = bench_figure(&b, "x/y", "ns", false);

	(void)state;
	f->goal = 2;
	assert_int_equal(bench_goal(f), -1);
	bench_put(&f->own, 2);
	assert_int_equal(bench_goal(f), 1);
	f->goal = 1.9;
	assert_int_equal(bench_goal(f), 0);
	f->more = true;
	assert_int_equal(bench_goal(f), 1);
	f->goal_ratio = 2;
	assert_int_equal(bench_goal(f), -1); /* nothing to hold it against */
	bench_put(&f->ref, 1);
	assert_int_equal(bench_goal(f), 1);
	f->goal_ratio = 2.1;
	assert_int_equal(bench_goal(f), 0);
}

static void first_reason_stays(void **state)
{
	struct bench_figure *f = bench_figure(&b, "x/y", "s", false);

	(void)state;
	bench_skip(f, "one %d\nmore", 1);
	bench_skip(f, "two");
	assert_string_equal(f->skip, "one 1");
}

static void series_do_not_overflow(void **state)
{
	struct bench_figure *f = bench_figure(&b, "x/y", "s", false);

	(void)state;
	for (int i = 0; i < BENCH_ROUNDS + 5; i++)
		bench_put(&f->own, i);
	assert_int_equal(f->own.nr, BENCH_ROUNDS);
}

static void values_are_written(void **state)
{
	char path[] = "/tmp/test-bench-XXXXXX";
	struct bench_figure *f = bench_figure(&b, "x/y", "s", true);
	json_t *o, *figure;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	put(&f->own, 2, (const double[]){6, 8});
	put(&f->ref, 2, (const double[]){3, 4});
	f->goal = 1;
	bench_skip(f, "because of \"this\"");
	assert_int_equal(bench_write(&b, path), 0);
	o = json_load_file(path, 0, NULL);
	unlink(path);
	figure = json_array_get(json_object_get(o, "figures"), 0);
	assert_string_equal(json_string_value(json_object_get(figure, "name")), "x/y");
	assert_true(json_real_value(json_object_get(figure, "median")) == 7);
	assert_true(json_real_value(json_object_get(figure, "ratio")) == 2);
	assert_true(json_is_true(json_object_get(figure, "reached")));
	assert_string_equal(json_string_value(json_object_get(figure, "skip")),
			    "because of \"this\"");
	json_decref(o);
}

/* What is measured is a run that pirbench itself accepts, of about the size that was asked for. */
static void made_runs_are_sound(void **state)
{
	static const uint64_t sizes[] = {0, 100, 5000};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct pb_run *run, *again;
		struct pb_plan plan;
		char err[256];

		assert_int_equal(synth_run(&plan, sizes[i], 7, &run), 0);
		assert_int_equal(run_check(run, run_size(run->nr_events), &plan, err, sizeof(err)),
				 0);
		assert_in_range(run->nr_events, sizes[i] < 21 ? 5 : sizes[i] - 21, sizes[i] + 5);
		assert_int_equal(synth_run(&plan, sizes[i], 7, &again), 0);
		assert_memory_equal(run, again, run_size(run->nr_events));
		free(again);
		free(run);
	}
}

static const struct bench_figure *find(const char *name)
{
	for (size_t i = 0; i < b.nr; i++)
		if (!strcmp(b.figure[i].name, name))
			return &b.figure[i];
	fail_msg("no figure %s", name);
	return NULL;
}

static void recorder_runs(void **state)
{
	(void)state;
	assert_int_equal(bench_recorder(&b), 0);
	assert_int_equal(find("recorder/guest")->own.nr, 2);
	assert_true(bench_median(&find("recorder/guest")->own) > 0);
	assert_string_equal(find("recorder/guest")->skip, "reference: not in this test");
	/* Not everybody may use perf events. */
	assert_true(find("recorder/host")->own.nr == 2 || find("recorder/host")->skip[0]);
}

static void analysis_runs(void **state)
{
	(void)state;
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(bench_analysis(&b), 0);
	assert_int_equal(find("analysis/whole")->own.nr, 2);
	assert_int_equal(find("analysis/whole")->ref.nr, 0);
	assert_non_null(strstr(find("analysis/whole")->skip, "linux-perf"));
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(medians_and_ratios), T(goals),
		T(first_reason_stays), T(series_do_not_overflow),
		T(values_are_written), T(made_runs_are_sound),
		T(recorder_runs),      T(analysis_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
