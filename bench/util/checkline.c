// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/checkline.h"

void checkline_init(struct checkline *c, char *err, size_t size)
{
	memset(c, 0, sizeof(*c));
	c->err = err;
	c->size = size;
	if (size)
		err[0] = '\0';
}

void checkline_at(struct checkline *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->where, sizeof(c->where), fmt, ap);
	va_end(ap);
}

bool checkline_fail(struct checkline *c, const char *fmt, ...)
{
	va_list ap;
	int len;

	if (c->failed)
		return false;
	c->failed = true;
	len = snprintf(c->err, c->size, "%s", c->where);
	if (len < 0 || (size_t)len >= c->size)
		return false;
	va_start(ap, fmt);
	vsnprintf(c->err + len, c->size - (size_t)len, fmt, ap);
	va_end(ap);
	return false;
}

bool checkline_range(struct checkline *c, const char *what, int64_t value, int64_t min, int64_t max)
{
	if (value >= min && value <= max)
		return true;
	if (min == max)
		return checkline_fail(c, "%s is %" PRId64 ", must be %" PRId64, what, value, min);
	return checkline_fail(c, "%s is %" PRId64 ", must be %" PRId64 " to %" PRId64, what, value,
			      min, max);
}

bool checkline_zero(struct checkline *c, const char *what, int64_t value, const char *why)
{
	if (!value)
		return true;
	return checkline_fail(c, "%s is %" PRId64 ", must be 0 %s", what, value, why);
}

bool checkline_zeros(struct checkline *c, const char *what, const void *data, size_t size)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < size; i++)
		if (p[i])
			return checkline_fail(c, "%s must be zero", what);
	return true;
}

bool checkline_text(struct checkline *c, const char *what, const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	if (len == size)
		return checkline_fail(c, "%s is not terminated", what);
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return checkline_fail(c, "%s has an unprintable character", what);
	for (size_t i = len; i < size; i++)
		if (text[i])
			return checkline_fail(c, "%s has something behind its end", what);
	return true;
}
