// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/result.h"
#include "analysis/verdict.h"
#include "util/text.h"

const char *verdict_name(enum pb_verdict_kind k)
{
	switch (k) {
	case PB_VERDICT_PASS:
		return "pass";
	case PB_VERDICT_FAIL:
		return "fail";
	case PB_VERDICT_ERROR:
		return "error";
	case PB_VERDICT_INCONCLUSIVE:
		return "inconclusive";
	case PB_VERDICT_SKIP:
		return "skip";
	}
	return "?";
}

/* The whole, looked at once. */
struct sums {
	size_t ok, skips, errors, untruthed;
	uint64_t posts, late[2], lost[2], spurious, unposted; /* [1]: base */
	/* By devices: no kernel's fault; and what the host sees of it. */
	uint64_t faulted[PB_FAULTED_KINDS], found, stuck, logged, stale, resets, aborted;
	uint32_t branches[2];
	/* The cell that loses most, of head and of base; PB_TL_NONE: none. */
	uint32_t worst_kernel[2], worst_scenario[2];
	size_t lossy[2]; /* cells */
	uint32_t weak_kernel, weak_scenario; /* a cell that proves nothing */
	uint32_t first_error, first_skip; /* branches */
	struct pb_sweep_sums sweep; /* of head */
};

/* Posts lost, and intervals of sweeps in which one is. */
static uint64_t cell_lost(const struct pb_result_cell *c)
{
	return counts_lost(&c->counts) + sweep_lost(&c->sweep);
}

/* Losses are worse than rescues, however many. */
static bool is_worse(const struct pb_result_cell *a, const struct pb_result_cell *b)
{
	if (cell_lost(a) != cell_lost(b))
		return cell_lost(a) > cell_lost(b);
	return a->rescued_seen > b->rescued_seen;
}

static void add_cell(const struct pb_result *r, struct sums *s, uint32_t k, uint32_t n)
{
	const struct pb_result_cell *c = result_cell(r, k, n);
	int side = r->kernel[k].role == PB_ROLE_BASE;

	s->ok += c->branches;
	s->skips += c->skips;
	s->errors += c->errors;
	s->untruthed += c->untruthed;
	s->branches[side] += c->branches;
	s->posts += c->counts.posts;
	/* Without the truth a rescue is a guess from coincidence, and so just late. */
	s->late[side] +=
		c->counts.cls[PB_CLASS_LATE] + c->counts.cls[PB_CLASS_RESCUED] - c->rescued_seen;
	s->lost[side] += cell_lost(c);
	if (!side)
		sweep_sums_add(&s->sweep, &c->sweep);
	s->spurious += c->counts.spurious + c->counts.misrouted;
	s->unposted += c->counts.unposted - c->counts.cls[PB_CLASS_FAULTED];
	for (int i = 0; i < PB_FAULTED_KINDS; i++)
		s->faulted[i] += c->counts.faulted[i];
	s->found += c->counts.found;
	s->logged += c->counts.logged;
	s->stale += c->counts.stale;
	s->resets += c->counts.resets;
	s->aborted += c->counts.aborted;
	s->stuck += c->counts.stuck;
	if (c->weak && s->weak_kernel == PB_TL_NONE) {
		s->weak_kernel = k;
		s->weak_scenario = n;
	}
	if (!c->lossy)
		return;
	s->lossy[side]++;
	if (s->worst_kernel[side] == PB_TL_NONE ||
	    is_worse(c, result_cell(r, s->worst_kernel[side], s->worst_scenario[side]))) {
		s->worst_kernel[side] = k;
		s->worst_scenario[side] = n;
	}
}

