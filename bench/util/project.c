// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/project.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INSTALLED "/share/pirbench"

static bool is_root(const char *dir)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/configs/kernels", dir) >= sizeof(path))
		return false;
	return !access(path, X_OK);
}

static int put(char *buf, size_t size, const char *text)
{
	return (size_t)snprintf(buf, size, "%s", text) < size ? 0 : -ENAMETOOLONG;
}

int project_root(char *buf, size_t size)
{
	const char *env = getenv("PIRBENCH_ROOT");
	char path[PATH_MAX];
	ssize_t n;

	if (env && *env)
		return is_root(env) ? put(buf, size, env) : -ENOENT;
	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n < 0)
		return -errno;
	path[n] = '\0';
	for (char *slash; (slash = strrchr(path, '/'));) {
		*slash = '\0';
		if (is_root(path))
			return put(buf, size, path);
		if (slash - path + sizeof(INSTALLED) > sizeof(path))
			continue;
		memcpy(slash, INSTALLED, sizeof(INSTALLED));
		if (is_root(path))
			return put(buf, size, path);
		*slash = '\0';
	}
	return -ENOENT;
}

/* mkdir -p; path is restored. */
static int make_dirs(char *path)
{
	for (char *p = path + 1;; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			return -errno;
		*p = c;
		if (!c)
			return 0;
	}
}

int project_cache(const char *sub, char *buf, size_t size)
{
	const char *cache = getenv("PIRBENCH_CACHE"), *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	char cwd[PATH_MAX] = "", path[PATH_MAX];
	int n;

	if (cache && *cache && *cache != '/' && !getcwd(cwd, sizeof(cwd)))
		return -errno;
	if (cache && *cache)
		n = snprintf(path, sizeof(path), "%s%s%s/%s", cwd, *cwd ? "/" : "", cache, sub);
	else if (xdg && *xdg == '/')
		n = snprintf(path, sizeof(path), "%s/pirbench/%s", xdg, sub);
	else if (home && *home == '/')
		n = snprintf(path, sizeof(path), "%s/.cache/pirbench/%s", home, sub);
	else
		return -ENOENT;
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	n = make_dirs(path);
	return n ? n : put(buf, size, path);
}
