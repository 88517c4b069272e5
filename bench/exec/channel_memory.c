// SPDX-License-Identifier: LGPL-2.1-or-later
/* channel_memory.c - the plan is here already; the run goes into a descriptor. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "event/run.h"
#include "exec/channel.h"

static int memory_open(struct exec_channel *ch)
{
	(void)ch;
	return 0;
}

static int memory_plan(struct exec_channel *ch, const void **data, size_t *size)
{
	*data = ch->plan;
	*size = ch->plan_size;
	return 0;
}

static int memory_result(struct exec_channel *ch, const struct pb_run *run)
{
	const char *data = (const char *)run;
	size_t size = run_size(run->nr_events);

	while (size) {
		ssize_t n = write(ch->run_fd, data, size);
		int error = errno;

		if (n < 0 && error == EINTR)
			continue;
		if (n < 0) {
			snprintf(ch->error, sizeof(ch->error), "writing the run: %s",
				 strerror(error));
			return -error;
		}
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static void memory_close(struct exec_channel *ch)
{
	(void)ch;
}

const struct exec_channel_ops channel_memory = {
	.name = "memory",
	.open = memory_open,
	.plan = memory_plan,
	.result = memory_result,
	.close = memory_close,
};
