// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event/run.h"
#include "exec/collector.h"

static int reserve(struct collector *c, size_t nr)
{
	struct pb_run *bigger;

	if (c->run && nr <= c->capacity)
		return 0;
	bigger = realloc(c->run, run_size(nr));
	if (!bigger)
		return -ENOMEM;
	if (!c->run)
		memset(bigger, 0, sizeof(*bigger));
	c->run = bigger;
	c->capacity = nr;
	return 0;
}

int collector_init(struct collector *c, size_t nr)
{
	memset(c, 0, sizeof(*c));
	return reserve(c, nr);
}

int collector_add(void *arg, const struct pb_event *ev, size_t nr)
{
	struct collector *c = arg;
	size_t have = c->run->nr_events, need = have + nr;
	int ret;

	if (nr > PB_RUN_MAX_EVENTS || need > PB_RUN_MAX_EVENTS)
		return -EFBIG;
	if (need > c->capacity) {
		ret = reserve(c, need > 2 * c->capacity ? need : 2 * c->capacity);
		if (ret)
			return ret;
	}
	memcpy((struct pb_event *)(c->run + 1) + have, ev, nr * sizeof(*ev));
	c->run->nr_events = need;
	return 0;
}

struct pb_run *collector_take(struct collector *c)
{
	struct pb_run *run = c->run;

	c->run = NULL;
	c->capacity = 0;
	return run;
}

void collector_release(struct collector *c)
{
	free(collector_take(c));
}
