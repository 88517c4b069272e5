/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nvme_host.h - the host's side of an NVMe controller in the fake machine:
 * queues, doorbells, completions.  Bus addresses are those of fake_vtd.h.
 */
#ifndef TESTS_NVME_HOST_H
#define TESTS_NVME_HOST_H

#include "model/rig.h"
#include "host/lab/model/nvme_internal.h"

#define HOST_IOVA   0x40000000ull /* FAKE_IOVA */
#define HOST_SIZE   8u /* entries of a queue */
#define HOST_QUEUES 4u

struct host_cqe {
	uint32_t result, reserved;
	uint16_t sq_head, sqid, cid, status; /* phase taken off */
};

struct host {
	unsigned int devfn;
	uint32_t bar;
	uint64_t ram; /* physical: queues, then pages for data */
	struct {
		uint32_t tail, head, phase;
	} sq[HOST_QUEUES], cq[HOST_QUEUES];
	uint16_t cid;
	uint32_t result; /* of the last command */
};

/* Physical address of the n-th page for data, and what a command calls it. */
uint64_t host_page(const struct host *h, unsigned int n);
uint64_t host_bus(const struct host *h, unsigned int n);

/* Rig, controller of function `devfn` mapped, MSI-X on, enabled. */
void host_start(struct host *h, unsigned int devfn);
/* The same without CC.EN. */
void host_map(struct host *h, unsigned int devfn);
void host_enable(struct host *h);
/* VFs of the physical function, which has to be mapped. */
void host_vfs(unsigned int n);

uint32_t host_rd(const struct host *h, uint32_t offset);
void host_wr(const struct host *h, uint32_t offset, uint32_t value);
void host_ring(const struct host *h, unsigned int q);

/* Registers of the instrument, and behind it: of the physical function. */
uint32_t host_in_rd(uint32_t offset);
void host_in_wr(uint32_t offset, uint32_t value);
/* Arm it for all vectors but the first: source, service time, fault at its n-th occasion. */
void host_arm(uint8_t source, enum pb_service service, uint32_t mean, enum pb_device_fault fault,
	      uint32_t at);

/* Write a command without ringing; its id. dw[0] gets the id. */
uint16_t host_put(struct host *h, unsigned int q, const uint32_t dw[16]);
/* The next completion, false: none. The head doorbell is rung. */
bool host_get(struct host *h, unsigned int q, struct host_cqe *e);
/* Let time pass until there is one; fails the test if there is none. */
struct host_cqe host_wait(struct host *h, unsigned int q);
/* Put, ring, wait: status without MORE. */
uint16_t host_run(struct host *h, unsigned int q, const uint32_t dw[16]);

/* Create I/O queue pair q with interrupt vector q. */
void host_pair(struct host *h, unsigned int q);
/* Admin command: opcode, dword 10, 11; PRP1 is data page 0. */
uint16_t host_admin(struct host *h, uint8_t opcode, uint32_t nsid, uint32_t dw10, uint32_t dw11);
/* Identify into data page 0, which is filled with 0xee before. */
uint16_t host_identify(struct host *h, uint8_t cns, uint32_t nsid, uint16_t cntid);
/* I/O of n blocks on queue 1, from data page 0 on, with a PRP list in page 63 if needed. */
uint16_t host_io(struct host *h, uint8_t opcode, uint64_t lba, uint32_t n);
/* An I/O command of this kind, for the caller to change. */
void host_io_make(struct host *h, uint32_t dw[16], uint8_t opcode, uint64_t lba, uint32_t n);
void host_fill(const struct host *h, unsigned int page, unsigned int pages, uint8_t seed);

#endif
