/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packet.h - the packets of a run: the frames of util/wire_packet.h, with a number by
 * which the run knows its own again.
 */
#ifndef PB_PKTGEN_PACKET_H
#define PB_PKTGEN_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "util/rng.h"
#include "util/wire_packet.h"

enum packet_kind {
	PACKET_OURS, /* and whole */
	PACKET_FOREIGN, /* somebody else's, or of another run */
	PACKET_DAMAGED, /* has our mark, and a checksum is wrong, or its end is missing */
};

/* What all flows of a run share. */
struct packet_run {
	uint64_t key; /* another for each run */
	uint32_t flows;
};

/* The frames of one flow, from src to dst. */
void packet_template(struct wire_template *t, uint16_t flow, const uint8_t dst[WIRE_MAC_LEN],
		     const uint8_t src[WIRE_MAC_LEN]);

/* Nobody who has not seen the frame knows it, and no frame of another run has it. */
static inline uint32_t packet_check(uint64_t key, uint16_t flow, uint32_t seq, uint64_t tsc)
{
	return (uint32_t)rng_mix(rng_mix(key + tsc) ^ seq ^ (uint64_t)flow << 32);
}

/* The head of a frame of `len` bytes; the bytes behind have to be zero. */
static inline void packet_stamp(const struct packet_run *run, const struct wire_template *t,
				uint8_t *frame, size_t len, uint16_t flow, uint32_t seq,
				uint64_t tsc)
{
	const struct pb_nic_payload p = {
		.seq = seq, .tsc = tsc, .check = packet_check(run->key, flow, seq, tsc)};

	wire_template_stamp(t, frame, len, &p);
}

/* What is it that came?  *p is set when it is ours: its flow is below run->flows. */
enum packet_kind packet_parse(const struct packet_run *run, const uint8_t *frame, size_t len,
			      struct pb_nic_payload *p);

/*
 * Send it back: exchange the addresses, of IPv4 also the IP addresses and of UDP
 * and TCP the ports.  No checksum changes.  Frames below 14 bytes stay as they are.
 */
void packet_reflect(uint8_t *frame, size_t len);

#endif
