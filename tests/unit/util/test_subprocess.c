// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/subprocess.h"

#define SH(text) ((const char *const[]){"sh", "-c", text, NULL})

static char err[1024];

static int run(struct subprocess p, struct subprocess_result *r)
{
	err[0] = '\0';
	return subprocess_run(&p, r, err, sizeof(err));
}

static void test_status(void **state)
{
	struct subprocess_result r;

	(void)state;
	assert_int_equal(run((struct subprocess){.argv = SH("exit 0")}, &r), 0);
	assert_int_equal(r.status, 0);
	assert_int_equal(run((struct subprocess){.argv = SH("echo first; echo why >&2; exit 3")},
			     &r),
			 -ECHILD);
	assert_int_equal(r.status, 3);
	assert_string_equal(err, "sh: exit status 3: why");
	assert_int_equal(run((struct subprocess){.argv = SH("kill -KILL $$")}, &r), -ECHILD);
	assert_int_equal(r.status, -1);
	assert_int_equal(r.sig, SIGKILL);
	assert_string_equal(err, "sh: killed by signal 9");
	assert_int_equal(
		run((struct subprocess){.argv = (const char *const[]){"no-such-program", NULL}},
		    &r),
		-ENOENT);
	assert_non_null(strstr(err, "no-such-program: no such program"));
	assert_int_equal(run((struct subprocess){.argv = SH("true"), .dir = "/nowhere"}, &r),
			 -ENOENT);
}

static void test_capture(void **state)
{
	struct subprocess_result r;
	struct subprocess p = {.argv = SH("printf 12345; echo not this >&2"), .capture_max = 5};

	(void)state;
	assert_int_equal(run(p, &r), 0);
	assert_string_equal(r.out, "12345");
	assert_int_equal(r.out_size, 5);
	subprocess_release(&r);
	p.capture_max = 4;
	assert_int_equal(run(p, &r), -EOVERFLOW);
	subprocess_release(&r);
	p.argv = SH("true");
	assert_int_equal(run(p, &r), 0);
	assert_string_equal(r.out, "");
	subprocess_release(&r);
	/* Many reads, and growth. */
	p.argv = SH("i=0; while [ $i -lt 3000 ]; do echo line$i; i=$((i+1)); done");
	p.capture_max = 1 << 20;
	assert_int_equal(run(p, &r), 0);
	assert_int_equal(strlen(r.out), r.out_size);
	assert_non_null(strstr(r.out, "line2999\n"));
	assert_true(strlen(r.tail) < SUBPROCESS_TAIL);
	assert_memory_equal(r.tail, "line", 4);
	subprocess_release(&r);
}

static void collect(void *arg, const char *line)
{
	strcat(arg, line);
	strcat(arg, "|");
}

static void test_lines(void **state)
{
	struct subprocess_result r;
	char text[4096] = "";

	(void)state;
	assert_int_equal(run((struct subprocess){.argv = SH("echo a; echo; printf b"),
						 .line = collect,
						 .arg = text},
			     &r),
			 0);
	assert_string_equal(text, "a||b|");
	/* Of stderr, where that is asked for. */
	text[0] = '\0';
	assert_int_equal(run((struct subprocess){.argv = SH("echo out; echo one >&2; echo two >&2"),
						 .line = collect,
						 .arg = text,
						 .lines_of_stderr = true},
			     &r),
			 0);
	assert_string_equal(text, "one|two|");
	/* A line without end is cut. */
	text[0] = '\0';
	assert_int_equal(run((struct subprocess){.argv = SH("head -c 3000 /dev/zero | tr '\\0' x"),
						 .line = collect,
						 .arg = text},
			     &r),
			 0);
	assert_int_equal(strlen(text), 1024);
}

/* Nothing of make's, git's or the compiler's settings of the caller gets in. */
static void test_environment(void **state)
{
	const char *const env[] = {"MINE=1", NULL};
	struct subprocess_result r;

	(void)state;
	setenv("MAKEFLAGS", "-j99", 1);
	setenv("GIT_DIR", "/nowhere", 1);
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	setenv("PIRBENCH_X", "x", 1);
	assert_int_equal(run((struct subprocess){.argv = (const char *const[]){"env", NULL},
						 .env = env,
						 .capture_max = 65536},
			     &r),
			 0);
	assert_null(strstr(r.out, "MAKEFLAGS"));
	assert_null(strstr(r.out, "GIT_DIR"));
	assert_non_null(strstr(r.out, "LC_ALL=C\n"));
	assert_non_null(strstr(r.out, "MINE=1\n"));
	assert_non_null(strstr(r.out, "PIRBENCH_X=x\n"));
	subprocess_release(&r);
}

