/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control.h - the control function, the way of plans into the machine and of
 * results out of it; its registers: bench/shared/control_regs.h.
 */
#ifndef LAB_CONTROL_H
#define LAB_CONTROL_H

/* Create the function at 00:0f.0. Once. 0, or -errno. */
int control_init(void);

/* Machine reset. */
void control_reset(void);

#endif
