/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * media.h - a file of the runner's that the machine has as memory: BAR 4 of the
 * control function (bench/shared/control_regs.h).
 */
#ifndef LAB_MEDIA_H
#define LAB_MEDIA_H

#include <stdint.h>

struct media {
	void *data; /* `bar` bytes; the file, then zeros */
	uint32_t size; /* of the file */
	uint32_t bar; /* of the BAR: a power of two */
};

/*
 * Map the file of `fd` (which stays the caller's, and may be closed): privately,
 * so that what the machine writes is its own, and each branch's from its fork on.
 * It must not shrink.  0; -EINVAL: not a plain file, or empty; -EFBIG: more than
 * PB_CONTROL_MEDIA_MAX; -errno.  Once per machine: it is never unmapped.
 */
int media_map(struct media *m, int fd);

#endif
