/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checkline.h - for checks of data from outside: the first thing that is wrong
 * fills the caller's line, whatever is found after it is ignored.
 */
#ifndef PB_UTIL_CHECKLINE_H
#define PB_UTIL_CHECKLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct checkline {
	char *err;
	size_t size;
	bool failed;
	char where[48]; /* prefix of the line: "source 1: "; may be empty */
};

void checkline_init(struct checkline *c, char *err, size_t size);
/* Prefix of the lines to come, printf style; "" for none. */
void checkline_at(struct checkline *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Record a failure; false, so that one can `return checkline_fail(...)`. */
bool checkline_fail(struct checkline *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* value must be in [min, max]; else "<where><what> is <value>, must be <min> to <max>". */
bool checkline_range(struct checkline *c, const char *what, int64_t value, int64_t min,
		     int64_t max);
/* value must be 0; `why` says when it could be something else. */
bool checkline_zero(struct checkline *c, const char *what, int64_t value, const char *why);
/* A string in `size` bytes: printable ASCII, terminated, zeros behind. */
bool checkline_text(struct checkline *c, const char *what, const char *text, size_t size);
/* All bytes zero. */
bool checkline_zeros(struct checkline *c, const char *what, const void *data, size_t size);

#endif
