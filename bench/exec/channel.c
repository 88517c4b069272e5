// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "exec/channel.h"

static void beat(void *arg, enum pb_phase phase)
{
	struct exec_channel *ch = arg;

	ch->ops->beat(ch, phase);
}

static void mark(void *arg, unsigned int squeezer, bool begin)
{
	struct exec_channel *ch = arg;

	ch->ops->mark(ch, squeezer, begin);
}

int channel_serve(struct exec_channel *ch, const struct exec_env *env, enum pb_run_status *status)
{
	struct exec_env mine = env ? *env : (struct exec_env){0};
	struct pb_run *run;
	const void *plan;
	size_t size;
	int ret = ch->ops->plan(ch, &plan, &size);

	if (ret)
		return ret;
	if (ch->ops->beat || ch->ops->mark) {
		mine.beat = ch->ops->beat ? beat : NULL;
		mine.mark = ch->ops->mark ? mark : NULL;
		mine.arg = ch;
	}
	mine.ends = ch->ops->ends;
	run = exec_plan(plan, size, &mine);
	if (!run) {
		snprintf(ch->error, sizeof(ch->error), "out of memory");
		return -ENOMEM;
	}
	if (status)
		*status = run->status;
	ret = ch->ops->result(ch, run);
	free(run);
	return ret;
}
