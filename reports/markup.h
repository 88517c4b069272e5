/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* markup.h - text from outside, made safe for XML, HTML and Markdown. */
#ifndef PB_REPORTS_MARKUP_H
#define PB_REPORTS_MARKUP_H

#include <stdio.h>

/*
 * As character data or in a quoted attribute, of XML and HTML alike: & < > "
 * and ' become references; what is not UTF-8, and characters that XML does not
 * have (most controls, U+FFFE...), become U+FFFD.
 */
void markup_xml(FILE *out, const char *text);

/* The same, formatted before; cut to 1023 bytes. */
void markup_xmlf(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* In a paragraph or a table's cell of Markdown: nothing in it is markup; one line. */
void markup_md(FILE *out, const char *text);

/* As code of Markdown, with as many backticks around it as it needs; one line. */
void markup_md_code(FILE *out, const char *text);

#endif
