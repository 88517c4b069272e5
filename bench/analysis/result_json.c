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

void result_put(json_t **to, const char *key, json_t *value)
{
	if (*to && !json_object_set_new(*to, key, value))
		return;
	if (!*to)
		json_decref(value);
	json_decref(*to);
	*to = NULL;
}

void result_append(json_t **to, json_t *value)
{
	if (*to && !json_array_append_new(*to, value))
		return;
	if (!*to)
		json_decref(value);
	json_decref(*to);
	*to = NULL;
}

json_t *result_text(const char *text)
{
	char clean[sizeof(((struct pb_verdict *)0)->sentence)];

	run_set_text(clean, sizeof(clean), text);
	return json_string(clean);
}

json_t *result_hex(uint64_t value)
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
			result_put(&all, n->group, json_object());
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
		result_append(&a, json_integer((json_int_t)v[i]));
	return a;
}

json_t *result_samples_json(const struct pb_samples *s)
{
	json_t *o = json_object();

	result_put(&o, "values", u64_array(s->value, s->nr));
	result_put(&o, "counts", u64_array(s->count, s->nr));
	return o;
}

json_t *result_summary_json(const struct pb_samples *s)
{
	json_t *o = json_object();

	result_put(&o, "n", json_integer((json_int_t)s->total));
	result_put(&o, "p50", json_integer((json_int_t)samples_quantile(s, 500)));
	result_put(&o, "p90", json_integer((json_int_t)samples_quantile(s, 900)));
	result_put(&o, "p99", json_integer((json_int_t)samples_quantile(s, 990)));
	result_put(&o, "p999", json_integer((json_int_t)samples_quantile(s, 999)));
	result_put(&o, "max", json_integer((json_int_t)samples_max(s)));
	return o;
}

static json_t *fingerprint_json(const struct pb_fingerprint *f)
{
	json_t *o = json_object();

	result_put(&o, "machine", result_text(f->machine));
	result_put(&o, "unit", result_text(f->unit));
	result_put(&o, "pirbench", result_text(f->pirbench));
	result_put(&o, "host_cpu", result_text(f->host_cpu));
	result_put(&o, "host_kernel", result_text(f->host_kernel));
	result_put(&o, "command", result_text(f->command));
	result_put(&o, "seed", result_hex(f->seed));
	result_put(&o, "tsc_khz", json_integer((json_int_t)f->tsc_khz));
	if (f->defect[0])
		result_put(&o, "defect", result_text(f->defect));
	return o;
}

static json_t *kernel_json(const struct pb_result_kernel *k)
{
	json_t *o = json_object();

	result_put(&o, "role", json_string(names_str(&result_roles, k->role)));
	result_put(&o, "name", result_text(k->name));
	result_put(&o, "release", result_text(k->release));
	result_put(&o, "build_id", result_text(k->build_id));
	result_put(&o, "compiler", result_text(k->compiler));
	result_put(&o, "replay", result_text(k->replay));
	result_put(&o, "boot_s", seconds_json(k->boot_s));
	return o;
}

static json_t *guest_json(const struct pb_result_scenario *s)
{
	json_t *o = json_object();

	result_put(&o, "kernel", result_text(s->guest_kernel));
	result_put(&o, "build_id", result_text(s->guest_build_id));
	result_put(&o, "stall_us", json_integer(s->stall_us));
	result_put(&o, "io_timeout_us", json_integer(s->io_timeout_us));
	return o;
}

static json_t *scenario_json(const struct pb_result_scenario *s)
{
	json_t *o = json_object(), *e = json_object();

	result_put(&e, "lost", json_integer(s->expect.lost));
	result_put(&e, "suppressed", json_integer(s->expect.suppressed_min));
	result_put(&o, "name", result_text(s->name));
	result_put(&o, "summary", result_text(s->summary));
	result_put(&o, "expect", e);
	result_put(&o, "late_us", json_integer(s->late_us));
	if (s->sweeps)
		result_put(&o, "sweeps", json_integer(s->sweeps));
	if (s->guest_kernel[0])
		result_put(&o, "guest", guest_json(s));
	return o;
}

static json_t *loss_json(const struct pb_result_branch *b)
{
	json_t *o = json_object();

	result_put(&o, "source", json_integer(b->lost_source));
	result_put(&o, "seq", json_integer(b->lost_seq));
	result_put(&o, "vector", json_integer(b->lost_vector));
	result_put(&o, "state", json_string(names_str(&result_lost_states, b->lost_state)));
	return o;
}

static json_t *branch_json(const struct pb_result_branch *b)
{
	json_t *o = json_object();

	result_put(&o, "kernel", json_integer(b->kernel));
	result_put(&o, "scenario", json_integer(b->scenario));
	result_put(&o, "seed", result_hex(b->seed));
	result_put(&o, "status", json_string(names_str(&result_statuses, b->status)));
	result_put(&o, "reason", result_text(b->reason));
	result_put(&o, "wall_s", seconds_json(b->wall_s));
	if (b->status != PB_BRANCH_OK)
		return o;
	result_put(&o, "truth", json_boolean(b->truth));
	result_put(&o, "vfio", json_string(names_str(&plan_vfio_kinds, b->vfio)));
	result_put(&o, "counts", counts_json(&b->counts));
	result_put(&o, "latency", result_samples_json(&b->latency));
	result_put(&o, "preempted", result_samples_json(&b->preempted));
	result_put(&o, "excess", result_samples_json(&b->excess));
	if (counts_lost(&b->counts))
		result_put(&o, "first_loss", loss_json(b));
	if (b->sweep)
		result_put(&o, "sweep", sweep_json(b->sweep));
	if (b->io)
		result_put(&o, "devices", guest_io_json(b->io, b->nr_io, true));
	return o;
}

