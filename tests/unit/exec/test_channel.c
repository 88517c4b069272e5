// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "event/run.h"
#include "exec/channel.h"
#include "plan/example.h"
#include "plan/plan.h"
#include "util/file.h"

static char dir[32], plan_path[64], run_path[64];

static int setup(void **state)
{
	struct pb_plan plan;

	(void)state;
	strcpy(dir, "/tmp/test_chan.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(plan_path, sizeof(plan_path), "%s/plan", dir);
	snprintf(run_path, sizeof(run_path), "%s/run", dir);
	example_null_plan(&plan);
	return file_write(plan_path, &plan, sizeof(plan));
}

/* Fails when anything but plan and run is left in the directory. */
static int teardown(void **state)
{
	(void)state;
	unlink(plan_path);
	unlink(run_path);
	return rmdir(dir);
}

static int serve(struct exec_channel *ch, enum pb_run_status *status)
{
	int ret = ch->ops->open(ch);

	if (!ret)
		ret = channel_serve(ch, NULL, status);
	ch->ops->close(ch);
	ch->ops->close(ch);
	return ret;
}

static struct exec_channel files(void)
{
	return (struct exec_channel){
		.ops = &channel_file, .plan_path = plan_path, .run_path = run_path};
}

static void test_file(void **state)
{
	struct exec_channel ch = files();
	enum pb_run_status status = PB_RUN_ERROR;
	struct pb_run *run = NULL;
	struct pb_plan plan;
	size_t size;
	char err[200];

	(void)state;
	example_null_plan(&plan);
	assert_int_equal(serve(&ch, &status), 0);
	assert_int_equal(status, PB_RUN_OK);
	assert_int_equal(run_read(run_path, &plan, &run, &size, err, sizeof(err)), 0);
	assert_int_equal(run->posted, 320);
	free(run);
}

/* A bad plan is a run that says so; no plan is a failure of the channel. */
static void test_file_bad_plan(void **state)
{
	struct exec_channel ch = files();
	enum pb_run_status status = PB_RUN_OK;
	struct pb_run *run = NULL;
	char big[sizeof(struct pb_plan) + 1] = "", err[200];
	size_t size;

	(void)state;
	assert_int_equal(truncate(plan_path, 100), 0);
	assert_int_equal(serve(&ch, &status), 0);
	assert_int_equal(status, PB_RUN_ERROR);
	assert_int_equal(run_read(run_path, NULL, &run, &size, err, sizeof(err)), 0);
	assert_non_null(strstr(run->reason, "100 bytes"));
	free(run);
	assert_int_equal(file_write(plan_path, big, sizeof(big)), 0);
	assert_int_equal(serve(&ch, &status), -EFBIG);
	assert_non_null(strstr(ch.error, plan_path));
	unlink(plan_path);
	assert_int_equal(serve(&ch, &status), -ENOENT);
	assert_non_null(strstr(ch.error, plan_path));
}

static void test_file_no_room(void **state)
{
	struct exec_channel ch = files();

	(void)state;
	ch.run_path = "/nonesuch/run";
	assert_int_equal(serve(&ch, NULL), -ENOENT);
	assert_non_null(strstr(ch.error, "/nonesuch/run"));
}

static void test_memory(void **state)
{
	struct pb_plan plan;
	struct exec_channel ch = {.ops = &channel_memory, .plan = &plan, .plan_size = sizeof(plan)};
	struct pb_run run;
	char err[200];
	off_t size;
	void *map;

	(void)state;
	example_null_plan(&plan);
	ch.run_fd = memfd_create("run", 0);
	assert_int_equal(serve(&ch, NULL), 0);
	size = lseek(ch.run_fd, 0, SEEK_END);
	map = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, ch.run_fd, 0);
	assert_int_equal(run_check(map, (size_t)size, &plan, err, sizeof(err)), 0);
	memcpy(&run, map, sizeof(run));
	assert_int_equal(run.posted, 320);
	munmap(map, (size_t)size);
	close(ch.run_fd);
	assert_int_equal(serve(&ch, NULL), -EBADF);
	assert_non_null(strstr(ch.error, "writing the run"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_file),
		T(test_file_bad_plan),
		T(test_file_no_room),
		T(test_memory),
	};

	return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
