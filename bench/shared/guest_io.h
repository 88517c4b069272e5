/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guest_io.h - what the VMM and the program in a Linux guest (guest/linux) say
 * to each other: one area of memory, BAR 0 of a PCI function that the VMM
 * itself provides (PB_GUEST_VENDOR, PB_GUEST_DEVICE), so that the program finds
 * it by its id and maps it through sysfs, and any distribution's kernel will do.
 *
 * The job is the VMM's and read by the guest; all else is written by the guest
 * and is a claim: the VMM holds it against the job, the plan and the time passed,
 * before anybody counts with it (bench/vmm/linux_claims.h).
 *
 * All fields are little endian. Times are TSC ticks unless a name says otherwise;
 * the guest's TSC is the host's.
 */
#ifndef PB_SHARED_GUEST_IO_H
#define PB_SHARED_GUEST_IO_H

#include "shared/event.h"
#include "shared/plan.h"

#define PB_GUEST_VENDOR  0x1b36
#define PB_GUEST_DEVICE  0x7002
#define PB_GUEST_MAGIC   0x4f495547u /* "GUIO" */
#define PB_GUEST_VERSION 1

/* Threads that time I/O, each with a ring of its own. */
#define PB_GUEST_MAX_WORKERS 32

/* Where the rings are: worker w's at ring_offset + w * ring_stride of the area. */
#define PB_GUEST_PAGE 4096u

/*
 * To all of the guest, by the VMM. A guest that has nothing to do sleeps without
 * a timer: one that woke it could rescue an interrupt. So DRAIN is seen between
 * I/Os only, and with STOP the VMM wakes it by a character on its serial port.
 */
enum pb_guest_command {
	PB_GUEST_RUN, /* boot, find the devices, be ready, do what each task's `go` says */
	PB_GUEST_DRAIN, /* begin no further I/O, wait for what is out */
	PB_GUEST_STOP, /* account for everything and say so */
};

/*
 * One device of the guest's; device i is source i of the plan. NVMe: worker q of
 * `queues` sits on vCPU (vcpu + q) modulo vCPUs, `depth` threads each, that read
 * blocks of 4 KiB past the page cache, one at a time, `count` of them in all. NIC: a
 * worker for each receive queue takes the frames of a generator that was told
 * to send `count`.
 */
struct pb_guest_task {
	uint32_t kind; /* enum pb_source_kind: PB_SOURCE_NVME or PB_SOURCE_NIC */
	uint32_t devfn; /* PCI address on the guest's bus 0: device << 3 | function */
	uint32_t vcpu;
	uint32_t queues; /* 1.. */
	uint32_t depth; /* nvme: threads for each queue; nic: 1 */
	uint32_t count; /* I/Os or frames in all */
	uint32_t first_worker; /* queue q, thread t: first_worker + q * depth + t */
	uint32_t go; /* 0: not yet; 1: do I/O. The source's (arm) */
};

/* Host to guest. */
struct pb_guest_job {
	uint32_t magic; /* PB_GUEST_MAGIC */
	uint32_t version; /* PB_GUEST_VERSION */
	uint32_t
		command; /* enum pb_guest_command; it and each task's `go` change while the guest runs */
	uint32_t vcpus;
	uint32_t tasks; /* 1..PB_MAX_SOURCES */
	uint32_t workers; /* of all tasks, 1..PB_GUEST_MAX_WORKERS */
	uint64_t seed; /* of the blocks that are read */
	uint64_t stall; /* an I/O that takes longer is a stall */
	uint32_t tsc_khz;
	uint32_t ring_capacity; /* events in each ring */
	uint64_t ring_offset;
	uint64_t ring_stride;
	struct pb_guest_task task[PB_MAX_SOURCES];
};

enum pb_guest_state {
	PB_GUEST_BOOTING, /* the program has not looked yet */
	PB_GUEST_STARTING, /* it looks for its devices */
	PB_GUEST_READY, /* has found them all; runs each task as soon as it may */
	PB_GUEST_DONE, /* all I/O of all tasks is done */
	PB_GUEST_STOPPED, /* nothing changes any more */
	PB_GUEST_FAILED, /* gave up: `reason` */
	PB_GUEST_STATES
};

/* Guest to host, the program as a whole. */
struct pb_guest_program {
	uint32_t state; /* enum pb_guest_state */
	uint32_t reserved;
	uint64_t heartbeat; /* grows with each I/O; of a guest that waits for one, it does not */
	uint64_t tsc_started; /* when the program began; 0: not yet */
	char release[64]; /* uname -r of the guest's kernel */
	char reason[128]; /* of FAILED, one line */
};

/*
 * Guest to host, one device. Counts are from READY on. `interrupts` to `aborts` are written in STOPPED only.
 */
struct pb_guest_device {
	uint64_t submitted; /* I/Os begun; nic: the highest sequence number seen */
	uint64_t completed; /* I/Os that came back, with errors too; nic: frames received */
	uint64_t errors; /* I/Os that failed; nic: frames that were damaged */
	uint64_t stalls; /* I/Os that took longer than the job's `stall` */
	uint64_t longest; /* ticks, of any I/O that came back */
	uint64_t interrupts; /* of its I/O queues' vectors, from /proc/interrupts */
	uint64_t polled; /* "completion polled": the driver found what no interrupt told it */
	uint64_t timeouts; /* I/O timeouts that the driver spoke of, polled ones too */
	uint64_t aborts; /* commands aborted and controller resets */
	uint64_t reserved[7];
};
_Static_assert(sizeof(struct pb_guest_device) == 128, "no padding");

/* The area; rings begin at job.ring_offset, page aligned. */
struct pb_guest_area {
	union {
		struct pb_guest_job job;
		uint8_t job_page[PB_GUEST_PAGE];
	};
	struct pb_guest_program program;
	struct pb_guest_device device[PB_MAX_SOURCES];
};
_Static_assert(sizeof(struct pb_guest_job) == 64 + PB_MAX_SOURCES * sizeof(struct pb_guest_task),
	       "no padding");
_Static_assert(sizeof(struct pb_guest_program) == 216, "no padding");

/* What a worker's events say: kind PB_EV_IO, see event.h. */

#endif
