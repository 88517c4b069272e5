/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* request.h - all that determines one kernel, and so its key in the cache. */
#ifndef PB_KERNEL_REQUEST_H
#define PB_KERNEL_REQUEST_H

#include "host/kernel/fragment.h"
#include "host/kernel/patch.h"
#include "host/kernel/source.h"

struct request {
	struct variant variant;
	struct source_id id;
	struct patch patches[VARIANT_MAX_FILES];
	size_t nr_patches;
	struct fragment config;
	char config_digest[DIGEST_HEX];
	char compiler[256];
	char key[DIGEST_HEX];
};

/*
 * Read everything that `spec` names. fetch: a source that is not here may be
 * fetched; else -ENOENT. Other errors as kernel_get() has them. A ready image
 * has no configuration, compiler or patches; its key is its hash.
 */
int request_init(struct kctx *ctx, const char *spec, bool fetch, struct request *r);
void request_release(struct request *r);

#endif
