// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "plan/example.h"
#include "squeezer/victim.h"

struct pb_plan plan;

/* --- something that stands for a vCPU: a thread that wants a CPU --------- */

static atomic_bool victim_stop;
atomic_int victim_tid;
atomic_uint victim_moves;

static void *victim_main(void *arg)
{
	(void)arg;
	victim_tid = (int)syscall(SYS_gettid);
	for (int cpu = sched_getcpu(), now; !victim_stop; cpu = now) {
		now = sched_getcpu();
		victim_moves += now != cpu;
	}
	return NULL;
}

pthread_t victim_start(uint32_t cpu)
{
	cpu_set_t set;
	pthread_t id;

	victim_stop = false;
	victim_tid = 0;
	victim_moves = 0;
	assert_int_equal(pthread_create(&id, NULL, victim_main, NULL), 0);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	assert_int_equal(pthread_setaffinity_np(id, sizeof(set), &set), 0);
	while (!victim_tid)
		sched_yield();
	return id;
}

void victim_join(pthread_t id)
{
	victim_stop = true;
	pthread_join(id, NULL);
}

double seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

double cpu_of(pthread_t id)
{
	clockid_t clock;

	assert_int_equal(pthread_getcpuclockid(id, &clock), 0);
	return seconds(clock);
}

void sleep_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static unsigned int threads_listed(void)
{
	DIR *d = opendir("/proc/self/task");
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

/* A thread that was joined is listed until the kernel has put it away. */
unsigned int threads_here(void)
{
	unsigned int n = threads_listed();

	for (int i = 0; n > 1 && i < 5; i++) {
		sleep_ms(10);
		n = threads_listed();
	}
	return n;
}

uint32_t some_cpu(void)
{
	cpu_set_t set;
	uint32_t last = 0;

	sched_getaffinity(0, sizeof(set), &set);
	for (uint32_t i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			last = i;
	return last;
}

struct pb_squeezer squeezer(const struct pb_plan_squeezer *spec)
{
	example_plan(&plan);
	plan.vcpu_cpu[0] = some_cpu();
	plan.nr_squeezers = 1;
	plan.squeezer[0] = *spec;
	return (struct pb_squeezer){.plan = &plan, .ops = squeezer_find(spec->kind)};
}
