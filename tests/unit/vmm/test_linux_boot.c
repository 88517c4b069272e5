// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a Linux guest boots from: bzImage, MP table; and its serial port. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/rng.h"
#include "vmm/cases.h"
#include "vmm/linux.h"

#define SETUP  ((4 + 1) * 512u)
#define KERNEL 3000u

/* As Linux 6.1 has it, but small. Of exactly its size, so that ASan watches. */
static uint8_t *image(size_t size)
{
	uint8_t *p = malloc(size);
	uint8_t whole[SETUP + KERNEL] = {0};
	const uint64_t load = 0x1000000;
	const uint32_t init_size = 0x800000, initrd_max = 0x7fffffff, cmdline = 2047;

	assert_non_null(p);
	whole[0x1f1] = 4;
	whole[0x1fe] = 0x55;
	whole[0x1ff] = 0xaa;
	whole[0x200] = 0xeb;
	whole[0x201] = 0x6a;
	memcpy(whole + 0x202, "HdrS", 4);
	whole[0x206] = 0x0f;
	whole[0x207] = 2;
	whole[0x211] = 1;
	memcpy(whole + 0x22c, &initrd_max, 4);
	whole[0x236] = 1;
	memcpy(whole + 0x238, &cmdline, 4);
	memcpy(whole + 0x258, &load, 8);
	memcpy(whole + 0x260, &init_size, 4);
	memcpy(p, whole, size < sizeof(whole) ? size : sizeof(whole));
	return p;
}

static void test_good(void **state)
{
	uint8_t *p = image(SETUP + KERNEL);
	struct vmm_line line = {""};
	struct linux_bzimage b;

	(void)state;
	assert_int_equal(linux_bzimage_parse(p, SETUP + KERNEL, &b, &line), 0);
	assert_ptr_equal(b.kernel, p + SETUP);
	assert_int_equal(b.kernel_size, KERNEL);
	assert_ptr_equal(b.header, p + 0x1f1);
	assert_int_equal(b.header_size, 0x202 + 0x6a - 0x1f1);
	assert_int_equal(b.load, 0x1000000);
	assert_int_equal(b.init_size, 0x800000);
	assert_int_equal(b.initrd_max, 0x7fffffff);
	assert_int_equal(b.cmdline_max, 2047);
	/* 0 sectors mean 4. */
	p[0x1f1] = 0;
	assert_int_equal(linux_bzimage_parse(p, SETUP + KERNEL, &b, &line), 0);
	assert_int_equal(b.kernel_size, KERNEL);
	free(p);
}

