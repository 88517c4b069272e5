// SPDX-License-Identifier: LGPL-2.1-or-later
/* result.json, read: nothing in it is believed. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/branch.h"
#include "analysis/result_json.h"
#include "plan/plan.h"
#include "util/file.h"

#define MAX_SIZE    (64u << 20)
#define MAX_SAMPLES 4194304u /* distinct values, as many as a run has events */

bool reader_u64(struct result_reader *rd, const json_t *o, const char *key, uint64_t max,
		uint64_t *to)
{
	const json_t *v = json_object_get(o, key);

	*to = 0;
	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    (uint64_t)json_integer_value(v) > max)
		return checkline_fail(&rd->c, "%s must be a whole number, 0 to %" PRIu64, key, max);
	*to = (uint64_t)json_integer_value(v);
	return true;
}

bool reader_u32(struct result_reader *rd, const json_t *o, const char *key, uint32_t max,
		uint32_t *to)
{
	uint64_t value;
	bool ok = reader_u64(rd, o, key, max, &value);

	*to = (uint32_t)value;
	return ok;
}

bool reader_text(struct result_reader *rd, const json_t *o, const char *key, char *to, size_t size)
{
	const json_t *v = json_object_get(o, key);
	size_t len = json_string_length(v);

	memset(to, 0, size);
	if (!json_is_string(v) || len >= size)
		return checkline_fail(&rd->c, "%s must be a text of at most %zu bytes", key,
				      size - 1);
	memcpy(to, json_string_value(v), len);
	return checkline_text(&rd->c, key, to, size);
}

bool reader_hex(struct result_reader *rd, const json_t *o, const char *key, uint64_t *to)
{
	const char *text = json_string_value(json_object_get(o, key));
	char *end = NULL;

	*to = 0;
	errno = 0;
	if (text && !strncmp(text, "0x", 2) && text[2] && strlen(text) <= 18 &&
	    strspn(text + 2, "0123456789abcdef") == strlen(text + 2))
		*to = strtoull(text, &end, 16);
	if (!end || *end || errno)
		return checkline_fail(&rd->c, "%s must be a text like 0x1f", key);
	return true;
}

static bool get_seconds(struct result_reader *rd, const json_t *o, const char *key, double *to)
{
	const json_t *v = json_object_get(o, key);

	*to = json_number_value(v);
	if (!json_is_number(v) || !isfinite(*to) || *to < 0 || *to > 1e9)
		return checkline_fail(&rd->c, "%s must be a number of seconds", key);
	return true;
}

bool reader_name(struct result_reader *rd, const json_t *o, const char *key,
		 const struct pb_names *names, uint32_t *to)
{
	const char *text = json_string_value(json_object_get(o, key));
	int value = text ? names_find(names, text) : -EINVAL;
	char list[160];

	*to = 0;
	if (value < 0)
		return checkline_fail(&rd->c, "%s must be %s", key,
				      names_list(names, list, sizeof(list)));
	*to = (uint32_t)value;
	return true;
}

static bool get_counts(struct result_reader *rd, const json_t *o, struct pb_counts *to)
{
	const json_t *all = json_object_get(o, "counts");

	for (size_t i = 0; i < nr_counts_names; i++) {
		const struct counts_name *n = &counts_names[i];
		const json_t *from = n->group ? json_object_get(all, n->group) : all;

		/* Small enough that the sums of all branches fit. */
		if (!reader_u64(rd, from, n->name, 1ull << 40,
				(uint64_t *)((char *)to + n->offset)))
			return false;
	}
	if (!counts_check(to))
		return checkline_fail(&rd->c, "counts do not add up");
	return true;
}

bool reader_samples(struct result_reader *rd, const json_t *o, const char *key,
		    struct pb_samples *to)
{
	const json_t *values = json_object_get(json_object_get(o, key), "values");
	const json_t *counts = json_object_get(json_object_get(o, key), "counts");
	size_t nr = json_array_size(values);

