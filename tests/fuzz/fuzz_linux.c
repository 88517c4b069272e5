// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a Linux guest's VMM takes from outside: a kernel's image, then what a guest
 * does with configuration space, BARs, MSI-X table and serial port.
 *
 *	byte 0: 0: the rest is an image; else accesses of 8 bytes each:
 *	kind and size, slot or page, offset (2), value (4)
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "vmm/linux_rig.h"

static void image(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct vmm_line line = {""};
	struct linux_bzimage b;

	if (!copy)
		return;
	memcpy(copy, data, size);
	if (!linux_bzimage_parse(copy, size, &b, &line)) {
		/* All of it must be there, and the header must leave the zero page whole. */
		volatile uint8_t last = b.kernel[b.kernel_size - 1];

		(void)last;
		if (LINUX_SETUP_HEADER + b.header_size > LINUX_ZERO_PAGE ||
		    b.header + b.header_size > copy + size)
			abort();
	} else if (!line.text[0]) {
		abort();
	}
	free(copy);
}

static void access_one(const uint8_t at[8])
{
	unsigned int size = 1u << (at[0] >> 4) % 3;
	uint64_t gpa = LINUX_WINDOW + (uint64_t)at[1] * 0x1000;
	uint8_t bytes[8] = {0};
	uint16_t offset;
	uint32_t value;

	memcpy(&offset, at + 2, 2);
	memcpy(&value, at + 4, 4);
	memcpy(bytes, &value, 4);
	switch (at[0] & 7) {
	case 0:
		rig_config_read(at[1] & 31, offset & 0xff, size);
		break;
	case 1:
	case 2:
		rig_config_write(at[1] & 31, offset & 0xff, size, value);
		break;
	case 3:
	case 4:
		linux_mmio(&rig.x, gpa + (offset & 0xfff), bytes, 1u << (at[0] >> 4) % 4,
			   at[0] & 8);
		break;
	case 5:
		linux_serial_out(&rig.x.serial, at[1] & 7, (uint8_t)value);
		break;
	case 6:
		linux_serial_in(&rig.x.serial, at[1] & 7);
		break;
	default:
		linux_pci_out(&rig.x, 0xcf8 + (at[1] & 7), size, value);
		linux_pci_in(&rig.x, 0xcf8 + (at[1] & 7), size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char last[40];

	if (!size || !data[0]) {
		image(data + !!size, size ? size - 1 : 0);
		return 0;
	}
	linux_rig_begin(2);
	for (size_t i = 1; i + 8 <= size; i += 8)
		access_one(data + i);
	linux_serial_last(&rig.x.serial, last, sizeof(last));
	if (rig.wrong || rig.irqfds > RIG_VECTORS)
		abort();
	linux_rig_end();
	return 0;
}
