// SPDX-License-Identifier: LGPL-2.1-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/lab/image/cache.h"
#include "host/lab/image/image.h"
#include "util/file.h"
#include "util/subprocess.h"

/* ---- cpio -------------------------------------------------------------------- */

/* What cpio(1) makes of an archive. */
static char *listing(const struct cpio *c)
{
	int fd = memfd_create("archive", 0);
	char path[64], err[512];
	const char *const argv[] = {"cpio", "-itvn", "--quiet", "-F", path, NULL};
	struct subprocess p = {.argv = argv, .capture_max = 65536, .inherit_fd = fd};
	struct subprocess_result res = {0};
	char *out;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, c->data, c->size), c->size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (subprocess_run(&p, &res, err, sizeof(err)))
		fail_msg("%s", err);
	out = strdup(res.out);
	subprocess_release(&res);
	close(fd);
	return out;
}

static void test_cpio_is_read_by_cpio(void **state)
{
	struct cpio c = {0};
	char *text;

	(void)state;
	assert_int_equal(cpio_dir(&c, "dev", 0755), 0);
	assert_int_equal(cpio_node(&c, "dev/console", 0600, 5, 1), 0);
	assert_int_equal(cpio_file(&c, "init", 0755, "hello", 5), 0);
	assert_int_equal(cpio_file(&c, "empty", 0644, NULL, 0), 0);
	assert_int_equal(cpio_end(&c), 0);
	assert_int_equal(c.size % 512, 0);
	text = listing(&c);
	assert_non_null(strstr(text, "drwxr-xr-x"));
	assert_non_null(strstr(text, "crw-------"));
	assert_non_null(strstr(text, "5,   1"));
	assert_non_null(strstr(text, "-rwxr-xr-x"));
	assert_non_null(strstr(text, " init\n"));
	assert_non_null(strstr(text, " dev/console\n"));
	assert_non_null(strstr(text, " empty\n"));
	assert_null(strstr(text, "TRAILER"));
	free(text);
	cpio_release(&c);
}

static void test_cpio_refuses_names(void **state)
{
	static const char *const bad[] = {"", "/init", "a//b", "a/", "./a", "a/../b", "..", "."};
	char longest[CPIO_NAME_MAX + 2];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cpio c = {0};

		assert_int_equal(cpio_file(&c, bad[i], 0644, "x", 1), -EINVAL);
		/* The error stays: an archive with a hole is never used. */
		assert_int_equal(cpio_dir(&c, "ok", 0755), -EINVAL);
		assert_int_equal(cpio_end(&c), -EINVAL);
		cpio_release(&c);
	}
	memset(longest, 'n', sizeof(longest));
	longest[CPIO_NAME_MAX + 1] = 0;
	struct cpio c = {0};
	assert_int_equal(cpio_dir(&c, longest, 0755), -EINVAL);
	cpio_release(&c);
	longest[CPIO_NAME_MAX] = 0;
	assert_int_equal(cpio_dir(&c, longest, 0755), 0);
	cpio_release(&c);
}

static void test_cpio_sizes(void **state)
{
	static const char data[8] = "1234567";
	struct cpio c = {0};
	char name[8], *text;
	size_t i;

	(void)state;
	for (i = 0; i <= 7; i++) {
		snprintf(name, sizeof(name), "f%zu", i);
		assert_int_equal(cpio_file(&c, name, 0644, data, i), 0);
		assert_int_equal(c.size % 4, 0);
	}
	assert_int_equal(cpio_end(&c), 0);
	text = listing(&c);
	assert_non_null(strstr(text, " f7\n"));
	free(text);
	cpio_release(&c);
}

static void test_initrd(void **state)
{
	struct cpio c = {0};
	const char *dmar, *table;

	(void)state;
	assert_int_equal(image_initrd(&c, "exe", 3, "busybox", 7), 0);
	/* The kernel looks for tables in the first, uncompressed archive. */
	dmar = memmem(c.data, c.size, "kernel/firmware/acpi/dmar.aml", 29);
	assert_non_null(dmar);
	assert_non_null(memmem(dmar, 200, "DMAR", 4));
	table = memmem(c.data, c.size, "kernel/firmware/acpi/mcfg.aml", 29);
	assert_non_null(table);
	assert_non_null(memmem(table, 200, "MCFG", 4));
	table = memmem(c.data, c.size, "kernel/firmware/acpi/ecam.aml", 29);
	assert_non_null(table);
	assert_non_null(memmem(table, 200, "SSDT", 4));
	assert_non_null(memmem(c.data, c.size, "bin/busybox", 11));
	cpio_release(&c);
	assert_int_equal(image_initrd(&c, "exe", 3, NULL, 0), 0);
	assert_null(memmem(c.data, c.size, "bin/busybox", 11));
	cpio_release(&c);
}

