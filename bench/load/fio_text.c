// SPDX-License-Identifier: LGPL-2.1-or-later
/* What fio measured, for people. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "load/fio.h"

#define COLUMNS 48

void fio_histogram(const struct fio_side *s, char *buf, size_t width)
{
	static const char level[] = ".:-=+*#%@";
	const double low = log((double)s->min + 1), high = log((double)s->max + 1);
	uint64_t count[256] = {0}, most = 0;

	if (width > sizeof(count) / sizeof(count[0]))
		width = sizeof(count) / sizeof(count[0]);
	for (size_t i = 0; i < s->nr_bins; i++) {
		double at = high > low ? (log((double)s->bin[i].ns + 1) - low) / (high - low) : 0;
		/* The middle of a bin may lie outside. */
		size_t n = at <= 0 ? 0 : (size_t)(at * (double)width);

		n = n < width ? n : width - 1;
		count[n] += s->bin[i].count;
		most = count[n] > most ? count[n] : most;
	}
	for (size_t i = 0; i < width; i++) {
		double share = count[i] ? (double)(count[i] - 1) / (double)most : 0;

		buf[i] = count[i] ? level[(size_t)(share * (sizeof(level) - 1))] : ' ';
	}
	buf[width] = '\0';
}

static double us(uint64_t ns)
{
	return (double)ns / 1000;
}

static void side_text(FILE *f, const struct fio_job *j, size_t kind)
{
	const struct fio_side *s = &j->side[kind];
	char bars[COLUMNS + 1];

	fprintf(f, "%-16.16s %-5s %8" PRIu64 " %9.1f %9.2f %6" PRIu64, j->name,
		fio_side_names[kind], s->ios, s->iops, s->bw / (1 << 20),
		s->short_ios + s->drop_ios);
	if (!s->samples) {
		fputs("  no times\n", f);
		return;
	}
	fio_histogram(s, bars, COLUMNS);
	fprintf(f, " %9.1f %9.1f %9.1f %9.1f %9.1f %9.1f\n", us(s->min), s->mean / 1000, us(s->p50),
		us(s->p99), us(s->p99_9), us(s->max));
	fprintf(f, "  %10.1f |%s| %.1f us\n", us(s->min), bars, us(s->max));
}

static void job_text(FILE *f, const struct fio_job *j)
{
	size_t shown = 0;

	for (size_t i = 0; i < FIO_SIDES; i++)
		if (j->side[i].ios || j->side[i].samples || j->side[i].short_ios ||
		    j->side[i].drop_ios) {
			side_text(f, j, i);
			shown++;
		}
	if (!shown)
		fprintf(f, "%-16.16s no I/O\n", j->name);
	if (j->error || j->errors)
		fprintf(f, "%-16.16s error %d, %" PRIu64 " more that it went on after\n", j->name,
			j->error, j->errors);
}

int fio_to_text(const struct fio_run *run, size_t nr, char **text)
{
	size_t size;
	FILE *f = open_memstream(text, &size);
	bool bad;

	if (!f)
		return -ENOMEM;
	fprintf(f, "%-16s %-5s %8s %9s %9s %6s %9s %9s %9s %9s %9s %9s\n", "job", "", "I/Os",
		"IOPS", "MiB/s", "short", "min us", "mean", "p50", "p99", "p99.9", "max");
	for (size_t i = 0; i < nr; i++)
		for (size_t k = 0; k < run[i].output.nr; k++)
			job_text(f, &run[i].output.job[k]);
	bad = ferror(f) != 0;
	bad |= fclose(f) != 0;
	return bad ? -ENOMEM : 0;
}
