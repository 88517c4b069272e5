// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
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

/* The name of a temporary file beside `path`: nobody else's, and file_sweep() knows it. */
static int temp_name(const char *path, unsigned int i, char *tmp, size_t size)
{
	int n = snprintf(tmp, size, "%s.%d.%u~", path, (int)getpid(), i);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/*
 * Give the nameless file its name. When there is a file of that name it gets one of
 * its own first, then replaces the other in one step.
 */
static int publish(int fd, const char *path)
{
	char self[32], tmp[PATH_MAX];
	int ret;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (!linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW))
		return 0;
	if (errno != EEXIST)
		return -errno;
	for (unsigned int i = 0; i < 1000; i++) {
		ret = temp_name(path, i, tmp, sizeof(tmp));
		if (ret)
			return ret;
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

static int create_named(const char *path, char *tmp, size_t size)
{
	int fd = -1, ret = 0;

	for (unsigned int i = 0; i < 1000 && !ret && fd < 0; i++) {
		ret = temp_name(path, i, tmp, size);
		if (ret)
			break;
		fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			ret = -errno;
	}
	return ret ? ret : fd < 0 ? -EEXIST : fd;
}

/* Where the file system has no O_TMPFILE. */
static int write_named(const char *path, const void *data, size_t size)
{
	char tmp[PATH_MAX];
	int fd = create_named(path, tmp, sizeof(tmp)), ret;

	if (fd < 0)
		return fd;
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

/* A device, a pipe, a descriptor: nothing that could be replaced. */
static int write_special(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = write_all(fd, data, size);
	if (close(fd) && !ret)
		ret = -errno;
	return ret;
}

static bool is_special(const char *path)
{
	struct stat st;

	return !strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/", 6) ||
	       (!stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

static int write_whole(const char *path, const void *data, size_t size)
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

int file_write(const char *path, const void *data, size_t size)
{
	char real[PATH_MAX];
	struct stat st;

	if (is_special(path))
		return write_special(path, data, size);
	/* What a link leads to is replaced, not the link. */
	if (!lstat(path, &st) && S_ISLNK(st.st_mode) && realpath(path, real))
		path = real;
	return write_whole(path, data, size);
}

/* "NAME.PID.N~", of a process that is no more? */
static bool is_left_over(const char *name)
{
	size_t len = strlen(name);
	const char *dot;
	long pid;

	if (len < 5 || name[len - 1] != '~')
		return false;
	for (dot = name + len - 2; dot > name && *dot >= '0' && *dot <= '9'; dot--)
		;
	if (dot <= name || *dot != '.' || dot == name + len - 2)
		return false;
	for (dot--; dot > name && *dot >= '0' && *dot <= '9'; dot--)
		;
	if (dot <= name || *dot != '.')
		return false;
	pid = strtol(dot + 1, NULL, 10);
	return pid > 0 && pid <= INT_MAX && kill((pid_t)pid, 0) && errno == ESRCH;
}

void file_sweep(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (is_left_over(e->d_name))
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}
