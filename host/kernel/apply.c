// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/apply.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/kernel/fs.h"
#include "util/file.h"

#define DIFF_MAX         (16 << 20)
#define SOURCE_MAX       (16 << 20)
#define SPATCH_TIMEOUT_S 600

/* Where a semantic patch is tried that does not say what it is for. */
static const char *const default_dirs[] = {"arch/x86/kvm", "virt/kvm"};

struct apply {
	struct kctx *ctx;
	const char *src;
	const struct prune *prune;
	struct edits *edits;
	size_t room;
	char a[KPATH], b[KPATH];
	char ceiling[KPATH + 32];
};

static int add_path(struct apply *ap, const char *path)
{
	struct edits *e = ap->edits;

	for (size_t i = 0; i < e->nr; i++)
		if (!strcmp(e->paths[i], path))
			return 0;
	if (e->nr == ap->room) {
		size_t room = ap->room ? 2 * ap->room : 64;
		char **paths = realloc(e->paths, room * sizeof(*paths));

		if (!paths)
			return kctx_fail_path(ap->ctx, -ENOMEM, "cannot patch", path);
		e->paths = paths;
		ap->room = room;
	}
	e->paths[e->nr] = strdup(path);
	if (!e->paths[e->nr])
		return kctx_fail_path(ap->ctx, -ENOMEM, "cannot patch", path);
	e->nr++;
	return 0;
}

static int copy_into(struct apply *ap, const char *from, const char *dir, const char *path)
{
	char to[KPATH];
	int ret = kctx_path(ap->ctx, to, "%s/%s", dir, path);

	if (ret)
		return ret;
	ret = fs_mkdirs_parent(to);
	if (!ret)
		ret = fs_copy(from, to);
	return ret ? kctx_fail_path(ap->ctx, ret, "cannot copy", from) : 0;
}

/* Take a file of the tree into a/ and b/, unless it is there already, or nowhere. */
static int take(struct apply *ap, const char *path)
{
	char from[KPATH];
	struct stat st;
	int ret;

	for (size_t i = 0; i < ap->edits->nr; i++)
		if (!strcmp(ap->edits->paths[i], path))
			return 0;
	ret = add_path(ap, path);
	if (!ret)
		ret = kctx_path(ap->ctx, from, "%s/%s", ap->src, path);
	if (ret)
		return ret;
	if (lstat(from, &st))
		return 0;
	if (!S_ISREG(st.st_mode))
		return kctx_fail(ap->ctx, -EINVAL, "%s: not a regular file", from);
	ret = copy_into(ap, from, ap->a, path);
	return ret ? ret : copy_into(ap, from, ap->b, path);
}

/* The lines of git's that matter, as one. */
static const char *reason(const char *tail)
{
	const char *error = strstr(tail, "error: ");

	return error ? error + 7 : tail;
}

/* Run git apply; argv ends with room for the patch's path. */
static int run_git_apply(struct apply *ap, const struct patch *p, const char *const *argv)
{
	const char *env[] = {ap->ceiling, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
			     NULL};
	struct subprocess sub = {.argv = argv, .dir = ap->b, .env = env};
	struct subprocess_result r;
	int ret = kctx_run(ap->ctx, &sub, &r);

	if (ret == -ECHILD)
		ret = kctx_fail(ap->ctx, -EINVAL,
				"%s does not apply: %.*s; make it against this kernel's source",
				p->path, (int)strcspn(reason(r.tail), "\n"), reason(r.tail));
	subprocess_release(&r);
	return ret;
}

static int apply_unified(struct apply *ap, const struct patch *p)
{
	static const char *const words[] = {"git", "apply", "--whitespace=nowarn"};
	const size_t nr_words = sizeof(words) / sizeof(words[0]);
	char **argv = calloc(nr_words + p->nr + 2, sizeof(*argv));
	size_t n = nr_words;
	int ret = 0;

	if (!argv)
		return kctx_fail_path(ap->ctx, -ENOMEM, "cannot apply", p->path);
	for (size_t i = 0; i < nr_words; i++)
		argv[i] = (char *)words[i];
	for (size_t i = 0; i < p->nr && !ret; i++) {
		if (!prune_matches(ap->prune, p->files[i].path))
			ret = take(ap, p->files[i].path);
		else if (asprintf(&argv[n], "--exclude=%s", p->files[i].path) > 0)
			n++;
		else
			ret = kctx_fail_path(ap->ctx, -ENOMEM, "cannot apply", p->path);
	}
	argv[n] = (char *)p->path;
	if (!ret)
		ret = run_git_apply(ap, p, (const char *const *)argv);
	while (n > nr_words)
		free(argv[--n]);
	free(argv);
	return ret;
}