static void sum_up(const struct pb_result *r, struct sums *s)
{
	memset(s, 0, sizeof(*s));
	for (int i = 0; i < 2; i++)
		s->worst_kernel[i] = s->worst_scenario[i] = PB_TL_NONE;
	s->weak_kernel = s->first_error = s->first_skip = PB_TL_NONE;
	for (uint32_t n = 0; n < r->nr_scenarios; n++)
		for (uint32_t k = 0; k < r->nr_kernels; k++)
			add_cell(r, s, k, n);
	for (size_t i = r->nr_branches; i-- > 0;) {
		if (r->branch[i].status == PB_BRANCH_ERROR)
			s->first_error = (uint32_t)i;
		else if (r->branch[i].status == PB_BRANCH_SKIP)
			s->first_skip = (uint32_t)i;
	}
}

static void add_replay(const struct pb_result *r, const struct pb_result_branch *b,
		       struct pb_verdict *v)
{
	snprintf(v->replay, sizeof(v->replay), "pirbench run %s %s --seed 0x%" PRIx64 "%s%s",
		 r->scenario[b->scenario].name, r->kernel[b->kernel].replay, b->seed,
		 strcmp(r->fp.machine, "lab") ? " --machine " : "",
		 strcmp(r->fp.machine, "lab") ? r->fp.machine : "");
}

static const char *verb(const struct pb_result_cell *c)
{
	return cell_lost(c) || !c->rescued_seen ? "loses" : "strands";
}

/*
 * "at 14 of 212 intervals of sweep-preempt (3 windows preempt to resume), in window
 * 1 at instants 310..5210 of 8020, from a+0x5c (SN set) to b+0x84 (SN cleared): stranded"
 */
static void add_sweep_loss(const struct pb_result *r, struct text *t, uint32_t k, uint32_t n)
{
	const struct pb_result_cell *c = result_cell(r, k, n);
	const struct pb_sweep *sweep = r->branch[c->first].sweep;
	struct pb_sweep_stretch x;
	char where[320];
	uint32_t at = 0;

	text_add(t, "at %" PRIu64 " of %" PRIu64 " intervals of %s", sweep_lost(&c->sweep),
		 c->sweep.intervals, r->scenario[n].name);
	if (!sweep || !sweep_stretch(sweep, &at, &x))
		return;
	text_add(t, " (%" PRIu64 " window%s %s), ", c->sweep.windows,
		 c->sweep.windows == 1 ? "" : "s", sweep_window_text(sweep->asked[0].window));
	sweep_window_place(sweep, x.window, where, sizeof(where));
	text_add(t, "in %s at ", where);
	text_add(t, "%s", sweep_stretch_text(sweep, &x, where, sizeof(where)));
}

/* "12 of 400 posts in 3 of 20 branches of preempt-load", or a sweep's loss */
static void add_loss(const struct pb_result *r, struct text *t, uint32_t k, uint32_t n)
{
	const struct pb_result_cell *c = result_cell(r, k, n);
	uint64_t lost = counts_lost(&c->counts);

	if (!lost && sweep_lost(&c->sweep)) {
		add_sweep_loss(r, t, k, n);
		return;
	}
	/* Seen by a Linux guest only: nobody saw the posts. */
	if (!lost && !c->rescued_seen) {
		text_add(t, "I/Os stall in %u of %u branch%s of %s", c->lossy, c->branches,
			 c->branches == 1 ? "" : "es", r->scenario[n].name);
		return;
	}
	text_add(t, "%" PRIu64 " of %" PRIu64 " posts%s in %u of %u branch%s of %s",
		 lost ? lost : c->rescued_seen, c->counts.posts,
		 lost ? "" : ", rescued only by later ones,", c->lossy, c->branches,
		 c->branches == 1 ? "" : "es", r->scenario[n].name);
}

