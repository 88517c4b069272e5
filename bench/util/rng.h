/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rng.h - a seeded generator whose sequence is the same everywhere:
 * splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
 * generators, 2014).  Not for secrets.
 */
#ifndef PB_UTIL_RNG_H
#define PB_UTIL_RNG_H

#include <stdint.h>

static inline uint64_t rng_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* The next of 64 random bits; *state is the seed to start with. */
static inline uint64_t rng_next(uint64_t *state)
{
	return rng_mix(*state += 0x9e3779b97f4a7c15u);
}

/* A seed of its own for part `index` of something with `seed`. */
static inline uint64_t rng_derive(uint64_t seed, uint64_t index)
{
	return rng_mix(rng_mix(seed + 0x9e3779b97f4a7c15u) ^ (index + 1));
}

/* Uniform in [0, n), n > 0. The bias, below n / 2^64, does not matter here. */
static inline uint64_t rng_below(uint64_t *state, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)rng_next(state) * n) >> 64);
}

#endif
