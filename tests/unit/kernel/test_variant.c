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

#include "host/kernel/source.h"
#include "kernel/sandbox.h"

#define DIR "project/configs/kernels/"

static int load(struct sandbox *s, const char *text, struct variant *v)
{
	sandbox_write(s, DIR "x.yaml", text);
	s->err[0] = '\0';
	return variant_load(&s->ctx, sandbox_path(s, DIR "x.yaml"), v);
}

/* A file that is wrong, the line that the error must name, and what it must say. */
static const struct {
	const char *text;
	int line;
	const char *says;
} bad[] = {
	{"summary: a\nsource: {package: linux-source-6.1}\nconfig: [nowhere]\n", 3, "nowhere"},
	{"summary: a\nsource: {package: l}\n", 1, "no config"},
	{"source: {package: l}\nconfig: [fragments/lab.config]\n", 1, "summary"},
	{"summary: ''\nsource: {package: l}\n", 1, "summary is empty"},
	{"summary: [a]\nsource: {package: l}\n", 1, "summary is a list"},
	{"summary: a\nsources: {package: l}\n", 2, "unknown field 'sources'"},
	{"summary: a\nsummary: b\n", 2, "twice"},
	{"summary: a\n\nbase: y\nsource: {package: l}\n", 4, "both base and source"},
	{"summary: a\nconfig: []\n", 1, "neither base and source"},
	{"summary: a\nbase: y\n", 2, "no kernel 'y'"},
	{"summary: a\nbase: ../y\n", 2, "is not a name"},
	{"summary: a\nbase: [y]\n", 2, "base is a list"},
	{"summary: a\nbase: x\n", 2, "circle"},
	{"summary: a\nsource: linux\n", 2, "source is not a map"},
	{"summary: a\nsource: {}\n", 2, "no kind; must be package, "},
	{"summary: a\nsource:\n  suite: trixie\n", 3, "no kind"},
	{"summary: a\nsource:\n  package: l\n  git: .\n", 4, "both package and git"},
	{"summary: a\nsource:\n  package: l\n  url: .\n", 4, "unknown field 'url'"},
	{"summary: a\nsource: {package: Linux/x}\n", 2, "not the name of a package"},
	{"summary: a\nsource: {package: --yes}\n", 2, "not the name of a package"},
	{"summary: a\nsource:\n  package: l\n  revision: v1\n", 4, "only git has"},
	{"summary: a\nsource: {package-newest: 'l*'}\n", 2, "needs one"},
	{"summary: a\nsource:\n  git: .\n  suite: x\n", 4, "only packages have"},
	{"summary: a\nsource:\n  git: nowhere\n", 3, "must be a path"},
	{"summary: a\nsource: {tarball: nowhere}\n", 2, "must be a path"},
	{"summary: a\nsource: {image: nowhere}\n", 2, "must be a path"},
	{"summary: a\nsource: {image: x.yaml}\nconfig: [fragments/lab.config]\n", 1,
	 "taken as it is"},
	{"summary: a\nsource: {package: l}\npatches: fix.patch\n", 3, "patches is not a list"},
	{"summary: a\nsource: {package: l}\npatches:\n- x.yaml\n- no.patch\n", 5, "no.patch"},
	{"summary: a\nsource: {package: l}\npatches: [[x]]\n", 3, "not the name of a file"},
	{"summary: a\nsource: {package: l}\nconfig: {a: b}\n", 3, "config is not a list"},
	{"summary: a\nsource: {package: l}\nconfig: ['']\n", 3, "not the name of a file"},
	{"summary: a\n\tsource: b\n", 2, "not YAML"},
	{"- a\n", 1, "must be a map"},
};

