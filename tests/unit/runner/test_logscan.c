// SPDX-License-Identifier: LGPL-2.1-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/lab/runner/logscan.h"

static enum logscan_kind scan(const char *text, struct logscan *s, size_t piece)
{
	size_t len = strlen(text), i;

	logscan_init(s);
	for (i = 0; i < len; i += piece)
		logscan_feed(s, text + i, len - i < piece ? len - i : piece);
	logscan_end(s);
	return s->kind;
}

/* As kernels 6.1 to 7.3 print them. */
static const struct {
	enum logscan_kind kind;
	const char *line;
} bad[] = {
	{LOGSCAN_PANIC, "[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs\n"},
	{LOGSCAN_PANIC, "[    2.1] ---[ end Kernel panic - not syncing: x ]---\n"},
	{LOGSCAN_PANIC, "PANIC: double fault, error_code: 0x0\n"},
	{LOGSCAN_PANIC, "[    0.0] PANIC: early exception 0x0e IP 10:ffffffff81000000\n"},
	{LOGSCAN_OOPS, "[    2.1] BUG: kernel NULL pointer dereference, address: 00000008\n"},
	{LOGSCAN_OOPS, "[    2.1] BUG: scheduling while atomic: swapper/0/0/0x2\n"},
	{LOGSCAN_OOPS, "[   28.0] watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [x:1]\n"},
	{LOGSCAN_OOPS, "[    2.1] kernel BUG at mm/slub.c:379!\n"},
	{LOGSCAN_OOPS, "[    2.1] Oops: 0002 [#1] PREEMPT SMP\n"},
	{LOGSCAN_OOPS, "[    2.1] Oops: general protection fault, 0000 [#1] SMP\n"},
	{LOGSCAN_OOPS, "[    2.1] general protection fault, maybe for address 0x1: 0000 [#1]\n"},
	{LOGSCAN_OOPS, "[    2.1][    T1] invalid opcode: 0000 [#1] PREEMPT SMP NOPTI\n"},
	{LOGSCAN_OOPS, "[   21.0] rcu: INFO: rcu_preempt self-detected stall on CPU\n"},
	{LOGSCAN_OOPS, "[   21.0] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n"},
	{LOGSCAN_OOPS, "[  120.0] INFO: task kworker/0:1 blocked for more than 120 seconds.\n"},
	{LOGSCAN_WARNING, "[    2.1] WARNING: CPU: 0 PID: 1 at kernel/x.c:1 f+0x1/0x2\n"},
	{LOGSCAN_WARNING, "<4>[    2.1] WARNING: kernel/x.c:1 at f+0x1/0x2, CPU#0: init/1\n"},
	{LOGSCAN_WARNING, "[    2.1] WARNING: possible circular locking dependency detected\n"},
	{LOGSCAN_WARNING, "[    2.1] INFO: possible recursive locking detected\n"},
	{LOGSCAN_WARNING, "[    2.1] UBSAN: array-index-out-of-bounds in x.c:1:2\n"},
	{LOGSCAN_WARNING, "[    0.1] unchecked MSR access error: RDMSR from 0x1\n"},
	{LOGSCAN_WARNING, "[    2.1] irq 9: nobody cared (try booting with \"irqpoll\")\n"},
	{LOGSCAN_WARNING, "[    2.1] DMAR: DRHD: handling fault status reg 2\n"},
	{LOGSCAN_WARNING, "[    2.1] DMAR: [DMA Read NO_PASID] Request device [00:10.0]\n"},
	{LOGSCAN_WARNING, "[    2.1] DMAR: [INTR-REMAP] Request device [00:10.0] fault index\n"},
	{LOGSCAN_WARNING, "[    2.1] DMAR: VT-d detected Invalidation Queue Error: Reason 1\n"},
	{LOGSCAN_WARNING, "[    2.1] tsc: Marking TSC unstable due to clocksource watchdog\n"},
};

static const char *const good[] = {
	"[    0.000000] Linux version 6.1.0 (x@y) (gcc) #1 SMP PREEMPT\n",
	"[    0.01] DMAR: IOMMU enabled\n[    0.02] DMAR-IR: Enabled IRQ remapping in x2apic "
	"mode\n",
	"[    0.02] DMAR: Intel(R) Virtualization Technology for Directed I/O\n",
	"[    0.00] x86/PAT: MTRRs disabled, skipping PAT initialization too.\n",
	"[    0.00] TSC_DEADLINE disabled due to Errata; please update microcode to version\n",
	"[    0.00] [Firmware Bug]: TSC doesn't count with P0 frequency!\n",
	"[    0.00] ACPI BIOS Warning (bug): Incorrect checksum in table [DMAR]\n",
	"[    0.00] tsc: Detected 100.000 MHz processor\n",
	"# echo this is no WARNING: at all\n",
	"[    0.0] debug: BUGs are hidden\n",
	"",
	"\n\n\n",
};

