// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sweeps in every format: as they lie in tests/golden/sweep.*, refreshed by
 * tests/golden/refresh.sh; and whole, whatever is in them.
 */
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
#include "analysis/schema.h"
#include "analysis/sweeps.h"
#include "machine/null_sweep.h"
#include "report/ktap_reader.h"
#include "report/readers.h"
#include "reports/cases.h"
#include "reports/report.h"
#include "util/file.h"

#define DIR "tests/golden/"

static struct pb_result *r;

/* Where the null machine's addresses might lie in a kernel. */
static void name_places(struct pb_sweep *s)
{
	static const char *const functions[] = {"vmx_vcpu_pi_put",    "kvm_arch_vcpu_put",
						"kvm_sched_out",      "__schedule",
						"finish_task_switch", "kvm_sched_in",
						"vmx_vcpu_load",      "vmx_vcpu_pi_load",
						"vcpu_enter_guest",   "vmx_sync_pir_to_irr"};

	for (size_t n = 0; n < s->nr_intervals; n++) {
		struct pb_sweep_interval *i = &s->interval[n];
		uint64_t offset = i->rip & 0xffffff;

		snprintf(i->at, sizeof(i->at), "%s+0x%x", functions[offset / 0x400 % 10],
			 (unsigned int)(offset % 0x400));
		snprintf(i->line, sizeof(i->line), "arch/x86/kvm/vmx/posted_intr.c:%u",
			 50 + (unsigned int)(offset / 8));
	}
	s->note[0] = '\0';
}

/* A branch with a sweep as the null machine finds it. */
static void add(unsigned int kernel, unsigned int scenario, uint64_t seed, uint32_t loses)
{
	struct pb_result_branch *b;
	struct collector truth;
	static struct maker m;

	if (scenario)
		sw_init_two(&m, 1);
	else
		sw_init(&m, 3);
	m.plan.seed = seed;
	for (uint32_t i = 1; i <= m.plan.source[0].count; i++)
		sw_own(&m, i);
	assert_int_equal(collector_init(&truth, 16), 0);
	assert_int_equal(null_sweep(&m.plan, 5000, loses, &truth), 0);
	assert_true(m.nr_tr + truth.run->nr_events < MK_EVENTS);
	memcpy(&m.tr[m.nr_tr], truth.run + 1, truth.run->nr_events * sizeof(m.tr[0]));
	m.nr_tr += truth.run->nr_events;
	collector_release(&truth);
	b = sw_add(r, kernel, scenario, &m);
	if (b->status != PB_BRANCH_OK)
		fail_msg("%s", b->reason);
	name_places(b->sweep);
}

