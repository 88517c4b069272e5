// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "event/run.h"
#include "plan/plan.h"
#include "util/checkline.h"
#include "util/crc32c.h"

/* No padding: a run is compared and checksummed as bytes. */
_Static_assert(sizeof(struct pb_run) == 6 * 4 + 7 * 8 + 2 * 4 + 160 + 64 + 44 + 4 +
						PB_MAX_SOURCES * (sizeof(struct pb_run_device) +
								  sizeof(struct pb_run_account)),
	       "no padding");

#define OUTCOMES                                                                      \
	(PB_EVF_NOTIFIED | PB_EVF_SUPPRESSED | PB_EVF_OUTSTANDING | PB_EVF_REMAPPED | \
	 PB_EVF_BLOCKED | PB_EVF_MASKED | PB_EVF_COMPAT)

#define FATES                                                                \
	(PB_EVF_FATE_DELIVERED | PB_EVF_FATE_STRANDED | PB_EVF_FATE_MISSED | \
	 PB_EVF_FATE_UNDECIDED | PB_EVF_FATE_NO_POST)

#define IO_WHAT (PB_EVF_IO_READ | PB_EVF_IO_WRITE | PB_EVF_IO_FRAME)

/* What an event of a kind may and must have. */
struct kind_rule {
	uint8_t content; /* enum pb_run_content */
	bool vcpu; /* about a vCPU: not NONE */
	bool cpu; /* about a CPU: not NONE */
	uint16_t flags; /* that it may have */
};

static const struct kind_rule kind_rules[] = {
	[PB_EV_POST] = {PB_RUN_EVENTS, true, false, 0},
	[PB_EV_ISR] = {PB_RUN_EVENTS, true, false, PB_EVF_SPURIOUS},
	[PB_EV_SCHED_IN] = {PB_RUN_EVENTS, true, true, 0},
	[PB_EV_SCHED_OUT] = {PB_RUN_EVENTS, true, true, PB_EVF_PREEMPTED},
	[PB_EV_HALT] = {PB_RUN_EVENTS, true, false, 0},
	[PB_EV_PHASE] = {PB_RUN_EVENTS, false, false, 0},
	[PB_EV_EXCEPTION] = {PB_RUN_EVENTS, true, false, 0},
	[PB_EV_RESET] = {PB_RUN_EVENTS, false, false, 0},
	[PB_EV_IO] = {PB_RUN_EVENTS, true, false, IO_WHAT | PB_EVF_IO_ERROR},
	[PB_TR_POST] = {PB_RUN_TRUTH, false, false, OUTCOMES | PB_EVF_COALESCED},
	[PB_TR_PID] = {PB_RUN_TRUTH, false, false,
		       PB_EVF_PIR_NONEMPTY | PB_EVF_BY_IOMMU | PB_EVF_BY_CPU | PB_EVF_BY_PIP},
	[PB_TR_NOTIFY] = {PB_RUN_TRUTH, false, true, PB_EVF_PIR_NONEMPTY},
	[PB_TR_ENTRY] = {PB_RUN_TRUTH, false, true, PB_EVF_PIR_NONEMPTY},
	[PB_TR_EXIT] = {PB_RUN_TRUTH, false, true, PB_EVF_PIR_NONEMPTY},
	[PB_TR_VIRQ] = {PB_RUN_TRUTH, false, true, PB_EVF_PIR_NONEMPTY},
	[PB_TR_FAULT] = {PB_RUN_TRUTH, false, false, 0},
	[PB_TR_AIM] = {PB_RUN_TRUTH, false, false, 0},
	[PB_TR_WINDOW] = {PB_RUN_TRUTH, true, true,
			  PB_EVF_WINDOW_OPEN | PB_EVF_WINDOW_CUT | PB_EVF_WINDOW_ALIKE},
	[PB_TR_BOUND] = {PB_RUN_TRUTH, false, true,
			 PB_EVF_BOUND_PID | PB_EVF_BOUND_IRTE | PB_EVF_BOUND_VAPIC |
				 PB_EVF_BOUND_VCPU | PB_EVF_BOUND_ENTRY | PB_EVF_BOUND_EXIT |
				 PB_EVF_BOUND_MASK},
	[PB_TR_SWEPT] = {PB_RUN_TRUTH, false, true, OUTCOMES | PB_EVF_COALESCED},
	[PB_TR_FATE] = {PB_RUN_TRUTH, false, false, FATES | PB_EVF_FATE_PASSED},
	[PB_TR_COMPLETION] = {PB_RUN_TRUTH, false, false, PB_EVF_CQE_HELD | PB_EVF_CQE_POLLED},
	[PB_TR_INJECTED] = {PB_RUN_TRUTH, false, false, 0},
	[PB_TR_ABSORBED] = {PB_RUN_TRUTH, false, false, 0},
};

