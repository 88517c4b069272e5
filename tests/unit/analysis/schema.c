// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include "analysis/schema.h"

static const char *const known[] = {
	"$comment", "$schema", "title",      "description", "type", "additionalProperties",
	"required", "enum",    "properties", "items",       "$ref", "$defs",
	"minimum",  "pattern", "maxItems",
};

static bool fail(char *err, size_t size, const char *what, const char *name)
{
	snprintf(err, size, "%s: %s", what, name ? name : "?");
	return false;
}

static bool check_keywords(const json_t *schema, char *err, size_t size)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)schema, key, value)
	{
		bool found = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			found |= !strcmp(known[i], key);
		if (!found)
			return fail(err, size, "keyword that is not checked", key);
	}
	return true;
}

static bool type_fits(const char *type, const json_t *v)
{
	return (!strcmp(type, "object") && json_is_object(v)) ||
	       (!strcmp(type, "array") && json_is_array(v)) ||
	       (!strcmp(type, "string") && json_is_string(v)) ||
	       (!strcmp(type, "integer") && json_is_integer(v)) ||
	       (!strcmp(type, "number") && json_is_number(v)) ||
	       (!strcmp(type, "boolean") && json_is_boolean(v));
}

static bool check_scalar(const json_t *schema, const json_t *v, char *err, size_t size)
{
	const char *type = json_string_value(json_object_get(schema, "type"));
	const json_t *list = json_object_get(schema, "enum");
	const json_t *min = json_object_get(schema, "minimum");
	bool found = !list;

	if (type && !type_fits(type, v))
		return fail(err, size, "not of type", type);
	for (size_t i = 0; i < json_array_size(list); i++)
		found |= json_equal(json_array_get(list, i), v);
	if (!found)
		return fail(err, size, "not in the list", json_string_value(v));
	if (min && json_number_value(v) < json_number_value(min))
		return fail(err, size, "below the minimum", NULL);
	/* There is one pattern. */
	if (json_object_get(schema, "pattern") &&
	    (strncmp(json_string_value(v), "0x", 2) || json_string_length(v) < 3 ||
	     json_string_length(v) > 18 ||
	     strspn(json_string_value(v) + 2, "0123456789abcdef") + 2 != json_string_length(v)))
		return fail(err, size, "not of the pattern", json_string_value(v));
	return true;
}

static bool check_object(const json_t *root, const json_t *schema, const json_t *v, char *err,
			 size_t size)
{
	const json_t *properties = json_object_get(schema, "properties");
	const json_t *required = json_object_get(schema, "required");
	const char *key;
	json_t *member;

	if (!json_is_false(json_object_get(schema, "additionalProperties")))
		return fail(err, size, "object that allows anything", NULL);
	for (size_t i = 0; i < json_array_size(required); i++) {
		key = json_string_value(json_array_get(required, i));
		if (!json_object_get(v, key))
			return fail(err, size, "missing", key);
	}
	json_object_foreach((json_t *)v, key, member)
	{
		const json_t *s = json_object_get(properties, key);

		if (!s)
			return fail(err, size, "not in the schema", key);
		if (!schema_check(root, s, member, err, size))
			return false;
	}
	return true;
}

bool schema_check(const json_t *root, const json_t *schema, const json_t *v, char *err, size_t size)
{
	const char *ref = json_string_value(json_object_get(schema, "$ref"));
	const json_t *items = json_object_get(schema, "items");
	const json_t *max = json_object_get(schema, "maxItems");

	if (!check_keywords(schema, err, size) || !check_scalar(schema, v, err, size))
		return false;
	if (ref) {
		const json_t *def =
			json_object_get(json_object_get(root, "$defs"), ref + strlen("#/$defs/"));

		return def ? schema_check(root, def, v, err, size)
			   : fail(err, size, "no such reference", ref);
	}
	if (json_is_object(v))
		return check_object(root, schema, v, err, size);
	if (max && json_array_size(v) > (size_t)json_integer_value(max))
		return fail(err, size, "too many", NULL);
	for (size_t i = 0; i < json_array_size(v); i++)
		if (!schema_check(root, items, json_array_get(v, i), err, size))
			return false;
	return true;
}
