// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A git tree: a revision, or the working tree as it stands. The user's
 * repository is only ever read. A tree directory's git/ is a repository of our
 * own that borrows the user's objects (gitrepository-layout(5), alternates);
 * it takes the objects of uncommitted files and the indexes, and knows what
 * src/ holds, so that an export rewrites only what differs, and make then
 * compiles only that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/kernel/digest.h"
#include "host/kernel/fs.h"
#include "host/kernel/prune.h"
#include "host/kernel/source.h"
#include "util/file.h"

#define OUT_MAX 65536
#define ENV_MAX 8
#define VAR_MAX (KPATH + 64)

/* git, with what a user may have configured and would write, wait or rewrite turned off. */
#define GIT                                                                                    \
	"git", "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "core.splitIndex=false", \
		"-c", "core.untrackedCache=false", "-c", "core.hooksPath=/dev/null"

/* Objects of working trees, below our repository. */
#define SNAPSHOT "snapshot"

struct git_env {
	char var[ENV_MAX][VAR_MAX];
	const char *env[ENV_MAX + 1];
	size_t nr;
};

static void env_add(struct git_env *e, const char *name, const char *value)
{
	snprintf(e->var[e->nr], VAR_MAX, "%s=%s", name, value);
	e->env[e->nr] = e->var[e->nr];
	e->env[++e->nr] = NULL;
}

/* Run git; first line of its output into out[size] when out is not NULL. */
static int git(struct kctx *ctx, const char *const *argv, const char *dir,
	       const struct git_env *env, char *out, size_t size)
{
	struct subprocess p = {.argv = argv,
			       .dir = dir,
			       .env = env ? env->env : NULL,
			       .capture_max = out ? OUT_MAX : 0};
	struct subprocess_result r;
	int ret = kctx_run(ctx, &p, &r);

	if (!ret && out)
		snprintf(out, size, "%.*s", (int)strcspn(r.out, "\n"), r.out);
	subprocess_release(&r);
	return ret;
}

int source_git_top(struct kctx *ctx, const char *dir, char *top)
{
	const char *argv[] = {GIT, "rev-parse", "--path-format=absolute", "--show-toplevel", NULL};
	int ret = git(ctx, argv, dir, NULL, top, KPATH);

	if (ret == -ECHILD)
		return kctx_prefix(ctx, -EINVAL, "%s is not a git tree: ", dir);
	return ret;
}

bool source_git_knows(struct kctx *ctx, const char *tree, const char *revision)
{
	char spec[256], oid[72];
	const char *argv[] = {GIT,  "rev-parse", "--quiet", "--verify", "--end-of-options",
			      spec, NULL};

	if ((size_t)snprintf(spec, sizeof(spec), "%s^{tree}", revision) >= sizeof(spec))
		return false;
	return !git(ctx, argv, tree, NULL, oid, sizeof(oid));
}

static int resolve_revision(struct kctx *ctx, const struct source *s, struct source_id *id)
{
	char spec[160];
	const char *argv[] = {GIT,  "rev-parse", "--quiet", "--verify", "--end-of-options",
			      spec, NULL};
	int ret;

	snprintf(spec, sizeof(spec), "%s^{tree}", s->revision);
	ret = git(ctx, argv, s->what, NULL, id->oid, sizeof(id->oid));
	if (ret == -ECHILD)
		return kctx_fail(ctx, -ENOENT, "%s knows no revision '%s'", s->what, s->revision);
	return ret;
}

/* Where the user's repository is, and the name of our tree directory for it. */
static int locate(struct kctx *ctx, const struct source *s, struct source_id *id)
{
#define REV_PARSE GIT, "rev-parse", "--path-format=absolute"
	const char *git_dir[] = {REV_PARSE, "--absolute-git-dir", NULL};
	const char *objects[] = {REV_PARSE, "--git-path", "objects", NULL};
	const char *common[] = {REV_PARSE, "--git-common-dir", NULL};
	char shared[KPATH], hex[DIGEST_HEX];
	int ret = git(ctx, git_dir, s->what, NULL, id->git_dir, KPATH);

	if (ret)
		return ret == -ECHILD ? kctx_prefix(ctx, -EINVAL, "%s is not a git tree: ", s->what)
				      : ret;
	ret = git(ctx, objects, s->what, NULL, id->objects, KPATH);
	if (!ret)
		ret = git(ctx, common, s->what, NULL, shared, KPATH);
	if (ret)
		return ret;
	digest_data(shared, strlen(shared), hex);
	snprintf(id->tree, sizeof(id->tree), "git-%.16s", hex);
	if (*s->revision)
		return 0;
	/* A bare repository, or the inside of .git, has no working tree. */
	ret = source_git_top(ctx, s->what, id->work_tree);
	if (ret)
		return ret;
	/* Worktrees of one repository have an index each. */
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): arrays are not null. */
	digest_data(id->work_tree, strlen(id->work_tree), hex);
	return kctx_path(ctx, id->index, "%s/trees/%s/worktree-%.16s.index", ctx->cache, id->tree,
			 hex);
}

