/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * linux_bzimage.h - the parts of a bzImage (Documentation/x86/boot.rst in the
 * kernel's tree, protocol 2.12 and later, 64-bit entry).
 */
#ifndef PB_VMM_LINUX_BZIMAGE_H
#define PB_VMM_LINUX_BZIMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "vmm/fail.h"

#define LINUX_ZERO_PAGE    4096u
#define LINUX_SETUP_HEADER 0x1f1u /* where it is, in the file and in the zero page */

struct linux_bzimage {
	const uint8_t *header; /* setup header, of header_size bytes */
	size_t header_size; /* with it, the zero page is not left */
	const uint8_t *kernel; /* protected-mode part */
	size_t kernel_size;
	uint64_t load; /* where it wants to be */
	uint64_t init_size; /* memory that it needs from there on */
	uint64_t initrd_max; /* last address that an initramfs may have */
	uint32_t cmdline_max; /* characters, without the NUL */
};

/*
 * `data` stays the caller's and must outlive `b`. 0, or -ENOEXEC with a line
 * that says what is wrong.
 */
int linux_bzimage_parse(const void *data, size_t size, struct linux_bzimage *b,
			struct vmm_line *line);

#endif
