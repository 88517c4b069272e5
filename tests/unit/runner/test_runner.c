// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every way in which a boot or a branch can end, with a fake emulator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event/run.h"
#include "host/lab/runner/instance.h"
#include "host/lab/runner/runner.h"
#include "plan/plan.h"
#include "runner/fake_emulator.h"

const struct lab_ops *lab = &fake_emulator_ops;

static struct emulator emulator = {.program = "/proc/self/exe", .bios = "b", .vgabios = "v"};

static void plan_make(struct pb_plan *plan, uint64_t seed)
{
	memset(plan, 0, sizeof(*plan));
	strcpy(plan->scenario, "test");
	plan->seed = seed;
	plan->vmm = PB_VMM_NULL;
	plan->vcpus = 1;
	plan->late_us = 1000;
	plan->measure_us = 1000;
	plan->drain_us = 1000;
	plan->event_capacity = 1024;
	plan_seal(plan);
}

static unsigned int fds_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* No child of ours is left, whatever happened. */
static void nothing_left(unsigned int fds)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(fds_open(), fds);
}

/* Run branches with these seeds on one kernel whose boot goes like `how`. */
static void run_jobs(const char *how, const uint64_t *seed, struct pb_job *jobs, size_t nr,
		     unsigned int cpus, unsigned int timeout_s)
{
	static struct pb_plan plan[64];
	static struct pb_kernel kernel;
	struct pb_machine_opts opts = {.cpus = cpus, .timeout_s = timeout_s};
	struct runner_image image = {.kernel = &kernel, .path = how};
	unsigned int fds = fds_open();
	size_t i;

	memset(&kernel, 0, sizeof(kernel));
	snprintf(kernel.name, sizeof(kernel.name), "k");
	snprintf(kernel.image, sizeof(kernel.image), "%s", how);
	memset(jobs, 0, nr * sizeof(*jobs));
	for (i = 0; i < nr; i++) {
		plan_make(&plan[i], seed[i]);
		jobs[i].kernel = &kernel;
		jobs[i].plan = &plan[i];
	}
	assert_int_equal(runner_run(&emulator, &image, 1, &opts, jobs, nr, NULL), 0);
	nothing_left(fds);
}

static void jobs_free(struct pb_job *jobs, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		free(jobs[i].run);
		free(jobs[i].truth);
		free(jobs[i].log_tail);
	}
}

/* ---- boots ------------------------------------------------------------------ */

static void boot_fails(const char *how, const char *text, unsigned int timeout_s)
{
	const uint64_t seed[] = {FAKE_OK, FAKE_OK, FAKE_OK};
	struct pb_job job[3];
	size_t i;

	run_jobs(how, seed, job, 3, 2, timeout_s);
	for (i = 0; i < 3; i++) {
		assert_int_equal(job[i].status, PB_JOB_FAILED);
		if (!strstr(job[i].error, text))
			fail_msg("boot %s: \"%s\" instead of \"%s\"", how, job[i].error, text);
		assert_null(job[i].run);
	}
	jobs_free(job, 3);
}

static void test_boot_ends(void **state)
{
	(void)state;
	boot_fails(FAKE_BOOT_EXIT, "boot: the emulator ended with status 1", 60);
	boot_fails(FAKE_BOOT_PANIC, "status 1: [CPU0 ] exception 3 times", 60);
	boot_fails(FAKE_BOOT_KILLED, "killed by signal 9", 60);
	boot_fails(FAKE_BOOT_HANG, "no end within 1 s of host time", 1);
	boot_fails(FAKE_BOOT_TICKS, "emulated time ran out", 60);
	boot_fails(FAKE_BOOT_OOPS, "kernel oops: BUG: kernel NULL pointer", 60);
	boot_fails(FAKE_BOOT_WARN, "kernel warning: WARNING: CPU: 0", 60);
	boot_fails(FAKE_BOOT_KPANIC, "kernel panic: Kernel panic - not syncing: No working", 60);
}

