// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fio's output: stored ones as they were shown when looked at (PIRBENCH_GOLDEN set:
 * written anew), cut anywhere, and with each thing in it that is wrong.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "load/fio.h"
#include "util/file.h"

#define DIR "tests/golden/fio/"

static const struct fio_place place = {
	.kernel = "k", .function = "vf1", .service = "fixed", .period_us = 20};

static struct fio_output out;
static char err[FIO_ERR];

static int release(void **state)
{
	(void)state;
	fio_release(&out);
	return 0;
}

static void same(const char *path, const char *text)
{
	void *want;
	size_t size;

	if (getenv("PIRBENCH_GOLDEN"))
		assert_int_equal(file_write(path, text, strlen(text)), 0);
	assert_int_equal(file_read(path, 1 << 20, &want, &size), 0);
	assert_string_equal(text, want);
	free(want);
}

static void golden(void **state)
{
	struct fio_run run[2] = {{.file = "mixed"}, {.file = "verify-only"}};
	static const char *const path[] = {DIR "mixed.json", DIR "damaged.json"};
	size_t size;
	void *data;
	char *text;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(file_read(path[i], 1 << 20, &data, &size), 0);
		assert_int_equal(fio_parse(data, size, &run[i].output, err), 0);
		free(data);
	}
	assert_false(fio_failed(&run[0].output, err));
	assert_true(fio_failed(&run[1].output, err));
	assert_non_null(strstr(err, "verify: error 84"));
	assert_int_equal(run[0].output.job[0].side[FIO_READ].ios, 344);
	assert_int_equal(fio_to_text(run, 2, &text), 0);
	same(DIR "shown.txt", text);
	free(text);
	assert_int_equal(fio_to_json(&place, run, 2, &text), 0);
	same(DIR "ours.txt", text);
	free(text);
	fio_release(&run[0].output);
	fio_release(&run[1].output);
}

static void truncated(void **state)
{
	size_t size;
	void *data;

	(void)state;
	assert_int_equal(file_read(DIR "mixed.json", 1 << 20, &data, &size), 0);
	while (((char *)data)[size - 1] != '}')
		size--;
	for (size_t n = 0; n < size; n++) {
		char *part = malloc(n + 1);

		memcpy(part, data, n);
		assert_int_equal(fio_parse(part, n, &out, err), -EINVAL);
		assert_null(strchr(err, '\n'));
		fio_release(&out);
		free(part);
	}
	free(data);
}

/* A good one, in which one word is replaced by another. */
static int parse_with(const char *old, const char *new)
{
	static const char good[] =
		"{\"fio version\":\"fio-3.33\",\"jobs\":[{\"jobname\":\"a\",\"error\":0,"
		"\"read\":{\"total_ios\":4,\"io_bytes\":16384,\"short_ios\":0,\"drop_ios\":0,"
		"\"iops\":10.5,\"bw_bytes\":43008,\"clat_ns\":{\"N\":4,\"min\":1000,\"max\":2000,"
		"\"mean\":1250.0,\"bins\":{\"1004\":3,\"2008\":1}}},"
		"\"write\":{\"total_ios\":0,\"io_bytes\":0,\"short_ios\":0,\"drop_ios\":0,"
		"\"iops\":0,\"bw_bytes\":0,\"clat_ns\":{\"N\":0}},"
		"\"trim\":{\"total_ios\":0,\"io_bytes\":0,\"short_ios\":0,\"drop_ios\":0,"
		"\"iops\":0,\"bw_bytes\":0,\"clat_ns\":{\"N\":0}}}]}";
	char text[2048];
	const char *at = strstr(good, old);

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, new, at + strlen(old));
	err[0] = '\0';
	return fio_parse(text, strlen(text), &out, err);
}

static void numbers(void **state)
{
	const struct fio_side *s;

	(void)state;
	assert_int_equal(parse_with("", ""), 0);
	s = &out.job[0].side[FIO_READ];
	assert_int_equal(s->p50, 1004);
	assert_int_equal(s->p99, 2000);
	assert_int_equal(s->max, 2000);
	assert_int_equal(s->nr_bins, 2);
	assert_true(s->iops > 10.4 && s->iops < 10.6);
}

static void name_is_harmless(void **state)
{
	(void)state;
	assert_int_equal(parse_with("\"jobname\":\"a\"", "\"jobname\":\"a\\u001b[2Jb\""), 0);
	assert_string_equal(out.job[0].name, "a?[2Jb");
}

