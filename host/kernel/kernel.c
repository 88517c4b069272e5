// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/kernel.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/kernel/entry.h"
#include "host/kernel/fs.h"
#include "host/kernel/journal.h"
#include "host/kernel/request.h"
#include "host/kernel/toolchain.h"
#include "host/kernel/trim.h"
#include "util/file.h"

/* The number in a line "NAME = NUMBER" of the Makefile; -1 when there is none. */
static long makefile_number(const char *text, const char *name)
{
	const char *line = strstr(text, name);
	char *end;
	long n;

	if (!line)
		return -1;
	line += strlen(name);
	n = strtol(line, &end, 10);
	return end != line && n >= 0 ? n : -1;
}

/* "6.12" of the source's Makefile, so that objects of far versions do not mix; "" if odd. */
static void source_version(const char *src, char *buf, size_t size)
{
	long version, patchlevel;
	char path[KPATH];
	size_t n;
	void *text;

	buf[0] = '\0';
	if ((size_t)snprintf(path, sizeof(path), "%s/Makefile", src) >= sizeof(path) ||
	    file_read(path, 4 << 20, &text, &n))
		return;
	version = makefile_number(text, "\nVERSION = ");
	patchlevel = makefile_number(text, "\nPATCHLEVEL = ");
	if (version >= 0 && patchlevel >= 0)
		snprintf(buf, size, "%ld.%ld", version, patchlevel);
	free(text);
}

/* Configure, compile and cache what is in src now. */
static int build_entry(struct kctx *ctx, const struct request *r, const char *dir, const char *src,
		       const struct edits *edits, int lock_fd)
{
	char out[KPATH], log[KPATH], version[32];
	struct build b = {.src = src,
			  .out = out,
			  .log = log,
			  .config = &r->config,
			  .name = r->variant.name,
			  .lock_fd = lock_fd};
	struct entry_meta meta = {.name = r->variant.name,
				  .source = r->id.text,
				  .compiler = r->compiler,
				  .release = b.release,
				  .diff = edits->diff};
	int ret;

	source_version(src, version, sizeof(version));
	if (kctx_path(ctx, out, "%s/out-%s", dir, version) ||
	    kctx_path(ctx, log, "%s/logs/%.16s.log", ctx->cache, r->key))
		return -ENAMETOOLONG;
	ret = fs_mkdirs_parent(log);
	if (ret)
		return kctx_fail_path(ctx, ret, "cannot make", log);
	unlink(log);
	ret = build_run(ctx, &b);
	if (!ret)
		ret = entry_install(ctx, r->key, out, &meta);
	if (!ret)
		unlink(log);
	return ret;
}

static int build_patched(struct kctx *ctx, const struct request *r, const char *dir, int lock_fd)
{
	char src[KPATH], why[KERNEL_ERR_SIZE];
	struct edits edits = {.nr = 0};
	struct prune prune;
	int ret, back;

	if (kctx_path(ctx, src, "%s/src", dir))
		return -ENAMETOOLONG;
	ret = prune_load(ctx, &prune);
	if (ret)
		return ret;
	ret = apply_patches(ctx, r->patches, r->nr_patches, src, &prune, &edits);
	prune_release(&prune);
	if (ret)
		return ret;
	ret = journal_apply(ctx, dir, &edits);
	if (!ret)
		ret = build_entry(ctx, r, dir, src, &edits, lock_fd);
	snprintf(why, sizeof(why), "%s", ctx->err);
	back = journal_restore(ctx, dir);
	if (ret || !back)
		kctx_fail(ctx, ret, "%s", why);
	edits_release(&edits);
	return ret ? ret : back;
}

/* Under the tree's lock. */
static int build_locked(struct kctx *ctx, const struct request *r, const char *dir, int lock_fd)
{
	const struct source *s = &r->variant.source;
	int ret = journal_restore(ctx, dir);

	if (!ret)
		ret = s->ops->prepare(ctx, s, &r->id, dir);
	return ret ? ret : build_patched(ctx, r, dir, lock_fd);
}

