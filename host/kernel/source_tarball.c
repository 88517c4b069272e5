// SPDX-License-Identifier: LGPL-2.1-or-later
/* A tarball with one directory at its top; also what a source package holds. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/kernel/digest.h"
#include "host/kernel/fs.h"
#include "host/kernel/prune.h"
#include "host/kernel/source.h"
#include "util/file.h"

#define STAMP_MAX 512

/* What makes a file's hash worth believing without reading the file again. */
static void file_state(const struct stat *st, char *buf, size_t size)
{
	snprintf(buf, size, "%lld %lld.%09ld %llu %llu ", (long long)st->st_size,
		 (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec, (unsigned long long)st->st_ino,
		 (unsigned long long)st->st_dev);
}

static int hash_cached(struct kctx *ctx, const char *path, char hex[DIGEST_HEX])
{
	char name[DIGEST_HEX], stamp[KPATH], state[160], text[STAMP_MAX];
	struct stat st;
	size_t size;
	void *old;
	int ret;

	if (stat(path, &st))
		return kctx_fail_path(ctx, -errno, "cannot read", path);
	file_state(&st, state, sizeof(state));
	digest_data(path, strlen(path), name);
	ret = kctx_path(ctx, stamp, "%s/stamps/%s", ctx->cache, name);
	if (ret)
		return ret;
	if (!file_read(stamp, STAMP_MAX, &old, &size)) {
		bool same = size == strlen(state) + DIGEST_HEX - 1 &&
			    !memcmp(old, state, strlen(state));

		if (same)
			memcpy(hex, (char *)old + strlen(state), DIGEST_HEX);
		free(old);
		if (same)
			return 0;
	}
	kctx_phase(ctx, -1, "hashing %s", path);
	ret = digest_file(path, hex);
	if (ret)
		return kctx_fail_path(ctx, ret, "cannot read", path);
	snprintf(text, sizeof(text), "%s%s", state, hex);
	/* Without a stamp the next call is slower, no more. */
	if (!fs_mkdirs_parent(stamp))
		file_write(stamp, text, strlen(text));
	return 0;
}

int source_tar_identify(struct kctx *ctx, const char *path, const char *name, struct source_id *id)
{
	char hex[DIGEST_HEX], *real = realpath(path, NULL);
	int ret;

	if (!real)
		return kctx_fail_path(ctx, -errno, "cannot read", path);
	ret = kctx_path(ctx, id->file, "%s", real);
	free(real);
	if (!ret)
		ret = hash_cached(ctx, id->file, hex);
	if (ret)
		return ret;
	snprintf(id->content, sizeof(id->content), "tar %s", hex);
	snprintf(id->tree, sizeof(id->tree), "%.60s-%.16s", name, hex);
	return 0;
}

/* The first name in the tarball, cut at its first '/'. */
struct top {
	char name[256];
	volatile sig_atomic_t found;
};

static void first_name(void *arg, const char *line)
{
	struct top *top = arg;

	if (top->found)
		return;
	if (!strncmp(line, "./", 2))
		line += 2;
	if (!*line)
		return;
	snprintf(top->name, sizeof(top->name), "%.*s", (int)strcspn(line, "/"), line);
	top->found = 1;
}

static int find_top(struct kctx *ctx, const char *tarball, struct top *top)
{
	const char *argv[] = {"tar", "-tf", tarball, NULL};
	struct subprocess p = {.argv = argv, .line = first_name, .arg = top, .stop = &top->found};
	struct subprocess_result r;
	int ret = kctx_run(ctx, &p, &r);

	if (ret == -EINTR || (!ret && top->found))
		ret = 0;
	else if (!ret)
		ret = kctx_fail(ctx, -EINVAL, "%s is an empty tarball", tarball);
	subprocess_release(&r);
	if (!ret && strpbrk(top->name, "*?[\\"))
		return kctx_fail(ctx, -EINVAL, "%s: odd name '%s' at its top", tarball, top->name);
	return ret ? ret : kctx_stopped(ctx);
}

static bool is_xz(const char *path)
{
	static const char magic[6] = {(char)0xfd, '7', 'z', 'X', 'Z', 0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char head[sizeof(magic)];
	bool ret;

	if (fd < 0)
		return false;
	ret = read(fd, head, sizeof(head)) == sizeof(head) && !memcmp(head, magic, sizeof(head));
	close(fd);
	return ret;
}

/* argv of tar with the prune list as exclusions; argv and strings are one allocation's. */
static const char **tar_argv(const char *tarball, const char *to, const char *top,
			     const struct prune *prune, char **strings)
{
	const char **argv = calloc(prune->nr + 16, sizeof(*argv));
	size_t len = 1, used = 0, n = 0;

	for (size_t i = 0; i < prune->nr; i++)
		len += strlen(prune->rules[i].dir) + strlen(prune->rules[i].ending) + strlen(top) +
		       16;
	*strings = malloc(len);
	if (!argv || !*strings) {
		free(argv);
		free(*strings);
		return NULL;
	}
	argv[n++] = "tar";
	argv[n++] = "-x";
	/* Debian's are in many blocks, which this unpacks in parallel. */
	if (is_xz(tarball)) {
		argv[n++] = "-I";
		argv[n++] = "xz -T0";
	}
	argv[n++] = "-f";
	argv[n++] = tarball;
	argv[n++] = "-C";
	argv[n++] = to;
	argv[n++] = "--strip-components=1";
	argv[n++] = "--no-same-owner";
	/*
	 * With the time of now: what was compiled from an earlier unpacking, of
	 * files that were patched then, must not look up to date.
	 */
	argv[n++] = "--touch";
	argv[n++] = "--anchored";
	argv[n++] = "--wildcards";
	for (size_t i = 0; i < prune->nr; i++) {
		argv[n++] = *strings + used;
		used += (size_t)sprintf(*strings + used, "--exclude=%s/%s/*%s", top,
					prune->rules[i].dir, prune->rules[i].ending) +
			1;
	}
	return argv;
}

static int unpack(struct kctx *ctx, const char *tarball, const struct prune *prune, const char *to)
{
	struct top top = {.found = 0};
	const char **argv;
	char *strings;
	int ret;

	kctx_phase(ctx, -1, "unpacking %s", strrchr(tarball, '/') + 1);
	ret = find_top(ctx, tarball, &top);
	if (ret)
		return ret;
	argv = tar_argv(tarball, to, top.name, prune, &strings);
	if (!argv)
		return kctx_fail_path(ctx, -ENOMEM, "cannot unpack", tarball);
	ret = kctx_command(ctx, argv, NULL);
	free(strings);
	free(argv);
	return ret;
}

int source_tar_prepare(struct kctx *ctx, const struct source *s, const struct source_id *id,
		       const char *dir)
{
	char src[KPATH], fresh[KPATH], stamp[KPATH], text[STAMP_MAX];
	struct prune prune;
	size_t size;
	void *old;
	int ret;

	(void)s;
	if (kctx_path(ctx, src, "%s/src", dir) || kctx_path(ctx, fresh, "%s/src.new", dir) ||
	    kctx_path(ctx, stamp, "%s/src.stamp", dir))
		return -ENAMETOOLONG;
	ret = prune_load(ctx, &prune);
	if (ret)
		return ret;
	snprintf(text, sizeof(text), "%s prune %s\n", id->content, prune.digest);
	if (!file_read(stamp, STAMP_MAX, &old, &size)) {
		bool same = size == strlen(text) && !memcmp(old, text, size);

		free(old);
		if (same && fs_exists(src)) {
			prune_release(&prune);
			return 0;
		}
	}
	unlink(stamp);
	ret = fs_remove(src);
	if (!ret)
		ret = fs_remove(fresh);
	if (!ret)
		ret = fs_mkdirs(fresh);
	if (ret)
		kctx_fail_path(ctx, ret, "cannot make", fresh);
	else
		ret = unpack(ctx, id->file, &prune, fresh);
	if (!ret && (rename(fresh, src) || (ret = file_write(stamp, text, strlen(text))))) {
		ret = ret ? ret : -errno;
		kctx_fail_path(ctx, ret, "cannot make", src);
	}
	if (ret)
		fs_remove(fresh);
	prune_release(&prune);
	return ret;
}

static int identify(struct kctx *ctx, const struct source *s, bool fetch, struct source_id *id)
{
	const char *name = strrchr(s->what, '/');
	char safe[64];
	size_t n = 0;

	(void)fetch;
	for (name = name ? name + 1 : s->what; *name && n < sizeof(safe) - 1; name++)
		if (strspn(name,
			   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"))
			safe[n++] = *name;
	safe[n] = '\0';
	snprintf(id->text, sizeof(id->text), "tarball %.200s", s->what);
	return source_tar_identify(ctx, s->what, safe, id);
}

const struct source_ops source_tarball = {
	.key = "tarball",
	.is_path = true,
	.identify = identify,
	.prepare = source_tar_prepare,
};
