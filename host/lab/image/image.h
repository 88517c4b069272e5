/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * image.h - what the lab boots from: a CD image with a boot loader, a kernel,
 * the machine's ACPI tables and an initramfs whose /init is the executor.
 */
#ifndef LAB_IMAGE_H
#define LAB_IMAGE_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "util/cpio.h"

enum image_kind {
	IMAGE_RUN, /* nothing but the executor: small, since the BIOS reads it slowly */
	IMAGE_SHELL, /* and busybox, for a look inside */
	IMAGE_KINDS
};

#define IMAGE_ERR 512

/*
 * The path of the image of this kernel, built when the cache does not have it.
 * The cache's key is the content of everything that goes in; an entry appears
 * whole or not at all, and goes when it was not used for a month.
 *
 * `append` is put behind the kernel's command line (NULL: nothing); letters,
 * digits, space and _.,:=/+-@$ only.  `stop` (may be NULL): give up when it
 * becomes non-zero.
 *
 * 0, or with one line in err (of IMAGE_ERR bytes): -ENOENT (kernel, executor),
 * -ENOPKG (a package is missing; err names it), -EINVAL (not a bzImage, bad
 * append), -EINTR, another -errno.
 */
int image_get(const char *kernel, enum image_kind kind, const char *append,
	      const volatile sig_atomic_t *stop, char *path, size_t size, char *err);

/* The kernel's command line, without `append`. */
extern const char image_command_line[];

/* The two archives one after the other: tables, then root file system. busybox may be NULL. */
int image_initrd(struct cpio *c, const void *executor, size_t executor_size, const void *busybox,
		 size_t busybox_size);

#endif
