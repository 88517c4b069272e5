// SPDX-License-Identifier: LGPL-2.1-or-later
/* Against a sysfs of plain files, which takes what is written and does nothing. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "exec/device.h"
#include "exec/kernel_id.h"
#include "exec/fake_sysfs.h"
#include "exec/sysfs.h"

static int setup(void **state)
{
	static const char *const functions[][3] = {{"0000:00:0f.0", "0x1b36\n", "0x7000\n"},
						   {"0000:00:10.0", "0x1b36\n", "0x7001\n"},
						   {"0000:00:11.0", "0x8086\n", "0x7001\n"},
						   {"0000:00:12.0", "0x1b36\n", "0x7001\n"}};
	char path[PATH_MAX];

	(void)state;
	fake_begin();
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "bus/pci/devices/%s/vendor", functions[i][0]);
		fake_put(path, functions[i][1]);
		snprintf(path, sizeof(path), "bus/pci/devices/%s/device", functions[i][0]);
		fake_put(path, functions[i][2]);
		snprintf(path, sizeof(path), "bus/pci/devices/%s/driver_override", functions[i][0]);
		fake_put(path, "(null)\n");
	}
	fake_put("bus/pci/drivers_probe", "");
	fake_put("bus/pci/drivers/vfio-pci/unbind", "");
	fake_put("bus/pci/drivers/other/unbind", "");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return fake_end();
}

static void test_find(void **state)
{
	char bdf[32], err[160], path[PATH_MAX];

	(void)state;
	assert_int_equal(device_find(fake_root, 0x1b36, 0x7001, 0, bdf, 32, err, 160), 0);
	assert_string_equal(bdf, "0000:00:10.0");
	assert_int_equal(device_find(fake_root, 0x1b36, 0x7001, 1, bdf, 32, err, 160), 0);
	assert_string_equal(bdf, "0000:00:12.0");
	assert_int_equal(device_find(fake_root, 0x1b36, 0x7001, 2, bdf, 32, err, 160), -ENODEV);
	assert_string_equal(err, "2 PCI functions 1b36:7001 here, number 3 is needed");
	/* A virtual one is not counted, though it has the same ids. */
	snprintf(path, sizeof(path), "%s/bus/pci/devices/0000:00:10.0/physfn", fake_root);
	assert_int_equal(symlink("../0000:00:0f.0", path), 0);
	assert_int_equal(device_find(fake_root, 0x1b36, 0x7001, 0, bdf, 32, err, 160), 0);
	assert_string_equal(bdf, "0000:00:12.0");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(device_find("/nonesuch", 1, 1, 0, bdf, 32, err, 160), -ENODEV);
	assert_int_equal(device_find(fake_root, 0x1b36, 0x7001, 0, bdf, 4, err, 160),
			 -ENAMETOOLONG);
}

/* Bound already: nothing is written, then or at the end. */
static void test_bound_already(void **state)
{
	struct device dev;
	char err[160], text[64];

	(void)state;
	fake_bind("0000:00:10.0", "vfio-pci");
	assert_int_equal(device_take(&dev, fake_root, "0000:00:10.0", err, 160), 0);
	device_release(&dev);
	fake_get("bus/pci/devices/0000:00:10.0/driver_override", text, sizeof(text));
	assert_string_equal(text, "(null)\n");
	fake_get("bus/pci/drivers/vfio-pci/unbind", text, sizeof(text));
	assert_string_equal(text, "");
}

/* Nobody takes it, since nothing here acts: refused, and asked for no longer. */
static void test_not_taken(void **state)
{
	struct device dev;
	char err[160], text[64];

	(void)state;
	assert_int_equal(device_take(&dev, fake_root, "0000:00:10.0", err, 160), -ENODEV);
	assert_non_null(strstr(err, "vfio-pci did not take it"));
	fake_get("bus/pci/devices/0000:00:10.0/driver_override", text, sizeof(text));
	assert_memory_equal(text, "vfio-pci", 8);
	fake_get("bus/pci/drivers_probe", text, sizeof(text));
	assert_string_equal(text, "0000:00:10.0");
	fake_put("bus/pci/devices/0000:00:10.0/driver_override", "");
	fake_put("bus/pci/drivers_probe", "");
	device_release(&dev);
	device_release(&dev);
	fake_get("bus/pci/devices/0000:00:10.0/driver_override", text, sizeof(text));
	assert_string_equal(text, "\n");
	/* It had no driver: none is looked for. */
	fake_get("bus/pci/drivers_probe", text, sizeof(text));
	assert_string_equal(text, "");
}

/* It had a driver, which is told to let go, and gets it back. */
static void test_other_driver(void **state)
{
	struct device dev;
	char err[160], text[64];

	(void)state;
	fake_bind("0000:00:12.0", "other");
	assert_int_equal(device_take(&dev, fake_root, "0000:00:12.0", err, 160), -ENODEV);
	fake_get("bus/pci/drivers/other/unbind", text, sizeof(text));
	assert_string_equal(text, "0000:00:12.0");
	fake_bind("0000:00:12.0", "vfio-pci");
	fake_put("bus/pci/drivers_probe", "");
	device_release(&dev);
	fake_get("bus/pci/drivers/vfio-pci/unbind", text, sizeof(text));
	assert_string_equal(text, "0000:00:12.0");
	fake_get("bus/pci/drivers_probe", text, sizeof(text));
	assert_string_equal(text, "0000:00:12.0");
}

static void test_no_such(void **state)
{
	struct device dev;
	char err[160];

	(void)state;
	assert_int_equal(device_take(&dev, fake_root, "0000:00:1f.0", err, 160), -ENODEV);
	assert_non_null(strstr(err, "0000:00:1f.0"));
	device_release(&dev);
	assert_int_equal(device_take(&dev, fake_root, "0123456789012345678901234567890123", err,
				     160),
			 -EINVAL);
	device_release(&dev);
}

static void test_sysfs(void **state)
{
	char path[128], buf[8];
	unsigned long n;

	(void)state;
	fake_put("number", "0x1f\n");
	snprintf(path, sizeof(path), "%s/number", fake_root);
	assert_int_equal(sysfs_read_number(path, &n), 0);
	assert_int_equal(n, 0x1f);
	assert_int_equal(sysfs_link_name(path, buf, sizeof(buf)), -EINVAL);
	fake_put("number", "1f\n");
	assert_int_equal(sysfs_read_number(path, &n), -EINVAL);
	fake_put("number", "");
	assert_int_equal(sysfs_read_number(path, &n), -EINVAL);
	fake_put("number", "1234567890\n");
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
	fake_put("kernel/notes", "");
	snprintf(path, sizeof(path), "%s/kernel/notes", fake_root);
	for (size_t size = 0; size <= sizeof(notes); size++) {
		int fd = open(path, O_WRONLY | O_TRUNC);

		assert_int_equal(write(fd, notes, size), size);
		close(fd);
		kernel_id(fake_root, release, sizeof(release), id, sizeof(id));
		assert_string_equal(id, size == sizeof(notes) ? "deadbeef" : "");
	}
	assert_true(release[0]);
	kernel_id(fake_root, release, sizeof(release), id, 8);
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
