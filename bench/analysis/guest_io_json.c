// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a Linux guest saw of its devices, in result.json. */
#include <stdlib.h>

#include "analysis/result_json.h"
#include "plan/plan.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))

/* The members of struct pb_io_counts by name. */
static const struct {
	const char *name;
	size_t offset;
} counts[] = {
#define COUNT(m)                                     \
	{                                            \
#m, offsetof(struct pb_io_counts, m) \
	}
	COUNT(submitted),  COUNT(ios),      COUNT(errors), COUNT(stalls), COUNT(stalled),
	COUNT(interrupts), COUNT(timeouts), COUNT(polled), COUNT(aborts),
#undef COUNT
};

static const char *const causes[PB_STALL_CAUSES] = {
	[PB_STALL_INTERRUPT] = "interrupt", [PB_STALL_FAULTED] = "faulted",
	[PB_STALL_DEVICE] = "device",       [PB_STALL_PREEMPTED] = "preempted",
	[PB_STALL_OTHER] = "other",
};
_Static_assert(NR(counts) + PB_STALL_CAUSES == sizeof(struct pb_io_counts) / sizeof(uint64_t),
	       "all named");

static json_t *cause_json(const struct pb_io_counts *c)
{
	json_t *o = json_object();

	for (size_t i = 0; i < PB_STALL_CAUSES; i++)
		result_put(&o, causes[i], json_integer((json_int_t)c->cause[i]));
	return o;
}

static json_t *one_json(const struct pb_guest_io *io, bool values)
{
	json_t *o = json_object();

	result_put(&o, "kind", json_string(names_str(&plan_source_kinds, io->kind)));
	for (size_t i = 0; i < NR(counts); i++)
		result_put(
			&o, counts[i].name,
			json_integer((json_int_t) * (const uint64_t *)((const char *)&io->counts +
								       counts[i].offset)));
	result_put(&o, "cause", cause_json(&io->counts));
	result_put(&o, "took",
		   values ? result_samples_json(&io->took) : result_summary_json(&io->took));
	return o;
}

json_t *guest_io_json(const struct pb_guest_io *io, uint32_t nr, bool values)
{
	json_t *a = json_array();

	for (uint32_t i = 0; i < nr; i++)
		result_append(&a, one_json(&io[i], values));
	return a;
}

static bool read_one(struct result_reader *rd, const json_t *o, struct pb_guest_io *io)
{
	const json_t *cause = json_object_get(o, "cause");

	if (!reader_name(rd, o, "kind", &plan_source_kinds, &io->kind))
		return false;
	/* Small enough that the sums of all branches fit. */
	for (size_t i = 0; i < NR(counts); i++)
		if (!reader_u64(rd, o, counts[i].name, 1ull << 46,
				(uint64_t *)((char *)&io->counts + counts[i].offset)))
			return false;
	for (size_t i = 0; i < PB_STALL_CAUSES; i++)
		if (!reader_u64(rd, cause, causes[i], 1ull << 46, &io->counts.cause[i]))
			return false;
	return reader_samples(rd, o, "took", &io->took) &&
	       (guest_io_check(io) || checkline_fail(&rd->c, "devices do not add up"));
}

bool reader_guest_io(struct result_reader *rd, const json_t *a, struct pb_guest_io **to,
		     uint32_t *nr)
{
	size_t n = json_array_size(a);

	if (!json_is_array(a) || !n || n > PB_MAX_SOURCES)
		return checkline_fail(&rd->c, "devices must be a list of 1 to %d", PB_MAX_SOURCES);
	*to = calloc(n, sizeof(**to));
	if (!*to)
		return checkline_fail(&rd->c, "out of memory");
	*nr = (uint32_t)n;
	for (size_t i = 0; i < n; i++)
		if (!read_one(rd, json_array_get(a, i), &(*to)[i]))
			return false;
	return true;
}
