/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sched_recorder.h - when vCPU threads were put on a CPU and taken off it, as
 * the host's scheduler says itself: PERF_RECORD_SWITCH (context_switch=1), by
 * thread, unprivileged.  The kernel writes into a mapped ring; nothing runs in
 * the measured threads.
 */
#ifndef PB_EXEC_SCHED_RECORDER_H
#define PB_EXEC_SCHED_RECORDER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "exec/perf_time.h"
#include "shared/event.h"
#include "vmm/vmm.h"

struct sched_recorder;

/*
 * Room for `capacity` events of each of `vcpus` vCPUs. `time` outlives the
 * recorder. NULL: no memory.
 */
struct sched_recorder *sched_recorder_new(struct perf_time *time, unsigned int vcpus,
					  uint32_t capacity);

/*
 * Record from now on what happens to this thread. 0, or -errno with one line
 * in err: -EACCES, -EPERM, -ENOSYS where the machine does not allow it.
 */
int sched_recorder_attach(struct sched_recorder *r, unsigned int vcpu, pid_t tid, char *err,
			  size_t errlen);

/*
 * Take over what the kernel has written so far. Cheap when there is nothing;
 * to be called often enough that a ring (some thousands of switches) does not
 * fill up. What is lost is counted.
 */
void sched_recorder_drain(struct sched_recorder *r);

/* No further records. Drains. */
void sched_recorder_stop(struct sched_recorder *r);

/*
 * After stop: hand out all events, by vCPU, in order of time; OUT and IN take
 * turns (unless some are lost). A thread that was off its CPU at attach begins
 * with an OUT of that time. *lost is increased by the number that found no
 * room. What the sink returns.
 */
int sched_recorder_collect(struct sched_recorder *r, pb_event_sink sink, void *arg, uint64_t *lost);

/* NULL is fine. */
void sched_recorder_free(struct sched_recorder *r);

#endif
