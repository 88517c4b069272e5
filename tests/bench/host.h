/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host.h - the executor's recorder of scheduling events, on real switches. */
#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include <stddef.h>
#include <stdint.h>

/*
 * Let a thread go to sleep and wake up until about `events` (at most 3000)
 * switches are in the kernel's ring; then read them and give them out as
 * events. *seconds: CPU time of the reading and giving, *nr: events that came.
 * 0, or -errno with one line in why (-EACCES and such: perf is not allowed; -EOVERFLOW: others took the CPU too often).
 */
int host_switches(uint64_t events, double *seconds, uint64_t *nr, char *why, size_t size);

#endif