static void test_bad_lines(void **state)
{
	struct logscan s;
	size_t i, piece;
	char text[1024];

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (piece = 1; piece < 200; piece += 13) {
			snprintf(text, sizeof(text), "first\n%slast\n", bad[i].line);
			if (scan(text, &s, piece) != bad[i].kind)
				fail_msg("%s", bad[i].line);
			assert_int_equal(s.line_nr, 2);
			assert_int_equal(s.findings, 1);
			assert_non_null(strstr(bad[i].line, s.line));
			assert_true(s.line[0] != '[' && s.line[0] != '<');
			assert_true(logscan_name(s.kind)[0]);
		}
		/* A last line that was cut off before its newline is looked at, too. */
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(bad[i].line, "\n"), bad[i].line);
		assert_int_equal(scan(text, &s, 7), bad[i].kind);
	}
}

static void test_good_lines(void **state)
{
	struct logscan s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (scan(good[i], &s, 5) != LOGSCAN_CLEAN)
			fail_msg("%s", good[i]);
		assert_int_equal(s.findings, 0);
	}
}

static void test_worst_wins(void **state)
{
	struct logscan s;

	(void)state;
	scan("WARNING: a\nBUG: b\nWARNING: c\nKernel panic - not syncing: d\nBUG: e\n", &s, 9);
	assert_int_equal(s.kind, LOGSCAN_PANIC);
	assert_int_equal(s.line_nr, 4);
	assert_int_equal(s.findings, 5);
	assert_string_equal(s.line, "Kernel panic - not syncing: d");
	scan("WARNING: a\r\nWARNING: b\r\n", &s, 9);
	assert_string_equal(s.line, "WARNING: a");
}

/* Endless lines, zero bytes and control characters: bounded, and later lines are still seen. */
static void test_hostile(void **state)
{
	struct logscan s;
	char junk[4096];
	size_t i;

	(void)state;
	logscan_init(&s);
	for (i = 0; i < sizeof(junk); i++)
		junk[i] = (char)(i * 7 + 1);
	for (i = 0; i < sizeof(junk); i++)
		if (junk[i] == '\n')
			junk[i] = 0;
	for (i = 0; i < 100; i++)
		logscan_feed(&s, junk, sizeof(junk));
	logscan_feed(&s, "\nBUG: \x1b[31mred\n", 15);
	logscan_end(&s);
	assert_int_equal(s.kind, LOGSCAN_OOPS);
	assert_int_equal(s.line_nr, 2);
	assert_string_equal(s.line, "BUG: ?[31mred");
}

static void test_long_line(void **state)
{
	char text[2 * LOGSCAN_LINE + 64];
	struct logscan s;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "WARNING: ", 9);
	text[sizeof(text) - 1] = 0;
	assert_int_equal(scan(text, &s, 100), LOGSCAN_WARNING);
	assert_int_equal(strlen(s.line), LOGSCAN_LINE - 1);
}

static void tail_is(const char *log, unsigned int lines, size_t max, const char *want)
{
	char *got = logscan_tail(log, strlen(log), lines, max);

	if (!want)
		assert_null(got);
	else
		assert_string_equal(got, want);
	free(got);
}

static void test_tail(void **state)
{
	(void)state;
	tail_is("a\nb\nc\n", 2, 100, "b\nc\n");
	tail_is("a\nb\nc", 2, 100, "b\nc\n");
	tail_is("a\nb\nc\n\n\n", 1, 100, "c\n");
	tail_is("a\nb\n", 10, 100, "a\nb\n");
	tail_is("abcdef\n", 10, 3, "def\n");
	tail_is("a\x01"
		"b\r\n",
		1, 100, "a?b\n");
	tail_is("", 5, 100, NULL);
	tail_is("\n\n", 5, 100, NULL);
}

#define DRHD "[    2.1] DMAR: DRHD: handling fault status reg 2\n"
#define ASTRAY                                                                                    \
	"[    2.1] DMAR: [INTR-REMAP] Request device [00:12.0] fault index 0xffff [fault reason " \
	"0x22] Present field in the IRTE entry is clear\n"
#define OTHER                                                                                   \
	"[    2.1] DMAR: [INTR-REMAP] Request device [00:12.0] fault index 0x1e [fault reason " \
	"0x22] Present field in the IRTE entry is clear\n"

static enum logscan_kind scan_astray(const char *text, uint32_t astray)
{
	struct logscan s;

	logscan_init(&s);
	s.astray = astray;
	logscan_feed(&s, text, strlen(text));
	logscan_end(&s);
	return s.kind;
}

/* What a device sends astray on purpose is expected, once for each; nothing else is. */
static void astray(void **state)
{
	(void)state;
	assert_int_equal(scan_astray(DRHD ASTRAY, 1), LOGSCAN_CLEAN);
	assert_int_equal(scan_astray(DRHD ASTRAY, 0), LOGSCAN_WARNING);
	assert_int_equal(scan_astray(DRHD ASTRAY DRHD ASTRAY, 1), LOGSCAN_WARNING);
	assert_int_equal(scan_astray(DRHD ASTRAY ASTRAY, 1), LOGSCAN_WARNING);
	assert_int_equal(scan_astray(DRHD ASTRAY DRHD ASTRAY, 2), LOGSCAN_CLEAN);
	assert_int_equal(scan_astray(DRHD OTHER, 1), LOGSCAN_WARNING);
	assert_int_equal(scan_astray(ASTRAY "[ 2.1] WARNING: x\n", 1), LOGSCAN_WARNING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(astray),          cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_good_lines), cmocka_unit_test(test_worst_wins),
		cmocka_unit_test(test_hostile),    cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_tail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
