// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a device costs: commands, or frames, a second of emulated time and of wall time,
 * each held against the poster's posts in the same round; and what the devices that a
 * guest drives cost a boot.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/run.h"
#include "tests/bench/bench.h"
#include "tests/bench/lab.h"
#include "tests/bench/output.h"
#include "util/file.h"

#define KERNEL "linux-6.1"

/* As fast as guest and controller go; a frame, or a post, every 10 us. */
static const struct device {
	const char *name, *source;
} devices[] = {
	{"poster", "{kind: poster, schedule: periodic, period: 10us, count: 20000}"},
	{"nvme", "{kind: nvme, schedule: served, vectors: 1, depth: 8, count: 20000}"},
	{"nvme-vf", "{kind: nvme, function: vf1, schedule: served, vectors: 1, depth: 8, "
		    "count: 20000}"},
	{"nic", "{kind: nic, schedule: periodic, period: 10us, count: 20000}"},
	{"nic-vf", "{kind: nic, function: vf1, schedule: periodic, period: 10us, count: 20000}"},
};
#define DEVICES (sizeof(devices) / sizeof(devices[0]))

struct rate {
	double emulated, wall; /* thousands of posts a second */
};

static int scenario_write(const char *path, const struct device *d)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "summary: posts as fast as they come\nwhy: to see what they cost\n"
		 "expect: {lost: 0}\nevents: 65536\nmeasure: 20s\nlate: 100ms\n"
		 "sources:\n  - %s\nsqueezers:\n  - {kind: pin}\n",
		 d->source);
	return file_write(path, text, strlen(text));
}

/* Seconds of wall time of its one branch; 0: none. */
static double branch_wall(const char *results)
{
	double seconds = 0;
	char path[160];
	json_error_t err;
	json_t *o, *phase;
	size_t i;

	snprintf(path, sizeof(path), "%s/result.json", results);
	o = json_load_file(path, 0, &err);
	json_array_foreach(json_object_get(o, "phases"), i, phase)
	{
		const char *name = json_string_value(json_object_get(phase, "name"));

		if (name && !strcmp(name, "branches"))
			seconds += json_number_value(json_object_get(phase, "wall_s"));
	}
	json_decref(o);
	return seconds;
}

/* From the first post to the last. */
static double emulated(const struct pb_run *r)
{
	uint64_t first = UINT64_MAX, last = 0, nr = 0;

	for (uint64_t i = 0; i < r->nr_events; i++) {
		const struct pb_event *e = &run_events(r)[i];

		if (e->kind != PB_EV_POST)
			continue;
		first = e->tsc < first ? e->tsc : first;
		last = e->tsc > last ? e->tsc : last;
		nr++;
	}
	return nr > 1 && last > first ? (double)nr * (double)r->tsc_khz / (double)(last - first)
				      : 0;
}

static int measure(const struct bench *b, const struct device *d, struct rate *rate, char *why)
{
	char file[128], path[192];
	struct bench_output o = {0};
	struct pb_run *r = NULL;
	double seconds;
	size_t size;
	int ret = bench_output_make(&o);

	if (ret)
		return ret;
	snprintf(file, sizeof(file), "%s/%s.yaml", o.dir, d->name);
	const char *const argv[] = {b->pirbench, "run",        file, "--kernel",
				    KERNEL,      "--branches", "1",  "--quiet",
				    "--output",  o.results,    NULL};
	snprintf(path, sizeof(path), "%s/runs/0-%s-0.run", o.results, d->name);
	ret = scenario_write(file, d);
	ret = ret ?: bench_run(argv, 0, &seconds, why);
	ret = ret ?: run_read(path, NULL, &r, &size, why, LAB_WHY);
	if (!ret) {
		seconds = branch_wall(o.results);
		rate->emulated = emulated(r);
		rate->wall = seconds > 0 ? (double)r->posted / seconds / 1000 : 0;
		ret = r->posted && rate->wall > 0 ? 0 : -EPROTO;
	}
	free(r);
	bench_output_remove(&o);
	return ret;
}

static struct bench_figure *figure(struct bench *b, const char *device, const char *time)
{
	struct bench_figure *f;
	char name[48];

	snprintf(name, sizeof(name), "devices/%s/%s", device, time);
	f = bench_figure(b, name, "k/s", true);
	if (strcmp(device, devices[0].name) != 0)
		snprintf(f->reference, sizeof(f->reference), "the poster's posts");
	return f;
}

static void rates(struct bench *b)
{
	struct bench_figure *f[DEVICES][2];
	struct rate rate, poster = {0};
	char why[LAB_WHY] = "";
	int ret = 0;

	for (size_t i = 0; i < DEVICES; i++) {
		f[i][0] = figure(b, devices[i].name, "emulated");
		f[i][1] = figure(b, devices[i].name, "wall");
	}
	for (unsigned int round = 0; round < b->rounds; round++) {
		for (size_t i = 0; i < DEVICES; i++) {
			ret = measure(b, &devices[i], &rate, why);
			if (ret) {
				bench_skip(f[i][0], "%s: %.200s", strerror(-ret), why);
				return;
			}
			poster = i ? poster : rate;
			bench_put(&f[i][0]->own, rate.emulated);
			bench_put(&f[i][1]->own, rate.wall);
			if (!i)
				continue;
			bench_put(&f[i][0]->ref, poster.emulated);
			bench_put(&f[i][1]->ref, poster.wall);
		}
	}
}

static void boots(struct bench *b)
{
	struct bench_figure *f = bench_figure(b, "devices/boot", "s", false);
	struct lab_boot with, without;
	char why[LAB_WHY] = "";
	struct lab lab;
	int ret;

	snprintf(f->reference, sizeof(f->reference), "without NVMe controller and NIC");
	ret = lab_get(&lab, KERNEL, NULL, why);
	for (unsigned int i = 0; i < b->rounds && !ret; i++) {
		ret = lab_boot(&lab, &with, why);
		setenv("PIRLAB_BARE", "1", 1);
		ret = ret ?: lab_boot(&lab, &without, why);
		unsetenv("PIRLAB_BARE");
		if (ret)
			break;
		bench_put(&f->own, with.ready);
		bench_put(&f->ref, without.ready);
	}
	if (ret)
		bench_skip(f, "%.200s", why);
}

int bench_devices(struct bench *b)
{
	if (b->pirbench)
		rates(b);
	boots(b);
	return 0;
}
