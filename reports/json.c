// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>

#include "reports/report.h"

static int json_write(const struct pb_result *const *r, size_t nr,
		      const struct pb_report_opts *opts, FILE *out)
{
	char *text;
	int ret;

	(void)opts;
	if (nr != 1)
		return -EINVAL;
	ret = result_to_json(r[0], &text);
	if (ret)
		return ret;
	fprintf(out, "%s\n", text);
	free(text);
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct pb_report_ops report_json = {
	.name = "json",
	.summary = "the whole result, as in result.json (schema: reports/result.schema.json)",
	.write = json_write,
	.max_results = 1,
};
