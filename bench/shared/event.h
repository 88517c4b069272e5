/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * event.h - the record, the ring and the device's per-vector slot that guest
 * agent, device, executor, emulator and analysis share.  This is the only
 * definition; it is freestanding (guest and device models include it).
 *
 * All fields are little endian.  Time is the TSC; the guest runs with a TSC
 * offset of zero, so that every writer uses one clock.
 */
#ifndef PB_SHARED_EVENT_H
#define PB_SHARED_EVENT_H

#include <stdint.h>

enum pb_event_kind {
	PB_EV_NONE = 0,
	/* What is measurable on any machine. */
	/*
	 * Source posted: seq, vector; written by DMA before the post.  arg: ticks that the
	 * device held it back to coalesce, since the first completion that it speaks for.
	 */
	PB_EV_POST = 1,
	PB_EV_ISR = 2, /* guest entered the ISR: vcpu, vector; seq = newest record seen */
	PB_EV_SCHED_IN = 3, /* host put the vCPU's thread on a CPU: vcpu, cpu */
	PB_EV_SCHED_OUT = 4, /* host took it off: vcpu, cpu; flag PREEMPTED or not (blocked) */
	PB_EV_HALT = 5, /* guest is about to execute STI; HLT: vcpu */
	PB_EV_PHASE = 6, /* executor entered a phase: arg = enum pb_phase */
	PB_EV_EXCEPTION = 7, /* guest took exception `vector`; arg = RIP */
	/*
	 * An I/O or frame as a Linux guest's program saw it: tsc when it was done, on
	 * vcpu; arg = ticks that it took; seq = its number, from 1; vector = its queue.
	 */
	PB_EV_IO = 8,
	PB_EV_RESET = 9, /* function of `source` was reset: seq = how often; arg = enum pb_reset */
	/* Truth: what the emulator saw from outside the machine. */
	PB_TR_POST = 64, /* IOMMU handled a message of a source: seq, vector, flags = outcome */
	PB_TR_PID = 65, /* PID changed: arg = control qword (ON, SN, NV, NDST) after */
	PB_TR_NOTIFY = 66, /* CPU took the notification vector in non-root operation */
	PB_TR_ENTRY = 67, /* VM entry: arg = control qword, flag PIR_NONEMPTY */
	PB_TR_EXIT = 68, /* VM exit: arg = exit reason (low 16 bits of the field) */
	PB_TR_VIRQ = 69, /* virtual interrupt `vector` delivered through the guest's IDT */
	PB_TR_FAULT = 70, /* IOMMU recorded a fault: arg = fault reason, seq = source-id */
	PB_TR_AIM = 71, /* an aim's trigger fired: arg = enum pb_aim, seq = post's seq to come */
	/* A sweep, docs/sweeps.md: in this order, for one window after the other. */
	PB_TR_WINDOW = 72, /* seq = number of the window, from 1; arg: see PB_WINDOW_ARG_ */
	PB_TR_BOUND = 73, /* an interval begins: seq = its first instant; arg = RIP there, of cpu */
	PB_TR_SWEPT = 74, /* a branch: seq = instant; arg = RIP there, of cpu; flags as TR_POST */
	PB_TR_FATE = 75, /* of that branch's post: seq = instant; arg = PID's control qword then */
	/* What a device does besides posting, from which its posts are to be expected. */
	PB_TR_COMPLETION = 80, /* wrote completion seq for interrupt `vector`; arg: see PB_CQE_ */
	PB_TR_INJECTED = 81, /* did wrong because it was told to: arg = enum pb_injected */
	PB_TR_ABSORBED = 82, /* the host took what was held for `vector`, up to seq: no message */
};

