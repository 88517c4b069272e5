// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/image/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/file.h"
#include "util/project.h"

#define UNUSED_S (30 * 24 * 3600)

static int entry_path(const char *kind, const char *key, char *path, size_t size)
{
	size_t n;
	int ret;

	ret = project_cache("images", path, size);
	if (ret)
		return ret;
	n = strlen(path);
	n += (size_t)snprintf(path + n, size - n, "/%s.%s", key, kind);
	return n < size ? 0 : -ENAMETOOLONG;
}

int image_cache_find(const char *kind, const char *key, char *path, size_t size)
{
	int ret = entry_path(kind, key, path, size);

	if (ret)
		return ret;
	/* A cache that one may only read is as good. */
	if (utimensat(AT_FDCWD, path, NULL, 0) && errno != EACCES && errno != EROFS)
		return -errno;
	return access(path, R_OK) ? -errno : 0;
}

int image_cache_put(const char *kind, const char *key, const void *data, size_t data_size,
		    char *path, size_t size)
{
	int ret = image_cache_find(kind, key, path, size);

	return ret == -ENOENT ? file_write(path, data, data_size) : ret;
}

void image_cache_prune(void)
{
	char dir[1024];
	struct dirent *e;
	DIR *d;

	if (project_cache("images", dir, sizeof(dir)))
		return;
	d = opendir(dir);
	if (!d)
		return;
	while ((e = readdir(d))) {
		struct stat s;

		if (e->d_name[0] == '.' || fstatat(dirfd(d), e->d_name, &s, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(s.st_mode) || s.st_mtime > time(NULL) - UNUSED_S)
			continue;
		unlinkat(dirfd(d), e->d_name, 0);
	}
	closedir(d);
}