static int build(struct kctx *ctx, const struct request *r, struct pb_kernel *out)
{
	char dir[KPATH], lock[KPATH], tmp[KPATH];
	int fd, ret;

	if (kctx_path(ctx, dir, "%s/trees/%s", ctx->cache, r->id.tree) ||
	    kctx_path(ctx, lock, "%s/lock", dir) || kctx_path(ctx, tmp, "%s/tmp", ctx->cache))
		return -ENAMETOOLONG;
	ret = toolchain_check(ctx);
	if (ret)
		return ret;
	fs_sweep(tmp);
	ret = fs_mkdirs(dir);
	if (ret)
		return kctx_fail_path(ctx, ret, "cannot make", dir);
	ret = fs_lock(lock, false, NULL, &fd);
	if (ret == -EWOULDBLOCK) {
		kctx_phase(ctx, -1, "waiting for another build in %s", r->id.tree);
		ret = fs_lock(lock, true, ctx->opts.stop, &fd);
	}
	if (ret)
		return ret == -EINTR ? kctx_fail(ctx, ret, "interrupted")
				     : kctx_fail_path(ctx, ret, "cannot lock", lock);
	/* The one that we waited for may have been the same. */
	ret = entry_find(ctx, r->key, out);
	if (ret == -ENOENT) {
		ret = build_locked(ctx, r, dir, fd);
		if (!ret) {
			trim_outs(ctx, dir);
			trim_entries(ctx);
			ret = entry_find(ctx, r->key, out);
		}
	}
	fs_touch(lock);
	close(fd);
	return ret;
}

static int use_image(struct kctx *ctx, const struct request *r, struct pb_kernel *out)
{
	if (strlen(r->id.file) >= sizeof(out->image))
		return kctx_fail(ctx, -ENAMETOOLONG, "path too long: %s", r->id.file);
	snprintf(out->image, sizeof(out->image), "%.*s", (int)sizeof(out->image) - 1, r->id.file);
	snprintf(out->key, sizeof(out->key), "%s", r->key);
	return source_image_check(ctx, r->id.file, out->release, sizeof(out->release));
}

int kernel_get(const char *spec, const struct kernel_opts *opts, struct pb_kernel *out, char *err,
	       size_t size)
{
	struct request *r;
	struct kctx ctx;
	int ret;

	memset(out, 0, sizeof(*out));
	ret = kctx_init(&ctx, opts, err, size);
	if (ret)
		return ret;
	r = calloc(1, sizeof(*r));
	if (!r)
		return kctx_fail(&ctx, -ENOMEM, "out of memory");
	ret = request_init(&ctx, spec, !ctx.opts.cached_only, r);
	if (!ret) {
		if (r->variant.source.ops->ready)
			ret = use_image(&ctx, r, out);
		else
			ret = entry_find(&ctx, r->key, out);
		if (ret == -ENOENT && !ctx.opts.cached_only && !r->variant.source.ops->ready)
			ret = build(&ctx, r, out);
		if (!ret && !r->variant.source.ops->ready)
			entry_touch(&ctx, r->key);
		snprintf(out->name, sizeof(out->name), "%s", r->variant.name);
		request_release(r);
	}
	free(r);
	if (!ret && size)
		err[0] = '\0';
	return ret;
}

static void describe(FILE *f, const struct request *r, const char *state)
{
	const struct variant *v = &r->variant;

	fprintf(f, "kernel    %s\n", v->name);
	if (v->summary[0])
		fprintf(f, "summary   %s\n", v->summary);
	fprintf(f, "source    %s\n          %s\n", r->id.text, r->id.content);
	for (size_t i = 0; i < r->nr_patches; i++)
		fprintf(f, "patch     %s (%s)\n", r->patches[i].path,
			r->patches[i].kind == PATCH_COCCI ? "semantic" : "unified diff");
	for (size_t i = 0; i < v->nr_configs; i++)
		fprintf(f, "config    %s\n", v->configs[i].path);
	if (r->compiler[0])
		fprintf(f, "compiler  %s\n", r->compiler);
	fprintf(f, "key       %s\ncached    %s\n", r->key, state);
}

