// SPDX-License-Identifier: LGPL-2.1-or-later
/* Against a sysfs of plain files, which takes what is written and does nothing. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "exec/device.h"
#include "exec/kernel_id.h"
#include "exec/sysfs.h"

static char root[64];

static void put(const char *path, const char *text)
{
	char full[PATH_MAX];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void get(const char *path, char *buf, size_t size)
{
	char full[PATH_MAX];
	FILE *f;
	size_t n;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	f = fopen(full, "r");
	assert_non_null(f);
	n = fread(buf, 1, size - 1, f);
	buf[n] = '\0';
	fclose(f);
}

static void bind_to(const char *bdf, const char *driver)
{
	char full[PATH_MAX], target[PATH_MAX];

	snprintf(full, sizeof(full), "%s/bus/pci/devices/%s/driver", root, bdf);
	snprintf(target, sizeof(target), "../../drivers/%s", driver);
	unlink(full);
	assert_int_equal(symlink(target, full), 0);
}

static int setup(void **state)
{
	static const char *const functions[][3] = {{"0000:00:0f.0", "0x1b36\n", "0x7000\n"},
						   {"0000:00:10.0", "0x1b36\n", "0x7001\n"},
						   {"0000:00:11.0", "0x8086\n", "0x7001\n"},
						   {"0000:00:12.0", "0x1b36\n", "0x7001\n"}};
	char path[PATH_MAX];

	(void)state;
	strcpy(root, "/tmp/test_device.XXXXXX");
	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "bus/pci/devices/%s/vendor", functions[i][0]);
		put(path, functions[i][1]);
		snprintf(path, sizeof(path), "bus/pci/devices/%s/device", functions[i][0]);
		put(path, functions[i][2]);
		snprintf(path, sizeof(path), "bus/pci/devices/%s/driver_override", functions[i][0]);
		put(path, "(null)\n");
	}
	put("bus/pci/drivers_probe", "");
	put("bus/pci/drivers/vfio-pci/unbind", "");
	put("bus/pci/drivers/other/unbind", "");
	return 0;
}

static int gone(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(root, gone, 16, FTW_DEPTH | FTW_PHYS);
}

static void test_find(void **state)
{
	char bdf[32], err[160];

	(void)state;
	assert_int_equal(device_find(root, 0x1b36, 0x7001, 0, bdf, 32, err, 160), 0);
	assert_string_equal(bdf, "0000:00:10.0");
	assert_int_equal(device_find(root, 0x1b36, 0x7001, 1, bdf, 32, err, 160), 0);
	assert_string_equal(bdf, "0000:00:12.0");
	assert_int_equal(device_find(root, 0x1b36, 0x7001, 2, bdf, 32, err, 160), -ENODEV);
	assert_string_equal(err, "2 PCI functions 1b36:7001 here, number 3 is needed");
	assert_int_equal(device_find("/nonesuch", 1, 1, 0, bdf, 32, err, 160), -ENODEV);
	assert_int_equal(device_find(root, 0x1b36, 0x7001, 0, bdf, 4, err, 160), -ENAMETOOLONG);
}

/* Bound already: nothing is written, then or at the end. */
static void test_bound_already(void **state)
{
	struct device dev;
	char err[160], text[64];

	(void)state;
	bind_to("0000:00:10.0", "vfio-pci");
	assert_int_equal(device_take(&dev, root, "0000:00:10.0", err, 160), 0);
	device_release(&dev);
	get("bus/pci/devices/0000:00:10.0/driver_override", text, sizeof(text));
	assert_string_equal(text, "(null)\n");
	get("bus/pci/drivers/vfio-pci/unbind", text, sizeof(text));
	assert_string_equal(text, "");
}