static uint32_t run_crc(const struct pb_run *run)
{
	struct pb_run head = *run;
	uint32_t crc;

	head.crc = 0;
	crc = crc32c(0, &head, sizeof(head));
	return crc32c(crc, run_events(run), run->nr_events * sizeof(struct pb_event));
}

void run_seal(struct pb_run *run)
{
	run->magic = PB_RUN_MAGIC;
	run->version = PB_RUN_VERSION;
	run->size = sizeof(*run);
	run->crc = run_crc(run);
}

static void check_size(struct checkline *c, const struct pb_run *r, size_t size)
{
	if (r->magic != PB_RUN_MAGIC)
		checkline_fail(c, "magic is 0x%08" PRIx32 ", must be 0x%08x: not a run", r->magic,
			       PB_RUN_MAGIC);
	checkline_range(c, "version", r->version, PB_RUN_VERSION, PB_RUN_VERSION);
	checkline_range(c, "size", r->size, sizeof(*r), sizeof(*r));
	if (r->nr_events > PB_RUN_MAX_EVENTS)
		checkline_fail(c, "nr_events is %" PRIu64 ", must be 0 to %u", r->nr_events,
			       PB_RUN_MAX_EVENTS);
	else if (size != run_size(r->nr_events))
		checkline_fail(c, "%zu bytes, must be %zu for %" PRIu64 " events", size,
			       run_size(r->nr_events), r->nr_events);
	if (!c->failed && r->crc != run_crc(r))
		checkline_fail(c, "CRC is 0x%08" PRIx32 ", must be 0x%08" PRIx32 ": run damaged",
			       r->crc, run_crc(r));
}

/* What a Linux guest counted: more of what follows from a thing than of the thing is a lie. */
static void check_device(struct checkline *c, const struct pb_run *r, uint32_t i,
			 const struct pb_plan *plan)
{
	const struct pb_run_device *d = &r->device[i];

	checkline_at(c, "run: device %" PRIu32 ": ", i);
	if (plan && (plan->vmm != PB_VMM_LINUX || i >= plan->nr_sources))
		checkline_zeros(c, "what no Linux guest counted", d, sizeof(*d));
	checkline_range(c, "submitted", d->submitted, 0, PB_PLAN_MAX_COUNT);
	checkline_range(c, "completed", d->completed, 0, d->submitted);
	checkline_range(c, "errors", d->errors, 0, d->completed);
	checkline_range(c, "interrupts", d->interrupts, 0, PB_RUN_MAX_EVENTS);
	checkline_range(c, "timeouts", d->timeouts, 0, PB_RUN_MAX_EVENTS);
	checkline_range(c, "polled", d->polled, 0, d->timeouts);
	checkline_range(c, "aborts", d->aborts, 0, PB_RUN_MAX_EVENTS);
	checkline_zero(c, "reserved", d->reserved, "");
}

