/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* victim.h - something that stands for a vCPU: a thread that wants a CPU. */
#ifndef TEST_SQUEEZER_VICTIM_H
#define TEST_SQUEEZER_VICTIM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "squeezer/squeezer.h"

extern struct pb_plan plan; /* the one of squeezer() */
extern atomic_int victim_tid;
extern atomic_uint victim_moves; /* how often it found itself on another CPU */

pthread_t victim_start(uint32_t cpu);
void victim_join(pthread_t id);

double seconds(clockid_t clock);
double cpu_of(pthread_t id); /* seconds of CPU time that a thread had */
void sleep_ms(long ms);
unsigned int threads_here(void);
uint32_t some_cpu(void);

/* Ready to be started, alone in a plan, for vCPU 0 on some CPU. */
struct pb_squeezer squeezer(const struct pb_plan_squeezer *spec);

#endif
