// SPDX-License-Identifier: LGPL-2.1-or-later
/* The file that is a namespace: made, locked, refused. */
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/lab/runner/disk.h"

static char dir[64], path[80], err[DISK_ERR];

#define SOMEBODY 65534

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_disk.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/disk", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void make(off_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

static off_t size_is(void)
{
	struct stat s;

	assert_int_equal(stat(path, &s), 0);
	return s.st_size;
}

/* Where there is none, or an empty one: without taking room. */
static void created(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct stat s;
		int fd;

		if (i)
			make(0);
		fd = disk_open(path, err);
		assert_true(fd > 0);
		assert_int_equal(fstat(fd, &s), 0);
		assert_int_equal(s.st_size, DISK_BYTES);
		assert_true(s.st_blocks < 64);
		close(fd);
	}
}

static void kept(void **state)
{
	int fd = disk_open(path, err);
	char c = 0;

	(void)state;
	assert_int_equal(pwrite(fd, "x", 1, DISK_BYTES - 1), 1);
	close(fd);
	fd = disk_open(path, err);
	assert_int_equal(pread(fd, &c, 1, DISK_BYTES - 1), 1);
	assert_int_equal(c, 'x');
	close(fd);
}

/* As long as any process has it. */
static void locked(void **state)
{
	int fd = disk_open(path, err), other = dup(fd);

	(void)state;
	assert_int_equal(disk_open(path, err), -EBUSY);
	assert_non_null(strstr(err, "another lab has it"));
	close(fd);
	assert_int_equal(disk_open(path, err), -EBUSY);
	close(other);
	fd = disk_open(path, err);
	assert_true(fd > 0);
	close(fd);
}

static void refused(void **state)
{
	static const off_t size[] = {1, DISK_BYTES - 1, DISK_BYTES + 1ll, 1ll << 40};

	(void)state;
	for (unsigned int i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		make(size[i]);
		assert_int_equal(disk_open(path, err), -EINVAL);
		assert_non_null(strstr(err, "must be 67108864"));
		assert_true(size_is() == size[i]);
	}
	assert_int_equal(disk_open(dir, err), -EISDIR);
	assert_int_equal(disk_open("/dev/null", err), -EINVAL);
	assert_non_null(strstr(err, "not a plain file"));
	assert_int_equal(disk_open("/nowhere/disk", err), -ENOENT);
}

static void read_only(void **state)
{
	const bool root = !geteuid();

	(void)state;
	make(DISK_BYTES);
	assert_int_equal(chmod(path, 0400), 0);
	/* root may do everything: somebody else, then. */
	if (root) {
		assert_int_equal(chmod(dir, 0755), 0);
		assert_int_equal(chown(path, SOMEBODY, SOMEBODY), 0);
		assert_int_equal(seteuid(SOMEBODY), 0);
	}
	assert_int_equal(disk_open(path, err), -EACCES);
	if (root)
		assert_int_equal(seteuid(0), 0);
}

/* Not 0, though that is free. */
static void not_zero(void **state)
{
	int in = dup(0), fd;

	(void)state;
	close(0);
	fd = disk_open(path, err);
	assert_true(fd > 2);
	close(fd);
	if (in >= 0) {
		dup2(in, 0);
		close(in);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(created), T(kept), T(locked), T(refused), T(read_only), T(not_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
