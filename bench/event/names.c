// SPDX-License-Identifier: LGPL-2.1-or-later
#include "event/run.h"

static const char *const event_kinds[] = {
	[PB_EV_POST] = "post",
	[PB_EV_ISR] = "isr",
	[PB_EV_SCHED_IN] = "sched-in",
	[PB_EV_SCHED_OUT] = "sched-out",
	[PB_EV_HALT] = "halt",
	[PB_EV_PHASE] = "phase",
	[PB_EV_EXCEPTION] = "exception",
	[PB_EV_IO] = "io",
	[PB_EV_RESET] = "reset",
	[PB_TR_POST] = "truth-post",
	[PB_TR_PID] = "truth-pid",
	[PB_TR_NOTIFY] = "truth-notify",
	[PB_TR_ENTRY] = "truth-entry",
	[PB_TR_EXIT] = "truth-exit",
	[PB_TR_VIRQ] = "truth-virq",
	[PB_TR_FAULT] = "truth-fault",
	[PB_TR_AIM] = "truth-aim",
	[PB_TR_WINDOW] = "truth-window",
	[PB_TR_BOUND] = "truth-bound",
	[PB_TR_SWEPT] = "truth-swept",
	[PB_TR_FATE] = "truth-fate",
	[PB_TR_COMPLETION] = "truth-completion",
	[PB_TR_INJECTED] = "truth-injected",
	[PB_TR_ABSORBED] = "truth-absorbed",
};
static const char *const phases[] = {
	[PB_PHASE_START] = "start", [PB_PHASE_ARM] = "arm",   [PB_PHASE_MEASURE] = "measure",
	[PB_PHASE_DRAIN] = "drain", [PB_PHASE_STOP] = "stop",
};
static const char *const statuses[] = {
	[PB_RUN_OK] = "ok",
	[PB_RUN_SKIP] = "skip",
	[PB_RUN_ERROR] = "error",
	[PB_RUN_GUEST_HUNG] = "guest-hung",
	[PB_RUN_GUEST_WILD] = "guest-wild",
	[PB_RUN_TIMEOUT] = "timeout",
};
static const char *const contents[] = {[PB_RUN_EVENTS] = "events", [PB_RUN_TRUTH] = "truth"};

#define NR(a) (sizeof(a) / sizeof((a)[0]))
_Static_assert(NR(statuses) == PB_RUN_STATUSES, "all named");

const struct pb_names run_event_kinds = {"event kind", NR(event_kinds), event_kinds};
const struct pb_names run_phases = {"phase", NR(phases), phases};
const struct pb_names run_statuses = {"status", NR(statuses), statuses};
const struct pb_names run_contents = {"content", NR(contents), contents};
