// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Files of our own that somebody else could have changed; the first byte says which:
 * a build's journal, a kernel's meta.json, a result's command.json.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/store.h"
#include "host/kernel/entry.h"
#include "host/kernel/fs.h"
#include "host/kernel/journal.h"
#include "tests/fuzz/fuzz.h"

/* Whatever the list says: nothing outside of src is touched. */
static void journal(struct kctx *ctx, const uint8_t *data, size_t size)
{
	char tree[KPATH + 8], left[KPATH + 16], victim[KPATH];

	snprintf(tree, sizeof(tree), "%s/tree", ctx->cache);
	memcpy(victim, fuzz_put("x.c", (const uint8_t *)"x", 1), sizeof(victim));
	fuzz_put("tree/src/x.c", (const uint8_t *)"x", 1);
	fuzz_put("tree/journal/0", (const uint8_t *)"saved", 5);
	fuzz_put("tree/journal/list", data, size);
	if (journal_restore(ctx, tree)) {
		fuzz_one_line(fuzz_err);
	} else {
		snprintf(left, sizeof(left), "%s/tree/journal", ctx->cache);
		if (fs_exists(left))
			abort();
	}
	if (!fs_exists(victim))
		abort();
}

static void meta(struct kctx *ctx, const uint8_t *data, size_t size)
{
	struct pb_kernel k = {.name = "k"};

	fuzz_put("entries/key/bzImage", (const uint8_t *)"x", 1);
	fuzz_put("entries/key/meta.json", data, size);
	if (entry_find(ctx, "key", &k))
		fuzz_one_line(fuzz_err);
	else if (strlen(k.build_id) >= sizeof(k.build_id) || strlen(k.release) >= sizeof(k.release))
		abort();
}

static void command(struct kctx *ctx, const uint8_t *data, size_t size)
{
	struct pb_kernel k = {.name = "null"};
	const struct pb_kernel *const kernels[] = {&k};
	char err[STORE_ERR] = "", cwd[STORE_PATH];
	struct store s = {.lock = -1};
	int argc;
	char **argv;

	fuzz_put("command.json", data, size);
	snprintf(s.dir, sizeof(s.dir), "%s", ctx->cache);
	if (store_get_command(s.dir, &argc, &argv, cwd, sizeof(cwd), err)) {
		fuzz_one_line(err);
	} else {
		for (int i = 0; i < argc; i++)
			if (strlen(argv[i]) > size)
				abort();
		if (argc < 1 || argv[argc])
			abort();
		free(argv);
	}
	err[0] = '\0';
	if (store_same_origin(&s, kernels, 1, "", err))
		fuzz_one_line(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const kind[])(struct kctx *, const uint8_t *, size_t) = {journal, meta,
									       command};

	if (!size || data[0] < '0' || data[0] > '2')
		return 0;
	kind[data[0] - '0'](fuzz_kctx(), data + 1, size - 1);
	return 0;
}