/* Our repository for it, made when missing; its path into git_dir[KPATH]. */
static int own_repository(struct kctx *ctx, const struct source_id *id, char *git_dir)
{
	const char *format[] = {GIT, "rev-parse", "--show-object-format", NULL};
	char option[64], name[32], path[KPATH], lines[2 * KPATH + 32];
	const char *init[] = {GIT,           "init", "--quiet", "--bare",
			      "--template=", option, git_dir,   NULL};
	int ret = kctx_path(ctx, git_dir, "%s/trees/%s/git", ctx->cache, id->tree);

	if (!ret)
		ret = kctx_path(ctx, path, "%s/objects/info/alternates", git_dir);
	if (ret)
		return ret;
	if (!fs_exists(path)) {
		ret = git(ctx, format, id->git_dir, NULL, name, sizeof(name));
		if (ret)
			return ret;
		snprintf(option, sizeof(option), "--object-format=%s", name);
		ret = fs_mkdirs_parent(git_dir);
		if (!ret)
			ret = git(ctx, init, NULL, NULL, NULL, 0);
		else
			kctx_fail_path(ctx, ret, "cannot make", git_dir);
		if (ret)
			return ret;
	}
	snprintf(lines, sizeof(lines), "%s\n%s/" SNAPSHOT "\n", id->objects, git_dir);
	ret = fs_mkdirs_parent(path);
	if (!ret)
		ret = file_write(path, lines, strlen(lines));
	return ret ? kctx_fail_path(ctx, ret, "cannot write", path) : 0;
}

/* A git that was killed leaves its lock behind; we hold one of our own. */
static void remove_stale_lock(const char *index)
{
	char path[KPATH];

	if ((size_t)snprintf(path, sizeof(path), "%s.lock", index) < sizeof(path))
		unlink(path);
}

/* Start our index from the user's, whose file states spare us reading every file. */
static int seed_index(struct kctx *ctx, const struct source_id *id)
{
	const char *argv[] = {REV_PARSE, "--git-path", "index", NULL};
	char theirs[KPATH];
	int ret;

	if (fs_exists(id->index))
		return 0;
	ret = git(ctx, argv, id->work_tree, NULL, theirs, sizeof(theirs));
	if (ret || !fs_exists(theirs))
		return ret;
	ret = fs_copy(theirs, id->index);
	return ret ? kctx_fail_path(ctx, ret, "cannot copy", theirs) : 0;
}

/*
 * The working tree as it stands, as a tree object in our repository. The
 * user's objects are out of sight meanwhile: git would touch those that it
 * finds it need not write again.
 */
static int snapshot(struct kctx *ctx, struct source_id *id)
{
	const char *add[] = {GIT, "add", "--all", "--", ".", NULL};
	const char *write[] = {GIT, "write-tree", "--missing-ok", NULL};
	char own[KPATH], objects[KPATH];
	struct git_env env = {.nr = 0};
	int ret = own_repository(ctx, id, own);

	if (ret)
		return ret;
	ret = kctx_path(ctx, objects, "%s/" SNAPSHOT, own);
	if (ret)
		return ret;
	ret = fs_mkdirs(objects);
	if (ret)
		return kctx_fail_path(ctx, ret, "cannot make", objects);
	kctx_phase(ctx, -1, "looking at %s", id->work_tree);
	remove_stale_lock(id->index);
	ret = seed_index(ctx, id);
	if (ret)
		return ret;
	env_add(&env, "GIT_DIR", id->git_dir);
	env_add(&env, "GIT_WORK_TREE", id->work_tree);
	env_add(&env, "GIT_INDEX_FILE", id->index);
	env_add(&env, "GIT_OBJECT_DIRECTORY", objects);
	env_add(&env, "GIT_OPTIONAL_LOCKS", "0");
	ret = git(ctx, add, id->work_tree, &env, NULL, 0);
	if (!ret)
		ret = git(ctx, write, id->work_tree, &env, id->oid, sizeof(id->oid));
	if (ret)
		/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): nor is this. */
		unlink(id->index);
	return ret;
}

