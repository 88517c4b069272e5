// SPDX-License-Identifier: LGPL-2.1-or-later
/* The quota squeezer and the groups that it makes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "plan/plan.h"
#include "squeezer/cgroup.h"
#include "squeezer/victim.h"

/* --- quota --------------------------------------------------------------- */

static const struct pb_plan_squeezer throttle = {
	.kind = PB_SQUEEZER_QUOTA, .period_us = 100000, .width_us = 2000};

/* Directory of the group that a started quota has made. */
static void group_path(const struct pb_squeezer *sq, char *path, size_t size)
{
	snprintf(path, size, "%s", ((const struct cgroup *)sq->priv)->path);
}

static void test_quota_limits(void **state)
{
	struct pb_squeezer sq = squeezer(&throttle);
	pthread_t victim = victim_start(plan.vcpu_cpu[0]);
	double squeezed, wall;
	char path[600];
	int r;

	(void)state;
	sq.vcpu_tid = victim_tid;
	r = sq.ops->start(&sq);
	if (r == -EPERM || r == -EOPNOTSUPP) {
		sq.ops->stop(&sq);
		victim_join(victim);
		skip();
	}
	if (r)
		fail_msg("%s", sq.error);
	group_path(&sq, path, sizeof(path));
	assert_int_equal(access(path, F_OK), 0);
	/* What it had left of a period, another share had given it. */
	sleep_ms(150);
	squeezed = cpu_of(victim);
	wall = seconds(CLOCK_MONOTONIC);
	sleep_ms(500);
	squeezed = cpu_of(victim) - squeezed;
	wall = seconds(CLOCK_MONOTONIC) - wall;
	sq.ops->stop(&sq);
	sq.ops->stop(&sq);
	assert_int_equal(access(path, F_OK), -1);
	/* 2 %, and it gets that. */
	assert_true(squeezed / wall < 0.04);
	assert_true(squeezed / wall > 0.005);
	/* And is free again. */
	wall = seconds(CLOCK_MONOTONIC);
	squeezed = cpu_of(victim);
	sleep_ms(500);
	squeezed = cpu_of(victim) - squeezed;
	wall = seconds(CLOCK_MONOTONIC) - wall;
	if (squeezed / wall <= 0.04)
		fail_msg("free again, it got %.1f %% of %.3f s", squeezed / wall * 100, wall);
	victim_join(victim);
}

/* Whatever fails, the group goes again. */
static void test_quota_fails_clean(void **state)
{
	struct pb_squeezer sq = squeezer(&throttle);
	char path[600], nested[640];
	pid_t gone;
	int r;

	(void)state;
	assert_int_equal(sq.ops->start(&sq), -EOPNOTSUPP);
	sq.ops->stop(&sq);
	sq.vcpu_tid = getpid();
	plan.squeezer[0].width_us = 1; /* less than any kernel takes */
	r = sq.ops->start(&sq);
	if (r == -EPERM || r == -EOPNOTSUPP) {
		sq.ops->stop(&sq);
		skip();
	}
	assert_int_equal(r, -EINVAL);
	assert_non_null(strstr(sq.error, "cannot set the bandwidth"));
	group_path(&sq, path, sizeof(path));
	sq.ops->stop(&sq);
	assert_int_equal(access(path, F_OK), -1);
	/* What somebody left who was killed, the next one removes. */
	gone = fork();
	if (!gone)
		_exit(0);
	assert_int_equal(waitpid(gone, NULL, 0), gone);
	snprintf(strrchr(path, '/'), 64, "/pirbench-%d-3", (int)gone);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(nested, sizeof(nested), "%s/pirbench-%d-4", path, (int)gone);
	assert_int_equal(mkdir(nested, 0755), 0);
	plan.squeezer[0] = throttle;
	assert_int_equal(sq.ops->start(&sq), 0);
	sq.ops->stop(&sq);
	assert_int_equal(access(path, F_OK), -1);
}

/* --- where the groups are, on machines of all sorts ----------------------- */

static char sandbox[64];

static void put(const char *file, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", sandbox, file);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void dir(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", sandbox, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void sandbox_remove(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s", sandbox);
	assert_int_equal(system(command), 0);
}

/* A machine with only cgroup v2, our group in /own, and plain files for its controls. */
static void sandbox_v2(const char *controllers, const char *root)
{
	char line[256];

	snprintf(sandbox, sizeof(sandbox), "/tmp/pirbench-cgroup.XXXXXX");
	assert_non_null(mkdtemp(sandbox));
	dir("self");
	dir("7");
	dir("fs");
	dir("fs/own");
	put("7/cgroup", "0::/top/own\n");
	snprintf(line, sizeof(line),
		 "1 0 0:1 / / rw - ext4 none rw\n2 1 0:2 %s %s/fs rw shared:1 - cgroup2 none rw\n",
		 root, sandbox);
	put("self/mountinfo", line);
	put("fs/own/cgroup.controllers", controllers);
}

static void test_cgroup_v2_found(void **state)
{
	struct cgroup g;
	char err[160], want[128];

	(void)state;
	sandbox_v2("cpuset cpu io\n", "/top");
	/* It is not a cgroup file system: the group has no files. */
	assert_int_equal(cgroup_enter(&g, sandbox, 7, "x", 1000, 2000, err, sizeof(err)), -ENOENT);
	snprintf(want, sizeof(want), "%s/fs/own", sandbox);
	assert_true(g.v2);
	assert_string_equal(g.parent, want);
	assert_non_null(strstr(err, "cannot make threaded"));
	assert_true(g.made);
	cgroup_leave(&g);
	snprintf(want, sizeof(want), "%s/fs/own/x", sandbox);
	assert_int_equal(access(want, F_OK), -1);
	sandbox_remove();
}

static void test_cgroup_none(void **state)
{
	struct cgroup g;
	char err[160];

	(void)state;
	sandbox_v2("cpuset cpuidle\n", "/top");
	assert_int_equal(cgroup_enter(&g, sandbox, 7, "x", 1, 2, err, sizeof(err)), -EOPNOTSUPP);
	cgroup_leave(&g);
	put("self/mountinfo", "no - mount\n1 2\n\n - \n1 0 0:1 / / rw - ext4 none rw\n");
	assert_int_equal(cgroup_enter(&g, sandbox, 7, "x", 1, 2, err, sizeof(err)), -EOPNOTSUPP);
	put("7/cgroup", "nonsense\n:\n0:\n");
	assert_int_equal(cgroup_enter(&g, sandbox, 7, "x", 1, 2, err, sizeof(err)), -EOPNOTSUPP);
	assert_int_equal(cgroup_enter(&g, sandbox, 8, "x", 1, 2, err, sizeof(err)), -EOPNOTSUPP);
	assert_non_null(strstr(err, "no cgroup file system"));
	cgroup_leave(&g);
	sandbox_remove();
}
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quota_limits),
		cmocka_unit_test(test_quota_fails_clean),
		cmocka_unit_test(test_cgroup_v2_found),
		cmocka_unit_test(test_cgroup_none),
	};

	return cmocka_run_group_tests_name("quota", tests, NULL, NULL);
}
