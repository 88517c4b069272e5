// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/wire_packet.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
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
_Static_assert(ETHER_HDR_LEN + sizeof(struct iphdr) + sizeof(struct udphdr) == WIRE_HEADERS,
	       "nothing between the headers");

/* RFC 1071: the sum of 16-bit words, not complemented, not folded. */
static uint32_t sum(const uint8_t *p, size_t len)
{
	uint32_t s = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		s += (uint32_t)p[i] << 8 | p[i + 1];
	if (len & 1)
		s += (uint32_t)p[len - 1] << 8;
	return s;
}

static uint16_t fold(uint32_t s)
{
	s = (s >> 16) + (s & 0xffff);
	s = (s >> 16) + (s & 0xffff);
	return ~s & 0xffff;
}

/* Over the pseudo header (RFC 768), header and data; 0: it is right. */
static uint16_t udp_check(const uint8_t *frame, size_t udp_len)
{
	uint32_t s = sum(frame + IP_AT + offsetof(struct iphdr, saddr), 8);

	s += IPPROTO_UDP + (uint32_t)udp_len;
	return fold(s + sum(frame + UDP_AT, udp_len));
}

void wire_packet_build(uint8_t *frame, size_t len, const uint8_t dst[WIRE_MAC_LEN],
		       const uint8_t src[WIRE_MAC_LEN], const struct pb_nic_payload *p)
{
	struct ether_header eth = {.ether_type = htons(ETHERTYPE_IP)};
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons(len - IP_AT),
		.id = htons(p->seq & 0xffff),
		.ttl = TTL,
		.protocol = IPPROTO_UDP,
		.saddr = htonl(GENERATOR_NET + 1 + p->flow % 0xfffe),
		.daddr = htonl(DEVICE_NET + 1),
	};
	struct udphdr udp = {
		.uh_sport = htons(GENERATOR_PORT + p->flow % 0x1000),
		.uh_dport = htons(DEVICE_PORT),
		.uh_ulen = htons(len - UDP_AT),
	};

	memset(frame, 0, len);
	memcpy(eth.ether_dhost, dst, WIRE_MAC_LEN);
	memcpy(eth.ether_shost, src, WIRE_MAC_LEN);
	memcpy(frame, &eth, sizeof(eth));
	ip.check = htons(fold(sum((const uint8_t *)&ip, sizeof(ip))));
	memcpy(frame + IP_AT, &ip, sizeof(ip));
	memcpy(frame + UDP_AT, &udp, sizeof(udp));
	memcpy(frame + PAYLOAD_AT, p, sizeof(*p));
	udp.uh_sum = htons(udp_check(frame, len - UDP_AT));
	if (!udp.uh_sum)
		udp.uh_sum = 0xffff; /* 0 says that there is none */
	memcpy(frame + UDP_AT, &udp, sizeof(udp));
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
