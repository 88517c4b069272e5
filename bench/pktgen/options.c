// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pktgen/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pktgen/flow.h"
#include "util/text.h"

#define LONG_ONLY   256
#define HELP_COLUMN 26
#define DAY_MS      (24ull * 3600 * 1000)
#define MAX_OPTIONS 40
/*
 * Buffers of a port beyond those that its receive queues hold and its transmit queues
 * have not given back yet: in a ring of 1024, in a burst, in caches.
 */
#define SPARE_MBUFS 1535

enum unit { UNIT_NONE, UNIT_COUNT, UNIT_MS, UNIT_US };

/* A field of struct options that is a number, or a flag (no arg), or has a function. */
struct spec {
	const char *name, *arg, *help;
	int key; /* letter, or LONG_ONLY + n */
	enum unit unit;
	bool *(*flag)(struct options *o);
	uint64_t *(*number)(struct options *o);
	uint64_t min, max;
	bool (*set)(struct options *o, const char *arg, char *err);
};

#define FIELD(type, name, expression)             \
	static type *at_##name(struct options *o) \
	{                                         \
		return &(expression);             \
	}
FIELD(bool, pair, o->pair)
FIELD(bool, one_way, o->one_way)
FIELD(bool, promiscuous, o->promiscuous)
FIELD(bool, json, o->json)
FIELD(bool, strict, o->strict)
FIELD(bool, help, o->help)
FIELD(bool, version, o->version)
FIELD(uint64_t, port, o->port)
FIELD(uint64_t, queues, o->queues)
FIELD(uint64_t, descriptors, o->descriptors)
FIELD(uint64_t, mbufs, o->mbufs)
FIELD(uint64_t, rate, o->rate)
FIELD(uint64_t, burst, o->burst)
FIELD(uint64_t, flows, o->flows)
FIELD(uint64_t, window, o->window)
FIELD(uint64_t, count, o->count)
FIELD(uint64_t, duration, o->duration_ms)
FIELD(uint64_t, drain, o->drain_ms)
FIELD(uint64_t, link, o->link_ms)
FIELD(uint64_t, catch_up, o->catch_up_us)
FIELD(uint64_t, drop, o->every[FAULT_DROP])
FIELD(uint64_t, duplicate, o->every[FAULT_DUPLICATE])
FIELD(uint64_t, reorder, o->every[FAULT_REORDER])
FIELD(uint64_t, damage, o->every[FAULT_DAMAGE])

/* ---- values ------------------------------------------------------------------- */

static bool fail(char *err, const char *name, const char *arg, const char *want)
{
	snprintf(err, OPTIONS_ERR, "--%s: '%.60s' is not %s", name, arg, want);
	return false;
}

/* A decimal number; *rest is what follows.  False: there is none, or it is too large. */
static bool digits(const char *arg, uint64_t *v, char **rest)
{
	if (*arg < '0' || *arg > '9')
		return false;
	errno = 0;
	*v = strtoull(arg, rest, 10);
	return !errno;
}

struct suffix {
	const char *text;
	uint64_t factor;
};
static const struct suffix suffixes[][5] = {
	[UNIT_NONE] = {{"", 1}},
	[UNIT_COUNT] = {{"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}},
	[UNIT_MS] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}},
	[UNIT_US] = {{"", 1}, {"us", 1}, {"ms", 1000}, {"s", 1000000}},
};
static const char *const wanted[] = {
	[UNIT_NONE] = "a number",
	[UNIT_COUNT] = "a number (k, M, G may follow)",
	[UNIT_MS] = "a time: seconds, or a number with ms, s, m or h",
	[UNIT_US] = "a time: microseconds, or a number with us, ms or s",
};

static bool scaled(const char *arg, enum unit unit, uint64_t *v)
{
	const struct suffix *s = suffixes[unit];
	char *rest;

	if (!digits(arg, v, &rest))
		return false;
	for (size_t i = 0; i < sizeof(suffixes[0]) / sizeof(*s) && s[i].text; i++)
		if (!strcmp(rest, s[i].text))
			return !__builtin_mul_overflow(*v, s[i].factor, v);
	return false;
}

