// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The NIC in the hands of a hostile driver: a list of what it does, 8 bytes each:
 * registers of any function, configuration space, memory, whole set-ups, and time
 * that passes.  Whatever it is, the model must stay within its memory and come to
 * an end.  The machine is that of the unit tests.
 *
 *	byte 0: what, byte 1: which function and length, 2 and 3: where, 4 to 7: value
 */
#include <string.h>

#include "host/lab/model/nic.h"
#include "model/virtio_driver.h"
#include "tests/fuzz/fuzz.h"

#define MAX 512 /* deeds */

static void put(uint64_t at, uint64_t v, unsigned int len)
{
	at &= ~(uint64_t)(len - 1);
	if (fake_mmio_mapped(at))
		fake_mmio_write(at, &v, len);
}

static void get(uint64_t at, unsigned int len)
{
	uint64_t v;

	at &= ~(uint64_t)(len - 1);
	if (fake_mmio_mapped(at))
		fake_mmio_read(at, &v, len);
}

static uint64_t config(unsigned int f)
{
	return PCI_ECAM_BASE + ((NIC + f) << 12);
}

static uint32_t bar4(unsigned int f)
{
	return f ? VFS4 + (f - 1) * 0x10000 : BAR4;
}

/* A function that is ready to work, but for its rings. */
static void set_up(unsigned int f, uint8_t how)
{
	uint32_t at = drv_bar0(f);
	uint32_t high = 1u << (VIRTIO_F_VERSION_1 - 32) | 1u << (VIRTIO_F_ACCESS_PLATFORM - 32) |
			(how & 1 ? 1u << (VIRTIO_F_RING_PACKED - 32) : 0) |
			1u << (VIRTIO_F_RING_RESET - 32);
	uint32_t low = (how & 2 ? 3u << 28 : 0) | (how & 4 ? 1u << 22 | 3u << 17 | 1u << 23 : 0);

	put(at + VIRTIO_PCI_COMMON_STATUS, 0, 1);
	put(at + VIRTIO_PCI_COMMON_GFSELECT, 0, 4);
	put(at + VIRTIO_PCI_COMMON_GF, low, 4);
	put(at + VIRTIO_PCI_COMMON_GFSELECT, 1, 4);
	put(at + VIRTIO_PCI_COMMON_GF, high, 4);
	put(at + VIRTIO_PCI_COMMON_STATUS, 11, 1);
	for (unsigned int q = 0; q < PB_NIC_QUEUES; q++) {
		put(at + VIRTIO_PCI_COMMON_Q_SELECT, q, 2);
		put(at + VIRTIO_PCI_COMMON_Q_SIZE, 8, 2);
		put(at + VIRTIO_PCI_COMMON_Q_MSIX, q, 2);
		put(at + VIRTIO_PCI_COMMON_Q_DESCLO, q % 4 * 0x400, 4);
		put(at + VIRTIO_PCI_COMMON_Q_AVAILLO, q % 4 * 0x400 + 0x100, 4);
		put(at + VIRTIO_PCI_COMMON_Q_USEDLO, q % 4 * 0x400 + 0x200, 4);
		put(at + VIRTIO_PCI_COMMON_Q_ENABLE, 1, 2);
	}
	put(at + VIRTIO_PCI_COMMON_STATUS, 15, 1);
}

/* Frames for the function, soon. */
static void traffic(unsigned int f, uint32_t v)
{
	uint32_t at = bar4(f);

	put(at + PB_NIC_SCHEDULE, v % 5, 4);
	put(at + PB_NIC_COUNT, 1 + v / 8 % 16, 4);
	put(at + PB_NIC_FLOWS, 1 + v % 8, 4);
	put(at + PB_NIC_PERIOD_LO, 10, 4);
	put(at + PB_NIC_BURST, 3, 4);
	put(at + PB_NIC_SIZE_MIN, 66, 4);
	put(at + PB_NIC_SIZE_MAX, 200, 4);
	put(at + PB_NIC_CTRL, PB_NIC_CTRL_ARM, 4);
}

/* One byte what, one byte whom, two where, four what value. */
struct deed {
	uint8_t what, who;
	uint16_t where;
	uint32_t value;
};

static void act(const struct deed *d)
{
	unsigned int f = d->who % NIC_FUNCTIONS, len = 1u << d->who / 64 % 3;

	switch (d->what % 10) {
	case 0:
		put(drv_bar0(f) + d->where % 0x4000, d->value, len);
		break;
	case 1:
		get(drv_bar0(f) + d->where % 0x4000, len);
		break;
	case 2:
		put(bar4(f) + d->where % 0x800, d->value, 4);
		break;
	case 3:
		get(bar4(f) + d->where % 0x800, 4);
		break;
	case 4:
		put(config(f) + d->where % 4096, d->value, len);
		break;
	case 5:
		get(config(f) + d->where % 4096, len);
		break;
	case 6:
		memcpy(fake_ram(d->where, 4), &d->value, 4);
		break;
	case 7:
		fake_advance(d->where);
		break;
	case 8:
		set_up(f, (uint8_t)d->value);
		break;
	default:
		if (d->value & 1)
			traffic(f, d->value >> 1);
		else
			put(drv_bar0(f) + VIRTIO_BAR_NOTIFY + d->where % PB_NIC_QUEUES * 4,
			    d->where, 2);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct deed d;

	if (size > MAX * sizeof(d))
		return 0;
	rig_setup(NULL);
	drv_pf();
	drv_vfs(NIC_VFS);
	for (; size >= sizeof(d); data += sizeof(d), size -= sizeof(d)) {
		memcpy(&d, data, sizeof(d));
		act(&d);
		/* The captured messages are no part of the models. */
		fake_clear();
	}
	fake_advance(100000);
	rig_teardown(NULL);
	return 0;
}