/* The other scenarios in which this kernel loses, then those in which it only strands. */
static void add_others(const struct pb_result *r, struct text *t, uint32_t k, uint32_t worst)
{
	static const char *const begin[] = {"; also ", "; only later interrupts rescued "};

	for (int rescued = 0; rescued < 2; rescued++) {
		const char *sep = begin[rescued];

		for (uint32_t n = 0; n < r->nr_scenarios; n++) {
			const struct pb_result_cell *c = result_cell(r, k, n);
			uint64_t lost = counts_lost(&c->counts);

			if (n == worst || !c->lossy || rescued == (cell_lost(c) > 0))
				continue;
			if (!rescued && !lost)
				text_add(t, "%sat %" PRIu64 " of %" PRIu64 " intervals in %s", sep,
					 sweep_lost(&c->sweep), c->sweep.intervals,
					 r->scenario[n].name);
			else
				text_add(t, "%s%" PRIu64 " of %" PRIu64 " in %s", sep,
					 rescued ? c->rescued_seen : lost, c->counts.posts,
					 r->scenario[n].name);
			sep = ", ";
		}
	}
}

/*
 * "An administrator of linux-nvme would see: 14 of 160 reads (8.7 %) stall, ..." of
 * the scenario and device of this kernel where most I/Os wait for an interrupt.
 */
static void add_stalls(const struct pb_result *r, struct text *t, uint32_t k)
{
	const struct pb_guest_io *worst = NULL;
	const char *scenario = "";
	char text[256];

	for (uint32_t n = 0; n < r->nr_scenarios; n++) {
		const struct pb_result_cell *c = result_cell(r, k, n);

		for (uint32_t i = 0; i < c->nr_io; i++)
			if (guest_io_lost(&c->io[i], 1) > (worst ? guest_io_lost(worst, 1) : 0)) {
				worst = &c->io[i];
				scenario = r->scenario[n].name;
			}
	}
	if (worst)
		text_add(t, " An administrator would see, in %s: %s.", scenario,
			 guest_io_text(worst, r->fp.tsc_khz, text, sizeof(text)));
}

static uint32_t find_base(const struct pb_result *r)
{
	for (uint32_t k = 0; k < r->nr_kernels; k++)
		if (r->kernel[k].role == PB_ROLE_BASE)
			return k;
	return PB_TL_NONE;
}

static void say_fail(const struct pb_result *r, const struct sums *s, struct pb_verdict *v)
{
	struct text t = {.buf = v->sentence, .size = sizeof(v->sentence)};
	uint32_t k = s->worst_kernel[0], n = s->worst_scenario[0], base = find_base(r);
	const struct pb_result_cell *c = result_cell(r, k, n);

	v->kind = PB_VERDICT_FAIL;
	text_add(&t, "%s %s interrupts", r->kernel[k].name, verb(c));
	if (base != PB_TL_NONE && s->lossy[1])
		text_add(&t, ", and %s loses some, too", r->kernel[base].name);
	else if (base != PB_TL_NONE && s->branches[1])
		text_add(&t, " that %s delivers", r->kernel[base].name);
	text_add(&t, ": ");
	add_loss(r, &t, k, n);
	if (counts_lost(&c->counts) && c->state != PB_LOST_UNKNOWN)
		text_add(&t, " (%s)", lost_state_text(c->state));
	add_others(r, &t, k, n);
	text_add(&t, ".");
	add_stalls(r, &t, k);
	add_replay(r, &r->branch[c->first], v);
}

static void say_slower(const struct pb_result *r, struct pb_verdict *v)
{
	v->kind = PB_VERDICT_FAIL;
	latency_sentence(r, v->sentence, sizeof(v->sentence));
}

static void say_error(const struct pb_result *r, const struct sums *s, struct pb_verdict *v)
{
	const struct pb_result_branch *b = &r->branch[s->first_error];

	v->kind = PB_VERDICT_ERROR;
	snprintf(v->sentence, sizeof(v->sentence),
		 "No verdict: %zu of %zu branches failed, the first of %s on %s: %s", s->errors,
		 r->nr_branches, r->scenario[b->scenario].name, r->kernel[b->kernel].name,
		 b->reason);
	add_replay(r, b, v);
}

