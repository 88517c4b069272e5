// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every shipped sweep in the null machine: from its file to a verdict, in no time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/result.h"
#include "machine/machine.h"
#include "plan/plan.h"
#include "plan/scenario.h"

static struct pb_kernel good = {.name = "good"}, bad = {.name = "bad", .null_loses_permille = 1000};
static struct pb_result *r;

/* One branch of this scenario, judged. */
static const struct pb_result_cell *judge(const struct pb_scenario *s, struct pb_kernel *kernel)
{
	char err[PB_SCENARIO_ERR];
	struct pb_limits limits;
	struct pb_plan plan;
	struct pb_job job = {.kernel = kernel, .plan = &plan};

	assert_int_equal(scenario_limits("null", 0, &limits), 0);
	if (scenario_to_plan(s, 7, &limits, &plan, err, sizeof(err)))
		fail_msg("%s: %s", s->name, err);
	assert_int_equal(machine_null.run(NULL, &job, 1, NULL), 0);
	if (job.status != PB_JOB_DONE)
		fail_msg("%s: %s", s->name, job.error);
	result_free(r);
	r = result_new();
	snprintf(r->fp.machine, sizeof(r->fp.machine), "null");
	assert_int_equal(result_add_kernel(r, kernel, PB_ROLE_ONLY, NULL), 0);
	assert_int_equal(result_add_scenario(r, s), 0);
	assert_int_equal(result_add_job(r, 0, 0, &job), 0);
	machine_job_release(&job);
	assert_int_equal(result_finish(r), 0);
	return result_cell(r, 0, 0);
}

static void is(enum pb_verdict_kind kind, const struct pb_scenario *s)
{
	if (r->verdict.kind != kind)
		fail_msg("%s: not %s: %s", s->name, verdict_name(kind), r->verdict.sentence);
}

/* By intervals, or whatever it says; then every instant; then a budget that is too small. */
static void run(const struct pb_scenario *shipped)
{
	struct pb_scenario s = *shipped;
	struct pb_plan_sweep *last = &s.plan.sweep[s.plan.nr_sweeps - 1];
	const struct pb_result_cell *c = judge(&s, &good);

	is(PB_VERDICT_PASS, &s);
	assert_int_equal(c->sweep.windows, s.plan.sweep[0].windows);
	assert_true(c->sweep.suppressed > 0);
	assert_int_equal(c->counts.posts, s.plan.source[0].count);
	c = judge(&s, &bad);
	is(PB_VERDICT_FAIL, &s);
	assert_true(sweep_lost(&c->sweep) > 0);
	assert_int_equal(counts_lost(&c->counts), 0);
	last->stride = 1;
	last->budget = 100000;
	c = judge(&s, &good);
	is(PB_VERDICT_PASS, &s);
	assert_int_equal(c->sweep.tried, c->sweep.instants);
	last->budget = 1;
	judge(&s, &good);
	is(PB_VERDICT_INCONCLUSIVE, &s);
}

static void shipped(void **state)
{
	struct pb_scenario *list;
	char err[PB_SCENARIO_ERR];
	size_t nr, sweeps = 0;

	(void)state;
	if (scenario_list("configs", &list, &nr, err, sizeof(err)))
		fail_msg("%s", err);
	for (size_t i = 0; i < nr; i++)
		/* The null machine has no device but posters. */
		if (list[i].plan.nr_sweeps && list[i].plan.source[0].kind == PB_SOURCE_POSTER) {
			run(&list[i]);
			sweeps++;
		}
	assert_true(sweeps > 4);
	free(list);
	result_free(r);
	r = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(shipped)};

	return cmocka_run_group_tests_name("null machine: sweeps", tests, NULL, NULL);
}
