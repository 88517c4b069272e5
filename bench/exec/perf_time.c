// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "exec/perf_time.h"

#define CALIBRATION_NS 10000000

void perf_time_attr(const struct perf_time *t, struct perf_event_attr *attr)
{
	memset(attr, 0, sizeof(*attr));
	attr->size = sizeof(*attr);
	attr->type = PERF_TYPE_SOFTWARE;
	attr->config = PERF_COUNT_SW_DUMMY;
	attr->exclude_kernel = 1;
	attr->exclude_hv = 1;
	if (!t->exact) {
		attr->use_clockid = 1;
		attr->clockid = CLOCK_MONOTONIC_RAW;
	}
}

int perf_open(struct perf_event_attr *attr, int tid, size_t pages, int *fd, void **page, char *err,
	      size_t errlen)
{
	size_t size = (pages + 1) * (size_t)sysconf(_SC_PAGESIZE);
	int error;

	*page = NULL;
	*fd = (int)syscall(SYS_perf_event_open, attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (*fd < 0) {
		error = errno;
		snprintf(err, errlen, "perf events: %s%s", strerror(error),
			 error == EACCES || error == EPERM
				 ? ": set sysctl kernel.perf_event_paranoid to 2 or less"
			 : error == ENOSYS ? ": the kernel needs CONFIG_PERF_EVENTS"
					   : "");
		return -error;
	}
	/* Mapped now, not while it is read: then something is being measured. */
	*page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, *fd, 0);
	if (*page != MAP_FAILED)
		return 0;
	error = errno;
	*page = NULL;
	close(*fd);
	*fd = -1;
	snprintf(err, errlen, "perf ring of %zu pages: %s%s", pages, strerror(error),
		 error == EPERM ? ": raise sysctl kernel.perf_event_mlock_kb" : "");
	return -error;
}

void perf_close(int fd, void *page, size_t pages)
{
	if (page)
		munmap(page, (pages + 1) * (size_t)sysconf(_SC_PAGESIZE));
	if (fd >= 0)
		close(fd);
}

/* The tightest of a few looks at both clocks. */
static struct perf_time_pair look(void)
{
	struct perf_time_pair best = {0, 0};
	uint64_t width = UINT64_MAX;

	for (int i = 0; i < 16; i++) {
		uint64_t before = __builtin_ia32_rdtsc(), after;
		struct timespec ts;

		clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
		after = __builtin_ia32_rdtsc();
		if (after - before >= width)
			continue;
		width = after - before;
		best.tsc = before + width / 2;
		best.ns = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
	}
	return best;
}

static uint64_t scale(uint64_t value, uint64_t num, uint64_t den)
{
	return (uint64_t)((unsigned __int128)value * num / den);
}

static void calibrate(struct perf_time *t)
{
	struct timespec ts = {0, CALIBRATION_NS};

	t->begin = look();
	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
	t->end = look();
	if (t->end.ns > t->begin.ns)
		t->khz = scale(t->end.tsc - t->begin.tsc, 1000000, t->end.ns - t->begin.ns);
}

/* The page is written under a sequence count (perf_event.h, struct perf_event_mmap_page). */
static void read_page(struct perf_time *t, const volatile struct perf_event_mmap_page *page)
{
	uint32_t seq;

	do {
		seq = page->lock;
		__sync_synchronize();
		t->exact = page->cap_user_time && page->cap_user_time_zero && page->time_mult;
		t->zero = page->time_zero;
		t->mult = page->time_mult;
		t->shift = page->time_shift;
		__sync_synchronize();
	} while (page->lock != seq || (seq & 1));
}

int perf_time_init(struct perf_time *t, char *err, size_t errlen)
{
	struct perf_event_attr attr;
	void *page;
	int fd, ret;

	memset(t, 0, sizeof(*t));
	t->exact = true;
	perf_time_attr(t, &attr);
	ret = perf_open(&attr, 0, 0, &fd, &page, err, errlen);
	if (ret || !page)
		return ret;
	read_page(t, page);
	perf_close(fd, page, 0);
	/* ns = cycles * mult >> shift */
	if (t->exact)
		t->khz = (((uint64_t)1000000 << t->shift) + t->mult / 2) / t->mult;
	else
		calibrate(t);
	if (t->khz)
		return 0;
	snprintf(err, errlen, "the TSC does not count");
	return -EOPNOTSUPP;
}

void perf_time_update(struct perf_time *t)
{
	if (!t->exact)
		t->end = look();
}

uint64_t perf_time_to_tsc(const struct perf_time *t, uint64_t ns)
{
	uint64_t span_ns, span_tsc;

	if (t->exact) {
		uint64_t time = ns - t->zero;
		uint64_t quot = time / t->mult, rem = time % t->mult;

		return (quot << t->shift) + (rem << t->shift) / t->mult;
	}
	span_ns = t->end.ns - t->begin.ns;
	span_tsc = t->end.tsc - t->begin.tsc;
	if (ns < t->begin.ns)
		return t->begin.tsc - scale(t->begin.ns - ns, span_tsc, span_ns);
	return t->begin.tsc + scale(ns - t->begin.ns, span_tsc, span_ns);
}
