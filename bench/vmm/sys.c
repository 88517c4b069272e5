// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vmm/sys.h"

static int real_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg);
}

struct vmm_sys vmm_sys = {real_ioctl, "/dev", "/sys", "/guest"};

int sys_ioctl(int fd, unsigned long request, void *arg)
{
	int r = vmm_sys.ioctl(fd, request, arg);

	return r < 0 ? -errno : r;
}

int sys_open_dev(const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;
	int n, fd;

	n = snprintf(path, sizeof(path), "%s/", vmm_sys.dev);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	va_start(ap, fmt);
	vsnprintf(path + n, sizeof(path) - (size_t)n, fmt, ap);
	va_end(ap);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

void sys_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
