/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virtio_driver.h - the driver's side of virtio 1.2 for unit tests: registers
 * of a function in the rig, and split and packed queues in the fake machine's
 * memory.  It obeys the rules; a test that breaks one writes into memory itself.
 */
#ifndef TESTS_VIRTIO_DRIVER_H
#define TESTS_VIRTIO_DRIVER_H

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

#include "host/lab/model/virtio_pci.h"
#include "model/rig.h"
#include "shared/instrument_regs.h"
#include "shared/nic_regs.h"

#define NIC  0xa0u /* devfn */
#define BAR4 0xd0000000u
#define VFS0 0xd1000000u /* BAR 0 of the virtual functions */
#define VFS2 0xd2000000u
#define VFS4 0xd3000000u
#define IOVA 0x40000000ull /* FAKE_IOVA of fake_vtd.h */

#define F(bit) (1ull << (bit))
#define BASIC  (F(VIRTIO_F_VERSION_1) | F(VIRTIO_F_ACCESS_PLATFORM))

#define FIRST_DATA 32u /* message data of vector 0 of function 0; 16 further on for each */

/* Bring the physical function up: BARs, bus mastering, MSI-X with data FIRST_DATA + vector. */
void drv_pf(void);
/* Enable so many virtual functions, with bus mastering and MSI-X. */
void drv_vfs(unsigned int nr);
void drv_vfs_off(void);

/* Where the registers of function `nr` are; 0: the physical one. */
uint32_t drv_bar0(unsigned int nr);

uint8_t drv_get8(unsigned int nr, unsigned int at);
uint16_t drv_get16(unsigned int nr, unsigned int at);
uint32_t drv_get32(unsigned int nr, unsigned int at);
void drv_set8(unsigned int nr, unsigned int at, uint8_t v);
void drv_set16(unsigned int nr, unsigned int at, uint16_t v);
void drv_set32(unsigned int nr, unsigned int at, uint32_t v);

uint64_t drv_offered(unsigned int nr);
/* Reset, ACKNOWLEDGE, DRIVER, features, FEATURES_OK; the status then. */
uint8_t drv_negotiate(unsigned int nr, uint64_t features);
void drv_ok(unsigned int nr);

#define DRV_SIZE 16u

struct drv_queue {
	unsigned int nr, index; /* function, queue */
	bool packed;
	uint16_t size;
	uint64_t desc, driver, device; /* physical */
	uint16_t next, seen; /* split: heads given, used seen; packed: slots */
	bool next_wrap, seen_wrap;
	uint16_t free; /* split: next descriptor */
	uint16_t slots[256]; /* packed: of a buffer ID */
};

/* Select it, memory zeroed, size, vector = index, enabled. */
void drv_queue(struct drv_queue *q, unsigned int nr, unsigned int index, bool packed);
void drv_queue_sized(struct drv_queue *q, unsigned int nr, unsigned int index, bool packed,
		     uint16_t size);

struct drv_seg {
	uint64_t pa;
	uint32_t len;
	bool write;
};
/* Make a buffer available; its id. */
uint16_t drv_add(struct drv_queue *q, const struct drv_seg *seg, unsigned int nr);
/* The same through an indirect table at `table`. */
uint16_t drv_add_indirect(struct drv_queue *q, uint64_t table, const struct drv_seg *seg,
			  unsigned int nr);
void drv_kick(struct drv_queue *q);
/* The next used buffer; false: there is none. */
bool drv_used(struct drv_queue *q, uint16_t *id, uint32_t *len);
/* No interrupts, or all of them, by flags. */
void drv_interrupts(struct drv_queue *q, bool on);
/* With event index: one at the used buffer after `skip` more. */
void drv_used_event(struct drv_queue *q, uint16_t skip);

/* Let the device do what it was asked to. */
void drv_wait(void);

/* Registers of the lab in BAR 4 of a function. */
uint32_t nic_get(unsigned int nr, uint32_t at);
void nic_set(unsigned int nr, uint32_t at, uint32_t v);
uint32_t nic_queue(unsigned int nr, unsigned int queue, uint32_t at);

#endif
