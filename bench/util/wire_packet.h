/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire_packet.h - the frames of the traffic generators, that of the lab's wire and
 * pirbench-pktgen: Ethernet, IPv4 (RFC 791), UDP (RFC 768), and a struct
 * pb_nic_payload (bench/shared/nic_regs.h), zeros behind.
 */
#ifndef PB_UTIL_WIRE_PACKET_H
#define PB_UTIL_WIRE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/nic_regs.h"

#define WIRE_MAC_LEN    6u
#define WIRE_HEADERS    42u /* Ethernet 14, IPv4 20, UDP 8 */
#define WIRE_PACKET_MIN (WIRE_HEADERS + sizeof(struct pb_nic_payload))
#define WIRE_PACKET_MAX 1514u

/*
 * Build a frame of `len` bytes (WIRE_PACKET_MIN to WIRE_PACKET_MAX) with
 * checksums; each flow has a source address and ports of its own.
 */
void wire_packet_build(uint8_t *frame, size_t len, const uint8_t dst[WIRE_MAC_LEN],
		       const uint8_t src[WIRE_MAC_LEN], const struct pb_nic_payload *p);

/*
 * For many frames of one flow: what they have in common, so that the rest costs
 * little.  wire_packet_build() is both in one.
 */
struct wire_template {
	uint8_t head[WIRE_PACKET_MIN];
	uint32_t ip_sum, udp_sum; /* RFC 1071, of what is in `head` */
};

/* Takes magic, flow and function from `p`. */
void wire_template_init(struct wire_template *t, const uint8_t dst[WIRE_MAC_LEN],
			const uint8_t src[WIRE_MAC_LEN], const struct pb_nic_payload *p);

/*
 * Write the first WIRE_PACKET_MIN bytes of a frame of `len` bytes, as above; the
 * others have to be zero.  Takes seq, check and tsc from `p`.
 */
void wire_template_stamp(const struct wire_template *t, uint8_t *frame, size_t len,
			 const struct pb_nic_payload *p);

/*
 * Take one apart that came back.  false: not a frame of that form, or its
 * checksums are wrong.  Addresses and ports may be exchanged.
 */
bool wire_packet_parse(const uint8_t *frame, size_t len, struct pb_nic_payload *p);

/*
 * A number for the flow of any frame, the same in both directions: of IPv4 with
 * TCP or UDP the addresses and ports, of other IPv4 the addresses, else 0.
 */
uint32_t wire_packet_flow(const uint8_t *frame, size_t len);

#endif
