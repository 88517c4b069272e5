// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/kctx.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/project.h"

int kctx_fail(struct kctx *ctx, int ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ctx->err, ctx->err_size, fmt, ap);
	va_end(ap);
	return ret;
}

int kctx_fail_path(struct kctx *ctx, int ret, const char *what, const char *path)
{
	return kctx_fail(ctx, ret, "%s %s: %s", what, path, strerror(-ret));
}

int kctx_prefix(struct kctx *ctx, int ret, const char *fmt, ...)
{
	char old[KERNEL_ERR_SIZE];
	va_list ap;
	int n;

	snprintf(old, sizeof(old), "%s", ctx->err);
	va_start(ap, fmt);
	n = vsnprintf(ctx->err, ctx->err_size, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < ctx->err_size)
		snprintf(ctx->err + n, ctx->err_size - (size_t)n, "%s", old);
	return ret;
}

int kctx_path(struct kctx *ctx, char *buf, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, KPATH, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= KPATH)
		return kctx_fail(ctx, -ENAMETOOLONG, "path too long: %.200s...", buf);
	return 0;
}

void kctx_phase(struct kctx *ctx, double fraction, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	if (!ctx->opts.progress.phase)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ctx->opts.progress.phase(ctx->opts.progress.arg, text, fraction);
}

int kctx_run(struct kctx *ctx, struct subprocess *p, struct subprocess_result *r)
{
	if (!p->stop)
		p->stop = ctx->opts.stop;
	return subprocess_run(p, r, ctx->err, ctx->err_size);
}

int kctx_command(struct kctx *ctx, const char *const *argv, const char *dir)
{
	struct subprocess p = {.argv = argv, .dir = dir};
	struct subprocess_result r;
	int ret = kctx_run(ctx, &p, &r);

	subprocess_release(&r);
	return ret;
}

int kctx_stopped(struct kctx *ctx)
{
	if (ctx->opts.stop && *ctx->opts.stop)
		return kctx_fail(ctx, -EINTR, "interrupted");
	return 0;
}

int kctx_init(struct kctx *ctx, const struct kernel_opts *opts, char *err, size_t size)
{
	int ret;

	memset(ctx, 0, sizeof(*ctx));
	ctx->err = err;
	ctx->err_size = size;
	if (size)
		err[0] = '\0';
	if (opts)
		ctx->opts = *opts;
	if (ctx->opts.root)
		ret = kctx_path(ctx, ctx->root, "%s", ctx->opts.root);
	else
		ret = project_root(ctx->root, sizeof(ctx->root));
	if (ret)
		return kctx_fail(ctx, ret,
				 "cannot find pirbench's configs/: set PIRBENCH_ROOT to the "
				 "directory that holds it");
	ret = kctx_path(ctx, ctx->configs, "%s/configs/kernels", ctx->root);
	if (ret)
		return ret;
	ret = project_cache("kernels", ctx->cache, sizeof(ctx->cache));
	if (ret)
		return kctx_fail(ctx, ret,
				 "cannot make the cache (%s): set PIRBENCH_CACHE to a directory "
				 "that can be written",
				 strerror(-ret));
	return 0;
}
