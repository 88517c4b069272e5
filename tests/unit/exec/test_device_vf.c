// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "exec/device_vf.h"
#include "exec/fake_sysfs.h"

#define PF      "0000:00:12.0"
#define DIR     "bus/pci/devices/" PF "/"
#define ALLOWED "module/vfio_pci/parameters/enable_sriov"

static struct device_vfs v;
static char err[200];

static int setup(void **state)
{
	(void)state;
	fake_begin();
	fake_put(DIR "vendor", "0x1b36\n");
	fake_put(DIR "device", "0x7010\n");
	fake_put(DIR "driver_override", "(null)\n");
	fake_put(DIR "sriov_totalvfs", "4\n");
	fake_put(DIR "sriov_numvfs", "0\n");
	fake_put(DIR "sriov_drivers_autoprobe", "1\n");
	fake_put(ALLOWED, "N\n");
	fake_put("bus/pci/drivers_probe", "");
	fake_put("bus/pci/drivers/vfio-pci/unbind", "");
	fake_put("bus/pci/drivers/nvme/unbind", "");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return fake_end();
}

static void assert_file(const char *path, const char *text)
{
	char is[64];

	fake_get(path, is, sizeof(is));
	if (strncmp(is, text, strlen(text)) != 0)
		fail_msg("%s is '%s', not '%s'", path, is, text);
}

static int take(unsigned int nr)
{
	return device_vfs_take(&v, fake_root, PF, nr, err, sizeof(err));
}

static void assert_as_before(void)
{
	assert_file(DIR "sriov_numvfs", "0");
	assert_file(DIR "sriov_drivers_autoprobe", "1");
	assert_file(ALLOWED, "N");
}

/* vfio-pci has it: it is allowed to make them, nobody probes them, and all is undone. */
static void test_vfio(void **state)
{
	(void)state;
	fake_bind(PF, "vfio-pci");
	assert_int_equal(take(3), 0);
	assert_file(DIR "sriov_numvfs", "3");
	assert_file(DIR "sriov_drivers_autoprobe", "0");
	assert_file(ALLOWED, "Y");
	assert_file(DIR "driver_override", "(null)");
	device_vfs_release(&v);
	assert_as_before();
	assert_file("bus/pci/drivers/vfio-pci/unbind", "");
	device_vfs_release(&v);
}

/* A driver of the kernel's makes them; vfio-pci is not asked. */
static void test_kernel_driver(void **state)
{
	(void)state;
	fake_bind(PF, "nvme");
	assert_int_equal(take(1), 0);
	assert_file(DIR "sriov_numvfs", "1");
	assert_file(ALLOWED, "N");
	device_vfs_release(&v);
	assert_as_before();
	assert_file("bus/pci/drivers/nvme/unbind", "");
}

/* Without a driver it is given to vfio-pci; nobody takes it here. */
static void test_no_driver(void **state)
{
	(void)state;
	assert_int_equal(take(1), -ENODEV);
	assert_non_null(strstr(err, "vfio-pci did not take it"));
	assert_file(DIR "driver_override", "vfio-pci");
	device_vfs_release(&v);
	assert_file(DIR "driver_override", "\n");
	assert_as_before();
}

/* Somebody's own ones: used when they are enough, and never taken away. */
static void test_there_already(void **state)
{
	(void)state;
	fake_bind(PF, "vfio-pci");
	fake_put(DIR "sriov_numvfs", "2\n");
	assert_int_equal(take(2), 0);
	device_vfs_release(&v);
	assert_file(DIR "sriov_numvfs", "2");
	assert_int_equal(take(3), -EBUSY);
	assert_non_null(strstr(err, "2 virtual functions are there already, number 3 is needed"));
	device_vfs_release(&v);
	assert_file(DIR "sriov_numvfs", "2");
	assert_file(DIR "sriov_drivers_autoprobe", "1");
}

static void test_cannot(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_int_equal(take(5), -ENODEV);
	assert_string_equal(err, PF ": has 4 virtual functions, number 5 is needed");
	device_vfs_release(&v);
	assert_int_equal(device_vfs_take(&v, fake_root, "0000:00:1f.0", 1, err, sizeof(err)),
			 -ENODEV);
	assert_non_null(strstr(err, "no such PCI function, or it has no SR-IOV"));
	device_vfs_release(&v);
	fake_bind(PF, "vfio-pci");
	snprintf(path, sizeof(path), "%s/" ALLOWED, fake_root);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(take(1), -ENOENT);
	assert_non_null(strstr(err, "vfio-pci's enable_sriov"));
	device_vfs_release(&v);
	assert_file(DIR "sriov_numvfs", "0");
}

static void test_address(void **state)
{
	char path[PATH_MAX], bdf[32];

	(void)state;
	fake_bind(PF, "vfio-pci");
	assert_int_equal(take(2), 0);
	snprintf(path, sizeof(path), "%s/" DIR "virtfn1", fake_root);
	assert_int_equal(symlink("../0000:00:12.2", path), 0);
	assert_int_equal(device_vfs_address(&v, 2, bdf, sizeof(bdf), err, sizeof(err)), 0);
	assert_string_equal(bdf, "0000:00:12.2");
	assert_int_equal(device_vfs_address(&v, 1, bdf, sizeof(bdf), err, sizeof(err)), -ENODEV);
	assert_string_equal(err, PF ": its virtual function 1 did not come up");
	device_vfs_release(&v);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_vfio),          T(test_kernel_driver), T(test_no_driver),
		T(test_there_already), T(test_cannot),        T(test_address),
	};

	return cmocka_run_group_tests_name("device_vf", tests, NULL, NULL);
}