static void test_bad(void **state)
{
	static const struct {
		size_t at, size;
		uint64_t value;
		const char *says;
	} bad[] = {
		{0x1f1, 1, 10, "cut off"},
		{0x1f1, 1, 255, "cut off"},
		{0x1fe, 2, 0, "not a bzImage"},
		{0x202, 4, 0, "not a bzImage"},
		{0x206, 2, 0x20b, "2.11, must be 2.12"},
		{0x211, 1, 0, "64-bit"},
		{0x236, 2, 2, "64-bit"},
		{0x201, 1, 0x61, "header ends"},
		{0x258, 8, 0, "wants to be at"},
		{0x258, 8, 0xfffff, "wants to be at"},
		{0x258, 8, 0x1000001, "wants to be at"},
		{0x258, 8, UINT64_MAX & ~0xfffull, "wants to be at"},
		{0x260, 4, KERNEL - 1, "needs"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint8_t *p = image(SETUP + KERNEL);
		struct vmm_line line = {""};
		struct linux_bzimage b;

		memcpy(p + bad[i].at, &bad[i].value, bad[i].size);
		assert_int_equal(linux_bzimage_parse(p, SETUP + KERNEL, &b, &line), -ENOEXEC);
		if (!strstr(line.text, bad[i].says))
			fail_msg("'%s' does not say '%s'", line.text, bad[i].says);
		free(p);
	}
}

static void test_truncated(void **state)
{
	(void)state;
	for (size_t size = 0; size <= SETUP; size++) {
		uint8_t *p = image(size ? size : 1);
		struct vmm_line line = {""};
		struct linux_bzimage b;

		assert_int_equal(linux_bzimage_parse(p, size, &b, &line), -ENOEXEC);
		assert_true(line.text[0]);
		free(p);
	}
}

static uint8_t sum(const uint8_t *p, size_t size)
{
	uint8_t s = 0;

	while (size--)
		s = (uint8_t)(s + *p++);
	return s;
}

/* Walked as arch/x86/kernel/mpparse.c does. */
static void walk(const uint8_t *table, size_t size, unsigned int count[5])
{
	const uint8_t *p = table + 44, *end = table + size;

	while (p < end) {
		assert_true(*p <= 4);
		if (*p == 0)
			assert_int_equal(p[1], count[0]);
		count[*p]++;
		p += *p ? 8 : 20;
	}
	assert_ptr_equal(p, end);
}

static void test_mptable(void **state)
{
	(void)state;
	for (unsigned int vcpus = 1; vcpus <= PB_MAX_VCPUS; vcpus++) {
		uint8_t mem[LINUX_MPTABLE_MAX], *table = mem + 16;
		unsigned int count[5] = {0};
		size_t size = linux_mptable_build(mem, 0x9fc00, vcpus);
		uint16_t length, entries;

		assert_true(size <= sizeof(mem));
		assert_memory_equal(mem, "_MP_\x10\xfc\x09\x00\x01\x04", 10);
		assert_int_equal(sum(mem, 16), 0);
		memcpy(&length, table + 4, 2);
		memcpy(&entries, table + 34, 2);
		assert_int_equal(length, size - 16);
		assert_int_equal(sum(table, length), 0);
		walk(table, length, count);
		assert_int_equal(count[0], vcpus);
		assert_int_equal(count[1], 1);
		assert_int_equal(count[2], 1);
		assert_int_equal(count[3], 15);
		assert_int_equal(count[4], 2);
		assert_int_equal(entries, vcpus + 19);
	}
}

static void say(struct linux_serial *s, const char *text)
{
	for (; *text; text++)
		linux_serial_out(s, 0, (uint8_t)*text);
}

static void test_serial_log(void **state)
{
	static struct linux_serial s;
	char last[64];

	(void)state;
	memset(&s, 0, sizeof(s));
	linux_serial_last(&s, last, sizeof(last));
	assert_string_equal(last, "");
	say(&s, "one\r\ntwo\x01\r\n\n");
	linux_serial_last(&s, last, sizeof(last));
	assert_string_equal(last, "two?");
	say(&s, "Kernel panic - not syncing: x\nRebooting\nthree");
	linux_serial_last(&s, last, sizeof(last));
	assert_string_equal(last, "Kernel panic - not syncing: x");
	/* The buffer keeps the end, whatever comes. */
	for (int i = 0; i < 100000; i++)
		linux_serial_out(&s, 0, i % 7 ? 'a' : '\n');
	say(&s, "\nend");
	linux_serial_last(&s, last, sizeof(last));
	assert_string_equal(last, "end");
	linux_serial_last(&s, last, 3);
	assert_string_equal(last, "en");
	/* The divisor is no output. */
	linux_serial_out(&s, 3, 0x80);
	linux_serial_out(&s, 0, 'X');
	assert_int_equal(linux_serial_in(&s, 0), 'X');
	linux_serial_out(&s, 3, 3);
	linux_serial_last(&s, last, sizeof(last));
	assert_string_equal(last, "end");
}

static void test_serial_interrupts(void **state)
{
	static struct linux_serial s;

	(void)state;
	memset(&s, 0, sizeof(s));
	assert_false(linux_serial_line(&s));
	assert_int_equal(linux_serial_in(&s, 2), 1);
	linux_serial_give(&s, 'c');
	assert_false(linux_serial_line(&s));
	assert_int_equal(linux_serial_in(&s, 5), 0x61);
	linux_serial_out(&s, 1, 1);
	assert_true(linux_serial_line(&s));
	assert_int_equal(linux_serial_in(&s, 2), 4);
	assert_int_equal(linux_serial_in(&s, 0), 'c');
	assert_false(linux_serial_line(&s));
	assert_int_equal(linux_serial_in(&s, 5), 0x60);
	/* The transmitter says that it is empty when that is switched on, and after each character. */
	linux_serial_out(&s, 1, 2);
	assert_true(linux_serial_line(&s));
	assert_int_equal(linux_serial_in(&s, 2), 2);
	assert_false(linux_serial_line(&s));
	linux_serial_out(&s, 0, 'x');
	assert_true(linux_serial_line(&s));
	linux_serial_out(&s, 1, 0);
	assert_false(linux_serial_line(&s));
	/* Looped back, RTS and DTR come in as CTS and DSR. */
	linux_serial_out(&s, 4, 0x10 | 3);
	assert_int_equal(linux_serial_in(&s, 6), 0x30);
	linux_serial_out(&s, 4, 0);
	assert_int_equal(linux_serial_in(&s, 6), 0xb0);
}

static void test_serial_random(void **state)
{
	static struct linux_serial s;
	uint64_t rng = 5;
	char last[40];

	(void)state;
	memset(&s, 0, sizeof(s));
	for (int i = 0; i < 200000; i++) {
		unsigned int reg = (unsigned int)rng_below(&rng, 8);

		linux_serial_out(&s, reg, (uint8_t)rng_next(&rng));
		linux_serial_in(&s, (unsigned int)rng_below(&rng, 8));
	}
	linux_serial_last(&s, last, sizeof(last));
	for (char *p = last; *p; p++)
		assert_true(*p >= 0x20 && *p <= 0x7e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),          cmocka_unit_test(test_bad),
		cmocka_unit_test(test_truncated),     cmocka_unit_test(test_mptable),
		cmocka_unit_test(test_serial_log),    cmocka_unit_test(test_serial_interrupts),
		cmocka_unit_test(test_serial_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