	if (!json_is_array(values) || !json_is_array(counts) || json_array_size(counts) != nr ||
	    nr > MAX_SAMPLES)
		return checkline_fail(&rd->c, "%s must have as many values as counts", key);
	to->value = calloc(nr + 1, sizeof(*to->value));
	to->count = calloc(nr + 1, sizeof(*to->count));
	if (!to->value || !to->count)
		return checkline_fail(&rd->c, "out of memory");
	for (size_t i = 0; i < nr; i++) {
		json_int_t v = json_integer_value(json_array_get(values, i));
		json_int_t n = json_integer_value(json_array_get(counts, i));

		if (!json_is_integer(json_array_get(values, i)) || v < 0 || n < 1 ||
		    n > 1ll << 40 || (i && (uint64_t)v <= to->value[i - 1]))
			return checkline_fail(&rd->c,
					      "%s must have ascending values, counts of 1 "
					      "or more",
					      key);
		to->value[to->nr] = (uint64_t)v;
		to->count[to->nr++] = (uint64_t)n;
		to->total += (uint64_t)n;
	}
	return true;
}

static bool read_fingerprint(struct result_reader *rd, const json_t *o)
{
	struct pb_fingerprint *f = &rd->r->fp;

	/* There only when there is one. */
	if (json_object_get(o, "defect") &&
	    (!reader_text(rd, o, "defect", f->defect, sizeof(f->defect)) || !f->defect[0]))
		return checkline_fail(&rd->c, "defect must be a name");
	return reader_text(rd, o, "machine", f->machine, sizeof(f->machine)) &&
	       reader_text(rd, o, "unit", f->unit, sizeof(f->unit)) &&
	       reader_text(rd, o, "pirbench", f->pirbench, sizeof(f->pirbench)) &&
	       reader_text(rd, o, "host_cpu", f->host_cpu, sizeof(f->host_cpu)) &&
	       reader_text(rd, o, "host_kernel", f->host_kernel, sizeof(f->host_kernel)) &&
	       reader_text(rd, o, "command", f->command, sizeof(f->command)) &&
	       reader_hex(rd, o, "seed", &f->seed) &&
	       reader_u64(rd, o, "tsc_khz", 1000000000, &f->tsc_khz);
}

static bool read_kernel(struct result_reader *rd, const json_t *o, size_t i)
{
	struct pb_result_kernel *k = &rd->r->kernel[i];
	uint32_t role;

	if (!reader_name(rd, o, "role", &result_roles, &role) ||
	    !reader_text(rd, o, "name", k->name, sizeof(k->name)) ||
	    !reader_text(rd, o, "release", k->release, sizeof(k->release)) ||
	    !reader_text(rd, o, "build_id", k->build_id, sizeof(k->build_id)) ||
	    !reader_text(rd, o, "compiler", k->compiler, sizeof(k->compiler)) ||
	    !reader_text(rd, o, "replay", k->replay, sizeof(k->replay)) ||
	    !get_seconds(rd, o, "boot_s", &k->boot_s))
		return false;
	k->role = (enum pb_role)role;
	rd->r->nr_kernels++;
	return true;
}

static bool read_guest(struct result_reader *rd, const json_t *o, struct pb_result_scenario *s)
{
	return reader_text(rd, o, "kernel", s->guest_kernel, sizeof(s->guest_kernel)) &&
	       (s->guest_kernel[0] || checkline_fail(&rd->c, "kernel of the guest is empty")) &&
	       reader_text(rd, o, "build_id", s->guest_build_id, sizeof(s->guest_build_id)) &&
	       reader_u32(rd, o, "stall_us", PB_PLAN_MAX_US, &s->stall_us) &&
	       reader_u32(rd, o, "io_timeout_us", PB_PLAN_MAX_US, &s->io_timeout_us);
}

static bool read_scenario(struct result_reader *rd, const json_t *o, size_t i)
{
	struct pb_result_scenario *s = &rd->r->scenario[i];
	const json_t *e = json_object_get(o, "expect");

	if (!reader_text(rd, o, "name", s->name, sizeof(s->name)) ||
	    !reader_text(rd, o, "summary", s->summary, sizeof(s->summary)) ||
	    !reader_u32(rd, e, "lost", UINT32_MAX, &s->expect.lost) ||
	    !reader_u32(rd, e, "suppressed", UINT32_MAX, &s->expect.suppressed_min) ||
	    !reader_u32(rd, o, "late_us", PB_PLAN_MAX_US, &s->late_us) ||
	    (json_object_get(o, "sweeps") &&
	     !reader_u32(rd, o, "sweeps", PB_MAX_SWEEPS, &s->sweeps)) ||
	    (json_object_get(o, "guest") && !read_guest(rd, json_object_get(o, "guest"), s)))
		return false;
	rd->r->nr_scenarios++;
	return true;
}

