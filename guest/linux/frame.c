// SPDX-License-Identifier: LGPL-2.1-or-later
/* frame.c - is a frame one of the wire's generator? */
#include <string.h>

#include "guest/linux/program.h"
#include "util/wire_packet.h"

int frame_parse(const uint8_t *frame, size_t len, uint32_t *seq, uint64_t *tsc)
{
	struct pb_nic_payload p;

	if (wire_packet_parse(frame, len, &p)) {
		*seq = p.seq;
		*tsc = p.tsc;
		return p.seq && p.tsc ? 1 : -1;
	}
	if (len < WIRE_PACKET_MIN)
		return 0;
	memcpy(&p, frame + WIRE_HEADERS, sizeof(p));
	return p.magic == PB_NIC_PAYLOAD_MAGIC ? -1 : 0;
}
