// SPDX-License-Identifier: LGPL-2.1-or-later
#include "analysis/result_json.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))

static const char *const roles[] = {"only", "base", "head"};
static const char *const statuses[] = {"ok", "skip", "error"};
static const char *const lost_states[] = {
	[PB_LOST_UNKNOWN] = "unknown",
	[PB_LOST_STRANDED] = "stranded",
	[PB_LOST_SUPPRESSED] = "suppressed",
	[PB_LOST_OUTSTANDING] = "outstanding",
	[PB_LOST_IRR] = "irr",
	[PB_LOST_UNPOSTED] = "unposted",
	[PB_LOST_BLOCKED] = "blocked",
	[PB_LOST_MASKED] = "masked",
};
_Static_assert(NR(roles) == PB_ROLES, "all named");
_Static_assert(NR(statuses) == PB_BRANCH_STATUSES, "all named");
_Static_assert(NR(lost_states) == PB_LOST_STATES, "all named");

const struct pb_names result_roles = {"role", NR(roles), roles};
const struct pb_names result_statuses = {"status", NR(statuses), statuses};
const struct pb_names result_lost_states = {"lost state", NR(lost_states), lost_states};

#define COUNT(m)                                        \
	{                                               \
		NULL, #m, offsetof(struct pb_counts, m) \
	}
#define CLASS(c, name)                                                       \
	{                                                                    \
		"class", name, offsetof(struct pb_counts, cls[PB_CLASS_##c]) \
	}
#define STATE(s, name)                                                                  \
	{                                                                               \
		"lost_state", name, offsetof(struct pb_counts, lost_state[PB_LOST_##s]) \
	}
#define FAULT(f, name)                                                               \
	{                                                                            \
		"faulted", name, offsetof(struct pb_counts, faulted[PB_FAULTED_##f]) \
	}

const struct counts_name counts_names[] = {
	COUNT(posts),
	CLASS(DELIVERED, "delivered"),
	CLASS(COALESCED, "coalesced"),
	CLASS(LATE, "late"),
	CLASS(RESCUED, "rescued"),
	CLASS(STRANDED, "stranded"),
	CLASS(MISSED, "missed"),
	CLASS(FAULTED, "faulted"),
	STATE(UNKNOWN, "unknown"),
	STATE(STRANDED, "stranded"),
	STATE(SUPPRESSED, "suppressed"),
	STATE(OUTSTANDING, "outstanding"),
	STATE(IRR, "irr"),
	STATE(UNPOSTED, "unposted"),
	STATE(BLOCKED, "blocked"),
	STATE(MASKED, "masked"),
	FAULT(DROPPED, "dropped"),
	FAULT(REFUSED, "refused"),
	FAULT(MASKED, "masked"),
	COUNT(found),
	COUNT(notified),
	COUNT(suppressed),
	COUNT(outstanding),
	COUNT(merged),
	COUNT(unposted),
	COUNT(seen_early),
	COUNT(sn_cleared),
	COUNT(on_restored),
	COUNT(on_missing),
	COUNT(on_excess),
	COUNT(isr),
	COUNT(isr_empty),
	COUNT(spurious),
	COUNT(misrouted),
	COUNT(pending),
	COUNT(stuck),
	COUNT(unread),
	COUNT(stale),
	COUNT(aborted),
	COUNT(resets),
	COUNT(polled),
	COUNT(logged),
	COUNT(held_back),
};
const size_t nr_counts_names = NR(counts_names);
_Static_assert(NR(counts_names) == sizeof(struct pb_counts) / sizeof(uint64_t), "all named");
