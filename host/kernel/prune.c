// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/prune.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/file.h"

#define PRUNE_MAX_SIZE  65536
#define PRUNE_MAX_RULES 1024
#define NAME_CHARS                                                       \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" \
	"._+-"

static bool dir_ok(const char *dir)
{
	return *dir != '/' && *dir != '.' && !strstr(dir, "..") && dir[strlen(dir) - 1] != '/' &&
	       strspn(dir, NAME_CHARS "/") == strlen(dir);
}

static int add(struct prune *prune, const char *dir, const char *ending)
{
	struct prune_rule *r = &prune->rules[prune->nr];

	if (prune->nr == PRUNE_MAX_RULES)
		return -E2BIG;
	r->dir = strdup(dir);
	r->ending = strdup(strcmp(ending, "*") ? ending : "");
	prune->nr++;
	return r->dir && r->ending ? 0 : -ENOMEM;
}

static int parse_line(struct kctx *ctx, struct prune *prune, char *text, const char *path,
		      unsigned int line)
{
	char *save = NULL, *dir, *ending;
	int ret = 0;

	text[strcspn(text, "#")] = '\0';
	dir = strtok_r(text, " \t", &save);
	if (!dir)
		return 0;
	ending = strtok_r(NULL, " \t", &save);
	if (!dir_ok(dir) || !ending)
		return kctx_fail(ctx, -EINVAL,
				 "%s:%u: '%s'; must be a directory of the kernel, then endings of "
				 "names, or *",
				 path, line, dir);
	for (; ending && !ret; ending = strtok_r(NULL, " \t", &save)) {
		if (strcmp(ending, "*") != 0 && strspn(ending, NAME_CHARS) != strlen(ending))
			return kctx_fail(ctx, -EINVAL,
					 "%s:%u: ending '%s'; must be as .c, or * for all names",
					 path, line, ending);
		ret = add(prune, dir, ending);
	}
	return ret ? kctx_fail_path(ctx, ret, "cannot read", path) : 0;
}

/* Remarks in the file are none of the source's business. */
static int digest_rules(struct kctx *ctx, struct prune *prune)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	for (size_t i = 0; f && i < prune->nr; i++)
		fprintf(f, "%s %s\n", prune->rules[i].dir, prune->rules[i].ending);
	if (!f || fclose(f)) {
		free(text);
		return kctx_fail(ctx, -ENOMEM, "out of memory");
	}
	digest_data(text, size, prune->digest);
	free(text);
	return 0;
}

int prune_load(struct kctx *ctx, struct prune *prune)
{
	char path[KPATH], *save, *next;
	unsigned int line = 1;
	void *data;
	size_t size;
	int ret;

	memset(prune, 0, sizeof(*prune));
	ret = kctx_path(ctx, path, "%s/prune.list", ctx->configs);
	if (ret)
		return ret;
	ret = file_read(path, PRUNE_MAX_SIZE, &data, &size);
	if (ret == -ENOENT)
		return digest_rules(ctx, prune);
	if (ret)
		return kctx_fail_path(ctx, ret, "cannot read", path);
	prune->rules = calloc(PRUNE_MAX_RULES, sizeof(*prune->rules));
	if (!prune->rules) {
		free(data);
		return kctx_fail_path(ctx, -ENOMEM, "cannot read", path);
	}
	for (save = data; save && !ret; save = next, line++) {
		next = strchr(save, '\n');
		if (next)
			*next++ = '\0';
		ret = parse_line(ctx, prune, save, path, line);
	}
	free(data);
	if (!ret)
		ret = digest_rules(ctx, prune);
	if (ret)
		prune_release(prune);
	return ret;
}

void prune_release(struct prune *prune)
{
	for (size_t i = 0; i < prune->nr; i++) {
		free(prune->rules[i].dir);
		free(prune->rules[i].ending);
	}
	free(prune->rules);
	prune->rules = NULL;
	prune->nr = 0;
}

bool prune_matches(const struct prune *prune, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < prune->nr; i++) {
		const struct prune_rule *r = &prune->rules[i];
		size_t dir = strlen(r->dir), end = strlen(r->ending);

		if (len > dir + end && !strncmp(path, r->dir, dir) && path[dir] == '/' &&
		    !strcmp(path + len - end, r->ending))
			return true;
	}
	return false;
}
