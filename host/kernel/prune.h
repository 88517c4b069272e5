/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* prune.h - configs/kernels/prune.list: what is left out of an unpacked kernel. */
#ifndef PB_KERNEL_PRUNE_H
#define PB_KERNEL_PRUNE_H

#include "host/kernel/digest.h"
#include "host/kernel/kctx.h"

struct prune_rule {
	char *dir; /* below the kernel's top, no '/' at its ends */
	char *ending; /* of names; "" is every name */
};

struct prune {
	struct prune_rule *rules;
	size_t nr;
	char digest[DIGEST_HEX]; /* of the rules */
};

/* 0; -errno with an error line "file:line: ...". A missing file: no rules. */
int prune_load(struct kctx *ctx, struct prune *prune);
void prune_release(struct prune *prune);

/* Is path (below the kernel's top) left out? */
bool prune_matches(const struct prune *prune, const char *path);

#endif
