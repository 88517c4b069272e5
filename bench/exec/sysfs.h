/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sysfs.h - reading and writing attributes; of bench/exec only. */
#ifndef PB_EXEC_SYSFS_H
#define PB_EXEC_SYSFS_H

#include <stddef.h>

/* The attribute's text without its line end. 0 or -errno. */
int sysfs_read(const char *path, char *buf, size_t size);

/* An attribute that is a hexadecimal or decimal number. 0 or -errno. */
int sysfs_read_number(const char *path, unsigned long *value);

/* 0 or -errno, as the driver behind the attribute answers. */
int sysfs_write(const char *path, const char *text);

/* Last component of what a symbolic link points to. 0 or -errno (-ENOENT: no link). */
int sysfs_link_name(const char *path, char *buf, size_t size);

#endif
