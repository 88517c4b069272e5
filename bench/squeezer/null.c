// SPDX-License-Identifier: LGPL-2.1-or-later
/* null.c - takes nothing from anybody. */
#include "squeezer/squeezer.h"

static int null_start(struct pb_squeezer *sq)
{
	(void)sq;
	return 0;
}

static void null_stop(struct pb_squeezer *sq)
{
	(void)sq;
}

const struct pb_squeezer_ops squeezer_null = {
	.name = "null",
	.kind = PB_SQUEEZER_NULL,
	.start = null_start,
	.stop = null_stop,
};
