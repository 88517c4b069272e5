// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "squeezer/cgroup.h"

#define PREFIX "pirbench-"

static int fail(char *err, size_t size, int error, const char *what, const char *where)
{
	snprintf(err, size, "%s %.80s: %s", what, where, strerror(-error));
	return error;
}

static int put(const char *dir, const char *file, const char *text)
{
	char path[640];
	ssize_t n;
	int fd, error;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	error = n < 0 ? -errno : 0;
	close(fd);
	return error;
}

static int put_number(const char *dir, const char *file, long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", number);
	return put(dir, file, text);
}

/* Is `word` one of the words of `list`? */
static bool has_word(const char *list, const char *word, const char *separators)
{
	size_t len = strlen(word);

	while (*list) {
		size_t n = strcspn(list, separators);

		if (n == len && !strncmp(list, word, len))
			return true;
		list += n + (list[n] != '\0');
	}
	return false;
}

static bool file_has_word(const char *dir, const char *file, const char *word)
{
	char path[640], text[512];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return has_word(text, word, " \n");
}

/* Path of the thread's group in its hierarchy: lines of "id:controllers:path". */
static bool group_of(const char *proc, pid_t tid, bool v2, char *path, size_t size)
{
	char name[128], line[1024];
	bool found = false;
	FILE *f;

	snprintf(name, sizeof(name), "%.96s/%d/cgroup", proc, (int)tid);
	f = fopen(name, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		char *controllers = strchr(line, ':'), *at;

		at = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!at)
			continue;
		*at++ = '\0';
		controllers++;
		at[strcspn(at, "\n")] = '\0';
		found = v2 ? !strncmp(line, "0:", 2) && !*controllers
			   : has_word(controllers, "cpu", ",");
		if (found)
			snprintf(path, size, "%s", at);
	}
	if (f)
		fclose(f);
	return found;
}

/*
 * One line of mountinfo (proc_pid_mountinfo(5)): "id parent dev root mountpoint
 * options ... - type source superoptions".
 */
static bool is_mount(char *line, bool v2, char **root, char **point)
{
	char *rest = strstr(line, " - "), *save = NULL, *type, *options;

	if (!rest)
		return false;
	*rest = '\0';
	strtok_r(line, " ", &save);
	strtok_r(NULL, " ", &save);
	strtok_r(NULL, " ", &save);
	*root = strtok_r(NULL, " ", &save);
	*point = strtok_r(NULL, " ", &save);
	type = strtok_r(rest + 3, " ", &save);
	strtok_r(NULL, " ", &save);
	options = strtok_r(NULL, " \n", &save);
	if (!*root || !*point || !type)
		return false;
	if (v2)
		return !strcmp(type, "cgroup2");
	return !strcmp(type, "cgroup") && options && has_word(options, "cpu", ",");
}

/* The directory of the thread's group, where that hierarchy is mounted. */
static bool find_parent(struct cgroup *g, const char *proc, pid_t tid, bool v2)
{
	char name[128], line[2048], group[512], *root, *point;
	bool found = false;
	FILE *f;

	if (!group_of(proc, tid, v2, group, sizeof(group)))
		return false;
	snprintf(name, sizeof(name), "%.96s/self/mountinfo", proc);
	f = fopen(name, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		const char *below = group;

		if (!is_mount(line, v2, &root, &point))
			continue;
		/* Only a part of the hierarchy may be mounted. */
		if (strcmp(root, "/") != 0 && !strncmp(group, root, strlen(root)))
			below += strlen(root);
		if (!strcmp(below, "/"))
			below = "";
		found = (size_t)snprintf(g->parent, sizeof(g->parent), "%s%s", point, below) <
			sizeof(g->parent);
	}
	if (f)
		fclose(f);
	g->v2 = v2;
	return found && (!v2 || file_has_word(g->parent, "cgroup.controllers", "cpu"));
}

