/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_medium.h - a medium with what a Linux guest boots from. */
#ifndef LAB_GUEST_MEDIUM_H
#define LAB_GUEST_MEDIUM_H

#include "host/lab/runner/medium.h"

/*
 * A medium that holds an archive of guest/kernel, the bzImage at `kernel`, and
 * guest/initrd, which is guest-linux.cpio beside the running program, or
 * PIRBENCH_GUEST_INITRD. The executor unpacks it (exec/guest_files.h).
 *
 * Returns a descriptor as medium_with(), or -errno with a line in err (MEDIUM_ERR
 * bytes): -ENOENT, -EINVAL (no bzImage), -EFBIG, -ENOMEM.
 */
int guest_medium(const char *kernel, char *err);

#endif
