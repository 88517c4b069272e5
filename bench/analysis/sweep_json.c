// SPDX-License-Identifier: LGPL-2.1-or-later
/* A sweep in result.json, written and read; nothing that is read is believed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/result_json.h"
#include "analysis/sweep_int.h"
#include "plan/plan.h"

/* A set of flags by name; of some exactly one is set. */
struct flag_name {
	uint16_t flag;
	const char *name;
};

static const struct flag_name bounds[] = {
	{PB_EVF_BOUND_PID, "pid"},     {PB_EVF_BOUND_IRTE, "irte"},
	{PB_EVF_BOUND_VAPIC, "vapic"}, {PB_EVF_BOUND_VCPU, "vcpu"},
	{PB_EVF_BOUND_ENTRY, "entry"}, {PB_EVF_BOUND_EXIT, "exit"},
	{PB_EVF_BOUND_MASK, "mask"},   {0},
};
static const struct flag_name fates[] = {
	{PB_EVF_FATE_DELIVERED, "delivered"}, {PB_EVF_FATE_STRANDED, "stranded"},
	{PB_EVF_FATE_MISSED, "missed"},       {PB_EVF_FATE_UNDECIDED, "undecided"},
	{PB_EVF_FATE_NO_POST, "no post"},     {0},
};
static const struct flag_name outcomes[] = {
	{PB_EVF_NOTIFIED, "notified"},       {PB_EVF_SUPPRESSED, "suppressed"},
	{PB_EVF_OUTSTANDING, "outstanding"}, {PB_EVF_REMAPPED, "remapped"},
	{PB_EVF_BLOCKED, "blocked"},         {PB_EVF_MASKED, "masked"},
	{PB_EVF_COMPAT, "compatibility"},    {0},
};
static const struct flag_name window_flags[] = {
	{PB_EVF_WINDOW_OPEN, "open"},
	{PB_EVF_WINDOW_CUT, "cut"},
	{PB_EVF_WINDOW_ALIKE, "alike"},
	{0},
};

/* ---- writing -------------------------------------------------------------------------- */

static json_t *flags_json(const struct flag_name *names, uint16_t flags)
{
	json_t *a = json_array();

	for (; names->name; names++)
		if (flags & names->flag)
			result_append(&a, json_string(names->name));
	return a;
}

/* The name of the only one that is set. */
static json_t *flag_json(const struct flag_name *names, uint16_t flags)
{
	while (names->name && !(flags & names->flag))
		names++;
	return json_string(names->name ? names->name : "?");
}

static json_t *interval_json(const struct pb_sweep_interval *i)
{
	json_t *o = json_object();

	result_put(&o, "first", json_integer(i->first));
	result_put(&o, "last", json_integer(i->last));
	result_put(&o, "cpu", json_integer(i->cpu));
	result_put(&o, "rip", result_hex(i->rip));
	if (i->at[0])
		result_put(&o, "at", result_text(i->at));
	if (i->line[0])
		result_put(&o, "line", result_text(i->line));
	if (i->bound) {
		result_put(&o, "bound", flags_json(bounds, i->bound));
		result_put(&o, "store", json_boolean(i->store));
	}
	result_put(&o, "tried", json_integer(i->tried));
	if (!i->tried)
		return o;
	result_put(&o, "outcome", flag_json(outcomes, i->outcome));
	result_put(&o, "fate", flag_json(fates, i->fate));
	result_put(&o, "passed", json_boolean(i->fate & PB_EVF_FATE_PASSED));
	result_put(&o, "delay", json_integer((json_int_t)i->delay));
	return o;
}

static json_t *window_json(const struct pb_sweep *s, const struct pb_sweep_window *w)
{
	json_t *o = json_object(), *intervals = json_array();

	for (uint32_t i = 0; i < w->nr; i++)
		result_append(&intervals, interval_json(&s->interval[w->at + i]));
	result_put(&o, "sweep", json_integer(w->sweep));
	result_put(&o, "number", json_integer(w->number));
	if (w->sweep)
		result_put(&o, "outer", json_integer(w->outer));
	result_put(&o, "instants", json_integer(w->instants));
	result_put(&o, "flags", flags_json(window_flags, w->flags));
	result_put(&o, "pid", json_integer(w->vcpu));
	result_put(&o, "cpu", json_integer(w->cpu));
	result_put(&o, "intervals", intervals);
	return o;
}

