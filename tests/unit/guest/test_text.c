// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the program in a Linux guest reads: /proc/interrupts, the kernel's log, frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "guest/linux/frame.c"
#include "guest/linux/text.c"
#include "util/wire_packet.h"
#include "util/rng.h"

static const char interrupts[] =
	"           CPU0       CPU1       \n"
	"  4:         12          3   IO-APIC   4-edge      ttyS0\n"
	" 24:         11          0   PCI-MSI 32768-edge      nvme0q0\n"
	" 25:        100          7   PCI-MSI 32769-edge      nvme0q1\n"
	" 26:          1        200   PCI-MSI 32770-edge      nvme0q2\n"
	" 27:          5          5   PCI-MSI 32771-edge      nvme00q1\n"
	" 28:       1000       1000   PCI-MSI 32772-edge      nvme1q1\n"
	" 29:          9          9   PCI-MSI 49152-edge      virtio0-config\n"
	" 30:         40          2   PCI-MSI 49153-edge      virtio0-input.0\n"
	" 31:          8          8   PCI-MSI 49154-edge      virtio0-output.0\n"
	" 32:          0          1   PCI-MSI 49155-edge      virtio0-input.1  \n"
	"NMI:          0          0   Non-maskable interrupts\n"
	"ERR:          0\n";

static void test_interrupts(void **state)
{
	(void)state;
	assert_int_equal(text_interrupts(interrupts, PB_SOURCE_NVME, "nvme0"), 308);
	assert_int_equal(text_interrupts(interrupts, PB_SOURCE_NVME, "nvme1"), 2000);
	assert_int_equal(text_interrupts(interrupts, PB_SOURCE_NVME, "nvme2"), 0);
	assert_int_equal(text_interrupts(interrupts, PB_SOURCE_NIC, "virtio0"), 43);
	assert_int_equal(text_interrupts("", PB_SOURCE_NIC, "virtio0"), 0);
	/* Cut off anywhere. */
	for (size_t n = 0; n < sizeof(interrupts); n++) {
		char *cut = calloc(1, n + 1);

		memcpy(cut, interrupts, n);
		assert_true(text_interrupts(cut, PB_SOURCE_NVME, "nvme0") <= 308);
		free(cut);
	}
}

static void test_log(void **state)
{
	static const struct {
		const char *line;
		unsigned int timeouts, polled, aborts;
	} lines[] = {
		{"4,321,5,-;nvme nvme0: I/O 7 QID 1 timeout, completion polled\n", 1, 1, 0},
		{"4,321,5,-;nvme nvme0: I/O tag 7 (1007) QID 1 timeout, completion polled\n", 1, 1,
		 0},
		{"4,321,5,-;nvme nvme0: I/O 7 QID 1 timeout, aborting\n", 1, 0, 1},
		{"4,321,5,-;nvme nvme0: I/O 7 QID 1 timeout, reset controller\n", 1, 0, 1},
		{"4,321,5,-;nvme nvme1: I/O 7 QID 1 timeout, completion polled\n", 0, 0, 0},
		{"4,321,5,-;nvme nvme00: I/O 7 QID 1 timeout, completion polled\n", 0, 0, 0},
		{"6,321,5,-;nvme nvme0: 1/0/0 default/read/poll queues\n", 0, 0, 0},
		{"6,321,5,-;something timeout, completion polled\n", 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct pb_guest_device said = {0};

		text_nvme_line(lines[i].line, "nvme0", &said);
		assert_int_equal(said.timeouts, lines[i].timeouts);
		assert_int_equal(said.polled, lines[i].polled);
		assert_int_equal(said.aborts, lines[i].aborts);
	}
}

static void test_frames(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	struct pb_nic_payload p = {
		.magic = PB_NIC_PAYLOAD_MAGIC, .flow = 3, .seq = 17, .tsc = 123456789};
	uint8_t frame[WIRE_PACKET_MAX];
	uint32_t seq = 0;
	uint64_t tsc = 0;

	(void)state;
	/* As the model of the wire builds them, of every length. */
	for (size_t len = WIRE_PACKET_MIN; len <= WIRE_PACKET_MAX; len++) {
		wire_packet_build(frame, len, mac, mac, &p);
		assert_int_equal(frame_parse(frame, len, &seq, &tsc), 1);
		assert_int_equal(seq, 17);
		assert_int_equal(tsc, 123456789);
		frame[len - 1] ^= 1;
		assert_true(frame_parse(frame, len, &seq, &tsc) < 1);
	}
	wire_packet_build(frame, WIRE_PACKET_MIN, mac, mac, &p);
	for (size_t i = 12; i < WIRE_PACKET_MIN; i++) {
		/* A UDP checksum of another value is wrong too. */
		frame[i] ^= 0x10;
		assert_true(frame_parse(frame, WIRE_PACKET_MIN, &seq, &tsc) < 1);
		frame[i] ^= 0x10;
	}
	for (size_t len = 0; len < WIRE_PACKET_MIN; len++) {
		uint8_t *cut = malloc(len ? len : 1);

		memcpy(cut, frame, len);
		assert_int_equal(frame_parse(cut, len, &seq, &tsc), 0);
		free(cut);
	}
}

static void test_frames_random(void **state)
{
	uint64_t rng = 9;
	uint32_t seq;
	uint64_t tsc;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		size_t len = rng_below(&rng, 120);
		uint8_t *frame = malloc(len ? len : 1);

		for (size_t n = 0; n < len; n++)
			frame[n] = (uint8_t)rng_next(&rng);
		if (len > 70) {
			memcpy(frame + 12, "\x08\x00\x45", 3);
			frame[23] = 17;
			memcpy(frame + 42, "PIRP", 4);
		}
		assert_true(frame_parse(frame, len, &seq, &tsc) < 1);
		free(frame);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_frames_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
