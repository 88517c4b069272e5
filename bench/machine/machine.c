// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>

#include "machine/machine.h"

static const struct pb_machine_ops *const machines[] = {&machine_lab, &machine_null, NULL};

const struct pb_machine_ops *const *machine_all(void)
{
	return machines;
}

const struct pb_machine_ops *machine_find(const char *name)
{
	for (size_t i = 0; machines[i]; i++)
		if (!strcmp(machines[i]->name, name))
			return machines[i];
	return NULL;
}

void machine_job_release(struct pb_job *job)
{
	free(job->run);
	free(job->truth);
	free(job->log_tail);
	job->run = NULL;
	job->truth = NULL;
	job->log_tail = NULL;
	job->run_size = 0;
	job->truth_size = 0;
}
