// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stored runs in, stored reports out: tests/golden/README.md. Refreshed by
 * tests/golden/refresh.sh, which sets PIRBENCH_GOLDEN to `reports` (write the
 * reports anew) or `runs` (record the runs anew in the null machine, too).
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

#include "analysis/life.h"
#include "analysis/result.h"
#include "event/run.h"
#include "plan/plan.h"
#include "reports/report.h"
#include "util/file.h"

#define DIR "tests/golden/"

static const char *const scenarios[] = {"quiet", "preempt-aimed", "linux-nvme"};
#define NR_SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))
#define SEED         0x5eed

static struct pb_kernel kernels[] = {
	{.name = "good", .build_id = "", .compiler = "gcc 12.2.0"},
	{.name = "bad", .build_id = "", .compiler = "gcc 12.2.0", .null_loses_permille = 1000},
};

static struct pb_scenario scenario[NR_SCENARIOS];
static struct pb_plan plan[NR_SCENARIOS];
static struct pb_job job[NR_SCENARIOS][2];
static struct pb_result *result;
static struct pb_life *life;

static bool refresh_reports(void)
{
	return getenv("PIRBENCH_GOLDEN") != NULL;
}

static bool refresh_runs(void)
{
	const char *what = getenv("PIRBENCH_GOLDEN");

	return what && !strcmp(what, "runs");
}

static void file_name(char *to, size_t size, size_t n, size_t k, const char *what)
{
	snprintf(to, size, DIR "runs/%s-%s.%s", scenarios[n], kernels[k].name, what);
}

/* The machine's own name does not belong into the tree. */
static void scrub(struct pb_run *run)
{
	run_set_text(run->release, sizeof(run->release), "6.1.0-golden");
	run_set_text(run->build_id, sizeof(run->build_id), "");
	run_seal(run);
}

static void record(void)
{
	struct pb_machine_opts opts = {.cpus = 1};
	char path[256], err[256];

	for (size_t n = 0; n < NR_SCENARIOS; n++) {
		if (machine_null.run(&opts, job[n], 2, NULL))
			fail_msg("%s", job[n][0].error);
		for (size_t k = 0; k < 2; k++) {
			assert_int_equal(job[n][k].status, PB_JOB_DONE);
			scrub(job[n][k].run);
			scrub(job[n][k].truth);
			file_name(path, sizeof(path), n, k, "run");
			assert_int_equal(run_write(path, job[n][k].run, err, sizeof(err)), 0);
			file_name(path, sizeof(path), n, k, "truth");
			assert_int_equal(run_write(path, job[n][k].truth, err, sizeof(err)), 0);
			machine_job_release(&job[n][k]);
		}
		snprintf(path, sizeof(path), DIR "runs/%s.plan", scenarios[n]);
		assert_int_equal(file_write(path, &plan[n], sizeof(plan[n])), 0);
	}
}

static void read_run(size_t n, size_t k, const char *what, void **run, size_t *size)
{
	char path[256], err[256];
	struct pb_run *r;

	file_name(path, sizeof(path), n, k, what);
	if (run_read(path, NULL, &r, size, err, sizeof(err)))
		fail_msg("%s", err);
	*run = r;
}

static void read_plan(size_t n)
{
	char path[256], err[256];
	void *data;
	size_t size;

	snprintf(path, sizeof(path), DIR "runs/%s.plan", scenarios[n]);
	if (file_read(path, sizeof(plan[n]), &data, &size) ||
	    plan_check(data, size, err, sizeof(err)))
		fail_msg("%s: cannot be read", path);
	memcpy(&plan[n], data, sizeof(plan[n]));
	scenario[n].plan.guest = plan[n].guest;
	free(data);
}

