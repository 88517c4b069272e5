/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire_packet.h - the frames of the traffic generator: Ethernet, IPv4 (RFC 791),
 * UDP (RFC 768), and a struct pb_nic_payload (bench/shared/nic_regs.h).
 */
#ifndef LAB_WIRE_PACKET_H
#define LAB_WIRE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/lab/model/wire_switch.h"
#include "shared/nic_regs.h"

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
