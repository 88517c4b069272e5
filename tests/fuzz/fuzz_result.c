// SPDX-License-Identifier: LGPL-2.1-or-later
/* result.json with anything in it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/result.h"
#include "reports/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken can be rendered, and written and taken again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pb_report_opts opts = {.colour = true, .verbose = true};
	struct pb_result *r, *again;
	const struct pb_result *list[1];
	char err[512], *text;
	FILE *out;

	if (result_parse("f.json", (const char *)data, size, &r, err, sizeof(err))) {
		if (strncmp(err, "f.json:", 7))
			abort();
		return 0;
	}
	out = fopen("/dev/null", "w");
	list[0] = r;
	for (size_t i = 0; report_all()[i]; i++)
		if (!out || report_all()[i]->write(list, 1, &opts, out))
			abort();
	fclose(out);
	if (result_to_json(r, &text) ||
	    result_parse("f.json", text, strlen(text), &again, err, sizeof(err)))
		abort();
	result_free(again);
	result_free(r);
	free(text);
	return 0;
}