static void test_errors(void **state)
{
	struct sandbox *s = *state;
	char where[KPATH];
	struct variant v;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(load(s, bad[i].text, &v), -EINVAL);
		snprintf(where, sizeof(where), "%s:%d: ", sandbox_path(s, DIR "x.yaml"),
			 bad[i].line);
		if (strncmp(s->err, where, strlen(where)))
			fail_msg("case %zu: '%s' does not begin with '%s'", i, s->err, where);
		sandbox_expect_error(s, bad[i].says);
	}
}

static void test_inherits(void **state)
{
	struct sandbox *s = *state;
	struct variant v;

	sandbox_write(s, DIR "a.patch", "");
	sandbox_write(s, DIR "b.patch", "");
	sandbox_write(s, DIR "more.config", "");
	sandbox_write(s, DIR "y.yaml",
		      "summary: base\nsource: {package: linux-source-6.1, suite: trixie}\n"
		      "patches: [a.patch]\nconfig: [fragments/lab.config]\n");
	assert_int_equal(
		load(s, "summary: one\nbase: y\npatches: [b.patch]\nconfig: [more.config]\n", &v),
		0);
	assert_string_equal(v.name, "x");
	assert_string_equal(v.summary, "one");
	assert_ptr_equal(v.source.ops, &source_package);
	assert_string_equal(v.source.what, "linux-source-6.1");
	assert_string_equal(v.source.suite, "trixie");
	assert_int_equal(v.nr_patches, 2);
	assert_non_null(strstr(v.patches[0].path, "/a.patch"));
	assert_non_null(strstr(v.patches[1].path, "/b.patch"));
	assert_non_null(strstr(v.patches[1].where, "x.yaml:3: "));
	assert_int_equal(v.nr_configs, 2);
	variant_release(&v);
}

/* An error in a base is told where it is. */
static void test_bad_base(void **state)
{
	struct sandbox *s = *state;
	struct variant v;

	sandbox_write(s, DIR "y.yaml", "summary: base\n\nsauce: x\n");
	assert_int_equal(load(s, "summary: one\nbase: y\n", &v), -EINVAL);
	sandbox_expect_error(s, "y.yaml:3: unknown field 'sauce'");
}

static void test_resolve(void **state)
{
	struct sandbox *s = *state;
	const char *patches[] = {"/p/fix-it.patch"};
	struct variant v;

	sandbox_write(s, DIR "y.yaml",
		      "summary: y\nsource: {package: l}\nconfig: [fragments/lab.config]\n");
	s->ctx.opts.patches = patches;
	s->ctx.opts.nr_patches = 1;
	assert_int_equal(variant_resolve(&s->ctx, "y", &v), 0);
	assert_string_equal(v.name, "y+fix-it");
	assert_string_equal(v.patches[0].path, "/p/fix-it.patch");
	variant_release(&v);

	sandbox_write(s, "user/image", "");
	assert_int_equal(variant_resolve(&s->ctx, sandbox_path(s, "user/image"), &v), -EINVAL);
	sandbox_expect_error(s, "cannot be patched");
	s->ctx.opts.nr_patches = 0;
	assert_int_equal(variant_resolve(&s->ctx, sandbox_path(s, "user/image"), &v), 0);
	assert_ptr_equal(v.source.ops, &source_image);
	variant_release(&v);

	assert_int_equal(variant_resolve(&s->ctx, "./nowhere", &v), -ENOENT);
	sandbox_expect_error(s, "./nowhere: No such file");
	assert_int_equal(variant_resolve(&s->ctx, "", &v), -EINVAL);
	assert_int_equal(variant_resolve(&s->ctx, "--upload-pack=x", &v), -EINVAL);
	s->ctx.opts.tree = s->dir;
	assert_int_equal(variant_resolve(&s->ctx, "v9.9", &v), -ENOENT);
	sandbox_expect_error(s, "no kernel 'v9.9'");
	assert_int_equal(variant_resolve(&s->ctx, sandbox_path(s, "user"), &v), -EINVAL);
	sandbox_expect_error(s, "is not a git tree");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_errors, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_inherits, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_bad_base, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_resolve, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