static bool number(struct options *o, const struct spec *s, const char *arg, char *err)
{
	uint64_t v;

	if (!scaled(arg, s->unit, &v))
		return fail(err, s->name, arg, wanted[s->unit]);
	if (v < s->min || v > s->max) {
		snprintf(err, OPTIONS_ERR, "--%s: %.60s is out of range, must be %llu to %llu%s",
			 s->name, arg, (unsigned long long)s->min, (unsigned long long)s->max,
			 s->unit == UNIT_MS   ? " ms"
			 : s->unit == UNIT_US ? " us"
					      : "");
		return false;
	}
	*s->number(o) = v;
	return true;
}

static bool set_reflect(struct options *o, const char *arg, char *err)
{
	(void)arg;
	(void)err;
	o->role = OPTIONS_REFLECT;
	return true;
}

static bool set_peer(struct options *o, const char *arg, char *err)
{
	char *rest;

	o->has_peer = true;
	return (digits(arg, &o->peer, &rest) && !*rest && o->peer < UINT16_MAX) ||
	       fail(err, "peer", arg, "the number of a port");
}

static bool set_output(struct options *o, const char *arg, char *err)
{
	o->output = arg;
	return *arg || fail(err, "output", arg, "the name of a file");
}

static bool set_seed(struct options *o, const char *arg, char *err)
{
	bool hex = arg[0] == '0' && arg[1] == 'x';
	const char *from = hex ? arg + 2 : arg;

	o->has_seed = true;
	if (!*from || strspn(from, hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(from))
		return fail(err, "seed", arg, "a number, decimal or 0x hex");
	errno = 0;
	o->seed = strtoull(from, NULL, hex ? 16 : 10);
	return !errno || fail(err, "seed", arg, "a number of 64 bits");
}

static bool set_size(struct options *o, const char *arg, char *err)
{
	char *rest;
	bool good = digits(arg, &o->size_min, &rest);

	o->size_max = o->size_min;
	if (good && *rest == '-')
		good = digits(rest + 1, &o->size_max, &rest);
	if (!good || *rest)
		return fail(err, "size", arg, "BYTES or MIN-MAX");
	if (o->size_min >= WIRE_PACKET_MIN && o->size_max <= WIRE_PACKET_MAX &&
	    o->size_min <= o->size_max)
		return true;
	snprintf(err, OPTIONS_ERR, "--size: %.60s is out of range, must be within %zu-%u", arg,
		 WIRE_PACKET_MIN, WIRE_PACKET_MAX);
	return false;
}

static bool set_dst(struct options *o, const char *arg, char *err)
{
	o->has_dst = true;
	if (strlen(arg) != 17)
		return fail(err, "dst", arg, "an Ethernet address (02:50:49:52:00:01)");
	for (unsigned int i = 0; i < WIRE_MAC_LEN; i++) {
		char byte[3] = {arg[3 * i], arg[3 * i + 1]};

		if (strspn(byte, "0123456789abcdefABCDEF") != 2 ||
		    (i < WIRE_MAC_LEN - 1 && arg[3 * i + 2] != ':'))
			return fail(err, "dst", arg, "an Ethernet address (02:50:49:52:00:01)");
		o->dst[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return true;
}

/* ---- the options ---------------------------------------------------------------- */

#define NUMBER(field, low, high, u) .number = at_##field, .min = (low), .max = (high), .unit = (u)
#define EVERY(field)                NUMBER(field, 2, UINT32_MAX, UNIT_COUNT)

enum {
	KEY_REFLECT = LONG_ONLY,
	KEY_PEER,
	KEY_PAIR,
	KEY_ONE_WAY,
	KEY_PROMISCUOUS,
	KEY_QUEUES,
	KEY_DESCRIPTORS,
	KEY_MBUFS,
	KEY_DST,
	KEY_WINDOW,
	KEY_DRAIN,
	KEY_LINK,
	KEY_CATCH_UP,
	KEY_STRICT,
	KEY_JSON,
	KEY_DROP,
	KEY_DUPLICATE,
	KEY_REORDER,
	KEY_DAMAGE,
	KEY_VERSION,
};

static const struct spec specs[] = {
	{"reflect", NULL,
	 "send back what comes, addresses exchanged, until it is\nstopped or --duration is over",
	 KEY_REFLECT, .set = set_reflect},
	{"peer", "PORT", "reflect on this port, too: on another lcore, if there is one", KEY_PEER,
	 .set = set_peer},
	{"pair", NULL,
	 "no device: two ports joined in memory, the second\nreflects; without EAL options, EAL "
	 "needs nothing",
	 KEY_PAIR, .flag = at_pair},
	{"port", "PORT", "EAL's number of the port (default 0)", 'p',
	 NUMBER(port, 0, UINT16_MAX - 1, UNIT_NONE)},
	{"rate", "PPS",
	 "packets a second, k, M, G may follow (default 1000);\n0: as fast as it goes", 'r',
	 NUMBER(rate, 0, 10000000000, UNIT_COUNT)},
	{"burst", "N", "packets sent at once (default 1)", 'b',
	 NUMBER(burst, 1, OPTIONS_BURST_MAX, UNIT_NONE)},
	{"flows", "N", "flows, in turn (default 1); each is sent on one queue", 'f',
	 NUMBER(flows, 1, OPTIONS_FLOWS, UNIT_NONE)},
	{"size", "BYTES", "of a frame without FCS, or MIN-MAX, drawn uniformly\n(default 66)", 'z',
	 .set = set_size},
	{"count", "N", "packets to send, k, M, G may follow", 'n',
	 NUMBER(count, 1, UINT64_MAX / 2, UNIT_COUNT)},
	{"duration", "TIME", "how long to send, 5s, 100ms, 2m, 1h (default 10s without\n--count)",
	 'd', NUMBER(duration, 1, 30 * DAY_MS, UNIT_MS)},
	{"seed", "N", "of sizes, and of the mark of the run (default: random)", 's',
	 .set = set_seed},
	{"dst", "MAC", "send to this address (default: the peer's, or the port's own)", KEY_DST,
	 .set = set_dst},
	{"queues", "N", "pairs of queues (default 1)", KEY_QUEUES,
	 NUMBER(queues, 1, OPTIONS_QUEUES, UNIT_NONE)},
	{"descriptors", "N", "of each queue (default 256)", KEY_DESCRIPTORS,
	 NUMBER(descriptors, 8, 32768, UNIT_NONE)},
	{"mbufs", "N",
	 "buffers of each port to send from, and to receive to\n(default: enough for all queues)",
	 KEY_MBUFS, NUMBER(mbufs, 511, 1u << 23, UNIT_NONE)},
	{"promiscuous", NULL, "take frames for any address", KEY_PROMISCUOUS,
	 .flag = at_promiscuous},
	{"one-way", NULL, "nothing comes back: do not wait, count no loss", KEY_ONE_WAY,
	 .flag = at_one_way},
	{"window", "N",
	 "newest packets of a flow that are told apart from\nduplicates, a power of two (default "
	 "65536)",
	 KEY_WINDOW, NUMBER(window, FLOW_WINDOW_MIN, FLOW_WINDOW_MAX, UNIT_NONE)},
	{"drain", "TIME", "wait for the last packets (default 100ms)", KEY_DRAIN,
	 NUMBER(drain, 0, DAY_MS, UNIT_MS)},
	{"link", "TIME", "wait for the link (default 5s)", KEY_LINK,
	 NUMBER(link, 0, DAY_MS, UNIT_MS)},
	{"catch-up", "TIME",
	 "by how much sending may lag and catch up (default\n1000us); bursts beyond are skipped, "
	 "and counted",
	 KEY_CATCH_UP, NUMBER(catch_up, 0, DAY_MS * 1000, UNIT_US)},
	{"strict", NULL,
	 "exit status 1 when a packet was lost, came twice, late\nor damaged, or a burst was "
	 "skipped",
	 KEY_STRICT, .flag = at_strict},
	{"json", NULL, "the result as JSON instead of a line", KEY_JSON, .flag = at_json},
	{"output", "FILE", "the result as JSON into this file", 'o', .set = set_output},
	{"drop-every", "N", "reflector, on purpose: every N-th packet is dropped", KEY_DROP,
	 EVERY(drop)},
	{"duplicate-every", "N", "goes back twice", KEY_DUPLICATE, EVERY(duplicate)},
	{"reorder-every", "N", "goes back behind the next one", KEY_REORDER, EVERY(reorder)},
	{"damage-every", "N", "goes back with one bit another", KEY_DAMAGE, EVERY(damage)},
	{"version", NULL, "the version", KEY_VERSION, .flag = at_version},
	{"help", NULL, "this text", 'h', .flag = at_help},
};
#define NR_SPECS (sizeof(specs) / sizeof(specs[0]))

/* ---- help ------------------------------------------------------------------------ */

static void help_option(struct text *t, const struct spec *s)
{
	char left[64];
	const char *p = s->help;
	int n;

	n = s->key < LONG_ONLY ? snprintf(left, sizeof(left), "-%c, ", s->key)
			       : snprintf(left, sizeof(left), "    ");
	n += snprintf(left + n, sizeof(left) - (size_t)n, "--%s%s%s", s->name, s->arg ? " " : "",
		      s->arg ? s->arg : "");
	text_add(t, "  %-*s", HELP_COLUMN, left);
	if (n > HELP_COLUMN - 1)
		text_add(t, "\n  %-*s", HELP_COLUMN, "");
	for (;;) {
		size_t len = strcspn(p, "\n");

		text_add(t, "%.*s\n", (int)len, p);
		p += len;
		if (!*p++)
			return;
		text_add(t, "  %-*s", HELP_COLUMN, "");
	}
}

size_t options_help(char *buf, size_t size)
{
	struct text t = {buf, size, 0};

	text_add(&t,
		 "usage: pirbench-pktgen [OPTION]... [-- EAL-OPTION...]\n\n"
		 "Send numbered, time-stamped packets at a rate, through DPDK, and account for\n"
		 "what comes back: lost, duplicated, overtaken, and how long each took.\n\n"
		 "options:\n");
	for (size_t i = 0; i < NR_SPECS; i++)
		help_option(&t, &specs[i]);
	text_add(
		&t,
		"\nWhat follows -- is for DPDK's EAL. SIGINT and SIGTERM end sending; what was\n"
		"measured is reported. Exit status: 0 measured, 1 not as --strict wants, 2 error.\n"
		"\nexamples:\n"
		"  pirbench-pktgen --pair --rate 100k --duration 2s\n"
		"  pirbench-pktgen --rate 1M --burst 32 --flows 8 -- -l 1 -a 0000:3b:02.0\n"
		"  pirbench-pktgen --reflect -- -l 2 -a 0000:3b:02.1\n"
		"  pirbench-pktgen --peer 1 -n 100k --json -- -l 1,2 -a 0000:00:14.1 -a "
		"0000:00:14.2\n"
		"  pirbench-pktgen --one-way --rate 0 -- --no-huge --no-pci --vdev net_null0\n");
	return t.len;
}

/* ---- parsing ----------------------------------------------------------------------- */

static bool check(const struct options *o, char *err)
{
	const char *wrong = NULL;
	bool faults = false;

	for (uint32_t k = 0; k < FAULT_KINDS; k++)
		faults |= o->every[k] != 0;
	if (o->window & (o->window - 1))
		wrong = "--window: must be a power of two";
	else if (o->flows < o->queues)
		wrong = "--queues: must not be more than --flows, since each flow is sent on one";
	else if (o->role == OPTIONS_REFLECT && (o->has_peer || o->pair || o->one_way || o->count))
		wrong = "--reflect: goes with none of --peer, --pair, --one-way and --count";
	else if (o->pair && (o->has_peer || o->port || o->queues > 1))
		wrong = "--pair: goes with none of --peer, --port and --queues";
	else if (o->has_peer && o->peer == o->port)
		wrong = "--peer: must be another port than --port";
	else if (faults && o->role != OPTIONS_REFLECT && !o->has_peer && !o->pair)
		wrong = "--drop-every and the like: there is no reflector (--reflect, --peer, "
			"--pair)";
	else if (o->one_way && (o->has_peer || o->pair))
		wrong = "--one-way: with --peer and --pair packets come back";
	else if (o->one_way && o->strict && !o->rate)
		wrong = "--strict: nothing can fail with --one-way and --rate 0";
	if (wrong)
		snprintf(err, OPTIONS_ERR, "%s", wrong);
	return !wrong;
}

static const struct spec *find(int key)
{
	for (size_t i = 0; i < NR_SPECS; i++)
		if (specs[i].key == key)
			return &specs[i];
	return NULL;
}

static bool apply(struct options *o, const struct spec *s, const char *arg, char *err)
{
	if (s->flag)
		*s->flag(o) = true;
	else if (s->number)
		return number(o, s, arg, err);
	else
		return s->set(o, arg, err);
	return true;
}

struct tables {
	struct option longs[MAX_OPTIONS];
	char shorts[2 * MAX_OPTIONS + 4];
};
_Static_assert(NR_SPECS < MAX_OPTIONS, "the last one is zeros");

static void tables_build(struct tables *t)
{
	size_t n = 0;

	memset(t, 0, sizeof(*t));
	t->shorts[n++] = '+'; /* a stray word is an error */
	t->shorts[n++] = ':'; /* a missing value is told apart */
	for (size_t i = 0; i < NR_SPECS; i++) {
		t->longs[i] = (struct option){
			.name = specs[i].name, .has_arg = !!specs[i].arg, .val = specs[i].key};
		if (specs[i].key >= LONG_ONLY)
			continue;
		t->shorts[n++] = (char)specs[i].key;
		if (specs[i].arg)
			t->shorts[n++] = ':';
	}
}

static int parse(struct options *o, int argc, char **argv, char *err)
{
	const struct spec *s;
	struct tables t;
	int key;

	tables_build(&t);
	optind = 0;
	opterr = 0;
	while ((key = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1) {
		const char *what = argv[optind > 0 ? optind - 1 : 0];

		if (key == ':' || key == '?') {
			snprintf(err, OPTIONS_ERR, "%.60s: %s", what,
				 key == ':' ? "a value is missing" : "no such option, or no value");
			return -EINVAL;
		}
		s = find(key);
		if (!s || !apply(o, s, optarg, err))
			return -EINVAL;
		if (o->help || o->version)
			return 0;
	}
	if (optind < argc && strcmp(argv[optind - 1], "--") != 0) {
		snprintf(err, OPTIONS_ERR, "%.60s: it takes options only; EAL's follow --",
			 argv[optind]);
		return -EINVAL;
	}
	o->eal_argc = argc - optind;
	o->eal_argv = argv + optind;
	return check(o, err) ? 0 : -EINVAL;
}

int options_parse(struct options *o, int argc, char **argv, char err[OPTIONS_ERR])
{
	*o = (struct options){
		.rate = 1000,
		.burst = 1,
		.flows = 1,
		.queues = 1,
		.size_min = WIRE_PACKET_MIN,
		.size_max = WIRE_PACKET_MIN,
		.window = 65536,
		.descriptors = 256,
		.drain_ms = 100,
		.link_ms = 5000,
		.catch_up_us = 1000,
	};
	err[0] = '\0';
	if (parse(o, argc, argv, err))
		return -EINVAL;
	if (!o->mbufs)
		o->mbufs = 2 * o->queues * o->descriptors + SPARE_MBUFS;
	if (o->role == OPTIONS_GENERATE && !o->count && !o->duration_ms)
		o->duration_ms = 10000;
	return 0;
}
