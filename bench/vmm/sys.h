/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys.h - where the small VMM touches the kernel: KVM and VFIO are nothing but
 * ioctls on files below /dev, and what a device is lies below /sys.  A unit test
 * replaces all three and so has a machine of its own.
 */
#ifndef PB_VMM_SYS_H
#define PB_VMM_SYS_H

struct vmm_sys {
	int (*ioctl)(int fd, unsigned long request, void *arg);
	const char *dev; /* "/dev" */
	const char *sysfs; /* "/sys" */
	const char *guest; /* "/guest": kernel and initrd of a Linux guest */
};
extern struct vmm_sys vmm_sys;

/* ioctl(2) as -errno or its result. */
int sys_ioctl(int fd, unsigned long request, void *arg);

/* Open dev + path (printf style), close-on-exec, read-write. A descriptor or -errno. */
int sys_open_dev(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Close if it is one, and forget it. */
void sys_close(int *fd);

#endif
