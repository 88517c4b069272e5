/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * disk.h - a file of the user's that is the lab's first NVMe namespace
 * (docs/nvme.md): it outlives the lab, however that ends.  Not for labs that
 * are branched.
 */
#ifndef LAB_DISK_H
#define LAB_DISK_H

#include <stdint.h>

#define DISK_ERR   512
#define DISK_BYTES (64u << 20) /* as large as a namespace is */

/*
 * Open the file for reading and writing, and lock it for as long as the
 * descriptor, or one inherited from it, is open.  Where there is none, or an
 * empty one, it becomes DISK_BYTES of zeros that take no room.
 *
 * Returns a descriptor, close-on-exec and never 0, or with a line in err
 * (DISK_ERR bytes): -EINVAL (not a plain file, or of another size), -EBUSY (a
 * lab has it), -errno.
 */
int disk_open(const char *path, char *err);

#endif
