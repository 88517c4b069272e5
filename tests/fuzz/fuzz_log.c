// SPDX-License-Identifier: LGPL-2.1-or-later
/* A kernel's console log with anything in it, in pieces of any size. */
#include <stdlib.h>
#include <string.h>

#include "host/lab/runner/logscan.h"
#include "tests/fuzz/fuzz.h"

static void check_text(const char *text)
{
	for (; *text; text++)
		if ((*text < ' ' && *text != '\t' && *text != '\n') || *text > '~')
			abort();
}

/* However it is cut: what is found does not depend on it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece = size ? 1 + data[0] % 64 : 1;
	struct logscan whole, parts;
	char *tail;

	logscan_init(&whole);
	logscan_init(&parts);
	logscan_feed(&whole, data, size);
	for (size_t i = 0; i < size; i += piece)
		logscan_feed(&parts, data + i, size - i < piece ? size - i : piece);
	logscan_end(&whole);
	logscan_end(&parts);
	if (whole.kind != parts.kind || whole.findings != parts.findings ||
	    whole.line_nr != parts.line_nr || strcmp(whole.line, parts.line) != 0)
		abort();
	if ((whole.kind != LOGSCAN_CLEAN) != (whole.findings > 0) ||
	    (whole.kind != LOGSCAN_CLEAN) != (whole.line[0] != '\0'))
		abort();
	check_text(whole.line);
	tail = logscan_tail((const char *)data, size, 1 + (unsigned int)piece % 8, 4096);
	if (tail)
		check_text(tail);
	free(tail);
	return 0;
}
