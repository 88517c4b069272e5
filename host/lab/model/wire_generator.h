/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire_generator.h - somebody beyond the wire: sends numbered frames to one
 * function on a schedule, and matches those that come back.
 * Registers: bench/shared/nic_regs.h, the generator's part.
 */
#ifndef LAB_WIRE_GENERATOR_H
#define LAB_WIRE_GENERATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "host/lab/model/aim.h"
#include "host/lab/model/poster_schedule.h"
#include "host/lab/model/wire_switch.h"
#include "shared/nic_regs.h"
#include "shared/run.h"

/* What it has to know of its function. */
struct wire_target {
	unsigned int number; /* of the function */
	/* Its address. */
	void (*mac)(void *arg, uint8_t mac[WIRE_MAC_LEN]);
	/* Of the message that a frame would cause: fills in pid (or 0), seq and source. */
	void (*aim)(void *arg, const uint8_t *frame, size_t len, struct aim_target *t);
	void *arg;
};

struct wire_generator {
	struct wire_switch *net;
	struct wire_target target;
	uint32_t reg[(PB_NIC_SIZE_MAX + 4 - PB_NIC_SCHEDULE) / 4]; /* those that software writes */
	struct poster_config config; /* as armed */
	uint32_t size_min, size_max;
	struct poster_schedule schedule;
	uint64_t size_rng;
	struct aim aim;
	int timer;
	bool armed, done, invalid;
	/* The next frame, as it will be sent but for its time. */
	struct pb_nic_payload next;
	uint32_t next_size;
	uint32_t sent, returned, duplicates;
	uint64_t latency_min, latency_max;
	uint32_t hist[PB_NIC_HIST_BUCKETS];
	uint32_t hist_index;
	uint8_t back[PB_RUN_MAX_EVENTS / 8 + 1]; /* one bit for each sequence number */
};

/* The address of all of them. */
extern const uint8_t wire_generator_mac[WIRE_MAC_LEN];

/* Once. 0, or what timer_create() and aim_init() say. The names stay. */
int wire_generator_init(struct wire_generator *g, struct wire_switch *net,
			const struct wire_target *target, const char *name, const char *aim);

/* A frame came back with this payload: true if it is one of its own. */
bool wire_generator_take(struct wire_generator *g, const struct pb_nic_payload *p);

/* As after power-on. */
void wire_generator_reset(struct wire_generator *g);

/* Where interrupts go may have changed. */
void wire_generator_retarget(struct wire_generator *g);

/* Registers from PB_NIC_CTRL up to PB_NIC_WIRE. */
uint32_t wire_generator_read(const struct wire_generator *g, uint32_t offset);
void wire_generator_write(struct wire_generator *g, uint32_t offset, uint32_t value);

#endif
