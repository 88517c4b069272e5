/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * file.h - whole files in, whole files out.
 */
#ifndef PB_UTIL_FILE_H
#define PB_UTIL_FILE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Read a regular file of at most `max` bytes. *data is malloc()ed, the
 * caller's to free, and has a zero byte behind it. Returns 0 or -errno
 * (-EFBIG: larger than max; -EINVAL: not a regular file).
 */
int file_read(const char *path, size_t max, void **data, size_t *size);

/*
 * Make `path` hold exactly these bytes, on disk when this returns. Whatever
 * happens, kill -9 and full disk included, `path` is the old file or the whole
 * new one, and nothing else is left behind: the data are written to a file
 * without a name (O_TMPFILE, where the file system has it). Only a kill -9 in
 * the instant between two names of a file that replaces another leaves one,
 * which file_sweep() removes. A link is followed; a device, a pipe and whatever
 * is below /dev and /proc is written to as it is. Returns 0 or -errno.
 */
int file_write(const char *path, const void *data, size_t size);

/* Remove what file_write() of processes that are no more left in `dir`. */
void file_sweep(const char *dir);

#endif
