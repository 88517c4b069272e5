/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shell.h - a look inside: the lab boots into a shell on its serial line, which
 * is connected to a terminal or to pipes.
 */
#ifndef LAB_SHELL_H
#define LAB_SHELL_H

#include <signal.h>
#include <stddef.h>

#include "host/lab/runner/emulator.h"

#define SHELL_LEAVE 0x1d /* Ctrl-] */

/*
 * Boot `image` (IMAGE_SHELL), with a medium (medium.h; 0: none) and a disk (disk.h;
 * 0: none), both the caller's, and copy between the serial line and `in`, `out`
 * until the machine powers off, SHELL_LEAVE is typed (when `in` is a terminal,
 * which is in raw mode meanwhile) or *stop is set. End of file on `in` only
 * ends the input. 0; -EINTR: stopped; -EIO: the emulator failed; -errno. A line
 * in err (EMULATOR_ERR bytes).
 */
int shell_run(const struct emulator *e, const char *image, int media, int disk, int in, int out,
	      const volatile sig_atomic_t *stop, char *err);

#endif
