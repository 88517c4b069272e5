// SPDX-License-Identifier: LGPL-2.1-or-later
#include "analysis/guest_posts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "event/run.h"
#include "plan/plan.h"

static bool has_posts(const struct pb_run *run)
{
	for (uint64_t i = 0; i < run->nr_events; i++)
		if (run_events(run)[i].kind == PB_EV_POST)
			return true;
	return false;
}

/* The post as its device would have written it down; false: the truth has it a second time. */
static bool post_of(const struct pb_plan *plan, const struct pb_event *e, uint32_t *last,
		    struct pb_event *post)
{
	bool posted = e->flags & (PB_EVF_NOTIFIED | PB_EVF_SUPPRESSED | PB_EVF_OUTSTANDING);
	uint32_t queue = plan->source[e->source].kind == PB_SOURCE_NVME ? e->vcpu : 0;

	/* One that was masked comes again. */
	if (e->seq <= last[e->source])
		return false;
	last[e->source] = e->seq;
	*post = *e;
	post->kind = PB_EV_POST;
	post->arg = 0;
	post->flags = 0;
	post->cpu = PB_CPU_NONE;
	post->vcpu = (uint16_t)plan->source[e->source].vcpu;
	if (posted && queue < plan->source[e->source].vectors)
		post->vector = plan_guest_vector(e->source, queue);
	return true;
}

int guest_posts(const struct pb_plan *plan, const void *data, const void *truth_data, void **own,
		size_t *own_size)
{
	const struct pb_run *run = data, *truth = truth_data;
	uint32_t last[PB_MAX_SOURCES] = {0};
	struct pb_event *ev;
	struct pb_run *copy;
	uint64_t n;

	*own = NULL;
	if (plan->vmm != PB_VMM_LINUX || !truth || has_posts(run))
		return 0;
	copy = malloc(run_size(run->nr_events + truth->nr_events));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, run, run_size(run->nr_events));
	ev = (struct pb_event *)(copy + 1);
	n = run->nr_events;
	for (uint64_t i = 0; i < truth->nr_events && n < PB_RUN_MAX_EVENTS; i++) {
		const struct pb_event *e = &run_events(truth)[i];

		if (e->kind == PB_TR_POST && e->source < plan->nr_sources)
			n += post_of(plan, e, last, &ev[n]);
	}
	copy->nr_events = n;
	run_seal(copy);
	*own = copy;
	*own_size = run_size(n);
	return 0;
}