static int setup(void **state)
{
	struct pb_kernel base = {.name = "linux-6.1", .release = "6.1.0"};
	struct pb_kernel head = {.name = "linux-6.1-unfixed", .release = "6.1.0"};
	struct pb_scenario one = {.name = "sweep-preempt", .plan.nr_sweeps = 1};
	struct pb_scenario two = {.name = "sweep-halt-kick", .plan.nr_sweeps = 2};

	(void)state;
	r = result_new();
	r->fp = (struct pb_fingerprint){
		.machine = "null",
		.unit = "ticks",
		.pirbench = "golden",
		.command = "pirbench gate --base linux-6.1 --head linux-6.1-unfixed",
		.seed = 7,
	};
	result_add_kernel(r, &base, PB_ROLE_BASE, NULL);
	result_add_kernel(r, &head, PB_ROLE_HEAD, NULL);
	result_add_scenario(r, &one);
	result_add_scenario(r, &two);
	add(0, 0, 1, 0);
	add(1, 0, 1, 700);
	add(0, 1, 2, 0);
	add(1, 1, 2, 300);
	assert_int_equal(result_finish(r), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	result_free(r);
	return 0;
}

static char *render(const char *format, bool colour, size_t *len)
{
	const struct pb_report_opts opts = {.colour = colour};
	const struct pb_result *list[] = {r};
	char *text;
	FILE *out = open_memstream(&text, len);

	assert_non_null(out);
	assert_int_equal(report_find(format)->write(list, 1, &opts, out), 0);
	fclose(out);
	return text;
}

/* ---- as they lie in the tree -------------------------------------------------------- */

static void golden(const char *format, const char *file)
{
	char path[128], *got;
	size_t len, want_len;
	void *want;

	snprintf(path, sizeof(path), DIR "%s", file);
	got = render(format, false, &len);
	if (getenv("PIRBENCH_GOLDEN")) {
		assert_int_equal(file_write(path, got, len), 0);
	} else {
		assert_int_equal(file_read(path, 1 << 22, &want, &want_len), 0);
		if (len != want_len || memcmp(got, want, len) != 0)
			fail_msg("%s differs; tests/golden/refresh.sh when that is meant", path);
		free(want);
	}
	free(got);
}

static void as_stored(void **state)
{
	(void)state;
	golden("terminal", "sweep.txt");
	golden("markdown", "sweep.md");
	golden("html", "sweep.html");
	golden("junit", "sweep.xml");
	golden("ktap", "sweep.ktap");
	golden("json", "sweep.json");
}

/* ---- and as other programs want them ------------------------------------------------- */

static void json_comes_back(void **state)
{
	json_t *schema = json_load_file("reports/result.schema.json", 0, NULL), *root;
	struct pb_result *back;
	char err[512], *text, *again;

	(void)state;
	assert_int_equal(result_to_json(r, &text), 0);
	root = json_loads(text, 0, NULL);
	if (!schema_check(schema, schema, root, err, sizeof(err)))
		fail_msg("%s", err);
	if (result_parse("r", text, strlen(text), &back, err, sizeof(err)))
		fail_msg("%s", err);
	assert_int_equal(result_to_json(back, &again), 0);
	assert_string_equal(text, again);
	result_free(back);
	free(text);
	free(again);
	json_decref(root);
	json_decref(schema);
}

static void cases_are_whole(void **state)
{
	struct ktap k;
	char err[256], *text;
	size_t len;

	(void)state;
	text = render("junit", false, &len);
	readers_junit(text);
	assert_non_null(strstr(text, "name=\"sweep-preempt: window 1\""));
	free(text);
	text = render("ktap", false, &len);
	if (ktap_read(text, &k, err, sizeof(err)))
		fail_msg("%s\n%s", err, text);
	/* Two scenarios; three windows of the one, one of the other. */
	assert_int_equal(k.ok + k.not_ok, 2 * (2 + 3 + 1));
	assert_int_equal(k.top_not_ok, 1);
	free(text);
}

static void html_is_whole(void **state)
{
	char *text;
	size_t len;

	(void)state;
	text = render("html", false, &len);
	readers_html(text);
	free(text);
}

/* Whatever the verdict, the cases say the same. */
static void cases_and_verdict(void **state)
{
	struct pb_scenario one = {.name = "sweep-preempt", .plan.nr_sweeps = 1};
	struct pb_kernel head = {.name = "h"};
	struct case_counts c = {0};

	(void)state;
	case_count(r, 1, &c);
	assert_true(c.of[CASE_FAIL] >= 3);
	c = (struct case_counts){0};
	case_count(r, 0, &c);
	assert_int_equal(c.of[CASE_FAIL] + c.of[CASE_ERROR], 0);
	assert_false(case_verdict_needed(r));
	/* A window that is open: inconclusive, and so is its case. */
	result_free(r);
	r = result_new();
	result_add_kernel(r, &head, PB_ROLE_ONLY, NULL);
	result_add_scenario(r, &one);
	add(0, 0, 1, 0);
	r->branch[0].sweep->window[1].flags = PB_EVF_WINDOW_OPEN;
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(r->verdict.kind, PB_VERDICT_INCONCLUSIVE);
	c = (struct case_counts){0};
	case_count(r, 0, &c);
	assert_int_equal(c.of[CASE_ERROR], 2);
	assert_int_equal(c.of[CASE_PASS], 2);
	assert_false(case_verdict_needed(r));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(as_stored),     T(json_comes_back),   T(cases_are_whole),
		T(html_is_whole), T(cases_and_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
