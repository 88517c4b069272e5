/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run.h - what a machine gives back for one plan: the head of an event file.
 * The executor fills it in; events follow, as an array of struct pb_event.
 * Truth, when the machine has it, is a second file of the same form.
 */
#ifndef PB_SHARED_RUN_H
#define PB_SHARED_RUN_H

#include <stdint.h>

#include "shared/event.h"
#include "shared/plan.h"

#define PB_RUN_MAGIC      0x4e524250u /* "PBRN" */
#define PB_RUN_VERSION    3
#define PB_RUN_MAX_EVENTS (1u << 22)

enum pb_run_status {
	PB_RUN_OK,
	PB_RUN_SKIP, /* the machine cannot do this; reason says what is missing */
	PB_RUN_ERROR, /* set-up failed */
	PB_RUN_GUEST_HUNG, /* guest stopped beating */
	PB_RUN_GUEST_WILD, /* exception, triple fault, unexpected exit, corrupt control block */
	PB_RUN_TIMEOUT, /* sources not done within measure_us */
	PB_RUN_STATUSES
};

enum pb_run_content { PB_RUN_EVENTS = 1, PB_RUN_TRUTH = 2 };

/* What a Linux guest counted of one device (vmm linux), as it says; else all zero. */
struct pb_run_device {
	uint32_t submitted; /* I/Os begun; of a NIC, the highest sequence number of a frame */
	uint32_t completed; /* I/Os that came back; frames that came */
	uint32_t errors; /* of them: failed; frames that were damaged */
	uint32_t interrupts; /* of its I/O queues, as the guest's kernel counts them */
	uint32_t timeouts; /* times that its driver gave up waiting for an interrupt */
	uint32_t polled; /* of them: and found the completion there: "completion polled" */
	uint32_t aborts; /* commands aborted, controller resets */
	uint32_t reserved; /* zero */
};

/*
 * What became of the commands that the agent gave to a source's device; of a NIC,
 * of the frames that were sent to it.  All zero for a source that posts by itself,
 * but for what the host sees: refused, pending.
 */
struct pb_run_account {
	uint32_t submitted; /* as the guest says; frames that were sent to the NIC */
	uint32_t started; /* that the device took */
	uint32_t completed; /* whose completion it wrote */
	uint32_t consumed; /* that the guest found, as it says */
	uint32_t failed; /* of them: with an error status, as it says */
	uint32_t polled; /* of consumed: by a poll loop and not in an ISR, as it says */
	uint32_t aborted; /* of submitted: by a reset, whatever had become of them by then */
	uint32_t resets; /* of the function, since it was armed */
	uint32_t faults; /* on purpose: times that the device made the plan's fault */
	uint32_t refused; /* messages that the IOMMU refused, says the kernel's log; or: */
#define PB_RUN_UNKNOWN UINT32_MAX /* the log cannot be read */
	uint64_t pending; /* at the end: bit i: vector i is pending in the MSI-X PBA */
};

struct pb_run {
	uint32_t magic;
	uint32_t version;
	uint32_t size; /* sizeof(struct pb_run) */
	uint32_t crc; /* CRC-32C of head (this field 0) and events */
	uint32_t content; /* enum pb_run_content */
	uint32_t status; /* enum pb_run_status */
	uint64_t nr_events;
	uint64_t lost; /* events that found a ring full, all rings */
	uint64_t tsc_khz;
	uint64_t posted; /* as the sources themselves count */
	uint64_t isr; /* as the guest itself counts, all vCPUs */
	uint64_t spurious; /* ISR entries on a vector that no source uses */
	uint64_t pending; /* vectors still in the guest's IRR or ISR at the stop */
	uint32_t vfio; /* enum pb_vfio_kind that was used */
	uint32_t plan_crc; /* of the plan that was run */
	char reason[160]; /* one line, for everything but PB_RUN_OK */
	char release[64]; /* uname -r of the machine under test */
	char build_id[44]; /* kernel's GNU build id, hex; empty when unknown */
	uint32_t reserved; /* zero */
	struct pb_run_device device[PB_MAX_SOURCES]; /* by source */
	struct pb_run_account account[PB_MAX_SOURCES]; /* by source; else zero */
};
_Static_assert(sizeof(struct pb_run_account) == 48, "no padding");
_Static_assert(sizeof(struct pb_run) % 8 == 0, "events follow aligned");

#endif
