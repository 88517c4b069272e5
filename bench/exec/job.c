// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exec/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/root.h"
#include "shared/control_regs.h"
#include "util/cpio.h"
#include "util/file.h"

#define LIST_MAX (1u << 20)

/* What is below /ROOT_JOB/`name`, as pointers to its strings, NULL behind them. */
struct strings {
	void *data;
	char *s[JOB_ARGS_MAX + 1];
	unsigned int nr;
};

static int strings_read(struct strings *l, const char *name)
{
	char path[64];
	size_t size, n;
	char *p;
	int ret;

	memset(l, 0, sizeof(*l));
	snprintf(path, sizeof(path), "/" ROOT_JOB "/%s", name);
	ret = file_read(path, LIST_MAX, &l->data, &size);
	if (ret)
		return ret;
	/* file_read() puts a zero byte behind it. */
	for (p = l->data; size; p += n, size -= n < size ? n : size) {
		if (l->nr == JOB_ARGS_MAX)
			return -E2BIG;
		n = strlen(p) + 1;
		l->s[l->nr++] = p;
	}
	return 0;
}

/* ---- the command --------------------------------------------------------------- */

static void __attribute__((noreturn)) child(char *const *argv, int out, int err)
{
	static char *const env[] = {ROOT_PATH, "HOME=/", "TERM=dumb", "LC_ALL=C", NULL};
	int in = open("/dev/null", O_RDONLY);

	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 || chdir("/" ROOT_JOB))
		_exit(126);
	setsid();
	putenv(ROOT_PATH);
	execvpe(argv[0], argv, env);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* As a shell has it; -errno. Whatever else ends meanwhile is reaped, too. */
static int run(char *const *argv, int out, int err)
{
	pid_t pid = fork(), ended;
	int status;

	if (!pid)
		child(argv, out, err);
	if (pid < 0)
		return -errno;
	do
		ended = waitpid(-1, &status, 0);
	while (ended != pid && (ended > 0 || errno == EINTR));
	if (ended != pid)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- what goes back -------------------------------------------------------------- */

/* All that is in the file of `fd`. */
static int put_fd(struct cpio *c, const char *name, int fd)
{
	struct stat s;
	void *p;
	int ret;

	if (fstat(fd, &s))
		return -errno;
	if (!S_ISREG(s.st_mode))
		return -EINVAL;
	if (!s.st_size)
		return cpio_file(c, name, 0644, NULL, 0);
	if (s.st_size > PB_CONTROL_WINDOW)
		return -EFBIG;
	p = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	ret = cpio_file(c, name, 0644, p, (size_t)s.st_size);
	munmap(p, (size_t)s.st_size);
	return ret;
}

static int put_files(struct cpio *c, const struct strings *out)
{
	char name[16];
	int ret = 0;

	for (unsigned int i = 0; i < out->nr && !ret; i++) {
		int dir = open("/" ROOT_JOB, O_PATH | O_DIRECTORY | O_CLOEXEC);
		int fd = openat(dir, out->s[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);

		snprintf(name, sizeof(name), JOB_FILE, i);
		if (fd >= 0) {
			ret = put_fd(c, name, fd);
			close(fd);
		}
		close(dir);
	}
	return ret;
}

static int put_all(struct cpio *c, int status, int out, int err, const struct strings *files)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", status);
	int ret = cpio_file(c, JOB_STATUS, 0644, text, (size_t)n);

	if (!ret)
		ret = put_fd(c, JOB_STDOUT, out);
	if (!ret)
		ret = put_fd(c, JOB_STDERR, err);
	if (!ret)
		ret = put_files(c, files);
	if (!ret)
		ret = cpio_end(c);
	return !ret && c->size > PB_CONTROL_WINDOW ? -EFBIG : ret;
}

static int job(struct cpio *c, const char **what)
{
	int out = memfd_create("stdout", MFD_CLOEXEC), err = memfd_create("stderr", MFD_CLOEXEC);
	static struct strings argv, files;
	int ret;

	*what = "its arguments";
	ret = strings_read(&argv, JOB_ARGV);
	if (!ret)
		ret = strings_read(&files, JOB_OUT);
	if (!ret && !argv.nr)
		ret = -EINVAL;
	if (ret)
		return ret;
	*what = "starting it";
	ret = run(argv.s, out, err);
	if (ret < 0)
		return ret;
	*what = "its output and files";
	return put_all(c, ret, out, err, &files);
}

void job_run(const struct exec_channel *ch, char *err, size_t errlen)
{
	struct cpio c = {0};
	const char *what;
	int ret = job(&c, &what);

	if (ret == -EFBIG)
		snprintf(err, errlen, "command: output and files are more than %d bytes",
			 PB_CONTROL_WINDOW);
	else if (ret)
		snprintf(err, errlen, "command: %s: %s", what, strerror(-ret));
	if (ret) {
		cpio_release(&c);
		ret = cpio_file(&c, JOB_ERROR, 0644, err, strlen(err));
		if (!ret)
			ret = cpio_end(&c);
	}
	if (!ret)
		channel_lab_end(ch, c.data, c.size);
	snprintf(err, errlen, "the control function did not end the machine");
}