static void test_log(void **state)
{
	char path[] = "/tmp/pirbench-test-XXXXXX", text[64];
	struct subprocess_result r;
	int fd = mkstemp(path);
	ssize_t n;

	(void)state;
	assert_int_equal(run((struct subprocess){.argv = SH("echo a; exit 1"), .log = path}, &r),
			 -ECHILD);
	assert_non_null(strstr(err, path));
	assert_int_equal(run((struct subprocess){.argv = SH("echo b >&2"), .log = path}, &r), 0);
	n = read(fd, text, sizeof(text) - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, "a\nb\n");
	close(fd);
	unlink(path);
	assert_int_equal(run((struct subprocess){.argv = SH("true"), .log = "/nowhere/x"}, &r),
			 -ENOENT);
	assert_int_equal(run((struct subprocess){.argv = SH("echo x"), .log = "/dev/full"}, &r),
			 -ENOSPC);
}

/* A process that writes its id and that of a grandchild, then waits. */
#define FAMILY "sleep 1000 & echo $! $$; wait"

static pid_t family[2];
static volatile sig_atomic_t seen;

static void take_family(void *arg, const char *line)
{
	(void)arg;
	if (sscanf(line, "%d %d", &family[0], &family[1]) == 2)
		seen = 1;
}

static bool gone(pid_t pid)
{
	struct timespec tick = {.tv_nsec = 20000000};
	char path[64], stat[512] = "", name;
	FILE *f;

	for (int i = 0; i < 250; i++) {
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		f = fopen(path, "r");
		if (!f)
			return true;
		if (fgets(stat, sizeof(stat), f) && strrchr(stat, ')') &&
		    sscanf(strrchr(stat, ')'), ") %c", &name) == 1 && name == 'Z') {
			fclose(f);
			return true;
		}
		fclose(f);
		nanosleep(&tick, NULL);
	}
	return false;
}

/* The whole family is gone after stop, time-out and the leader's own end. */
static void test_family(void **state)
{
	struct subprocess_result r;

	(void)state;
	seen = 0;
	assert_int_equal(
		run((struct subprocess){.argv = SH(FAMILY), .line = take_family, .stop = &seen},
		    &r),
		-EINTR);
	assert_true(gone(family[0]) && gone(family[1]));
	assert_int_equal(
		run((struct subprocess){.argv = SH(FAMILY), .line = take_family, .timeout_s = 1},
		    &r),
		-ETIMEDOUT);
	assert_string_not_equal(err, "");
	assert_true(gone(family[0]) && gone(family[1]));
	assert_true(r.seconds >= 1 && r.seconds < 10);
	assert_int_equal(
		run((struct subprocess){.argv = SH("sleep 1000 & echo $! $$"), .line = take_family},
		    &r),
		0);
	assert_true(gone(family[0]) && gone(family[1]));
}

/* kill -9 of the caller takes the child along. */
static void test_caller_killed(void **state)
{
	int fds[2];
	pid_t pid, child;
	FILE *f;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		struct subprocess_result r;
		char text[64];

		snprintf(text, sizeof(text), "echo $$ >/proc/%d/fd/%d; exec sleep 1000", getpid(),
			 fds[1]);
		run((struct subprocess){.argv = SH(text)}, &r);
		_exit(0);
	}
	close(fds[1]);
	f = fdopen(fds[0], "r");
	assert_int_equal(fscanf(f, "%d", &child), 1);
	fclose(f);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_true(gone(child));
}

static void test_descriptors(void **state)
{
	int keep = dup(0), drop = dup(0);
	struct subprocess_result r;
	char text[128];

	(void)state;
	snprintf(text, sizeof(text), "test -e /proc/self/fd/%d && ! test -e /proc/self/fd/%d", keep,
		 drop);
	assert_int_equal(run((struct subprocess){.argv = SH(text), .inherit_fd = keep}, &r), 0);
	assert_int_equal(run((struct subprocess){.argv = SH(text)}, &r), -ECHILD);
	close(keep);
	close(drop);
}

static void test_exists(void **state)
{
	(void)state;
	assert_true(subprocess_exists("sh"));
	assert_true(subprocess_exists("/bin/sh"));
	assert_false(subprocess_exists("no-such-program"));
	assert_false(subprocess_exists("/nowhere/sh"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),        cmocka_unit_test(test_capture),
		cmocka_unit_test(test_lines),         cmocka_unit_test(test_environment),
		cmocka_unit_test(test_log),           cmocka_unit_test(test_family),
		cmocka_unit_test(test_caller_killed), cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_exists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