/* pb_event.flags */
#define PB_EVF_PREEMPTED          0x0001 /* SCHED_OUT: still runnable */
/* TR_POST: exactly one of the six outcomes; COALESCED may be added to the first three */
#define PB_EVF_NOTIFIED           0x0010 /* ON was 0, SN was 0 (or URG): ON set, NV sent to NDST */
#define PB_EVF_SUPPRESSED         0x0020 /* SN was 1, ON was 0 */
#define PB_EVF_OUTSTANDING        0x0040 /* ON was already 1 */
#define PB_EVF_REMAPPED           0x0080 /* the IRTE was in remapped format: a host interrupt */
#define PB_EVF_BLOCKED            0x0100 /* fault: IRTE not present, source-id, reserved bits... */
#define PB_EVF_MASKED             0x0200 /* MSI-X vector or function masked: pending bit set */
#define PB_EVF_COALESCED          0x0400 /* the PIR bit was already 1 */
#define PB_EVF_COMPAT             0x0800 /* interrupt remapping off: compatibility format */
/* TR_POST with BLOCKED: arg is the IOMMU's fault reason (VT-d, fault reason codes), or: */
#define PB_FAULT_NOT_PRESENT      0x22 /* VT-d 7.3: the IRTE's Present field is clear */
#define PB_FAULT_DROPPED          0xff /* the device itself dropped the message: a fault on purpose */
/* TR_PID, TR_ENTRY, TR_EXIT: state of the PID at the event */
#define PB_EVF_PIR_NONEMPTY       0x0001
/* TR_PID: who changed it */
#define PB_EVF_BY_IOMMU           0x0010
#define PB_EVF_BY_CPU             0x0020 /* a store of the host kernel */
#define PB_EVF_BY_PIP             0x0040 /* posted-interrupt processing (SDM vol. 3, 30.6) */
/*
 * TR_WINDOW: tsc at its first instant, vcpu the PID, cpu where it began, vector
 * enum pb_window, source the sweep's index in the plan (1 for the inner one).
 * Behind it come its BOUNDs, the first at instant 0, then each branch's SWEPT
 * and FATE, in the order of the instants; an ALIKE one has neither. Branches
 * are other futures: the tsc of these is not in order with the rest.
 *
 * With two sweeps the outer window has no SWEPT and no FATE. Behind its BOUNDs
 * come the inner windows, one for each instant that was tried, in order; where
 * the outer event opened none, one of length 0, without BOUNDs, says so.
 */
#define PB_WINDOW_ARG_LENGTH(arg) ((uint32_t)(arg)) /* instants in it */
#define PB_WINDOW_ARG_OUTER(arg)  ((uint32_t)((arg) >> 32)) /* inner: instant of the outer sweep */
#define PB_EVF_WINDOW_OPEN        0x0001 /* its end was not seen: it is longer than `length` */
#define PB_EVF_WINDOW_CUT         0x0002 /* the budget ended before all intervals were swept */
#define PB_EVF_WINDOW_ALIKE       0x0004 /* inner: not swept, same accesses as an earlier one */
/*
 * TR_BOUND: why an interval begins, that is what the instruction before its
 * first instant did; vector is 1 for a store, 0 for a load or neither. Several
 * may be set; none for instant 0.
 */
#define PB_EVF_BOUND_PID          0x0001 /* accessed the PID */
#define PB_EVF_BOUND_IRTE         0x0002 /* changed the IRTE or flushed its cache */
#define PB_EVF_BOUND_VAPIC        0x0004 /* accessed the virtual-APIC page */
#define PB_EVF_BOUND_VCPU         0x0008 /* accessed another watched word of the vCPU */
#define PB_EVF_BOUND_ENTRY        0x0010 /* VM entry */
#define PB_EVF_BOUND_EXIT         0x0020 /* VM exit */
#define PB_EVF_BOUND_MASK         0x0040 /* NDST's CPU became able, or unable, to take interrupts */
/* TR_COMPLETION: at most one; none: a message went out, or is pending, for it */
#define PB_EVF_CQE_HELD           0x0001 /* held back to coalesce: a later message speaks for it */
#define PB_EVF_CQE_POLLED         0x0002 /* its queue has no interrupt */
#define PB_CQE_CID(arg)           ((uint16_t)(arg))
#define PB_CQE_SQID(arg)          ((uint16_t)((arg) >> 16))
#define PB_CQE_CQID(arg)          ((uint16_t)((arg) >> 32))
#define PB_CQE_STATUS(arg)        ((uint16_t)((arg) >> 48))
/* TR_FATE, tsc at delivery or when it was given up: exactly one of the first five */
#define PB_EVF_FATE_DELIVERED     0x0001 /* through the guest's IDT */
#define PB_EVF_FATE_STRANDED      0x0002 /* at the deadline: PIR bit set, SN=0, ON=0 */
#define PB_EVF_FATE_MISSED        0x0004 /* at the deadline: not in PIR, or there with ON=1 */
#define PB_EVF_FATE_UNDECIDED     0x0008 /* vCPU still off its CPU with SN=1: proves nothing */
#define PB_EVF_FATE_NO_POST       0x0010 /* it did not become a post: fault, masked, remapped */
/*
 * Late: a VM entry with SN=0, ON=0 left it in PIR, so that nothing will tell of
 * it; or the guest ran on with it in PIR although it was told (ON=1) at entry.
 */
