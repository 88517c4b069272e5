/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cpio.h - writes and reads archives of the "newc" form, as the kernel's
 * initramfs takes them (Documentation/driver-api/early-userspace/
 * buffer-format.rst).  Nothing of the machine that one is written on gets in:
 * times are 0, owners root.  Writing is cpio.c, reading cpio_read.c.
 */
#ifndef PB_UTIL_CPIO_H
#define PB_UTIL_CPIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPIO_NAME_MAX 255

/* Zeroed: an empty archive. */
struct cpio {
	uint8_t *data; /* the archive so far; malloc()ed */
	size_t size;
	size_t capacity;
	uint32_t inode;
	int error; /* the first error; all further calls do nothing and return it */
};

/*
 * Add an entry.  `name` is relative ("bin/busybox"), without leading '/', "."
 * or ".." parts; directories must be added before what is in them.  `mode` is
 * permission bits only.  0; -EINVAL for a bad name; -EFBIG above 4 GiB - 1;
 * -ENOMEM.
 */
int cpio_dir(struct cpio *c, const char *name, unsigned int mode);
int cpio_file(struct cpio *c, const char *name, unsigned int mode, const void *data, size_t size);
/* A character device. */
int cpio_node(struct cpio *c, const char *name, unsigned int mode, unsigned int major,
	      unsigned int minor);
/* A symbolic link; its target is not looked at. */
int cpio_link(struct cpio *c, const char *name, const char *target);
/* The trailer, padded to 512 bytes; another archive may follow. */
int cpio_end(struct cpio *c);
void cpio_release(struct cpio *c);

/* Relative, no longer than CPIO_NAME_MAX, no empty, "." or ".." part. */
bool cpio_name_ok(const char *name);

/* ---- reading ------------------------------------------------------------------ */

/* Where the reader is; filled in by the caller with offset 0. */
struct cpio_reader {
	const uint8_t *data;
	size_t size;
	size_t offset;
};

/* What the reader found; the pointers are into the archive. */
struct cpio_item {
	const char *name; /* cpio_name_ok() */
	unsigned int mode; /* type and permission bits: a directory, a plain file or a link */
	const uint8_t *data; /* of a file; the target of a link, without a zero byte */
	size_t size;
};

/*
 * The next entry of an archive that nobody vouches for.  1: *item is filled in;
 * 0: the trailer was
 * reached, and the reader is behind it; -EBADMSG with a line in err: not of this form, cut
 * off, a bad name, a length that cannot be, or a kind that is not read (devices,
 * hard links).
 */
int cpio_next(struct cpio_reader *r, struct cpio_item *item, char *err, size_t errlen);

/*
 * Make what is in the archive, or in several one after the other with zeros in
 * between, below the directory `dir`, which should be empty:
 * nothing is replaced, no link is followed, nothing is made elsewhere.  0;
 * -EBADMSG as above; -EEXIST, -ENOENT (its directory is not in the archive
 * before it), -errno.  What was made before an error stays.
 */
int cpio_unpack(const void *data, size_t size, int dir, char *err, size_t errlen);

#endif
