// SPDX-License-Identifier: LGPL-2.1-or-later
/* The result: as its schema says, clean only when it is, one line. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/schema.h"
#include "pktgen/report.h"

static struct options o;
static struct report r;

static int setup(void **state)
{
	(void)state;
	o = (struct options){.rate = 1000, .burst = 1, .flows = 1, .queues = 1, .seed = UINT64_MAX};
	memset(&r, 0, sizeof(r));
	r.options = &o;
	r.tsc_hz = 1000000000;
	r.generates = true;
	r.generator.sent = r.generator.due = 1000;
	r.generator.received = r.generator.fate[FLOW_NEW] = 1000;
	r.generator.elapsed = 500000000;
	histogram_init(&r.generator.latency);
	for (uint64_t i = 0; i < 1000; i++)
		histogram_add(&r.generator.latency, 1000 + i);
	return 0;
}

static void fits_schema(void **state)
{
	json_t *schema = json_load_file("reports/pktgen.schema.json", 0, NULL), *value;
	char err[200] = "";
	char *text;

	(void)state;
	assert_non_null(schema);
	for (unsigned int roles = 0; roles < 4; roles++) {
		r.generates = roles & 1;
		r.reflects = roles & 2;
		assert_int_equal(pktgen_report_json(&r, &text), 0);
		assert_int_equal(text[strlen(text) - 1], '\n');
		value = json_loads(text, 0, NULL);
		free(text);
		assert_non_null(value);
		if (!schema_check(schema, schema, value, err, sizeof(err)))
			fail_msg("roles %u: %s", roles, err);
		assert_true(!!json_object_get(value, "generator") == (roles & 1));
		assert_true(!!json_object_get(value, "reflector") == !!(roles & 2));
		json_object_set_new(value, "more", json_true());
		assert_false(schema_check(schema, schema, value, err, sizeof(err)));
		json_decref(value);
	}
	json_decref(schema);
}

static void numbers(void **state)
{
	json_t *value, *g, *h, *bucket;
	json_int_t sum = 0;
	char *text;
	size_t i;

	(void)state;
	r.generator.fate[FLOW_NEW] = 900;
	r.generator.fate[FLOW_REORDERED] = 40;
	assert_int_equal(pktgen_report_json(&r, &text), 0);
	value = json_loads(text, 0, NULL);
	free(text);
	g = json_object_get(value, "generator");
	h = json_object_get(g, "latency");
	assert_int_equal(json_integer_value(json_object_get(g, "lost")), 60);
	assert_int_equal(json_integer_value(json_object_get(g, "returned")), 940);
	assert_true(json_real_value(json_object_get(g, "rate")) == 2000);
	assert_int_equal(json_integer_value(json_object_get(h, "min")), 1000);
	assert_int_equal(json_integer_value(json_object_get(h, "max")), 1999);
	assert_in_range(json_integer_value(json_object_get(h, "p50")), 1499, 1511);
	json_array_foreach(json_object_get(h, "buckets"), i, bucket) sum +=
		json_integer_value(json_array_get(bucket, 1));
	assert_int_equal(sum, 1000);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(value, "options"), "seed")),
		"0xffffffffffffffff");
	assert_true(json_is_false(json_object_get(value, "clean")));
	json_decref(value);
}

/* Each of these makes it unclean, and is named. */
static void clean(void **state)
{
	struct report_generator *g = &r.generator;
	struct {
		uint64_t *at;
		uint64_t v;
		const char *says;
	} c[] = {
		{&g->fate[FLOW_NEW], 999, "1 lost"},
		{&g->sent, 1003, "3 lost"},
		{&g->fate[FLOW_DUPLICATE], 5, "5 duplicated"},
		{&g->fate[FLOW_STALE], 6, "6 stale"},
		{&g->fate[FLOW_IMPOSSIBLE], 7, "7 never sent"},
		{&g->damaged, 8, "8 damaged"},
		{&g->skipped, 9, "9 skipped"},
		{&g->unsent, 10, "10 unsent"},
	};
	char why[200];

	assert_true(report_clean(&r, why, sizeof(why)));
	assert_string_equal(why, "");
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		*c[i].at = c[i].v;
		assert_false(report_clean(&r, why, sizeof(why)));
		assert_string_equal(why, c[i].says);
		setup(state);
	}
	g->fate[FLOW_NEW] = 998;
	g->fate[FLOW_REORDERED] = 2;
	assert_false(report_clean(&r, why, sizeof(why)));
	assert_string_equal(why, "2 reordered");
	setup(state);
	r.interrupted = true;
	assert_false(report_clean(&r, why, sizeof(why)));
	setup(state);
	g->sent = g->fate[FLOW_NEW] = 0;
	assert_false(report_clean(&r, why, sizeof(why)));
	/* What is foreign is not ours to judge. */
	setup(state);
	g->foreign = 4;
	assert_true(report_clean(&r, why, sizeof(why)));
	/* Nothing is to come back. */
	o.one_way = true;
	g->fate[FLOW_NEW] = 0;
	assert_true(report_clean(&r, why, sizeof(why)));
	assert_int_equal(report_lost(&r), 0);
}

static void line(void **state)
{
	char text[REPORT_LINE];

	(void)state;
	report_line(&r, text);
	assert_string_equal(text,
			    "sent 1000 in 0.500 s (2000/s), lost 0, duplicates 0, reordered 0; "
			    "latency us: min 1.00, median 1.50, p99 1.99, p99.9 2.00, max 2.00");
	r.generator.skipped = 3;
	r.interrupted = true;
	r.reflects = true;
	r.reflector.received = 7;
	r.reflector.returned = 6;
	o.one_way = true;
	report_line(&r, text);
	assert_string_equal(
		text, "sent 1000 in 0.500 s (2000/s, 3 skipped); reflected 6 of 7 (interrupted)");
	r.peer.rx_nombuf = 7;
	r.interrupted = false;
	report_line(&r, text);
	assert_non_null(strstr(text, "; no buffer to receive to 7 times (--mbufs)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(fits_schema, setup),
		cmocka_unit_test_setup(numbers, setup),
		cmocka_unit_test_setup(clean, setup),
		cmocka_unit_test_setup(line, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
