/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* readers.h - what was written for other programs, read strictly; they fail the test. */
#ifndef TEST_REPORT_READERS_H
#define TEST_REPORT_READERS_H

/* Against reports/junit.xsd. */
void readers_junit(const char *xml);
/* A page: whole, without script, and with nothing from elsewhere. */
void readers_html(const char *html);
/* Elements are closed in the order in which they were opened; NULL, or where not. */
const char *readers_unbalanced(const char *p);

#endif
