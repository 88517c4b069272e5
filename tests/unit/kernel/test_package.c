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

#include "host/kernel/fs.h"
#include "host/kernel/source.h"
#include "kernel/sandbox.h"

/*
 * Source packages, with a stand-in for host/apt-private.sh that serves what is
 * in user/archive and notes each call in user/calls.
 */
static const char script[] = "#!/bin/sh\n"
			     "user=$PIRBENCH_ROOT/../user\n"
			     "echo \"$*\" >>\"$user/calls\"\n"
			     "case $2 in\n"
			     "newest) cat \"$user/newest\" ;;\n"
			     "download) cp \"$user/archive/$3.deb\" \"$4/\" ;;\n"
			     "esac\n";

static int setup(void **state)
{
	struct sandbox *s;

	sandbox_setup(state);
	s = *state;
	sandbox_write(s, "project/host/apt-private.sh", script);
	sandbox_run(s, "project/host",
		    (const char *const[]){"chmod", "+x", "apt-private.sh", NULL});
	sandbox_write(s, "user/calls", "");
	assert_int_equal(fs_mkdirs(sandbox_path(s, "user/archive")), 0);
	return 0;
}

/* A package as the archive has it, under the name that it is asked for by. */
static void make_package(struct sandbox *s, const char *version, const char *inside,
			 const char *asked)
{
	char control[256], deb[KPATH];

	fs_remove(sandbox_path(s, "user/pkg"));
	snprintf(control, sizeof(control),
		 "Package: linux-source-9.1\nVersion: %s\nArchitecture: all\n"
		 "Maintainer: T <t@example.org>\nDescription: a test\n",
		 version);
	sandbox_write(s, "user/pkg/DEBIAN/control", control);
	snprintf(deb, sizeof(deb), "user/pkg/usr/src/%s", inside);
	sandbox_write(s, deb, version);
	snprintf(deb, sizeof(deb), "%s", sandbox_path(s, "user/archive/%s.deb", asked));
	sandbox_run(s, "user",
		    (const char *const[]){"dpkg-deb", "-Znone", "--build", "pkg", deb, NULL});
}

static int identify(struct sandbox *s, const struct source_ops *ops, const char *what, bool fetch,
		    struct source_id *id)
{
	struct source source = {.ops = ops, .suite = "trixie"};

	memset(id, 0, sizeof(*id));
	snprintf(source.what, sizeof(source.what), "%s", what);
	return ops->identify(&s->ctx, &source, fetch, id);
}

#define NAME "linux-source-9.1"

static void test_fetched_once(void **state)
{
	struct sandbox *s = *state;
	struct source_id id, again;

	make_package(s, "9.1.4-1", NAME ".tar.xz", NAME);
	assert_int_equal(identify(s, &source_package, NAME, false, &id), -ENOENT);
	sandbox_expect_error(s, NAME " is not here yet");
	if (identify(s, &source_package, NAME, true, &id))
		fail_msg("%s", s->err);
	assert_string_equal(id.text, "package " NAME "=9.1.4-1");
	assert_non_null(strstr(id.file, "/sources/" NAME "=9.1.4-1/" NAME ".tar.xz"));
	assert_int_equal(identify(s, &source_package, NAME, false, &again), 0);
	assert_string_equal(again.content, id.content);
	/* Nothing of the fetching is left. */
	sandbox_run(s, "cache/kernels", (const char *const[]){"rmdir", "tmp", NULL});
	sandbox_expect(s, "cache/kernels/sources/" NAME "=9.1.4-1/" NAME ".tar.xz", "9.1.4-1");

	/* Only when asked to does it look for a newer one. */
	make_package(s, "9.1.5-1", NAME ".tar.xz", NAME);
	assert_int_equal(identify(s, &source_package, NAME, true, &again), 0);
	assert_string_equal(again.content, id.content);
	s->ctx.opts.refresh = true;
	assert_int_equal(identify(s, &source_package, NAME, true, &again), 0);
	assert_string_equal(again.text, "package " NAME "=9.1.5-1");
	assert_string_not_equal(again.content, id.content);
}

static void test_newest(void **state)
{
	struct sandbox *s = *state;
	struct source_id id;
	char *calls;

	make_package(s, "9.1.4-1", NAME ".tar.xz", NAME "=9.1.4-1");
	sandbox_write(s, "user/newest", NAME "=9.1.4-1\n");
	assert_int_equal(identify(s, &source_package_newest, "linux-source-9.*", false, &id),
			 -ENOENT);
	if (identify(s, &source_package_newest, "linux-source-9.*", true, &id))
		fail_msg("%s", s->err);
	assert_string_equal(id.text, "package " NAME "=9.1.4-1");
	assert_int_equal(identify(s, &source_package_newest, "linux-source-9.*", false, &id), 0);
	calls = sandbox_read(s, "user/calls");
	assert_non_null(
		strstr(calls, "trixie newest linux-source-9.*\ntrixie download " NAME "=9.1.4-1 "));
	free(calls);

	/* Asked again, and the same: nothing is fetched. */
	sandbox_write(s, "user/calls", "");
	s->ctx.opts.refresh = true;
	assert_int_equal(identify(s, &source_package_newest, "linux-source-9.*", true, &id), 0);
	sandbox_expect(s, "user/calls", "trixie newest linux-source-9.*\n");
}

static void test_errors(void **state)
{
	struct sandbox *s = *state;
	struct source_id id;

	/* The archive does not have it. */
	assert_int_equal(identify(s, &source_package, NAME, true, &id), -ECHILD);
	sandbox_expect_error(s, "exit status 1");
	/* It holds something else. */
	make_package(s, "9.1.4-1", "other.tar.xz", NAME);
	assert_int_equal(identify(s, &source_package, NAME, true, &id), -EINVAL);
	sandbox_expect_error(s, NAME "=9.1.4-1 holds no usr/src/" NAME ".tar.xz");
	/* It is no package. */
	sandbox_write(s, "user/archive/" NAME ".deb", "half");
	assert_int_equal(identify(s, &source_package, NAME, true, &id), -ECHILD);
	sandbox_expect_error(s, "dpkg-deb: exit status");
	/* The answer makes no sense. */
	sandbox_write(s, "user/newest", "../../etc=1\n");
	assert_int_equal(identify(s, &source_package_newest, "l*", true, &id), -EINVAL);
	sandbox_expect_error(s, "is not a package's NAME=VERSION");
	sandbox_write(s, "user/newest", "");
	assert_int_equal(identify(s, &source_package_newest, "l*", true, &id), -EINVAL);
	sandbox_run(s, "cache/kernels", (const char *const[]){"rmdir", "tmp", NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fetched_once, setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_newest, setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_errors, setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