static json_t *cell_json(const struct pb_result *r, unsigned int kernel, unsigned int scenario)
{
	const struct pb_result_cell *c = result_cell(r, kernel, scenario);
	json_t *o = json_object();

	result_put(&o, "kernel", result_text(r->kernel[kernel].name));
	result_put(&o, "role", json_string(names_str(&result_roles, r->kernel[kernel].role)));
	result_put(&o, "scenario", result_text(r->scenario[scenario].name));
	result_put(&o, "branches", json_integer(c->branches));
	result_put(&o, "lossy", json_integer(c->lossy));
	result_put(&o, "rescued_seen", json_integer((json_int_t)c->rescued_seen));
	result_put(&o, "weak", json_integer(c->weak));
	result_put(&o, "skips", json_integer(c->skips));
	result_put(&o, "errors", json_integer(c->errors));
	result_put(&o, "untruthed", json_integer(c->untruthed));
	result_put(&o, "counts", counts_json(&c->counts));
	result_put(&o, "excess", result_summary_json(&c->excess));
	if (r->scenario[scenario].sweeps)
		result_put(&o, "sweep", sweep_sums_json(&c->sweep));
	if (c->nr_io)
		result_put(&o, "devices", guest_io_json(c->io, c->nr_io, false));
	return o;
}

json_t *result_cells_json(const struct pb_result *r)
{
	json_t *a = json_array();

	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		for (unsigned int k = 0; k < r->nr_kernels; k++)
			result_append(&a, cell_json(r, k, n));
	return a;
}

/* Without interval when it was not judged. */
static json_t *comparison_json(const struct stats_comparison *c)
{
	json_t *o = json_object();

	result_put(&o, "state", json_string(stats_state_name(c->state)));
	result_put(&o, "test", json_string(c->paired ? "signed rank" : "rank sum"));
	result_put(&o, "exact", json_boolean(c->exact));
	result_put(&o, "base", json_real(c->base));
	result_put(&o, "shift", json_real(c->shift));
	result_put(&o, "p", json_real(c->p));
	result_put(&o, "p_adjusted", json_real(c->p_adjusted));
	result_put(&o, "p_unpaired", json_real(c->p_unpaired));
	result_put(&o, "p_not_worse", json_real(c->p_not_worse));
	result_put(&o, "p_not_better", json_real(c->p_not_better));
	if (isfinite(c->interval.low) && isfinite(c->least)) {
		result_put(&o, "low", json_real(c->interval.low));
		result_put(&o, "high", json_real(c->interval.high));
		result_put(&o, "least", json_real(c->least));
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

	result_put(&o, "base", result_text(r->kernel[row->base].name));
	result_put(&o, "head", result_text(r->kernel[row->head].name));
	result_put(&o, "scenario", result_text(r->scenario[row->scenario].name));
	result_put(&o, "metric", json_string(metric_name(row->metric)));
	result_put(&o, "why", json_string(why[row->why]));
	result_put(&o, "base_branches", json_integer(row->nr_base));
	result_put(&o, "head_branches", json_integer(row->nr_head));
	result_put(&o, "repeats", json_integer(row->repeats));
	if (row->why == PB_LATENCY_COMPARED) {
		result_put(&o, "margin", json_real(row->margin));
		result_put(&o, "comparison", comparison_json(&row->c));
	}
	return o;
}

static json_t *latencies_json(const struct pb_result *r)
{
	json_t *a = json_array();

	for (size_t i = 0; i < r->latency.nr; i++)
		result_append(&a, latency_json(r, &r->latency.row[i]));
	return a;
}

static json_t *phase_json(const struct pb_result_phase *p)
{
	json_t *o = json_object();

	result_put(&o, "name", result_text(p->name));
	result_put(&o, "wall_s", seconds_json(p->wall_s));
	return o;
}

static json_t *verdict_json(const struct pb_verdict *v)
{
	json_t *o = json_object();

	result_put(&o, "kind", json_string(verdict_name(v->kind)));
	result_put(&o, "exit_status", json_integer(v->kind));
	result_put(&o, "fixes", json_boolean(v->fixes));
	result_put(&o, "sentence", result_text(v->sentence));
	result_put(&o, "more", result_text(v->more));
	result_put(&o, "replay", result_text(v->replay));
	return o;
}

int result_to_json(const struct pb_result *r, char **text)
{
	json_t *o = json_object(), *kernels = json_array(), *scenarios = json_array();
	json_t *branches = json_array(), *phases = json_array(), *looks = json_array();

	for (size_t i = 0; i < r->nr_kernels; i++)
		result_append(&kernels, kernel_json(&r->kernel[i]));
	for (size_t i = 0; i < r->nr_scenarios; i++)
		result_append(&scenarios, scenario_json(&r->scenario[i]));
	for (size_t i = 0; i < r->nr_branches; i++)
		result_append(&branches, branch_json(&r->branch[i]));
	for (size_t i = 0; i < r->nr_phases; i++)
		result_append(&phases, phase_json(&r->phase[i]));
	for (unsigned int i = 0; i < r->looks.looks; i++)
		result_append(&looks, json_integer((json_int_t)r->looks.n[i]));
	result_put(&o, "pirbench_result", json_integer(PB_RESULT_VERSION));
	result_put(&o, "verdict", verdict_json(&r->verdict));
	result_put(&o, "fingerprint", fingerprint_json(&r->fp));
	result_put(&o, "kernels", kernels);
	result_put(&o, "scenarios", scenarios);
	result_put(&o, "looks", looks);
	result_put(&o, "cells", result_cells_json(r));
	result_put(&o, "delays", latencies_json(r));
	result_put(&o, "phases", phases);
	result_put(&o, "branches", branches);
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
