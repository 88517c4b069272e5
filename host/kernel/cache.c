// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the cache holds, and removing it. The directories of the cache:
 *
 *	entries/KEY/		built kernels (entry.h)
 *	trees/NAME/		source trees with their object directories; `lock`
 *	sources/NAME=VERSION/	source packages' tarballs
 *	stamps/, logs/, tmp/	hashes of tarballs, logs of failed builds, scratch
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/kernel/entry.h"
#include "host/kernel/fs.h"

#define DAY 86400

/* Where the kinds are, and the file below each that says when it was used. */
static const struct {
	const char *dir, *used;
} kinds[] = {
	[KERNEL_CACHE_ENTRY] = {"entries", "used"},
	[KERNEL_CACHE_TREE] = {"trees", "lock"},
	[KERNEL_CACHE_SOURCE] = {"sources", "used"},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int item_path(struct kctx *ctx, const struct kernel_cache_item *item, char *path)
{
	return kctx_path(ctx, path, "%s/%s/%s", ctx->cache, kinds[item->kind].dir, item->id);
}

static void read_meta(struct kernel_cache_item *item, const char *path)
{
	char file[KPATH];
	const char *text;
	json_t *meta;

	if ((size_t)snprintf(file, sizeof(file), "%s/meta.json", path) >= sizeof(file))
		return;
	meta = json_load_file(file, 0, NULL);
	text = json_string_value(json_object_get(meta, "name"));
	snprintf(item->name, sizeof(item->name), "%s", text ? text : "");
	text = json_string_value(json_object_get(meta, "release"));
	snprintf(item->release, sizeof(item->release), "%s", text ? text : "");
	json_decref(meta);
}

static void fill_item(struct kernel_cache_item *item, const char *path)
{
	char used[KPATH];
	struct stat st;

	fs_usage(path, &item->bytes);
	if ((size_t)snprintf(used, sizeof(used), "%s/%s", path, kinds[item->kind].used) <
		    sizeof(used) &&
	    (!stat(used, &st) || !stat(path, &st)))
		item->used = st.st_mtim;
	if (item->kind == KERNEL_CACHE_ENTRY)
		read_meta(item, path);
	else
		snprintf(item->name, sizeof(item->name), "%.*s", (int)sizeof(item->name) - 1,
			 item->id);
}

static int add_kind(struct kctx *ctx, enum kernel_cache_kind kind, struct kernel_cache_item **list,
		    size_t *nr)
{
	struct kernel_cache_item *bigger;
	char dir[KPATH], path[KPATH];
	struct dirent *e;
	struct stat st;
	DIR *d;
	int ret = kctx_path(ctx, dir, "%s/%s", ctx->cache, kinds[kind].dir);

	if (ret)
		return ret;
	d = opendir(dir);
	if (!d)
		return errno == ENOENT ? 0 : kctx_fail_path(ctx, -errno, "cannot read", dir);
	while (!ret && (e = readdir(d))) {
		if (e->d_name[0] == '.' || strlen(e->d_name) >= sizeof((*list)->id) ||
		    kctx_path(ctx, path, "%s/%s", dir, e->d_name) || lstat(path, &st) ||
		    !S_ISDIR(st.st_mode))
			continue;
		bigger = realloc(*list, (*nr + 1) * sizeof(**list));
		if (!bigger) {
			ret = kctx_fail(ctx, -ENOMEM, "out of memory");
			break;
		}
		*list = bigger;
		bigger += (*nr)++;
		memset(bigger, 0, sizeof(*bigger));
		bigger->kind = kind;
		snprintf(bigger->id, sizeof(bigger->id), "%.*s", (int)sizeof(bigger->id) - 1,
			 e->d_name);
		fill_item(bigger, path);
	}
	closedir(d);
	return ret;
}

static int last_first(const void *a, const void *b)
{
	const struct kernel_cache_item *x = a, *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? 1 : -1;
	if (x->used.tv_nsec != y->used.tv_nsec)
		return x->used.tv_nsec < y->used.tv_nsec ? 1 : -1;
	return strcmp(x->id, y->id);
}

static int list_all(struct kctx *ctx, struct kernel_cache_item **list, size_t *nr)
{
	int ret = 0;

	*list = NULL;
	*nr = 0;
	for (size_t kind = 0; kind < KINDS && !ret; kind++)
		ret = add_kind(ctx, (enum kernel_cache_kind)kind, list, nr);
	if (ret) {
		free(*list);
		*list = NULL;
		*nr = 0;
	} else if (*nr) {
		qsort(*list, *nr, sizeof(**list), last_first);
	}
	return ret;
}

int kernel_cache_list(struct kernel_cache_item **list, size_t *nr, char *err, size_t size)
{
	struct kernel_opts opts = {.root = "."};
	struct kctx ctx;
	int ret = kctx_init(&ctx, &opts, err, size);

	*list = NULL;
	*nr = 0;
	return ret ? ret : list_all(&ctx, list, nr);
}

/* A tree that is being built in is not removed; its removal keeps others out. */
static int remove_item(struct kctx *ctx, const struct kernel_cache_item *item)
{
	char path[KPATH], lock[KPATH];
	int fd = -1, ret = item_path(ctx, item, path);

	if (ret)
		return ret;
	if (item->kind == KERNEL_CACHE_TREE) {
		ret = kctx_path(ctx, lock, "%s/lock", path);
		if (!ret)
			ret = fs_lock(lock, false, NULL, &fd);
		if (ret)
			return ret == -EWOULDBLOCK ? ret
						   : kctx_fail_path(ctx, ret, "cannot lock", lock);
	}
	ret = fs_remove(path);
	if (fd >= 0)
		close(fd);
	return ret ? kctx_fail_path(ctx, ret, "cannot remove", path) : 0;
}

/* Files of a directory that were not touched since `before`. */
static void remove_old(struct kctx *ctx, const char *name, time_t before)
{
	char dir[KPATH], path[KPATH];
	struct dirent *e;
	struct stat st;
	DIR *d = kctx_path(ctx, dir, "%s/%s", ctx->cache, name) ? NULL : opendir(dir);

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && !kctx_path(ctx, path, "%s/%s", dir, e->d_name) &&
		    !lstat(path, &st) && S_ISREG(st.st_mode) && st.st_mtim.tv_sec <= before)
			unlink(path);
	if (d)
		closedir(d);
}

int kernel_cache_prune(unsigned int days, uint64_t *freed, char *err, size_t size)
{
	time_t before = time(NULL) - (time_t)days * DAY;
	struct kernel_opts opts = {.root = "."};
	struct kernel_cache_item *list;
	char tmp[KPATH];
	struct kctx ctx;
	uint64_t sum = 0;
	size_t nr;
	int ret = kctx_init(&ctx, &opts, err, size);

	if (!ret)
		ret = list_all(&ctx, &list, &nr);
	if (ret)
		return ret;
	for (size_t i = 0; i < nr && !ret; i++) {
		if (list[i].used.tv_sec > before)
			continue;
		ret = remove_item(&ctx, &list[i]);
		if (!ret)
			sum += list[i].bytes;
		if (ret == -EWOULDBLOCK)
			ret = 0;
	}
	free(list);
	remove_old(&ctx, "logs", before);
	remove_old(&ctx, "stamps", before);
	remove_old(&ctx, "sources", before);
	if (!ret)
		ret = kctx_path(&ctx, tmp, "%s/tmp", ctx.cache);
	if (!ret)
		fs_sweep(tmp);
	if (freed)
		*freed = sum;
	return ret;
}
