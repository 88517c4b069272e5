// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exec/device_vf.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "exec/sysfs.h"

#define VFIO_SRIOV "module/vfio_pci/parameters/enable_sriov"

static int path_of(char *path, const struct device_vfs *v, const char *attr)
{
	int n = snprintf(path, PATH_MAX, "%s/bus/pci/devices/%s/%s", v->pf.sysfs, v->pf.bdf, attr);

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int get(const struct device_vfs *v, const char *attr, unsigned long *value)
{
	char path[PATH_MAX];
	int ret = path_of(path, v, attr);

	return ret ?: sysfs_read_number(path, value);
}

static int set(const struct device_vfs *v, const char *attr, const char *text)
{
	char path[PATH_MAX];
	int ret = path_of(path, v, attr);

	return ret ?: sysfs_write(path, text);
}

static int fail(const struct device_vfs *v, int ret, const char *what, char *err, size_t errlen)
{
	snprintf(err, errlen, "%s: %s: %s", v->pf.bdf, what, strerror(-ret));
	return ret;
}

/* vfio-pci makes virtual functions only when it is told that it may. */
static int allow(struct device_vfs *v)
{
	char path[PATH_MAX], text[8];
	int ret;

	snprintf(path, sizeof(path), "%s/%s", v->pf.sysfs, VFIO_SRIOV);
	ret = sysfs_read(path, text, sizeof(text));
	if (ret || text[0] == 'Y')
		return ret;
	v->allowed = true;
	return sysfs_write(path, "Y");
}

/* A function without a driver, which is whom the kernel asks for virtual ones, gets vfio-pci. */
static int driver_for(struct device_vfs *v, char *err, size_t errlen)
{
	char path[PATH_MAX], driver[64];
	int ret = path_of(path, v, "driver");

	ret = ret ?: sysfs_link_name(path, driver, sizeof(driver));
	if (ret && ret != -ENOENT)
		return fail(v, ret, "its driver", err, errlen);
	if (!ret && strcmp(driver, "vfio-pci") != 0)
		return 0;
	if (ret) {
		struct device pf = v->pf;

		ret = device_take(&v->pf, pf.sysfs, pf.bdf, err, errlen);
	}
	if (ret)
		return ret;
	ret = allow(v);
	return ret ? fail(v, ret, "vfio-pci's enable_sriov", err, errlen) : 0;
}

/* Whoever would take them would have to let go at once. */
static int no_probe(struct device_vfs *v)
{
	unsigned long on;
	int ret = get(v, "sriov_drivers_autoprobe", &on);

	if (ret || !on)
		return ret;
	v->probed = true;
	return set(v, "sriov_drivers_autoprobe", "0");
}

static int make(struct device_vfs *v, unsigned int nr, char *err, size_t errlen)
{
	char text[16];
	int ret = driver_for(v, err, errlen);

	if (ret)
		return ret;
	ret = no_probe(v);
	if (ret)
		return fail(v, ret, "sriov_drivers_autoprobe", err, errlen);
	snprintf(text, sizeof(text), "%u", nr);
	v->made = true;
	ret = set(v, "sriov_numvfs", text);
	if (ret)
		v->made = false;
	return ret ? fail(v, ret, "its driver makes no virtual functions (sriov_numvfs)", err,
			  errlen)
		   : 0;
}

int device_vfs_take(struct device_vfs *v, const char *sysfs, const char *pf, unsigned int nr,
		    char *err, size_t errlen)
{
	unsigned long total, now;

	memset(v, 0, sizeof(*v));
	v->pf.sysfs = sysfs;
	if (strlen(pf) >= sizeof(v->pf.bdf))
		return -EINVAL;
	snprintf(v->pf.bdf, sizeof(v->pf.bdf), "%s", pf);
	if (get(v, "sriov_totalvfs", &total) || get(v, "sriov_numvfs", &now)) {
		snprintf(err, errlen, "%s: no such PCI function, or it has no SR-IOV", pf);
		return -ENODEV;
	}
	if (nr > total) {
		snprintf(err, errlen, "%s: has %lu virtual functions, number %u is needed", pf,
			 total, nr);
		return -ENODEV;
	}
	if (now >= nr)
		return 0;
	if (now) {
		snprintf(err, errlen,
			 "%s: %lu virtual functions are there already, number %u is needed: take "
			 "them away first (sriov_numvfs)",
			 pf, now, nr);
		return -EBUSY;
	}
	return make(v, nr, err, errlen);
}

int device_vfs_address(const struct device_vfs *v, unsigned int nth, char *bdf, size_t size,
		       char *err, size_t errlen)
{
	char path[PATH_MAX], link[32];
	int ret;

	snprintf(link, sizeof(link), "virtfn%u", nth - 1);
	ret = path_of(path, v, link);
	ret = ret ?: sysfs_link_name(path, bdf, size);
	if (!ret)
		return 0;
	snprintf(err, errlen, "%s: its virtual function %u did not come up", v->pf.bdf, nth);
	return -ENODEV;
}

void device_vfs_release(struct device_vfs *v)
{
	char path[PATH_MAX];

	if (v->made)
		set(v, "sriov_numvfs", "0");
	if (v->probed)
		set(v, "sriov_drivers_autoprobe", "1");
	if (v->allowed) {
		snprintf(path, sizeof(path), "%s/%s", v->pf.sysfs, VFIO_SRIOV);
		sysfs_write(path, "N");
	}
	v->made = v->probed = v->allowed = false;
	device_release(&v->pf);
}
