/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan.h - checking and sealing of a plan (shared/plan.h has the structure),
 * what follows from one, and the names of all its enums.
 */
#ifndef PB_PLAN_PLAN_H
#define PB_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest/agent/device.h"
#include "shared/plan.h"
#include "util/names.h"

/* The names that scenarios, reports and error messages use. */
extern const struct pb_names plan_source_kinds; /* null, poster, nvme, nic */
extern const struct pb_names plan_squeezer_kinds; /* null, pin, hog, preempt, ... */
extern const struct pb_names plan_vmm_kinds; /* null, mini, linux */
extern const struct pb_names plan_vfio_kinds; /* auto, group, cdev */
extern const struct pb_names plan_guest_modes; /* spin, halt, tick */
extern const struct pb_names plan_schedules; /* single, periodic, poisson, burst, aimed, ... */
extern const struct pb_names plan_services; /* none, fixed, exponential, bimodal */
extern const struct pb_names plan_device_faults; /* none, lost-msi, doorbell */
extern const struct pb_names plan_source_functions; /* pf, vf1, vf2, vf3, vf4 */
extern const struct pb_names plan_aims; /* none, sn-set, sn-cleared, ndst, nv, entry, exit, halt */

extern const struct pb_names plan_windows; /* none, preempt, halt, migrate, sync, route */
extern const struct pb_names plan_sweep_events; /* post, kick */

/* Limits of what a plan may ask for; outside them plan_check() refuses. */
#define PB_PLAN_MAX_COUNT    1000000u /* posts of one source */
#define PB_PLAN_MAX_US       600000000u /* measure_us, drain_us, late_us, period_us: 10 minutes */
#define PB_PLAN_MIN_TICK_US  10u
#define PB_PLAN_AGGREGATE_US 100 /* NVMe: unit of the aggregation time */
#define PB_PLAN_MAX_RESETS   100
#define PB_PLAN_MIN_RESET_US 500
#define PB_PLAN_MAX_DEPTH    (PB_DEVICE_ENTRIES - 1) /* nvme: commands on a queue */
#define PB_PLAN_MAX_QUEUES   16u /* nvme: pairs for I/O */
#define PB_PLAN_MAX_BURST    4096u
#define PB_PLAN_MAX_OFFSET   100000000u /* instructions */
#define PB_PLAN_MAX_SKIP     1000000u
#define PB_PLAN_MAX_THREADS  64u
#define PB_PLAN_MAX_VMS      16u /* of one overcommit squeezer */
#define PB_PLAN_MIN_RHYTHM   20u /* us: period of preempt, migrate, user, kick, route */
#define PB_PLAN_MAX_HOLD     100000u /* us: user, kick, route; longer would look like a hung guest */
#define PB_PLAN_MIN_QUOTA    1000u /* us: period and runtime that the kernel takes at least */
#define PB_PLAN_MAX_QUOTA    1000000u
#define PB_PLAN_MAX_LENGTH   10000000u /* instants of a swept window */
#define PB_PLAN_MAX_WINDOWS  64u /* of a sweep */
#define PB_PLAN_MAX_TRIES    1000000u /* branches of a sweep of posts */
#define PB_PLAN_MAX_KICKED   16000u /* branches of a sweep of kicks, each with a window of its own */
#define PB_PLAN_MAX_FATE_US  1000000u /* deadline_us */
#define PB_PLAN_MAX_CPU      4096u
#define PB_PLAN_MIN_MEMORY   32u /* MiB, of a Linux guest */
#define PB_PLAN_MAX_MEMORY   4096u
#define PB_PLAN_MAX_TIMEOUT  60000000u /* us: io_timeout_us */
#define PB_PLAN_MIN_EVENTS   16u
#define PB_PLAN_MAX_EVENTS   (1u << 20) /* of one ring */

