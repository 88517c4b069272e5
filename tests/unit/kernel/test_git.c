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
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/kernel/fs.h"
#include "host/kernel/kernel.h"
#include "kernel/sandbox.h"

/*
 * The whole way of a git tree, with a small tree that has a kernel's targets:
 * what is compiled is counted in the file `compiled` of its object directory.
 */
#define TREE "user/tree"
#define PI   TREE "/arch/x86/kvm/vmx/posted_intr.c"

static int make_tree(void **state)
{
	sandbox_setup(state);
	sandbox_fake_kernel(*state, TREE);
	return 0;
}

static int get(struct sandbox *s, const char *spec, const struct kernel_opts *more,
	       struct pb_kernel *k)
{
	struct kernel_opts opts = more ? *more : (struct kernel_opts){.tree = NULL};
	char tree[KPATH];

	snprintf(tree, sizeof(tree), "%s", sandbox_path(s, TREE));
	opts.tree = tree;
	opts.jobs = 1;
	return kernel_get(spec, &opts, k, s->err, sizeof(s->err));
}

static void must_get(struct sandbox *s, const char *spec, const struct kernel_opts *more,
		     struct pb_kernel *k)
{
	if (get(s, spec, more, k))
		fail_msg("%s: %s", spec, s->err);
}

/* The name of the one file or directory of a directory that begins so. */
static void only_one(struct sandbox *s, const char *dir, const char *start, char *name)
{
	char command[KPATH * 2];
	FILE *f;

	snprintf(command, sizeof(command), "cd %s && ls -d %s*", sandbox_path(s, "%s", dir), start);
	f = popen(command, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%255s", name), 1);
	assert_int_equal(fgetc(f), '\n');
	assert_int_equal(fgetc(f), EOF);
	pclose(f);
}

/* What was compiled since the last call, as "main posted_intr ". */
static void compiled(struct sandbox *s, char *text, size_t size)
{
	char tree[256], out[256], path[KPATH];
	char *all;

	only_one(s, "cache/kernels/trees", "git-", tree);
	snprintf(path, sizeof(path), "cache/kernels/trees/%s", tree);
	only_one(s, path, "out-9.1", out);
	snprintf(path, sizeof(path), "cache/kernels/trees/%s/%s/compiled", tree, out);
	text[0] = '\0';
	if (!sandbox_has(s, path))
		return;
	all = sandbox_read(s, path);
	for (char *word = strtok(all, "\n"); word; word = strtok(NULL, "\n"))
		snprintf(text + strlen(text), size - strlen(text), "%s ", word);
	free(all);
	fs_remove(sandbox_path(s, "%s", path));
}

static void expect_compiled(struct sandbox *s, const char *what)
{
	char text[256];

	compiled(s, text, sizeof(text));
	assert_string_equal(text, what);
}

/* All of the user's repository, names, times and contents, as one number. */
static void repository_state(struct sandbox *s, char *sum, size_t size)
{
	char command[KPATH * 2];
	FILE *f;

	snprintf(command, sizeof(command),
		 "cd %s && { find . -printf '%%p %%T@ %%s %%m\\n' | sort; "
		 "find . -type f | sort | xargs sha256sum; } | sha256sum",
		 sandbox_path(s, TREE));
	f = popen(command, "r");
	assert_non_null(f);
	assert_non_null(fgets(sum, (int)size, f));
	pclose(f);
}

static void test_edit_loop(void **state)
{
	char dir[KPATH], before[128], after[128];
	struct pb_kernel first, second, again;
	struct sandbox *s = *state;
	struct stat st;

	snprintf(dir, sizeof(dir), "%s", sandbox_path(s, TREE));
	must_get(s, dir, NULL, &first);
	assert_string_equal(first.release, "9.1.0");
	assert_int_equal(strlen(first.build_id), 40);
	assert_int_equal(strlen(first.key), 64);
	assert_int_equal(stat(first.image, &st), 0);
	expect_compiled(s, "main posted_intr ");

	/* One file changed, not committed; another new: only they are compiled. */
	sandbox_write(s, PI, "int pi(void);\nint pi(void)\n{\n\treturn 2;\n}\n");
	repository_state(s, before, sizeof(before));
	must_get(s, dir, NULL, &second);
	repository_state(s, after, sizeof(after));
	assert_string_equal(before, after);
	assert_string_not_equal(second.key, first.key);
	assert_string_not_equal(second.build_id, first.build_id);
	expect_compiled(s, "posted_intr ");

	/* Back again: out of the cache. A revision that holds the same: the same. */
	sandbox_write(s, PI, "int pi(void);\nint pi(void)\n{\n\treturn 1;\n}\n");
	must_get(s, dir, NULL, &again);
	assert_string_equal(again.key, first.key);
	must_get(s, "v1", NULL, &again);
	assert_string_equal(again.key, first.key);
	assert_string_equal(again.build_id, first.build_id);
	expect_compiled(s, "");
}

static void test_untracked(void **state)
{
	struct pb_kernel first, second, third;
	struct sandbox *s = *state;
	char dir[KPATH];

	sandbox_write(s, TREE "/.gitignore", "*.o\n");
	sandbox_commit(s, TREE, "v2");
	snprintf(dir, sizeof(dir), "%s", sandbox_path(s, TREE));
	must_get(s, dir, NULL, &first);
	sandbox_write(s, TREE "/junk.o", "ignored\n");
	must_get(s, dir, NULL, &second);
	assert_string_equal(first.key, second.key);
	sandbox_write(s, TREE "/new.c", "int new;\n");
	must_get(s, dir, NULL, &third);
	assert_string_not_equal(first.key, third.key);
}

static void test_revisions(void **state)
{
	struct sandbox *s = *state;
	struct pb_kernel one, two;

	sandbox_write(s, PI, "int pi(void);\nint pi(void)\n{\n\treturn 2;\n}\n");
	sandbox_commit(s, TREE, "v2");
	must_get(s, "v1", NULL, &one);
	must_get(s, "v2", NULL, &two);
	assert_string_not_equal(one.build_id, two.build_id);
	assert_string_equal(two.name, "v2");
	assert_int_equal(get(s, "v3", NULL, &one), -ENOENT);
	sandbox_expect_error(s, "no kernel 'v3'");
	assert_int_equal(get(s, "--help", NULL, &one), -EINVAL);
}

#define DIFF                                                      \
	"--- a/arch/x86/kvm/vmx/posted_intr.c\n"                  \
	"+++ b/arch/x86/kvm/vmx/posted_intr.c\n@@ -1,5 +1,5 @@\n" \
	" int pi(void);\n int pi(void)\n {\n-\treturn 1;\n+\treturn %s;\n }\n"

static void test_patched(void **state)
{
	struct sandbox *s = *state;
	struct kernel_opts opts = {.nr_patches = 1};
	struct pb_kernel plain, patched, again;
	char patch[KPATH], text[512], path[KPATH], dir[256];
	const char *patches[] = {patch};

	snprintf(text, sizeof(text), DIFF, "7");
	sandbox_write(s, "user/fix.patch", text);
	snprintf(patch, sizeof(patch), "%s", sandbox_path(s, "user/fix.patch"));
	opts.patches = patches;
	must_get(s, "v1", &opts, &patched);
	assert_string_equal(patched.name, "v1+fix");
	expect_compiled(s, "main posted_intr ");
	only_one(s, "cache/kernels/trees", "git-", dir);
	snprintf(path, sizeof(path), "cache/kernels/trees/%s/src/%s", dir, PI + sizeof(TREE));
	sandbox_expect(s, path, "int pi(void);\nint pi(void)\n{\n\treturn 1;\n}\n");

	/* What was patched is compiled again for the plain one, nothing else. */
	must_get(s, "v1", NULL, &plain);
	expect_compiled(s, "posted_intr ");
	assert_string_not_equal(plain.build_id, patched.build_id);
	must_get(s, "v1", &opts, &again);
	assert_string_equal(again.key, patched.key);
	expect_compiled(s, "");

	/* It does not compile: the compiler's line, with the file as in the tree. */
	snprintf(text, sizeof(text), DIFF, "nowhere");
	sandbox_write(s, "user/fix.patch", text);
	assert_int_equal(get(s, "v1", &opts, &again), -EINVAL);
	sandbox_expect_error(s, "v1+fix does not compile: arch/x86/kvm/vmx/posted_intr.c:4:");
	sandbox_expect_error(s, "error: 'nowhere' undeclared");
	sandbox_expect(s, path, "int pi(void);\nint pi(void)\n{\n\treturn 1;\n}\n");
	must_get(s, "v1", NULL, &again);
	assert_string_equal(again.build_id, plain.build_id);
}

static void test_lost_option(void **state)
{
	struct sandbox *s = *state;
	struct kernel_opts opts = {.jobs = 1};
	struct pb_kernel k;
	char path[KPATH];

	sandbox_write(s, "user/more.config", "CONFIG_LOST=y\n");
	snprintf(path, sizeof(path), "%s", sandbox_path(s, "user/more.config"));
	opts.config = path;
	assert_int_equal(get(s, "v1", &opts, &k), -EINVAL);
	sandbox_expect_error(s, "user/more.config:1: CONFIG_LOST=y did not come true");
}

static void test_cached_only(void **state)
{
	struct kernel_opts opts = {.cached_only = true};
	struct sandbox *s = *state;
	struct pb_kernel k;

	assert_int_equal(get(s, "v1", &opts, &k), -ENOENT);
	assert_string_equal(s->err, "not in the cache");
	must_get(s, "v1", NULL, &k);
	must_get(s, "v1", &opts, &k);
}

/* A child that builds v1 with a patch that makes another object of posted_intr.c. */
static pid_t start_build(struct sandbox *s)
{
	char patch[KPATH], text[512];
	const char *patches[] = {patch};
	struct kernel_opts opts = {.patches = patches, .nr_patches = 1};
	struct pb_kernel k;
	pid_t pid;

	snprintf(text, sizeof(text), DIFF, "7");
	sandbox_write(s, "user/fix.patch", text);
	snprintf(patch, sizeof(patch), "%s", sandbox_path(s, "user/fix.patch"));
	pid = fork();
	if (pid == 0)
		_exit(get(s, "v1", &opts, &k) ? 1 : 0);
	assert_true(pid > 0);
	return pid;
}

/* Wait until the source is patched and the compiler is "running". */
static void wait_for_compiler(struct sandbox *s)
{
	struct timespec tick = {.tv_nsec = 50000000};
	char command[KPATH];

	snprintf(command, sizeof(command), "test -n \"$(cat %s/*/out-*/compiled 2>/dev/null)\"",
		 sandbox_path(s, "cache/kernels/trees"));
	for (int i = 0; i < 400; i++) {
		if (!system(command))
			return;
		nanosleep(&tick, NULL);
	}
	fail_msg("the build did not start");
}

/* kill -9 in the middle of a patched build: the next one is as if it never was. */
static void test_killed(void **state)
{
	char path[KPATH], dir[256];
	struct pb_kernel plain, after;
	struct sandbox *s = *state;
	pid_t pid;

	must_get(s, "v1", NULL, &plain);
	expect_compiled(s, "main posted_intr ");
	only_one(s, "cache/kernels/trees", "git-", dir);
	snprintf(path, sizeof(path), "cache/kernels/trees/%s/src/%s", dir, PI + sizeof(TREE));
	fs_remove(sandbox_path(s, "cache/kernels/entries"));

	sandbox_write(s, "cache/slow", "");
	pid = start_build(s);
	wait_for_compiler(s);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	sandbox_expect(s, path, "int pi(void);\nint pi(void)\n{\n\treturn 7;\n}\n");
	fs_remove(sandbox_path(s, "cache/slow"));

	/* make got SIGTERM when its parent died: the lock is free well before the minute is over. */
	must_get(s, "v1", NULL, &after);
	sandbox_expect(s, path, "int pi(void);\nint pi(void)\n{\n\treturn 1;\n}\n");
	assert_string_equal(after.build_id, plain.build_id);
	assert_string_equal(after.key, plain.key);
}

/*
 * A tarball that is unpacked anew, since prune.list changed, after a patched
 * build: nothing of the patched objects may get into the plain kernel.
 */
static void test_unpacked_anew(void **state)
{
	static const char *const tar[] = {"tar",          "--exclude=.git", "-cf",
					  "../linux.tar", "tree",           NULL};
	struct kernel_opts opts = {.nr_patches = 1};
	struct pb_kernel plain, patched;
	struct sandbox *s = *state;
	char patch[KPATH], text[512];
	const char *patches[] = {patch};

	sandbox_run(s, "user", (const char *const[]){"mkdir", "tar", NULL});
	sandbox_run(s, "user", (const char *const[]){"cp", "-r", "tree", "tar/", NULL});
	sandbox_run(s, "user/tar", tar);
	sandbox_write(s, "project/configs/kernels/t.yaml",
		      "summary: t\nsource: {tarball: ../../../user/linux.tar}\n"
		      "config: [fragments/lab.config]\n");
	snprintf(text, sizeof(text), DIFF, "7");
	sandbox_write(s, "user/fix.patch", text);
	snprintf(patch, sizeof(patch), "%s", sandbox_path(s, "user/fix.patch"));
	opts.patches = patches;
	must_get(s, "t", NULL, &plain);
	must_get(s, "t", &opts, &patched);
	assert_string_not_equal(patched.build_id, plain.build_id);
	fs_remove(sandbox_path(s, "cache/kernels/entries"));
	sandbox_write(s, "project/configs/kernels/prune.list", "Documentation .rst\n");
	must_get(s, "t", NULL, &patched);
	assert_string_equal(patched.build_id, plain.build_id);
}

static volatile sig_atomic_t stop;

static void stop_when_compiling(void *arg, const char *text, double fraction)
{
	(void)arg;
	(void)fraction;
	if (!strncmp(text, "compiling", 9))
		stop = 1;
}

static void test_stopped(void **state)
{
	struct kernel_opts opts = {.stop = &stop, .progress = {.phase = stop_when_compiling}};
	struct sandbox *s = *state;
	struct pb_kernel k;

	sandbox_write(s, "cache/slow", "");
	assert_int_equal(get(s, "v1", &opts, &k), -EINTR);
	stop = 0;
	fs_remove(sandbox_path(s, "cache/slow"));
	must_get(s, "v1", NULL, &k);
}

/* Two at once want the same: one builds, the other finds it. */
static void test_two_at_once(void **state)
{
	struct sandbox *s = *state;
	struct pb_kernel k;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(get(s, "v1", NULL, &k) ? 1 : 0);
	must_get(s, "v1", NULL, &k);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	expect_compiled(s, "main posted_intr ");
}

static void test_prune(void **state)
{
	struct kernel_cache_item *list;
	struct sandbox *s = *state;
	struct pb_kernel k;
	uint64_t freed;
	char dir[256];
	size_t nr;
	int fd;

	sandbox_write(s, "project/configs/kernels/prune.list", "Documentation .rst\n");
	must_get(s, "v1", NULL, &k);
	only_one(s, "cache/kernels/trees", "git-", dir);
	assert_false(fs_exists(
		sandbox_path(s, "cache/kernels/trees/%s/src/Documentation/big.rst", dir)));
	assert_true(fs_exists(sandbox_path(s, "cache/kernels/trees/%s/src/Makefile", dir)));

	assert_int_equal(kernel_cache_list(&list, &nr, s->err, sizeof(s->err)), 0);
	assert_int_equal(nr, 2);
	for (size_t i = 0; i < nr; i++) {
		assert_true(list[i].bytes > 4096);
		if (list[i].kind == KERNEL_CACHE_ENTRY) {
			assert_string_equal(list[i].id, k.key);
			assert_string_equal(list[i].name, "v1");
			assert_string_equal(list[i].release, "9.1.0");
		}
	}
	free(list);
	assert_int_equal(kernel_cache_prune(1, &freed, s->err, sizeof(s->err)), 0);
	assert_int_equal(freed, 0);

	/* A tree that is in use stays. */
	assert_int_equal(
		fs_lock(sandbox_path(s, "cache/kernels/trees/%s/lock", dir), false, NULL, &fd), 0);
	assert_int_equal(kernel_cache_prune(0, &freed, s->err, sizeof(s->err)), 0);
	assert_true(freed > 0);
	assert_int_equal(kernel_cache_list(&list, &nr, s->err, sizeof(s->err)), 0);
	assert_int_equal(nr, 1);
	assert_int_equal(list[0].kind, KERNEL_CACHE_TREE);
	free(list);
	close(fd);
	assert_int_equal(kernel_cache_prune(0, &freed, s->err, sizeof(s->err)), 0);
	assert_int_equal(kernel_cache_list(&list, &nr, s->err, sizeof(s->err)), 0);
	assert_int_equal(nr, 0);
	free(list);
	must_get(s, "v1", NULL, &k);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_tree, sandbox_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_edit_loop), TEST(test_untracked),     TEST(test_revisions),
		TEST(test_patched),   TEST(test_lost_option),   TEST(test_cached_only),
		TEST(test_killed),    TEST(test_stopped),       TEST(test_two_at_once),
		TEST(test_prune),     TEST(test_unpacked_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
