/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kernel_id.h - which kernel runs here. */
#ifndef PB_EXEC_KERNEL_ID_H
#define PB_EXEC_KERNEL_ID_H

#include <stddef.h>

/*
 * uname's release, and the GNU build id in lower-case hex from the kernel's
 * ELF notes (sysfs: kernel/notes); empty where it is not known.
 */
void kernel_id(const char *sysfs, char *release, size_t release_size, char *build_id,
	       size_t build_id_size);

#endif
