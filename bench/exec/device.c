// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exec/device.h"
#include "exec/sysfs.h"

#define VFIO_DRIVER "vfio-pci"

/* Path of a function's attribute, or of the bus's when bdf is empty. */
static int path_of(char *path, const char *sysfs, const char *bdf, const char *attr)
{
	int n = bdf[0] ? snprintf(path, PATH_MAX, "%s/bus/pci/devices/%s/%s", sysfs, bdf, attr)
		       : snprintf(path, PATH_MAX, "%s/bus/pci/%s", sysfs, attr);

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int write_attr(const char *sysfs, const char *bdf, const char *attr, const char *text)
{
	char path[PATH_MAX];
	int ret = path_of(path, sysfs, bdf, attr);

	return ret ? ret : sysfs_write(path, text);
}

static bool has_id(const char *sysfs, const char *bdf, const char *attr, uint16_t id)
{
	char path[PATH_MAX];
	unsigned long value;

	return !path_of(path, sysfs, bdf, attr) && !sysfs_read_number(path, &value) && value == id;
}

/* Also where a virtual function has the ids of its physical one. */
static bool is_virtual(const char *sysfs, const char *bdf)
{
	char path[PATH_MAX], pf[64];

	return !path_of(path, sysfs, bdf, "physfn") && !sysfs_link_name(path, pf, sizeof(pf));
}

int device_find(const char *sysfs, uint16_t vendor, uint16_t id, unsigned int nth, char *bdf,
		size_t size, char *err, size_t errlen)
{
	char path[PATH_MAX];
	struct dirent **entry = NULL;
	unsigned int seen = 0;
	int n, ret = -ENODEV;

	snprintf(path, sizeof(path), "%s/bus/pci/devices", sysfs);
	n = scandir(path, &entry, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		const char *name = entry[i]->d_name;

		if (ret && has_id(sysfs, name, "vendor", vendor) &&
		    has_id(sysfs, name, "device", id) && !is_virtual(sysfs, name) &&
		    seen++ == nth) {
			ret = strlen(name) < size ? 0 : -ENAMETOOLONG;
			snprintf(bdf, size, "%s", name);
		}
		free(entry[i]);
	}
	free(entry);
	if (ret)
		snprintf(err, errlen, "%u PCI functions %04x:%04x here, number %u is needed", seen,
			 vendor, id, nth + 1);
	return ret;
}

void *device_map_bar(const char *sysfs, const char *bdf, unsigned int bar, size_t size, int prot,
		     char *err, size_t errlen)
{
	char path[PATH_MAX], attr[16];
	void *map = MAP_FAILED;
	int fd = -1, error;

	snprintf(attr, sizeof(attr), "resource%u", bar);
	errno = ENAMETOOLONG;
	if (!path_of(path, sysfs, bdf, attr))
		fd = open(path, (prot & PROT_WRITE ? O_RDWR : O_RDONLY) | O_SYNC | O_CLOEXEC);
	if (fd >= 0)
		map = mmap(NULL, size, prot, MAP_SHARED, fd, 0);
	error = errno;
	if (fd >= 0)
		close(fd);
	if (map != MAP_FAILED)
		return map;
	snprintf(err, errlen, "%s: BAR %u cannot be mapped: %s", bdf, bar, strerror(error));
	return NULL;
}

/* The function's driver now; empty when it has none. */
static int driver_of(const struct device *dev, char *buf, size_t size)
{
	char path[PATH_MAX];
	int ret = path_of(path, dev->sysfs, dev->bdf, "driver");

	if (!ret)
		ret = sysfs_link_name(path, buf, size);
	if (ret == -ENOENT) {
		buf[0] = '\0';
		ret = 0;
	}
	return ret;
}

/* Set who may take the function, and make its present driver, if any, leave it. */
static int leave(struct device *dev, const char *override)
{
	char now[64];
	int ret = write_attr(dev->sysfs, dev->bdf, "driver_override", override);

	if (!ret)
		ret = driver_of(dev, now, sizeof(now));
	if (!ret && now[0])
		ret = write_attr(dev->sysfs, dev->bdf, "driver/unbind", dev->bdf);
	return ret;
}

static int take_error(const struct device *dev, int ret, const char *what, char *err, size_t errlen)
{
	snprintf(err, errlen, "%s: %s: %s", dev->bdf, what, strerror(-ret));
	return ret;
}

int device_take(struct device *dev, const char *sysfs, const char *bdf, char *err, size_t errlen)
{
	char path[PATH_MAX], now[64];
	unsigned long vendor;
	int ret;

	memset(dev, 0, sizeof(*dev));
	dev->sysfs = sysfs;
	if (strlen(bdf) >= sizeof(dev->bdf))
		return take_error(dev, -EINVAL, "address", err, errlen);
	snprintf(dev->bdf, sizeof(dev->bdf), "%s", bdf);
	ret = path_of(path, sysfs, bdf, "vendor");
	if (ret || sysfs_read_number(path, &vendor))
		return take_error(dev, -ENODEV, "no such PCI function", err, errlen);
	ret = driver_of(dev, dev->driver, sizeof(dev->driver));
	if (ret)
		return take_error(dev, ret, "its driver", err, errlen);
	if (!strcmp(dev->driver, VFIO_DRIVER))
		return 0;
	dev->taken = true;
	ret = leave(dev, VFIO_DRIVER);
	if (!ret)
		ret = write_attr(dev->sysfs, "", "drivers_probe", dev->bdf);
	if (ret)
		return take_error(dev, ret, "giving it to vfio-pci", err, errlen);
	ret = driver_of(dev, now, sizeof(now));
	if (ret || strcmp(now, VFIO_DRIVER) != 0)
		return take_error(dev, -ENODEV, "vfio-pci did not take it (is the driver there?)",
				  err, errlen);
	return 0;
}

void device_release(struct device *dev)
{
	if (!dev->taken)
		return;
	/* A single line end clears the override (drivers/base/driver.c, driver_set_override). */
	leave(dev, "\n");
	if (dev->driver[0])
		write_attr(dev->sysfs, "", "drivers_probe", dev->bdf);
	dev->taken = false;
}
