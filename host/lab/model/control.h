/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control.h - the control function, the way of plans into the machine and of
 * results out of it; its registers: bench/shared/control_regs.h.
 */
#ifndef LAB_CONTROL_H
#define LAB_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

/* Create the function at 00:0f.0. Once. 0, or -errno. */
int control_init(void);

/* Machine reset. */
void control_reset(void);

/*
 * Have fn called when a squeezer says that it begins or ends something (MARK):
 * during the CPU's store, so at an instant of its own.  `squeezer` is whatever
 * the machine wrote.  One at a time; NULL: nobody.
 */
typedef void (*control_mark_fn)(void *arg, uint32_t squeezer, bool begin);
void control_on_mark(control_mark_fn fn, void *arg);

#endif
