// SPDX-License-Identifier: LGPL-2.1-or-later
#include "analysis/accounts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "plan/plan.h"

/* Commands that are not accounted for; a reset may have taken them at any stage. */
static uint64_t rest(uint32_t of, uint32_t done, uint32_t aborted)
{
	uint64_t accounted = (uint64_t)done + aborted;

	return of > accounted ? of - accounted : 0;
}

static uint64_t stuck(const struct pb_run_account *a)
{
	return rest(a->submitted, a->started, a->aborted);
}

static uint64_t unread(const struct pb_run_account *a)
{
	return rest(a->completed, a->consumed, a->aborted);
}

void accounts_count(const struct pb_timeline *tl, struct pb_counts *c)
{
	for (uint32_t i = 0; i < tl->plan.nr_sources; i++) {
		const struct pb_run_account *a = &tl->run.account[i];

		c->stuck += stuck(a);
		c->unread += unread(a);
		c->logged += a->refused == PB_RUN_UNKNOWN ? 0 : a->refused;
		c->polled += a->polled;
		c->aborted += a->aborted;
		c->resets += a->resets;
		c->held_back += (uint64_t)__builtin_popcountll(a->pending);
	}
}

static bool is_pending(const struct pb_timeline *tl, const struct pb_tl_post *p)
{
	unsigned int source, index;

	return plan_vector_find(&tl->plan, p->vector, &source, &index) &&
	       (tl->run.account[source].pending >> index & 1);
}

bool accounts_faulted(const struct pb_timeline *tl, const struct pb_tl_post *p,
		      enum pb_faulted *fault)
{
	const struct pb_plan_source *s = &tl->plan.source[p->source];
	const struct pb_run_account *a = &tl->run.account[p->source];

	if (!a->faults)
		return false;
	if (s->fault == PB_FAULT_MASKED) {
		*fault = PB_FAULTED_MASKED;
		return p->isr == PB_TL_NONE && p->seq >= s->fault_at && is_pending(tl, p);
	}
	*fault = s->fault == PB_FAULT_IRTE ? PB_FAULTED_REFUSED : PB_FAULTED_DROPPED;
	return p->seq == s->fault_at &&
	       (s->fault == PB_FAULT_LOST_MSI || (s->fault == PB_FAULT_IRTE && a->refused));
}

enum pb_lost_state accounts_lost_state(const struct pb_timeline *tl, const struct pb_tl_post *p)
{
	return is_pending(tl, p) ? PB_LOST_MASKED : PB_LOST_UNKNOWN;
}

static int fail(char *err, size_t size, uint32_t source, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int fail(char *err, size_t size, uint32_t source, const char *fmt, ...)
{
	int len = snprintf(err, size, "source %" PRIu32 ": ", source);
	va_list ap;

	if (len < 0 || (size_t)len >= size)
		return -EPROTO;
	va_start(ap, fmt);
	vsnprintf(err + len, size - (size_t)len, fmt, ap);
	va_end(ap);
	return -EPROTO;
}

static const char *unit(const struct pb_plan_source *s)
{
	return s->kind == PB_SOURCE_NIC ? "frames" : "commands";
}

static uint64_t posts(const struct pb_timeline *tl, uint32_t source)
{
	return tl->source_post[source + 1] - tl->source_post[source];
}

static uint64_t orphans(const struct pb_timeline *tl, uint32_t source)
{
	uint64_t n = 0;

	for (size_t i = tl->source_post[source]; i < tl->source_post[source + 1]; i++)
		n += tl->post[i].orphan;
	return n;
}

static int check_source(const struct pb_timeline *tl, uint32_t i, char *err, size_t size)
{
	const struct pb_plan_source *s = &tl->plan.source[i];
	const struct pb_run_account *a = &tl->run.account[i];

	if (orphans(tl, i))
		return fail(err, size, i,
			    "%" PRIu64 " interrupts were sent between a reset and the device being "
			    "driven again: nobody had asked it",
			    orphans(tl, i));
	if (a->resets < s->resets)
		return fail(err, size, i, "the function was reset %" PRIu32 " of %" PRIu32 " times",
			    a->resets, s->resets);
	/* A doorbell that does nothing, on purpose, takes its commands with it. */
	if (stuck(a) && s->fault == PB_FAULT_DOORBELL)
		return 0;
	if (stuck(a))
		return fail(err, size, i, "%" PRIu64 " %s that the device never took", stuck(a),
			    unit(s));
	/* Every interrupt came; what is unread had one, or the driver wanted none. */
	if (unread(a) && s->poll_budget)
		return fail(err, size, i,
			    "the guest missed %" PRIu64
			    " completions itself: its driver did not look "
			    "again when it stopped polling, and no kernel is to blame",
			    unread(a));
	if (unread(a))
		return fail(err, size, i, "%" PRIu64 " completions that no interrupt was sent for",
			    unread(a));
	if (s->aggregate && a->completed && posts(tl, i) >= a->completed)
		return fail(err, size, i,
			    "%" PRIu32
			    " completions, each with its interrupt: nothing was coalesced",
			    a->completed);
	if (a->submitted < s->count && s->kind == PB_SOURCE_NIC)
		return fail(err, size, i, "%" PRIu32 " of %" PRIu32 " frames were sent",
			    a->submitted, s->count);
	if (a->submitted < s->count)
		return fail(err, size, i,
			    "the guest made %" PRIu32 " of %" PRIu32
			    " commands, and no loss says why",
			    a->submitted, s->count);
	return 0;
}

static int check_faults(const struct pb_timeline *tl, uint32_t i, char *err, size_t size)
{
	const struct pb_plan_source *s = &tl->plan.source[i];

	if (!s->fault || tl->run.account[i].faults)
		return 0;
	return fail(err, size, i,
		    "the device never made the fault that is asked for (%s, at %" PRIu32 ")",
		    names_str(&plan_device_faults, s->fault), s->fault_at);
}

int accounts_check(const struct pb_timeline *tl, const struct accounts_source *of, char *err,
		   size_t size)
{
	uint64_t lost = 0;
	int ret = 0;

	/* What a Linux guest's drivers do is in struct pb_run_device, and judged elsewhere. */
	if (tl->run.status != PB_RUN_OK || tl->plan.vmm == PB_VMM_LINUX)
		return 0;
	for (uint32_t i = 0; i < tl->plan.nr_sources; i++) {
		uint32_t failed = tl->run.account[i].failed;

		if (failed)
			return fail(err, size, i, "%" PRIu32 " %s ended with an error status",
				    failed, unit(&tl->plan.source[i]));
		lost += of[i].lost;
	}
	for (uint32_t i = 0; i < tl->plan.nr_sources && !lost && !ret; i++) {
		if (!plan_source_driven(&tl->plan.source[i]))
			continue;
		ret = check_faults(tl, i, err, size);
		if (!ret && !of[i].faulted)
			ret = check_source(tl, i, err, size);
	}
	return ret;
}