/* ---- image --------------------------------------------------------------------- */

static char dir[] = "/tmp/test-image-XXXXXX";
static char kernel[64], executor[64];

static void put(const char *path, const void *data, size_t size)
{
	assert_int_equal(file_write(path, data, size), 0);
}

static int setup(void **state)
{
	static char bz[8192];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(kernel, sizeof(kernel), "%s/bz=Image", dir);
	snprintf(executor, sizeof(executor), "%s/exe", dir);
	memcpy(bz + 0x202, "HdrS", 4);
	put(kernel, bz, sizeof(bz));
	put(executor, "executor", 8);
	setenv("PIRBENCH_EXECUTOR", executor, 1);
	return setenv("PIRBENCH_CACHE", dir, 1);
}

static int teardown(void **state)
{
	const char *const argv[] = {"rm", "-rf", dir, NULL};
	struct subprocess p = {.argv = argv};
	struct subprocess_result res = {0};
	char err[512];

	(void)state;
	return subprocess_run(&p, &res, err, sizeof(err));
}

static void image_ok(enum image_kind kind, const char *append, char *path)
{
	char err[IMAGE_ERR] = "";

	if (image_get(kernel, kind, append, NULL, path, 256, err))
		fail_msg("%s", err);
	assert_int_equal(access(path, R_OK), 0);
}

static void test_image_by_content(void **state)
{
	char a[256], b[256], c[256], d[256], err[IMAGE_ERR];
	void *one, *two;
	size_t n1, n2;

	(void)state;
	image_ok(IMAGE_RUN, NULL, a);
	image_ok(IMAGE_RUN, NULL, b);
	assert_string_equal(a, b);
	image_ok(IMAGE_SHELL, NULL, c);
	assert_string_not_equal(a, c);
	image_ok(IMAGE_RUN, "nosmp", c);
	assert_string_not_equal(a, c);
	put(executor, "changed", 7);
	image_ok(IMAGE_RUN, NULL, d);
	assert_string_not_equal(a, d);
	put(executor, "executor", 8);
	/* Made again, it is the same to the last byte. */
	assert_int_equal(file_read(a, 1u << 28, &one, &n1), 0);
	unlink(a);
	image_ok(IMAGE_RUN, NULL, b);
	assert_string_equal(a, b);
	assert_int_equal(file_read(b, 1u << 28, &two, &n2), 0);
	assert_int_equal(n1, n2);
	assert_memory_equal(one, two, n1);
	free(one);
	free(two);
	/* ISO 9660, and the command line is in it. */
	assert_int_equal(file_read(c, 1u << 28, &one, &n1), 0);
	assert_memory_equal((char *)one + 0x8001, "CD001", 5);
	assert_non_null(memmem(one, n1, "loglevel=5 nosmp", 16));
	free(one);
	(void)err;
}

static void test_image_refuses(void **state)
{
	char path[256], err[IMAGE_ERR];

	(void)state;
	assert_int_equal(image_get("/nonexistent", IMAGE_RUN, NULL, NULL, path, 256, err), -ENOENT);
	assert_non_null(strstr(err, "kernel: /nonexistent"));
	assert_int_equal(image_get(executor, IMAGE_RUN, NULL, NULL, path, 256, err), -EINVAL);
	assert_non_null(strstr(err, "not a bzImage"));
	assert_int_equal(image_get(kernel, IMAGE_RUN, "a\nb", NULL, path, 256, err), -EINVAL);
	assert_non_null(strstr(err, "not allowed"));
	setenv("PIRBENCH_EXECUTOR", "/nonexistent", 1);
	assert_int_equal(image_get(kernel, IMAGE_RUN, NULL, NULL, path, 256, err), -ENOENT);
	assert_non_null(strstr(err, "executor: /nonexistent"));
	setenv("PIRBENCH_EXECUTOR", executor, 1);
}

/* Nothing but entries in the cache, whatever was tried. */
static void test_image_leaves_nothing(void **state)
{
	char path[64];
	struct dirent *e;
	DIR *d;

	(void)state;
	snprintf(path, sizeof(path), "%s/images", dir);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d))) {
		const char *dot = strrchr(e->d_name, '.');

		if (e->d_name[0] == '.')
			continue;
		assert_non_null(dot);
		assert_true(!strcmp(dot, ".iso") || !strcmp(dot, ".initrd") ||
			    !strcmp(dot, ".config"));
		assert_int_equal(dot - e->d_name, 64);
	}
	closedir(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpio_is_read_by_cpio),
		cmocka_unit_test(test_cpio_refuses_names),
		cmocka_unit_test(test_cpio_sizes),
		cmocka_unit_test(test_initrd),
		cmocka_unit_test(test_image_by_content),
		cmocka_unit_test(test_image_refuses),
		cmocka_unit_test(test_image_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