/*
 * Is this a plan that can be run?  `data` comes from outside and may hold
 * anything; it need not be aligned.  Checked: size, magic, version, CRC; the
 * scenario's name terminated, with zeros behind, of printable characters;
 * devices empty or a PCI address (0000:00:10.0); every enum and number in its range; every vCPU that is
 * referred to exists.  What a schedule, a squeezer or a mode does not use must
 * be zero, and so must the entries behind nr_sources, nr_squeezers and vcpus,
 * so that equal plans are equal bytes:
 *
 *   single    count 1; period_us is the delay, may be 0; burst 0
 *   periodic, poisson   period_us >= 1; burst 0
 *   burst     period_us >= 1; burst 1..PB_PLAN_MAX_BURST
 *   aimed     aim not none; offset_min <= offset_max; period_us, burst 0
 *   swept     with sweeps, and only source; count one more than sweep[0].windows; period_us,
 *             burst 0
 *   sweeps    1: of posts; 2: of kicks, then of posts; see plan_check_sweeps()
 *   not aimed aim none; offset_min, offset_max, skip 0
 *   served    of source nvme, and of no other
 *   fresh_vector 1: count <= vectors
 *   nvme      schedule served, or swept: then vectors 1, depth 1, no service, no fault
 *   nvme      vectors are queues, 1..PB_PLAN_MAX_QUEUES, count a multiple of them; depth
 *             1..PB_PLAN_MAX_DEPTH; period_us >= 1 with a service, else 0
 *   nic       vectors are receive queues, 1..PB_NIC_PAIRS; schedule single, periodic, poisson or
 *             burst; fault none or lost-msi
 *   function  0 unless nvme or nic; no two sources have the same virtual function, and none has
 *             the physical one of another's virtual one (as far as their devices tell)
 *   nvme, nic fault_at >= 1 with a fault, else 0; else both 0
 *   source null <-> vmm null: nothing real posts in virtual time, nor the reverse
 *   null, pin squeezers: all but kind and vcpu 0
 *   hog       threads >= 1; off_us only with on_us; nice 0 with rt_priority
 *   preempt   rt_priority >= 1; width_us + jitter_us <= period_us, width_us less
 *   overcommit threads 1..PB_PLAN_MAX_VMS
 *   quota     width_us <= period_us, both as the kernel takes them
 *   migrate   jitter_us <= period_us; cpu is not the vCPU's own
 *   user      width_us + jitter_us <= period_us; width_us <= PB_PLAN_MAX_HOLD
 *   kick      rt_priority >= 1; width_us <= PB_PLAN_MAX_HOLD; as preempt, or period_us
 *             and jitter_us 0: a sweep kicks
 *   route     width_us + jitter_us <= period_us; width_us <= PB_PLAN_MAX_HOLD, may be 0
 *   vmm linux sources nvme and nic only, guest_mode spin, no sweeps; memory_mib
 *             PB_PLAN_MIN_MEMORY..PB_PLAN_MAX_MEMORY; io_timeout_us whole seconds, 1 s or more,
 *             stall_us from 1 to it; vcpu 0, nvme vectors at most vcpus, nic 1 of each; drain_us >= io_timeout_us with an nvme source, so that what
 *             times out shows; any other vmm: struct pb_plan_guest all zero
 *   tick_us   >= PB_PLAN_MIN_TICK_US in mode tick, else 0
 *
 * Returns 0, or -EINVAL with one line in err (what, the value, the range).
 */
int plan_check(const void *data, size_t size, char *err, size_t errlen);

/* Fill in magic, version, size and CRC. Call last, then plan_check(). */
void plan_seal(struct pb_plan *plan);

/*
 * Guest vector of MSI-X vector `index` of source `source`: PB_VECTOR_BASE +
 * source * PB_MAX_VECTORS + index, below 0xf0 for all that a plan can have.
 * 0 when either is out of range.
 */
uint8_t plan_guest_vector(unsigned int source, unsigned int index);

/*
 * The source and MSI-X vector that a guest vector belongs to; false when no
 * source of the plan uses it (a spurious one).
 */
bool plan_vector_find(const struct pb_plan *plan, uint8_t vector, unsigned int *source,
		      unsigned int *index);

/*
 * How many vCPUs are on the machine, those of other VMs (overcommit) included.
 * NULL: the most that a plan can have.
 */
uint32_t plan_all_vcpus(const struct pb_plan *plan);

/*
 * PCI functions that the plan needs: function i is source i's; behind those come
 * the ones of the kick squeezers, in order.  At most PB_MAX_FUNCTIONS.
 */
uint32_t plan_functions(const struct pb_plan *plan);

/* The squeezer that function `function` belongs to; it is no source's. */
uint32_t plan_function_squeezer(const struct pb_plan *plan, uint32_t function);

/* Address of a function, as the plan gives it; empty: the machine's own. */
const char *plan_function_device(const struct pb_plan *plan, uint32_t function);

/* Is the source's device driven by the guest (guest/agent/device.h)? */
static inline bool plan_source_driven(const struct pb_plan_source *s)
{
	return s->kind == PB_SOURCE_NVME || s->kind == PB_SOURCE_NIC;
}

/*
 * MSI-X vector of the source's first one. Vector 0 of a device that is driven is
 * its admin queue's (NVMe) or says that its configuration changed (virtio).
 */
static inline uint32_t plan_source_first_vector(const struct pb_plan_source *s)
{
	return plan_source_driven(s);
}

/* Seed of a source: the plan's, made different for each source. */
uint64_t plan_source_seed(const struct pb_plan *plan, unsigned int source);

/* Seed of a squeezer, as above; no source has the same. */
uint64_t plan_squeezer_seed(const struct pb_plan *plan, unsigned int squeezer);

#endif
