// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "event/run.h"
#include "util/file.h"

bool store_base(char *path, size_t size)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int n;

	if (xdg && *xdg == '/')
		n = snprintf(path, size, "%s/pirbench/results", xdg);
	else if (home && *home)
		n = snprintf(path, size, "%s/.local/state/pirbench/results", home);
	else
		return false;
	return n > 0 && (size_t)n < size;
}

static int fail(char *err, const char *path, int e)
{
	snprintf(err, STORE_ERR, "%s: %s", path, strerror(-e));
	return e;
}

/* mkdir -p */
static int make_dirs(const char *path)
{
	char buf[STORE_PATH];
	char *p;

	if ((size_t)snprintf(buf, sizeof(buf), "%s", path) >= sizeof(buf))
		return -ENAMETOOLONG;
	for (p = buf + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		if (mkdir(buf, 0755) && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return mkdir(buf, 0755) && errno != EEXIST ? -errno : 0;
}

static int make_new(struct store *s, char *err)
{
	char base[STORE_PATH - 64], stamp[32];
	struct tm tm;
	time_t t = time(NULL);
	unsigned int i;
	int ret;

	if (!store_base(base, sizeof(base))) {
		snprintf(err, STORE_ERR, "HOME is not set: say where results go with --output");
		return -ENOENT;
	}
	ret = make_dirs(base);
	if (ret)
		return fail(err, base, ret);
	gmtime_r(&t, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	for (i = 0; i < 1000; i++) {
		if (i)
			snprintf(s->dir, sizeof(s->dir), "%s/%s-%u", base, stamp, i);
		else
			snprintf(s->dir, sizeof(s->dir), "%s/%s", base, stamp);
		if (!mkdir(s->dir, 0755)) {
			s->fresh = true;
			return 0;
		}
		if (errno != EEXIST)
			return fail(err, s->dir, -errno);
	}
	return fail(err, s->dir, -EEXIST);
}

static bool is_empty(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool empty = true;

	if (!d)
		return false;
	while (empty && (e = readdir(d)))
		empty = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");
	closedir(d);
	return empty;
}

/* Nothing is in it but what store_open() makes: all there is after a kill -9 right then. */
static bool is_fresh(const char *dir)
{
	char path[STORE_PATH + 8];
	DIR *d = opendir(dir);
	struct dirent *e;
	bool fresh = d;

	while (fresh && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%.*s/%.4s", STORE_PATH - 1, dir, e->d_name);
		fresh = (!strcmp(e->d_name, "runs") || !strcmp(e->d_name, "logs")) &&
			is_empty(path);
	}
	if (d)
		closedir(d);
	return fresh;
}

/* The nearest directory above, that there is, must be one that can be written. */
static int check_parent(const char *output, char *err)
{
	char path[STORE_PATH];
	char *slash;

	snprintf(path, sizeof(path), "%s", output);
	while ((slash = strrchr(path, '/')) && slash != path) {
		*slash = 0;
		if (!access(path, F_OK))
			return access(path, W_OK | X_OK) ? fail(err, output, -errno) : 0;
	}
	return access(slash ? "/" : ".", W_OK | X_OK) ? fail(err, output, -errno) : 0;
}

int store_check_output(const char *output, char *err)
{
	struct stat st;

	if (strlen(output) >= STORE_PATH - 64)
		return fail(err, "--output", -ENAMETOOLONG);
	if (stat(output, &st))
		return errno == ENOENT ? check_parent(output, err) : fail(err, output, -errno);
	if (!S_ISDIR(st.st_mode))
		return fail(err, output, -ENOTDIR);
	if (access(output, W_OK | X_OK))
		return fail(err, output, -errno);
	if (is_fresh(output))
		return 0;
	snprintf(err, STORE_ERR, "%s: is not an empty directory (continue with --resume?)", output);
	return -EEXIST;
}

static int use_named(struct store *s, const char *output, bool resume, char *err)
{
	char command[STORE_PATH + 16];
	struct stat st;
	int ret;

	if ((size_t)snprintf(s->dir, sizeof(s->dir), "%s", output) >= sizeof(s->dir) - 64)
		return fail(err, "--output", -ENAMETOOLONG);
	if (resume) {
		snprintf(command, sizeof(command), "%s/command.json", s->dir);
		if (access(command, R_OK)) {
			ret = -errno;
			snprintf(err, STORE_ERR, "%s: nothing to resume: %s", s->dir,
				 strerror(-ret));
			return ret;
		}
		return 0;
	}
	ret = store_check_output(output, err);
	if (ret)
		return ret;
	s->fresh = lstat(s->dir, &st) != 0;
	ret = make_dirs(s->dir);
	return ret ? fail(err, s->dir, ret) : 0;
}

int store_open(struct store *s, const char *output, bool resume, char *err)
{
	char runs[STORE_PATH + 8];
	int ret;

	memset(s, 0, sizeof(*s));
	s->lock = -1;
	ret = output ? use_named(s, output, resume, err) : make_new(s, err);
	if (ret)
		return ret;
	s->lock = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->lock < 0)
		return fail(err, s->dir, -errno);
	if (flock(s->lock, LOCK_EX | LOCK_NB)) {
		snprintf(err, STORE_ERR, "%s: another pirbench uses it", s->dir);
		store_close(s);
		return -EBUSY;
	}
	snprintf(runs, sizeof(runs), "%s/runs", s->dir);
	snprintf(s->logs, sizeof(s->logs), "%.*s/logs", (int)sizeof(s->logs) - 8, s->dir);
	ret = make_dirs(runs);
	if (!ret)
		ret = make_dirs(s->logs);
	/* Under the lock: what a killed one left. */
	file_sweep(s->dir);
	file_sweep(runs);
	file_sweep(s->logs);
	return ret ? fail(err, s->dir, ret) : 0;
}

void store_close(struct store *s)
{
	if (s->lock >= 0)
		close(s->lock);
	s->lock = -1;
}

void store_discard(struct store *s)
{
	char path[STORE_PATH + 32];

	if (s->lock < 0)
		return;
	rmdir(s->logs);
	snprintf(path, sizeof(path), "%s/runs", s->dir);
	if (!rmdir(path)) {
		snprintf(path, sizeof(path), "%s/command.json", s->dir);
		unlink(path);
		if (s->fresh)
			rmdir(s->dir);
	}
	store_close(s);
}

/* ---- runs ---------------------------------------------------------------------- */

void store_run_path(const char *dir, unsigned int kernel, const char *scenario, unsigned int branch,
		    const char *kind, char *path, size_t size)
{
	snprintf(path, size, "%s/runs/%u-%s-%u.%s", dir, kernel, scenario, branch, kind);
}

static void job_path(const struct store *s, unsigned int kernel, unsigned int branch,
		     const struct pb_job *job, const char *kind, char *path, size_t size)
{
	store_run_path(s->dir, kernel, job->plan->scenario, branch, kind, path, size);
}

int store_put_job(const struct store *s, unsigned int kernel, unsigned int branch,
		  const struct pb_job *job, char *err)
{
	char path[STORE_PATH + 128];
	int ret = 0;

	/* The run last: a run is there only with its truth. */
	if (job->truth) {
		job_path(s, kernel, branch, job, "truth", path, sizeof(path));
		ret = run_write(path, job->truth, err, STORE_ERR);
	}
	if (!ret) {
		job_path(s, kernel, branch, job, "run", path, sizeof(path));
		ret = run_write(path, job->run, err, STORE_ERR);
	}
	return ret;
}

bool store_get_job(const struct store *s, unsigned int kernel, unsigned int branch, bool has_truth,
		   struct pb_job *job)
{
	char path[STORE_PATH + 128], err[STORE_ERR];
	struct pb_run *run, *truth = NULL;
	size_t run_bytes, truth_bytes = 0;

	job_path(s, kernel, branch, job, "run", path, sizeof(path));
	if (run_read(path, job->plan, &run, &run_bytes, err, sizeof(err)))
		return false;
	job_path(s, kernel, branch, job, "truth", path, sizeof(path));
	if (has_truth && run_read(path, job->plan, &truth, &truth_bytes, err, sizeof(err))) {
		free(run);
		return false;
	}
	job->run = run;
	job->run_size = run_bytes;
	job->truth = truth;
	job->truth_size = truth_bytes;
	job->status = PB_JOB_DONE;
	return true;
}

bool store_find_result(const char *name, char *path, size_t size)
{
	char base[STORE_PATH];
	struct stat st;

	if (!stat(name, &st)) {
		if (S_ISDIR(st.st_mode))
			return (size_t)snprintf(path, size, "%s/result.json", name) < size;
		return (size_t)snprintf(path, size, "%s", name) < size;
	}
	if (strchr(name, '/') || !store_base(base, sizeof(base)))
		return false;
	if ((size_t)snprintf(path, size, "%s/%s/result.json", base, name) >= size)
		return false;
	return !access(path, R_OK);
}
