/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * truth.h - what the emulator saw from outside the machine: the PB_TR_ events
 * of bench/shared/event.h, in memory of the emulator's process.  Nothing in the
 * machine can see it or pays for it: emulated time stands still while an
 * event is stored, and a store takes some nanoseconds of host time.
 *
 * Recording begins at the branch point (truth_start()); before that, and after
 * truth_finish(), every truth_*() call is ignored.  The ring keeps the oldest:
 * what does not fit is counted as lost.
 *
 * `pid` is the index of a posted-interrupt descriptor in the order of first
 * sight (pid.h), PB_VCPU_NONE when there is none; `cpu` is the emulated CPU,
 * PB_CPU_NONE when no CPU did it.
 */
#ifndef LAB_TRUTH_H
#define LAB_TRUTH_H

#include <stddef.h>
#include <stdint.h>

#include "shared/event.h"

/*
 * Reserve the memory (PB_RUN_MAX_EVENTS, untouched until used).  Once, at
 * lab_init().  0 or -ENOMEM.
 */
int truth_init(void);

/* Forget everything and record from now on; plan_crc goes into the head. */
void truth_start(uint32_t plan_crc);

/*
 * Stop recording and hand out the whole record: a struct pb_run with content
 * PB_RUN_TRUTH, `posted` as given, its CRC set, followed by its events.  The
 * memory stays the truth's own, valid until the next truth_start().
 */
const void *truth_finish(uint64_t posted, size_t *size);

/* The message of post `seq` of a source was handled; fault goes into arg. */
void truth_post(uint8_t source, uint32_t seq, uint8_t vector, uint16_t pid, uint16_t outcome,
		uint8_t fault);
/* A PID changed: its control qword now; flags PB_EVF_BY_ and PIR_NONEMPTY. */
void truth_pid(uint16_t pid, uint16_t cpu, uint64_t control, uint16_t flags);
/* A CPU took the notification vector in VMX non-root operation. */
void truth_notify(uint16_t pid, uint16_t cpu);
/* VM entry; control qword, flags PIR_NONEMPTY or 0. */
void truth_entry(uint16_t pid, uint16_t cpu, uint64_t control, uint16_t flags);
/* VM exit with its basic reason; flags PIR_NONEMPTY or 0. */
void truth_exit(uint16_t pid, uint16_t cpu, uint16_t reason, uint16_t flags);
/* A virtual interrupt went through the guest's IDT. */
void truth_virq(uint16_t pid, uint16_t cpu, uint8_t vector);
/*
 * The IOMMU recorded a fault of requester `sid`.  The address is in the
 * IOMMU's own fault record; the event has no room for it.
 */
void truth_fault(uint16_t sid, uint8_t reason, uint64_t addr);
/* An aim's trigger fired on this CPU; `seq` is that of the post to come. */
void truth_aim(uint8_t source, uint32_t seq, uint16_t pid, uint16_t cpu, uint32_t aim);
/* What a sweep found, as it is: of other futures, so its time is its own. */
void truth_swept(const struct pb_event *e);

/*
 * A device wrote completion `seq` for interrupt vector `vector`; what: CID, SQID,
 * CQID, status, 16 bits each from bit 0 up; flags: PB_EVF_CQE_.
 */
void truth_completion(uint8_t source, uint32_t seq, uint8_t vector, uint64_t what, uint16_t flags);
/* The host took completions up to `seq` before their held message was sent: there is none. */
void truth_absorbed(uint8_t source, uint32_t seq, uint8_t vector);
/* A device did wrong because it was told to; `vector` where it is about one. */
void truth_injected(uint8_t source, uint32_t seq, uint8_t vector, enum pb_injected what);

#endif