/* Nobody takes it, since nothing here acts: refused, and asked for no longer. */
static void test_not_taken(void **state)
{
	struct device dev;
	char err[160], text[64];

	(void)state;
	assert_int_equal(device_take(&dev, root, "0000:00:10.0", err, 160), -ENODEV);
	assert_non_null(strstr(err, "vfio-pci did not take it"));
	get("bus/pci/devices/0000:00:10.0/driver_override", text, sizeof(text));
	assert_memory_equal(text, "vfio-pci", 8);
	get("bus/pci/drivers_probe", text, sizeof(text));
	assert_string_equal(text, "0000:00:10.0");
	put("bus/pci/devices/0000:00:10.0/driver_override", "");
	put("bus/pci/drivers_probe", "");
	device_release(&dev);
	device_release(&dev);
	get("bus/pci/devices/0000:00:10.0/driver_override", text, sizeof(text));
	assert_string_equal(text, "\n");
	/* It had no driver: none is looked for. */
	get("bus/pci/drivers_probe", text, sizeof(text));
	assert_string_equal(text, "");
}

/* It had a driver, which is told to let go, and gets it back. */
static void test_other_driver(void **state)
{
	struct device dev;
	char err[160], text[64];

	(void)state;
	bind_to("0000:00:12.0", "other");
	assert_int_equal(device_take(&dev, root, "0000:00:12.0", err, 160), -ENODEV);
	get("bus/pci/drivers/other/unbind", text, sizeof(text));
	assert_string_equal(text, "0000:00:12.0");
	bind_to("0000:00:12.0", "vfio-pci");
	put("bus/pci/drivers_probe", "");
	device_release(&dev);
	get("bus/pci/drivers/vfio-pci/unbind", text, sizeof(text));
	assert_string_equal(text, "0000:00:12.0");
	get("bus/pci/drivers_probe", text, sizeof(text));
	assert_string_equal(text, "0000:00:12.0");
}

static void test_no_such(void **state)
{
	struct device dev;
	char err[160];

	(void)state;
	assert_int_equal(device_take(&dev, root, "0000:00:1f.0", err, 160), -ENODEV);
	assert_non_null(strstr(err, "0000:00:1f.0"));
	device_release(&dev);
	assert_int_equal(device_take(&dev, root, "0123456789012345678901234567890123", err, 160),
			 -EINVAL);
	device_release(&dev);
}

static void test_sysfs(void **state)
{
	char path[128], buf[8];
	unsigned long n;

	(void)state;
	put("number", "0x1f\n");
	snprintf(path, sizeof(path), "%s/number", root);
	assert_int_equal(sysfs_read_number(path, &n), 0);
	assert_int_equal(n, 0x1f);
	assert_int_equal(sysfs_link_name(path, buf, sizeof(buf)), -EINVAL);
	put("number", "1f\n");
	assert_int_equal(sysfs_read_number(path, &n), -EINVAL);
	put("number", "");
	assert_int_equal(sysfs_read_number(path, &n), -EINVAL);
	put("number", "1234567890\n");
	assert_int_equal(sysfs_read(path, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "1234567");
	assert_int_equal(sysfs_write("/nonesuch/x", "1"), -ENOENT);
}

/* Notes: one of another kind, then the build id; then cut short anywhere. */
static void test_build_id(void **state)
{
	static const uint8_t notes[] = {
		4, 0, 0, 0, 6, 0, 0, 0, 4, 0, 0, 0, 'X', 'e', 'n', 0, 1,    2,    3,    4,
		5, 6, 0, 0, /* 6, padded to 8 */
		4, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0, 0xde, 0xad, 0xbe, 0xef};
	char path[128], release[64], id[44];

	(void)state;
	put("kernel/notes", "");
	snprintf(path, sizeof(path), "%s/kernel/notes", root);
	for (size_t size = 0; size <= sizeof(notes); size++) {
		int fd = open(path, O_WRONLY | O_TRUNC);

		assert_int_equal(write(fd, notes, size), size);
		close(fd);
		kernel_id(root, release, sizeof(release), id, sizeof(id));
		assert_string_equal(id, size == sizeof(notes) ? "deadbeef" : "");
	}
	assert_true(release[0]);
	kernel_id(root, release, sizeof(release), id, 8);
	assert_string_equal(id, "");
	kernel_id("/nonesuch", release, sizeof(release), id, sizeof(id));
	assert_string_equal(id, "");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_find),    T(test_bound_already), T(test_not_taken), T(test_other_driver),
		T(test_no_such), T(test_sysfs),         T(test_build_id),
	};

	return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