static void say_weak(const struct pb_result *r, const struct sums *s, struct pb_verdict *v)
{
	const struct pb_result_cell *c = result_cell(r, s->weak_kernel, s->weak_scenario);
	const struct pb_result_scenario *n = &r->scenario[s->weak_scenario];
	const char *name = r->kernel[s->weak_kernel].name;
	char gaps[256];

	v->kind = PB_VERDICT_INCONCLUSIVE;
	if (n->sweeps && !sweep_done(&c->sweep)) {
		snprintf(v->sentence, sizeof(v->sentence),
			 "Inconclusive: %s on %s is not complete: %s%s.", n->name, name,
			 sweep_gaps_text(&c->sweep, gaps, sizeof(gaps)),
			 c->lossy ? "" : "; nothing is lost in the rest");
		return;
	}
	if (c->counts.posts && c->counts.unposted == c->counts.posts)
		snprintf(v->sentence, sizeof(v->sentence),
			 "Inconclusive: none of the %" PRIu64 " interrupts of %s on %s was posted; "
			 "they came as host interrupts or not at all.",
			 c->counts.posts, n->name, name);
	else
		snprintf(v->sentence, sizeof(v->sentence),
			 "Inconclusive: %u of %u branches of %s on %s did not exercise what the "
			 "scenario is for: it needs %u posts while SN=1 in each.",
			 c->weak, c->branches, n->name, name, n->expect.suppressed_min);
}

static void say_pass(const struct pb_result *r, const struct sums *s, struct pb_verdict *v)
{
	struct text t = {.buf = v->sentence, .size = sizeof(v->sentence)};
	uint32_t base = find_base(r), shown = PB_TL_NONE;
	char sweep[512];
	char delays[64];

	v->kind = PB_VERDICT_PASS;
	for (uint32_t k = 0; k < r->nr_kernels; k++)
		if (r->kernel[k].role != PB_ROLE_BASE && shown == PB_TL_NONE)
			shown = k;
	if (shown == PB_TL_NONE)
		shown = 0;
	text_add(&t, "%s loses no %s: %u branch%s of %zu scenario%s", r->kernel[shown].name,
		 s->lost[0] ? "more interrupts than its scenarios allow" : "interrupt",
		 s->branches[0], s->branches[0] == 1 ? "" : "es", r->nr_scenarios,
		 r->nr_scenarios == 1 ? "" : "s");
	if (s->branches[1] && !s->lossy[1])
		text_add(&t, ", nor does %s", r->kernel[base].name);
	if (s->sweep.windows)
		text_add(&t, "; %s", sweep_sums_text(&s->sweep, sweep, sizeof(sweep)));
	latency_clause(r, delays, sizeof(delays));
	text_add(&t, "%s%s", delays[0] ? "; " : "", delays);
	if (s->lossy[1]) {
		v->fixes = true;
		text_add(&t, ". Head fixes: %s %s ", r->kernel[base].name,
			 verb(result_cell(r, s->worst_kernel[1], s->worst_scenario[1])));
		add_loss(r, &t, s->worst_kernel[1], s->worst_scenario[1]);
		add_others(r, &t, s->worst_kernel[1], s->worst_scenario[1]);
		text_add(&t, ".");
		add_stalls(r, &t, s->worst_kernel[1]);
		add_replay(
			r,
			&r->branch[result_cell(r, s->worst_kernel[1], s->worst_scenario[1])->first],
			v);
		return;
	}
	text_add(&t, ".");
}

/* "1 interrupt came that nobody posted. "; nothing when there is none. */
static void say_number(struct text *t, uint64_t n, const char *what, const char *rest)
{
	if (n)
		text_add(t, "%" PRIu64 " %s%s %s. ", n, what, n == 1 ? "" : "s", rest);
}

