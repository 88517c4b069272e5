// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Debian's linux-source packages: binary packages that hold one file of
 * interest, /usr/src/NAME.tar.xz. An installed one is taken as it is; else it
 * is fetched by apt, which checks its hash against the archive's signed lists,
 * and kept in the cache as sources/NAME=VERSION/.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/kernel/fs.h"
#include "host/kernel/source.h"
#include "util/file.h"

#define PACKAGE_MAX 256

/* A package as "NAME=VERSION", and its name alone. */
struct package {
	char full[PACKAGE_MAX];
	char name[PACKAGE_MAX];
};

static int package_parse(struct kctx *ctx, const char *text, struct package *p)
{
	size_t name = strcspn(text, "="), len = strcspn(text, "\n");

	if (name >= len || name == 0 || len >= PACKAGE_MAX || strchr(text, '/'))
		return kctx_fail(ctx, -EINVAL, "'%.80s' is not a package's NAME=VERSION", text);
	snprintf(p->full, sizeof(p->full), "%.*s", (int)len, text);
	snprintf(p->name, sizeof(p->name), "%.*s", (int)name, text);
	return 0;
}

/* sources/WHAT@SUITE.current holds the NAME=VERSION that was found last time. */
static int current_path(struct kctx *ctx, const struct source *s, char *path)
{
	int ret = kctx_path(ctx, path, "%s/sources/%s@%s.current", ctx->cache, s->what, s->suite);

	if (ret)
		return ret;
	for (char *p = strrchr(path, '/'); *p; p++)
		if (*p == '*' || *p == ',')
			*p = '_';
	return 0;
}

static int tar_path(struct kctx *ctx, const struct package *p, char *path)
{
	return kctx_path(ctx, path, "%s/sources/%s/%s.tar.xz", ctx->cache, p->full, p->name);
}

/* What is in the cache already; -ENOENT when there is nothing. */
static int package_current(struct kctx *ctx, const struct source *s, struct package *p)
{
	char path[KPATH];
	size_t size;
	void *text;
	int ret = current_path(ctx, s, path);

	if (ret)
		return ret;
	ret = file_read(path, PACKAGE_MAX, &text, &size);
	if (ret)
		return -ENOENT;
	ret = package_parse(ctx, text, p);
	free(text);
	if (!ret)
		ret = tar_path(ctx, p, path);
	return !ret && fs_exists(path) ? 0 : -ENOENT;
}

/* The newest package of a pattern, as the archive has it now. */
static int package_newest(struct kctx *ctx, const struct source *s, struct package *p)
{
	char script[KPATH];
	const char *argv[] = {script, s->suite, "newest", s->what, NULL};
	struct subprocess sub = {.argv = argv, .capture_max = 4096};
	struct subprocess_result r;
	int ret = kctx_path(ctx, script, "%s/host/apt-private.sh", ctx->root);

	if (ret)
		return ret;
	kctx_phase(ctx, -1, "looking for the newest %s in %s", s->what, s->suite);
	ret = kctx_run(ctx, &sub, &r);
	if (!ret)
		ret = package_parse(ctx, r.out, p);
	subprocess_release(&r);
	return ret;
}

/* Fetch `want` (NAME or NAME=VERSION) into dir. */
static int download(struct kctx *ctx, const struct source *s, const char *want, const char *dir)
{
	char script[KPATH];
	const char *own[] = {"apt-get", "-qq", "download", want, NULL};
	const char *other[] = {script, s->suite, "download", want, dir, NULL};
	int ret = kctx_path(ctx, script, "%s/host/apt-private.sh", ctx->root);

	if (ret)
		return ret;
	kctx_phase(ctx, -1, "fetching %s", want);
	if (*s->suite)
		return kctx_command(ctx, other, NULL);
	ret = kctx_command(ctx, own, dir);
	if (ret == -ECHILD)
		kctx_prefix(ctx, ret,
			    "cannot fetch %s (are apt's lists there? apt-get update): ", want);
	return ret;
}

/* The one .deb in dir. */
static int find_deb(struct kctx *ctx, const char *dir, char *path)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int ret = -ENOENT;

	while (d && (e = readdir(d))) {
		size_t len = strlen(e->d_name);

		if (len > 4 && !strcmp(e->d_name + len - 4, ".deb"))
			ret = kctx_path(ctx, path, "%s/%s", dir, e->d_name);
	}
	if (d)
		closedir(d);
	return ret == -ENOENT ? kctx_fail(ctx, ret, "apt fetched no package into %s", dir) : ret;
}

/* "NAME=VERSION" as the package itself says. */
static int deb_identity(struct kctx *ctx, const char *deb, struct package *p)
{
	const char *argv[] = {"dpkg-deb", "--show", "--showformat=${Package}=${Version}\\n", deb,
			      NULL};
	struct subprocess sub = {.argv = argv, .capture_max = 4096};
	struct subprocess_result r;
	int ret = kctx_run(ctx, &sub, &r);

	if (!ret)
		ret = package_parse(ctx, r.out, p);
	subprocess_release(&r);
	return ret;
}

