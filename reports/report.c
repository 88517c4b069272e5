// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reports/report.h"

static const struct pb_report_ops *const all[] = {
	&report_terminal, &report_markdown, &report_html, &report_json, &report_junit,
	&report_ktap,     &report_table,    &report_null, NULL,
};

const struct pb_report_ops *const *report_all(void)
{
	return all;
}

const struct pb_report_ops *report_find(const char *name)
{
	for (size_t i = 0; all[i]; i++)
		if (!strcmp(all[i]->name, name))
			return all[i];
	return NULL;
}

bool report_colour(FILE *out)
{
	const char *no = getenv("NO_COLOR");

	return (!no || !*no) && isatty(fileno(out));
}
