// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The smoke gate by phase, in seconds of wall time, beside one boot of the
 * same kernel; and what an interrupt costs the guest in the lab, in ticks.
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

#define GOAL_S 15

/* ---- the gate -------------------------------------------------------------------- */

static int put_phases(struct bench *b, const char *results)
{
	char path[160], name[48];
	json_t *o, *phase;
	json_error_t err;
	size_t i;

	snprintf(path, sizeof(path), "%s/result.json", results);
	o = json_load_file(path, 0, &err);
	json_array_foreach(json_object_get(o, "phases"), i, phase)
	{
		const char *what = json_string_value(json_object_get(phase, "name"));
		struct bench_figure *f = NULL;

		snprintf(name, sizeof(name), "gate/%.30s", what ? what : "?");
		for (size_t k = 0; k < b->nr && !f; k++)
			if (!strcmp(b->figure[k].name, name))
				f = &b->figure[k];
		if (!f)
			f = bench_figure(b, name, "s", false);
		bench_put(&f->own, json_number_value(json_object_get(phase, "wall_s")));
	}
	json_decref(o);
	return o ? 0 : -EPROTO;
}

static int gate_once(struct bench *b, struct bench_figure *f, const struct lab *lab, char *why)
{
	struct lab_boot boot;
	struct bench_output o = {0};
	double seconds;
	int ret = bench_output_make(&o);

	if (ret)
		return ret;
	const char *const argv[] = {b->pirbench, "gate",     "--base",
				    "linux-6.1", "--head",   "linux-6.1-unfixed",
				    "--quiet",   "--output", o.results,
				    NULL};
	/* The kernel without the fix must fail. */
	ret = bench_run(argv, 1, &seconds, why);
	if (!ret)
		ret = put_phases(b, o.results);
	bench_output_remove(&o);
	if (!ret)
		ret = lab_boot(lab, &boot, why);
	if (ret)
		return ret;
	bench_put(&f->own, seconds);
	bench_put(&f->ref, boot.wall);
	return 0;
}

/* ---- an interrupt in the lab ------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/*
 * Ticks from one ISR entry of a vCPU to its next: where several interrupts
 * wait, that is one whole interrupt, delivery and return included. The lower
 * quartile is such a pair: this scenario posts to many vectors while the vCPU
 * is off its CPU.
 */
static double isr_ticks(const struct pb_run *r)
{
	uint64_t *gap = calloc(r->nr_events + 1, sizeof(*gap)), last[PB_MAX_VCPUS] = {0};
	double ticks = 0;
	size_t n = 0;

	for (uint64_t i = 0; gap && i < r->nr_events; i++) {
		const struct pb_event *e = &run_events(r)[i];

		if (e->kind != PB_EV_ISR)
			continue;
		if (last[e->vcpu])
			gap[n++] = e->tsc - last[e->vcpu];
		last[e->vcpu] = e->tsc;
	}
	if (n) {
		qsort(gap, n, sizeof(*gap), by_value);
		ticks = (double)gap[n / 4];
	}
	free(gap);
	return ticks;
}

static void lab_ticks(struct bench *b)
{
	struct bench_figure *f = bench_figure(b, "recorder/lab", "ticks", false);
	char path[160], why[LAB_WHY] = "";
	struct pb_run *r = NULL;
	struct bench_output o = {0};
	double seconds;
	size_t size;
	int ret = bench_output_make(&o);

	if (ret)
		return;
	const char *const argv[] = {b->pirbench, "run",       "many-vectors",
				    "--kernel",  "linux-6.1", "--quiet",
				    "--output",  o.results,   NULL};
	snprintf(path, sizeof(path), "%s/runs/0-many-vectors-0.run", o.results);
	ret = bench_run(argv, 0, &seconds, why);
	if (!ret)
		ret = run_read(path, NULL, &r, &size, why, sizeof(why));
	if (!ret)
		bench_put(&f->own, isr_ticks(r));
	else
		bench_skip(f, "%.200s", why);
	free(r);
	bench_output_remove(&o);
}

int bench_gate(struct bench *b)
{
	struct bench_figure *f;
	struct lab lab;
	char why[LAB_WHY] = "";
	int ret;

	lab_ticks(b);
	f = bench_figure(b, "gate/whole", "s", false);
	f->goal = GOAL_S;
	snprintf(f->reference, sizeof(f->reference), "one boot of linux-6.1 to the branch point");
	ret = lab_get(&lab, "linux-6.1", NULL, why);
	for (unsigned int i = 0; i < b->rounds && !ret; i++)
		ret = gate_once(b, f, &lab, why);
	if (ret)
		bench_skip(f, "%.200s", why);
	return 0;
}
