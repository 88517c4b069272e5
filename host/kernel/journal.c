// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/kernel/fs.h"
#include "util/file.h"

#define LIST_MAX (8 << 20)

struct journal {
	struct kctx *ctx;
	char src[KPATH];
	char live[KPATH]; /* the journal that is in force */
	char fresh[KPATH]; /* one in the making: nothing is changed yet */
	char done[KPATH]; /* one that is carried out: all is put back */
};

static int journal_init(struct kctx *ctx, const char *dir, struct journal *j)
{
	j->ctx = ctx;
	if (kctx_path(ctx, j->src, "%s/src", dir) || kctx_path(ctx, j->live, "%s/journal", dir) ||
	    kctx_path(ctx, j->fresh, "%s/journal.new", dir) ||
	    kctx_path(ctx, j->done, "%s/journal.done", dir))
		return -ENAMETOOLONG;
	return 0;
}

/* A copy that was cut short by a crash leaves its temporary name. */
static void remove_partial(const char *path)
{
	char temp[KPATH];

	if ((size_t)snprintf(temp, sizeof(temp), "%s.pirbench~", path) < sizeof(temp))
		unlink(temp);
}

/* "keep N PATH" or "drop N PATH"; false when it is neither. */
static bool parse_line(const char *line, bool *keep, unsigned long *n, const char **path)
{
	char *end;

	*keep = !strncmp(line, "keep ", 5);
	if (!*keep && strncmp(line, "drop ", 5) != 0)
		return false;
	*n = strtoul(line + 5, &end, 10);
	*path = end + 1;
	return end != line + 5 && *end == ' ' && **path;
}

static int restore_one(struct journal *j, const char *line)
{
	char path[KPATH], saved[KPATH];
	const char *name;
	unsigned long n;
	bool keep;
	int ret;

	if (!parse_line(line, &keep, &n, &name) || !fs_path_ok(name))
		return kctx_fail(j->ctx, -EINVAL, "%s/list: '%.80s' is no line of a journal",
				 j->live, line);
	if (kctx_path(j->ctx, path, "%s/%s", j->src, name) ||
	    kctx_path(j->ctx, saved, "%s/%lu", j->live, n))
		return -ENAMETOOLONG;
	remove_partial(path);
	if (keep)
		ret = fs_copy(saved, path);
	else
		ret = unlink(path) && errno != ENOENT && errno != ENOTDIR ? -errno : 0;
	return ret ? kctx_fail_path(j->ctx, ret, "cannot put back", path) : 0;
}

static int restore_all(struct journal *j)
{
	char list[KPATH], *next;
	void *data;
	size_t size;
	int ret = kctx_path(j->ctx, list, "%s/list", j->live);

	if (ret)
		return ret;
	ret = file_read(list, LIST_MAX, &data, &size);
	if (ret)
		return kctx_fail_path(j->ctx, ret, "cannot read", list);
	for (char *line = data; *line && !ret; line = next) {
		next = strchrnul(line, '\n');
		if (*next)
			*next++ = '\0';
		ret = restore_one(j, line);
	}
	free(data);
	return ret;
}

int journal_restore(struct kctx *ctx, const char *dir)
{
	struct journal j;
	int ret = journal_init(ctx, dir, &j);

	if (ret)
		return ret;
	if (fs_exists(j.live)) {
		ret = fs_remove(j.done);
		if (ret)
			return kctx_fail_path(ctx, ret, "cannot remove", j.done);
		ret = restore_all(&j);
		if (ret)
			return ret;
		if (rename(j.live, j.done))
			return kctx_fail_path(ctx, -errno, "cannot remove", j.live);
		fs_sync_dir(dir);
	}
	ret = fs_remove(j.fresh);
	if (!ret)
		ret = fs_remove(j.done);
	return ret ? kctx_fail_path(ctx, ret, "cannot remove", j.fresh) : 0;
}

static int save(struct journal *j, const struct edits *e)
{
	char from[KPATH], to[KPATH], list[KPATH], *text = NULL;
	size_t size;
	FILE *out;
	int ret = fs_mkdirs(j->fresh);

	if (ret)
		return kctx_fail_path(j->ctx, ret, "cannot make", j->fresh);
	out = open_memstream(&text, &size);
	if (!out)
		return kctx_fail_path(j->ctx, -ENOMEM, "cannot make", j->fresh);
	for (size_t i = 0; i < e->nr && !ret; i++) {
		ret = kctx_path(j->ctx, from, "%s/%s", j->src, e->paths[i]);
		if (!ret)
			ret = kctx_path(j->ctx, to, "%s/%zu", j->fresh, i);
		if (ret)
			break;
		fprintf(out, "%s %zu %s\n", fs_exists(from) ? "keep" : "drop", i, e->paths[i]);
		if (fs_exists(from))
			ret = fs_copy(from, to);
		if (ret)
			kctx_fail_path(j->ctx, ret, "cannot save", from);
	}
	if (fclose(out) && !ret)
		ret = kctx_fail_path(j->ctx, -ENOMEM, "cannot make", j->fresh);
	if (!ret)
		ret = kctx_path(j->ctx, list, "%s/list", j->fresh);
	if (!ret) {
		ret = file_write(list, text, size);
		if (ret)
			kctx_fail_path(j->ctx, ret, "cannot write", list);
	}
	free(text);
	return ret;
}

static int change(struct journal *j, const struct edits *e)
{
	char from[KPATH], to[KPATH];
	int ret = 0;

	for (size_t i = 0; i < e->nr && !ret; i++) {
		if (kctx_path(j->ctx, from, "%s/b/%s", e->dir, e->paths[i]) ||
		    kctx_path(j->ctx, to, "%s/%s", j->src, e->paths[i]))
			return -ENAMETOOLONG;
		if (!fs_exists(from)) {
			ret = unlink(to) ? -errno : 0;
		} else {
			ret = fs_mkdirs_parent(to);
			if (!ret)
				ret = fs_copy(from, to);
		}
		if (ret)
			kctx_fail_path(j->ctx, ret, "cannot change", to);
	}
	return ret;
}

int journal_apply(struct kctx *ctx, const char *dir, const struct edits *edits)
{
	char why[KERNEL_ERR_SIZE];
	struct journal j;
	int ret = journal_init(ctx, dir, &j);

	if (ret || !edits->nr)
		return ret;
	ret = save(&j, edits);
	if (!ret && (fs_sync_dir(j.fresh) || rename(j.fresh, j.live) || fs_sync_dir(dir)))
		ret = kctx_fail_path(ctx, -errno, "cannot make", j.live);
	if (!ret)
		ret = change(&j, edits);
	if (ret) {
		snprintf(why, sizeof(why), "%s", ctx->err);
		if (!journal_restore(ctx, dir))
			kctx_fail(ctx, ret, "%s", why);
	}
	return ret;
}
