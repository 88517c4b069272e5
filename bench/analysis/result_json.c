// SPDX-License-Identifier: LGPL-2.1-or-later
/* result.json, written; the schema is reports/result.schema.json. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/result_json.h"
#include "event/run.h"
#include "plan/plan.h"
#include "util/file.h"

/*
 * jansson's json_object_set_new() fails on a NULL value: running out of memory
 * anywhere makes the whole NULL, so that it is looked at once, in the end.
 */
static void put(json_t **to, const char *key, json_t *value)
{
	if (*to && !json_object_set_new(*to, key, value))
		return;
	if (!*to)
		json_decref(value);
	json_decref(*to);
	*to = NULL;
}

static void append(json_t **to, json_t *value)
{
	if (*to && !json_array_append_new(*to, value))
		return;
	if (!*to)
		json_decref(value);
	json_decref(*to);
	*to = NULL;
}

/* Texts come from many places; a file holds printable ASCII only, and the reader insists. */
static json_t *text_json(const char *text)
{
	char clean[sizeof(((struct pb_verdict *)0)->sentence)];

	run_set_text(clean, sizeof(clean), text);
	return json_string(clean);
}

static json_t *hex_json(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

/* Seconds to the millisecond: more is noise. */
static json_t *seconds_json(double s)
{
	return json_real(isfinite(s) ? round(s * 1000) / 1000 : 0);
}

static json_t *counts_json(const struct pb_counts *c)
{
	json_t *all = json_object();

	for (size_t i = 0; i < nr_counts_names; i++) {
		const struct counts_name *n = &counts_names[i];
		const uint64_t *value = (const uint64_t *)((const char *)c + n->offset);
		json_t *to = all;

		if (n->group && !json_object_get(all, n->group))
			put(&all, n->group, json_object());
		if (n->group)
			to = json_object_get(all, n->group);
		if (!all || !to ||
		    json_object_set_new(to, n->name, json_integer((json_int_t)*value))) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

static json_t *u64_array(const uint64_t *v, size_t nr)
{
	json_t *a = json_array();

	for (size_t i = 0; i < nr; i++)
		append(&a, json_integer((json_int_t)v[i]));
	return a;
}

static json_t *samples_json(const struct pb_samples *s)
{
	json_t *o = json_object();

	put(&o, "values", u64_array(s->value, s->nr));
	put(&o, "counts", u64_array(s->count, s->nr));
	return o;
}

static json_t *summary_json(const struct pb_samples *s)
{
	json_t *o = json_object();

	put(&o, "n", json_integer((json_int_t)s->total));
	put(&o, "p50", json_integer((json_int_t)samples_quantile(s, 500)));
	put(&o, "p90", json_integer((json_int_t)samples_quantile(s, 900)));
	put(&o, "p99", json_integer((json_int_t)samples_quantile(s, 990)));
	put(&o, "p999", json_integer((json_int_t)samples_quantile(s, 999)));
	put(&o, "max", json_integer((json_int_t)samples_max(s)));
	return o;
}

static json_t *fingerprint_json(const struct pb_fingerprint *f)
{
	json_t *o = json_object();

	put(&o, "machine", text_json(f->machine));
	put(&o, "unit", text_json(f->unit));
	put(&o, "pirbench", text_json(f->pirbench));
	put(&o, "host_cpu", text_json(f->host_cpu));
	put(&o, "host_kernel", text_json(f->host_kernel));
	put(&o, "command", text_json(f->command));
	put(&o, "seed", hex_json(f->seed));
	put(&o, "tsc_khz", json_integer((json_int_t)f->tsc_khz));
	return o;
}

static json_t *kernel_json(const struct pb_result_kernel *k)
{
	json_t *o = json_object();

	put(&o, "role", json_string(names_str(&result_roles, k->role)));
	put(&o, "name", text_json(k->name));
	put(&o, "release", text_json(k->release));
	put(&o, "build_id", text_json(k->build_id));
	put(&o, "compiler", text_json(k->compiler));
	put(&o, "replay", text_json(k->replay));
	put(&o, "boot_s", seconds_json(k->boot_s));
	return o;
}

static json_t *scenario_json(const struct pb_result_scenario *s)
{
	json_t *o = json_object(), *e = json_object();

	put(&e, "lost", json_integer(s->expect.lost));
	put(&e, "suppressed", json_integer(s->expect.suppressed_min));
	put(&o, "name", text_json(s->name));
	put(&o, "summary", text_json(s->summary));
	put(&o, "expect", e);
	put(&o, "late_us", json_integer(s->late_us));
	return o;
}

static json_t *loss_json(const struct pb_result_branch *b)
{
	json_t *o = json_object();

	put(&o, "source", json_integer(b->lost_source));
	put(&o, "seq", json_integer(b->lost_seq));
	put(&o, "vector", json_integer(b->lost_vector));
	put(&o, "state", json_string(names_str(&result_lost_states, b->lost_state)));
	return o;
}

static json_t *branch_json(const struct pb_result_branch *b)
{
	json_t *o = json_object();

	put(&o, "kernel", json_integer(b->kernel));
	put(&o, "scenario", json_integer(b->scenario));
	put(&o, "seed", hex_json(b->seed));
	put(&o, "status", json_string(names_str(&result_statuses, b->status)));
	put(&o, "reason", text_json(b->reason));
	put(&o, "wall_s", seconds_json(b->wall_s));
	if (b->status != PB_BRANCH_OK)
		return o;
	put(&o, "truth", json_boolean(b->truth));
	put(&o, "vfio", json_string(names_str(&plan_vfio_kinds, b->vfio)));
	put(&o, "counts", counts_json(&b->counts));
	put(&o, "latency", samples_json(&b->latency));
	put(&o, "preempted", samples_json(&b->preempted));
	put(&o, "excess", samples_json(&b->excess));
	if (counts_lost(&b->counts))
		put(&o, "first_loss", loss_json(b));
	return o;
}

static json_t *cell_json(const struct pb_result *r, unsigned int kernel, unsigned int scenario)
{
	const struct pb_result_cell *c = result_cell(r, kernel, scenario);
	json_t *o = json_object();

	put(&o, "kernel", text_json(r->kernel[kernel].name));
	put(&o, "role", json_string(names_str(&result_roles, r->kernel[kernel].role)));
	put(&o, "scenario", text_json(r->scenario[scenario].name));
	put(&o, "branches", json_integer(c->branches));
	put(&o, "lossy", json_integer(c->lossy));
	put(&o, "rescued_seen", json_integer((json_int_t)c->rescued_seen));
	put(&o, "weak", json_integer(c->weak));
	put(&o, "skips", json_integer(c->skips));
	put(&o, "errors", json_integer(c->errors));
	put(&o, "untruthed", json_integer(c->untruthed));
	put(&o, "counts", counts_json(&c->counts));
	put(&o, "excess", summary_json(&c->excess));
	return o;
}

json_t *result_cells_json(const struct pb_result *r)
{
	json_t *a = json_array();

	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		for (unsigned int k = 0; k < r->nr_kernels; k++)
			append(&a, cell_json(r, k, n));
	return a;
}

/* Without interval when it was not judged. */
static json_t *comparison_json(const struct stats_comparison *c)
{
	json_t *o = json_object();

	put(&o, "state", json_string(stats_state_name(c->state)));
	put(&o, "test", json_string(c->paired ? "signed rank" : "rank sum"));
	put(&o, "exact", json_boolean(c->exact));
	put(&o, "base", json_real(c->base));
	put(&o, "shift", json_real(c->shift));
	put(&o, "p", json_real(c->p));
	put(&o, "p_adjusted", json_real(c->p_adjusted));
	put(&o, "p_unpaired", json_real(c->p_unpaired));
	put(&o, "p_not_worse", json_real(c->p_not_worse));
	put(&o, "p_not_better", json_real(c->p_not_better));
	if (isfinite(c->interval.low) && isfinite(c->least)) {
		put(&o, "low", json_real(c->interval.low));
		put(&o, "high", json_real(c->interval.high));
		put(&o, "least", json_real(c->least));
	}
	return o;
}

static json_t *latency_json(const struct pb_result *r, const struct pb_latency_row *row)
{
	static const char *const why[] = {
		[PB_LATENCY_COMPARED] = "compared",
		[PB_LATENCY_LOSSY] = "interrupts are lost",
		[PB_LATENCY_COALESCED] = "coalesced differently",
		[PB_LATENCY_EMPTY] = "nothing was delivered",
	};
	json_t *o = json_object();

	put(&o, "base", text_json(r->kernel[row->base].name));
	put(&o, "head", text_json(r->kernel[row->head].name));
	put(&o, "scenario", text_json(r->scenario[row->scenario].name));
	put(&o, "metric", json_string(metric_name(row->metric)));
	put(&o, "why", json_string(why[row->why]));
	put(&o, "base_branches", json_integer(row->nr_base));
	put(&o, "head_branches", json_integer(row->nr_head));
	put(&o, "repeats", json_integer(row->repeats));
	if (row->why == PB_LATENCY_COMPARED) {
		put(&o, "margin", json_real(row->margin));
		put(&o, "comparison", comparison_json(&row->c));
	}
	return o;
}

static json_t *latencies_json(const struct pb_result *r)
{
	json_t *a = json_array();

	for (size_t i = 0; i < r->latency.nr; i++)
		append(&a, latency_json(r, &r->latency.row[i]));
	return a;
}

static json_t *phase_json(const struct pb_result_phase *p)
{
	json_t *o = json_object();

	put(&o, "name", text_json(p->name));
	put(&o, "wall_s", seconds_json(p->wall_s));
	return o;
}

static json_t *verdict_json(const struct pb_verdict *v)
{
	json_t *o = json_object();

	put(&o, "kind", json_string(verdict_name(v->kind)));
	put(&o, "exit_status", json_integer(v->kind));
	put(&o, "fixes", json_boolean(v->fixes));
	put(&o, "sentence", text_json(v->sentence));
	put(&o, "more", text_json(v->more));
	put(&o, "replay", text_json(v->replay));
	return o;
}

int result_to_json(const struct pb_result *r, char **text)
{
	json_t *o = json_object(), *kernels = json_array(), *scenarios = json_array();
	json_t *branches = json_array(), *phases = json_array();

	for (size_t i = 0; i < r->nr_kernels; i++)
		append(&kernels, kernel_json(&r->kernel[i]));
	for (size_t i = 0; i < r->nr_scenarios; i++)
		append(&scenarios, scenario_json(&r->scenario[i]));
	for (size_t i = 0; i < r->nr_branches; i++)
		append(&branches, branch_json(&r->branch[i]));
	for (size_t i = 0; i < r->nr_phases; i++)
		append(&phases, phase_json(&r->phase[i]));
	put(&o, "pirbench_result", json_integer(PB_RESULT_VERSION));
	put(&o, "verdict", verdict_json(&r->verdict));
	put(&o, "fingerprint", fingerprint_json(&r->fp));
	put(&o, "kernels", kernels);
	put(&o, "scenarios", scenarios);
	put(&o, "cells", result_cells_json(r));
	put(&o, "delays", latencies_json(r));
	put(&o, "phases", phases);
	put(&o, "branches", branches);
	*text = o ? json_dumps(o, JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER) : NULL;
	json_decref(o);
	return *text ? 0 : -ENOMEM;
}

int result_save(const struct pb_result *r, const char *path, char *err, size_t size)
{
	char *text;
	int ret = result_to_json(r, &text);

	if (!ret) {
		size_t len = strlen(text);

		/* The end of the string makes room for the line's. */
		text[len] = '\n';
		ret = file_write(path, text, len + 1);
		free(text);
	}
	if (ret)
		snprintf(err, size, "%s: %s", path, strerror(-ret));
	return ret;
}
