// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/wire_packet.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stddef.h>
#include <string.h>

#include "util/rng.h"

#define GENERATOR_NET  0xc6120000u /* 198.18.0.0/15, RFC 2544: for benchmarks */
#define DEVICE_NET     0xc6130000u
#define GENERATOR_PORT 0x9000u
#define DEVICE_PORT    9u /* discard, RFC 863 */
#define TTL            64u

#define IP_AT      ((size_t)ETHER_HDR_LEN)
#define UDP_AT     (IP_AT + sizeof(struct iphdr))
#define PAYLOAD_AT (UDP_AT + sizeof(struct udphdr))
#define STAMP_AT   offsetof(struct pb_nic_payload, seq) /* to the end, frame by frame */
_Static_assert(ETHER_HDR_LEN + sizeof(struct iphdr) + sizeof(struct udphdr) == WIRE_HEADERS,
	       "nothing between the headers");
_Static_assert(STAMP_AT % 2 == 0, "sums are of whole words");

/*
 * RFC 1071: the sum of 16-bit words as they are in memory, not complemented; folded
 * to 16 bits, and 0 only of zeros.  Four bytes at a time: 2 (B) of the RFC says that
 * the order of bytes does not matter, 2 (C) that wider words do not.
 */
static uint32_t sum(const uint8_t *p, size_t len)
{
	uint64_t s = 0;
	uint32_t word;

	for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		s += word;
	}
	word = 0;
	memcpy(&word, p, len);
	s += word;
	s = (s >> 32) + (s & 0xffffffff);
	s = (s >> 32) + (s & 0xffffffff);
	s = (s >> 16) + (s & 0xffff);
	return (uint32_t)((s >> 16) + (s & 0xffff));
}

/* Of a sum of sums, the checksum as it is in memory. */
static uint16_t fold(uint32_t s)
{
	s = (s >> 16) + (s & 0xffff);
	s = (s >> 16) + (s & 0xffff);
	return ~s & 0xffff;
}

/* Of the pseudo header (RFC 768). */
static uint32_t pseudo_sum(const uint8_t *frame, size_t udp_len)
{
	return sum(frame + IP_AT + offsetof(struct iphdr, saddr), 8) + htons(IPPROTO_UDP) +
	       htons(udp_len & 0xffff);
}

/* With the checksum in it: 0 when it is right. */
static uint16_t udp_check(const uint8_t *frame, size_t udp_len)
{
	return fold(pseudo_sum(frame, udp_len) + sum(frame + UDP_AT, udp_len));
}

void wire_template_init(struct wire_template *t, const uint8_t dst[WIRE_MAC_LEN],
			const uint8_t src[WIRE_MAC_LEN], const struct pb_nic_payload *p)
{
	struct ether_header eth = {.ether_type = htons(ETHERTYPE_IP)};
	const struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.ttl = TTL,
		.protocol = IPPROTO_UDP,
		.saddr = htonl(GENERATOR_NET + 1 + p->flow % 0xfffe),
		.daddr = htonl(DEVICE_NET + 1),
	};
	const struct udphdr udp = {
		.uh_sport = htons(GENERATOR_PORT + p->flow % 0x1000),
		.uh_dport = htons(DEVICE_PORT),
	};
	const struct pb_nic_payload payload = {
		.magic = p->magic,
		.flow = p->flow,
		.function = p->function,
	};

	memcpy(eth.ether_dhost, dst, WIRE_MAC_LEN);
	memcpy(eth.ether_shost, src, WIRE_MAC_LEN);
	memcpy(t->head, &eth, sizeof(eth));
	memcpy(t->head + IP_AT, &ip, sizeof(ip));
	memcpy(t->head + UDP_AT, &udp, sizeof(udp));
	memcpy(t->head + PAYLOAD_AT, &payload, sizeof(payload));
	t->ip_sum = sum(t->head + IP_AT, sizeof(ip));
	t->udp_sum = pseudo_sum(t->head, 0) + sum(t->head + UDP_AT, WIRE_PACKET_MIN - UDP_AT);
}

static void put16(uint8_t *at, uint16_t v)
{
	memcpy(at, &v, sizeof(v));
}

