/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * entry.h - a built kernel in the cache: entries/KEY/ with bzImage, vmlinux
 * (without debug information), vmlinux.lines (DWARF's line tables alone, when the
 * configuration asks for DWARF), System.map, config, applied.diff (what its
 * patches changed) and meta.json. The time of `used` says when it was last
 * asked for.
 */
#ifndef PB_KERNEL_ENTRY_H
#define PB_KERNEL_ENTRY_H

#include "host/kernel/build.h"
#include "host/kernel/patch.h"

struct entry_meta {
	const char *name;
	const char *source;
	const char *compiler;
	const char *release;
	const char *diff; /* NULL: no patch */
};

/* Fill image, build_id, release, compiler and key of out. -ENOENT when it is not cached. */
int entry_find(struct kctx *ctx, const char *key, struct pb_kernel *out);
/* Note that it was asked for now. */
void entry_touch(struct kctx *ctx, const char *key);
/* Put what is in the object directory into the cache. */
int entry_install(struct kctx *ctx, const char *key, const char *out_dir,
		  const struct entry_meta *meta);

/*
 * The GNU build id (ld(1), --build-id) of an ELF file as hex into hex[size];
 * "" when it has none. -EINVAL when it is not a 64-bit little-endian ELF file.
 */
int entry_build_id(const char *path, char *hex, size_t size);

#endif
