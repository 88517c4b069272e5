// SPDX-License-Identifier: LGPL-2.1-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "exec/kmsg.h"
#include "shared/run.h"

#define REFUSED(who)                                                                          \
	"3,812,1999,-;DMAR: [INTR-REMAP] Request device [" who "] fault index 0xffff [fault " \
	"reason 0x22] Present field in the IRTE entry is clear\n"

static void counts_by_function(void **state)
{
	struct kmsg k = {.open = true};

	(void)state;
	kmsg_line(&k, REFUSED("00:12.0"));
	kmsg_line(&k, REFUSED("00:12.1"));
	kmsg_line(&k, REFUSED("00:12.0"));
	kmsg_line(&k, "3,1,2,-;DMAR: [DMA Read] Request device [00:12.0] fault addr 0x1\n");
	kmsg_line(&k, "6,1,2,-;something else\n");
	assert_int_equal(kmsg_refused(&k, "0000:00:12.0"), 2);
	assert_int_equal(kmsg_refused(&k, "0000:00:12.1"), 1);
	assert_int_equal(kmsg_refused(&k, "0000:00:14.0"), 0);
}

static void not_readable_is_not_none(void **state)
{
	struct kmsg k;

	(void)state;
	kmsg_open(&k, "/nowhere/kmsg");
	kmsg_read(&k);
	assert_int_equal(kmsg_refused(&k, "0000:00:12.0"), PB_RUN_UNKNOWN);
	kmsg_close(&k);
	k = (struct kmsg){.open = true, .lost = true};
	assert_int_equal(kmsg_refused(&k, "0000:00:12.0"), PB_RUN_UNKNOWN);
}

/* Lines cut short, names too long, more functions than there is room for. */
static void wild_lines(void **state)
{
	static const char *const wild[] = {
		"[INTR-REMAP] Request device [",
		"[INTR-REMAP] Request device []",
		"[INTR-REMAP] Request device [00:12.0",
		"[INTR-REMAP] Request device [0000000000000000000:12.0] x",
	};
	struct kmsg k = {.open = true};
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++)
		kmsg_line(&k, wild[i]);
	assert_int_equal(k.nr, 0);
	for (unsigned int i = 0; i <= KMSG_FUNCTIONS; i++) {
		snprintf(line, sizeof(line), "[INTR-REMAP] Request device [00:%02x.0]", i);
		kmsg_line(&k, line);
	}
	assert_int_equal(k.nr, KMSG_FUNCTIONS);
	assert_int_equal(kmsg_refused(&k, "0000:00:00.0"), 1);
	assert_int_equal(kmsg_refused(&k, "0000:00:1f.0"), PB_RUN_UNKNOWN);
}

/* Only what comes after it was opened. */
static void from_now_on(void **state)
{
	char path[] = "/tmp/kmsg.XXXXXX";
	int fd = mkstemp(path);
	struct kmsg k;

	(void)state;
	assert_true(fd >= 0);
	assert_true(write(fd, REFUSED("00:12.0"), strlen(REFUSED("00:12.0"))) > 0);
	kmsg_open(&k, path);
	kmsg_read(&k);
	assert_int_equal(kmsg_refused(&k, "0000:00:12.0"), 0);
	assert_true(write(fd, REFUSED("00:12.0"), strlen(REFUSED("00:12.0"))) > 0);
	kmsg_read(&k);
	assert_int_equal(kmsg_refused(&k, "0000:00:12.0"), 1);
	kmsg_close(&k);
	kmsg_close(&k);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_by_function),
		cmocka_unit_test(not_readable_is_not_none),
		cmocka_unit_test(wild_lines),
		cmocka_unit_test(from_now_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
