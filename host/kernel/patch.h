/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * patch.h - a change to a kernel's source: a unified diff, as git format-patch
 * and diff -u make, or a semantic patch of coccinelle, which applies by
 * meaning and so to many versions.
 *
 * A semantic patch says in comments what it is for, a line each:
 *
 *	// File: arch/x86/kvm/vmx/vmx.c 1
 *
 * is a file, and the number of places that must change in it (without number:
 * one at least). It is an error when it is otherwise: a variant that silently
 * is not one would be worse than none. Without such lines the patch is tried
 * on all of arch/x86/kvm and virt/kvm, and must change something.
 */
#ifndef PB_KERNEL_PATCH_H
#define PB_KERNEL_PATCH_H

#include "host/kernel/digest.h"
#include "host/kernel/variant.h"

enum patch_kind { PATCH_UNIFIED, PATCH_COCCI };

struct patch_file {
	char *path; /* below the kernel's top */
	int places; /* cocci: that must change; 0: one at least */
	unsigned int line; /* cocci: of the patch, that says so */
};

struct patch {
	enum patch_kind kind;
	char path[KPATH]; /* absolute */
	const char *name; /* last part of path */
	char digest[DIGEST_HEX];
	struct patch_file *files; /* that it names */
	size_t nr, room;
};

/* -errno with an error line. */
int patch_load(struct kctx *ctx, const struct variant_file *file, struct patch *p);
void patch_release(struct patch *p);

#endif
