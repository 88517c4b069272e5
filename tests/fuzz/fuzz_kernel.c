// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The kernel builder's small files with anything in them; the first byte says which:
 * a variant, a configuration fragment, prune.list, a patch.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/kernel/fragment.h"
#include "host/kernel/fs.h"
#include "host/kernel/patch.h"
#include "host/kernel/prune.h"
#include "host/kernel/variant.h"
#include "tests/fuzz/fuzz.h"

static void variant(struct kctx *ctx, const uint8_t *data, size_t size)
{
	static struct variant v;
	const char *path = fuzz_put("v.yaml", data, size);

	memset(&v, 0, sizeof(v));
	if (variant_load(ctx, path, &v)) {
		fuzz_one_line(fuzz_err);
		if (strncmp(fuzz_err, path, strlen(path)) != 0)
			abort();
	} else if (!v.source.ops || !v.summary[0]) {
		abort();
	}
	variant_release(&v);
}

/* What was read, written and read again is the same, and comes true in itself. */
static void fragment(struct kctx *ctx, const uint8_t *data, size_t size)
{
	struct fragment f = {0}, again = {0};
	char *text, *text2;

	if (fragment_read(ctx, fuzz_file(data, size), "", &f)) {
		fuzz_one_line(fuzz_err);
		fragment_release(&f);
		return;
	}
	if (fragment_text(&f, &text))
		abort();
	if (fragment_read(ctx, fuzz_file((uint8_t *)text, strlen(text)), "", &again) ||
	    fragment_text(&again, &text2) || strcmp(text, text2) != 0)
		abort();
	/* A value is compared up to a length that no real one has. */
	if (fragment_check(ctx, &f, fuzz_file((uint8_t *)text, strlen(text)), "6.1"))
		fuzz_one_line(fuzz_err);
	free(text);
	free(text2);
	fragment_release(&f);
	fragment_release(&again);
}

static void prune(struct kctx *ctx, const uint8_t *data, size_t size)
{
	struct prune p;

	fuzz_put("prune.list", data, size);
	if (prune_load(ctx, &p)) {
		fuzz_one_line(fuzz_err);
		return;
	}
	/* Nothing outside of the kernel, nor the kernel itself, is ever left out. */
	if (prune_matches(&p, "") || prune_matches(&p, "/etc/passwd") ||
	    prune_matches(&p, "../x.c") || prune_matches(&p, "Makefile"))
		abort();
	prune_matches(&p, "Documentation/x.c");
	prune_release(&p);
}

static void patch(struct kctx *ctx, const uint8_t *data, size_t size)
{
	char name[KPATH];
	struct variant_file file = {name, (char *)""};
	struct patch p;

	memcpy(name, fuzz_put(size && data[0] == '/' ? "p.cocci" : "p.patch", data, size), KPATH);
	if (patch_load(ctx, &file, &p)) {
		fuzz_one_line(fuzz_err);
		return;
	}
	for (size_t i = 0; i < p.nr; i++)
		if (!fs_path_ok(p.files[i].path))
			abort();
	patch_release(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const kind[])(struct kctx *, const uint8_t *, size_t) = {variant, fragment,
									       prune, patch};

	/* The first byte is a figure, so that seeds can be read. */
	if (!size || data[0] < '0' || data[0] > '3')
		return 0;
	kind[data[0] - '0'](fuzz_kctx(), data + 1, size - 1);
	return 0;
}