static bool read_loss(struct result_reader *rd, const json_t *o, struct pb_result_branch *b)
{
	const json_t *l = json_object_get(o, "first_loss");
	uint32_t state;

	if (!counts_lost(&b->counts))
		return !l || checkline_fail(&rd->c, "first_loss of a branch without a loss");
	if (!reader_u32(rd, l, "source", PB_MAX_SOURCES - 1, &b->lost_source) ||
	    !reader_u32(rd, l, "seq", UINT32_MAX, &b->lost_seq) ||
	    !reader_u32(rd, l, "vector", 255, &b->lost_vector) ||
	    !reader_name(rd, l, "state", &result_lost_states, &state))
		return false;
	b->lost_state = (enum pb_lost_state)state;
	return true;
}

static bool read_branch_data(struct result_reader *rd, const json_t *o, struct pb_result_branch *b)
{
	const json_t *truth = json_object_get(o, "truth");

	if (!json_is_boolean(truth))
		return checkline_fail(&rd->c, "truth must be true or false");
	b->truth = json_is_true(truth);
	return reader_name(rd, o, "vfio", &plan_vfio_kinds, &b->vfio) &&
	       get_counts(rd, o, &b->counts) && reader_samples(rd, o, "latency", &b->latency) &&
	       reader_samples(rd, o, "preempted", &b->preempted) &&
	       reader_samples(rd, o, "excess", &b->excess) && read_loss(rd, o, b) &&
	       (!json_object_get(o, "sweep") ||
		reader_sweep(rd, json_object_get(o, "sweep"), &b->sweep)) &&
	       (!json_object_get(o, "devices") ||
		reader_guest_io(rd, json_object_get(o, "devices"), &b->io, &b->nr_io));
}

static bool read_branch(struct result_reader *rd, const json_t *o, size_t i)
{
	struct pb_result_branch *b = &rd->r->branch[i];
	uint32_t status;

	rd->r->nr_branches++;
	if (!rd->r->nr_kernels || !rd->r->nr_scenarios)
		return checkline_fail(&rd->c, "there are no kernels or no scenarios");
	if (!reader_u32(rd, o, "kernel", (uint32_t)rd->r->nr_kernels - 1, &b->kernel) ||
	    !reader_u32(rd, o, "scenario", (uint32_t)rd->r->nr_scenarios - 1, &b->scenario) ||
	    !reader_hex(rd, o, "seed", &b->seed) ||
	    !reader_name(rd, o, "status", &result_statuses, &status) ||
	    !reader_text(rd, o, "reason", b->reason, sizeof(b->reason)) ||
	    !get_seconds(rd, o, "wall_s", &b->wall_s))
		return false;
	b->status = (enum pb_branch_status)status;
	if (b->status == PB_BRANCH_OK && !read_branch_data(rd, o, b))
		return false;
	if (!b->io != !(b->status == PB_BRANCH_OK && rd->r->scenario[b->scenario].guest_kernel[0]))
		return checkline_fail(&rd->c,
				      "devices are those of a Linux guest, and only of one");
	if (b->sweep && b->sweep->nr_asked != rd->r->scenario[b->scenario].sweeps)
		return checkline_fail(&rd->c, "sweep is not one of its scenario");
	return true;
}

static bool read_phase(struct result_reader *rd, const json_t *o, size_t i)
{
	struct pb_result_phase *p = &rd->r->phase[i];

	if (!reader_text(rd, o, "name", p->name, sizeof(p->name)) ||
	    !get_seconds(rd, o, "wall_s", &p->wall_s))
		return false;
	rd->r->nr_phases++;
	return true;
}

static bool read_array(struct result_reader *rd, const json_t *root, const char *key, size_t max,
		       bool (*read)(struct result_reader *, const json_t *, size_t))
{
	const json_t *a = json_object_get(root, key);
	size_t nr = json_array_size(a);

	checkline_at(&rd->c, "%s", "");
	if (!json_is_array(a) || nr > max)
		return checkline_fail(&rd->c, "%s must be a list of at most %zu", key, max);
	for (size_t i = 0; i < nr; i++) {
		checkline_at(&rd->c, "%s[%zu]: ", key, i);
		if (!read(rd, json_array_get(a, i), i))
			return false;
	}
	return true;
}

