/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * device.h - finding PCI functions in sysfs, and giving one to vfio-pci for as
 * long as it is needed (Documentation/ABI/testing/sysfs-bus-pci,
 * driver_override).
 */
#ifndef PB_EXEC_DEVICE_H
#define PB_EXEC_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device {
	const char *sysfs; /* where sysfs is mounted: "/sys" */
	char bdf[32];
	char driver[64]; /* that it had before; empty: none */
	bool taken; /* driver_override was changed: to be undone */
};

/*
 * The nth function (from 0, in order of address; virtual ones do not count) with these ids. 0 with its
 * address in bdf; -ENODEV with a line in err when there are not so many.
 */
int device_find(const char *sysfs, uint16_t vendor, uint16_t id, unsigned int nth, char *bdf,
		size_t size, char *err, size_t errlen);

/*
 * Map the first `size` bytes of a BAR, as `prot` (PROT_) says; the caller's to
 * unmap. NULL with a line in err.
 */
void *device_map_bar(const char *sysfs, const char *bdf, unsigned int bar, size_t size, int prot,
		     char *err, size_t errlen);

/*
 * Bind function `bdf` to vfio-pci, unless it is bound to it already. 0, or
 * -errno with a line in err (-ENODEV: no such function or no such driver);
 * device_release() is to be called in either case.
 */
int device_take(struct device *dev, const char *sysfs, const char *bdf, char *err, size_t errlen);

/* Back to the driver that it had. Twice is fine. */
void device_release(struct device *dev);

#endif
