// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Throughput of the analysis, on one core: from a run file's bytes in memory
 * to classified posts; beside it perf script on as many context switches.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "analysis/outcome.h"
#include "analysis/timeline.h"
#include "event/run.h"
#include "tests/bench/bench.h"
#include "tests/bench/synth.h"
#include "util/subprocess.h"

#define PERF_TIMEOUT_S 300

struct figures {
	struct bench_figure *check, *join, *outcome, *classify, *whole;
};

/* Millions of events a second. */
static double rate(uint64_t events, double seconds)
{
	return (double)events / seconds * 1e-6;
}

static int analyse(const struct pb_plan *plan, const struct pb_run *run, const struct figures *f)
{
	size_t size = run_size(run->nr_events);
	struct pb_timeline *tl = NULL;
	struct pb_outcome *o = NULL;
	char err[256] = "";
	double t[4];
	int ret;

	t[0] = bench_cpu();
	ret = run_check(run, size, plan, err, sizeof(err));
	t[1] = bench_cpu();
	if (!ret)
		ret = timeline_build(plan, run, size, &tl, err, sizeof(err));
	t[2] = bench_cpu();
	if (!ret)
		ret = outcome_build(tl, NULL, &o, err, sizeof(err));
	t[3] = bench_cpu();
	if (!ret && o->counts.posts != run->posted) {
		snprintf(err, sizeof(err), "posts went missing in the analysis");
		ret = -EPROTO;
	}
	outcome_free(o);
	timeline_free(tl);
	if (ret) {
		fprintf(stderr, "analysis: %s\n", err[0] ? err : strerror(-ret));
		return ret;
	}
	bench_put(&f->check->own, rate(run->nr_events, t[1] - t[0]));
	bench_put(&f->join->own, rate(run->nr_events, t[2] - t[1]));
	bench_put(&f->outcome->own, rate(run->nr_events, t[3] - t[2]));
	bench_put(&f->classify->own, rate(run->nr_events, t[3] - t[1]));
	bench_put(&f->whole->own, rate(run->nr_events, t[3] - t[0]));
	return 0;
}

/* CPU seconds of all children that have ended. */
static double children_cpu(void)
{
	struct rusage r;

	getrusage(RUSAGE_CHILDREN, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e-6;
}

static void perf_script(const char *path, uint64_t events, const struct figures *f)
{
	static const char *const line =
		"exec perf script --show-switch-events -i \"$0\" >/dev/null";
	const char *const argv[] = {"sh", "-c", line, path, NULL};
	struct subprocess p = {.argv = argv, .timeout_s = PERF_TIMEOUT_S};
	struct subprocess_result res;
	double before = children_cpu();
	char err[256];
	int ret = subprocess_run(&p, &res, err, sizeof(err));

	if (ret) {
		bench_skip(f->classify, "reference: %s", err);
		bench_skip(f->whole, "reference: %s", err);
	} else {
		bench_put(&f->classify->ref, rate(events, children_cpu() - before));
		bench_put(&f->whole->ref, rate(events, children_cpu() - before));
	}
	subprocess_release(&res);
}

/* A file for perf; false, with the reason in both figures, when there is none to be had. */
static bool perf_file(char *path, uint64_t events, const struct figures *f)
{
	int fd, ret;

	if (!subprocess_exists("perf")) {
		bench_skip(f->classify, "reference: no perf here (package linux-perf)");
		bench_skip(f->whole, "reference: no perf here (package linux-perf)");
		return false;
	}
	fd = mkstemp(path);
	ret = fd < 0 ? -errno : synth_perf_data(fd, events);
	if (fd >= 0)
		close(fd);
	if (!ret)
		return true;
	bench_skip(f->classify, "reference: %s: %s", path, strerror(-ret));
	bench_skip(f->whole, "reference: %s: %s", path, strerror(-ret));
	if (fd >= 0)
		unlink(path);
	return false;
}

static void figures_init(struct bench *b, struct figures *f)
{
	static const char ref[] = "perf script on as many context switches, to /dev/null";

	f->check = bench_figure(b, "analysis/check", "M events/s", true);
	f->join = bench_figure(b, "analysis/join", "M events/s", true);
	f->outcome = bench_figure(b, "analysis/outcomes", "M events/s", true);
	f->classify = bench_figure(b, "analysis/join+outcomes", "M events/s", true);
	f->whole = bench_figure(b, "analysis/whole", "M events/s", true);
	f->classify->goal = 20;
	snprintf(f->classify->reference, sizeof(ref), "%s", ref);
	snprintf(f->whole->reference, sizeof(ref), "%s", ref);
}

int bench_analysis(struct bench *b)
{
	char path[] = "/tmp/pirbench-bench-XXXXXX";
	struct pb_run *run = NULL;
	struct figures f;
	struct pb_plan plan;
	bool perf;
	int ret;

	figures_init(b, &f);
	ret = synth_run(&plan, b->events, 1, &run);
	if (ret)
		return ret;
	perf = perf_file(path, run->nr_events, &f);
	for (unsigned int i = 0; i < b->rounds && !ret; i++) {
		ret = analyse(&plan, run, &f);
		if (perf && !f.whole->skip[0])
			perf_script(path, run->nr_events, &f);
	}
	if (perf)
		unlink(path);
	free(run);
	return ret;
}
