// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/run.h"
#include "util/file.h"

int run_read(const char *path, const struct pb_plan *plan, struct pb_run **run, size_t *size,
	     char *err, size_t errlen)
{
	char why[192];
	void *data;
	int ret = file_read(path, run_size(PB_RUN_MAX_EVENTS), &data, size);

	if (ret) {
		snprintf(err, errlen, "%s: %s", path, strerror(-ret));
		return ret;
	}
	ret = run_check(data, *size, plan, why, sizeof(why));
	if (ret) {
		snprintf(err, errlen, "%s: %s", path, why);
		free(data);
		return ret;
	}
	*run = data;
	return 0;
}

int run_write(const char *path, const struct pb_run *run, char *err, size_t errlen)
{
	int ret = file_write(path, run, run_size(run->nr_events));

	if (ret)
		snprintf(err, errlen, "%s: %s", path, strerror(-ret));
	return ret;
}