#define PB_EVF_FATE_PASSED        0x0100
/* ISR */
#define PB_EVF_SPURIOUS           0x0001 /* vector outside the plan's range */
/* EV_IO: exactly one of the first three */
#define PB_EVF_IO_READ            0x0001
#define PB_EVF_IO_WRITE           0x0002
#define PB_EVF_IO_FRAME           0x0004 /* arg counts from the stamp in it, made on the wire */
#define PB_EVF_IO_ERROR           0x0010 /* it failed, or the frame is damaged */

#define PB_VCPU_NONE 0xffff
#define PB_CPU_NONE  0xffff

enum pb_injected {
	PB_INJECTED_DROP = 1, /* the message for completions up to seq never left */
	PB_INJECTED_DOORBELL, /* a doorbell write was ignored; seq = the tail that it had */
	PB_INJECTED_ASTRAY, /* the message of post seq, to come, names an IRTE that is not present */
	PB_INJECTED_MASK, /* vector was masked before post seq, to come, by the device itself */
};

enum pb_reset {
	PB_RESET_DONE = 1, /* it is over: nothing of the old life is sent any more */
	PB_RESET_GO, /* the guest knows; it is about to be set up again */
};

enum pb_phase {
	PB_PHASE_START = 1, /* guest started */
	PB_PHASE_ARM, /* sources armed */
	PB_PHASE_MEASURE, /* first post may come */
	PB_PHASE_DRAIN, /* no further post; squeezers gone; the guest may run freely */
	PB_PHASE_STOP, /* ISRs after this do not count */
};

struct pb_event {
	uint64_t tsc;
	uint64_t arg;
	uint32_t seq; /* sequence number of the source, from 1; 0 = none */
	uint16_t vcpu; /* index of vCPU; in truth, of the PID; PB_VCPU_NONE */
	uint16_t cpu; /* host CPU; PB_CPU_NONE */
	uint16_t flags; /* PB_EVF_ */
	uint8_t kind; /* enum pb_event_kind */
	uint8_t vector; /* guest vector; for POST and TR_POST too */
	uint8_t source; /* index of the source in the plan */
	uint8_t reserved[3]; /* zero */
};
_Static_assert(sizeof(struct pb_event) == 32, "pb_event is 32 bytes");

/*
 * A ring has one writer.  It keeps the oldest: when it is full, further events
 * are counted in `lost` and dropped.  A reader looks at it only after the
 * writer stopped, or reads `head` with acquire order and takes what is below.
 */
struct pb_ring {
	uint32_t magic; /* PB_RING_MAGIC */
	uint32_t capacity; /* events */
	uint64_t head; /* events written, <= capacity */
	uint64_t lost; /* events that found the ring full */
	uint64_t reserved[5]; /* zero */
	struct pb_event ev[];
};
#define PB_RING_MAGIC 0x474e4952u /* "RING" */
_Static_assert(sizeof(struct pb_ring) == 64, "events start on a cache line");

/*
 * The slot of one MSI-X vector, written by the device by DMA after the POST
 * event and before the post itself, as a completion queue entry would be: the
 * ISR reads the sequence number that it should have been told of.
 */
struct pb_slot {
	uint64_t tsc; /* of the newest post on this vector */
	uint32_t seq; /* its sequence number; 0 = none so far */
	uint32_t count; /* posts on this vector so far */
	uint64_t reserved[6];
};
_Static_assert(sizeof(struct pb_slot) == 64, "one slot, one cache line");

#endif