static void test_boot_speaks_nonsense(void **state)
{
	(void)state;
	boot_fails(FAKE_BOOT_GARBAGE, "boot: said what makes no sense", 60);
	boot_fails(FAKE_BOOT_BADCRC, "boot: said what makes no sense", 60);
	boot_fails(FAKE_BOOT_NEWER, "boot: said what makes no sense", 60);
	boot_fails(FAKE_BOOT_DUMB, "boot: stopped talking", 60);
}

static void test_no_program(void **state)
{
	struct emulator old = emulator;

	(void)state;
	snprintf(emulator.program, sizeof(emulator.program), "/nonexistent/emulator");
	boot_fails(FAKE_BOOT_OK, "boot: the emulator ended with status 127", 60);
	emulator = old;
}

/* ---- branches ----------------------------------------------------------------- */

/* A branch of this kind between two good ones: what does it say, and are those untouched? */
static void branch_fails(enum fake_branch kind, const char *text, unsigned int timeout_s)
{
	const uint64_t seed[] = {FAKE_OK, kind, FAKE_OK};
	struct pb_job job[3];

	run_jobs(FAKE_BOOT_OK, seed, job, 3, 2, timeout_s);
	assert_int_equal(job[1].status, PB_JOB_FAILED);
	if (!strstr(job[1].error, text))
		fail_msg("branch %d: \"%s\" instead of \"%s\"", kind, job[1].error, text);
	assert_null(job[1].run);
	assert_null(job[1].truth);
	if (kind != FAKE_KILL_SERVER) {
		assert_int_equal(job[0].status, PB_JOB_DONE);
		assert_int_equal(job[2].status, PB_JOB_DONE);
	}
	jobs_free(job, 3);
}

static void test_branch_ends(void **state)
{
	(void)state;
	branch_fails(FAKE_HANG, "no end within 1 s of host time; its last of 1 signs of life was 7",
		     1);
	branch_fails(FAKE_KILLED, "killed by signal 9", 60);
	branch_fails(FAKE_SEGV, "killed by signal 11", 60);
	branch_fails(FAKE_TOO_BIG, "larger result than fits", 60);
	branch_fails(FAKE_EXIT, "ended with status 1", 60);
	branch_fails(FAKE_EXIT_DONE, "ended before", 60);
	branch_fails(FAKE_EMULATOR_PANIC, "status 1: [CPU0 ] no such instruction", 60);
	branch_fails(FAKE_TICKS, "emulated time ran out", 60);
	branch_fails(FAKE_RESET, "was reset", 60);
	branch_fails(FAKE_FULL, "could not be written: File too large", 60);
}

static void test_branch_logs(void **state)
{
	(void)state;
	branch_fails(FAKE_KERNEL_PANIC, "kernel panic: Kernel panic - not syncing: Fatal", 60);
	branch_fails(FAKE_WARNING, "kernel warning: WARNING: CPU: 1", 60);
	branch_fails(FAKE_FLOOD, "MiB of log", 60);
}

static void test_branch_results(void **state)
{
	(void)state;
	branch_fails(FAKE_BAD_CRC, "result refused: its checksum is wrong", 60);
	branch_fails(FAKE_BAD_RUN, "result refused: ", 60);
	branch_fails(FAKE_OTHER_PLAN, "result refused: ", 60);
	branch_fails(FAKE_NO_TRUTH, "truth refused: ", 60);
}

static void test_server_dies(void **state)
{
	(void)state;
	branch_fails(FAKE_KILL_SERVER, "fork server: the emulator was killed by signal 9", 60);
}