void wire_template_stamp(const struct wire_template *t, uint8_t *frame, size_t len,
			 const struct pb_nic_payload *p)
{
	uint16_t ip_len = htons((len - IP_AT) & 0xffff), id = htons(p->seq & 0xffff);
	uint16_t udp_len = htons((len - UDP_AT) & 0xffff), udp_sum;
	uint8_t *payload = frame + PAYLOAD_AT;

	memcpy(frame, t->head, sizeof(t->head));
	memcpy(payload + offsetof(struct pb_nic_payload, seq), &p->seq, sizeof(p->seq));
	memcpy(payload + offsetof(struct pb_nic_payload, check), &p->check, sizeof(p->check));
	memcpy(payload + offsetof(struct pb_nic_payload, tsc), &p->tsc, sizeof(p->tsc));
	put16(frame + IP_AT + offsetof(struct iphdr, tot_len), ip_len);
	put16(frame + IP_AT + offsetof(struct iphdr, id), id);
	put16(frame + IP_AT + offsetof(struct iphdr, check), fold(t->ip_sum + ip_len + id));
	put16(frame + UDP_AT + offsetof(struct udphdr, uh_ulen), udp_len);
	udp_sum = fold(t->udp_sum + 2u * udp_len + sum(payload + STAMP_AT, sizeof(*p) - STAMP_AT));
	/* 0 says that there is none. */
	put16(frame + UDP_AT + offsetof(struct udphdr, uh_sum), udp_sum ? udp_sum : 0xffff);
}

void wire_packet_build(uint8_t *frame, size_t len, const uint8_t dst[WIRE_MAC_LEN],
		       const uint8_t src[WIRE_MAC_LEN], const struct pb_nic_payload *p)
{
	struct wire_template t;

	wire_template_init(&t, dst, src, p);
	wire_template_stamp(&t, frame, len, p);
	memset(frame + WIRE_PACKET_MIN, 0, len - WIRE_PACKET_MIN);
}

/* IPv4 without options, whole; its total length, or 0. */
static size_t ip_parse(const uint8_t *frame, size_t len, struct iphdr *ip)
{
	struct ether_header eth;
	size_t total;

	if (len < UDP_AT)
		return 0;
	memcpy(&eth, frame, sizeof(eth));
	memcpy(ip, frame + IP_AT, sizeof(*ip));
	total = ntohs(ip->tot_len);
	if (eth.ether_type != htons(ETHERTYPE_IP) || ip->version != 4 || ip->ihl != 5 ||
	    total < sizeof(*ip) || total > len - IP_AT)
		return 0;
	return total;
}

bool wire_packet_parse(const uint8_t *frame, size_t len, struct pb_nic_payload *p)
{
	struct iphdr ip;
	struct udphdr udp;
	size_t total = ip_parse(frame, len, &ip), udp_len;

	if (!total || ip.protocol != IPPROTO_UDP || total < sizeof(ip) + sizeof(udp) + sizeof(*p) ||
	    ip.frag_off & htons(IP_MF | IP_OFFMASK))
		return false;
	memcpy(&udp, frame + UDP_AT, sizeof(udp));
	udp_len = ntohs(udp.uh_ulen);
	if (udp_len < sizeof(udp) + sizeof(*p) || udp_len > total - sizeof(ip))
		return false;
	if (fold(sum(frame + IP_AT, sizeof(ip))) || (udp.uh_sum && udp_check(frame, udp_len)))
		return false;
	memcpy(p, frame + PAYLOAD_AT, sizeof(*p));
	return true;
}

uint32_t wire_packet_flow(const uint8_t *frame, size_t len)
{
	struct iphdr ip;
	size_t total = ip_parse(frame, len, &ip);
	uint16_t port[2] = {0, 0};

	if (!total)
		return 0;
	if ((ip.protocol == IPPROTO_UDP || ip.protocol == IPPROTO_TCP) &&
	    total >= sizeof(ip) + sizeof(port))
		memcpy(port, frame + UDP_AT, sizeof(port));
	return (uint32_t)rng_mix((uint64_t)(ip.saddr ^ ip.daddr) << 32 |
				 (uint32_t)(port[0] ^ port[1]) << 8 | ip.protocol);
}
