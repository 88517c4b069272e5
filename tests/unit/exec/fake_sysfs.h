/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fake_sysfs.h - a sysfs of plain files, which takes what is written and does nothing. */
#ifndef TEST_EXEC_FAKE_SYSFS_H
#define TEST_EXEC_FAKE_SYSFS_H

#include <stddef.h>

extern char fake_root[64];

/* Make the directory; remove it. */
void fake_begin(void);
int fake_end(void);

/* A file below it, with all directories on its way; what is in it now. */
void fake_put(const char *path, const char *text);
void fake_get(const char *path, char *buf, size_t size);

/* Link the function's `driver`. */
void fake_bind(const char *bdf, const char *driver);

#endif
