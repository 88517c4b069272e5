// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "tests/bench/bench.h"
#include "util/file.h"

struct bench_figure *bench_figure(struct bench *b, const char *name, const char *unit, bool more)
{
	struct bench_figure *f;

	if (b->nr == BENCH_FIGURES)
		abort();
	f = &b->figure[b->nr++];
	memset(f, 0, sizeof(*f));
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->unit = unit;
	f->more = more;
	return f;
}

void bench_skip(struct bench_figure *f, const char *fmt, ...)
{
	va_list ap;

	if (f->skip[0])
		return;
	va_start(ap, fmt);
	vsnprintf(f->skip, sizeof(f->skip), fmt, ap);
	va_end(ap);
	f->skip[strcspn(f->skip, "\n")] = '\0';
}

void bench_put(struct bench_series *s, double value)
{
	if (s->nr < BENCH_ROUNDS)
		s->v[s->nr++] = value;
}

static double clock_read(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

double bench_now(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

double bench_cpu(void)
{
	return clock_read(CLOCK_THREAD_CPUTIME_ID);
}

/* ---- statistics ------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The value with this part of all below it, linear between neighbours. */
static double quantile(const struct bench_series *s, double part)
{
	double v[BENCH_ROUNDS], at = part * ((double)s->nr - 1);
	unsigned int low;

	if (!s->nr)
		return 0;
	memcpy(v, s->v, s->nr * sizeof(v[0]));
	qsort(v, s->nr, sizeof(v[0]), by_value);
	low = (unsigned int)at;
	return low + 1 < s->nr ? v[low] + (at - low) * (v[low + 1] - v[low]) : v[low];
}

double bench_median(const struct bench_series *s)
{
	return quantile(s, 0.5);
}

void bench_quartiles(const struct bench_series *s, double *low, double *high)
{
	*low = quantile(s, 0.25);
	*high = quantile(s, 0.75);
}

void bench_ratio(const struct bench_figure *f, struct bench_series *ratio)
{
	unsigned int nr = f->own.nr < f->ref.nr ? f->own.nr : f->ref.nr;

	memset(ratio, 0, sizeof(*ratio));
	for (unsigned int i = 0; i < nr; i++) {
		double own = f->own.v[i], ref = f->ref.v[i];

		if (own > 0 && ref > 0)
			bench_put(ratio, f->more ? own / ref : ref / own);
	}
}

int bench_goal(const struct bench_figure *f)
{
	struct bench_series ratio;
	double median = bench_median(&f->own);

	bench_ratio(f, &ratio);
	if ((f->goal > 0 && !f->own.nr) || (f->goal_ratio > 0 && !ratio.nr) ||
	    (f->goal <= 0 && f->goal_ratio <= 0))
		return -1;
	if (f->goal > 0 && (f->more ? median < f->goal : median > f->goal))
		return 0;
	return f->goal_ratio <= 0 || bench_median(&ratio) >= f->goal_ratio;
}

/* ---- output ------------------------------------------------------------------- */

static void cell(const struct bench_series *s, const char *unit)
{
	double low, high;

	if (!s->nr) {
		printf(" |");
		return;
	}
	bench_quartiles(s, &low, &high);
	printf(" %.4g %s (%.4g to %.4g) |", bench_median(s), unit, low, high);
}

static void print_figure(const struct bench_figure *f)
{
	static const char *const goals[] = {"missed", "reached"};
	struct bench_series ratio;
	int goal = bench_goal(f);
	double low, high;

	printf("| %s |", f->name);
	cell(&f->own, f->unit);
	cell(&f->ref, f->unit);
	bench_ratio(f, &ratio);
	bench_quartiles(&ratio, &low, &high);
	if (ratio.nr)
		printf(" **%.3g** (%.3g to %.3g) |", bench_median(&ratio), low, high);
	else
		printf(" |");
	if (f->goal > 0)
		printf(" %s %.4g %s", f->more ? "at least" : "at most", f->goal, f->unit);
	if (f->goal_ratio > 0)
		printf(" ratio %.3g", f->goal_ratio);
	printf("%s%s |", goal >= 0 ? ": " : "", goal >= 0 ? goals[goal] : "");
	printf(" %s%s%s%s |\n", f->reference, f->reference[0] && f->skip[0] ? "; " : "",
	       f->skip[0] ? "skipped: " : "", f->skip);
}

void bench_print(const struct bench *b)
{
	printf("| figure | pirbench | reference | ratio | goal | held against |\n"
	       "|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < b->nr; i++)
		print_figure(&b->figure[i]);
	printf("\nMedian (quartiles) of up to %u rounds, ours and the reference in turn; "
	       "ratio: how many times better ours is, by round.\n",
	       b->rounds);
}

static json_t *series_json(const struct bench_series *s)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < s->nr; i++)
		json_array_append_new(list, json_real(s->v[i]));
	return list;
}

static json_t *figure_json(const struct bench_figure *f)
{
	struct bench_series ratio;
	json_t *o = json_pack("{s:s, s:s, s:b, s:f, s:o, s:o, s:s, s:s}", "name", f->name, "unit",
			      f->unit, "more_is_better", f->more, "median", bench_median(&f->own),
			      "values", series_json(&f->own), "reference_values",
			      series_json(&f->ref), "reference", f->reference, "skip", f->skip);

	bench_ratio(f, &ratio);
	if (o && ratio.nr)
		json_object_set_new(o, "ratio", json_real(bench_median(&ratio)));
	if (o && f->goal > 0)
		json_object_set_new(o, "goal", json_real(f->goal));
	if (o && f->goal_ratio > 0)
		json_object_set_new(o, "goal_ratio", json_real(f->goal_ratio));
	if (o && bench_goal(f) >= 0)
		json_object_set_new(o, "reached", json_boolean(bench_goal(f)));
	return o;
}

int bench_write(const struct bench *b, const char *path)
{
	struct utsname u;
	json_t *list = json_array(), *o;
	char *text;
	int ret;

	uname(&u);
	for (size_t i = 0; i < b->nr; i++)
		json_array_append_new(list, figure_json(&b->figure[i]));
	o = json_pack("{s:i, s:s, s:i, s:o}", "version", 1, "host_kernel", u.release, "rounds",
		      (int)b->rounds, "figures", list);
	text = o ? json_dumps(o, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) : NULL;
	ret = text ? file_write(path, text, strlen(text)) : -ENOMEM;
	free(text);
	json_decref(o);
	return ret;
}