void cgroup_name(char *name, size_t size, unsigned int index)
{
	snprintf(name, size, PREFIX "%d-%u", (int)getpid(), index);
}

void cgroup_sweep(const char *dir)
{
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d))) {
		char path[800];
		long pid;

		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		pid = strtol(e->d_name + strlen(PREFIX), NULL, 10);
		if (pid <= 0 || !kill((pid_t)pid, 0) || errno != ESRCH)
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) >= sizeof(path))
			continue;
		/* Two quotas on one thread are nested. */
		cgroup_sweep(path);
		rmdir(path);
	}
	if (d)
		closedir(d);
}

/* Threads of one process may be in different groups only in threaded ones (v2). */
static int make_threaded(struct cgroup *g, char *err, size_t size)
{
	int r = put(g->path, "cgroup.type", "threaded");

	if (r)
		return fail(err, size, r, "cannot make threaded", g->path);
	if (file_has_word(g->parent, "cgroup.subtree_control", "cpu"))
		return 0;
	r = put(g->parent, "cgroup.subtree_control", "+cpu");
	if (r)
		return fail(err, size, r, "cannot enable the cpu controller in", g->parent);
	g->enabled = true;
	return 0;
}

static int set_bandwidth(const struct cgroup *g, uint32_t runtime_us, uint32_t period_us)
{
	char text[64];
	int r;

	if (g->v2) {
		snprintf(text, sizeof(text), "%u %u", runtime_us, period_us);
		return put(g->path, "cpu.max", text);
	}
	r = put_number(g->path, "cpu.cfs_period_us", period_us);
	return r ? r : put_number(g->path, "cpu.cfs_quota_us", runtime_us);
}

static const char *threads_file(const struct cgroup *g)
{
	return g->v2 ? "cgroup.threads" : "tasks";
}

int cgroup_enter(struct cgroup *g, const char *proc, pid_t tid, const char *name,
		 uint32_t runtime_us, uint32_t period_us, char *err, size_t size)
{
	int r = 0;

	memset(g, 0, sizeof(*g));
	if (!find_parent(g, proc, tid, false) && !find_parent(g, proc, tid, true)) {
		snprintf(err, size, "no cgroup file system with a cpu controller is mounted");
		return -EOPNOTSUPP;
	}
	cgroup_sweep(g->parent);
	snprintf(g->path, sizeof(g->path), "%s/%.64s", g->parent, name);
	if (mkdir(g->path, 0755))
		return fail(err, size, -errno, "cannot create the group", g->path);
	g->made = true;
	if (g->v2)
		r = make_threaded(g, err, size);
	if (r)
		return r;
	r = set_bandwidth(g, runtime_us, period_us);
	if (r)
		return fail(err, size, r, "cannot set the bandwidth (CONFIG_CFS_BANDWIDTH?) of",
			    g->path);
	r = put_number(g->path, threads_file(g), tid);
	if (r)
		return fail(err, size, r, "cannot move the thread to", g->path);
	g->tid = tid;
	return 0;
}

void cgroup_leave(struct cgroup *g)
{
	const struct timespec pause = {0, 1000000};

	/*
	 * No limit first: a thread that is moved while it is throttled may stay so for
	 * ever (seen with 6.18, whose CFS throttles task by task).
	 */
	if (g->tid)
		put(g->path, g->v2 ? "cpu.max" : "cpu.cfs_quota_us", g->v2 ? "max" : "-1");
	/* A thread that has ended is in no group. */
	if (g->tid)
		put_number(g->parent, threads_file(g), g->tid);
	g->tid = 0;
	/* Busy for a moment after its last thread has left. */
	for (int i = 0; g->made && i < 1000 && rmdir(g->path) && errno == EBUSY; i++)
		nanosleep(&pause, NULL);
	g->made = false;
	if (g->enabled)
		put(g->parent, "cgroup.subtree_control", "-cpu");
	g->enabled = false;
}
