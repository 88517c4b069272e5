/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root.h - what a shell or a command has around it: the archives of the medium,
 * or what is in the boot image.
 */
#ifndef PB_EXEC_ROOT_H
#define PB_EXEC_ROOT_H

#include <stddef.h>

#define ROOT_BUSYBOX "/bin/busybox"
#define ROOT_PATH    "PATH=/bin:/sbin:/usr/bin:/usr/sbin"
#define ROOT_JOB     "job" /* directory of a command's own files */

/*
 * Of the lab's first process only.  Unpack the medium, if there is one; when
 * busybox is in it, it becomes the root directory, else its ROOT_JOB goes into
 * the one that there is.  Then busybox's commands are installed. 0, or -errno
 * with a line in err.
 */
int root_enter(const char *sysfs, char *err, size_t errlen);

#endif
