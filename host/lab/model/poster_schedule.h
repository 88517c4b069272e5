/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * poster_schedule.h - when a poster posts, and on which vector: an armed
 * schedule, without the device around it.  Equal registers and seed give the
 * same instants and vectors, bit for bit.
 */
#ifndef LAB_POSTER_SCHEDULE_H
#define LAB_POSTER_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* What ARM takes from the registers. */
struct poster_config {
	uint32_t schedule; /* enum pb_schedule */
	uint32_t aim; /* enum pb_aim */
	uint32_t count;
	uint32_t vectors;
	uint64_t period; /* ticks */
	uint64_t jitter; /* ticks, at most the period */
	uint32_t burst;
	bool fresh; /* vectors in order */
	bool kick; /* no source: nothing of it is in the truth */
	uint32_t offset_min, offset_max;
	uint32_t skip;
	uint64_t seed;
	uint64_t slots; /* IOVA, 0: none */
	uint64_t ring; /* IOVA, 0: none */
	uint32_t capacity; /* of the ring */
	uint32_t vector_base;
	uint32_t source;
	uint32_t vcpu;
};

/* Longest period: 2^56 ticks, so that no sum overflows. */
#define POSTER_MAX_PERIOD (1ull << 56)

/* Can this be armed? Every range is in docs/devices.md. */
bool poster_config_valid(const struct poster_config *c);

struct poster_schedule {
	const struct poster_config *config;
	uint32_t left; /* posts to be made */
	uint32_t in_order; /* next vector, when in order */
	uint64_t due; /* tick of the next occasion */
	/* Separate streams: how often one is drawn from does not move the others. */
	uint64_t vector_rng, interval_rng, offset_rng, jitter_rng;
};

/* Begin at tick `now`; the config must be valid, and stay. */
void poster_schedule_init(struct poster_schedule *s, const struct poster_config *c, uint64_t now);

/* The vector of the next post. */
uint32_t poster_schedule_vector(struct poster_schedule *s);

/* Instructions from the next post's trigger to the post. */
uint32_t poster_schedule_offset(struct poster_schedule *s);

/* How many posts the occasion that has come is worth. */
uint32_t poster_schedule_posts(const struct poster_schedule *s);

/* Tick of the next occasion, > now; not for PB_SCHED_AIMED and PB_SCHED_SWEPT. */
uint64_t poster_schedule_next(struct poster_schedule *s, uint64_t now);

#endif
