// SPDX-License-Identifier: LGPL-2.1-or-later
/* An archive with anything in it: what the reader hands out lies within, has a plain name. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"
#include "util/cpio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cpio_reader r = {.data = data, .size = size};
	struct cpio_item item;
	int ret;

	while ((ret = cpio_next(&r, &item, fuzz_err, sizeof(fuzz_err))) > 0) {
		if (!cpio_name_ok(item.name) || item.data < data ||
		    item.size > size - (size_t)(item.data - data) || r.offset > size)
			abort();
		if (S_ISDIR(item.mode) && item.size)
			abort();
	}
	if (ret)
		fuzz_one_line(fuzz_err);
	return 0;
}
