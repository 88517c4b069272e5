// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/kernel/toolchain.h"

/* Raise it when this builder makes another kernel of the same inputs. */
#define BUILDER_VERSION 1

static int compute_key(struct kctx *ctx, struct request *r)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return kctx_fail(ctx, -ENOMEM, "out of memory");
	fprintf(f, "builder %d\nsource %s\n", BUILDER_VERSION, r->id.content);
	if (!r->variant.source.ops->ready)
		fprintf(f, "compiler %s\nconfig %s\n", r->compiler, r->config_digest);
	for (size_t i = 0; i < r->nr_patches; i++)
		fprintf(f, "patch %d %s\n", r->patches[i].kind, r->patches[i].digest);
	if (fclose(f)) {
		free(text);
		return kctx_fail(ctx, -ENOMEM, "out of memory");
	}
	digest_data(text, size, r->key);
	free(text);
	return 0;
}

static int read_config(struct kctx *ctx, struct request *r)
{
	const struct variant *v = &r->variant;
	char *text;
	int ret = 0;

	for (size_t i = 0; i < v->nr_configs && !ret; i++)
		ret = fragment_read(ctx, v->configs[i].path, v->configs[i].where, &r->config);
	if (ret)
		return ret;
	ret = fragment_text(&r->config, &text);
	if (ret)
		return kctx_fail(ctx, ret, "out of memory");
	digest_data(text, strlen(text), r->config_digest);
	free(text);
	return 0;
}

static int read_patches(struct kctx *ctx, struct request *r)
{
	int ret = 0;

	for (size_t i = 0; i < r->variant.nr_patches && !ret; i++) {
		ret = patch_load(ctx, &r->variant.patches[i], &r->patches[i]);
		if (!ret)
			r->nr_patches++;
	}
	return ret;
}

int request_init(struct kctx *ctx, const char *spec, bool fetch, struct request *r)
{
	const struct source *s = &r->variant.source;
	int ret;

	memset(r, 0, sizeof(*r));
	ret = variant_resolve(ctx, spec, &r->variant);
	if (ret)
		return ret;
	/* What is quick to be found wrong comes before what may fetch 100 MiB. */
	if (!s->ops->ready) {
		ret = read_patches(ctx, r);
		if (!ret)
			ret = read_config(ctx, r);
		if (!ret)
			ret = toolchain_describe(ctx, r->compiler, sizeof(r->compiler));
	}
	if (!ret)
		ret = s->ops->identify(ctx, s, fetch, &r->id);
	if (!ret)
		ret = compute_key(ctx, r);
	if (ret)
		request_release(r);
	return ret;
}

void request_release(struct request *r)
{
	for (size_t i = 0; i < r->nr_patches; i++)
		patch_release(&r->patches[i]);
	r->nr_patches = 0;
	fragment_release(&r->config);
	variant_release(&r->variant);
}
