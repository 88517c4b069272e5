// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sweeps: what the records say, and that no wrong one passes for a right one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/sweeps.h"

static struct maker m;
static struct pb_sweep *s;
static struct pb_sweep_sums sums;
static char err[256], buf[512];

static int teardown(void **state)
{
	(void)state;
	mk_free(&m);
	sweep_free(s);
	s = NULL;
	return 0;
}

static int build(void)
{
	int ret;

	mk_seal(&m);
	ret = sweep_build(&m.plan, m.truth, &s, err, sizeof(err));
	memset(&sums, 0, sizeof(sums));
	if (s)
		sweep_sum(s, &sums);
	return ret;
}

static void must(int ret)
{
	if (ret)
		fail_msg("%s", err);
}

/* It must be refused, and the line must say why. */
static void refused(const char *why)
{
	if (build() != -EPROTO)
		fail_msg("taken, though: %s", why);
	if (!strstr(err, why))
		fail_msg("'%s' does not say '%s'", err, why);
	assert_null(s);
	mk_free(&m);
	m.run = m.truth = NULL;
	m.tl = NULL;
	m.marks = NULL;
	m.o = NULL;
}

/* ---- what is right -------------------------------------------------------------- */

static void clean(void **state)
{
	(void)state;
	sw_init(&m, 2);
	sw_swept(&m, 1, 0, 0);
	sw_swept(&m, 2, 0, 0);
	must(build());
	assert_int_equal(s->nr_windows, 2);
	assert_int_equal(s->nr_intervals, 2 * SW_NR);
	assert_int_equal(s->interval[1].first, 12);
	assert_int_equal(s->interval[1].last, 19);
	assert_int_equal(s->interval[1].bound, PB_EVF_BOUND_VAPIC);
	assert_int_equal(s->interval[1].delay, 500 - 12);
	assert_int_equal(s->interval[1].outcome, PB_EVF_SUPPRESSED);
	assert_int_equal(s->window[1].at, SW_NR);
	assert_int_equal(sums.instants, 200);
	assert_int_equal(sums.suppressed, 6);
	assert_int_equal(sweep_lost(&sums), 0);
	assert_true(sweep_complete(&sums));
	assert_string_equal(sweep_sums_text(&sums, buf, sizeof(buf)),
			    "complete: 12 intervals (200 instants) in 2 windows, 0 lost");
}

static void loses(void **state)
{
	struct pb_sweep_stretch x;
	uint32_t at = 0;

	(void)state;
	sw_init(&m, 1);
	sw_window(&m, 1, 0, 0, 0);
	sw_posts(&m, 1, 3);
	/* A second stretch, to the end. */
	m.tr[m.nr_tr - 1].flags = PB_EVF_FATE_MISSED;
	must(build());
	assert_int_equal(sums.stranded, 2);
	assert_int_equal(sums.missed, 1);
	assert_true(sweep_complete(&sums));
	assert_true(sweep_stretch(s, &at, &x));
	snprintf(s->interval[1].at, sizeof(s->interval[1].at), "vmx_vcpu_pi_put+0x5c");
	assert_string_equal(
		sweep_stretch_text(s, &x, buf, sizeof(buf)),
		"instants 12..39 of 100, from vmx_vcpu_pi_put+0x5c (virtual-APIC page loaded) to "
		"0xffffffff81000030 (SN cleared): stranded");
	assert_true(sweep_stretch(s, &at, &x));
	assert_int_equal(x.from, 5);
	assert_non_null(strstr(sweep_stretch_text(s, &x, buf, sizeof(buf)),
			       "instants 90..99 of 100, from 0xffffffff81000050 (vCPU word loaded, "
			       "CPU interruptible or not) to the window's end: missed"));
	assert_false(sweep_stretch(s, &at, &x));
}

static void late_is_lost(void **state)
{
	(void)state;
	sw_init(&m, 1);
	sw_swept(&m, 1, 0, 0);
	m.tr[m.nr_tr - 1].flags |= PB_EVF_FATE_PASSED;
	must(build());
	assert_int_equal(sums.late, 1);
	assert_int_equal(sweep_lost(&sums), 1);
}

static void first_interval(void **state)
{
	struct pb_sweep_stretch x;
	uint32_t at = 0;

	(void)state;
	sw_init(&m, 1);
	sw_swept(&m, 1, 0, 3);
	must(build());
	assert_true(sweep_stretch(s, &at, &x));
	assert_non_null(strstr(sweep_stretch_text(s, &x, buf, sizeof(buf)),
			       "instants 0..39 of 100, from 0xffffffff81000000 (SN set) to "));
}

