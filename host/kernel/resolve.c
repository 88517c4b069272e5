// SPDX-License-Identifier: LGPL-2.1-or-later
/* From what a user typed to a variant. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/kernel/source.h"

static int add_path(struct kctx *ctx, struct variant_file *files, size_t *nr, const char *path)
{
	if (*nr == VARIANT_MAX_FILES)
		return kctx_fail(ctx, -E2BIG, "more than %d patches", VARIANT_MAX_FILES);
	files[*nr].path = strdup(path);
	files[*nr].where = strdup("");
	if (!files[*nr].path || !files[*nr].where)
		return kctx_fail_path(ctx, -ENOMEM, "cannot read", path);
	(*nr)++;
	return 0;
}

/* A git tree that no file describes is configured as the shipped kernels are. */
static int default_config(struct kctx *ctx, struct variant *v)
{
	char path[KPATH];
	int ret = kctx_path(ctx, path, "%s/" VARIANT_FRAGMENT, ctx->configs);

	return ret ? ret : add_path(ctx, v->configs, &v->nr_configs, path);
}

static int from_git(struct kctx *ctx, const char *dir, const char *revision, struct variant *v)
{
	int ret = 0;

	v->source.ops = &source_git;
	if (*revision)
		ret = kctx_path(ctx, v->source.what, "%s", dir);
	else
		ret = source_git_top(ctx, dir, v->source.what);
	snprintf(v->source.revision, sizeof(v->source.revision), "%s", revision);
	return ret ? ret : default_config(ctx, v);
}

static int from_path(struct kctx *ctx, const char *spec, struct variant *v)
{
	size_t len = strlen(spec);
	struct stat st;

	if (stat(spec, &st))
		return kctx_fail_path(ctx, -errno, "no kernel", spec);
	if (S_ISDIR(st.st_mode))
		return from_git(ctx, spec, "", v);
	if (!S_ISREG(st.st_mode))
		return kctx_fail(ctx, -EINVAL, "%s is neither a file nor a directory", spec);
	if (len > 5 && !strcmp(spec + len - 5, ".yaml"))
		return variant_load(ctx, spec, v);
	v->source.ops = &source_image;
	return kctx_path(ctx, v->source.what, "%s", spec);
}

static bool is_path(const char *spec)
{
	return strchr(spec, '/') || !strcmp(spec, ".") || !strcmp(spec, "..");
}

static int find(struct kctx *ctx, const char *spec, struct variant *v)
{
	const char *tree = ctx->opts.tree ? ctx->opts.tree : ".";
	char path[KPATH];
	int ret;

	if (!*spec || *spec == '-')
		return kctx_fail(ctx, -EINVAL, "'%s' is not a kernel", spec);
	if (is_path(spec))
		return from_path(ctx, spec, v);
	if (variant_name_ok(spec)) {
		ret = kctx_path(ctx, path, "%s/%s.yaml", ctx->configs, spec);
		if (ret)
			return ret;
		if (!access(path, F_OK))
			return variant_load(ctx, path, v);
	}
	if (!access(spec, F_OK))
		return from_path(ctx, spec, v);
	if (strlen(spec) < sizeof(v->source.revision) && source_git_knows(ctx, tree, spec))
		return from_git(ctx, tree, spec, v);
	ret = kctx_stopped(ctx);
	return ret ? ret
		   : kctx_fail(ctx, -ENOENT,
			       "no kernel '%s': not a file of configs/kernels (see pirbench kernel "
			       "list), no such path, and no revision of the git tree %s",
			       spec, tree);
}

/* "+NAME" for each extra patch, NAME without directory and ending; cut to fit. */
static void name_patch(struct variant *v, const char *path)
{
	const char *base = strrchr(path, '/');
	size_t len = strlen(v->name);

	base = base ? base + 1 : path;
	snprintf(v->name + len, sizeof(v->name) - len, "+%.*s", (int)strcspn(base, "."), base);
}

int variant_resolve(struct kctx *ctx, const char *spec, struct variant *v)
{
	const struct kernel_opts *o = &ctx->opts;
	int ret;

	memset(v, 0, sizeof(*v));
	ret = find(ctx, spec, v);
	if (!ret && !v->name[0])
		snprintf(v->name, sizeof(v->name), "%s", spec);
	if (!ret && v->source.ops->ready && (o->nr_patches || o->config))
		ret = kctx_fail(ctx, -EINVAL,
				"%s is a ready image: it cannot be patched or configured", spec);
	for (size_t i = 0; !ret && i < o->nr_patches; i++) {
		ret = add_path(ctx, v->patches, &v->nr_patches, o->patches[i]);
		name_patch(v, o->patches[i]);
	}
	if (!ret && o->config)
		ret = add_path(ctx, v->configs, &v->nr_configs, o->config);
	if (ret)
		variant_release(v);
	return ret;
}