/* git diff of two paths below dir; exit status 1 says that they differ. */
static int diff(struct apply *ap, const char *context, const char *a, const char *b, char **text)
{
	const char *argv[] = {"git",
			      "diff",
			      "--no-index",
			      "--no-color",
			      "--no-ext-diff",
			      "--no-prefix",
			      context,
			      "--",
			      a,
			      b,
			      NULL};
	const char *env[] = {ap->ceiling, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
			     NULL};
	struct subprocess p = {
		.argv = argv, .dir = ap->edits->dir, .env = env, .capture_max = DIFF_MAX};
	struct subprocess_result r;
	int ret = kctx_run(ap->ctx, &p, &r);

	if (ret == -ECHILD && r.status == 1)
		ret = 0;
	*text = ret ? NULL : strdup(r.out);
	subprocess_release(&r);
	if (!ret && !*text)
		return kctx_fail_path(ap->ctx, -ENOMEM, "cannot compare", a);
	return ret;
}

static int count_places(struct apply *ap, const char *before, const char *after, int *places)
{
	char *text;
	int ret = diff(ap, "-U0", before, after, &text);

	*places = 0;
	if (ret)
		return ret;
	for (const char *p = text; (p = strstr(p, "\n@@ ")); p++)
		(*places)++;
	free(text);
	return 0;
}

/* Run one semantic patch on one file of b/; how many places did it change? */
static int spatch(struct apply *ap, const struct patch *p, const char *path, int *places)
{
	const char *argv[] = {
		"spatch", "--very-quiet", "--no-includes", "--in-place", "--sp-file", p->path, path,
		NULL};
	struct subprocess sub = {.argv = argv, .dir = ap->b, .timeout_s = SPATCH_TIMEOUT_S};
	struct subprocess_result r;
	char after[KPATH], before[KPATH];
	int ret;

	if (kctx_path(ap->ctx, after, "%s/%s", ap->b, path) ||
	    kctx_path(ap->ctx, before, "%s/before", ap->edits->dir))
		return -ENAMETOOLONG;
	ret = fs_copy(after, before);
	if (ret)
		return kctx_fail_path(ap->ctx, ret, "cannot copy", after);
	ret = kctx_run(ap->ctx, &sub, &r);
	if (ret == -ECHILD)
		ret = kctx_prefix(ap->ctx, -EINVAL, "%s: ", p->path);
	else if (ret == -ENOENT)
		ret = kctx_fail(ap->ctx, -ENOPKG,
				"no program spatch: semantic patches need the package coccinelle");
	subprocess_release(&r);
	return ret ? ret : count_places(ap, before, after, places);
}

static int cocci_file(struct apply *ap, const struct patch *p, const struct patch_file *f)
{
	char there[KPATH];
	int places = 0;
	int ret = take(ap, f->path);

	if (!ret)
		ret = kctx_path(ap->ctx, there, "%s/%s", ap->b, f->path);
	if (ret)
		return ret;
	if (!fs_exists(there))
		return kctx_fail(ap->ctx, -EINVAL, "%s:%u: this kernel has no %s", p->path, f->line,
				 f->path);
	ret = spatch(ap, p, f->path, &places);
	if (ret)
		return ret;
	if (places == f->places || (!f->places && places))
		return 0;
	if (!f->places)
		return kctx_fail(ap->ctx, -EINVAL, "%s:%u: matches nothing in %s", p->path, f->line,
				 f->path);
	return kctx_fail(ap->ctx, -EINVAL, "%s:%u: changes %d places of %s; must be %d", p->path,
			 f->line, places, f->path, f->places);
}

/* nftw() passes nothing on. */
static _Thread_local struct apply *walk_apply;
static _Thread_local const struct patch *walk_patch;
static _Thread_local int walk_places;

static int walk_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *below = path + strlen(walk_apply->src) + 1;
	size_t len = strlen(path);
	int places = 0, ret;

	(void)st;
	(void)ftw;
	if (type != FTW_F || len < 2 ||
	    (strcmp(path + len - 2, ".c") != 0 && strcmp(path + len - 2, ".h") != 0))
		return 0;
	ret = take(walk_apply, below);
	if (!ret)
		ret = spatch(walk_apply, walk_patch, below, &places);
	walk_places += places;
	return ret;
}

static int cocci_everywhere(struct apply *ap, const struct patch *p)
{
	char dir[KPATH];
	int ret;

	walk_apply = ap;
	walk_patch = p;
	walk_places = 0;
	for (size_t i = 0; i < sizeof(default_dirs) / sizeof(default_dirs[0]); i++) {
		ret = kctx_path(ap->ctx, dir, "%s/%s", ap->src, default_dirs[i]);
		if (!ret && fs_exists(dir))
			ret = nftw(dir, walk_one, 16, FTW_PHYS);
		if (ret)
			return ret == -1 ? kctx_fail_path(ap->ctx, -errno, "cannot read", dir)
					 : ret;
	}
	if (!walk_places)
		return kctx_fail(ap->ctx, -EINVAL,
				 "%s: matches nothing in %s and %s; for other files say '// File: "
				 "PATH'",
				 p->path, default_dirs[0], default_dirs[1]);
	return 0;
}

