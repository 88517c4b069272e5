/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* init.h - the executor as the first process of the lab's machine. */
#ifndef PB_EXEC_INIT_H
#define PB_EXEC_INIT_H

/*
 * Mount what is needed, open the lab's control function, then serve one plan
 * (or a shell on the console, as the control function says). Never returns:
 * the machine ends with the branch; where it cannot, it is powered off after a
 * line on the console.
 */
void init_main(void) __attribute__((noreturn));

#endif
