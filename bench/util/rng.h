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

/*
 * Exponentially distributed with this mean, in [0, ...), by comparisons alone
 * (von Neumann, Various techniques used in connection with random digits,
 * 1951): the same everywhere, whatever libm rounds.  The first number of a
 * descending run of odd length is the fraction, the number of even runs before
 * it the whole part.
 */
static inline uint64_t rng_exponential(uint64_t *state, uint64_t mean)
{
	for (uint64_t whole = 0;; whole += mean) {
		uint64_t first = rng_next(state), last = first, u;
		unsigned int length = 1;

		while ((u = rng_next(state)) < last) {
			last = u;
			length++;
		}
		if (length & 1)
			return whole + (uint64_t)(((unsigned __int128)first * mean) >> 64);
	}
}

#endif
