// SPDX-License-Identifier: LGPL-2.1-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <cmocka.h>

#include "host/kernel/trim.h"
#include "kernel/sandbox.h"

static void make(struct sandbox *s, const char *name, time_t age)
{
	struct timespec times[2] = {{.tv_sec = time(NULL) - age}, {.tv_sec = time(NULL) - age}};

	sandbox_write(s, name, "");
	assert_int_equal(utimensat(-1, sandbox_path(s, "%s", name), times, 0), 0);
}

/* The oldest go, and none of the last hour. */
static void test_entries(void **state)
{
	struct sandbox *s = *state;
	char name[KPATH];

	for (int i = 0; i < TRIM_ENTRIES + 10; i++) {
		snprintf(name, sizeof(name), "cache/kernels/entries/%d/used", i);
		make(s, name, i < 105 ? i : 86400 + i);
	}
	trim_entries(&s->ctx);
	for (int i = 0; i < TRIM_ENTRIES + 10; i++) {
		snprintf(name, sizeof(name), "cache/kernels/entries/%d", i);
		assert_int_equal(sandbox_has(s, name), i < 105);
	}
}

static void test_outs(void **state)
{
	struct sandbox *s = *state;
	char name[KPATH];

	for (int i = 0; i < TRIM_OUTS + 2; i++) {
		snprintf(name, sizeof(name), "user/out-%d/pirbench.config", i);
		make(s, name, 1000 - i);
	}
	make(s, "user/src/x", 86400);
	trim_outs(&s->ctx, sandbox_path(s, "user"));
	for (int i = 0; i < TRIM_OUTS + 2; i++) {
		snprintf(name, sizeof(name), "user/out-%d", i);
		assert_int_equal(sandbox_has(s, name), i >= 2);
	}
	assert_true(sandbox_has(s, "user/src/x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_entries, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_outs, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
