/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench.h - benchmarks whose figures are ratios: what is ours and what it is
 * held against are measured in turn, round by round, in one run, so that what
 * disturbs the machine disturbs both. docs/performance.md has the figures.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_ROUNDS  64
#define BENCH_FIGURES 96

/* One value a round. */
struct bench_series {
	double v[BENCH_ROUNDS];
	unsigned int nr;
};

struct bench_figure {
	char name[48]; /* "recorder/guest" */
	const char *unit; /* of the values: "ns", "M/s", "s" */
	bool more; /* more is better */
	double goal; /* that the median is to reach; 0: none */
	double goal_ratio; /* that the ratio is to reach; 0: none */
	struct bench_series own;
	struct bench_series ref;
	char reference[120]; /* what `ref` is of; empty: nothing to hold it against */
	char skip[240]; /* why there are no values (or none of the reference); one line */
};

struct bench {
	unsigned int rounds; /* 1..BENCH_ROUNDS */
	uint64_t events; /* per round, for what counts events */
	const char *kernels; /* comma-separated, for what boots */
	const char *hdr; /* path of HdrHistogram_c as a shared object; NULL: not there */
	const char *hdr_why; /* then why */
	const char *stock; /* directory of the packaged emulator's files; NULL: not there */
	const char *stock_why;
	const char *pirbench; /* path of the command */
	struct bench_figure figure[BENCH_FIGURES];
	size_t nr;
};

/* A new figure, zeroed but for these. Aborts when there are too many. */
struct bench_figure *bench_figure(struct bench *b, const char *name, const char *unit, bool more);
/* Why it could not be measured, printf style; the first reason stays. */
void bench_skip(struct bench_figure *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void bench_put(struct bench_series *s, double value);
/* Seconds, monotonic. */
double bench_now(void);
/* Seconds of CPU time of this thread: what others do on the machine disturbs it less. */
double bench_cpu(void);

/* Nearest to the middle of the sorted values (mean of two); 0 when there are none. */
double bench_median(const struct bench_series *s);
/* Quartiles, linear between neighbours; both 0 when there are none. */
void bench_quartiles(const struct bench_series *s, double *low, double *high);
/*
 * How many times better ours is than the reference, a value for each round
 * that has both.
 */
void bench_ratio(const struct bench_figure *f, struct bench_series *ratio);
/* Has it a goal, and does it reach it? 1, 0; -1: no goal, or no values. */
int bench_goal(const struct bench_figure *f);

/* A table in Markdown on stdout. */
void bench_print(const struct bench *b);
/* All values, as JSON. 0 or -errno. */
int bench_write(const struct bench *b, const char *path);

/* The benchmarks; each adds its figures. 0, or -errno when something that must work does not. */
int bench_recorder(struct bench *b);
int bench_analysis(struct bench *b);
int bench_emulator(struct bench *b);
int bench_boot(struct bench *b);
int bench_devices(struct bench *b);
int bench_gate(struct bench *b);

#endif
