// SPDX-License-Identifier: LGPL-2.1-or-later
/* Symbols of a kernel: from a System.map made here, and lines from what gcc makes of this. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "host/kernel/symbols.h"
#include "util/file.h"
#include "util/subprocess.h"

static char dir[] = "/tmp/pirbench-symbols-XXXXXX";
static char image[128], buf[128];
static struct symbols *s;

static void write_map(const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/System.map", dir);
	assert_int_equal(file_write(path, text, strlen(text)), 0);
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/pirbench-symbols-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(image, sizeof(image), "%s/bzImage", dir);
	s = NULL;
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = {"System.map", "vmlinux.lines", "vmlinux", "x.c"};
	char path[128];

	(void)state;
	symbols_close(s);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	rmdir(dir);
	return 0;
}

#define MAP                                            \
	"0000000000000000 D __per_cpu_start\n"         \
	"ffffffff81000400 t vmx_vcpu_pi_put\n"         \
	"ffffffff81000000 T _text\n"                   \
	"ffffffff81000000 T startup_64\n"              \
	"ffffffff810003f0 t __pfx_vmx_vcpu_pi_put\n"   \
	"ffffffff81000400 t __vmx_vcpu_pi_put.alias\n" \
	"ffffffff81000800 W vmx_vcpu_pi_load\n"        \
	"ffffffff81000900 R some_data\n"               \
	"ffffffff81001000 T _etext\n"

static void place(uint64_t addr, const char *want)
{
	bool known = symbols_place(s, addr, buf, sizeof(buf));

	assert_string_equal(buf, want);
	assert_int_equal(known, want[0] != '\0');
}

static void places(void **state)
{
	(void)state;
	write_map(MAP);
	assert_int_equal(symbols_open(image, &s), 0);
	place(0xffffffff81000000, "startup_64+0x0");
	place(0xffffffff810003ff, "startup_64+0x3ff");
	place(0xffffffff81000400, "vmx_vcpu_pi_put+0x0");
	place(0xffffffff8100045c, "vmx_vcpu_pi_put+0x5c");
	place(0xffffffff81000fff, "vmx_vcpu_pi_load+0x7ff");
	/* Outside: a guest's, a user's, behind the text. */
	place(0xffffffff81001000, "");
	place(0xfff0, "");
	place(0xffffffff80ffffff, "");
	place(UINT64_MAX, "");
	/* No room: rather none than half of one. */
	assert_false(symbols_place(s, 0xffffffff81000400, buf, 8));
	assert_string_equal(buf, "");
	assert_false(symbols_line(s, 0xffffffff81000400, buf, sizeof(buf)));
}

static void no_map(void **state)
{
	(void)state;
	assert_int_equal(symbols_open(image, &s), -ENOENT);
	assert_null(s);
}

static void bad_maps(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"no map\n",
		"ffffffff81000000 T\n",
		"ffffffff81000000 T \n",
		"ffffffff8100000 T a\n",
		"ffffffff810000000 T a\n",
		"FFFFFFFF81000000 T a\n",
		"ffffffff81000000TTa\n",
		"ffffffff81000000 T a b\n",
		"ffffffff81000000 T a\x1b\n",
		"ffffffff81000000 D only_data\n",
		MAP "and rubbish\n",
		"ffffffff81000000 T without_an_end",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_map(bad[i]);
		if (symbols_open(image, &s) != -EINVAL)
			fail_msg("taken for a map: %s", bad[i]);
		assert_null(s);
	}
}

static void run(const char *const *argv)
{
	struct subprocess p = {.argv = argv, .timeout_s = 60};
	struct subprocess_result res;
	char err[512];

	if (subprocess_run(&p, &res, err, sizeof(err)))
		fail_msg("%s", err);
	subprocess_release(&res);
}

/* A program at a kernel's address, of which only the line tables are kept, as of a kernel. */
static void lines(void **state)
{
	static const char source[] = "/* 1 */\nint f(void);\nint f(void)\n{\n\treturn 7;\n}\n";
	char c[128], elf[128], kept[128];
	const char *const gcc[] = {"gcc",
				   "-g",
				   "-O0",
				   "-fno-pie",
				   "-no-pie",
				   "-nostdlib",
				   "-mcmodel=kernel",
				   "-ffile-prefix-map=/tmp=/build/kernel",
				   "-Wl,-Ttext=0xffffffff81000400",
				   "-Wl,-e,f",
				   "-o",
				   elf,
				   c,
				   NULL};
	const char *const objcopy[] = {"objcopy",
				       "--only-section=.debug_line",
				       "--only-section=.debug_line_str",
				       "--compress-debug-sections=zlib",
				       elf,
				       kept,
				       NULL};

	(void)state;
	snprintf(c, sizeof(c), "%s/x.c", dir);
	snprintf(elf, sizeof(elf), "%s/vmlinux", dir);
	snprintf(kept, sizeof(kept), "%s/vmlinux.lines", dir);
	assert_int_equal(file_write(c, source, strlen(source)), 0);
	run(gcc);
	run(objcopy);
	write_map(MAP);
	assert_int_equal(symbols_open(image, &s), 0);
	assert_true(symbols_line(s, 0xffffffff81000400, buf, sizeof(buf)));
	if (strncmp(buf, "kernel/pirbench-symbols-", 24) || strcmp(strchr(buf, ':'), ":4"))
		fail_msg("%s", buf);
	assert_false(symbols_line(s, 0xffffffff81000400, buf, 8));
	assert_false(symbols_line(s, 0xffffffff81000500, buf, sizeof(buf)));
	/* Not of the kernel's text at all. */
	assert_false(symbols_line(s, 0x400, buf, sizeof(buf)));
}

/* Lines that are none are as if there were none. */
static void bad_lines(void **state)
{
	char path[128];

	(void)state;
	write_map(MAP);
	snprintf(path, sizeof(path), "%s/vmlinux.lines", dir);
	assert_int_equal(file_write(path, "\177ELF rubbish", 12), 0);
	assert_int_equal(symbols_open(image, &s), 0);
	assert_false(symbols_line(s, 0xffffffff81000400, buf, sizeof(buf)));
	place(0xffffffff81000401, "vmx_vcpu_pi_put+0x1");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(places), T(no_map), T(bad_maps), T(lines), T(bad_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
