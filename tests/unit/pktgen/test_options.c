// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is typed, good and bad: one line for each bad one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pktgen/options.h"

static struct options o;
static char err[OPTIONS_ERR];
static char words[512];

/* Words separated by spaces; "''" is an empty one. */
static int parse(const char *line)
{
	static char *argv[40];
	static char empty[] = "";
	char *save = NULL;
	int argc = 0;

	argv[argc++] = empty;
	snprintf(words, sizeof(words), "%s", line);
	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = strcmp(w, "''") ? w : empty;
	argv[argc] = NULL;
	return options_parse(&o, argc, argv, err);
}

static void good(void **state)
{
	static const uint8_t mac[] = {0x02, 0x50, 0x49, 0x52, 0xAb, 0x01};

	(void)state;
	assert_int_equal(parse(""), 0);
	assert_int_equal(o.duration_ms, 10000);
	assert_int_equal(o.rate, 1000);
	assert_int_equal(o.eal_argc, 0);
	assert_int_equal(parse("--rate 2M -b 32 -f 8 -z 66-1514 -n 10k --queues 4 -s 0xfF -p 3"),
			 0);
	assert_int_equal(o.rate, 2000000);
	assert_int_equal(o.burst, 32);
	assert_int_equal(o.flows, 8);
	assert_int_equal(o.size_min, 66);
	assert_int_equal(o.size_max, 1514);
	assert_int_equal(o.count, 10000);
	assert_int_equal(o.duration_ms, 0);
	assert_int_equal(o.queues, 4);
	assert_true(o.mbufs >= 2 * 4 * 256 + 1024 + 32);
	assert_int_equal(o.port, 3);
	assert_true(o.has_seed);
	assert_int_equal(o.seed, 255);
	assert_int_equal(
		parse("-d 100ms --drain 2s --catch-up 3ms --size 100 --dst 02:50:49:52:aB:01"), 0);
	assert_int_equal(o.duration_ms, 100);
	assert_int_equal(o.drain_ms, 2000);
	assert_int_equal(o.catch_up_us, 3000);
	assert_int_equal(o.size_max, 100);
	assert_memory_equal(o.dst, mac, 6);
	assert_int_equal(parse("-d 3"), 0);
	assert_int_equal(o.duration_ms, 3000);
	assert_int_equal(parse("-d 2m"), 0);
	assert_int_equal(o.duration_ms, 120000);
	assert_int_equal(parse("--reflect --drop-every 7 --output x"), 0);
	assert_int_equal(o.role, OPTIONS_REFLECT);
	assert_int_equal(o.duration_ms, 0);
	assert_int_equal(o.every[FAULT_DROP], 7);
	assert_string_equal(o.output, "x");
	assert_int_equal(parse("--pair --strict --json"), 0);
	assert_true(o.pair && o.strict && o.json && !o.promiscuous);
}

static void eal(void **state)
{
	(void)state;
	assert_int_equal(parse("--rate 5 -- -l 1 --vdev net_ring0 --rate 7"), 0);
	assert_int_equal(o.rate, 5);
	assert_int_equal(o.eal_argc, 6);
	assert_string_equal(o.eal_argv[0], "-l");
	assert_string_equal(o.eal_argv[5], "7");
	assert_int_equal(parse("--"), 0);
	assert_int_equal(o.eal_argc, 0);
}

/* What it says has to name what is wrong. */
static void bad(void **state)
{
	static const struct {
		const char *line, *says;
	} c[] = {
		{"--rate", "--rate: a value is missing"},
		{"--rate x", "--rate: 'x' is not a number"},
		{"--rate -1", "--rate: '-1'"},
		{"--rate 1K", "--rate: '1K'"},
		{"--rate 1kk", "--rate: '1kk'"},
		{"--rate ''", "--rate: ''"},
		{"--rate 11G", "must be 0 to 10000000000"},
		{"--rate 99999999999999999999", "--rate"},
		{"--rate 18446744073709551615G", "--rate"},
		{"--rate 0x10", "--rate"},
		{"--burst 0", "--burst: 0 is out of range, must be 1 to 256"},
		{"--burst 257", "must be 1 to 256"},
		{"--burst 1k", "--burst: '1k' is not a number"},
		{"--flows 4097", "must be 1 to 4096"},
		{"--flows 2 --queues 3", "--queues"},
		{"--size 65", "--size: 65 is out of range, must be within 66-1514"},
		{"--size 1515", "66-1514"},
		{"--size 100-99", "66-1514"},
		{"--size 100-", "MIN-MAX"},
		{"--size 100-200x", "MIN-MAX"},
		{"--size x", "MIN-MAX"},
		{"--count 0", "--count"},
		{"--duration 0", "must be 1 to"},
		{"--duration 1us", "--duration: '1us'"},
		{"--duration 31000h", "ms"},
		{"--window 100", "power of two"},
		{"--window 32", "must be 64 to"},
		{"--dst 02:50:49:52:ab", "--dst"},
		{"--dst 02:50:49:52:ab:0g", "--dst"},
		{"--dst 02-50-49-52-ab-01", "--dst"},
		{"--seed 0x", "--seed"},
		{"--seed 12z", "--seed"},
		{"--seed 99999999999999999999", "--seed"},
		{"--peer x", "--peer"},
		{"--peer 65535", "--peer"},
		{"--peer 0", "another port"},
		{"--output ''", "--output"},
		{"--reflect --pair", "--reflect"},
		{"--reflect --one-way", "--reflect"},
		{"--reflect -n 5", "--reflect"},
		{"--pair --peer 1", "--pair"},
		{"--pair -p 1", "--pair"},
		{"--pair --one-way", "--one-way"},
		{"--drop-every 5", "there is no reflector"},
		{"--pair --drop-every 1", "must be 2 to"},
		{"--one-way --strict --rate 0", "--strict"},
		{"--nonsense", "--nonsense: no such option"},
		{"-x", "-x"},
		{"word", "word: it takes options only"},
		{"--rate 5 word -- -l 1", "word"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		int ret = parse(c[i].line);

		if (ret != -EINVAL || !strstr(err, c[i].says) || strchr(err, '\n'))
			fail_msg("%s: %d, %s", c[i].line, ret, err);
	}
}

/* Help is not refused for what else was typed; and every option is in it. */
static void help(void **state)
{
	char text[8192];
	size_t len = options_help(text, sizeof(text));

	(void)state;
	assert_true(len > 1000 && len < sizeof(text) - 1);
	assert_non_null(strstr(text, "--duplicate-every N"));
	assert_non_null(strstr(text, "examples:"));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) < 100);
	assert_int_equal(parse("--reflect --pair --help"), 0);
	assert_true(o.help);
	assert_int_equal(parse("--version word"), 0);
	assert_true(o.version);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(eal),
		cmocka_unit_test(bad),
		cmocka_unit_test(help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
