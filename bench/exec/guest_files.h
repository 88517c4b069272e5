/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_files.h - the files that a Linux guest boots from, into the lab's root file system. */
#ifndef PB_EXEC_GUEST_FILES_H
#define PB_EXEC_GUEST_FILES_H

#include <stddef.h>

/*
 * Where the machine has a medium (media.h) whose archive begins with the directory
 * "guest", unpack it below `root`: /guest/kernel, /guest/initrd. 1: done; 0: there is
 * no medium, or another one; -errno with a line in err.
 */
int guest_files_unpack(const char *sysfs, const char *root, char *err, size_t errlen);

#endif
