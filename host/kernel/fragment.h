/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fragment.h - kernel configuration fragments: read, put together, and checked
 * against what the kernel made of them.
 *
 * A line is CONFIG_NAME=VALUE (y, n, a number or a "string") or the kernel's
 * own "# CONFIG_NAME is not set"; a value may be followed by
 * "# optional: WHY", without which it must come true. Later lines win.
 */
#ifndef PB_KERNEL_FRAGMENT_H
#define PB_KERNEL_FRAGMENT_H

#include "host/kernel/digest.h"
#include "host/kernel/variant.h"

struct option {
	char *name; /* with CONFIG_ */
	char *value; /* "n": not set */
	char *where; /* "file:line" */
	bool optional;
};

struct fragment {
	struct option *options;
	size_t nr, room;
};

/* Add a file's lines; -errno with an error line "file:line: ...". */
int fragment_read(struct kctx *ctx, const char *path, const char *where, struct fragment *f);
void fragment_release(struct fragment *f);

/* As lines that the kernel's configurator reads; malloc()ed, *text is the caller's. -ENOMEM. */
int fragment_text(const struct fragment *f, char **text);

/*
 * Did every option come true in the .config at path? -EINVAL with an error
 * line that names the first that did not; `release` is for that line.
 */
int fragment_check(struct kctx *ctx, const struct fragment *f, const char *path,
		   const char *release);

#endif
