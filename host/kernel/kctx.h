/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kctx.h - what every part of the kernel builder needs to know of the call
 * that it serves: options, directories, where errors and progress go.
 */
#ifndef PB_KERNEL_KCTX_H
#define PB_KERNEL_KCTX_H

#include "host/kernel/kernel.h"
#include "util/subprocess.h"

#define KPATH 1024

struct kctx {
	struct kernel_opts opts;
	char root[KPATH]; /* the project */
	char configs[KPATH]; /* root/configs/kernels */
	char cache[KPATH]; /* the cache's kernels directory */
	char *err;
	size_t err_size;
};

/*
 * Fill ctx from opts (NULL: defaults). 0, or -errno with a line in err, which
 * ctx keeps using.
 */
int kctx_init(struct kctx *ctx, const struct kernel_opts *opts, char *err, size_t size);

/* Put a line into the caller's err; returns ret. */
int kctx_fail(struct kctx *ctx, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for a failed operation on a file: "what path: strerror". */
int kctx_fail_path(struct kctx *ctx, int ret, const char *what, const char *path);
/* Put text in front of the line that is there; returns ret. */
int kctx_prefix(struct kctx *ctx, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Format a path into buf[KPATH]; 0, or -ENAMETOOLONG with an error line. */
int kctx_path(struct kctx *ctx, char *buf, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Tell the caller what is being done; fraction as in struct kernel_progress. */
void kctx_phase(struct kctx *ctx, double fraction, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* subprocess_run() with the caller's stop flag, and errors into ctx. */
int kctx_run(struct kctx *ctx, struct subprocess *p, struct subprocess_result *r);
/* The same for a command of which only success matters. */
int kctx_command(struct kctx *ctx, const char *const *argv, const char *dir);

/* -EINTR with an error line when the caller wants to stop, else 0. */
int kctx_stopped(struct kctx *ctx);

#endif
