// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/swept.h"

#include <errno.h>

static bool never(enum pb_sweep_event event, unsigned int index)
{
	(void)event;
	(void)index;
	return false;
}

static uint64_t nowhere(enum pb_sweep_event event, unsigned int index)
{
	(void)event;
	(void)index;
	return 0;
}

static int nothing(enum pb_sweep_event event, unsigned int index)
{
	(void)event;
	(void)index;
	return -ENOENT;
}

static int no_attempt(enum pb_sweep_event event, unsigned int index, struct vtd_message *m)
{
	(void)m;
	return nothing(event, index);
}

const struct swept_ops swept_null = {
	.armed = never,
	.ready = never,
	.pid = nowhere,
	.irte = nowhere,
	.post = nothing,
	.attempt = no_attempt,
};

static const struct swept_ops *of(enum pb_sweep_event event, unsigned int index)
{
	static const struct swept_ops *const kind[] = {&swept_poster, &swept_nvme};

	for (unsigned int i = 0; i < sizeof(kind) / sizeof(kind[0]); i++)
		if (kind[i]->armed(event, index))
			return kind[i];
	return &swept_null;
}

bool swept_armed(enum pb_sweep_event event, unsigned int index)
{
	return of(event, index) != &swept_null;
}

bool swept_ready(enum pb_sweep_event event, unsigned int index)
{
	return of(event, index)->ready(event, index);
}

uint64_t swept_pid(enum pb_sweep_event event, unsigned int index)
{
	return of(event, index)->pid(event, index);
}

uint64_t swept_irte(enum pb_sweep_event event, unsigned int index)
{
	return of(event, index)->irte(event, index);
}

int swept_post(enum pb_sweep_event event, unsigned int index)
{
	return of(event, index)->post(event, index);
}

int swept_try(enum pb_sweep_event event, unsigned int index, struct vtd_message *m)
{
	return of(event, index)->attempt(event, index, m);
}