/* A device takes what was submitted, and so on; who says otherwise lies. */
static void check_account(struct checkline *c, const struct pb_run_account *a, uint32_t source,
			  const struct pb_plan_source *s)
{
	uint64_t vectors = s && s->vectors < 64 ? (1ull << s->vectors) - 1 : UINT64_MAX;

	checkline_at(c, "run: account of source %" PRIu32 ": ", source);
	checkline_range(c, "started", a->started, 0, a->submitted);
	checkline_range(c, "completed", a->completed, 0, a->started);
	checkline_range(c, "consumed", a->consumed, 0, a->completed);
	checkline_range(c, "failed", a->failed, 0, a->consumed);
	checkline_range(c, "polled", a->polled, 0, a->consumed);
	checkline_range(c, "aborted", a->aborted, 0, a->submitted - a->consumed);
	if (s)
		checkline_range(c, "resets", a->resets, 0, s->resets);
	if (!a->resets)
		checkline_zero(c, "aborted", a->aborted, "without a reset");
	if (s && !s->fault)
		checkline_zero(c, "faults", a->faults, "without a fault in the plan");
	if (s && !s->poll_budget)
		checkline_zero(c, "polled", a->polled, "unless the source polls");
	if (a->pending & ~vectors)
		checkline_fail(c, "pending is 0x%" PRIx64 ", may only be of 0x%" PRIx64, a->pending,
			       vectors);
}

static void check_accounts(struct checkline *c, const struct pb_run *r, const struct pb_plan *plan)
{
	for (uint32_t i = 0; i < PB_MAX_SOURCES; i++) {
		const struct pb_run_account *a = &r->account[i];

		checkline_at(c, "run: account of source %" PRIu32 ": ", i);
		/* What is not measured by the machine itself is in the truth's events. */
		if (r->content == PB_RUN_TRUTH || (plan && i >= plan->nr_sources))
			checkline_zeros(c, "an entry that is not used", a, sizeof(*a));
		else
			check_account(c, a, i, plan ? &plan->source[i] : NULL);
	}
	checkline_at(c, "run: ");
}

static void check_head(struct checkline *c, const struct pb_run *r, const struct pb_plan *plan)
{
	checkline_range(c, "content", r->content, PB_RUN_EVENTS, PB_RUN_TRUTH);
	checkline_range(c, "status", r->status, 0, PB_RUN_STATUSES - 1);
	checkline_range(c, "vfio", r->vfio, 0, PB_VFIO_KINDS - 1);
	if (checkline_text(c, "reason", r->reason, sizeof(r->reason)) &&
	    !r->reason[0] != (r->status == PB_RUN_OK))
		checkline_fail(c, "status is %s, %s a reason", names_str(&run_statuses, r->status),
			       r->status == PB_RUN_OK ? "but there is" : "without");
	checkline_text(c, "release", r->release, sizeof(r->release));
	if (checkline_text(c, "build_id", r->build_id, sizeof(r->build_id)) &&
	    strspn(r->build_id, "0123456789abcdef") != strlen(r->build_id))
		checkline_fail(c, "build_id is not hexadecimal");
	checkline_zero(c, "reserved", r->reserved, "");
	for (uint32_t i = 0; i < PB_MAX_SOURCES; i++)
		check_device(c, r, i, plan);
	checkline_at(c, "run: ");
	/* Who writes the truth sees ticks only. */
	if (!r->tsc_khz && r->nr_events && r->content == PB_RUN_EVENTS)
		checkline_fail(c, "tsc_khz is 0, but there are events");
	if (plan && r->plan_crc != plan->crc)
		checkline_fail(c,
			       "plan_crc is 0x%08" PRIx32 ", must be 0x%08" PRIx32
			       ": the run of another plan",
			       r->plan_crc, plan->crc);
}

static bool is_one(uint16_t flags)
{
	return flags && !(flags & (flags - 1));
}

static void check_flags(struct checkline *c, const struct pb_event *e)
{

	if (e->flags & ~kind_rules[e->kind].flags)
		checkline_fail(c, "flags are 0x%04x, may only be of 0x%04x", e->flags,
			       kind_rules[e->kind].flags);
	if (e->kind == PB_TR_FATE && !is_one(e->flags & FATES))
		checkline_fail(c, "flags are 0x%04x, must have exactly one fate", e->flags);
	if (e->kind != PB_TR_POST && e->kind != PB_TR_SWEPT)
		return;
	if (!is_one(e->flags & OUTCOMES))
		checkline_fail(c, "flags are 0x%04x, must have exactly one outcome", e->flags);
	if ((e->flags & PB_EVF_COALESCED) &&
	    !(e->flags & (PB_EVF_NOTIFIED | PB_EVF_SUPPRESSED | PB_EVF_OUTSTANDING)))
		checkline_fail(c, "flags are 0x%04x: coalesced, but not posted", e->flags);
}

