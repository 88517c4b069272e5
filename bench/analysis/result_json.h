/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* result_json.h - what writer and reader of result.json share. */
#ifndef PB_ANALYSIS_RESULT_JSON_H
#define PB_ANALYSIS_RESULT_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "analysis/result.h"
#include "util/names.h"

extern const struct pb_names result_roles; /* only, base, head */
extern const struct pb_names result_statuses; /* ok, skip, error */
extern const struct pb_names result_lost_states; /* unknown, stranded, ... */

/* The members of struct pb_counts by name: nested ones with their group. */
struct counts_name {
	const char *group; /* "class", "lost_state" or NULL */
	const char *name;
	size_t offset;
};
extern const struct counts_name counts_names[];
extern const size_t nr_counts_names;

/* The cells, as an array; a new reference, NULL: no memory. */
json_t *result_cells_json(const struct pb_result *r);

#endif
