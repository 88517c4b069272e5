/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * names.h - the names of an enum's values: one table for the scenario loader,
 * for reports and for error messages.
 */
#ifndef PB_UTIL_NAMES_H
#define PB_UTIL_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct pb_names {
	const char *what; /* what a value is, for an error: "schedule" */
	uint32_t nr;
	const char *const *name; /* by value; NULL: no such value */
};

/* Name of a value; NULL when there is no such value. */
const char *names_get(const struct pb_names *names, uint32_t value);
/* Name of a value, or "?": never NULL, for printing what was not checked. */
const char *names_str(const struct pb_names *names, uint32_t value);
/* Value of a name; -EINVAL when there is no such name. */
int names_find(const struct pb_names *names, const char *name);
/*
 * All names, "a, b or c", into `buf` (always terminated; cut when too small).
 * Returns buf.
 */
char *names_list(const struct pb_names *names, char *buf, size_t size);

#endif
