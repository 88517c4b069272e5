// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/patch.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/kernel/fs.h"
#include "util/file.h"

#define PATCH_MAX_SIZE  (16 << 20)
#define PATCH_MAX_FILES 4096

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && !strcmp(text + len - n, end);
}

static struct patch_file *add(struct patch *p, const char *path)
{
	for (size_t i = 0; i < p->nr; i++)
		if (!strcmp(p->files[i].path, path))
			return &p->files[i];
	if (p->nr == PATCH_MAX_FILES)
		return NULL;
	if (p->nr == p->room) {
		size_t room = p->room ? 2 * p->room : 16;
		struct patch_file *files = realloc(p->files, room * sizeof(*files));

		if (!files)
			return NULL;
		p->files = files;
		p->room = room;
	}
	p->files[p->nr] = (struct patch_file){.path = strdup(path)};
	return p->files[p->nr].path ? &p->files[p->nr++] : NULL;
}

static int bad_path(struct kctx *ctx, const struct patch *p, unsigned int line, const char *path)
{
	return kctx_fail(ctx, -EINVAL, "%s:%u: '%.200s'; must be a file below the kernel's top",
			 p->path, line, path);
}

/* The path of a diff's header line, which is cut there; strip: the "a/" in front of it. */
static int diff_path(struct kctx *ctx, struct patch *p, char *path, bool strip, unsigned int line)
{
	char *slash;

	path[strcspn(path, "\t\r")] = '\0';
	if (!strcmp(path, "/dev/null"))
		return 0;
	if (strip) {
		slash = strchr(path, '/');
		path = slash && slash != path ? slash + 1 : "";
	}
	if (!fs_path_ok(path))
		return bad_path(ctx, p, line, path);
	if (!add(p, path))
		return kctx_fail(ctx, -E2BIG, "%s: more than %d files", p->path, PATCH_MAX_FILES);
	return 0;
}

static int unified_line(struct kctx *ctx, struct patch *p, char *text, bool before_plus,
			bool after_minus, unsigned int line)
{
	static const char *const plain[] = {"rename from ", "rename to ", "copy from ", "copy to "};

	/* The two lines come together: a removed line may begin with "-- " by itself. */
	if ((before_plus && !strncmp(text, "--- ", 4)) ||
	    (after_minus && !strncmp(text, "+++ ", 4)))
		return diff_path(ctx, p, text + 4, true, line);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (!strncmp(text, plain[i], strlen(plain[i])))
			return diff_path(ctx, p, text + strlen(plain[i]), false, line);
	return 0;
}

static int cocci_line(struct kctx *ctx, struct patch *p, const char *text, unsigned int line)
{
	struct patch_file *f;
	const char *at = text + 8;
	char path[KPATH] = "";
	char *end;
	long places = 0;
	size_t len;

	if (strncmp(text, "// File:", 8) != 0)
		return 0;
	at += strspn(at, " \t");
	len = strcspn(at, " \t\r");
	if (len < sizeof(path))
		memcpy(path, at, len);
	at += len + strspn(at + len, " \t\r");
	if (*at) {
		places = strtol(at, &end, 10);
		if (end[strspn(end, " \t\r")] || places < 1 || places > 1000)
			path[0] = '\0';
	}
	if (!*path)
		return kctx_fail(ctx, -EINVAL,
				 "%s:%u: must be '// File: PATH' or '// File: PATH PLACES'",
				 p->path, line);
	if (!fs_path_ok(path))
		return bad_path(ctx, p, line, path);
	f = add(p, path);
	if (!f)
		return kctx_fail(ctx, -E2BIG, "%s: more than %d files", p->path, PATCH_MAX_FILES);
	f->places = (int)places;
	f->line = line;
	return 0;
}

static int scan(struct kctx *ctx, struct patch *p, char *text)
{
	bool after_minus = false;
	unsigned int line = 1;
	char *next;
	int ret = 0;

	for (; text && !ret; text = next, line++) {
		bool before_plus;

		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		before_plus = next && !strncmp(next, "+++ ", 4);
		if (p->kind == PATCH_COCCI)
			ret = cocci_line(ctx, p, text, line);
		else
			ret = unified_line(ctx, p, text, before_plus, after_minus, line);
		after_minus = before_plus;
	}
	return ret;
}

static bool has_line(const char *text, const char *start)
{
	size_t len = strlen(start);

	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, start, len))
			return true;
	}
	return false;
}

static int classify(struct kctx *ctx, struct patch *p, const char *text)
{
	bool diff = has_line(text, "--- ") || has_line(text, "diff --git ");
	bool rule = has_line(text, "@");

	if (ends_with(p->path, ".cocci") || (!diff && rule)) {
		p->kind = PATCH_COCCI;
		if (!rule)
			return kctx_fail(ctx, -EINVAL, "%s holds no rule ('@@')", p->path);
		return 0;
	}
	p->kind = PATCH_UNIFIED;
	if (!diff)
		return kctx_fail(ctx, -EINVAL,
				 "%s is no patch; must be a unified diff or a semantic patch",
				 p->path);
	return 0;
}

int patch_load(struct kctx *ctx, const struct variant_file *file, struct patch *p)
{
	char *real = realpath(file->path, NULL);
	size_t size;
	void *text;
	int ret;

	memset(p, 0, sizeof(*p));
	if (!real)
		return kctx_fail(ctx, -errno, "%scannot read patch %s: %s", file->where, file->path,
				 strerror(errno));
	ret = kctx_path(ctx, p->path, "%s", real);
	free(real);
	if (ret)
		return ret;
	p->name = strrchr(p->path, '/') + 1;
	ret = file_read(p->path, PATCH_MAX_SIZE, &text, &size);
	if (ret)
		return kctx_fail(ctx, ret, "%scannot read patch %s: %s", file->where, p->path,
				 strerror(-ret));
	digest_data(text, size, p->digest);
	if (memchr(text, 0, size))
		ret = kctx_fail(ctx, -EINVAL, "%s is not text", p->path);
	if (!ret)
		ret = classify(ctx, p, text);
	if (!ret)
		ret = scan(ctx, p, text);
	if (!ret && p->kind == PATCH_UNIFIED && !p->nr)
		ret = kctx_fail(ctx, -EINVAL, "%s names no file ('--- a/FILE', '+++ b/FILE')",
				p->path);
	free(text);
	if (ret)
		patch_release(p);
	return ret;
}

void patch_release(struct patch *p)
{
	for (size_t i = 0; i < p->nr; i++)
		free(p->files[i].path);
	free(p->files);
	p->files = NULL;
	p->nr = 0;
	p->room = 0;
}
