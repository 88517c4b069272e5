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

#include "host/kernel/apply.h"
#include "host/kernel/fs.h"
#include "kernel/excerpt.h"
#include "kernel/sandbox.h"

#define PI  "arch/x86/kvm/vmx/posted_intr.c"
#define VMX "arch/x86/kvm/vmx/vmx.c"

static int apply_file(struct sandbox *s, const char *path, struct edits *edits)
{
	struct variant_file file = {.path = (char *)path, .where = (char *)""};
	struct prune prune;
	struct patch p;
	int ret;

	memset(edits, 0, sizeof(*edits));
	assert_int_equal(prune_load(&s->ctx, &prune), 0);
	ret = patch_load(&s->ctx, &file, &p);
	if (!ret) {
		ret = apply_patches(&s->ctx, &p, 1, sandbox_path(s, "user/src"), &prune, edits);
		patch_release(&p);
	}
	prune_release(&prune);
	return ret;
}

static int apply_text(struct sandbox *s, const char *name, const char *text, struct edits *edits)
{
	char path[KPATH];

	snprintf(path, sizeof(path), "user/%s", name);
	sandbox_write(s, path, text);
	return apply_file(s, sandbox_path(s, "%s", path), edits);
}

static int apply_shipped(struct sandbox *s, const char *name, struct edits *edits)
{
	return apply_file(s, name, edits);
}

static void expect_result(const struct edits *e, const char *name, const char *text)
{
	char path[KPATH + 64], is[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/b/%s", e->dir, name);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(is, 1, sizeof(is) - 1, f);
	is[n] = '\0';
	fclose(f);
	assert_string_equal(is, text);
}

static const char *const members[] = {"vmx->pi_desc", "vt->pi_desc", "vmx->vt.pi_desc"};
static const char *const before[] = {SYNC("pi_test_on", "vmx->pi_desc"),
				     SYNC("pi_test_on", "vt->pi_desc"),
				     SYNC("pi_test_on", "vmx->vt.pi_desc")};
static const char *const after[] = {SYNC("!pi_is_pir_empty", "vmx->pi_desc"),
				    SYNC("!pi_is_pir_empty", "vt->pi_desc"),
				    SYNC("!pi_is_pir_empty", "vmx->vt.pi_desc")};

#define NR      (sizeof(members) / sizeof(members[0]))
#define PATCHES "configs/kernels/patches/"

static void test_shapes(void **state)
{
	struct sandbox *s = *state;
	struct edits e;

	for (size_t i = 0; i < NR; i++) {
		sandbox_write(s, "user/src/" PI, LOAD_HEAD LOAD_FIX LOAD_TAIL OTHER);
		sandbox_write(s, "user/src/" VMX, before[i]);

		assert_int_equal(apply_shipped(s, PATCHES "unfixed.cocci", &e), 0);
		assert_int_equal(e.nr, 1);
		expect_result(&e, PI, LOAD_HEAD LOAD_TAIL OTHER);
		edits_release(&e);

		assert_int_equal(apply_shipped(s, PATCHES "on-with-sn.cocci", &e), 0);
		assert_int_equal(e.nr, 1);
		expect_result(&e, PI, LOAD_HEAD "\n\tpi_set_on(pid);\n" LOAD_TAIL OTHER);
		edits_release(&e);

		assert_int_equal(apply_shipped(s, PATCHES "v1.cocci", &e), 0);
		assert_int_equal(e.nr, 2);
		expect_result(&e, PI, LOAD_HEAD LOAD_TAIL OTHER);
		expect_result(&e, VMX, after[i]);
		assert_non_null(strstr(e.diff, "-\tif (pi_test_on("));
		edits_release(&e);
		/* The tree itself is as it was. */
		sandbox_expect(s, "user/src/" PI, LOAD_HEAD LOAD_FIX LOAD_TAIL OTHER);
		sandbox_expect(s, "user/src/" VMX, before[i]);
	}
}

/* Nothing to match, or more than there should be: never a variant that is none. */
static void test_wrong_places(void **state)
{
	static const char *const patches[] = {PATCHES "unfixed.cocci", PATCHES "on-with-sn.cocci",
					      PATCHES "v1.cocci"};
	struct sandbox *s = *state;
	struct edits e;

	for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
		sandbox_write(s, "user/src/" PI, LOAD_HEAD LOAD_TAIL);
		sandbox_write(s, "user/src/" VMX, before[0]);
		assert_int_equal(apply_shipped(s, patches[i], &e), -EINVAL);
		sandbox_expect_error(s, "changes 0 places of " PI "; must be 1");
		assert_int_equal(e.nr, 0);

		sandbox_write(s, "user/src/" PI,
			      LOAD_HEAD LOAD_FIX "\tsmp_mb__after_atomic();\n" LOAD_FIX LOAD_TAIL);
		assert_int_equal(apply_shipped(s, patches[i], &e), -EINVAL);
		sandbox_expect_error(s, "changes 2 places of " PI "; must be 1");
	}
	sandbox_write(s, "user/src/" PI, LOAD_HEAD LOAD_FIX LOAD_TAIL);
	sandbox_write(s, "user/src/" VMX, after[0]);
	assert_int_equal(apply_shipped(s, PATCHES "v1.cocci", &e), -EINVAL);
	sandbox_expect_error(s, "changes 0 places of " VMX);
	fs_remove(sandbox_path(s, "user/src/" VMX));
	assert_int_equal(apply_shipped(s, PATCHES "v1.cocci", &e), -EINVAL);
	sandbox_expect_error(s, "this kernel has no " VMX);
}

