// SPDX-License-Identifier: LGPL-2.1-or-later
/* A bzImage's header and an ELF file's notes with anything in them. */
#include <stdlib.h>
#include <string.h>

#include "host/kernel/entry.h"
#include "host/kernel/source.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	static struct kctx ctx = {.err = fuzz_err, .err_size = sizeof(fuzz_err)};
	char release[64], hex[44];

	if (source_image_check(&ctx, path, release, sizeof(release)))
		fuzz_one_line(fuzz_err);
	for (const char *p = release; *p; p++)
		if (*p <= ' ' || *p > '~')
			abort();
	entry_build_id(path, hex, sizeof(hex));
	if (strspn(hex, "0123456789abcdef") != strlen(hex) || strlen(hex) % 2)
		abort();
	return 0;
}
