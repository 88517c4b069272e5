// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/runner/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/lab/model/nvme_internal.h"

_Static_assert(DISK_BYTES == NVME_NS_BYTES, "a namespace");

static int fail(const char *path, const char *what, int e, char *err)
{
	snprintf(err, DISK_ERR, "disk %.300s: %s", path, what);
	return e;
}

/* Locked: nobody else looks at it, or makes it, at the same time. */
static int prepare(const char *path, int fd, char *err)
{
	struct stat s;

	if (fstat(fd, &s))
		return fail(path, strerror(errno), -errno, err);
	if (!S_ISREG(s.st_mode))
		return fail(path, "is not a plain file", -EINVAL, err);
	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? fail(path, "another lab has it", -EBUSY, err)
					    : fail(path, strerror(errno), -errno, err);
	if (fstat(fd, &s))
		return fail(path, strerror(errno), -errno, err);
	/* In one step: a kill leaves it empty, as good as none, or whole. */
	if (!s.st_size && (ftruncate(fd, DISK_BYTES) || fsync(fd)))
		return fail(path, strerror(errno), -errno, err);
	if (!s.st_size || s.st_size == DISK_BYTES)
		return 0;
	snprintf(err, DISK_ERR, "disk %.300s: %lld bytes, must be %u (or none, then it is made)",
		 path, (long long)s.st_size, DISK_BYTES);
	return -EINVAL;
}

int disk_open(const char *path, char *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666), ret;

	/* Not 0, which means none where it is handed on. */
	if (!fd) {
		fd = fcntl(0, F_DUPFD_CLOEXEC, 3);
		ret = errno;
		close(0);
		errno = ret;
	}
	if (fd < 0)
		return fail(path, strerror(errno), -errno, err);
	ret = prepare(path, fd, err);
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}
