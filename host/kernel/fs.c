// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/kernel/kctx.h"

#define LOCK_POLL_NS 50000000L
#define FTW_FDS      32

int fs_mkdirs(const char *path)
{
	char buf[KPATH];
	size_t len = strlen(path);

	if (len >= sizeof(buf))
		return -ENAMETOOLONG;
	memcpy(buf, path, len + 1);
	for (size_t i = 1; i <= len; i++) {
		if (buf[i] && buf[i] != '/')
			continue;
		buf[i] = '\0';
		if (mkdir(buf, 0755) && errno != EEXIST)
			return -errno;
		buf[i] = path[i];
	}
	return 0;
}

int fs_mkdirs_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	char buf[KPATH];

	if (!slash || slash == path)
		return 0;
	if ((size_t)(slash - path) >= sizeof(buf))
		return -ENAMETOOLONG;
	memcpy(buf, path, (size_t)(slash - path));
	buf[slash - path] = '\0';
	return fs_mkdirs(buf);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path) && errno != ENOENT ? -errno : 0;
}

int fs_remove(const char *path)
{
	int ret = nftw(path, remove_one, FTW_FDS, FTW_DEPTH | FTW_PHYS);

	if (ret == -1)
		return errno == ENOENT ? 0 : -errno;
	return ret;
}

static int copy_data(int in, int out)
{
	ssize_t n;

	do
		n = sendfile(out, in, NULL, 1 << 20);
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

static int copy_regular(const char *from, const char *temp)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out, ret;
	struct stat st;

	if (in < 0)
		return -errno;
	if (fstat(in, &st)) {
		ret = -errno;
		close(in);
		return ret;
	}
	out = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ret = out < 0 ? -errno : copy_data(in, out);
	if (!ret && (fchmod(out, st.st_mode & 0777) || fsync(out)))
		ret = -errno;
	if (out >= 0 && close(out) && !ret)
		ret = -errno;
	close(in);
	return ret;
}

static int copy_link(const char *from, const char *temp)
{
	char target[PATH_MAX];
	ssize_t n = readlink(from, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	unlink(temp);
	return symlink(target, temp) ? -errno : 0;
}

int fs_copy(const char *from, const char *to)
{
	char temp[KPATH];
	struct stat st;
	int ret;

	if ((size_t)snprintf(temp, sizeof(temp), "%s.pirbench~", to) >= sizeof(temp))
		return -ENAMETOOLONG;
	if (lstat(from, &st))
		return -errno;
	if (S_ISLNK(st.st_mode))
		ret = copy_link(from, temp);
	else if (S_ISREG(st.st_mode))
		ret = copy_regular(from, temp);
	else
		ret = -EINVAL;
	if (!ret && rename(temp, to))
		ret = -errno;
	if (ret)
		unlink(temp);
	return ret;
}

/* nftw() passes nothing on, so the sum is the thread's. */
static _Thread_local uint64_t usage_sum;

static int add_usage(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	(void)ftw;
	if (type != FTW_NS)
		usage_sum += (uint64_t)st->st_blocks * 512;
	return 0;
}

int fs_usage(const char *path, uint64_t *bytes)
{
	usage_sum = 0;
	if (nftw(path, add_usage, FTW_FDS, FTW_PHYS))
		return -errno;
	*bytes = usage_sum;
	return 0;
}

int fs_lock(const char *path, bool wait, const volatile sig_atomic_t *stop, int *fd)
{
	const struct timespec pause = {.tv_nsec = LOCK_POLL_NS};
	struct stat mine, there;
	int ret;

again:
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (*fd < 0)
		return -errno;
	while (flock(*fd, LOCK_EX | LOCK_NB)) {
		ret = -errno;
		if (ret == -EINTR)
			continue;
		if (ret == -EWOULDBLOCK && wait && !(stop && *stop)) {
			nanosleep(&pause, NULL);
			continue;
		}
		close(*fd);
		return ret == -EWOULDBLOCK && wait ? -EINTR : ret;
	}
	/* It may have been removed, with its directory, while we waited. */
	if (fstat(*fd, &mine) || stat(path, &there) || mine.st_ino != there.st_ino) {
		close(*fd);
		if (fs_mkdirs_parent(path))
			return -ENOENT;
		goto again;
	}
	return 0;
}

bool fs_exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

int fs_tempdir(const char *dir, char *buf)
{
	int ret = fs_mkdirs(dir);

	if (ret)
		return ret;
	if (snprintf(buf, KPATH, "%s/%d-XXXXXX", dir, (int)getpid()) >= KPATH)
		return -ENAMETOOLONG;
	if (!mkdtemp(buf))
		return -errno;
	return chmod(buf, 0755) ? -errno : 0;
}

void fs_sweep(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[KPATH], *end;
	long pid;

	while (d && (e = readdir(d))) {
		pid = strtol(e->d_name, &end, 10);
		if (pid <= 0 || pid > INT_MAX || *end != '-' || !kill((pid_t)pid, 0) ||
		    errno != ESRCH)
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) < sizeof(path))
			fs_remove(path);
	}
	if (d)
		closedir(d);
}

int fs_touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644), ret;

	if (fd < 0)
		return -errno;
	ret = futimens(fd, NULL) ? -errno : 0;
	close(fd);
	return ret;
}

int fs_sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = fsync(fd) ? -errno : 0;
	close(fd);
	return ret;
}

bool fs_path_ok(const char *path)
{
	size_t len = strlen(path);

	if (!len || len >= KPATH / 2 || *path == '/')
		return false;
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < ' ' || *p == '"' || *p == '\\')
			return false;
	return strcmp(path, "..") != 0 && strncmp(path, "../", 3) != 0 && !strstr(path, "/../") &&
	       (len < 3 || strcmp(path + len - 3, "/..") != 0);
}