/* The stored plan is used, not the shipped scenario: that may change. */
static int setup(void **state)
{
	struct pb_limits limits;
	char err[PB_SCENARIO_ERR];

	(void)state;
	assert_int_equal(scenario_limits("null", 0, &limits), 0);
	for (size_t n = 0; n < NR_SCENARIOS; n++) {
		if (scenario_load("configs", scenarios[n], &scenario[n], err, sizeof(err)) ||
		    scenario_to_plan(&scenario[n], SEED, &limits, &plan[n], err, sizeof(err)))
			fail_msg("%s", err);
		for (size_t k = 0; k < 2; k++)
			job[n][k] = (struct pb_job){.kernel = &kernels[k], .plan = &plan[n]};
	}
	if (refresh_runs())
		record();
	for (size_t n = 0; n < NR_SCENARIOS; n++) {
		read_plan(n);
		for (size_t k = 0; k < 2; k++) {
			struct pb_job *j = &job[n][k];

			*j = (struct pb_job){.kernel = &kernels[k],
					     .plan = &plan[n],
					     .status = PB_JOB_DONE,
					     .wall_s = 0.25,
					     .boot_s = 3.5};
			read_run(n, k, "run", &j->run, &j->run_size);
			read_run(n, k, "truth", &j->truth, &j->truth_size);
		}
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	result_free(result);
	life_free(life);
	for (size_t n = 0; n < NR_SCENARIOS; n++)
		for (size_t k = 0; k < 2; k++)
			machine_job_release(&job[n][k]);
	return 0;
}

static void analyse(void **state)
{
	const struct pb_result_branch *b;
	const struct pb_job *j;
	char err[256] = "";

	(void)state;
	result = result_new();
	result->fp = (struct pb_fingerprint){
		.machine = "null",
		.unit = "ticks",
		.pirbench = "golden",
		.host_cpu = "a CPU",
		.command = "pirbench gate --base good --head bad --machine null",
		.seed = SEED,
	};
	for (size_t k = 0; k < 2; k++)
		result_add_kernel(result, &kernels[k], k ? PB_ROLE_HEAD : PB_ROLE_BASE, NULL);
	for (size_t n = 0; n < NR_SCENARIOS; n++) {
		memset(scenario[n].summary, 0, sizeof(scenario[n].summary));
		result_add_scenario(result, &scenario[n]);
		for (unsigned int k = 0; k < 2; k++)
			assert_int_equal(result_add_job(result, k, (unsigned int)n, &job[n][k]), 0);
	}
	result_add_phase(result, "boot", 3.5);
	result_add_phase(result, "branches", 1);
	assert_int_equal(result_finish(result), 0);
	assert_int_equal(result->verdict.kind, PB_VERDICT_FAIL);
	b = &result->branch[life_branch(result)];
	j = &job[b->scenario][b->kernel];
	if (life_build(j->run, j->truth, b, &life, err, sizeof(err)))
		fail_msg("%s", err);
}

/* The first line that differs says more than "differs". */
static void compare(const char *path, const char *got, const char *want)
{
	unsigned int line = 1;

	while (*got && *got == *want) {
		line += *got == '\n';
		got++;
		want++;
	}
	if (*got != *want)
		fail_msg(
			"%s:%u: '%.60s' is not '%.60s'; tests/golden/refresh.sh when that is meant",
			path, line, got, want);
}

static void check(const char *format, bool colour, const char *file)
{
	const struct pb_report_opts opts = {.colour = colour, .verbose = colour, .life = life};
	const struct pb_result *list[] = {result};
	char path[256], *got;
	size_t len, want_len;
	void *want;
	FILE *out = open_memstream(&got, &len);

	assert_non_null(out);
	assert_int_equal(report_find(format)->write(list, 1, &opts, out), 0);
	fclose(out);
	snprintf(path, sizeof(path), DIR "%s", file);
	if (refresh_reports()) {
		assert_int_equal(file_write(path, got, len), 0);
	} else {
		assert_int_equal(file_read(path, 1 << 20, &want, &want_len), 0);
		compare(path, got, want);
		free(want);
	}
	free(got);
}

static void terminal(void **state)
{
	(void)state;
	check("terminal", false, "terminal.txt");
	check("terminal", true, "terminal-colour.txt");
}

static void json(void **state)
{
	(void)state;
	check("json", false, "result.json");
}

static void table(void **state)
{
	(void)state;
	check("table", false, "table.md");
}

static void files(void **state)
{
	(void)state;
	check("markdown", false, "result.md");
	check("html", false, "result.html");
	check("junit", false, "result.xml");
	check("ktap", false, "result.ktap");
}

static void formats(void **state)
{
	const struct pb_result *two[] = {result, result};
	const struct pb_report_opts opts = {0};
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_null(report_find("nosuch"));
	assert_int_equal(report_null.write(two, 2, &opts, NULL), 0);
	assert_int_equal(report_json.write(two, 2, &opts, stderr), -EINVAL);
	for (size_t i = 0; report_all()[i]; i++) {
		assert_ptr_equal(report_find(report_all()[i]->name), report_all()[i]);
		if (full && report_all()[i] != &report_null)
			assert_int_equal(report_all()[i]->write(two, 1, &opts, full), -EIO);
	}
	fclose(full);
	setenv("NO_COLOR", "1", 1);
	assert_false(report_colour(stdout));
	unsetenv("NO_COLOR");
	full = fopen("/dev/null", "w");
	assert_false(report_colour(full));
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(analyse), cmocka_unit_test(terminal), cmocka_unit_test(json),
		cmocka_unit_test(table),   cmocka_unit_test(formats),  cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
