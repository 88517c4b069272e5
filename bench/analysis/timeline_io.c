// SPDX-License-Identifier: LGPL-2.1-or-later
#include "analysis/timeline_io.h"

#include <errno.h>
#include <stdlib.h>

#include "plan/plan.h"
#include "util/large.h"

/* How many I/Os of a queue can be out at once, and so be done before an older one. */
#define LOOK_AHEAD PB_PLAN_MAX_DEPTH

uint16_t timeline_vcpu_of(const struct pb_timeline *tl, unsigned int source, uint8_t vector)
{
	unsigned int of, index;

	if (timeline_is_linux(tl) && plan_vector_find(&tl->plan, vector, &of, &index))
		return (uint16_t)(index < tl->plan.vcpus ? index : 0);
	return (uint16_t)tl->plan.source[source].vcpu;
}

static int by_vector_and_time(const void *a, const void *b)
{
	const struct pb_tl_io *x = a, *y = b;

	if (x->vector != y->vector)
		return x->vector < y->vector ? -1 : 1;
	if (x->tsc != y->tsc)
		return x->tsc < y->tsc ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

/* Each worker of the guest has a ring of its own: together they are in no order. */
static int place(struct pb_timeline *tl, const struct pb_event *ev, size_t nr)
{
	size_t n = 0;

	tl->io = large_alloc(tl->nr_ios + 1, sizeof(*tl->io));
	if (!tl->io)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++) {
		const struct pb_event *e = &ev[i];

		if (e->kind != PB_EV_IO)
			continue;
		tl->io[n++] = (struct pb_tl_io){
			.tsc = e->tsc,
			.took = e->arg,
			.seq = e->seq,
			.post = PB_TL_NONE,
			.vcpu = e->vcpu,
			.flags = e->flags,
			.vector = plan_guest_vector(e->source, e->vector),
			.source = e->source,
		};
	}
	qsort(tl->io, n, sizeof(*tl->io), by_vector_and_time);
	for (size_t i = 0; i < n; i++)
		tl->vector_io[tl->io[i].vector + 1]++;
	for (size_t v = 0; v < PB_VECTORS; v++)
		tl->vector_io[v + 1] += tl->vector_io[v];
	return 0;
}

/*
 * The first I/O that was out when the post was made. *from moves on with the posts
 * of the vector, which are in order of time.
 */
static uint32_t consumer(const struct pb_timeline *tl, const struct pb_tl_post *p, size_t *from)
{
	size_t end = tl->vector_io[p->vector + 1];

	while (*from < end && tl->io[*from].tsc < p->tsc)
		++*from;
	for (size_t i = *from; i < end && i - *from <= LOOK_AHEAD; i++) {
		const struct pb_tl_io *io = &tl->io[i];

		if (io->tsc > tl->phase[PB_PHASE_STOP])
			break;
		if (io->tsc - io->took <= p->tsc)
			return (uint32_t)i;
	}
	return PB_TL_NONE;
}

static void join_post(struct pb_timeline *tl, uint32_t i, size_t *from, size_t *near)
{
	struct pb_tl_post *p = &tl->post[i];
	uint32_t k = consumer(tl, p, from);

	if (k == PB_TL_NONE)
		return;
	if (tl->io[k].post == PB_TL_NONE)
		tl->io[k].post = i;
	p->isr = k;
	p->head = tl->io[k].post;
	p->delivery = tl->io[k].tsc;
	timeline_off_cpu(tl, p->vcpu, p->tsc, p->delivery, near, &p->preempted, &p->blocked);
}

int timeline_ios(struct pb_timeline *tl, const struct pb_event *ev, size_t nr)
{
	size_t from[PB_VECTORS];
	int ret = place(tl, ev, nr);

	if (ret)
		return ret;
	for (size_t v = 0; v < PB_VECTORS; v++)
		from[v] = tl->vector_io[v];
	for (size_t s = 0; s < PB_MAX_SOURCES; s++) {
		size_t near[PB_MAX_VCPUS] = {0};

		for (size_t i = tl->source_post[s]; i < tl->source_post[s + 1]; i++)
			join_post(tl, (uint32_t)i, &from[tl->post[i].vector],
				  &near[tl->post[i].vcpu]);
	}
	return 0;
}