/* Every instant tried. */
static void brute(uint32_t bad, uint16_t fate)
{
	sw_init(&m, 1);
	m.plan.sweep[0].stride = 1;
	sw_window(&m, 1, 0, 0, 0);
	for (uint32_t i = 0; i < SW_LENGTH; i++)
		sw_post(&m, i, i == bad ? fate : PB_EVF_FATE_DELIVERED);
}

static void brute_force(void **state)
{
	(void)state;
	brute(SW_LENGTH, 0);
	must(build());
	assert_int_equal(sums.tried, SW_LENGTH);
	assert_string_equal(
		sweep_sums_text(&sums, buf, sizeof(buf)),
		"complete: 6 intervals (100 instants) in 1 window, 0 lost; 100 instants "
		"tried, all alike within their intervals");
	mk_free(&m);
	sweep_free(s);
	brute(55, PB_EVF_FATE_STRANDED);
	refused("the intervals are wrong: in that of instants 41..89 of window 1 a post was "
		"notified, delivered, but at instant 55 notified, stranded");
	/* What a post finds is a difference, too. */
	brute(SW_LENGTH, 0);
	m.tr[m.nr_tr - 2].flags = PB_EVF_SUPPRESSED;
	refused("the intervals are wrong");
	/* What is undecided contradicts nothing, but proves nothing either. */
	brute(55, PB_EVF_FATE_UNDECIDED);
	must(build());
	assert_int_equal(sums.undecided, 1);
	assert_false(sweep_done(&sums));
	mk_free(&m);
	sweep_free(s);
	s = NULL;
	/* One left out. */
	brute(SW_LENGTH, 0);
	m.nr_tr -= 2;
	refused("9 posts in the interval of instants 90..99, which is not all");
}

/* What is undecided beside a loss is a loss, in either order. */
static void undecided_and_lost(void **state)
{
	(void)state;
	for (int order = 0; order < 2; order++) {
		sw_init(&m, 1);
		sw_swept(&m, 1, 0, 0);
		m.nr_tr -= 2;
		sw_post(&m, 90, order ? PB_EVF_FATE_MISSED : PB_EVF_FATE_UNDECIDED);
		sw_post(&m, 99, order ? PB_EVF_FATE_UNDECIDED : PB_EVF_FATE_MISSED);
		must(build());
		assert_int_equal(sums.missed, 1);
		assert_int_equal(sums.undecided, 0);
		mk_free(&m);
		sweep_free(s);
		s = NULL;
	}
	sw_init(&m, 1);
}

static void gap(const char *text)
{
	must(build());
	assert_false(sweep_done(&sums));
	assert_false(sweep_complete(&sums));
	assert_non_null(strstr(sweep_gaps_text(&sums, buf, sizeof(buf)), text));
	assert_non_null(strstr(sweep_sums_text(&sums, buf, sizeof(buf)), "not complete: "));
	mk_free(&m);
	sweep_free(s);
	s = NULL;
}

static void not_complete(void **state)
{
	(void)state;
	sw_init(&m, 1);
	gap("no window came");
	sw_init(&m, 2);
	sw_swept(&m, 1, 0, 0);
	gap("1 window that did not come");
	sw_init(&m, 1);
	sw_window(&m, 1, 0, 0, PB_EVF_WINDOW_OPEN);
	sw_posts(&m, 0, 0);
	gap("1 window longer than allowed");
	sw_init(&m, 1);
	sw_window(&m, 1, 0, 0, PB_EVF_WINDOW_CUT);
	sw_post(&m, 0, PB_EVF_FATE_DELIVERED);
	gap("5 intervals not tried, 1 window beyond the budget");
	sw_init(&m, 1);
	sw_window(&m, 1, 0, 0, 0);
	sw_posts(&m, 0, 0);
	m.tr[m.nr_tr - 1].flags = PB_EVF_FATE_UNDECIDED;
	gap("1 interval undecided");
	sw_init(&m, 1);
	sw_window(&m, 1, 0, 0, 0);
	sw_posts(&m, 0, 0);
	m.tr[m.nr_tr - 2].flags = PB_EVF_BLOCKED;
	m.tr[m.nr_tr - 1].flags = PB_EVF_FATE_NO_POST;
	gap("1 interval in which no interrupt was posted");
	sw_init(&m, 1);
	m.plan.sweep[0].stride = 30;
	sw_window(&m, 1, 0, 0, 0);
	for (uint32_t i = 0; i < SW_LENGTH; i += 30)
		sw_post(&m, i, PB_EVF_FATE_DELIVERED);
	gap("2 intervals not tried");
	sw_init(&m, 1);
}

/* ---- two events -------------------------------------------------------------------- */

static void inner(uint32_t outer, uint32_t from, uint32_t to)
{
	sw_window(&m, 1, 1, outer, 0);
	sw_posts(&m, from, to);
}

