/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * collector.h - gathers events behind a run's head, so that head and events
 * are one piece in the end. Used before and after the measurement, not in it.
 */
#ifndef PB_EXEC_COLLECTOR_H
#define PB_EXEC_COLLECTOR_H

#include <stddef.h>
#include <stdint.h>

#include "shared/run.h"

struct collector {
	struct pb_run *run; /* head and events; NULL until the first */
	size_t capacity; /* events that it has room for */
};

/* Room for `nr` events from the start. 0 or -ENOMEM. */
int collector_init(struct collector *c, size_t nr);

/* A pb_event_sink; arg is the collector. 0, -ENOMEM, or -EFBIG over PB_RUN_MAX_EVENTS. */
int collector_add(void *arg, const struct pb_event *ev, size_t nr);

/* Hand over the run, the caller's to free; the collector is empty then. */
struct pb_run *collector_take(struct collector *c);

void collector_release(struct collector *c);

#endif