static json_t *asked_json(const struct pb_sweep_asked *a)
{
	json_t *o = json_object();

	result_put(&o, "window", json_string(names_str(&plan_windows, a->window)));
	result_put(&o, "event", json_string(names_str(&plan_sweep_events, a->event)));
	result_put(&o, "stride", json_integer(a->stride));
	result_put(&o, "windows", json_integer(a->windows));
	return o;
}

json_t *sweep_json(const struct pb_sweep *s)
{
	json_t *o = json_object(), *asked = json_array(), *windows = json_array();

	for (uint32_t i = 0; i < s->nr_asked; i++)
		result_append(&asked, asked_json(&s->asked[i]));
	for (size_t i = 0; i < s->nr_windows; i++)
		result_append(&windows, window_json(s, &s->window[i]));
	result_put(&o, "asked", asked);
	result_put(&o, "note", result_text(s->note));
	result_put(&o, "windows", windows);
	return o;
}

json_t *sweep_sums_json(const struct pb_sweep_sums *sums)
{
	json_t *o = json_object();

	for (size_t i = 0; i < nr_sweep_sums_names; i++) {
		const struct sweep_sums_name *n = &sweep_sums_names[i];
		uint64_t value;

		memcpy(&value, (const char *)sums + n->offset, sizeof(value));
		result_put(&o, n->name, json_integer((json_int_t)value));
	}
	result_put(&o, "lost", json_integer((json_int_t)sweep_lost(sums)));
	result_put(&o, "complete", json_boolean(sweep_complete(sums)));
	return o;
}

/* ---- reading ---------------------------------------------------------------------------- */

static bool read_flag(struct result_reader *rd, const json_t *v, const char *key,
		      const struct flag_name *names, uint16_t *to)
{
	const char *text = json_string_value(v);

	for (; text && names->name; names++)
		if (!strcmp(names->name, text) && !(*to & names->flag)) {
			*to |= names->flag;
			return true;
		}
	return checkline_fail(&rd->c, "%s is unknown, or there twice", key);
}

static bool read_flags(struct result_reader *rd, const json_t *o, const char *key,
		       const struct flag_name *names, uint16_t *to)
{
	const json_t *a = json_object_get(o, key);

	if (!json_is_array(a))
		return checkline_fail(&rd->c, "%s must be a list", key);
	for (size_t i = 0; i < json_array_size(a); i++)
		if (!read_flag(rd, json_array_get(a, i), key, names, to))
			return false;
	return true;
}

static bool read_bool(struct result_reader *rd, const json_t *o, const char *key, bool *to)
{
	const json_t *v = json_object_get(o, key);

	*to = json_is_true(v);
	return json_is_boolean(v) || checkline_fail(&rd->c, "%s must be true or false", key);
}

static bool read_u16(struct result_reader *rd, const json_t *o, const char *key, uint16_t *to)
{
	uint32_t value;
	bool ok = reader_u32(rd, o, key, UINT16_MAX, &value);

	*to = (uint16_t)value;
	return ok;
}

static bool read_fate(struct result_reader *rd, const json_t *o, struct pb_sweep_interval *i)
{
	bool passed;

	if (!read_flag(rd, json_object_get(o, "outcome"), "outcome", outcomes, &i->outcome) ||
	    !read_flag(rd, json_object_get(o, "fate"), "fate", fates, &i->fate) ||
	    !read_bool(rd, o, "passed", &passed) ||
	    !reader_u64(rd, o, "delay", INT64_MAX, &i->delay))
		return false;
	if (passed)
		i->fate |= PB_EVF_FATE_PASSED;
	return true;
}

