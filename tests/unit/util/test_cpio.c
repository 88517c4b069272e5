// SPDX-License-Identifier: LGPL-2.1-or-later
/* Archives that were written are read; what is wrong in one is refused, and said. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "util/cpio.h"

static char err[256];

static void make(struct cpio *c)
{
	memset(c, 0, sizeof(*c));
	cpio_dir(c, "bin", 0755);
	cpio_file(c, "bin/tool", 0755, "hello", 5);
	cpio_file(c, "empty", 0600, NULL, 0);
	cpio_link(c, "lib", "bin/tool");
	assert_int_equal(cpio_end(c), 0);
}

static void test_read_as_written(void **state)
{
	static const struct {
		const char *name;
		unsigned int mode;
		const char *data;
	} want[] = {{"bin", S_IFDIR | 0755, ""},
		    {"bin/tool", S_IFREG | 0755, "hello"},
		    {"empty", S_IFREG | 0600, ""},
		    {"lib", S_IFLNK | 0777, "bin/tool"}};
	struct cpio_item item;
	struct cpio c;

	(void)state;
	make(&c);
	struct cpio_reader r = {.data = c.data, .size = c.size};
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_int_equal(cpio_next(&r, &item, err, sizeof(err)), 1);
		assert_string_equal(item.name, want[i].name);
		assert_int_equal(item.mode, want[i].mode);
		assert_int_equal(item.size, strlen(want[i].data));
		assert_memory_equal(item.data, want[i].data, item.size);
	}
	assert_int_equal(cpio_next(&r, &item, err, sizeof(err)), 0);
	cpio_release(&c);
}

/* Wherever it is cut, in memory of just that size: an error, and no read behind it. */
static void test_cut(void **state)
{
	struct cpio_item item;
	struct cpio c;
	size_t trailer;

	(void)state;
	make(&c);
	struct cpio_reader r = {.data = c.data, .size = c.size};
	while (cpio_next(&r, &item, err, sizeof(err)) > 0)
		;
	trailer = r.offset - 3; /* it is padded */
	for (size_t n = 0; n < trailer; n++) {
		uint8_t *part = malloc(n ? n : 1);
		int ret;

		memcpy(part, c.data, n);
		r = (struct cpio_reader){.data = part, .size = n};
		while ((ret = cpio_next(&r, &item, err, sizeof(err))) > 0)
			;
		assert_int_equal(ret, -EBADMSG);
		free(part);
	}
	cpio_release(&c);
}

/* An archive of one file, with one field (from 0) of its header replaced. */
static int with_field(unsigned int field, const char *hex, const char *name)
{
	struct cpio_item item;
	struct cpio c = {0};
	int ret;

	cpio_file(&c, "name", 0644, "abc", 3);
	assert_int_equal(cpio_end(&c), 0);
	if (hex)
		memcpy(c.data + 6 + 8 * field, hex, 8);
	if (name)
		memcpy(c.data + 110, name, 4);
	struct cpio_reader r = {.data = c.data, .size = c.size};
	err[0] = 0;
	ret = cpio_next(&r, &item, err, sizeof(err));
	if (ret < 0)
		assert_non_null(strstr(err, "archive: offset 0: "));
	cpio_release(&c);
	return ret;
}

