// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <time.h>

#include "util/clock.h"

void clock_init_virtual(struct pb_clock *clock)
{
	clock->is_virtual = true;
	clock->now = PB_CLOCK_VIRTUAL_START;
	clock->khz = PB_CLOCK_VIRTUAL_KHZ;
}

uint64_t clock_now(const struct pb_clock *clock)
{
	return clock->is_virtual ? clock->now : __builtin_ia32_rdtsc();
}

uint64_t clock_us_to_ticks(const struct pb_clock *clock, uint64_t us)
{
	return (uint64_t)((unsigned __int128)us * clock->khz / 1000);
}

void clock_sleep_us(struct pb_clock *clock, uint64_t us)
{
	struct timespec ts = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};

	if (clock->is_virtual) {
		clock->now += clock_us_to_ticks(clock, us);
		return;
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &ts) == EINTR)
		;
}
