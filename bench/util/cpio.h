/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cpio.h - writes archives of the "newc" form, as the kernel's initramfs takes
 * them (Documentation/driver-api/early-userspace/buffer-format.rst).  Nothing
 * of the machine that it is written on gets in: times are 0, owners root.
 */
#ifndef LAB_CPIO_H
#define LAB_CPIO_H

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
/* The trailer, padded to 512 bytes; another archive may follow. */
int cpio_end(struct cpio *c);
void cpio_release(struct cpio *c);

#endif
