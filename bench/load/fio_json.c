// SPDX-License-Identifier: LGPL-2.1-or-later
/* What fio measured, for programs. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "load/fio.h"

#define VERSION 1

/* A key that cannot be set leaves *bad set: an object that lacks one is never handed out. */
static void set(json_t *o, const char *key, json_t *value, bool *bad)
{
	*bad |= json_object_set_new(o, key, value) != 0;
}

static void count(json_t *o, const char *key, uint64_t v, bool *bad)
{
	set(o, key, json_integer((json_int_t)v), bad);
}

static json_t *latency_json(const struct fio_side *s, bool *bad)
{
	json_t *o = json_object(), *bins = json_array();

	count(o, "samples", s->samples, bad);
	if (s->samples) {
		count(o, "min", s->min, bad);
		set(o, "mean", json_real(s->mean), bad);
		count(o, "p50", s->p50, bad);
		count(o, "p99", s->p99, bad);
		count(o, "p99_9", s->p99_9, bad);
		count(o, "max", s->max, bad);
	}
	for (size_t i = 0; i < s->nr_bins; i++)
		*bad |= json_array_append_new(bins, json_pack("[I, I]", (json_int_t)s->bin[i].ns,
							      (json_int_t)s->bin[i].count)) != 0;
	set(o, "bins", bins, bad);
	return o;
}

static json_t *side_json(const struct fio_side *s, bool *bad)
{
	json_t *o = json_object();

	count(o, "ios", s->ios, bad);
	count(o, "bytes", s->bytes, bad);
	count(o, "short_ios", s->short_ios, bad);
	count(o, "drop_ios", s->drop_ios, bad);
	set(o, "iops", json_real(s->iops), bad);
	set(o, "bytes_per_s", json_real(s->bw), bad);
	set(o, "clat_ns", latency_json(s, bad), bad);
	return o;
}

static json_t *job_json(const struct fio_job *j, bool *bad)
{
	json_t *o = json_object();

	set(o, "name", json_string(j->name), bad);
	count(o, "error", (uint64_t)j->error, bad);
	count(o, "errors", j->errors, bad);
	for (size_t i = 0; i < FIO_SIDES; i++)
		set(o, fio_side_names[i], side_json(&j->side[i], bad), bad);
	return o;
}

static json_t *run_json(const struct fio_run *run, bool *bad)
{
	json_t *o = json_object(), *jobs = json_array(), *file = json_string(run->file);

	/* A path may be no UTF-8. */
	set(o, "file", file ? file : json_string("?"), bad);
	set(o, "fio", json_string(run->output.version), bad);
	for (size_t i = 0; i < run->output.nr; i++)
		*bad |= json_array_append_new(jobs, job_json(&run->output.job[i], bad)) != 0;
	set(o, "jobs", jobs, bad);
	return o;
}

int fio_to_json(const struct fio_place *p, const struct fio_run *run, size_t nr, char **text)
{
	json_t *o = json_object(), *runs = json_array();
	bool bad = false;
	char *line;

	count(o, "pirbench_fio", VERSION, &bad);
	set(o, "kernel", json_string(p->kernel), &bad);
	set(o, "function", json_string(p->function), &bad);
	if (p->service) {
		set(o, "service", json_string(p->service), &bad);
		count(o, "period_us", p->period_us, &bad);
	}
	for (size_t i = 0; i < nr; i++)
		bad |= json_array_append_new(runs, run_json(&run[i], &bad)) != 0;
	set(o, "runs", runs, &bad);
	line = bad ? NULL : json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(o);
	if (!line || asprintf(text, "%s\n", line) < 0)
		*text = NULL;
	free(line);
	return *text ? 0 : -ENOMEM;
}
