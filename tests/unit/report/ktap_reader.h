/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ktap_reader.h - KTAP version 1, read strictly: what the kernel's
 * Documentation/dev-tools/ktap.rst demands, and of what it leaves open (unknown
 * lines, a plan that is missing) nothing.
 */
#ifndef TEST_KTAP_READER_H
#define TEST_KTAP_READER_H

#include <stddef.h>

struct ktap {
	unsigned int ok, not_ok; /* result lines of the innermost level */
	unsigned int top_ok, top_not_ok;
	unsigned int skip, xfail, error; /* directives, all levels */
};

/* 0, or -1 with what is wrong, and the line's number, in err. */
int ktap_read(const char *text, struct ktap *k, char *err, size_t size);

#endif
