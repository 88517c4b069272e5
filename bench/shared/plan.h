/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan.h - what one branch has to do: a scenario with its seed, resolved to
 * numbers.  Made by scenario_to_plan() on the host, carried as it is to the
 * machine under test, checked there by plan_check(): every field has a range.
 *
 * Equal kernel and equal plan give an equal run in the lab, bit for bit; so
 * nothing here may depend on which branch of a gate it is.
 */
#ifndef PB_SHARED_PLAN_H
#define PB_SHARED_PLAN_H

#include <stdint.h>

#define PB_PLAN_MAGIC   0x4e414c50u /* "PLAN" */
#define PB_PLAN_VERSION 6

#define PB_MAX_VCPUS     16
#define PB_MAX_SOURCES   3
#define PB_MAX_SQUEEZERS 8
#define PB_MAX_SWEEPS    2 /* a second one is swept within each instant of the first */
#define PB_MAX_FUNCTIONS (PB_MAX_SOURCES + PB_MAX_SQUEEZERS) /* sources', then kicks' */
#define PB_MAX_VFS       4 /* virtual functions of a device that sources use */
#define PB_MAX_VECTORS   64 /* MSI-X vectors of one source */
#define PB_VECTOR_BASE   0x30 /* guest vector of MSI-X vector 0 of source 0 */

enum pb_source_kind {
	PB_SOURCE_NULL,
	PB_SOURCE_POSTER,
	PB_SOURCE_NVME, /* driven by the guest: an interrupt for each completion */
	PB_SOURCE_NIC, /* driven by the guest: an interrupt for what a wire brings */
	PB_SOURCE_KINDS
};
enum pb_squeezer_kind {
	PB_SQUEEZER_NULL,
	PB_SQUEEZER_PIN,
	PB_SQUEEZER_HOG,
	PB_SQUEEZER_PREEMPT,
	PB_SQUEEZER_OVERCOMMIT,
	PB_SQUEEZER_QUOTA,
	PB_SQUEEZER_MIGRATE,
	PB_SQUEEZER_USER,
	PB_SQUEEZER_KICK,
	PB_SQUEEZER_ROUTE,
	PB_SQUEEZER_KINDS
};
enum pb_vmm_kind {
	PB_VMM_NULL,
	PB_VMM_MINI, /* the freestanding agent */
	PB_VMM_LINUX, /* a Linux guest, its own drivers: see struct pb_plan_guest */
	PB_VMM_KINDS
};
enum pb_vfio_kind { PB_VFIO_AUTO, PB_VFIO_GROUP, PB_VFIO_CDEV, PB_VFIO_KINDS };
enum pb_guest_mode { PB_GUEST_SPIN, PB_GUEST_HALT, PB_GUEST_TICK, PB_GUEST_MODES };

/* When a source posts. */
enum pb_schedule {
	PB_SCHED_SINGLE, /* once, after period_us */
	PB_SCHED_PERIODIC, /* every period_us */
	PB_SCHED_POISSON, /* exponential intervals of mean period_us */
	PB_SCHED_BURST, /* `burst` back to back posts every period_us */
	PB_SCHED_AIMED, /* one at each occurrence of `aim`, plus an offset */
	PB_SCHED_SERVED, /* whenever a command of the guest's ends, after `service` (nvme) */
	PB_SCHED_SWEPT, /* before and behind each window of a sweep; see struct pb_plan_sweep */
	PB_SCHED_KINDS
};

/* The instants that a device model can see (lab only). */
enum pb_aim {
	PB_AIM_NONE,
	PB_AIM_SN_SET, /* PID.SN 0 -> 1 */
	PB_AIM_SN_CLEARED, /* PID.SN 1 -> 0 */
	PB_AIM_NDST, /* PID.NDST changed */
	PB_AIM_NV, /* PID.NV changed */
	PB_AIM_ENTRY, /* vCPU entered VMX non-root operation */
	PB_AIM_EXIT, /* vCPU left it */
	PB_AIM_HALT, /* vCPU left it with exit reason HLT */
	PB_AIM_KINDS
};

