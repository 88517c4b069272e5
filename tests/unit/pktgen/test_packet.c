// SPDX-License-Identifier: LGPL-2.1-or-later
/* Frames of a run: written from a template, known again, sent back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pktgen/packet.h"

static const uint8_t a[WIRE_MAC_LEN] = {2, 0, 0, 0, 0, 1}, b[WIRE_MAC_LEN] = {2, 0, 0, 0, 0, 2};
static const struct packet_run run = {.key = 0x1234567890, .flows = 4096};
static uint8_t frame[WIRE_PACKET_MAX];

static size_t build(size_t len, uint16_t flow, uint32_t seq, uint64_t tsc)
{
	struct wire_template t;

	packet_template(&t, flow, a, b);
	packet_stamp(&run, &t, frame, len, flow, seq, tsc);
	memset(frame + WIRE_PACKET_MIN, 0, len - WIRE_PACKET_MIN);
	return len;
}

/* RFC 1071 as the RFC has it: byte by byte, over the whole. */
static uint16_t slow_sum(const uint8_t *p, size_t len, uint32_t s)
{
	for (size_t i = 0; i < len; i++)
		s += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)s;
}

static void checksums(void **state)
{
	(void)state;
	for (size_t len = WIRE_PACKET_MIN; len <= WIRE_PACKET_MAX; len++) {
		uint64_t x = len * 0x9e3779b97f4a7c15u;

		build(len, (uint16_t)(x >> 20 & 4095), (uint32_t)(x >> 7), x);
		assert_int_equal(slow_sum(frame + 14, 20, 0), 0xffff);
		assert_int_equal(slow_sum(frame + 34, len - 34,
					  slow_sum(frame + 26, 8, 17 + (uint32_t)(len - 34))),
				 0xffff);
		assert_int_not_equal(frame[40] << 8 | frame[41], 0);
	}
}

static void known_again(void **state)
{
	struct pb_nic_payload p;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		size_t len =
			build(WIRE_PACKET_MIN + i % 1000, i % 4096, i * 77777, i * 1000000007ull);

		packet_reflect(frame, len);
		assert_int_equal(packet_parse(&run, frame, len, &p), PACKET_OURS);
		assert_int_equal(p.flow, i % 4096);
		assert_int_equal(p.seq, (uint32_t)(i * 77777));
		assert_true(p.tsc == i * 1000000007ull);
	}
	assert_memory_equal(frame, b, 6);
	assert_memory_equal(frame + 6, a, 6);
}

static void others(void **state)
{
	struct packet_run other = run;
	struct pb_nic_payload p = {.magic = PB_NIC_PAYLOAD_MAGIC, .seq = 1};
	size_t len = build(100, 7, 9, 11);

	(void)state;
	assert_int_equal(packet_parse(&run, frame, len, &p), PACKET_OURS);
	other.key++;
	assert_int_equal(packet_parse(&other, frame, len, &p), PACKET_FOREIGN);
	other = run;
	other.flows = 7;
	assert_int_equal(packet_parse(&other, frame, len, &p), PACKET_FOREIGN);
	/* What the lab's generator sends, and anything. */
	p = (struct pb_nic_payload){.magic = PB_NIC_PAYLOAD_MAGIC, .seq = 1};
	wire_packet_build(frame, 100, a, b, &p);
	assert_int_equal(packet_parse(&run, frame, 100, &p), PACKET_FOREIGN);
	memset(frame, 0, sizeof(frame));
	for (size_t n = 0; n < 100; n++)
		assert_int_equal(packet_parse(&run, frame, n, &p), PACKET_FOREIGN);
}

/* Any bit behind the Ethernet header; a missing end. */
static void damaged(void **state)
{
	size_t len = build(200, 7, 9, 11);
	struct pb_nic_payload p;
	bool mark;

	(void)state;
	for (size_t bit = 14 * 8; bit < len * 8; bit++) {
		frame[bit / 8] ^= 1u << bit % 8;
		/* Without the mark it is not known whose it was. */
		mark = bit / 8 >= WIRE_HEADERS && bit / 8 < WIRE_HEADERS + 4;
		assert_int_equal(packet_parse(&run, frame, len, &p),
				 mark ? PACKET_FOREIGN : PACKET_DAMAGED);
		frame[bit / 8] ^= 1u << bit % 8;
	}
	assert_int_equal(packet_parse(&run, frame, len - 1, &p), PACKET_DAMAGED);
	assert_int_equal(packet_parse(&run, frame, len, &p), PACKET_OURS);
}

/* Back and forth is where it was; what is too short or no IP has no addresses to exchange. */
static void reflected(void **state)
{
	uint8_t was[WIRE_PACKET_MAX];

	(void)state;
	for (size_t len = 0; len <= 100; len++) {
		build(100, 3, 9, 11);
		memcpy(was, frame, 100);
		packet_reflect(frame, len);
		if (len < 14)
			assert_memory_equal(frame, was, 100);
		else
			assert_memory_equal(frame, was + 6, 6);
		assert_memory_equal(frame + 14, was + 14, 12);
		assert_true(!memcmp(frame + 26, was + 26, 8) == (len < 34));
		assert_true(!memcmp(frame + 34, was + 34, 4) == (len < 38));
		packet_reflect(frame, len);
		assert_memory_equal(frame, was, 100);
	}
	build(100, 3, 9, 11);
	frame[12] = 0x86;
	memcpy(was, frame, 100);
	packet_reflect(frame, 100);
	assert_memory_equal(frame + 12, was + 12, 88);
	build(100, 3, 9, 11);
	frame[14] = 0x4f; /* options up to byte 74: the ports are behind them */
	memcpy(was, frame, 100);
	packet_reflect(frame, 77);
	assert_memory_equal(frame + 34, was + 34, 66);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksums), cmocka_unit_test(known_again),
		cmocka_unit_test(others),    cmocka_unit_test(damaged),
		cmocka_unit_test(reflected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