static int apply_cocci(struct apply *ap, const struct patch *p)
{
	int ret = 0;

	if (!p->nr)
		return cocci_everywhere(ap, p);
	for (size_t i = 0; i < p->nr && !ret; i++)
		ret = cocci_file(ap, p, &p->files[i]);
	return ret;
}

/* 1 when the files, or their being there at all, differ. */
static int differ(struct apply *ap, const char *path)
{
	char a[KPATH], b[KPATH];
	void *da = NULL, *db = NULL;
	size_t na = 0, nb = 0;
	int ra, rb, ret;

	if (kctx_path(ap->ctx, a, "%s/%s", ap->a, path) ||
	    kctx_path(ap->ctx, b, "%s/%s", ap->b, path))
		return -ENAMETOOLONG;
	ra = file_read(a, SOURCE_MAX, &da, &na);
	rb = file_read(b, SOURCE_MAX, &db, &nb);
	if (ra && ra != -ENOENT)
		ret = kctx_fail_path(ap->ctx, ra, "cannot read", a);
	else if (rb && rb != -ENOENT)
		ret = kctx_fail_path(ap->ctx, rb, "cannot read", b);
	else
		ret = ra != rb || na != nb || (na && memcmp(da, db, na) != 0);
	free(da);
	free(db);
	return ret;
}

/* Keep of all paths only those that differ. */
static int keep_changed(struct apply *ap)
{
	struct edits *e = ap->edits;
	size_t kept = 0;
	int ret = 0;

	for (size_t i = 0; i < e->nr; i++) {
		int d = ret ? 0 : differ(ap, e->paths[i]);

		if (d < 0)
			ret = d;
		if (d > 0)
			e->paths[kept++] = e->paths[i];
		else
			free(e->paths[i]);
	}
	e->nr = kept;
	return ret;
}

static int begin(struct apply *ap)
{
	struct kctx *ctx = ap->ctx;
	char tmp[KPATH];
	int ret = kctx_path(ctx, tmp, "%s/tmp", ctx->cache);

	if (ret)
		return ret;
	ret = fs_tempdir(tmp, ap->edits->dir);
	if (ret) {
		ap->edits->dir[0] = '\0';
		return kctx_fail_path(ctx, ret, "cannot make a directory in", tmp);
	}
	if (kctx_path(ctx, ap->a, "%s/a", ap->edits->dir) ||
	    kctx_path(ctx, ap->b, "%s/b", ap->edits->dir))
		return -ENAMETOOLONG;
	/* The cache may lie inside a repository, which is not meant. */
	snprintf(ap->ceiling, sizeof(ap->ceiling), "GIT_CEILING_DIRECTORIES=%s", ap->edits->dir);
	ret = fs_mkdirs(ap->a);
	if (!ret)
		ret = fs_mkdirs(ap->b);
	return ret ? kctx_fail_path(ctx, ret, "cannot make", ap->b) : 0;
}

int apply_patches(struct kctx *ctx, const struct patch *patches, size_t nr, const char *src,
		  const struct prune *prune, struct edits *edits)
{
	struct apply ap = {.ctx = ctx, .src = src, .prune = prune, .edits = edits};
	int ret;

	memset(edits, 0, sizeof(*edits));
	if (!nr)
		return 0;
	ret = begin(&ap);
	for (size_t i = 0; i < nr && !ret; i++) {
		kctx_phase(ctx, -1, "applying %s", patches[i].name);
		ret = patches[i].kind == PATCH_COCCI ? apply_cocci(&ap, &patches[i])
						     : apply_unified(&ap, &patches[i]);
	}
	if (!ret)
		ret = keep_changed(&ap);
	if (!ret && !edits->nr)
		ret = kctx_fail(ctx, -EINVAL, "%s changes nothing that a kernel is built from",
				patches[nr - 1].path);
	if (!ret)
		ret = diff(&ap, "-U3", "a", "b", &edits->diff);
	if (ret)
		edits_release(edits);
	return ret;
}

void edits_release(struct edits *edits)
{
	for (size_t i = 0; i < edits->nr; i++)
		free(edits->paths[i]);
	free(edits->paths);
	free(edits->diff);
	if (edits->dir[0])
		fs_remove(edits->dir);
	memset(edits, 0, sizeof(*edits));
}