/*
 * What a sweep looks at (lab only; docs/sweeps.md): from when, on the PID of
 * the vCPU, to when.  Where it says VM entry, the window also ends when the
 * vCPU's thread sleeps and its CPU idles: nothing changes any more then.
 */
enum pb_window {
	PB_WINDOW_NONE,
	PB_WINDOW_PREEMPT, /* SN 0 -> 1, to the next VM entry */
	PB_WINDOW_HALT, /* VM exit with reason HLT, to the next VM entry */
	PB_WINDOW_MIGRATE, /* as PREEMPT, where NDST changes in between */
	PB_WINDOW_SYNC, /* any VM exit, to the next VM entry */
	PB_WINDOW_ROUTE, /* a live irqfd's route is updated: mark to mark (squeezer `route`) */
	PB_WINDOW_KINDS
};

/* What happens at each instant of a sweep. */
enum pb_sweep_event {
	PB_SWEEP_POST, /* source `index` posts */
	PB_SWEEP_KICK, /* squeezer `index` (kick) takes the CPU from its vCPU */
	PB_SWEEP_EVENTS
};

/*
 * The posts that are tried are made in branches of the branch, which end with
 * the fate of their post.  The branch itself posts once before the first window
 * of sweep[0] and once behind each, as any source would (so a halted guest wakes
 * for the next one): its source has schedule swept and one post (count) more
 * than sweep[0] has windows.  No other source, and no tick of the guest, may be
 * there to rescue a post.
 */
struct pb_plan_sweep {
	uint32_t window; /* enum pb_window */
	uint32_t event; /* enum pb_sweep_event */
	uint32_t index; /* of the source or squeezer in the plan */
	uint32_t stride; /* instants from one branch to the next; 0: by intervals, posts only */
	uint32_t length; /* instants that a window has at most */
	uint32_t skip; /* windows passed over first */
	uint32_t windows; /* windows swept, one after the other */
	uint32_t budget; /* branches of this sweep at most, in all of its windows */
	uint32_t deadline_us; /* what is not delivered so long after its window is lost */
	uint32_t reserved; /* zero */
};

/* How long a command takes. */
enum pb_service {
	PB_SERVICE_NONE, /* not at all: done at once */
	PB_SERVICE_FIXED,
	PB_SERVICE_EXPONENTIAL,
	PB_SERVICE_BIMODAL, /* as drives do: 9 of 10 near half the mean, the rest near 5.5 of it */
	PB_SERVICES
};

/* Faults of a device: nothing that a kernel does. */
enum pb_device_fault {
	PB_FAULT_NONE,
	PB_FAULT_LOST_MSI, /* the n-th message is not sent */
	PB_FAULT_DOORBELL, /* the n-th submission doorbell is ignored */
	PB_FAULT_IRTE, /* the n-th message names an IRTE that is not present */
	PB_FAULT_MASKED, /* before the n-th message its vector is masked, for good */
	PB_DEVICE_FAULTS
};

