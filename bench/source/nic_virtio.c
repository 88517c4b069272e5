// SPDX-License-Identifier: LGPL-2.1-or-later
#include "source/nic_virtio.h"

#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/nic_regs.h"
#include "shared/virtio_regs.h"

#define POLL_US      20u
#define WAIT_MS      1000u
/* The control queue, in the admin pages: descriptors and available ring, used ring, a command. */
#define CTRL_QUEUE   (2 * PB_NIC_PAIRS)
#define CTRL_USED    (PB_DEVICE_ADMIN + 4096u)
#define CTRL_COMMAND (PB_DEVICE_ADMIN + 8192u)
#define FEATURE(n)   (1ull << (n))

/* What goes to the control queue: 5.1.6.5.5. The device writes `ack`. */
struct pairs_command {
	uint8_t class, command;
	uint16_t pairs;
	uint8_t ack;
};
#define ACK_AT offsetof(struct pairs_command, ack)

static int fail(struct nic_virtio *v, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int fail(struct nic_virtio *v, int ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v->error, v->size, fmt, ap);
	va_end(ap);
	return ret;
}

/* --- registers, each of its own width (4.1.3.1) ------------------------------------- */

static volatile uint8_t *common(const struct nic_virtio *v, uint32_t reg)
{
	return v->fn->bar[VIRTIO_BAR] + VIRTIO_BAR_COMMON + reg;
}

static uint8_t get8(const struct nic_virtio *v, uint32_t reg)
{
	return *common(v, reg);
}

static uint16_t get16(const struct nic_virtio *v, uint32_t reg)
{
	return *(volatile uint16_t *)common(v, reg);
}

static uint32_t get32(const struct nic_virtio *v, uint32_t reg)
{
	return *(volatile uint32_t *)common(v, reg);
}

static void set8(const struct nic_virtio *v, uint32_t reg, uint8_t value)
{
	*common(v, reg) = value;
}

static void set16(const struct nic_virtio *v, uint32_t reg, uint16_t value)
{
	*(volatile uint16_t *)common(v, reg) = value;
}

static void set32(const struct nic_virtio *v, uint32_t reg, uint32_t value)
{
	*(volatile uint32_t *)common(v, reg) = value;
}

static void set64(const struct nic_virtio *v, uint32_t reg_lo, uint64_t value)
{
	set32(v, reg_lo, (uint32_t)value);
	set32(v, reg_lo + 4, (uint32_t)(value >> 32));
}

/* Memory that guest and device share, at the address that they have for it. */
static void *memory(const struct nic_virtio *v, uint64_t iova)
{
	return v->fn->queues + (iova - v->fn->queues_iova);
}

/* --- device ------------------------------------------------------------------------- */

static int check_device(struct nic_virtio *v)
{
	uint16_t queues;

	if (!v->fn || !v->fn->bar[VIRTIO_BAR] || v->fn->bar_size[VIRTIO_BAR] < VIRTIO_BAR_SIZE ||
	    !v->fn->queues)
		return fail(v, -ENODEV, "not a virtio device: BAR 0 has %zu bytes",
			    v->fn ? v->fn->bar_size[VIRTIO_BAR] : (size_t)0);
	queues = get16(v, VIRTIO_PCI_COMMON_NUMQ);
	if (queues != PB_NIC_QUEUES)
		return fail(v, -ENODEV, "not the lab's NIC: it has %u queues, not %u", queues,
			    PB_NIC_QUEUES);
	return 0;
}

/* Reset takes until the status is read as 0 (4.1.4.3.2). */
static int reset(struct nic_virtio *v)
{
	uint64_t end = clock_now(v->clock) + clock_us_to_ticks(v->clock, WAIT_MS * 1000);

	set8(v, VIRTIO_PCI_COMMON_STATUS, 0);
	while (get8(v, VIRTIO_PCI_COMMON_STATUS)) {
		if (clock_now(v->clock) >= end)
			return fail(v, -ETIMEDOUT, "the device does not reset: status 0x%02x",
				    get8(v, VIRTIO_PCI_COMMON_STATUS));
		clock_sleep_us(v->clock, POLL_US);
	}
	return 0;
}

static void status_add(struct nic_virtio *v, uint8_t bit)
{
	set8(v, VIRTIO_PCI_COMMON_STATUS, get8(v, VIRTIO_PCI_COMMON_STATUS) | bit);
}