static void unopened(uint32_t outer)
{
	struct pb_event *e = sw_event(&m, PB_TR_WINDOW, 1, (uint64_t)outer << 32, 0);

	e->source = 1;
	e->vector = PB_WINDOW_PREEMPT;
}

static void two(void)
{
	sw_init_two(&m, 1);
	sw_window(&m, 1, 0, 0, 0);
	inner(0, 0, 0);
	sw_window(&m, 1, 1, 25, PB_EVF_WINDOW_ALIKE);
	unopened(50);
	inner(75, 1, 2);
}

static void two_events(void **state)
{
	struct pb_sweep_stretch x;
	uint32_t at = 0;

	(void)state;
	two();
	must(build());
	assert_int_equal(sums.windows, 1);
	assert_int_equal(sums.inner, 4);
	assert_int_equal(sums.alike, 1);
	assert_int_equal(sums.unopened, 1);
	assert_int_equal(sums.intervals, 2 * SW_NR);
	assert_int_equal(sums.outer, 4);
	assert_true(sweep_done(&sums));
	assert_false(sweep_complete(&sums));
	assert_string_equal(
		sweep_sums_text(&sums, buf, sizeof(buf)),
		"done as asked: 12 intervals (200 instants) in 2 windows within 4 of 100 "
		"outer instants, 1 more alike, 1 lost");
	assert_true(sweep_stretch(s, &at, &x));
	assert_string_equal(sweep_window_place(s, x.window, buf, sizeof(buf)),
			    "window 1 (preempt to resume) within instant 75 of window 1");
}

static void two_events_refused(void **state)
{
	(void)state;
	sw_init_two(&m, 1);
	inner(0, 0, 0);
	refused("an inner window before any outer one");
	two();
	m.tr[0].arg = 60;
	refused("out of order or not in it");
	sw_init_two(&m, 1);
	sw_window(&m, 1, 0, 0, 0);
	inner(25, 0, 0);
	inner(0, 0, 0);
	refused("out of order");
	sw_init_two(&m, 1);
	sw_window(&m, 1, 0, 0, 0);
	inner(100, 0, 0);
	refused("outer instant 100, of 100");
	sw_init_two(&m, 1);
	sw_window(&m, 1, 0, 0, 0);
	sw_window(&m, 1, 1, 0, PB_EVF_WINDOW_ALIKE);
	refused("is like none that was swept");
	sw_init_two(&m, 1);
	sw_window(&m, 1, 0, 0, 0);
	inner(0, 0, 0);
	sw_window(&m, 1, 1, 25, PB_EVF_WINDOW_ALIKE);
	m.tr[m.nr_tr - 1].flags = PB_EVF_BOUND_EXIT;
	refused("is like none that was swept");
	sw_init_two(&m, 1);
	sw_window(&m, 1, 0, 0, 0);
	sw_posts(&m, 0, 0);
	refused("a post in an outer window");
	sw_init(&m, 1);
	sw_window(&m, 1, 0, 0, PB_EVF_WINDOW_ALIKE);
	refused("flags 0x0004");
	/* An instant that was asked for, and not tried. */
	sw_init_two(&m, 1);
	sw_window(&m, 1, 0, 0, 0);
	inner(0, 0, 0);
	gap("3 places not tried");
	sw_init(&m, 1);
}

/* ---- spoiled in every field ----------------------------------------------------------- */

/* Behind a window (0), its six bounds (1 to 6), six posts and fates (7 to 18). */
enum { BOUND = 1, POST = 1 + SW_NR, FATE };

