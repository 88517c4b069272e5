// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/trim.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "host/kernel/fs.h"

#define HOUR 3600

struct item {
	char path[KPATH];
	time_t used;
};

static int last_first(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return x->used < y->used ? 1 : x->used > y->used ? -1 : 0;
}

/* Directories of dir whose names begin so, with the time of `used` in each. */
static size_t collect(struct kctx *ctx, const char *dir, const char *start, const char *used,
		      struct item **list)
{
	DIR *d = opendir(dir);
	char path[KPATH];
	struct dirent *e;
	struct item *bigger;
	struct stat st;
	size_t nr = 0;

	*list = NULL;
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.' || strncmp(e->d_name, start, strlen(start)) != 0 ||
		    kctx_path(ctx, path, "%s/%s/%s", dir, e->d_name, used))
			continue;
		bigger = realloc(*list, (nr + 1) * sizeof(**list));
		if (!bigger)
			break;
		*list = bigger;
		bigger += nr++;
		bigger->used = stat(path, &st) ? 0 : st.st_mtim.tv_sec;
		kctx_path(ctx, bigger->path, "%s/%s", dir, e->d_name);
	}
	if (d)
		closedir(d);
	if (nr)
		qsort(*list, nr, sizeof(**list), last_first);
	return nr;
}

void trim_entries(struct kctx *ctx)
{
	time_t recent = time(NULL) - HOUR;
	struct item *list;
	char dir[KPATH];
	size_t nr;

	if (kctx_path(ctx, dir, "%s/entries", ctx->cache))
		return;
	nr = collect(ctx, dir, "", "used", &list);
	for (size_t i = TRIM_ENTRIES; i < nr; i++)
		if (list[i].used < recent)
			fs_remove(list[i].path);
	free(list);
}

void trim_outs(struct kctx *ctx, const char *tree)
{
	struct item *list;
	size_t nr = collect(ctx, tree, "out-", "pirbench.config", &list);

	for (size_t i = TRIM_OUTS; i < nr; i++)
		fs_remove(list[i].path);
	free(list);
}
