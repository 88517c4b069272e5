// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdarg.h>
#include <stdio.h>

#include "util/text.h"

void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int len;

	if (t->len + 1 >= t->size)
		return;
	va_start(ap, fmt);
	len = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	if (len > 0)
		t->len += (size_t)len;
	if (t->len >= t->size)
		t->len = t->size - 1;
}
