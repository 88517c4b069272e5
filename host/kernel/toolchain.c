// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/toolchain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define VERSION_MAX 65536

static const struct {
	const char *program, *package;
} programs[] = {
	{"make", "make"},   {"gcc", "gcc"},     {"ld", "binutils"}, {"objcopy", "binutils"},
	{"flex", "flex"},   {"bison", "bison"}, {"bc", "bc"},       {"tar", "tar"},
	{"xz", "xz-utils"}, {"lz4", "lz4"},     {"git", "git"},     {"cmp", "diffutils"},
	{"awk", "mawk"},
};

static const struct {
	const char *header, *package;
} headers[] = {
	{"stdio.h", "libc6-dev"},
	{"gelf.h", "libelf-dev"},
	{"openssl/evp.h", "libssl-dev"},
};

static int first_line(struct kctx *ctx, const char *program, char *buf, size_t size)
{
	const char *argv[] = {program, "--version", NULL};
	struct subprocess p = {.argv = argv, .capture_max = VERSION_MAX};
	struct subprocess_result r;
	int ret = kctx_run(ctx, &p, &r);

	if (!ret)
		snprintf(buf, size, "%.*s", (int)strcspn(r.out, "\n"), r.out);
	subprocess_release(&r);
	if (ret == -ENOENT)
		ret = kctx_fail(ctx, -ENOPKG, "no program %s: run make deps", program);
	return ret;
}

int toolchain_describe(struct kctx *ctx, char *buf, size_t size)
{
	char gcc[128], ld[128];
	int ret = first_line(ctx, "gcc", gcc, sizeof(gcc));

	if (!ret)
		ret = first_line(ctx, "ld", ld, sizeof(ld));
	if (!ret)
		snprintf(buf, size, "%s, %s", gcc, ld);
	return ret;
}

static void add(char *list, size_t size, const char *package)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len ? " " : "", package);
}

int toolchain_check(struct kctx *ctx)
{
	char missing[256] = "";

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (!subprocess_exists(programs[i].program))
			add(missing, sizeof(missing), programs[i].package);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]) && !*missing; i++) {
		const char *argv[] = {"gcc", "-fsyntax-only", "-include", headers[i].header, "-x",
				      "c",   "/dev/null",     NULL};
		int ret = kctx_command(ctx, argv, NULL);

		if (ret && ret != -ECHILD)
			return ret;
		if (ret)
			add(missing, sizeof(missing), headers[i].package);
	}
	if (*missing)
		return kctx_fail(ctx, -ENOPKG,
				 "kernels cannot be built without the Debian package(s) %s: run "
				 "make deps",
				 missing);
	return 0;
}