struct pb_plan_source {
	uint32_t kind; /* enum pb_source_kind */
	uint32_t vcpu; /* that its vectors go to */
	uint32_t vectors; /* MSI-X vectors used, 1..PB_MAX_VECTORS */
	uint32_t count; /* posts in all */
	uint32_t schedule; /* enum pb_schedule */
	uint32_t aim; /* enum pb_aim, for PB_SCHED_AIMED */
	uint32_t period_us;
	uint32_t burst;
	uint32_t offset_min; /* aimed: instructions of the CPU after the trigger; */
	uint32_t offset_max; /* drawn uniformly from [min, max] with the seed */
	uint32_t skip; /* aimed: occurrences passed over before each post */
	uint32_t fresh_vector; /* each post takes the next vector, in order; else random */
	/* Of a device that the guest drives: nvme, nic. Its vectors are its queues. */
	uint32_t depth; /* nvme: commands outstanding on each queue */
	uint32_t service; /* enum pb_service: how long a command takes, period_us on average */
	uint32_t fault; /* enum pb_device_fault */
	uint32_t fault_at; /* at its n-th occasion, from 1 */
	char device[32]; /* PCI address; empty: the machine's own one of that kind */
	/* nvme, nic: 0: that function itself; n: its n-th virtual one, up to PB_MAX_VFS */
	uint32_t function;
	/* nvme, nic: the driver polls as NAPI does, so many completions at a look; 0: never */
	uint32_t poll_budget;
	/* nvme: one interrupt for so many completions (0: each), or so long after the first */
	uint32_t aggregate;
	uint32_t aggregate_us;
	/* nvme, nic: so many function level resets, one in every reset_us */
	uint32_t resets;
	uint32_t reset_us;
};

struct pb_plan_squeezer {
	uint32_t kind; /* enum pb_squeezer_kind */
	uint32_t vcpu; /* whose CPU it takes */
	uint32_t threads; /* hog: how many; overcommit: VMs of one vCPU each */
	int32_t nice; /* hog: -20..19 */
	uint32_t on_us; /* hog: busy for, 0 = always */
	uint32_t off_us; /* hog: then idle for */
	uint32_t rt_priority; /* hog, preempt, kick: SCHED_FIFO priority 1..99; 0 = SCHED_OTHER */
	/* all with a rhythm: from one to the next (kick: 0, swept); quota: its period */
	uint32_t period_us;
	/* preempt, kick: of a pulse; user: held for; route: off; quota: runtime in a period */
	uint32_t width_us;
	/* all with a rhythm: each comes up to so much later, by the seed */
	uint32_t jitter_us;
	uint32_t cpu; /* migrate: the other CPU */
	uint32_t reserved;
	char device
		[32]; /* kick: PCI address; empty: the machine's own poster behind the sources' */
};

/* Of vmm linux; else all zero. */
struct pb_plan_guest {
	uint32_t memory_mib;
	uint32_t io_timeout_us; /* of the guest's NVMe driver: whole seconds */
	uint32_t stall_us; /* an I/O that takes longer is a stall */
	uint32_t reserved; /* zero */
	char build_id[48]; /* GNU build id of the guest's kernel, hex; empty when unknown */
};

struct pb_plan {
	uint32_t magic;
	uint32_t version;
	uint32_t size; /* sizeof(struct pb_plan) */
	uint32_t crc; /* CRC-32C of the whole with this field 0 */
	char scenario[32];
	uint64_t seed;
	uint32_t vmm; /* enum pb_vmm_kind */
	uint32_t vfio; /* enum pb_vfio_kind */
	uint32_t guest_mode; /* enum pb_guest_mode */
	uint32_t vcpus; /* 1..PB_MAX_VCPUS */
	uint32_t tick_us; /* guest's own timer in PB_GUEST_TICK */
	uint32_t late_us; /* excess delay above this is late */
	uint32_t measure_us; /* at most; ends early when all sources are done */
	uint32_t drain_us; /* how long the guest may run before what is missing is missed */
	uint32_t vcpu_cpu[PB_MAX_VCPUS]; /* CPU that each vCPU thread is pinned to */
	uint32_t control_cpu; /* CPU of the executor's own threads */
	uint32_t nr_sources;
	uint32_t nr_squeezers;
	uint32_t event_capacity; /* events in each ring */
	uint32_t nr_sweeps; /* 0: none */
	uint32_t reserved; /* zero */
	struct pb_plan_source source[PB_MAX_SOURCES];
	struct pb_plan_squeezer squeezer[PB_MAX_SQUEEZERS];
	struct pb_plan_sweep sweep[PB_MAX_SWEEPS]; /* [0] around [1] */
	struct pb_plan_guest guest;
};

#endif
