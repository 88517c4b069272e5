/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * medium.h - the file that a lab's machine has as memory (BAR 4 of the control
 * function, bench/shared/control_regs.h): what is too large for the boot image,
 * which the BIOS reads slowly.  All branches of a lab have the same one; what
 * they write there is their own.
 */
#ifndef LAB_MEDIUM_H
#define LAB_MEDIUM_H

#include <stddef.h>

#define MEDIUM_ERR 512

/*
 * A file that nobody changes as long as it is there: an entry of a cache.
 * Returns a descriptor, close-on-exec and never 0, or with a line in err
 * (MEDIUM_ERR bytes): -EINVAL (not a plain file, or empty), -EFBIG (more than
 * PB_CONTROL_MEDIA_MAX), -errno.
 */
int medium_open(const char *path, char *err);

/* These bytes, sealed in memory. As above. */
int medium_with(const void *data, size_t size, char *err);

#endif
