// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/runner/medium.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/lab/runner/memfile.h"
#include "shared/control_regs.h"

static int fail(const char *path, const char *what, int e, char *err)
{
	snprintf(err, MEDIUM_ERR, "medium %.300s: %s", path, what);
	return e;
}

static int size_check(const char *path, uint64_t size, char *err)
{
	if (!size)
		return fail(path, "is empty", -EINVAL, err);
	if (size <= PB_CONTROL_MEDIA_MAX)
		return 0;
	snprintf(err, MEDIUM_ERR, "medium %.300s: %llu bytes, at most %d fit", path,
		 (unsigned long long)size, PB_CONTROL_MEDIA_MAX);
	return -EFBIG;
}

static int check(const char *path, int fd, char *err)
{
	struct stat s;

	if (fstat(fd, &s))
		return fail(path, strerror(errno), -errno, err);
	if (!S_ISREG(s.st_mode))
		return fail(path, "is not a plain file", -EINVAL, err);
	return size_check(path, (uint64_t)s.st_size, err);
}

/* Not 0, which means none where it is handed on. */
static int not_zero(int fd)
{
	int other;

	if (fd)
		return fd;
	other = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (other < 0)
		other = -errno;
	close(fd);
	return other;
}

int medium_open(const char *path, char *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), ret;

	if (fd < 0)
		return fail(path, strerror(errno), -errno, err);
	ret = check(path, fd, err);
	if (ret) {
		close(fd);
		return ret;
	}
	fd = not_zero(fd);
	return fd < 0 ? fail(path, strerror(-fd), fd, err) : fd;
}

int medium_with(const void *data, size_t size, char *err)
{
	int fd = size_check("in memory", size, err);

	if (fd)
		return fd;
	fd = memfile_with("pirlab-medium", data, size);
	if (fd >= 0)
		fd = not_zero(fd);
	return fd < 0 ? fail("in memory", strerror(-fd), fd, err) : fd;
}
