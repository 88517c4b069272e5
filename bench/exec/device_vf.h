/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * device_vf.h - virtual functions of a PCI function (SR-IOV), for as long as they
 * are needed: Documentation/ABI/testing/sysfs-bus-pci, sriov_*; virtfnN.
 */
#ifndef PB_EXEC_DEVICE_VF_H
#define PB_EXEC_DEVICE_VF_H

#include "exec/device.h"

struct device_vfs {
	struct device pf; /* its driver: the one that it has, or vfio-pci where it has none */
	bool made; /* sriov_numvfs was 0 and is not: to be undone */
	bool probed; /* sriov_drivers_autoprobe was 1 and is 0: to be undone */
	bool allowed; /* vfio-pci's enable_sriov was N and is Y: to be undone */
};

/*
 * Have `nr` virtual functions, at least, of function `pf`: those that there are, or
 * new ones, which no driver has taken.  0, or -errno with a line in err: -ENODEV: no such
 * function, or no SR-IOV, or not so many; -EBUSY: there are some already, but fewer:
 * somebody may use them.  device_vfs_release() is to be called in either case.
 */
int device_vfs_take(struct device_vfs *v, const char *sysfs, const char *pf, unsigned int nr,
		    char *err, size_t errlen);

/* Address of the nth one, from 1. 0, or -ENODEV with a line in err. */
int device_vfs_address(const struct device_vfs *v, unsigned int nth, char *bdf, size_t size,
		       char *err, size_t errlen);

/* Take them away again, if we made them; the function's driver back. Twice is fine. */
void device_vfs_release(struct device_vfs *v);

#endif
