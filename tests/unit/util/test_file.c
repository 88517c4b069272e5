// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whole files: replaced in one step, devices and links spared, leftovers swept. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "util/file.h"

static char dir[64];

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/pirbench-file-XXXXXX");
	return mkdtemp(dir) && !chdir(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return chdir("/") || system(command);
}

static void holds(const char *path, const char *text)
{
	size_t size;
	void *data;

	assert_int_equal(file_read(path, 1000, &data, &size), 0);
	assert_string_equal(data, text);
	free(data);
}

static bool there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

static void test_replaces(void **state)
{
	(void)state;
	assert_int_equal(file_write("a", "one", 3), 0);
	holds("a", "one");
	assert_int_equal(file_write("a", "two and more", 12), 0);
	holds("a", "two and more");
	assert_int_equal(file_write("none/a", "x", 1), -ENOENT);
	assert_int_equal(file_write("/proc/none", "x", 1), -ENOENT);
	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(file_write("d", "x", 1), -EISDIR);
}

/* A report to /dev/null must not make a file of /dev/null; root could. */
static void test_spares_devices(void **state)
{
	struct stat before, after;

	(void)state;
	assert_int_equal(stat("/dev/null", &before), 0);
	assert_int_equal(file_write("/dev/null", "x", 1), 0);
	assert_int_equal(stat("/dev/null", &after), 0);
	assert_true(S_ISCHR(after.st_mode));
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(file_write("/dev/full", "x", 1), -ENOSPC);
	assert_int_equal(symlink("/dev/full", "full"), 0);
	assert_int_equal(file_write("full", "x", 1), -ENOSPC);
	assert_true(there("full"));
}

static void test_follows_links(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(file_write("target", "old", 3), 0);
	assert_int_equal(symlink("target", "link"), 0);
	assert_int_equal(file_write("link", "new", 3), 0);
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	holds("target", "new");
}

static void put(const char *name)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fclose(f);
}

static void test_sweeps(void **state)
{
	static const char *const stays[] = {"r.run", "r.1.0", "r.~", ".0~", "r.x.0~",
					    "r.1.~", "0~",    "~",   "r.0~"};
	char gone[64], alive[64];
	pid_t pid = fork();

	(void)state;
	if (!pid)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	snprintf(gone, sizeof(gone), "r.run.%d.0~", (int)pid);
	snprintf(alive, sizeof(alive), "r.run.%d.7~", (int)getpid());
	put(gone);
	put(alive);
	for (size_t i = 0; i < sizeof(stays) / sizeof(stays[0]); i++)
		put(stays[i]);
	file_sweep(".");
	assert_false(there(gone));
	assert_true(there(alive));
	for (size_t i = 0; i < sizeof(stays) / sizeof(stays[0]); i++)
		assert_true(there(stays[i]));
	file_sweep("none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_replaces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_spares_devices, setup, teardown),
		cmocka_unit_test_setup_teardown(test_follows_links, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sweeps, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