int kernel_describe(const char *spec, const struct kernel_opts *opts, char **text, char *err,
		    size_t size)
{
	struct pb_kernel k = {.name = ""};
	struct request *r;
	struct kctx ctx;
	size_t n;
	FILE *f;
	int ret;

	*text = NULL;
	ret = kctx_init(&ctx, opts, err, size);
	if (ret)
		return ret;
	r = calloc(1, sizeof(*r));
	if (!r)
		return kctx_fail(&ctx, -ENOMEM, "out of memory");
	ret = request_init(&ctx, spec, false, r);
	if (!ret) {
		f = open_memstream(text, &n);
		if (f && r->variant.source.ops->ready)
			describe(f, r, "it is ready");
		else if (f)
			describe(f, r, entry_find(&ctx, r->key, &k) ? "no" : k.image);
		if (!f || fclose(f))
			ret = kctx_fail(&ctx, -ENOMEM, "out of memory");
		request_release(r);
	}
	free(r);
	if (!ret && size)
		err[0] = '\0';
	return ret;
}

static void fill_info(struct kctx *ctx, struct kernel_info *info)
{
	struct request *r = calloc(1, sizeof(*r));
	struct pb_kernel k = {.name = ""};
	struct variant v;
	size_t len = 0;

	if (!r || variant_resolve(ctx, info->name, &v)) {
		snprintf(info->error, sizeof(info->error), "%s", r ? ctx->err : "out of memory");
		free(r);
		return;
	}
	snprintf(info->summary, sizeof(info->summary), "%s", v.summary);
	snprintf(info->source, sizeof(info->source), "%s %.200s%s%.30s", v.source.ops->key,
		 v.source.what, v.source.revision[0] ? " at " : "", v.source.revision);
	for (size_t i = 0; i < v.nr_patches && len < sizeof(info->patches); i++) {
		const char *name = strrchr(v.patches[i].path, '/');

		len += (size_t)snprintf(info->patches + len, sizeof(info->patches) - len, "%s%s",
					i ? " " : "", name ? name + 1 : v.patches[i].path);
	}
	variant_release(&v);
	if (!request_init(ctx, info->name, false, r)) {
		info->cached = r->variant.source.ops->ready || !entry_find(ctx, r->key, &k);
		request_release(r);
	}
	free(r);
}

static int is_yaml(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 5 && len < 64 && e->d_name[0] != '.' && !strcmp(e->d_name + len - 5, ".yaml");
}

/* "linux-6.1" before "linux-6.12". */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	char x[256], y[256];

	snprintf(x, sizeof(x), "%.*s", (int)strlen((*a)->d_name) - 5, (*a)->d_name);
	snprintf(y, sizeof(y), "%.*s", (int)strlen((*b)->d_name) - 5, (*b)->d_name);
	return strverscmp(x, y);
}

int kernel_list(const struct kernel_opts *opts, struct kernel_info **list, size_t *nr, char *err,
		size_t size)
{
	struct dirent **names;
	struct kctx ctx;
	int ret, n;

	*list = NULL;
	*nr = 0;
	ret = kctx_init(&ctx, opts, err, size);
	if (ret)
		return ret;
	n = scandir(ctx.configs, &names, is_yaml, by_name);
	if (n < 0)
		return kctx_fail_path(&ctx, -errno, "cannot read", ctx.configs);
	*list = calloc((size_t)n + 1, sizeof(**list));
	for (int i = 0; i < n; i++) {
		if (*list) {
			struct kernel_info *info = &(*list)[(*nr)++];

			snprintf(info->name, sizeof(info->name), "%.*s",
				 (int)strlen(names[i]->d_name) - 5, names[i]->d_name);
			fill_info(&ctx, info);
		}
		free(names[i]);
	}
	free(names);
	if (!*list)
		return kctx_fail(&ctx, -ENOMEM, "out of memory");
	if (size)
		err[0] = '\0';
	return 0;
}