static bool read_look(struct result_reader *rd, const json_t *o, size_t i)
{
	struct stats_design *d = &rd->r->looks;
	json_int_t n = json_integer_value(o);

	if (!json_is_integer(o) || n < (i ? (json_int_t)d->n[i - 1] + 1 : 1) || n > STATS_MAX)
		return checkline_fail(&rd->c, "must be a number of branches, ascending, 1 to %d",
				      STATS_MAX);
	d->n[i] = (size_t)n;
	d->looks++;
	return true;
}

/* What is computed must come out as it is in the file. */
static bool check_computed(struct result_reader *rd, const json_t *root)
{
	const json_t *v = json_object_get(root, "verdict");
	const char *kind = json_string_value(json_object_get(v, "kind"));
	json_t *cells;
	bool same;

	checkline_at(&rd->c, "%s", "");
	if (result_finish(rd->r))
		return checkline_fail(&rd->c, "out of memory");
	cells = result_cells_json(rd->r);
	same = cells && json_equal(cells, json_object_get(root, "cells"));
	json_decref(cells);
	if (!same)
		return checkline_fail(&rd->c, "cells are not what the branches add up to");
	if (!kind || strcmp(kind, verdict_name(rd->r->verdict.kind)) != 0)
		return checkline_fail(&rd->c, "the verdict is not what the branches say: %s",
				      verdict_name(rd->r->verdict.kind));
	return true;
}

static bool read_root(struct result_reader *rd, const json_t *root)
{
	size_t branches = json_array_size(json_object_get(root, "branches"));
	uint32_t version;

	if (!reader_u32(rd, root, "pirbench_result", UINT32_MAX, &version))
		return false;
	if (version != PB_RESULT_VERSION)
		return checkline_fail(&rd->c, "version is %" PRIu32 ", must be %d", version,
				      PB_RESULT_VERSION);
	if (branches > PB_RESULT_MAX_BRANCHES)
		return checkline_fail(&rd->c, "branches must be at most %d",
				      PB_RESULT_MAX_BRANCHES);
	rd->r->branch = calloc(branches + 1, sizeof(*rd->r->branch));
	if (!rd->r->branch)
		return checkline_fail(&rd->c, "out of memory");
	rd->r->max_branches = branches + 1;
	checkline_at(&rd->c, "fingerprint: ");
	return read_fingerprint(rd, json_object_get(root, "fingerprint")) &&
	       read_array(rd, root, "kernels", PB_RESULT_MAX_KERNELS, read_kernel) &&
	       read_array(rd, root, "scenarios", PB_RESULT_MAX_SCEN, read_scenario) &&
	       /* Files of before there were looks are without. */
	       (!json_object_get(root, "looks") ||
		read_array(rd, root, "looks", STATS_MAX_LOOKS, read_look)) &&
	       read_array(rd, root, "branches", PB_RESULT_MAX_BRANCHES, read_branch) &&
	       read_array(rd, root, "phases", PB_RESULT_MAX_PHASES, read_phase) &&
	       check_computed(rd, root);
}

int result_parse(const char *file, const char *text, size_t len, struct pb_result **out, char *err,
		 size_t size)
{
	struct result_reader rd = {0};
	json_error_t problem;
	char why[256];
	json_t *root;
	bool ok;

	if (len > MAX_SIZE) {
		snprintf(err, size, "%s: %zu bytes, must be at most %u", file, len, MAX_SIZE);
		return -EFBIG;
	}
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &problem);
	if (!root) {
		snprintf(err, size, "%s:%d: not JSON: %s", file, problem.line, problem.text);
		return -EINVAL;
	}
	rd.r = result_new();
	if (!rd.r) {
		json_decref(root);
		return -ENOMEM;
	}
	checkline_init(&rd.c, why, sizeof(why));
	ok = read_root(&rd, root);
	json_decref(root);
	if (!ok) {
		snprintf(err, size, "%s: %s", file, why);
		result_free(rd.r);
		return -EINVAL;
	}
	*out = rd.r;
	return 0;
}

int result_load(const char *path, struct pb_result **out, char *err, size_t size)
{
	void *text;
	size_t len;
	int ret = file_read(path, MAX_SIZE, &text, &len);

	if (ret) {
		snprintf(err, size, "%s: %s", path,
			 ret == -EFBIG ? "larger than 64 MiB" : strerror(-ret));
		return ret;
	}
	ret = result_parse(path, text, len, out, err, size);
	free(text);
	return ret;
}
