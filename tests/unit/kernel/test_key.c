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
#include "host/kernel/request.h"
#include "kernel/sandbox.h"

#define DIR "project/configs/kernels/"

static void key_of(struct sandbox *s, const char *spec, char key[DIGEST_HEX])
{
	struct request *r = calloc(1, sizeof(*r));

	if (request_init(&s->ctx, spec, true, r))
		fail_msg("%s", s->err);
	memcpy(key, r->key, DIGEST_HEX);
	request_release(r);
	free(r);
}

static void make_tar(struct sandbox *s, const char *text)
{
	static const char *const tar[] = {"tar",          "--mtime=@0", "-cf",
					  "../linux.tar", "linux",      NULL};

	sandbox_write(s, "user/tar/linux/Makefile", text);
	sandbox_run(s, "user/tar", tar);
}

/* A compiler of our own that tells the version that a file says. */
static void make_gcc(struct sandbox *s, const char *version)
{
	static const char *const chmod[] = {"chmod", "+x", "gcc", NULL};
	char text[256], path[KPATH];

	snprintf(text, sizeof(text), "#!/bin/sh\necho 'gcc %s'\n", version);
	sandbox_write(s, "user/bin/gcc", text);
	sandbox_run(s, "user/bin", chmod);
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", sandbox_path(s, "user/bin"));
	setenv("PATH", path, 1);
}

static int make_project(void **state)
{
	struct sandbox *s;

	sandbox_setup(state);
	s = *state;
	make_tar(s, "one\n");
	make_gcc(s, "1.0");
	sandbox_write(s, DIR "a.cocci", "@@ @@\n-f();\n");
	sandbox_write(s, DIR "b.cocci", "@@ @@\n-g();\n");
	sandbox_write(s, DIR "x.yaml",
		      "summary: x\nsource: {tarball: ../../../user/linux.tar}\n"
		      "patches: [a.cocci]\nconfig: [fragments/lab.config]\n");
	return 0;
}

/* Every input of a kernel, changed alone, gives another key; undone, the old one. */
static void test_inputs(void **state)
{
	struct sandbox *s = *state;
	char base[DIGEST_HEX], key[DIGEST_HEX];
	char extra[KPATH];
	const char *patches[2];

	key_of(s, "x", base);
	key_of(s, "x", key);
	assert_string_equal(key, base);

	make_tar(s, "two\n");
	key_of(s, "x", key);
	assert_string_not_equal(key, base);
	make_tar(s, "one\n");

	sandbox_write(s, DIR "a.cocci", "@@ @@\n-f(); \n");
	key_of(s, "x", key);
	assert_string_not_equal(key, base);
	sandbox_write(s, DIR "a.cocci", "@@ @@\n-f();\n");

	sandbox_write(s, DIR "fragments/lab.config", "CONFIG_LAB=n\n");
	key_of(s, "x", key);
	assert_string_not_equal(key, base);
	sandbox_write(s, DIR "fragments/lab.config", "# a remark\nCONFIG_LAB=y\n");

	make_gcc(s, "1.1");
	key_of(s, "x", key);
	assert_string_not_equal(key, base);
	make_gcc(s, "1.0");

	snprintf(extra, sizeof(extra), "%s", sandbox_path(s, DIR "b.cocci"));
	patches[0] = extra;
	s->ctx.opts.patches = patches;
	s->ctx.opts.nr_patches = 1;
	key_of(s, "x", key);
	assert_string_not_equal(key, base);
	s->ctx.opts.nr_patches = 0;

	sandbox_write(s, "user/more.config", "CONFIG_MORE=y\n");
	snprintf(extra, sizeof(extra), "%s", sandbox_path(s, "user/more.config"));
	s->ctx.opts.config = extra;
	key_of(s, "x", key);
	assert_string_not_equal(key, base);
	s->ctx.opts.config = NULL;

	/* A remark in a fragment, and the variant's name, do not matter. */
	sandbox_write(s, DIR "y.yaml", "summary: y\nbase: x\n");
	key_of(s, "y", key);
	assert_string_equal(key, base);
}

/* The order of patches matters. */
static void test_order(void **state)
{
	struct sandbox *s = *state;
	char ab[DIGEST_HEX], ba[DIGEST_HEX];

	sandbox_write(s, DIR "y.yaml",
		      "summary: y\nsource: {tarball: ../../../user/linux.tar}\n"
		      "patches: [a.cocci, b.cocci]\nconfig: [fragments/lab.config]\n");
	key_of(s, "y", ab);
	sandbox_write(s, DIR "y.yaml",
		      "summary: y\nsource: {tarball: ../../../user/linux.tar}\n"
		      "patches: [b.cocci, a.cocci]\nconfig: [fragments/lab.config]\n");
	key_of(s, "y", ba);
	assert_string_not_equal(ab, ba);
}

/* What is not here is not fetched when it must not be. */
static void test_no_fetch(void **state)
{
	struct request *r = calloc(1, sizeof(*r));
	struct sandbox *s = *state;

	sandbox_write(s, DIR "y.yaml",
		      "summary: y\nsource: {package: linux-source-0.1}\n"
		      "config: [fragments/lab.config]\n");
	assert_int_equal(request_init(&s->ctx, "y", false, r), -ENOENT);
	sandbox_expect_error(s, "package linux-source-0.1 is not here yet");
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_inputs, make_project, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_order, make_project, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_no_fetch, make_project, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