/* Ticks, so that no sum of a few overflows. */
#define MAX_HELD (1ull << 40)

/* A post must be one that the source can have made. */
static void check_post(struct checkline *c, const struct pb_event *e, const struct pb_plan *plan)
{
	unsigned int source = 0, index = 0;

	if (!e->seq)
		checkline_fail(c, "seq is 0, must be 1 or more");
	if (e->arg > MAX_HELD)
		checkline_fail(c, "held back for %" PRIu64 " ticks", e->arg);
	if (!plan)
		return;
	if (!plan_vector_find(plan, e->vector, &source, &index) || source != e->source)
		checkline_fail(c, "vector is 0x%02x, which source %u does not use", e->vector,
			       e->source);
	else if (e->seq > plan->source[source].count)
		checkline_fail(c, "seq is %" PRIu32 ", must be at most the source's %" PRIu32,
			       e->seq, plan->source[source].count);
	else if (e->arg && !plan->source[source].aggregate)
		checkline_fail(c,
			       "held back for %" PRIu64
			       " ticks, though its source does not coalesce",
			       e->arg);
	else if (e->vcpu != plan->source[source].vcpu)
		checkline_fail(c, "vcpu is %u, must be the source's %" PRIu32, e->vcpu,
			       plan->source[source].vcpu);
}

/* Of an I/O: one that the plan has, and that began after time did. */
static void check_io(struct checkline *c, const struct pb_event *e, const struct pb_plan *plan)
{
	if (!is_one(e->flags & IO_WHAT))
		checkline_fail(c, "flags are 0x%04x, must have exactly one of read, write, frame",
			       e->flags);
	if (e->arg > e->tsc)
		checkline_fail(c, "took %" PRIu64 " ticks, must be at most its time, %" PRIu64,
			       e->arg, e->tsc);
	if (!e->seq)
		checkline_fail(c, "seq is 0, must be 1 or more");
	checkline_range(c, "queue", e->vector, 0, PB_MAX_VECTORS - 1);
	if (!plan || e->source >= plan->nr_sources)
		return;
	if (e->seq > plan->source[e->source].count)
		checkline_fail(c, "seq is %" PRIu32 ", must be at most the source's %" PRIu32,
			       e->seq, plan->source[e->source].count);
	if (e->vector >= plan->source[e->source].vectors)
		checkline_fail(c, "queue is %u, must be below the source's %" PRIu32, e->vector,
			       plan->source[e->source].vectors);
}

static void check_reset(struct checkline *c, const struct pb_event *e, const struct pb_plan *plan)
{
	uint32_t resets = PB_PLAN_MAX_RESETS;

	if (plan && e->source < PB_MAX_SOURCES)
		resets = plan->source[e->source].resets;
	checkline_range(c, "seq (of a reset)", e->seq, 1, resets);
	if (!e->arg || e->arg > PB_RESET_GO)
		checkline_fail(c, "arg is %" PRIu64 ", must be 1 or 2", e->arg);
}

/* How many of what an event may speak of. */
struct limits {
	uint32_t content; /* enum pb_run_content */
	uint32_t vcpus, sources;
};

static struct limits limits_of(uint32_t content, const struct pb_plan *plan)
{
	uint32_t own = plan ? plan->vcpus : PB_MAX_VCPUS;
	uint32_t sources = plan && plan->nr_sources ? plan->nr_sources : 1;

	return (struct limits){
		.content = content,
		/* The truth sees the vCPUs of all VMs. */
		.vcpus = content == PB_RUN_TRUTH ? plan_all_vcpus(plan) : own,
		.sources = plan ? sources : PB_MAX_SOURCES,
	};
}

