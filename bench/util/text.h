/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* text.h - text that is put together piece by piece; what has no room is left out. */
#ifndef PB_UTIL_TEXT_H
#define PB_UTIL_TEXT_H

#include <stddef.h>

struct text {
	char *buf; /* always terminated once something was added */
	size_t size, len;
};

void text_add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