static void test_good(void **state)
{
	static uint64_t seed[40];
	struct pb_job job[40];
	size_t i;

	(void)state;
	for (i = 0; i < 40; i++)
		seed[i] = i % 2 ? FAKE_AGAIN : FAKE_OK;
	run_jobs(FAKE_BOOT_OK, seed, job, 40, 4, 60);
	for (i = 0; i < 40; i++) {
		const struct pb_run *run = job[i].run;

		if (job[i].status != PB_JOB_DONE)
			fail_msg("%s", job[i].error);
		assert_int_equal(run->content, PB_RUN_EVENTS);
		assert_int_equal(run->plan_crc, job[i].plan->crc);
		assert_int_equal(((const struct pb_run *)job[i].truth)->content, PB_RUN_TRUTH);
		assert_true(job[i].boot_s > 0 && job[i].wall_s > 0);
	}
	jobs_free(job, 40);
}

/* ---- stopping ------------------------------------------------------------------- */

static volatile sig_atomic_t stop;

static void on_alarm(int sig)
{
	stop = sig;
}

static void test_stop(void **state)
{
	struct pb_machine_opts opts = {.cpus = 2, .stop = &stop};
	struct pb_kernel kernel = {.image = FAKE_BOOT_OK};
	struct runner_image image = {.kernel = &kernel, .path = FAKE_BOOT_OK};
	struct pb_job job = {.kernel = &kernel};
	unsigned int fds = fds_open();
	struct pb_plan plan;

	(void)state;
	plan_make(&plan, FAKE_HANG);
	job.plan = &plan;
	signal(SIGALRM, on_alarm);
	alarm(1);
	assert_int_equal(runner_run(&emulator, &image, 1, &opts, &job, 1, NULL), -EINTR);
	assert_int_equal(job.status, PB_JOB_PENDING);
	nothing_left(fds);
}

/* ---- more, and enough ----------------------------------------------------------- */

#define GROWN 6

static size_t grown, booted, ended, enough_at;

static size_t two_more(void *arg)
{
	(void)arg;
	if (grown < GROWN)
		grown += 2;
	return grown;
}

static bool is_enough(void *arg)
{
	(void)arg;
	return enough_at && ended >= enough_at;
}

static void count_boot(void *arg, const struct pb_kernel *k, bool done, double seconds)
{
	(void)arg;
	(void)k;
	(void)seconds;
	booted += done;
}

static void count_job(void *arg, struct pb_job *job)
{
	(void)arg;
	(void)job;
	ended++;
}

/* Jobs that come two by two find their kernels booted still. */
static void grow(const char *how, size_t enough)
{
	struct pb_machine_progress progress = {count_boot, count_job, is_enough, two_more, NULL};
	struct pb_machine_opts opts = {.cpus = 1, .timeout_s = 60};
	static struct pb_kernel kernel[2];
	struct pb_plan plan[GROWN];
	struct pb_job job[GROWN] = {{0}};
	struct runner_image image[2];
	unsigned int fds = fds_open();

	for (size_t i = 0; i < 2; i++) {
		snprintf(kernel[i].name, sizeof(kernel[i].name), "k%zu", i);
		/* Two images that are the same boot. */
		snprintf(kernel[i].image, sizeof(kernel[i].image), "%s%zu", how, i);
		image[i] = (struct runner_image){.kernel = &kernel[i], .path = how};
	}
	for (size_t i = 0; i < GROWN; i++) {
		plan_make(&plan[i], FAKE_OK);
		job[i].kernel = &kernel[i % 2];
		job[i].plan = &plan[i];
	}
	grown = 2;
	booted = ended = 0;
	enough_at = enough;
	assert_int_equal(runner_run(&emulator, image, 2, &opts, job, 2, &progress), 0);
	nothing_left(fds);
	assert_int_equal(booted, 2);
	assert_int_equal(ended, enough ? enough : GROWN);
	for (size_t i = 0; i < GROWN; i++)
		if (enough)
			assert_true(job[i].status != PB_JOB_PENDING || i >= enough - 1);
		else
			assert_int_not_equal(job[i].status, PB_JOB_PENDING);
	jobs_free(job, GROWN);
}