static int negotiate(struct nic_virtio *v, uint64_t features)
{
	uint64_t offered;

	status_add(v, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	status_add(v, VIRTIO_CONFIG_S_DRIVER);
	set32(v, VIRTIO_PCI_COMMON_DFSELECT, 0);
	offered = get32(v, VIRTIO_PCI_COMMON_DF);
	set32(v, VIRTIO_PCI_COMMON_DFSELECT, 1);
	offered |= (uint64_t)get32(v, VIRTIO_PCI_COMMON_DF) << 32;
	if (features & ~offered)
		return fail(v, -ENOTSUP, "the device lacks features: 0x%llx of 0x%llx",
			    (unsigned long long)(features & ~offered),
			    (unsigned long long)features);
	set32(v, VIRTIO_PCI_COMMON_GFSELECT, 0);
	set32(v, VIRTIO_PCI_COMMON_GF, (uint32_t)features);
	set32(v, VIRTIO_PCI_COMMON_GFSELECT, 1);
	set32(v, VIRTIO_PCI_COMMON_GF, (uint32_t)(features >> 32));
	status_add(v, VIRTIO_CONFIG_S_FEATURES_OK);
	if (!(get8(v, VIRTIO_PCI_COMMON_STATUS) & VIRTIO_CONFIG_S_FEATURES_OK))
		return fail(v, -ENOTSUP, "the device does not take the features 0x%llx",
			    (unsigned long long)features);
	return 0;
}

/* --- queues ------------------------------------------------------------------------- */

static int set_vector(struct nic_virtio *v, uint32_t reg, uint16_t vector)
{
	set16(v, reg, vector);
	if (get16(v, reg) != vector)
		return fail(v, -EIO, "the device does not take MSI-X vector %u", vector);
	return 0;
}

static int queue_enable(struct nic_virtio *v, uint16_t index, uint64_t desc, uint64_t used,
			uint16_t vector)
{
	int ret;

	set16(v, VIRTIO_PCI_COMMON_Q_SELECT, index);
	if (get16(v, VIRTIO_PCI_COMMON_Q_SIZE) < NET_ENTRIES)
		return fail(v, -ENOSPC, "queue %u has %u entries at most, %u are needed", index,
			    get16(v, VIRTIO_PCI_COMMON_Q_SIZE), NET_ENTRIES);
	set16(v, VIRTIO_PCI_COMMON_Q_SIZE, NET_ENTRIES);
	ret = set_vector(v, VIRTIO_PCI_COMMON_Q_MSIX, vector);
	if (ret)
		return ret;
	set64(v, VIRTIO_PCI_COMMON_Q_DESCLO, desc);
	set64(v, VIRTIO_PCI_COMMON_Q_AVAILLO, desc + NET_AVAIL);
	set64(v, VIRTIO_PCI_COMMON_Q_USEDLO, used);
	set16(v, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
	return 0;
}

/* All buffers are the device's from the beginning. */
static void receive_fill(struct nic_virtio *v, const struct pb_device_queue *q)
{
	struct net_desc *desc = memory(v, q->submission);
	struct net_avail *avail = memory(v, q->submission + NET_AVAIL);

	for (uint16_t i = 0; i < NET_ENTRIES; i++) {
		desc[i] = (struct net_desc){.addr = q->data + i * (uint64_t)NET_BUFFER,
					    .len = NET_BUFFER,
					    .flags = NET_DESC_WRITE};
		avail->ring[i] = i;
	}
	__atomic_store_n(&avail->idx, (uint16_t)NET_ENTRIES, __ATOMIC_RELEASE);
}

static int pair_create(struct nic_virtio *v, struct pb_device_queue *q, uint16_t pair)
{
	int ret;

	receive_fill(v, q);
	ret = queue_enable(v, 2 * pair, q->submission, q->completion, pair + 1);
	q->submission_doorbell =
		v->fn->device->bar + VIRTIO_BAR_NOTIFY + 4ull * get16(v, VIRTIO_PCI_COMMON_Q_NOFF);
	return ret
		       ?: queue_enable(v, 2 * pair + 1, q->submission + NET_TRANSMIT,
				       q->completion + NET_TRANSMIT, VIRTIO_MSI_NO_VECTOR);
}

/* --- the control queue -------------------------------------------------------------- */

static int ctrl_create(struct nic_virtio *v)
{
	uint64_t base = v->fn->queues_iova;

	memset(v->fn->queues + PB_DEVICE_ADMIN, 0, PB_DEVICE_QUEUES - PB_DEVICE_ADMIN);
	return queue_enable(v, CTRL_QUEUE, base + PB_DEVICE_ADMIN, base + CTRL_USED,
			    VIRTIO_MSI_NO_VECTOR);
}

static void pairs_submit(struct nic_virtio *v, uint32_t pairs)
{
	uint64_t at = v->fn->queues_iova + CTRL_COMMAND;
	struct net_desc *desc = (struct net_desc *)(v->fn->queues + PB_DEVICE_ADMIN);
	struct net_avail *avail = (struct net_avail *)((uint8_t *)desc + NET_AVAIL);
	struct pairs_command *c = (struct pairs_command *)(v->fn->queues + CTRL_COMMAND);

	*c = (struct pairs_command){VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET,
				    (uint16_t)pairs, 0xff};
	desc[0] = (struct net_desc){at, ACK_AT, NET_DESC_NEXT, 1};
	desc[1] = (struct net_desc){at + ACK_AT, 1, NET_DESC_WRITE, 0};
	avail->ring[0] = 0;
	avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	__atomic_store_n(&avail->idx, (uint16_t)1, __ATOMIC_RELEASE);
	set16(v, VIRTIO_PCI_COMMON_Q_SELECT, CTRL_QUEUE);
	*(volatile uint16_t *)(v->fn->bar[VIRTIO_BAR] + VIRTIO_BAR_NOTIFY +
			       4u * get16(v, VIRTIO_PCI_COMMON_Q_NOFF)) = CTRL_QUEUE;
}

static int pairs_set(struct nic_virtio *v, uint32_t pairs)
{
	const struct net_used *used = (struct net_used *)(v->fn->queues + CTRL_USED);
	const struct pairs_command *c = (struct pairs_command *)(v->fn->queues + CTRL_COMMAND);
	uint64_t end = clock_now(v->clock) + clock_us_to_ticks(v->clock, WAIT_MS * 1000);

	pairs_submit(v, pairs);
	while (!__atomic_load_n(&used->idx, __ATOMIC_ACQUIRE)) {
		if (clock_now(v->clock) >= end)
			return fail(v, -ETIMEDOUT, "VQ_PAIRS_SET: no answer within %u ms", WAIT_MS);
		clock_sleep_us(v->clock, POLL_US);
	}
	if (c->ack != VIRTIO_NET_OK)
		return fail(v, -EIO, "the device does not take %u queue pairs", pairs);
	return 0;
}

/* --- all of it ---------------------------------------------------------------------- */

int nic_virtio_open(struct nic_virtio *v, struct pb_device_queue *q, uint32_t pairs)
{
	uint64_t features = FEATURE(VIRTIO_F_VERSION_1) | FEATURE(VIRTIO_F_ACCESS_PLATFORM);
	int ret = check_device(v);

	if (pairs > 1)
		features |= FEATURE(VIRTIO_NET_F_CTRL_VQ) | FEATURE(VIRTIO_NET_F_MQ);
	ret = ret ?: reset(v);
	ret = ret ?: negotiate(v, features);
	ret = ret ?: set_vector(v, VIRTIO_PCI_COMMON_MSIX, 0);
	for (uint16_t i = 0; i < pairs && !ret; i++)
		ret = pair_create(v, &q[i], i);
	if (pairs > 1)
		ret = ret ?: ctrl_create(v);
	if (ret)
		return ret;
	status_add(v, VIRTIO_CONFIG_S_DRIVER_OK);
	if (get8(v, VIRTIO_PCI_COMMON_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET)
		return fail(v, -EIO, "the device needs a reset at once");
	return pairs > 1 ? pairs_set(v, pairs) : 0;
}

void nic_virtio_close(struct nic_virtio *v)
{
	char line[160];

	if (!v->fn || !v->fn->bar[VIRTIO_BAR])
		return;
	v->error = line;
	v->size = sizeof(line);
	reset(v);
	v->fn = NULL;
}