/* Unpack deb below temp and put its tarball into the cache. */
static int install(struct kctx *ctx, const char *deb, const char *temp, struct package *p)
{
	char root[KPATH], inside[KPATH], ready[KPATH], to[KPATH], tar[KPATH];
	const char *argv[] = {"dpkg-deb", "-x", deb, root, NULL};
	int ret = deb_identity(ctx, deb, p);

	if (ret)
		return ret;
	if (kctx_path(ctx, root, "%s/root", temp) || kctx_path(ctx, ready, "%s/ready", temp) ||
	    kctx_path(ctx, inside, "%s/usr/src/%s.tar.xz", root, p->name) ||
	    kctx_path(ctx, tar, "%s/%s.tar.xz", ready, p->name) ||
	    kctx_path(ctx, to, "%s/sources/%s", ctx->cache, p->full))
		return -ENAMETOOLONG;
	kctx_phase(ctx, -1, "unpacking %s", p->name);
	ret = kctx_command(ctx, argv, NULL);
	if (ret)
		return ret;
	if (!fs_exists(inside))
		return kctx_fail(ctx, -EINVAL, "%s holds no usr/src/%s.tar.xz", p->full, p->name);
	ret = fs_mkdirs(ready);
	if (!ret)
		ret = fs_mkdirs_parent(to);
	if (!ret &&
	    (rename(inside, tar) || (rename(ready, to) && errno != ENOTEMPTY && errno != EEXIST)))
		ret = -errno;
	return ret ? kctx_fail_path(ctx, ret, "cannot make", to) : 0;
}

/* Remember that s means this package now. */
static int set_current(struct kctx *ctx, const struct source *s, const struct package *p)
{
	char path[KPATH];
	int ret = current_path(ctx, s, path);

	if (ret)
		return ret;
	ret = file_write(path, p->full, strlen(p->full));
	return ret ? kctx_fail_path(ctx, ret, "cannot write", path) : 0;
}

static int fetch(struct kctx *ctx, const struct source *s, const char *want, struct package *p)
{
	char tmp[KPATH], temp[KPATH], deb[KPATH];
	int ret = kctx_path(ctx, tmp, "%s/tmp", ctx->cache);

	if (ret)
		return ret;
	ret = fs_tempdir(tmp, temp);
	if (ret)
		return kctx_fail_path(ctx, ret, "cannot make a directory in", tmp);
	ret = download(ctx, s, want, temp);
	if (!ret)
		ret = find_deb(ctx, temp, deb);
	if (!ret)
		ret = install(ctx, deb, temp, p);
	if (!ret)
		ret = set_current(ctx, s, p);
	fs_remove(temp);
	return ret;
}

static int identify_cached(struct kctx *ctx, const struct package *p, struct source_id *id)
{
	char tar[KPATH], used[KPATH];
	int ret = tar_path(ctx, p, tar);

	if (!ret)
		ret = kctx_path(ctx, used, "%s/sources/%s/used", ctx->cache, p->full);
	if (!ret)
		ret = source_tar_identify(ctx, tar, p->name, id);
	if (ret)
		return ret;
	fs_touch(used);
	snprintf(id->text, sizeof(id->text), "package %.240s", p->full);
	return 0;
}

static int identify(struct kctx *ctx, const struct source *s, bool may_fetch, struct source_id *id)
{
	bool refresh = ctx->opts.refresh && may_fetch;
	struct package p;
	char path[KPATH];
	int ret = kctx_path(ctx, path, "/usr/src/%s.tar.xz", s->what);

	if (ret)
		return ret;
	if (!refresh && !*s->suite && !access(path, R_OK)) {
		snprintf(id->text, sizeof(id->text), "package %.200s, installed", s->what);
		return source_tar_identify(ctx, path, s->what, id);
	}
	ret = refresh ? -ENOENT : package_current(ctx, s, &p);
	if (ret == -ENOENT) {
		if (!may_fetch)
			return kctx_fail(ctx, -ENOENT, "package %s is not here yet", s->what);
		ret = fetch(ctx, s, s->what, &p);
	}
	return ret ? ret : identify_cached(ctx, &p, id);
}

static int identify_newest(struct kctx *ctx, const struct source *s, bool may_fetch,
			   struct source_id *id)
{
	bool refresh = ctx->opts.refresh && may_fetch;
	struct package p;
	char tar[KPATH];
	int ret = refresh ? -ENOENT : package_current(ctx, s, &p);

	if (ret == -ENOENT) {
		if (!may_fetch)
			return kctx_fail(ctx, -ENOENT, "package %s of %s is not here yet", s->what,
					 s->suite);
		ret = package_newest(ctx, s, &p);
		if (!ret)
			ret = tar_path(ctx, &p, tar);
		if (!ret)
			ret = fs_exists(tar) ? set_current(ctx, s, &p) : fetch(ctx, s, p.full, &p);
	}
	return ret ? ret : identify_cached(ctx, &p, id);
}

const struct source_ops source_package = {
	.key = "package",
	.takes_suite = true,
	.identify = identify,
	.prepare = source_tar_prepare,
};

const struct source_ops source_package_newest = {
	.key = "package-newest",
	.takes_suite = true,
	.needs_suite = true,
	.identify = identify_newest,
	.prepare = source_tar_prepare,
};
