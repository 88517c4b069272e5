/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control_regs.h - the lab's control function: how a plan gets into the
 * machine and results get out, and the branch point; shared by the device
 * model (host/lab/model/control.c) and the executor's channel
 * (bench/exec/channel_lab.c).  BAR 0: registers, 32-bit.  BAR 2: the window,
 * plain memory of PB_CONTROL_WINDOW bytes: the plan lies at its start after
 * the branch point; the executor leaves run, then rings DONE.  BAR 4: the
 * medium, plain memory with a file of the runner's in it; there is none when
 * MEDIA_SIZE is 0.  The file is not changed by what is written there.
 */
#ifndef PB_SHARED_CONTROL_REGS_H
#define PB_SHARED_CONTROL_REGS_H

#define PB_CONTROL_VENDOR   0x1b36
#define PB_CONTROL_DEVICE   0x7000
#define PB_CONTROL_BAR_SIZE 0x10000
#define PB_CONTROL_WINDOW   0x1000000 /* 16 MiB */

#define PB_CONTROL_ID          0x00 /* RO */
#define PB_CONTROL_ID_VALUE    0x43524950u /* "PIRC" */
#define PB_CONTROL_VERSION     0x04 /* RO, 1 */
#define PB_CONTROL_MODE        0x08 /* RO */
#define PB_CONTROL_MODE_BRANCH 0u /* write BRANCH, then run the plan */
#define PB_CONTROL_MODE_SHELL  1u /* a shell on the console instead */
#define PB_CONTROL_MODE_RUN    2u /* the command that the medium says, then RESULT and DONE */
#define PB_CONTROL_BRANCH      0x0c /* WO: the branch point; returns once in each branch */
#define PB_CONTROL_PLAN_SIZE   0x10 /* RO, after the branch point: bytes in the window */
#define PB_CONTROL_RESULT_SIZE 0x14 /* bytes left in the window */
#define PB_CONTROL_RESULT_CRC  0x18 /* CRC-32C of them */
#define PB_CONTROL_DONE        0x1c /* WO: end of the branch; does not return */
#define PB_CONTROL_BEAT        0x20 /* WO: progress, for the watchdog and the console */
#define PB_CONTROL_MARK        0x24 /* WO: a squeezer begins or ends something: */
#define PB_CONTROL_MARK_BEGIN  1u /* else it ends */
#define PB_CONTROL_MARK_SHIFT  1 /* the squeezer's index in the plan */
#define PB_CONTROL_MEDIA_SIZE  0x28 /* RO: bytes of the file in BAR 4; 0: no such BAR */
#define PB_CONTROL_MEDIA_MAX   0x8000000 /* 128 MiB */

#endif
