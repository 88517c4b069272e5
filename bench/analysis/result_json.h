/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* result_json.h - what writer and reader of result.json share. */
#ifndef PB_ANALYSIS_RESULT_JSON_H
#define PB_ANALYSIS_RESULT_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "analysis/result.h"
#include "util/checkline.h"
#include "util/names.h"

extern const struct pb_names result_roles; /* only, base, head */
extern const struct pb_names result_statuses; /* ok, skip, error */
extern const struct pb_names result_lost_states; /* unknown, stranded, ... */

/* The members of struct pb_counts by name: nested ones with their group. */
struct counts_name {
	const char *group; /* "class", "lost_state", "faulted" or NULL */
	const char *name;
	size_t offset;
};
extern const struct counts_name counts_names[];
extern const size_t nr_counts_names;

/* ---- writing ---------------------------------------------------------------------- */

/*
 * jansson's json_object_set_new() fails on a NULL value: running out of memory
 * anywhere makes the whole NULL, so that it is looked at once, in the end.
 */
void result_put(json_t **to, const char *key, json_t *value);
void result_append(json_t **to, json_t *value);
/* Texts come from many places; a file holds printable ASCII only, and the reader insists. */
json_t *result_text(const char *text);
json_t *result_hex(uint64_t value);

/* The cells, as an array; a new reference, NULL: no memory. */
json_t *result_cells_json(const struct pb_result *r);
/* A sweep, and sums of some; new references, NULL: no memory. */
json_t *sweep_json(const struct pb_sweep *s);
json_t *sweep_sums_json(const struct pb_sweep_sums *sums);

/* What a Linux guest saw of its devices; with `values`, how long each I/O took. */
json_t *guest_io_json(const struct pb_guest_io *io, uint32_t nr, bool values);
json_t *result_samples_json(const struct pb_samples *s);
json_t *result_summary_json(const struct pb_samples *s);

/* ---- reading: false, with a line in rd->c, for what is not as it must be ------------ */

/* What a reader of one part of the file gets. */
struct result_reader {
	struct pb_result *r;
	struct checkline c;
};

bool reader_u64(struct result_reader *rd, const json_t *o, const char *key, uint64_t max,
		uint64_t *to);
bool reader_u32(struct result_reader *rd, const json_t *o, const char *key, uint32_t max,
		uint32_t *to);
bool reader_text(struct result_reader *rd, const json_t *o, const char *key, char *to, size_t size);
bool reader_hex(struct result_reader *rd, const json_t *o, const char *key, uint64_t *to);
bool reader_name(struct result_reader *rd, const json_t *o, const char *key,
		 const struct pb_names *names, uint32_t *to);
bool reader_samples(struct result_reader *rd, const json_t *o, const char *key,
		    struct pb_samples *to);
/* As guest_io_json() writes them with values, checked by guest_io_check(). */
bool reader_guest_io(struct result_reader *rd, const json_t *a, struct pb_guest_io **to,
		     uint32_t *nr);
/* The sweep of a branch, checked by sweep_check(). */
bool reader_sweep(struct result_reader *rd, const json_t *o, struct pb_sweep **to);

#endif
