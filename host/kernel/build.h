/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * build.h - configure and compile a source tree.
 *
 * Objects go to a directory of their own beside the source (make O=) and stay:
 * the next build compiles what depends on a changed file, or on a changed
 * option (the kernel's make knows). A build that died with its process may have
 * left half-written objects, so those that it touched are removed before the
 * next.
 */
#ifndef PB_KERNEL_BUILD_H
#define PB_KERNEL_BUILD_H

#include "host/kernel/fragment.h"

struct build {
	const char *src;
	const char *out; /* object directory; made when missing */
	const char *log; /* what make says is appended to this file */
	const struct fragment *config;
	const char *name; /* of the kernel, for errors */
	int lock_fd; /* children keep it, so that the tree stays locked while one lives */
	bool unfinished; /* filled in: make was killed and may have left half an object */
	char release[64]; /* filled in: include/config/kernel.release */
};

/*
 * Build out/arch/x86/boot/bzImage, out/vmlinux and out/System.map. -EINVAL
 * with an error line, and up to three of the compiler's, when it does not
 * compile or an option does not come true.
 */
int build_run(struct kctx *ctx, struct build *b);

#endif