static const struct spoil {
	size_t event;
	size_t offset, size;
	uint64_t value;
	const char *why;
} spoils[] = {
#define AT(i, member, value, why)                                                             \
	{                                                                                     \
		i, offsetof(struct pb_event, member), sizeof(((struct pb_event *)0)->member), \
			value, why                                                            \
	}
	AT(0, seq, 0, "not one that was asked for"),
	AT(0, arg, 0, "which is out of order or not in it"),
	AT(0, arg, 90, "out of order or not in it"),
	AT(0, arg, 1001, "the plan allows 1000"),
	AT(0, arg, SW_LENGTH | 1ull << 32, "an outer window within another"),
	AT(0, flags, 0x8, "flags 0x0008"),
	AT(0, vector, PB_WINDOW_HALT, "the plan asks for 1"),
	AT(0, source, 1, "is of sweep 1, the plan has 1"),
	AT(0, kind, PB_TR_AIM, "outside of a window's"),
	AT(BOUND, seq, 1, "must begin at 0"),
	AT(BOUND, seq, 12, "out of order or not in it"),
	AT(BOUND + 1, seq, 0, "out of order or not in it"),
	AT(BOUND + 1, seq, 20, "out of order or not in it"),
	AT(BOUND + 5, seq, 100, "out of order or not in it"),
	AT(BOUND + 5, seq, UINT32_MAX, "out of order or not in it"),
	AT(BOUND + 1, flags, 0x80, "bound 0x0080"),
	AT(BOUND + 1, flags, 0, "nothing bounds the interval"),
	AT(BOUND + 1, vector, 2, "has access 2"),
	AT(BOUND + 1, kind, PB_TR_WINDOW, "window 12"),
	AT(BOUND + 1, kind, PB_TR_SWEPT, "an interval at instant 20 outside"),
	AT(POST, seq, 12, "without a post there"),
	AT(POST, seq, 100, "a post at instant 100 of the 100"),
	AT(POST, seq, UINT32_MAX, "a post at instant"),
	AT(POST + 2, seq, 0, "posts at instants 0 and 0 of window 1 are out of order"),
	AT(POST, flags, 0, "has flags 0x0000"),
	AT(POST, flags, PB_EVF_NOTIFIED | PB_EVF_SUPPRESSED, "has flags 0x0030"),
	AT(POST, flags, PB_EVF_NOTIFIED | 1, "has flags 0x0011"),
	AT(POST, tsc, 1ull << 40, "is before its post"),
	AT(POST, kind, PB_TR_AIM, "a fate at instant 0 without a post there"),
	AT(POST, kind, PB_TR_FATE, "without a post there"),
	AT(FATE, seq, 1, "without a post there"),
	AT(FATE, flags, 0, "fate 0x0000"),
	AT(FATE, flags, PB_EVF_FATE_DELIVERED | PB_EVF_FATE_STRANDED, "fate 0x0003"),
	AT(FATE, flags, PB_EVF_FATE_PASSED, "fate 0x0100"),
	AT(FATE, flags, PB_EVF_FATE_DELIVERED | 0x20, "fate 0x0021"),
	AT(FATE, flags, PB_EVF_FATE_NO_POST, "posted and not posted"),
	AT(FATE, kind, PB_TR_AIM, "the post at instant 0 of window 1 has no fate"),
	AT(FATE, kind, PB_TR_SWEPT, "has no fate"),
	AT(FATE + 10, kind, PB_TR_AIM, "the post at instant 90 of window 1 has no fate"),
	AT(FATE, kind, PB_TR_WINDOW, "has no fate"),
#undef AT
};

static void spoiled(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		const struct spoil *x = &spoils[i];

		sw_init(&m, 1);
		sw_swept(&m, 1, 0, 0);
		memcpy((char *)&m.tr[x->event] + x->offset, &x->value, x->size);
		refused(x->why);
	}
	/* Two fields at once. */
	sw_init(&m, 1);
	sw_swept(&m, 1, 0, 1);
	m.tr[FATE].arg = 1;
	refused("stranded at instant 0 with ON=1, SN=0");
	sw_init(&m, 1);
	sw_swept(&m, 1, 0, 1);
	m.tr[POST].flags = PB_EVF_BLOCKED;
	refused("in the PIR at instant 0, but never posted");
	sw_init(&m, 2);
	sw_swept(&m, 2, 0, 0);
	sw_swept(&m, 1, 0, 0);
	refused("out of order");
	sw_init(&m, 2);
	sw_window(&m, 1, 0, 0, 0);
	refused("0 posts in the interval");
	/* Nothing was asked for. */
	sw_init(&m, 1);
	sw_swept(&m, 1, 0, 0);
	m.plan.nr_sweeps = 0;
	refused("the plan has 0");
	mk_init(&m);
	must(build());
	assert_null(s);
}

static void too_many(void **state)
{
	struct pb_sweep_window *w = NULL;
	struct pb_sweep_interval *i = NULL;

	(void)state;
	mk_init(&m);
	s = calloc(1, sizeof(*s));
	assert_null(sweep_add_interval(s));
	for (uint32_t n = 0; n < PB_SWEEP_MAX_WINDOWS; n++)
		w = sweep_add_window(s);
	assert_non_null(w);
	assert_null(sweep_add_window(s));
	for (uint32_t n = 0; n < PB_SWEEP_MAX_INTERVALS; n++)
		i = sweep_add_interval(s);
	assert_non_null(i);
	assert_null(sweep_add_interval(s));
}

static void copies(void **state)
{
	struct pb_sweep *copy;

	(void)state;
	two();
	must(build());
	copy = sweep_copy(s);
	assert_non_null(copy);
	assert_int_equal(sweep_check(copy, err, sizeof(err)), 0);
	assert_memory_equal(copy->interval, s->interval, s->nr_intervals * sizeof(*s->interval));
	sweep_free(copy);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(clean),       TEST(loses),        TEST(late_is_lost),
		TEST(brute_force), TEST(not_complete), TEST(undecided_and_lost),
		TEST(two_events),  TEST(spoiled),      TEST(two_events_refused),
		TEST(too_many),    TEST(copies),       TEST(first_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
