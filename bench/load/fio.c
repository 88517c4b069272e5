// SPDX-License-Identifier: LGPL-2.1-or-later
#include "load/fio.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/checkline.h"

/* So that the sum of all bins, and a value and a 64th of it, fit. */
#define MAX_NUMBER (1ull << 48)
#define MAX_REAL   1e18

const char *const fio_side_names[FIO_SIDES] = {"read", "write", "trim"};

static bool get_u64(struct checkline *c, const json_t *o, const char *key, uint64_t *to)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    (uint64_t)json_integer_value(v) > MAX_NUMBER)
		return checkline_fail(c, "%s must be a whole number, 0 to 2^48", key);
	*to = (uint64_t)json_integer_value(v);
	return true;
}

static bool get_real(struct checkline *c, const json_t *o, const char *key, double *to)
{
	const json_t *v = json_object_get(o, key);

	*to = json_number_value(v);
	if (!json_is_number(v) || !isfinite(*to) || *to < 0 || *to > MAX_REAL)
		return checkline_fail(c, "%s must be a number, 0 to 1e18", key);
	return true;
}

/* For people: what is not printable becomes '?', what is too long is cut. */
static bool get_text(struct checkline *c, const json_t *o, const char *key, char *to, size_t size)
{
	const char *text = json_string_value(json_object_get(o, key));
	size_t i;

	if (!text)
		return checkline_fail(c, "%s must be a text", key);
	for (i = 0; i + 1 < size && text[i]; i++)
		to[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	to[i] = '\0';
	return true;
}

/* ---- latencies --------------------------------------------------------------------- */

static bool get_bin(struct checkline *c, const char *key, const json_t *v, const struct fio_side *s,
		    struct fio_bin *to)
{
	size_t len = strlen(key);

	if (!len || len > 18 || strspn(key, "0123456789") != len)
		return checkline_fail(c, "a bin must be called by its time in ns");
	to->ns = strtoull(key, NULL, 10);
	if (s->nr_bins && to->ns <= s->bin[s->nr_bins - 1].ns)
		return checkline_fail(c, "bins must ascend");
	/* A bin is called by its middle, so that may be more than the maximum. */
	if (to->ns > s->max + s->max / 64 + 1)
		return checkline_fail(c, "a bin is above the maximum");
	if (!json_is_integer(v) || json_integer_value(v) < 1 ||
	    (uint64_t)json_integer_value(v) > MAX_NUMBER)
		return checkline_fail(c, "a bin must have a count of 1 to 2^48");
	to->count = (uint64_t)json_integer_value(v);
	return true;
}

static bool get_bins(struct checkline *c, json_t *bins, struct fio_side *s)
{
	size_t nr = json_object_size(bins);
	uint64_t sum = 0;
	const char *key;
	json_t *v;

	if (!nr)
		return checkline_fail(c, "no bins: json+ and clat_percentiles are needed");
	if (nr > FIO_BINS_MAX)
		return checkline_fail(c, "more than %d bins", FIO_BINS_MAX);
	s->bin = calloc(nr, sizeof(*s->bin));
	if (!s->bin)
		return checkline_fail(c, "out of memory");
	json_object_foreach(bins, key, v)
	{
		if (!get_bin(c, key, v, s, &s->bin[s->nr_bins]))
			return false;
		sum += s->bin[s->nr_bins++].count;
	}
	if (sum != s->samples)
		return checkline_fail(c, "the bins have not as many samples as N says");
	return true;
}

/* The least bin that so many of a thousand samples do not exceed. */
static uint64_t quantile(const struct fio_side *s, uint64_t per_mille)
{
	uint64_t rank = (s->samples * per_mille + 999) / 1000, seen = 0, ns;
	size_t i = 0;

	while (i + 1 < s->nr_bins && (seen += s->bin[i].count) < rank)
		i++;
	ns = s->bin[i].ns;
	return ns > s->max ? s->max : ns < s->min ? s->min : ns;
}

static bool get_latency(struct checkline *c, const json_t *o, struct fio_side *s)
{
	if (!json_is_object(o))
		return checkline_fail(c, "clat_ns must be an object");
	if (!get_u64(c, o, "N", &s->samples))
		return false;
	if (!s->samples)
		return true;
	if (!get_u64(c, o, "min", &s->min) || !get_u64(c, o, "max", &s->max) ||
	    !get_real(c, o, "mean", &s->mean))
		return false;
	if (s->min > s->max || s->mean + 1 < (double)s->min || s->mean - 1 > (double)s->max)
		return checkline_fail(c, "min, mean and max must ascend");
	if (!get_bins(c, json_object_get(o, "bins"), s))
		return false;
	s->p50 = quantile(s, 500);
	s->p99 = quantile(s, 990);
	s->p99_9 = quantile(s, 999);
	return true;
}

/* ---- jobs ---------------------------------------------------------------------------- */

static bool get_side(struct checkline *c, const json_t *o, struct fio_side *s)
{
	if (!json_is_object(o))
		return checkline_fail(c, "must be an object");
	return get_u64(c, o, "total_ios", &s->ios) && get_u64(c, o, "io_bytes", &s->bytes) &&
	       get_u64(c, o, "short_ios", &s->short_ios) &&
	       get_u64(c, o, "drop_ios", &s->drop_ios) && get_real(c, o, "iops", &s->iops) &&
	       get_real(c, o, "bw_bytes", &s->bw) &&
	       get_latency(c, json_object_get(o, "clat_ns"), s);
}

static bool get_job(struct checkline *c, const json_t *o, size_t nr, struct fio_job *j)
{
	uint64_t error = 0;

	checkline_at(c, "job %zu: ", nr);
	if (!json_is_object(o))
		return checkline_fail(c, "must be an object");
	if (!get_text(c, o, "jobname", j->name, sizeof(j->name)) || !get_u64(c, o, "error", &error))
		return false;
	if (error > 4095)
		return checkline_fail(c, "error must be an errno, 0 to 4095");
	j->error = (int)error;
	/* There only with continue_on_error. */
	if (json_object_get(o, "total_err") && !get_u64(c, o, "total_err", &j->errors))
		return false;
	for (size_t i = 0; i < FIO_SIDES; i++) {
		checkline_at(c, "job %zu: %s: ", nr, fio_side_names[i]);
		if (!get_side(c, json_object_get(o, fio_side_names[i]), &j->side[i]))
			return false;
	}
	return true;
}

static bool get_output(struct checkline *c, const json_t *root, struct fio_output *o)
{
	const json_t *jobs = json_object_get(root, "jobs");
	size_t nr = json_array_size(jobs);

	if (!json_is_object(root))
		return checkline_fail(c, "must be an object");
	if (!get_text(c, root, "fio version", o->version, sizeof(o->version)))
		return false;
	if (!nr || nr > FIO_JOBS_MAX)
		return checkline_fail(c, "jobs must be a list of 1 to %d", FIO_JOBS_MAX);
	o->job = calloc(nr, sizeof(*o->job));
	if (!o->job)
		return checkline_fail(c, "out of memory");
	for (o->nr = 0; o->nr < nr; o->nr++)
		if (!get_job(c, json_array_get(jobs, o->nr), o->nr + 1, &o->job[o->nr])) {
			o->nr++; /* for fio_release() */
			return false;
		}
	return true;
}

int fio_parse(const char *data, size_t size, struct fio_output *o, char *err)
{
	struct checkline c;
	json_error_t e;
	json_t *root = json_loadb(data, size, 0, &e);
	bool ok;

	memset(o, 0, sizeof(*o));
	checkline_init(&c, err, FIO_ERR);
	if (!root) {
		/* What it quotes of the text is not for a terminal. */
		checkline_fail(&c, "line %d: not JSON, or not all of it", e.line);
		return -EINVAL;
	}
	ok = get_output(&c, root, o);
	json_decref(root);
	return ok ? 0 : -EINVAL;
}

void fio_release(struct fio_output *o)
{
	for (size_t i = 0; i < o->nr; i++)
		for (size_t k = 0; k < FIO_SIDES; k++)
			free(o->job[i].side[k].bin);
	free(o->job);
	memset(o, 0, sizeof(*o));
}

static bool idle(const struct fio_job *j)
{
	uint64_t ios = 0;

	for (size_t i = 0; i < FIO_SIDES; i++)
		ios += j->side[i].ios;
	return !ios;
}

bool fio_failed(const struct fio_output *o, char *err)
{
	for (size_t i = 0; i < o->nr; i++) {
		const struct fio_job *j = &o->job[i];

		if (j->error)
			snprintf(err, FIO_ERR, "%s: error %d (%s)", j->name, j->error,
				 strerror(j->error));
		else if (j->errors)
			snprintf(err, FIO_ERR, "%s: %llu errors", j->name,
				 (unsigned long long)j->errors);
		else if (idle(j))
			snprintf(err, FIO_ERR, "%s: no I/O", j->name);
		else
			continue;
		return true;
	}
	return false;
}
