/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memfile.h - files without a name, in memory: what the emulator reads and
 * writes.  They go with the last process that has them open, however it ends.
 */
#ifndef LAB_MEMFILE_H
#define LAB_MEMFILE_H

#include <stddef.h>
#include <stdint.h>

/* An empty one, close-on-exec; a descriptor or -errno. `name` is for /proc only. */
int memfile_new(const char *name);
/* One with these bytes, read only from here on (sealed). A descriptor or -errno. */
int memfile_with(const char *name, const void *data, size_t size);
/* Its size, or -errno. */
int64_t memfile_size(int fd);
/*
 * The bytes [offset, offset + size) in memory that the caller frees, a zero
 * byte behind them; -ENODATA when the file is shorter; -ENOMEM, -errno.
 */
int memfile_read(int fd, uint64_t offset, size_t size, void **data);
/* The last bytes, at most `max`, as memfile_read(). */
int memfile_end(int fd, size_t max, void **data, size_t *size);

#endif