static void errors(void **state)
{
	(void)state;
	assert_int_equal(parse_with("\"error\":0", "\"error\":0,\"total_err\":3"), 0);
	assert_true(fio_failed(&out, err));
	assert_string_equal(err, "a: 3 errors");
	fio_release(&out);
	assert_int_equal(parse_with("\"total_ios\":4", "\"total_ios\":0"), 0);
	assert_true(fio_failed(&out, err));
	assert_string_equal(err, "a: no I/O");
}

static void refused(void **state)
{
	static const struct {
		const char *old, *new, *says;
	} t[] = {
		{"\"fio-3.33\"", "3", "fio version must be"},
		{"[{", "[5,{", "job 1: must be an object"},
		{"\"jobs\":[", "\"jobs\":[],\"j\":[", "jobs must be"},
		{"\"error\":0", "\"error\":-1", "error must be"},
		{"\"error\":0", "\"error\":4096", "error must be"},
		{"\"error\":0", "\"error\":\"0\"", "error must be"},
		{"\"error\":0", "\"error\":0,\"total_err\":[]", "total_err must be"},
		{"\"read\":", "\"r\":", "job 1: read: must be an object"},
		{"\"total_ios\":4", "\"total_ios\":4.5", "total_ios must be"},
		{"\"total_ios\":4", "\"total_ios\":281474976710657", "total_ios must be"},
		{"\"total_ios\":4", "\"total_ios\":99999999999999999999", "not JSON"},
		{"\"iops\":10.5", "\"iops\":-1", "iops must be"},
		{"\"iops\":10.5", "\"iops\":1e19", "iops must be"},
		{"\"iops\":10.5", "\"iops\":1e999", "not JSON"},
		{"\"clat_ns\":{", "\"clat\":{", "clat_ns must be"},
		{"\"N\":4", "\"N\":5", "as many samples"},
		{"\"N\":4", "\"N\":null", "N must be"},
		{"\"min\":1000", "\"min\":2001", "must ascend"},
		{"\"mean\":1250.0", "\"mean\":2002", "must ascend"},
		{"\"mean\":1250.0", "\"mean\":\"x\"", "mean must be"},
		{"\"bins\"", "\"bin\"", "no bins"},
		{"\"bins\":{\"1004\":3,\"2008\":1}", "\"bins\":[3,1]", "no bins"},
		{"\"2008\":1", "\"2033\":1", "above the maximum"},
		{"\"2008\":1", "\"1003\":1", "bins must ascend"},
		{"\"2008\":1", "\"2e3\":1", "called by its time"},
		{"\"2008\":1", "\"\":1", "called by its time"},
		{"\"2008\":1", "\"9999999999999999999\":1", "called by its time"},
		{"\"2008\":1", "\"2008\":0", "count of 1"},
		{"\"2008\":1", "\"2008\":1.0", "count of 1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(parse_with(t[i].old, t[i].new), -EINVAL);
		if (!strstr(err, t[i].says))
			fail_msg("%s: %s", t[i].new, err);
		fio_release(&out);
	}
}

static void too_many(void **state)
{
	char *text, *p;

	(void)state;
	text = p = malloc(1 << 16);
	p += sprintf(p, "{\"fio version\":\"\",\"jobs\":[1");
	for (size_t i = 0; i < FIO_JOBS_MAX; i++)
		p += sprintf(p, ",1");
	p += sprintf(p, "]}");
	assert_int_equal(fio_parse(text, (size_t)(p - text), &out, err), -EINVAL);
	assert_non_null(strstr(err, "jobs must be"));
	memset(text, '[', 1 << 16);
	assert_int_equal(fio_parse(text, 1 << 16, &out, err), -EINVAL);
	free(text);
}

static void histogram(void **state)
{
	struct fio_bin bin[] = {{10, 1}, {100, 9}, {1000, 3}};
	struct fio_side s = {.min = 10, .max = 1000, .bin = bin, .nr_bins = 3, .samples = 13};
	char buf[11];

	(void)state;
	fio_histogram(&s, buf, 10);
	assert_string_equal(buf, ".   @    -");
	s.min = s.max = 1000;
	fio_histogram(&s, buf, 4);
	assert_int_equal(strlen(buf), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(truncated),
		cmocka_unit_test_teardown(numbers, release),
		cmocka_unit_test_teardown(name_is_harmless, release),
		cmocka_unit_test_teardown(errors, release),
		cmocka_unit_test_teardown(refused, release),
		cmocka_unit_test_teardown(too_many, release),
		cmocka_unit_test_teardown(histogram, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