static int identify(struct kctx *ctx, const struct source *s, bool fetch, struct source_id *id)
{
	char lock[KPATH];
	int fd, ret = locate(ctx, s, id);

	(void)fetch;
	if (ret)
		return ret;
	if (*s->revision) {
		snprintf(id->text, sizeof(id->text), "git %.120s at %s", s->what, s->revision);
		ret = resolve_revision(ctx, s, id);
	} else {
		snprintf(id->text, sizeof(id->text), "git %.200s as it stands", s->what);
		ret = kctx_path(ctx, lock, "%s/trees/%s/snapshot.lock", ctx->cache, id->tree);
		if (!ret)
			ret = fs_mkdirs_parent(lock);
		if (!ret)
			ret = fs_lock(lock, true, ctx->opts.stop, &fd);
		if (ret)
			return kctx_fail_path(ctx, ret, "cannot lock", lock);
		ret = snapshot(ctx, id);
		close(fd);
	}
	if (!ret)
		snprintf(id->content, sizeof(id->content), "git tree %s", id->oid);
	return ret;
}

/* What prune.list leaves out, as a sparse checkout (git-sparse-checkout(1), full patterns). */
static int write_sparse(struct kctx *ctx, const char *own)
{
	char path[KPATH], *text = NULL;
	struct prune prune;
	size_t size = 0;
	FILE *f;
	int ret = prune_load(ctx, &prune);

	if (ret)
		return ret;
	ret = kctx_path(ctx, path, "%s/info/sparse-checkout", own);
	f = ret ? NULL : open_memstream(&text, &size);
	if (f) {
		fputs("/*\n", f);
		for (size_t i = 0; i < prune.nr; i++)
			fprintf(f, "!/%s/**/*%s\n", prune.rules[i].dir, prune.rules[i].ending);
		ret = fclose(f) ? -errno : fs_mkdirs_parent(path);
		if (!ret)
			ret = file_write(path, text, size);
		if (ret)
			kctx_fail_path(ctx, ret, "cannot write", path);
	} else if (!ret) {
		ret = kctx_fail_path(ctx, -ENOMEM, "cannot write", path);
	}
	free(text);
	prune_release(&prune);
	return ret;
}

static int prepare(struct kctx *ctx, const struct source *s, const struct source_id *id,
		   const char *dir)
{
	const char *refresh[] = {GIT, "update-index", "-q", "--refresh", NULL};
	const char *export[] = {GIT,
				"-c",
				"core.sparseCheckout=true",
				"-c",
				"core.sparseCheckoutCone=false",
				"-c",
				"core.autocrlf=false",
				"read-tree",
				"--reset",
				"-u",
				id->oid,
				NULL};
	char own[KPATH], src[KPATH], index[KPATH];
	struct git_env env = {.nr = 0};
	int ret = own_repository(ctx, id, own);

	(void)s;
	if (!ret)
		ret = write_sparse(ctx, own);
	if (ret)
		return ret;
	if (kctx_path(ctx, src, "%s/src", dir) || kctx_path(ctx, index, "%s/src.index", dir))
		return -ENAMETOOLONG;
	ret = fs_mkdirs(src);
	if (ret)
		return kctx_fail_path(ctx, ret, "cannot make", src);
	kctx_phase(ctx, -1, "exporting %s", id->text);
	remove_stale_lock(index);
	env_add(&env, "GIT_DIR", own);
	env_add(&env, "GIT_WORK_TREE", src);
	env_add(&env, "GIT_INDEX_FILE", index);
	/* Files that were patched and put back are the same again, but look changed. */
	if (fs_exists(index))
		git(ctx, refresh, src, &env, NULL, 0);
	return git(ctx, export, src, &env, NULL, 0);
}

const struct source_ops source_git = {
	.key = "git",
	.takes_revision = true,
	.is_path = true,
	.identify = identify,
	.prepare = prepare,
};
