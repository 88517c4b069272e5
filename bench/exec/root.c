// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exec/root.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/media.h"

#define NEW "/medium"

static int fail(const char *what, char *err, size_t errlen)
{
	int ret = -errno;

	snprintf(err, errlen, "root: %s: %s", what, strerror(-ret));
	return ret;
}

/* The new tree is / from here on, with what is mounted in the old. */
static int switch_root(char *err, size_t errlen)
{
	static const char *const keep[] = {"proc", "sys", "dev"};
	char to[64], from[16];

	for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++) {
		snprintf(from, sizeof(from), "/%s", keep[i]);
		snprintf(to, sizeof(to), NEW "/%s", keep[i]);
		if ((mkdir(to, 0755) && errno != EEXIST) || mount(from, to, NULL, MS_MOVE, NULL))
			return fail(to, err, errlen);
	}
	if (mkdir(NEW "/tmp", 01777) && errno != EEXIST)
		return fail(NEW "/tmp", err, errlen);
	if (chdir(NEW) || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		return fail(NEW, err, errlen);
	return 0;
}

static int unpack(const char *sysfs, char *err, size_t errlen)
{
	struct media m;
	int ret = media_open(&m, sysfs, err, errlen);

	if (ret)
		return ret;
	ret = media_unpack(&m, NEW, err, errlen);
	media_close(&m);
	return ret;
}

static int take(char *err, size_t errlen)
{
	if (!access(NEW ROOT_BUSYBOX, X_OK))
		return switch_root(err, errlen);
	if (access(NEW "/" ROOT_JOB, F_OK))
		return 0;
	mkdir("/" ROOT_JOB, 0755);
	if (mount(NEW "/" ROOT_JOB, "/" ROOT_JOB, NULL, MS_BIND, NULL))
		return fail("/" ROOT_JOB, err, errlen);
	return 0;
}

/* Links for all its commands, as far as that works: a shell is useful without them too. */
static void install_commands(void)
{
	static char *const argv[] = {"busybox", "--install", "-s", "/bin", NULL};
	pid_t child = fork();

	if (!child) {
		/* It complains of each that is there already. */
		close(STDERR_FILENO);
		execv(ROOT_BUSYBOX, argv);
		_exit(127);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

int root_enter(const char *sysfs, char *err, size_t errlen)
{
	int ret = unpack(sysfs, err, errlen);

	if (!ret)
		ret = take(err, errlen);
	else if (ret == -ENOENT)
		ret = 0;
	if (!ret)
		install_commands();
	return ret;
}
