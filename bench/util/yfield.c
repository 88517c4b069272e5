// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/ydoc.h"

static bool bad(struct yerr *e, const struct ynode *n, const struct yfield *f, const char *right)
{
	return yerr_fail(e, n->line, "%s is '%.40s'; must be %s", f->key, n->text, right);
}

/* A decimal number at the start of text; *end is behind it. */
static bool get_number(const char *text, int64_t *value, const char **end)
{
	const char *digits = text + (*text == '-');
	char *stop;

	if (!isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	*value = strtoll(text, &stop, 10);
	*end = stop;
	return !errno;
}

static bool read_text(const struct ynode *n, const struct yfield *f, char *to, struct yerr *e)
{
	size_t len = strlen(n->text);

	while (len && isspace((unsigned char)n->text[len - 1]))
		len--;
	if (!len)
		return yerr_fail(e, n->line, "%s is empty; must say something", f->key);
	if (len >= f->size)
		return yerr_fail(e, n->line, "%s has %zu characters; must be at most %zu", f->key,
				 len, f->size - 1);
	memset(to, 0, f->size);
	for (size_t i = 0; i < len; i++) {
		char c = n->text[i] == '\n' || n->text[i] == '\t' ? ' ' : n->text[i];

		if (c < 0x20 || c > 0x7e)
			return yerr_fail(e, n->line, "%s has the byte 0x%02x; must be plain ASCII",
					 f->key, (unsigned char)c);
		to[i] = c;
	}
	return true;
}

static bool read_whole(const struct ynode *n, const struct yfield *f, int64_t *value,
		       struct yerr *e)
{
	char right[80];
	const char *end;

	snprintf(right, sizeof(right), "a whole number, %" PRId64 " to %" PRId64, f->min, f->max);
	if (!get_number(n->text, value, &end) || *end || *value < f->min || *value > f->max)
		return bad(e, n, f, right);
	return true;
}

/* Microseconds in the largest unit that has no fraction. */
static void us_text(int64_t us, char *buf, size_t size)
{
	if (us && us % 1000000 == 0)
		snprintf(buf, size, "%" PRId64 "s", us / 1000000);
	else if (us && us % 1000 == 0)
		snprintf(buf, size, "%" PRId64 "ms", us / 1000);
	else
		snprintf(buf, size, "%" PRId64 "us", us);
}

/* A time at the start of text, in microseconds; *end is behind its unit. */
static bool get_us(const char *text, int64_t *us, const char **end)
{
	static const struct {
		const char *unit;
		int64_t us;
	} units[] = {{"us", 1}, {"ms", 1000}, {"s", 1000000}};
	const char *unit;

	if (!get_number(text, us, &unit) || *us < 0 || *us > INT64_MAX / 1000000)
		return false;
	while (*unit == ' ')
		unit++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strncmp(unit, units[i].unit, strlen(units[i].unit)) != 0)
			continue;
		*us *= units[i].us;
		*end = unit + strlen(units[i].unit);
		return true;
	}
	/* Nothing needs no unit. */
	*end = unit;
	return *us == 0;
}

static bool read_us(const struct ynode *n, const struct yfield *f, uint32_t *to, struct yerr *e)
{
	char min[32], max[32], right[160];
	const char *end;
	int64_t low, high;

	us_text(f->min, min, sizeof(min));
	us_text(f->max, max, sizeof(max));
	snprintf(right, sizeof(right), "a time%s, %s to %s, with its unit: us, ms or s",
		 f->type == YFIELD_US_RANGE ? " or a range like 1ms..2ms" : "", min, max);
	if (!get_us(n->text, &low, &end))
		return bad(e, n, f, right);
	high = low;
	if (f->type == YFIELD_US_RANGE && !strncmp(end, "..", 2) && !get_us(end + 2, &high, &end))
		return bad(e, n, f, right);
	if (*end || low < f->min || high > f->max || low > high)
		return bad(e, n, f, right);
	to[0] = (uint32_t)low;
	if (f->type == YFIELD_US_RANGE)
		to[1] = (uint32_t)high;
	return true;
}

static bool read_enum(const struct ynode *n, const struct yfield *f, uint32_t *to, struct yerr *e)
{
	int value = names_find(f->names, n->text);
	char list[160];

	if (value < 0)
		return bad(e, n, f, names_list(f->names, list, sizeof(list)));
	*to = (uint32_t)value;
	return true;
}

static bool read_range(const struct ynode *n, const struct yfield *f, uint32_t *to, struct yerr *e)
{
	char right[128];
	int64_t low, high;
	const char *end;

	snprintf(right, sizeof(right),
		 "a number or a range like 10..500, %" PRId64 " to %" PRId64
		 ", the lower one first",
		 f->min, f->max);
	if (!get_number(n->text, &low, &end))
		return bad(e, n, f, right);
	high = low;
	if (*end && (strncmp(end, "..", 2) != 0 || !get_number(end + 2, &high, &end) || *end))
		return bad(e, n, f, right);
	if (low < f->min || high > f->max || low > high)
		return bad(e, n, f, right);
	to[0] = (uint32_t)low;
	to[1] = (uint32_t)high;
	return true;
}

static bool read_field(const struct ynode *n, const struct yfield *f, void *to, struct yerr *e)
{
	int64_t value = 0;

	if (f->type == YFIELD_OTHER)
		return true;
	if (n->kind != YNODE_SCALAR)
		return yerr_fail(e, n->line, "%s is a %s; must be a single value", f->key,
				 n->kind == YNODE_MAP ? "map" : "list");
	switch (f->type) {
	case YFIELD_TEXT:
		return read_text(n, f, to, e);
	case YFIELD_US:
	case YFIELD_US_RANGE:
		return read_us(n, f, to, e);
	case YFIELD_ENUM:
		return read_enum(n, f, to, e);
	case YFIELD_RANGE:
		return read_range(n, f, to, e);
	default:
		break;
	}
	if (!read_whole(n, f, &value, e))
		return false;
	if (f->type == YFIELD_I32)
		*(int32_t *)to = (int32_t)value;
	else
		*(uint32_t *)to = (uint32_t)value;
	return true;
}

static bool unknown_field(const struct ynode *n, const struct yfield *fields, size_t nr,
			  struct yerr *e)
{
	char list[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < nr && len < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
					i == 0        ? ""
					: i + 1 == nr ? " or "
						      : ", ",
					fields[i].key);
	return yerr_fail(e, n->key_line, "unknown field '%.40s'; must be %s", n->key, list);
}

bool yfields_read(const struct ynode *map, const struct yfield *fields, size_t nr, void *to,
		  struct yerr *e)
{
	if (map->kind != YNODE_MAP)
		return yerr_fail(e, map->line, "%s; must be a map, 'field: value' in each line",
				 map->kind == YNODE_LIST ? "a list" : "a single value");
	for (const struct ynode *n = map->first; n; n = n->next) {
		size_t i = 0;

		while (i < nr && strcmp(n->key, fields[i].key) != 0)
			i++;
		if (i == nr)
			return unknown_field(n, fields, nr, e);
		if (!read_field(n, &fields[i], (char *)to + fields[i].offset, e))
			return false;
	}
	for (size_t i = 0; i < nr; i++)
		if (fields[i].required && !ynode_get(map, fields[i].key))
			return yerr_fail(e, map->line, "no field '%s'; it is required",
					 fields[i].key);
	return true;
}
