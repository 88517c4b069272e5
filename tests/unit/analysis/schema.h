/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * schema.h - JSON Schema, as much of it as reports/result.schema.json uses; what
 * it uses beyond that is an error, so that nothing is left unchecked.
 */
#ifndef TEST_ANALYSIS_SCHEMA_H
#define TEST_ANALYSIS_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Is value as `schema` says? Else a line in err. `root` is the whole schema, for references. */
bool schema_check(const json_t *root, const json_t *schema, const json_t *value, char *err,
		  size_t size);

#endif
