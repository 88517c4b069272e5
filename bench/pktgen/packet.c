// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pktgen/packet.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>

void packet_template(struct wire_template *t, uint16_t flow, const uint8_t dst[WIRE_MAC_LEN],
		     const uint8_t src[WIRE_MAC_LEN])
{
	const struct pb_nic_payload p = {
		.magic = PB_NIC_PAYLOAD_MAGIC,
		.flow = flow,
		.function = PB_NIC_FUNCTION_PKTGEN,
	};

	wire_template_init(t, dst, src, &p);
}

static enum packet_kind broken(const uint8_t *frame, size_t len)
{
	const uint32_t magic = PB_NIC_PAYLOAD_MAGIC;

	return len >= WIRE_HEADERS + sizeof(magic) &&
			       !memcmp(frame + WIRE_HEADERS, &magic, sizeof(magic))
		       ? PACKET_DAMAGED
		       : PACKET_FOREIGN;
}

enum packet_kind packet_parse(const struct packet_run *run, const uint8_t *frame, size_t len,
			      struct pb_nic_payload *p)
{
	if (!wire_packet_parse(frame, len, p))
		return broken(frame, len);
	if (p->magic != PB_NIC_PAYLOAD_MAGIC || p->function != PB_NIC_FUNCTION_PKTGEN ||
	    p->flow >= run->flows || p->check != packet_check(run->key, p->flow, p->seq, p->tsc))
		return PACKET_FOREIGN;
	return PACKET_OURS;
}

/* `size` bytes at a, and as many behind. */
static void swap(uint8_t *a, size_t size)
{
	uint8_t t[ETHER_ADDR_LEN];

	memcpy(t, a, size);
	memcpy(a, a + size, size);
	memcpy(a + size, t, size);
}

void packet_reflect(uint8_t *frame, size_t len)
{
	struct ether_header eth;
	struct iphdr ip;
	size_t at = sizeof(eth);

	if (len < sizeof(eth))
		return;
	swap(frame, ETHER_ADDR_LEN);
	memcpy(&eth, frame, sizeof(eth));
	if (eth.ether_type != htons(ETHERTYPE_IP) || len < at + sizeof(ip))
		return;
	memcpy(&ip, frame + at, sizeof(ip));
	if (ip.version != 4 || ip.ihl < 5)
		return;
	swap(frame + at + offsetof(struct iphdr, saddr), sizeof(ip.saddr));
	at += ip.ihl * 4u;
	if ((ip.protocol == IPPROTO_UDP || ip.protocol == IPPROTO_TCP) && len >= at + 4 &&
	    !(ip.frag_off & htons(IP_OFFMASK)))
		swap(frame + at, 2);
}
