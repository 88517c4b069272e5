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

#include "host/kernel/fragment.h"
#include "kernel/sandbox.h"

static int read_text(struct sandbox *s, const char *text, struct fragment *f)
{
	sandbox_write(s, "user/x.config", text);
	return fragment_read(&s->ctx, sandbox_path(s, "user/x.config"), "", f);
}

static const struct {
	const char *text;
	int line;
	const char *says;
} bad[] = {
	{"CONFIG_A=y\nKVM=y\n", 2, "must be CONFIG_NAME=VALUE"},
	{"CONFIG_A\n", 1, "must be CONFIG_NAME=VALUE"},
	{"CONFIG_=y\n", 1, "must be CONFIG_NAME=VALUE"},
	{"CONFIG_A-B=y\n", 1, "must be CONFIG_NAME=VALUE"},
	{"\n\nCONFIG_A=\n", 3, "must be y, n"},
	{"CONFIG_A=m\n", 1, "must be y or n"},
	{"CONFIG_A=yes\n", 1, "must be y, n"},
	{"CONFIG_A=0xz\n", 1, "must be y, n"},
	{"CONFIG_A=\"x\n", 1, "must be y, n"},
	{"CONFIG_A=y # because\n", 1, "must be '# optional: WHY'"},
	{"CONFIG_A=y # optional:\n", 1, "must be '# optional: WHY'"},
};

static void test_errors(void **state)
{
	struct sandbox *s = *state;
	char where[KPATH];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fragment f = {.nr = 0};

		assert_int_equal(read_text(s, bad[i].text, &f), -EINVAL);
		snprintf(where, sizeof(where), "x.config:%d: ", bad[i].line);
		sandbox_expect_error(s, where);
		sandbox_expect_error(s, bad[i].says);
		fragment_release(&f);
	}
}

static void test_later_wins(void **state)
{
	struct fragment f = {.nr = 0};
	struct sandbox *s = *state;
	char *text;

	assert_int_equal(read_text(s,
				   "# words\nCONFIG_A=y\nCONFIG_B=n\nCONFIG_N=8\n"
				   "CONFIG_S=\"a # b\"\nCONFIG_H=0x1f # optional: some have it\n",
				   &f),
			 0);
	assert_int_equal(read_text(s, "# CONFIG_A is not set\nCONFIG_B=y\r\n", &f), 0);
	assert_int_equal(fragment_text(&f, &text), 0);
	assert_string_equal(text, "# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_N=8\n"
				  "CONFIG_S=\"a # b\"\nCONFIG_H=0x1f\n");
	free(text);
	fragment_release(&f);
}

/* What the kernel made of it, and what the check must say; NULL: all is well. */
static const struct {
	const char *wanted, *config, *says;
} checks[] = {
	{"CONFIG_A=y\nCONFIG_N=8\n", "CONFIG_N=8\nCONFIG_A=y\n", NULL},
	{"CONFIG_A=n\nCONFIG_B=n\n", "# CONFIG_A is not set\n", NULL},
	{"CONFIG_A=y # optional: since 9.1\n", "# CONFIG_A is not set\n", NULL},
	{"CONFIG_A=y # optional: since 9.1\n", "", NULL},
	{"CONFIG_X=y\nCONFIG_A=y\n", "CONFIG_X=y\n# CONFIG_A is not set\n",
	 "x.config:2: CONFIG_A=y did not come true: linux left it unset"},
	{"CONFIG_A=y\n", "CONFIG_A_B=y\nCONFIG_B_CONFIG_A=y\n", "no such option"},
	{"CONFIG_A=n\n", "CONFIG_A=y\n", "set another value"},
	{"CONFIG_N=8\n", "CONFIG_N=80\n", "set another value"},
};

static void test_check(void **state)
{
	struct sandbox *s = *state;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct fragment f = {.nr = 0};
		int ret;

		assert_int_equal(read_text(s, checks[i].wanted, &f), 0);
		sandbox_write(s, "user/.config", checks[i].config);
		ret = fragment_check(&s->ctx, &f, sandbox_path(s, "user/.config"), "linux");
		assert_int_equal(ret, checks[i].says ? -EINVAL : 0);
		if (checks[i].says)
			sandbox_expect_error(s, checks[i].says);
		fragment_release(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_errors, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_later_wins, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_check, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