static void test_refused(void **state)
{
	(void)state;
	assert_int_equal(with_field(0, NULL, NULL), 1);
	assert_int_equal(with_field(1, "000021a4", NULL), -EBADMSG); /* a device */
	assert_int_equal(with_field(1, "000041ed", NULL), -EBADMSG); /* a directory with data */
	assert_int_equal(with_field(1, "0000c1ed", NULL), -EBADMSG); /* a socket */
	assert_int_equal(with_field(4, "00000002", NULL), -EBADMSG); /* a hard link */
	assert_int_equal(with_field(6, "ffffffff", NULL), -EBADMSG); /* size */
	assert_int_equal(with_field(6, "0000x000", NULL), -EBADMSG);
	assert_int_equal(with_field(11, "00000000", NULL), -EBADMSG); /* length of the name */
	assert_int_equal(with_field(11, "00000004", NULL), -EBADMSG);
	assert_int_equal(with_field(11, "00000006", NULL), -EBADMSG);
	assert_int_equal(with_field(11, "ffffffff", NULL), -EBADMSG);
	assert_int_equal(with_field(0, NULL, "/abc"), -EBADMSG);
	assert_int_equal(with_field(0, NULL, "../a"), -EBADMSG);
	assert_int_equal(with_field(0, NULL, "a//b"), -EBADMSG);
	assert_int_equal(with_field(0, NULL, "a/.."), -EBADMSG);
	assert_int_equal(with_field(0, NULL, "a\0bc"), -EBADMSG);
}

/* ---- unpacking --------------------------------------------------------------- */

static char top[] = "/tmp/pirbench-cpio-XXXXXX";
static int dir = -1;

static int setup(void **state)
{
	(void)state;
	strcpy(top + strlen(top) - 6, "XXXXXX");
	if (!mkdtemp(top))
		return -1;
	dir = open(top, O_RDONLY | O_DIRECTORY);
	return dir < 0;
}

static int teardown(void **state)
{
	char cmd[64];

	(void)state;
	close(dir);
	snprintf(cmd, sizeof(cmd), "rm -r %s", top);
	return system(cmd);
}

static int unpack(struct cpio *c)
{
	int ret = cpio_unpack(c->data, c->size, dir, err, sizeof(err));

	cpio_release(c);
	return ret;
}

static void test_unpack(void **state)
{
	char buf[16] = "";
	struct stat s;
	struct cpio c;
	int fd;

	(void)state;
	umask(022);
	make(&c);
	assert_int_equal(unpack(&c), 0);
	fd = openat(dir, "lib", O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, buf, sizeof(buf)), 5);
	assert_string_equal(buf, "hello");
	assert_int_equal(fstat(fd, &s), 0);
	assert_int_equal(s.st_mode, S_IFREG | 0755);
	close(fd);
	assert_int_equal(fstatat(dir, "empty", &s, 0), 0);
	assert_int_equal(s.st_size, 0);
}

/* Two archives are as one. */
static void test_unpack_two(void **state)
{
	struct cpio c = {0};
	struct stat s;

	(void)state;
	cpio_dir(&c, "a", 0755);
	cpio_end(&c);
	cpio_file(&c, "a/b", 0644, "x", 1);
	cpio_end(&c);
	assert_int_equal(unpack(&c), 0);
	assert_int_equal(fstatat(dir, "a/b", &s, 0), 0);
	cpio_dir(&c, "c", 0755);
	cpio_end(&c);
	cpio_file(&c, "c/d", 0644, "x", 1); /* no trailer */
	assert_int_equal(unpack(&c), -EBADMSG);
}

/* Neither through a link to elsewhere, nor over what is there. */
static void test_stays_below(void **state)
{
	struct cpio c = {0};

	(void)state;
	cpio_link(&c, "up", "..");
	cpio_file(&c, "up/pirbench-cpio-outside", 0644, "x", 1);
	cpio_end(&c);
	assert_int_equal(unpack(&c), -ELOOP);
	assert_non_null(strstr(err, "up/pirbench-cpio-outside"));
	assert_int_equal(access("/tmp/pirbench-cpio-outside", F_OK), -1);
	cpio_link(&c, "leaf", "/tmp/pirbench-cpio-outside");
	cpio_file(&c, "leaf", 0644, "x", 1);
	cpio_end(&c);
	assert_int_equal(unpack(&c), -EEXIST);
	assert_int_equal(access("/tmp/pirbench-cpio-outside", F_OK), -1);
	cpio_file(&c, "none/file", 0644, "x", 1);
	cpio_end(&c);
	assert_int_equal(unpack(&c), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_as_written),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_refused),
		cmocka_unit_test_setup_teardown(test_unpack, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unpack_two, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stays_below, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