/* A lab for Linux guests is another one than that without. */
static void test_guests_apart(void **state)
{
	struct pb_machine_progress progress = {count_boot, count_job, NULL, NULL, NULL};
	struct pb_machine_opts opts = {.cpus = 1, .timeout_s = 60};
	static struct pb_kernel kernel = {.name = "k", .image = FAKE_BOOT_OK};
	static struct pb_kernel guest = {.name = "g", .image = "guest"};
	struct runner_image image[] = {{.kernel = &kernel, .path = FAKE_BOOT_OK},
				       {.kernel = &kernel, .guest = &guest, .path = FAKE_BOOT_OK}};
	struct pb_plan plan[3];
	struct pb_job job[3] = {{0}};
	unsigned int fds = fds_open();

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		plan_make(&plan[i], FAKE_OK);
		job[i].kernel = &kernel;
		job[i].plan = &plan[i];
		job[i].guest = i == 1 ? &guest : NULL;
	}
	booted = ended = 0;
	assert_int_equal(runner_run(&emulator, image, 2, &opts, job, 3, &progress), 0);
	nothing_left(fds);
	assert_int_equal(booted, 2);
	assert_int_equal(ended, 3);
	/* Without one that needs it there is no such lab. */
	jobs_free(job, 3);
	memset(job, 0, sizeof(job));
	job[0] = (struct pb_job){.kernel = &kernel, .plan = &plan[0]};
	booted = ended = 0;
	assert_int_equal(runner_run(&emulator, image, 2, &opts, job, 1, &progress), 0);
	assert_int_equal(booted, 1);
	jobs_free(job, 1);
}

static void test_more_jobs(void **state)
{
	(void)state;
	grow(FAKE_BOOT_OK, 0);
	grow(FAKE_BOOT_OK, 3);
	/* A kernel that does not boot does not boot for those that come later. */
	grow(FAKE_BOOT_EXIT, 0);
}

/* Processes that run this very program, except ourselves. */
static unsigned int fakes_alive(void)
{
	char path[64], self[512], exe[512];
	struct dirent *e;
	unsigned int n = 0;
	ssize_t len;
	DIR *d;

	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	assert_true(len > 0);
	self[len] = 0;
	d = opendir("/proc");
	assert_non_null(d);
	while ((e = readdir(d))) {
		int pid = atoi(e->d_name);

		if (pid <= 0 || pid == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/%d/exe", pid);
		len = readlink(path, exe, sizeof(exe) - 1);
		if (len <= 0)
			continue;
		exe[len] = 0;
		n += !strcmp(exe, self);
	}
	closedir(d);
	return n;
}

/* kill -9 of the runner: fork server and branches go with it. */
static void test_runner_killed(void **state)
{
	unsigned int round, i;

	(void)state;
	for (round = 0; round < 10; round++) {
		const uint64_t seed[] = {FAKE_HANG, FAKE_HANG};
		struct pb_job job[2];
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (!pid) {
			run_jobs(FAKE_BOOT_OK, seed, job, 2, 2, 60);
			_exit(0);
		}
		usleep(round * 20000);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		for (i = 0; i < 500 && fakes_alive(); i++)
			usleep(10000);
		assert_int_equal(fakes_alive(), 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guests_apart),   cmocka_unit_test(test_more_jobs),
		cmocka_unit_test(test_good),           cmocka_unit_test(test_boot_ends),
		cmocka_unit_test(test_no_program),     cmocka_unit_test(test_boot_speaks_nonsense),
		cmocka_unit_test(test_branch_ends),    cmocka_unit_test(test_branch_logs),
		cmocka_unit_test(test_branch_results), cmocka_unit_test(test_server_dies),
		cmocka_unit_test(test_stop),           cmocka_unit_test(test_runner_killed),
	};

	fake_emulator_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
