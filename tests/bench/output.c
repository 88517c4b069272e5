// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/bench/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/lab.h"
#include "util/subprocess.h"

#define TIMEOUT_S 600

int bench_output_make(struct bench_output *o)
{
	snprintf(o->dir, sizeof(o->dir), "/tmp/pirbench-bench-XXXXXX");
	if (!mkdtemp(o->dir))
		return -errno;
	snprintf(o->results, sizeof(o->results), "%s/results", o->dir);
	return 0;
}

void bench_output_remove(const struct bench_output *o)
{
	const char *const argv[] = {"rm", "-rf", o->dir, NULL};
	struct subprocess p = {.argv = argv};
	struct subprocess_result res;
	char err[128];

	subprocess_run(&p, &res, err, sizeof(err));
	subprocess_release(&res);
}

int bench_run(const char *const *argv, int status, double *seconds, char *why)
{
	struct subprocess p = {.argv = argv, .timeout_s = TIMEOUT_S};
	struct subprocess_result res;
	int ret = subprocess_run(&p, &res, why, LAB_WHY);

	if ((!ret || ret == -ECHILD) && res.status == status)
		ret = 0;
	else if (!ret)
		ret = -EPROTO;
	*seconds = res.seconds;
	subprocess_release(&res);
	return ret;
}
