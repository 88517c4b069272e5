// SPDX-License-Identifier: LGPL-2.1-or-later
/* frame.c - a frame of the wire's generator: Ethernet, IPv4, UDP, struct pb_nic_payload. */
#include <string.h>

#include "guest/linux/program.h"
#include "shared/nic_regs.h"

#define IP       14u
#define IP_PROTO (IP + 9u)
#define UDP      34u
#define PAYLOAD  42u

/* RFC 1071, folded; 0xffff when its checksum field is right. */
static uint32_t sum(const uint8_t *p, size_t len)
{
	uint32_t s = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		s += (uint32_t)p[i] << 8 | p[i + 1];
	if (len % 2)
		s += (uint32_t)p[len - 1] << 8;
	return s;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)s;
}

int frame_parse(const uint8_t *frame, size_t len, uint32_t *seq, uint64_t *tsc)
{
	struct pb_nic_payload p;
	size_t udp;

	if (len < PAYLOAD + sizeof(p) || frame[12] != 8 || frame[13] || frame[IP] != 0x45 ||
	    frame[IP_PROTO] != 17)
		return 0;
	memcpy(&p, frame + PAYLOAD, sizeof(p));
	if (p.magic != PB_NIC_PAYLOAD_MAGIC)
		return 0;
	*seq = p.seq;
	*tsc = p.tsc;
	udp = (size_t)frame[UDP + 4] << 8 | frame[UDP + 5];
	if (udp < 8 + sizeof(p) || udp > len - UDP || fold(sum(frame + IP, 20)) != 0xffff)
		return -1;
	/* Pseudo header: addresses, protocol, length. */
	if (fold(sum(frame + IP + 12, 8) + 17 + (uint32_t)udp + sum(frame + UDP, udp)) != 0xffff)
		return -1;
	return p.seq && p.tsc ? 1 : -1;
}
