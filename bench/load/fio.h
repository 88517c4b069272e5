/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fio.h - what fio measured: its output (--output-format=json+, of fio 3.x, see
 * "JSON+ output" in its manual), read and written again as ours.  Nothing in it
 * is believed.
 */
#ifndef PB_LOAD_FIO_H
#define PB_LOAD_FIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIO_JOBS_MAX 1024
/* fio's own histogram has 29 groups of 64. */
#define FIO_BINS_MAX 1856
#define FIO_ERR      240

enum fio_side_kind { FIO_READ, FIO_WRITE, FIO_TRIM, FIO_SIDES };

struct fio_bin {
	uint64_t ns; /* the middle of the bucket, as fio has it */
	uint64_t count;
};

/* One direction of a job. Times, of completion (clat), are ns. */
struct fio_side {
	uint64_t ios, bytes;
	uint64_t short_ios, drop_ios;
	double iops, bw; /* per second; bytes per second */
	uint64_t samples; /* with a time; 0: the times below are 0, there are no bins */
	uint64_t min, p50, p99, p99_9, max;
	double mean;
	struct fio_bin *bin; /* ascending; their counts are `samples` */
	size_t nr_bins;
};

struct fio_job {
	char name[64]; /* printable; cut */
	int error; /* errno of what ended it; 0: nothing */
	uint64_t errors; /* that it went on after */
	struct fio_side side[FIO_SIDES];
};

struct fio_output {
	char version[32]; /* printable */
	struct fio_job *job;
	size_t nr;
};

extern const char *const fio_side_names[FIO_SIDES];

/*
 * Read what fio wrote. 0; -EINVAL with a line in err (FIO_ERR bytes): what is
 * wrong, and where; -ENOMEM, with a line, too. fio_release() in any case.
 */
int fio_parse(const char *data, size_t size, struct fio_output *o, char *err);
void fio_release(struct fio_output *o);

/* Is there a job that had an error, or did nothing? Then one line in err (FIO_ERR bytes): which and what. */
bool fio_failed(const struct fio_output *o, char *err);

/*
 * The share of samples in each of `width` columns from min to max, equally wide on
 * a logarithmic scale, as a character each: ' ' none, then . : - = + * # % @.
 * `buf` has width + 1 bytes.
 */
void fio_histogram(const struct fio_side *s, char *buf, size_t width);

/* A run of fio: the file of its jobs, as the user called it, and what came of it. */
struct fio_run {
	const char *file;
	struct fio_output output;
};

/* Where it ran. */
struct fio_place {
	const char *kernel;
	const char *function; /* "pf", "vf1" */
	const char *service; /* NULL: as the drive is by itself */
	uint64_t period_us; /* mean of service */
};

/*
 * All runs as a table for people, and as one JSON object. *text is malloc()ed, the
 * caller's to free. 0 or -ENOMEM.
 */
int fio_to_text(const struct fio_run *run, size_t nr, char **text);
int fio_to_json(const struct fio_place *p, const struct fio_run *run, size_t nr, char **text);

#endif
