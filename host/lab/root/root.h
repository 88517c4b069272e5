/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root.h - the lab's root image: the programs that load and show its devices
 * (configs/root), from Debian packages, as an archive that the machine unpacks
 * from its medium (host/lab/runner/medium.h).  Not compressed: it does not pass
 * through the BIOS, and unpacking would cost more than copying.
 */
#ifndef LAB_ROOT_H
#define LAB_ROOT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#define ROOT_ERR 512

/*
 * Find it in the cache; with `build`, else fetch its packages and make it (half a
 * minute, network).  The key is all that it is made from: lists, script, form;
 * versions of packages are those of the day (usr/share/pirbench-packages in it says
 * which).  An entry appears whole or not at all, and goes when it was not used
 * for a month.  `line` (may be NULL) gets what is going on.  0 with its path;
 * -ENOENT: not there, and `build` is false; -errno; a line in err (ROOT_ERR bytes).
 */
int root_get(bool build, const volatile sig_atomic_t *stop,
	     void (*line)(void *arg, const char *line), void *arg, char *path, size_t size,
	     char *err);

#endif