static bool read_interval(struct result_reader *rd, const json_t *o, struct pb_sweep_interval *i)
{
	if (!reader_u32(rd, o, "first", UINT32_MAX, &i->first) ||
	    !reader_u32(rd, o, "last", UINT32_MAX, &i->last) || !read_u16(rd, o, "cpu", &i->cpu) ||
	    !reader_hex(rd, o, "rip", &i->rip) ||
	    (json_object_get(o, "at") && !reader_text(rd, o, "at", i->at, sizeof(i->at))) ||
	    (json_object_get(o, "line") && !reader_text(rd, o, "line", i->line, sizeof(i->line))))
		return false;
	if (json_object_get(o, "bound") && (!read_flags(rd, o, "bound", bounds, &i->bound) ||
					    !read_bool(rd, o, "store", &i->store)))
		return false;
	if (!reader_u32(rd, o, "tried", UINT32_MAX, &i->tried))
		return false;
	return !i->tried || read_fate(rd, o, i);
}

static bool read_intervals(struct result_reader *rd, const json_t *a, struct pb_sweep *s)
{
	if (!json_is_array(a))
		return checkline_fail(&rd->c, "intervals must be a list");
	for (size_t n = 0; n < json_array_size(a); n++) {
		struct pb_sweep_interval *i = sweep_add_interval(s);

		if (!i)
			return checkline_fail(&rd->c, "no memory, or more than %u intervals",
					      PB_SWEEP_MAX_INTERVALS);
		if (!read_interval(rd, json_array_get(a, n), i))
			return false;
	}
	return true;
}

static bool read_window(struct result_reader *rd, const json_t *o, struct pb_sweep *s,
			uint32_t *around)
{
	struct pb_sweep_window *w = sweep_add_window(s);

	if (!w)
		return checkline_fail(&rd->c, "no memory, or more than %u windows",
				      PB_SWEEP_MAX_WINDOWS);
	if (!reader_u32(rd, o, "sweep", s->nr_asked - 1, &w->sweep) ||
	    !reader_u32(rd, o, "number", UINT32_MAX, &w->number) ||
	    !reader_u32(rd, o, "instants", UINT32_MAX, &w->instants) ||
	    !read_flags(rd, o, "flags", window_flags, &w->flags) ||
	    !read_u16(rd, o, "pid", &w->vcpu) || !read_u16(rd, o, "cpu", &w->cpu) ||
	    (w->sweep && !reader_u32(rd, o, "outer", UINT32_MAX, &w->outer)))
		return false;
	w->kind = s->asked[w->sweep].window;
	if (!w->sweep)
		*around = (uint32_t)s->nr_windows - 1;
	else
		w->around = *around;
	return read_intervals(rd, json_object_get(o, "intervals"), s);
}

static bool read_asked(struct result_reader *rd, const json_t *all, struct pb_sweep *s)
{
	const json_t *a = json_object_get(all, "asked");

	if (!json_array_size(a) || json_array_size(a) > PB_MAX_SWEEPS)
		return checkline_fail(&rd->c, "asked must be a list of 1 to %d", PB_MAX_SWEEPS);
	for (; s->nr_asked < json_array_size(a); s->nr_asked++) {
		const json_t *o = json_array_get(a, s->nr_asked);
		struct pb_sweep_asked *to = &s->asked[s->nr_asked];

		if (!reader_name(rd, o, "window", &plan_windows, &to->window) ||
		    !reader_name(rd, o, "event", &plan_sweep_events, &to->event) ||
		    !reader_u32(rd, o, "stride", UINT32_MAX, &to->stride) ||
		    !reader_u32(rd, o, "windows", UINT32_MAX, &to->windows))
			return false;
	}
	return true;
}

bool reader_sweep(struct result_reader *rd, const json_t *o, struct pb_sweep **to)
{
	const json_t *windows = json_object_get(o, "windows");
	uint32_t around = PB_SWEEP_NONE;
	struct pb_sweep *s;
	char why[256];

	/* The branch's from the first: it is freed with it. */
	*to = s = calloc(1, sizeof(*s));
	if (!s)
		return checkline_fail(&rd->c, "out of memory");
	if (!read_asked(rd, o, s) || !reader_text(rd, o, "note", s->note, sizeof(s->note)))
		return false;
	if (!json_is_array(windows))
		return checkline_fail(&rd->c, "windows must be a list");
	for (size_t n = 0; n < json_array_size(windows); n++)
		if (!read_window(rd, json_array_get(windows, n), s, &around))
			return false;
	if (sweep_check(s, why, sizeof(why)))
		return checkline_fail(&rd->c, "%s", why);
	return true;
}