static void say_more(const struct pb_result *r, const struct sums *s, struct pb_verdict *v)
{
	struct text t = {.buf = v->more, .size = sizeof(v->more)};

	if (s->late[0] || s->late[1]) {
		text_add(&t, "Late: %" PRIu64, s->late[0]);
		if (find_base(r) != PB_TL_NONE)
			text_add(&t, " (head), %" PRIu64 " (base)", s->late[1]);
		text_add(&t, "; that alone does not decide. ");
	}
	if (s->skips && s->ok)
		text_add(&t, "%zu skipped: %s. ", s->skips, r->branch[s->first_skip].reason);
	say_number(&t, s->unposted, "interrupt", "took another way than a posted entry");
	say_number(&t, s->faulted[PB_FAULTED_DROPPED], "interrupt",
		   "the device itself dropped: no fault of a kernel");
	say_number(&t, s->faulted[PB_FAULTED_REFUSED], "interrupt",
		   "the device sent to an IRTE that is not present, and the IOMMU refused: no "
		   "fault of a kernel");
	say_number(&t, s->faulted[PB_FAULTED_MASKED], "interrupt",
		   "the device itself kept back behind a mask: no fault of a kernel");
	if (s->found)
		text_add(&t, "Of these, %" PRIu64 " %s found with a later interrupt. ", s->found,
			 s->found == 1 ? "was" : "were");
	say_number(&t, s->logged, "refused message", "in the kernel's log");
	say_number(&t, s->stuck, "command",
		   "the device never took (a doorbell did nothing): no fault of a kernel");
	if (s->resets)
		text_add(&t,
			 "%" PRIu64 " resets took %" PRIu64
			 " commands or frames, which are no losses. ",
			 s->resets, s->aborted);
	say_number(&t, s->stale, "interrupt", "of before a reset came after it");
	say_number(&t, s->spurious, "interrupt", "came that nobody posted");
	if (s->ok && s->untruthed)
		text_add(&t, "%zu branches were not held against the truth. ", s->untruthed);
	if (!s->errors && t.len + 1 < t.size) {
		latency_remark(r, t.buf + t.len, t.size - t.len);
		t.len += strlen(t.buf + t.len);
	}
	while (t.len && t.buf[t.len - 1] == ' ')
		t.buf[--t.len] = '\0';
}

/* With devices that are wrong on purpose nothing is said of a kernel, only of pirbench. */
static void say_defect(const struct pb_result *r, struct pb_verdict *v)
{
	char was[sizeof(v->sentence)];

	memcpy(was, v->sentence, sizeof(was));
	snprintf(v->sentence, sizeof(v->sentence),
		 "DEFECTIVE DEVICES (seeded: %s), so no verdict on a kernel; else %s: %.380s",
		 r->fp.defect, verdict_name(v->kind), was);
	if (v->kind == PB_VERDICT_PASS || v->kind == PB_VERDICT_FAIL)
		v->kind = PB_VERDICT_INCONCLUSIVE;
}

static void decide(const struct pb_result *r, struct pb_verdict *v)
{
	struct sums s;

	memset(v, 0, sizeof(*v));
	sum_up(r, &s);
	say_more(r, &s, v);
	if (!r->nr_branches) {
		v->kind = PB_VERDICT_ERROR;
		snprintf(v->sentence, sizeof(v->sentence), "No verdict: nothing was run.");
	} else if (s.errors) {
		say_error(r, &s, v);
	} else if (!s.ok) {
		v->kind = PB_VERDICT_SKIP;
		snprintf(v->sentence, sizeof(v->sentence), "Everything was skipped: %s",
			 r->branch[s.first_skip].reason);
	} else if (s.lossy[0]) {
		say_fail(r, &s, v);
	} else if (!s.branches[0]) {
		v->kind = PB_VERDICT_INCONCLUSIVE;
		snprintf(v->sentence, sizeof(v->sentence), "Inconclusive: only the base was run.");
	} else if (r->latency.nr_state[STATS_SLOWER]) {
		say_slower(r, v);
	} else if (s.weak_kernel != PB_TL_NONE) {
		say_weak(r, &s, v);
	} else {
		say_pass(r, &s, v);
	}
}

void verdict_decide(const struct pb_result *r, struct pb_verdict *v)
{
	decide(r, v);
	if (r->fp.defect[0])
		say_defect(r, v);
}