static void check_event(struct checkline *c, const struct pb_event *e, const struct limits *max,
			const struct pb_plan *plan)
{
	bool of_sweep = e->kind == PB_TR_WINDOW || e->kind == PB_TR_BOUND;

	if (e->kind >= sizeof(kind_rules) / sizeof(kind_rules[0]) ||
	    kind_rules[e->kind].content != max->content) {
		checkline_fail(c, "kind is %u, which is none of %s", e->kind,
			       names_str(&run_contents, max->content));
		return;
	}
	if (!e->tsc)
		checkline_fail(c, "tsc is 0");
	if (e->vcpu != PB_VCPU_NONE || kind_rules[e->kind].vcpu)
		checkline_range(c, "vcpu", e->vcpu, 0, (int64_t)max->vcpus - 1);
	if (e->cpu != PB_CPU_NONE || kind_rules[e->kind].cpu)
		checkline_range(c, "cpu", e->cpu, 0, PB_PLAN_MAX_CPU - 1);
	/* Of a window, the sweep. */
	checkline_range(c, "source", e->source, 0, (of_sweep ? PB_MAX_SWEEPS : max->sources) - 1);
	checkline_zeros(c, "reserved", e->reserved, sizeof(e->reserved));
	check_flags(c, e);
	if (e->kind == PB_EV_POST)
		check_post(c, e, plan);
	if (e->kind == PB_EV_IO)
		check_io(c, e, plan);
	if (e->kind == PB_EV_PHASE && (!e->arg || e->arg > PB_PHASE_STOP))
		checkline_fail(c, "phase is %" PRIu64 ", must be 1 to %d", e->arg, PB_PHASE_STOP);
	if (e->kind == PB_EV_RESET)
		check_reset(c, e, plan);
	if (e->kind == PB_EV_EXCEPTION)
		checkline_range(c, "exception", e->vector, 0, 31);
}

static void check_events(struct checkline *c, const struct pb_run *run, const struct pb_plan *plan)
{
	const struct limits max = limits_of(run->content, plan);
	const struct pb_event *e = run_events(run);
	uint64_t i;

	for (i = 0; i < run->nr_events && !c->failed; i++)
		check_event(c, &e[i], &max, plan);
	if (!c->failed)
		return;
	/* Where it is, is said only now: for each event it would cost more than its check. */
	i--;
	checkline_init(c, c->err, c->size);
	checkline_at(c, "run: event %" PRIu64 " (%s): ", i, names_str(&run_event_kinds, e[i].kind));
	check_event(c, &e[i], &max, plan);
}

int run_check(const void *data, size_t size, const struct pb_plan *plan, char *err, size_t errlen)
{
	const struct pb_run *run = data;
	struct checkline c;

	checkline_init(&c, err, errlen);
	checkline_at(&c, "run: ");
	if (size < sizeof(*run)) {
		checkline_fail(&c, "%zu bytes, must be at least %zu", size, sizeof(*run));
		return -EINVAL;
	}
	check_size(&c, run, size);
	if (c.failed)
		return -EINVAL;
	check_head(&c, run, plan);
	check_accounts(&c, run, plan);
	if (!c.failed)
		check_events(&c, run, plan);
	return c.failed ? -EINVAL : 0;
}

void run_set_text(char *dst, size_t size, const char *text)
{
	size_t len = 0;

	memset(dst, 0, size);
	for (; text[len] && text[len] != '\n' && len + 1 < size; len++)
		dst[len] = (text[len] < 0x20 || text[len] > 0x7e) ? '?' : text[len];
}

struct pb_run *run_failed(const struct pb_plan *plan, enum pb_run_content content,
			  enum pb_run_status status, const char *reason)
{
	struct pb_run *run = calloc(1, sizeof(*run));

	if (!run)
		return NULL;
	run->content = content;
	run->status = status;
	run->plan_crc = plan ? plan->crc : 0;
	run_set_text(run->reason, sizeof(run->reason), reason && *reason ? reason : "no reason");
	run_seal(run);
	return run;
}
