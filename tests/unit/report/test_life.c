// SPDX-License-Identifier: LGPL-2.1-or-later
/* One post's way, and two results made one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/compare.h"
#include "analysis/life.h"
#include "analysis/maker.h"
#include "reports/report.h"

static struct maker m;
static struct pb_result *r;
static char err[256];

static int setup(void **state)
{
	struct pb_kernel base = {.name = "b"}, head = {.name = "h"};
	struct pb_scenario s = {.name = "aimed"};

	(void)state;
	mk_init(&m);
	r = result_new();
	snprintf(r->fp.machine, sizeof(r->fp.machine), "lab");
	snprintf(r->fp.unit, sizeof(r->fp.unit), "instructions");
	result_add_kernel(r, &base, PB_ROLE_BASE, NULL);
	result_add_kernel(r, &head, PB_ROLE_HEAD, NULL);
	result_add_scenario(r, &s);
	err[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mk_free(&m);
	result_free(r);
	return 0;
}

/* A loss, with `others` healthy posts behind it, on this kernel. */
static void lose(unsigned int kernel, unsigned int others)
{
	struct pb_job job;

	mk_in(&m, 10);
	mk_stranded(&m, 100, 1, MK_VECTOR);
	for (uint32_t i = 0; i < others; i++)
		mk_healthy(&m, 300 + 50 * i, i + 2, MK_VECTOR + 1);
	job = mk_job(&m, NULL);
	assert_int_equal(result_add_job(r, kernel, 0, &job), 0);
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(r->branch[r->nr_branches - 1].status, PB_BRANCH_OK);
}

/* Some step from `from` on says this; which. */
static size_t says(const struct pb_life *life, size_t from, const char *text)
{
	char buf[256];

	for (size_t i = from; i < life->nr; i++)
		if (strstr(life_step_text(life, i, buf, sizeof(buf)), text))
			return i;
	fail_msg("no step says '%s'", text);
	return 0;
}

static void stranded(void **state)
{
	struct pb_life *life;
	size_t i;

	(void)state;
	lose(1, 0);
	assert_int_equal(life_branch(r), 0);
	assert_int_equal(life_build(m.run, m.truth, &r->branch[0], &life, err, sizeof(err)), 0);
	assert_true(life->truth);
	assert_int_equal(life->seq, 1);
	assert_int_equal(life->tsc, 100);
	assert_true(life->step[life->post].sn);
	assert_true(life->step[life->post].pir);
	assert_int_equal(says(life, 0, "the post, vector 0x30, finds SN=1"), life->post);
	i = says(life, life->post, "SN becomes 0");
	i = says(life, i, "VM entry with SN=0, ON=0, PIR not empty");
	assert_true(life->step[i].guest);
	assert_int_equal(says(life, i, "no ISR has had it: SN=0, ON=0, PIR not empty"),
			 life->nr - 1);
	assert_int_equal(life->step[life->nr - 1].kind, PB_LIFE_END);
	life_free(life);
}

static void long_life_is_cut(void **state)
{
	struct pb_life *life;
	char html[65536] = "";
	FILE *out = fmemopen(html, sizeof(html) - 1, "w");
	const struct pb_result *list[] = {r};
	struct pb_report_opts opts = {0};
	size_t i;

	(void)state;
	lose(1, 100);
	assert_int_equal(life_build(m.run, m.truth, &r->branch[0], &life, err, sizeof(err)), 0);
	assert_true(life->nr < 30);
	i = says(life, life->post, "other posts");
	assert_int_equal(life->step[i].kind, PB_LIFE_CUT);
	assert_true(life->step[i].cut.posts > 80);
	for (size_t k = 1; k < life->nr; k++)
		if (life->step[k].ev.tsc && life->step[k - 1].kind == PB_LIFE_EVENT)
			assert_true(life->step[k].ev.tsc >= life->step[k - 1].ev.tsc);
	opts.life = life;
	assert_int_equal(report_html.write(list, 1, &opts, out), 0);
	fclose(out);
	assert_non_null(strstr(html, "stranded: PIR not empty"));
	life_free(life);
}

static void without_truth(void **state)
{
	struct pb_life *life;

	(void)state;
	lose(1, 1);
	assert_int_equal(life_build(m.run, NULL, &r->branch[0], &life, err, sizeof(err)), 0);
	assert_false(life->truth);
	assert_int_equal(says(life, 0, "the post, vector 0x30"), life->post);
	says(life, 0, "another post, vector 0x31");
	says(life, 0, "ISR of vector 0x31");
	life_free(life);
}

