// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/file.h"

static int read_all(int fd, char *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = read(fd, data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

static int write_all(int fd, const char *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}

static int read_fd(int fd, size_t max, void **data, size_t *size)
{
	struct stat st;
	char *buf;
	int ret;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uint64_t)st.st_size > max)
		return -EFBIG;
	buf = malloc((size_t)st.st_size + 1);
	if (!buf)
		return -ENOMEM;
	ret = read_all(fd, buf, (size_t)st.st_size);
	if (ret) {
		free(buf);
		return ret;
	}
	buf[st.st_size] = '\0';
	*data = buf;
	*size = (size_t)st.st_size;
	return 0;
}

int file_read(const char *path, size_t max, void **data, size_t *size)
{
	/* O_NONBLOCK: a FIFO must not hang us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int ret;

	if (fd < 0)
		return -errno;
	ret = read_fd(fd, max, data, size);
	close(fd);
	return ret;
}

/* The directory that `path` is in, into buf. */
static int dir_of(const char *path, char *buf, size_t size)
{
	const char *slash = strrchr(path, '/');
	size_t len = !slash ? 1 : slash == path ? 1 : (size_t)(slash - path);

	if (len + 1 > size)
		return -ENAMETOOLONG;
	memcpy(buf, slash ? path : ".", len);
	buf[len] = '\0';
	return 0;
}

/* Give the nameless file a name of its own, then let it replace `path` in one step. */
static int publish(int fd, const char *path)
{
	char self[32], tmp[PATH_MAX];
	int ret;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	for (unsigned int i = 0; i < 1000; i++) {
		ret = snprintf(tmp, sizeof(tmp), "%s.%d.%u", path, (int)getpid(), i);
		if (ret >= (int)sizeof(tmp))
			return -ENAMETOOLONG;
		if (linkat(AT_FDCWD, self, AT_FDCWD, tmp, AT_SYMLINK_FOLLOW)) {
			if (errno == EEXIST)
				continue;
			return -errno;
		}
		if (!rename(tmp, path))
			return 0;
		ret = -errno;
		unlink(tmp);
		return ret;
	}
	return -EEXIST;
}

static int fill(int fd, const void *data, size_t size)
{
	int ret = write_all(fd, data, size);

	if (!ret && (fchmod(fd, 0644) || fsync(fd)))
		ret = -errno;
	return ret;
}

/* Where the file system has no O_TMPFILE. */
static int write_named(const char *path, const void *data, size_t size)
{
	char tmp[PATH_MAX];
	int fd, ret;

	if (snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = fill(fd, data, size);
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && rename(tmp, path))
		ret = -errno;
	if (ret)
		unlink(tmp);
	return ret;
}

static int write_nameless(const char *dir, const char *path, const void *data, size_t size)
{
	int fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
	int ret;

	if (fd < 0)
		return -errno;
	ret = fill(fd, data, size);
	if (!ret)
		ret = publish(fd, path);
	close(fd);
	return ret;
}

/* Make the rename itself durable. */
static int sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	/* Some file systems cannot sync a directory. */
	if (fsync(fd) && errno != EINVAL)
		ret = -errno;
	close(fd);
	return ret;
}

int file_write(const char *path, const void *data, size_t size)
{
	char dir[PATH_MAX];
	int ret = dir_of(path, dir, sizeof(dir));

	if (ret)
		return ret;
	ret = write_nameless(dir, path, data, size);
	/* EISDIR: what a kernel or file system without O_TMPFILE says (open(2)). */
	if (ret == -EOPNOTSUPP || ret == -EISDIR || ret == -ENOENT)
		ret = write_named(path, data, size);
	return ret ? ret : sync_dir(dir);
}
