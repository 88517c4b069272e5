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

#include "host/kernel/patch.h"
#include "kernel/sandbox.h"

static int load(struct sandbox *s, const char *name, const char *text, struct patch *p)
{
	char path[KPATH];
	struct variant_file file = {.path = path, .where = (char *)"x.yaml:3: "};

	snprintf(path, sizeof(path), "%s", sandbox_path(s, "user/%s", name));
	sandbox_write(s, sandbox_path(s, "user/%s", name) + strlen(s->dir) + 1, text);
	return patch_load(&s->ctx, &file, p);
}

#define MINUS "--- a/kvm/x.c\n"
#define PLUS  "+++ b/kvm/x.c\n"
#define HUNK  "@@ -1 +1 @@\n-a\n+b\n"

static void test_unified(void **state)
{
	struct sandbox *s = *state;
	struct patch p;

	assert_int_equal(load(s, "fix", "From: me\n\n" MINUS PLUS HUNK, &p), 0);
	assert_int_equal(p.kind, PATCH_UNIFIED);
	assert_int_equal(p.nr, 1);
	assert_string_equal(p.files[0].path, "kvm/x.c");
	patch_release(&p);

	/* New, removed, renamed; removed lines that look like a header. */
	assert_int_equal(load(s, "fix.patch",
			      "--- /dev/null\n+++ b/new.c\t2020-01-01\n@@ -0,0 +1 @@\n+x\n"
			      "--- a/old.c\n+++ /dev/null\n@@ -1,2 +0,0 @@\n--- ../../etc/x\n-y\n"
			      "diff --git a/p.c b/q.c\nrename from p.c\nrename to q.c\n",
			      &p),
			 0);
	assert_int_equal(p.nr, 4);
	assert_string_equal(p.files[0].path, "new.c");
	assert_string_equal(p.files[1].path, "old.c");
	assert_string_equal(p.files[2].path, "p.c");
	assert_string_equal(p.files[3].path, "q.c");
	patch_release(&p);
}

static void test_cocci(void **state)
{
	struct sandbox *s = *state;
	struct patch p;

	assert_int_equal(load(s, "v1",
			      "// File: kvm/x.c 2\n// File: kvm/y.c\n\n@@ @@\n-f();\n+g();\n", &p),
			 0);
	assert_int_equal(p.kind, PATCH_COCCI);
	assert_int_equal(p.nr, 2);
	assert_string_equal(p.files[0].path, "kvm/x.c");
	assert_int_equal(p.files[0].places, 2);
	assert_int_equal(p.files[0].line, 1);
	assert_int_equal(p.files[1].places, 0);
	patch_release(&p);
	assert_int_equal(load(s, "v1", "@rule@ expression e; @@\n-f(e);\n", &p), 0);
	assert_int_equal(p.kind, PATCH_COCCI);
	patch_release(&p);
}

static const struct {
	const char *name, *text, *says;
} bad[] = {
	{"x.patch", "words\n", "is no patch"},
	{"x", "", "is no patch"},
	{"x.cocci", "words\n", "holds no rule"},
	{"x.patch", "--- a/../x\n+++ b/../x\n" HUNK, "x.patch:1: '../x'; must be a file below"},
	{"x.patch", "--- /etc/x\n+++ /etc/x\n" HUNK, "must be a file below"},
	{"x.patch", "--- x.c\n+++ x.c\n" HUNK, "must be a file below"},
	{"x.patch", "diff --git a/x b/x\nrename from ../x\n", "x.patch:2: "},
	{"x.patch", "diff --git a/x b/x\nold mode 100644\n", "names no file"},
	{"x.cocci", "\n// File:\n@@ @@\n", "x.cocci:2: must be '// File: PATH'"},
	{"x.cocci", "// File: a.c some\n@@ @@\n", "x.cocci:1: must be '// File: PATH'"},
	{"x.cocci", "// File: a.c 0\n@@ @@\n", "x.cocci:1: must be '// File: PATH'"},
	{"x.cocci", "// File: ../a.c\n@@ @@\n", "must be a file below"},
};

static void test_errors(void **state)
{
	struct sandbox *s = *state;
	struct variant_file gone = {.path = (char *)"/nowhere/x.patch",
				    .where = (char *)"x.yaml:3: "};
	struct patch p;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(load(s, bad[i].name, bad[i].text, &p), -EINVAL);
		sandbox_expect_error(s, bad[i].says);
	}
	assert_int_equal(patch_load(&s->ctx, &gone, &p), -ENOENT);
	sandbox_expect_error(s, "x.yaml:3: cannot read patch /nowhere/x.patch");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_unified, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_cocci, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_errors, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