static void what_is_refused(void **state)
{
	struct pb_result_branch b;
	struct pb_life *life = NULL;

	(void)state;
	lose(1, 1);
	b = r->branch[0];
	b.lost_seq = 9;
	assert_int_equal(life_build(m.run, m.truth, &b, &life, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "9 is not in"));
	b = r->branch[0];
	b.counts.isr++;
	assert_int_equal(life_build(m.run, m.truth, &b, &life, err, sizeof(err)), -EINVAL);
	assert_int_equal(life_build(m.truth, m.run, &r->branch[0], &life, err, sizeof(err)),
			 -EINVAL);
	b = r->branch[0];
	b.counts.cls[PB_CLASS_STRANDED] = 0;
	assert_int_equal(life_build(m.run, m.truth, &b, &life, err, sizeof(err)), -ENOENT);
	assert_null(life);
	/* The head's loss comes before the base's, and none is none. */
	r->branch[0].kernel = 0;
	result_finish(r);
	assert_int_equal(life_branch(r), 0);
	r->branch[0].status = PB_BRANCH_SKIP;
	result_finish(r);
	assert_int_equal(life_branch(r), PB_TL_NONE);
}

/* ---- comparing ------------------------------------------------------------------------ */

static void kernels_by_name(void **state)
{
	(void)state;
	snprintf(r->kernel[0].release, sizeof(r->kernel[0].release), "6.1.1");
	snprintf(r->kernel[1].build_id, sizeof(r->kernel[1].build_id), "abcd");
	assert_int_equal(compare_kernel(r, NULL, err, sizeof(err)), 1);
	assert_int_equal(compare_kernel(r, "b", err, sizeof(err)), 0);
	assert_int_equal(compare_kernel(r, "6.1.1", err, sizeof(err)), 0);
	assert_int_equal(compare_kernel(r, "abcd", err, sizeof(err)), 1);
	assert_int_equal(compare_kernel(r, "x", err, sizeof(err)), -ENOENT);
	assert_string_equal(err, "no kernel x in it; there are b, h");
	r->kernel[0].role = PB_ROLE_HEAD;
	assert_int_equal(compare_kernel(r, NULL, err, sizeof(err)), -ENOENT);
	assert_string_equal(err, "more than one kernel in it, say which: b, h");
}

static void compared(void **state)
{
	struct pb_result *both;
	char left[64];

	(void)state;
	lose(1, 3);
	/* The loser against itself, then as base against one that ran nothing. */
	assert_int_equal(compare_results(r, 1, r, 1, &both, left, sizeof(left), err, sizeof(err)),
			 0);
	assert_int_equal(both->verdict.kind, PB_VERDICT_FAIL);
	assert_int_equal(both->nr_branches, 2);
	assert_int_equal(both->kernel[0].role, PB_ROLE_BASE);
	assert_int_equal(both->kernel[1].role, PB_ROLE_HEAD);
	assert_int_equal(result_cell(both, 0, 0)->excess.total, 3);
	assert_string_equal(left, "");
	result_free(both);
	assert_int_equal(compare_results(r, 1, r, 0, &both, left, sizeof(left), err, sizeof(err)),
			 0);
	assert_int_equal(both->verdict.kind, PB_VERDICT_INCONCLUSIVE);
	result_free(both);
}

static void not_comparable(void **state)
{
	struct pb_result *other = result_new(), *both;
	struct pb_scenario s = {.name = "aimed"}, t = {.name = "else"};
	struct pb_kernel k = {.name = "o"};
	char left[64];

	(void)state;
	lose(1, 0);
	result_add_kernel(other, &k, PB_ROLE_ONLY, NULL);
	assert_int_equal(compare_results(r, 1, other, 0, &both, left, sizeof(left), err,
					 sizeof(err)),
			 -EINVAL);
	assert_string_equal(err, "machines differ: lab and ");
	other->fp = r->fp;
	result_add_scenario(other, &t);
	assert_int_equal(compare_results(r, 1, other, 0, &both, left, sizeof(left), err,
					 sizeof(err)),
			 -EINVAL);
	assert_string_equal(err, "the two results have no scenario in common");
	assert_string_equal(left, "else, aimed");
	s.expect.lost = 1;
	result_add_scenario(other, &s);
	assert_int_equal(compare_results(r, 1, other, 0, &both, left, sizeof(left), err,
					 sizeof(err)),
			 -EINVAL);
	assert_string_equal(err, "scenario aimed has other limits in the two results");
	other->scenario[1].expect.lost = 0;
	assert_int_equal(
		compare_results(r, 1, other, 0, &both, left, sizeof(left), err, sizeof(err)), 0);
	assert_string_equal(left, "else");
	result_free(both);
	result_free(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stranded),        TEST(long_life_is_cut), TEST(without_truth),
		TEST(what_is_refused), TEST(kernels_by_name),  TEST(compared),
		TEST(not_comparable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
