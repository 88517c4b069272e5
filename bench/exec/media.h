/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * media.h - the medium of the lab's control function (shared/control_regs.h,
 * BAR 4): a file of the runner's, in the machine as memory.
 */
#ifndef PB_EXEC_MEDIA_H
#define PB_EXEC_MEDIA_H

#include <stddef.h>
#include <stdint.h>

struct media {
	const uint8_t *data; /* read only; stays as it is while the branch lives */
	size_t size; /* of the file */
	size_t mapped;
};

/*
 * Map it; `sysfs` is "/sys" but for tests. 0; -ENOENT: there is none; -errno.
 * After any failure there is a line in err, and nothing to close.
 */
int media_open(struct media *m, const char *sysfs, char *err, size_t errlen);
void media_close(struct media *m);

/*
 * Unpack the archive (util/cpio.h) that it holds into a new tmpfs at `dir`, which
 * is made when it is not there. 0 or -errno with a line in err, as media_open()
 * and cpio_unpack(); after an error nothing is mounted.
 */
int media_unpack(const struct media *m, const char *dir, char *err, size_t errlen);

#endif
