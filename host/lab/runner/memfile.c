// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/runner/memfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int memfile_new(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd < 0 ? -errno : fd;
}

int memfile_with(const char *name, const void *data, size_t size)
{
	int fd = memfile_new(name);
	size_t done = 0;

	if (fd < 0)
		return fd;
	while (done < size) {
		ssize_t n = pwrite(fd, (const char *)data + done, size - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			goto fail;
		done += (size_t)n;
	}
	if (!fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL))
		return fd;
fail:
	done = (size_t)errno;
	close(fd);
	return done ? -(int)done : -EIO;
}

int64_t memfile_size(int fd)
{
	struct stat s;

	return fstat(fd, &s) ? -errno : s.st_size;
}

int memfile_read(int fd, uint64_t offset, size_t size, void **data)
{
	size_t done = 0;
	char *p;

	if (size >= SIZE_MAX / 2)
		return -ENOMEM;
	p = malloc(size + 1);
	if (!p)
		return -ENOMEM;
	while (done < size) {
		ssize_t n = pread(fd, p + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int err = n ? -errno : -ENODATA;

			free(p);
			return err;
		}
		done += (size_t)n;
	}
	p[size] = 0;
	*data = p;
	return 0;
}

int memfile_end(int fd, size_t max, void **data, size_t *size)
{
	int64_t all = memfile_size(fd);
	size_t n;

	if (all < 0)
		return (int)all;
	n = (uint64_t)all < max ? (size_t)all : max;
	*size = n;
	return memfile_read(fd, (uint64_t)all - n, n, data);
}
