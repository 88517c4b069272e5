// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/entry.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/kernel/fs.h"
#include "host/kernel/source.h"
#include "util/file.h"

#define META_MAX   65536
#define CONFIG_MAX (4u << 20)

static void get(const json_t *meta, const char *key, char *buf, size_t size)
{
	const char *text = json_string_value(json_object_get(meta, key));

	snprintf(buf, size, "%s", text ? text : "");
}

int entry_find(struct kctx *ctx, const char *key, struct pb_kernel *out)
{
	char path[KPATH];
	json_t *meta;
	size_t size;
	void *text;
	int ret;

	if (kctx_path(ctx, path, "%s/entries/%s/bzImage", ctx->cache, key))
		return -ENAMETOOLONG;
	if (strlen(path) >= sizeof(out->image))
		return kctx_fail(ctx, -ENAMETOOLONG,
				 "the cache's path is too long; set PIRBENCH_CACHE: %s", path);
	if (!fs_exists(path))
		return kctx_fail(ctx, -ENOENT, "not in the cache");
	snprintf(out->image, sizeof(out->image), "%.*s", (int)sizeof(out->image) - 1, path);
	if (kctx_path(ctx, path, "%s/entries/%s/meta.json", ctx->cache, key))
		return -ENAMETOOLONG;
	ret = file_read(path, META_MAX, &text, &size);
	if (ret)
		return kctx_fail_path(ctx, ret, "cannot read", path);
	meta = json_loadb(text, size, 0, NULL);
	free(text);
	if (!json_is_object(meta)) {
		json_decref(meta);
		return kctx_fail(ctx, -EINVAL, "%s is damaged; remove it: pirbench kernel prune",
				 path);
	}
	get(meta, "build_id", out->build_id, sizeof(out->build_id));
	get(meta, "release", out->release, sizeof(out->release));
	get(meta, "compiler", out->compiler, sizeof(out->compiler));
	snprintf(out->key, sizeof(out->key), "%s", key);
	json_decref(meta);
	return 0;
}

void entry_touch(struct kctx *ctx, const char *key)
{
	char path[KPATH];

	if (!kctx_path(ctx, path, "%s/entries/%s/used", ctx->cache, key))
		fs_touch(path);
}

static int write_meta(struct kctx *ctx, const char *dir, const struct entry_meta *m)
{
	char path[KPATH], vmlinux[KPATH], build_id[80], *text;
	json_t *meta;
	int ret;

	if (kctx_path(ctx, path, "%s/meta.json", dir) || kctx_path(ctx, vmlinux, "%s/vmlinux", dir))
		return -ENAMETOOLONG;
	ret = entry_build_id(vmlinux, build_id, sizeof(build_id));
	if (ret)
		return kctx_fail_path(ctx, ret, "not a kernel:", vmlinux);
	meta = json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", m->name, "source", m->source,
			 "compiler", m->compiler, "release", m->release, "build_id", build_id);
	text = meta ? json_dumps(meta, JSON_INDENT(2)) : NULL;
	ret = text ? file_write(path, text, strlen(text)) : -ENOMEM;
	free(text);
	json_decref(meta);
	return ret ? kctx_fail_path(ctx, ret, "cannot write", path) : 0;
}

static int copy_out(struct kctx *ctx, const char *out_dir, const char *from, const char *dir,
		    const char *to)
{
	char source[KPATH], target[KPATH];
	int ret;

	if (kctx_path(ctx, source, "%s/%s", out_dir, from) ||
	    kctx_path(ctx, target, "%s/%s", dir, to))
		return -ENAMETOOLONG;
	ret = fs_copy(source, target);
	return ret ? kctx_fail_path(ctx, ret, "cannot copy", source) : 0;
}

/* Is there DWARF? The configuration says so. */
static bool has_dwarf(const char *config)
{
	size_t size;
	void *text;
	bool yes;

	if (file_read(config, CONFIG_MAX, &text, &size))
		return false;
	yes = memmem(text, size, "\nCONFIG_DEBUG_INFO=y\n", 21);
	free(text);
	return yes;
}

/* For symbols.h: a few MB, where the whole of the debug information has hundreds. */
static int keep_lines(struct kctx *ctx, const char *vmlinux, const char *dir)
{
	char config[KPATH], to[KPATH];
	const char *lines[] = {"objcopy",
			       "--only-section=.debug_line",
			       "--only-section=.debug_line_str",
			       "--compress-debug-sections=zlib",
			       vmlinux,
			       to,
			       NULL};

	if (kctx_path(ctx, config, "%s/config", dir) || kctx_path(ctx, to, "%s/vmlinux.lines", dir))
		return -ENAMETOOLONG;
	return has_dwarf(config) ? kctx_command(ctx, lines, NULL) : 0;
}

static int fill(struct kctx *ctx, const char *out_dir, const char *dir, const struct entry_meta *m)
{
	char from[KPATH], to[KPATH], release[64];
	const char *strip[] = {"objcopy", "--strip-debug", from, to, NULL};
	int ret;

	ret = copy_out(ctx, out_dir, "arch/x86/boot/bzImage", dir, "bzImage");
	if (!ret)
		ret = copy_out(ctx, out_dir, "System.map", dir, "System.map");
	if (!ret)
		ret = copy_out(ctx, out_dir, ".config", dir, "config");
	if (!ret &&
	    (kctx_path(ctx, from, "%s/vmlinux", out_dir) || kctx_path(ctx, to, "%s/vmlinux", dir)))
		ret = -ENAMETOOLONG;
	if (!ret)
		ret = kctx_command(ctx, strip, NULL);
	if (!ret)
		ret = keep_lines(ctx, from, dir);
	if (!ret)
		ret = write_meta(ctx, dir, m);
	if (!ret && m->diff) {
		ret = kctx_path(ctx, to, "%s/applied.diff", dir);
		if (!ret && (ret = file_write(to, m->diff, strlen(m->diff))))
			kctx_fail_path(ctx, ret, "cannot write", to);
	}
	if (!ret)
		ret = kctx_path(ctx, from, "%s/bzImage", dir);
	if (!ret)
		ret = source_image_check(ctx, from, release, sizeof(release));
	return ret;
}

int entry_install(struct kctx *ctx, const char *key, const char *out_dir,
		  const struct entry_meta *meta)
{
	char tmp[KPATH], dir[KPATH], to[KPATH];
	int ret;

	if (kctx_path(ctx, tmp, "%s/tmp", ctx->cache) ||
	    kctx_path(ctx, to, "%s/entries/%s", ctx->cache, key))
		return -ENAMETOOLONG;
	ret = fs_tempdir(tmp, dir);
	if (ret)
		return kctx_fail_path(ctx, ret, "cannot make a directory in", tmp);
	ret = fill(ctx, out_dir, dir, meta);
	if (!ret) {
		ret = fs_mkdirs_parent(to);
		if (!ret)
			ret = fs_sync_dir(dir);
		/* Somebody else's equal one is as good. */
		if (!ret && rename(dir, to) && errno != EEXIST && errno != ENOTEMPTY)
			ret = -errno;
		if (ret)
			kctx_fail_path(ctx, ret, "cannot make", to);
	}
	fs_remove(dir);
	return ret;
}
