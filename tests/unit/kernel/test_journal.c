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

#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/kernel/fs.h"
#include "host/kernel/journal.h"
#include "kernel/sandbox.h"

/* A tree with x.c and y.c, and edits that change x.c, remove y.c and add d/n.c. */
static void make_tree(struct sandbox *s, struct edits *e)
{
	static char *paths[] = {(char *)"x.c", (char *)"y.c", (char *)"d/n.c"};

	sandbox_write(s, "user/src/x.c", "x\n");
	sandbox_write(s, "user/src/y.c", "y\n");
	sandbox_write(s, "user/edits/b/x.c", "X\n");
	sandbox_write(s, "user/edits/b/d/n.c", "n\n");
	memset(e, 0, sizeof(*e));
	snprintf(e->dir, sizeof(e->dir), "%s", sandbox_path(s, "user/edits"));
	e->paths = paths;
	e->nr = 3;
}

static void work_dir(const struct sandbox *s, char dir[KPATH])
{
	snprintf(dir, KPATH, "%s", sandbox_path(s, "user"));
}

static void expect_original(const struct sandbox *s)
{
	sandbox_expect(s, "user/src/x.c", "x\n");
	sandbox_expect(s, "user/src/y.c", "y\n");
	assert_false(sandbox_has(s, "user/src/d/n.c"));
	assert_false(sandbox_has(s, "user/journal"));
	assert_false(sandbox_has(s, "user/journal.new"));
	assert_false(sandbox_has(s, "user/journal.done"));
	assert_false(sandbox_has(s, "user/src/x.c.pirbench~"));
}

static void test_there_and_back(void **state)
{
	struct timespec tick = {.tv_nsec = 20000000};
	struct sandbox *s = *state;
	char dir[KPATH];
	struct stat changed, back;
	struct edits e;

	work_dir(s, dir);
	make_tree(s, &e);
	assert_int_equal(journal_restore(&s->ctx, dir), 0);
	expect_original(s);
	assert_int_equal(journal_apply(&s->ctx, dir, &e), 0);
	sandbox_expect(s, "user/src/x.c", "X\n");
	sandbox_expect(s, "user/src/d/n.c", "n\n");
	assert_false(sandbox_has(s, "user/src/y.c"));
	assert_int_equal(stat(sandbox_path(s, "user/src/x.c"), &changed), 0);
	nanosleep(&tick, NULL);
	assert_int_equal(journal_restore(&s->ctx, dir), 0);
	expect_original(s);
	/* Newer than what was compiled from the changed one, or make would keep that. */
	assert_int_equal(stat(sandbox_path(s, "user/src/x.c"), &back), 0);
	assert_true(back.st_mtim.tv_sec > changed.st_mtim.tv_sec ||
		    back.st_mtim.tv_nsec > changed.st_mtim.tv_nsec);
}

/* What a crash can leave: each must end in the original tree at the next start. */
static void test_crashes(void **state)
{
	struct sandbox *s = *state;
	char dir[KPATH];
	struct edits e;

	work_dir(s, dir);
	/* While saving: nothing is changed yet. */
	make_tree(s, &e);
	sandbox_write(s, "user/journal.new/0", "half");
	assert_int_equal(journal_restore(&s->ctx, dir), 0);
	expect_original(s);

	/* While changing: some files are, one is half-written beside its place. */
	assert_int_equal(journal_apply(&s->ctx, dir, &e), 0);
	sandbox_write(s, "user/src/y.c", "y\n");
	sandbox_write(s, "user/src/x.c.pirbench~", "ha");
	assert_int_equal(journal_restore(&s->ctx, dir), 0);
	expect_original(s);

	/* While putting back: a part is done, the journal is still in force. */
	assert_int_equal(journal_apply(&s->ctx, dir, &e), 0);
	sandbox_write(s, "user/src/x.c", "x\n");
	fs_remove(sandbox_path(s, "user/src/d/n.c"));
	assert_int_equal(journal_restore(&s->ctx, dir), 0);
	expect_original(s);

	/* While clearing up. */
	sandbox_write(s, "user/journal.done/list", "keep 0 x.c\n");
	sandbox_write(s, "user/journal.done/0", "wrong");
	assert_int_equal(journal_restore(&s->ctx, dir), 0);
	expect_original(s);
}

/* Killed at a random moment, again and again. */
static void test_kill(void **state)
{
	struct sandbox *s = *state;
	char dir[KPATH];
	struct edits e;

	work_dir(s, dir);
	make_tree(s, &e);
	for (int i = 0; i < 40; i++) {
		struct timespec wait = {.tv_nsec = 200000L * i};
		pid_t pid = fork();

		if (pid == 0) {
			for (;;)
				if (journal_apply(&s->ctx, dir, &e) ||
				    journal_restore(&s->ctx, dir))
					_exit(1);
		}
		nanosleep(&wait, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		assert_int_equal(journal_restore(&s->ctx, dir), 0);
		expect_original(s);
	}
}

static void test_failures(void **state)
{
	struct sandbox *s = *state;
	char dir[KPATH];
	struct edits e;

	work_dir(s, dir);
	/* d cannot be made: what was changed before is put back. */
	make_tree(s, &e);
	sandbox_write(s, "user/src/d", "a file\n");
	assert_true(journal_apply(&s->ctx, dir, &e) < 0);
	sandbox_expect_error(s, "cannot change");
	fs_remove(sandbox_path(s, "user/src/d"));
	expect_original(s);

	/* A journal that makes no sense is an error, not a guess. */
	sandbox_write(s, "user/journal/list", "keep zero x.c\n");
	assert_int_equal(journal_restore(&s->ctx, dir), -EINVAL);
	sandbox_expect_error(s, "is no line of a journal");
	/* Nor does it reach out of the tree. */
	sandbox_write(s, "user/victim", "v\n");
	sandbox_write(s, "user/journal/list", "drop 0 ../victim\n");
	assert_int_equal(journal_restore(&s->ctx, dir), -EINVAL);
	sandbox_expect_error(s, "is no line of a journal");
	sandbox_expect(s, "user/victim", "v\n");
	sandbox_write(s, "user/journal/list", "keep 0 x.c\n");
	assert_int_equal(journal_restore(&s->ctx, dir), -ENOENT);
	sandbox_expect_error(s, "cannot put back");
	sandbox_expect(s, "user/src/x.c", "x\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_there_and_back, sandbox_setup,
						sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_crashes, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_kill, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_failures, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
