/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* toolchain.h - what kernels are compiled with. */
#ifndef PB_KERNEL_TOOLCHAIN_H
#define PB_KERNEL_TOOLCHAIN_H

#include "host/kernel/kctx.h"

/*
 * One line, "gcc (Debian 12.2.0-14) 12.2.0, GNU ld ... 2.40", into buf: part
 * of a kernel's key. -ENOPKG with an error line when there is none.
 */
int toolchain_describe(struct kctx *ctx, char *buf, size_t size);

/* Is all there that building needs? -ENOPKG with a line that names the packages. */
int toolchain_check(struct kctx *ctx);

#endif