static void test_cocci_of_user(void **state)
{
	struct sandbox *s = *state;
	struct edits e;

	sandbox_write(s, "user/src/arch/x86/kvm/a.c", "void a(void)\n{\n\tf(1);\n}\n");
	sandbox_write(s, "user/src/virt/kvm/b.c", "void b(void)\n{\n\tf(2);\n\tf(3);\n}\n");
	sandbox_write(s, "user/src/kernel/c.c", "void c(void)\n{\n\tf(4);\n}\n");
	assert_int_equal(apply_text(s, "x.cocci", "@@ expression e; @@\n-f(e);\n+g(e);\n", &e), 0);
	assert_int_equal(e.nr, 2);
	expect_result(&e, "virt/kvm/b.c", "void b(void)\n{\n\tg(2);\n\tg(3);\n}\n");
	edits_release(&e);
	assert_int_equal(apply_text(s, "x.cocci", "@@ expression e; @@\n-h(e);\n+g(e);\n", &e),
			 -EINVAL);
	sandbox_expect_error(s, "matches nothing in arch/x86/kvm and virt/kvm");
	assert_int_equal(apply_text(s, "x.cocci", "// File: kernel/c.c\n@@ @@\n-f(;\n", &e),
			 -EINVAL);
	sandbox_expect_error(s, "x.cocci: spatch: ");
}

#define DIFF(path) "--- a/" path "\n+++ b/" path "\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n"

static void test_unified(void **state)
{
	struct sandbox *s = *state;
	struct edits e;

	sandbox_write(s, "project/configs/kernels/prune.list", "Documentation .rst\ntools/t *\n");
	sandbox_write(s, "user/src/x.c", "one\ntwo\nthree\n");
	/* What is pruned is left out, be it there to be changed or new. */
	assert_int_equal(
		apply_text(s, "x.patch",
			   DIFF("x.c") DIFF(
				   "Documentation/a/b.rst") "--- /dev/null\n+++ b/tools/t/n.c\n@@ "
							    "-0,0 +1 @@\n+new\n"
							    "--- /dev/null\n+++ b/n.c\n@@ -0,0 +1 "
							    "@@\n+new\n",
			   &e),
		0);
	assert_int_equal(e.nr, 2);
	expect_result(&e, "x.c", "one\nTWO\nthree\n");
	expect_result(&e, "n.c", "new\n");
	edits_release(&e);

	assert_int_equal(apply_text(s, "x.patch", DIFF("Documentation/a/b.rst"), &e), -EINVAL);
	sandbox_expect_error(s, "changes nothing that a kernel is built from");
	assert_int_equal(apply_text(s, "x.patch", DIFF("gone.c"), &e), -EINVAL);
	sandbox_expect_error(s, "x.patch does not apply: gone.c: No such file");
	sandbox_write(s, "user/src/x.c", "one\n2\nthree\n");
	assert_int_equal(apply_text(s, "x.patch", DIFF("x.c"), &e), -EINVAL);
	sandbox_expect_error(s, "x.patch does not apply: patch failed: x.c:1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_shapes, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_wrong_places, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_cocci_of_user, sandbox_setup,
						sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_unified, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
