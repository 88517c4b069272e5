// SPDX-License-Identifier: LGPL-2.1-or-later
/* bench [OPTION]... [BENCHMARK]...: see usage(). */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

static const struct benchmark {
	const char *name;
	int (*run)(struct bench *b);
	const char *summary;
} benchmarks[] = {
	{"recorder", bench_recorder, "cost of an event to the guest's ISR and to the host"},
	{"analysis", bench_analysis, "events a second from a run's bytes to outcomes"},
	{"emulator", bench_emulator, "one boot, beside the packaged emulator"},
	{"boot", bench_boot, "power-on to the branch point, by phase"},
	{"devices", bench_devices, "commands and frames a second, beside the poster"},
	{"gate", bench_gate, "the smoke gate, by phase"},
};
#define BENCHMARKS (sizeof(benchmarks) / sizeof(benchmarks[0]))

static int usage(void)
{
	fprintf(stderr, "usage: bench [OPTION]... [BENCHMARK]...\n"
			"  --rounds N      rounds, 1 to 64 (9)\n"
			"  --events N      events of a round (1000000)\n"
			"  --kernels LIST  kernels that are booted, comma-separated\n"
			"  --hdr FILE      HdrHistogram_c as a shared object; or --hdr-why REASON\n"
			"  --stock DIR     the packaged emulator; or --stock-why REASON\n"
			"  --pirbench FILE the command\n"
			"  --json FILE     all values\n"
			"benchmarks (all):\n");
	for (size_t i = 0; i < BENCHMARKS; i++)
		fprintf(stderr, "  %-15s %s\n", benchmarks[i].name, benchmarks[i].summary);
	return 2;
}

static bool number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return !errno && end != text && !*end && *value >= min && *value <= max;
}

/* False: it is not right. */
static bool parse(struct bench *b, int argc, char **argv, const char **json)
{
	enum { ROUNDS, EVENTS, KERNELS, HDR, HDR_WHY, STOCK, STOCK_WHY, PIRBENCH, JSON };
	static const struct option options[] = {
		{"rounds", 1, NULL, ROUNDS},       {"events", 1, NULL, EVENTS},
		{"kernels", 1, NULL, KERNELS},     {"hdr", 1, NULL, HDR},
		{"hdr-why", 1, NULL, HDR_WHY},     {"stock", 1, NULL, STOCK},
		{"stock-why", 1, NULL, STOCK_WHY}, {"pirbench", 1, NULL, PIRBENCH},
		{"json", 1, NULL, JSON},           {NULL, 0, NULL, 0},
	};
	const char **text[] = {NULL,      NULL,          &b->kernels,  &b->hdr, &b->hdr_why,
			       &b->stock, &b->stock_why, &b->pirbench, json};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		uint64_t n = 0;

		if (c == ROUNDS && number(optarg, 1, BENCH_ROUNDS, &n))
			b->rounds = (unsigned int)n;
		else if (c == EVENTS && number(optarg, 100, 4000000, &n))
			b->events = n;
		else if (c >= KERNELS && c <= JSON)
			*text[c] = *optarg ? optarg : NULL;
		else
			return false;
	}
	return true;
}

static bool wanted(const char *name, char *const *names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

static bool known(const char *name)
{
	for (size_t i = 0; i < BENCHMARKS; i++)
		if (!strcmp(name, benchmarks[i].name))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	static struct bench b = {.rounds = 9,
				 .events = 1000000,
				 .kernels = "linux-6.1",
				 .hdr_why = "not built (make bench builds it)",
				 .stock_why = "not there (make bench fetches it)"};
	const char *json = NULL;
	int ret;

	if (!parse(&b, argc, argv, &json))
		return usage();
	for (int i = optind; i < argc; i++)
		if (!known(argv[i]))
			return usage();
	for (size_t i = 0; i < BENCHMARKS; i++) {
		if (!wanted(benchmarks[i].name, argv + optind))
			continue;
		fprintf(stderr, "bench: %s\n", benchmarks[i].name);
		ret = benchmarks[i].run(&b);
		if (ret) {
			fprintf(stderr, "bench: %s: %s\n", benchmarks[i].name, strerror(-ret));
			return 2;
		}
	}
	bench_print(&b);
	ret = json ? bench_write(&b, json) : 0;
	if (ret)
		fprintf(stderr, "bench: %s: %s\n", json, strerror(-ret));
	return ret ? 2 : 0;
}
