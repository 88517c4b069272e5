/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * variant.h - a kernel as it was asked for: where its source comes from, what
 * is changed in it, how it is configured. Read from configs/kernels/NAME.yaml,
 * or made from what the user named on the command line.
 */
#ifndef PB_KERNEL_VARIANT_H
#define PB_KERNEL_VARIANT_H

#include "host/kernel/kctx.h"

#define VARIANT_MAX_FILES 64 /* patches or fragments */
#define VARIANT_MAX_DEPTH 8 /* of `base` */
/* The configuration of a kernel that no file describes; below configs/kernels. */
#define VARIANT_FRAGMENT  "fragments/lab.config"

struct source_ops;

/* Where a kernel comes from; the kinds are in source.h. */
struct source {
	const struct source_ops *ops;
	char what[KPATH]; /* package name, pattern of names, or path */
	char suite[64]; /* of a package; empty: the machine's own suites */
	char revision[128]; /* of a git tree; empty: its working tree */
};

/* A file named by a variant. */
struct variant_file {
	char *path; /* absolute, or relative to the current directory */
	char *where; /* "file:line: " that named it, for errors; "" from the command line */
};

struct variant {
	char name[64];
	char summary[160];
	struct source source;
	struct variant_file patches[VARIANT_MAX_FILES];
	size_t nr_patches;
	struct variant_file configs[VARIANT_MAX_FILES];
	size_t nr_configs;
};

/* Read the file of a variant, with what it inherits. -errno with an error line "file:line: ...". */
int variant_load(struct kctx *ctx, const char *path, struct variant *v);
/* What kernel.h says a KERNEL is; the extra patches and fragment of ctx->opts added. */
int variant_resolve(struct kctx *ctx, const char *spec, struct variant *v);
void variant_release(struct variant *v);

/* May name be the name of a variant? Letters, digits, '.', '_', '+' and '-'. */
bool variant_name_ok(const char *name);

#endif
