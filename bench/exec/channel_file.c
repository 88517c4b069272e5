// SPDX-License-Identifier: LGPL-2.1-or-later
/* channel_file.c - plan file in, run file out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/run.h"
#include "exec/channel.h"
#include "util/file.h"

static int file_open(struct exec_channel *ch)
{
	(void)ch;
	return 0;
}

static int file_plan(struct exec_channel *ch, const void **data, size_t *size)
{
	int ret = file_read(ch->plan_path, sizeof(struct pb_plan), &ch->priv, size);

	if (ret) {
		snprintf(ch->error, sizeof(ch->error), "%s: %s", ch->plan_path,
			 ret == -EFBIG ? "too large for a plan" : strerror(-ret));
		return ret;
	}
	*data = ch->priv;
	return 0;
}

static int file_result(struct exec_channel *ch, const struct pb_run *run)
{
	return run_write(ch->run_path, run, ch->error, sizeof(ch->error));
}

static void file_close(struct exec_channel *ch)
{
	free(ch->priv);
	ch->priv = NULL;
}

const struct exec_channel_ops channel_file = {
	.name = "file",
	.open = file_open,
	.plan = file_plan,
	.result = file_result,
	.close = file_close,
};
