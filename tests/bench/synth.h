/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* synth.h - event files of any size, and the same number of events as perf.data. */
#ifndef BENCH_SYNTH_H
#define BENCH_SYNTH_H

#include <stddef.h>
#include <stdint.h>

#include "shared/plan.h"
#include "shared/run.h"

/*
 * A plan of two vCPUs with a source of 8 vectors each, and a sealed run of it
 * with about `events` events (at most PB_RUN_MAX_EVENTS): posts, ISR entries
 * that consume one or more of them, and vCPU threads that are preempted; equal
 * seeds, equal bytes. *run is malloc()ed, the caller's to free. 0 or -ENOMEM.
 */
int synth_run(struct pb_plan *plan, uint64_t events, uint64_t seed, struct pb_run **run);

/*
 * Write a perf.data with `events` PERF_RECORD_SWITCH_CPU_WIDE records of two threads,
 * as `perf record --switch-events -e dummy` writes them (kernel source,
 * tools/perf/Documentation/perf.data-file-format.txt), to fd. 0 or -errno.
 */
int synth_perf_data(int fd, uint64_t events);

#endif
