/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vtd_fixture.h - the software side of the IOMMU for its tests: builds its
 * tables in the fake machine's RAM, drives its registers as a driver would.
 * The test of a rule of the VT-d specification is named after its section.
 */
#ifndef TESTS_VTD_FIXTURE_H
#define TESTS_VTD_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "model/fake_lab.h"
#include "shared/event.h"
#include "host/lab/model/vtd.h"
#include "host/lab/model/vtd_internal.h"

/* Where things lie in RAM. */
#define VT_ROOT   0x100000u
#define VT_CTX    0x110000u /* context table of bus n: + n * 0x1000 */
#define VT_IRT    0x300000u /* up to 1 MiB */
#define VT_QUEUE  0x400000u /* up to 512 KiB */
#define VT_STATUS 0x500000u
#define VT_PID    0x600000u
#define VT_DATA   0x1000000u
#define VT_NO_RAM 0x5000000u /* nothing there */

#define VT_SID 0x0080 /* 00:10.0, the function that most tests use */
#define VT_DID 5

/* cmocka set-up: fresh machine, model mapped and reset. */
int vt_setup(void **state);
int vt_teardown(void **state);
#define VT_TEST(f) cmocka_unit_test_setup_teardown(f, vt_setup, vt_teardown)

uint32_t vt_rd(unsigned int offset);
uint64_t vt_rd64(unsigned int offset);
void vt_wr(unsigned int offset, uint32_t v);
void vt_wr64(unsigned int offset, uint64_t v);
/* Write GCMD so that these bits are added to, or taken from, what is on. */
void vt_gcmd(uint32_t set, uint32_t clear);

/* --- DMA remapping ------------------------------------------------------- */

/* An empty root table, TE on. */
void vt_dma_on(void);
/* Context entry of sid, raw; its root entry is made present. */
void vt_context_raw(uint16_t sid, uint64_t lo, uint64_t hi);
/* Context entry with translation type tt (0, 2) and levels; returns the paging root. */
uint64_t vt_context(uint16_t sid, uint16_t did, unsigned int tt, unsigned int levels);
/* Set the leaf for iova at `level` to `pte`, making tables on the way. Returns its address. */
uint64_t vt_map_raw(uint64_t root, unsigned int levels, uint64_t iova, unsigned int level,
		    uint64_t pte);
/* Map a 4 KiB page, readable and writable, 4 levels. */
uint64_t vt_map(uint64_t root, uint64_t iova, uint64_t pa);
/* A DMA read of 4 bytes: what is there, or assert that it is refused. */
uint32_t vt_read(uint16_t sid, uint64_t iova);
void vt_read_fails(uint16_t sid, uint64_t iova, unsigned int reason);
void vt_write_fails(uint16_t sid, uint64_t iova, unsigned int reason);

/* --- invalidation -------------------------------------------------------- */

/* Queue of 2^qs pages on. */
void vt_qi_on(unsigned int qs);
/* Submit one descriptor; true if the IOMMU took it. */
bool vt_submit(uint64_t lo, uint64_t hi);
uint64_t vt_desc_context(unsigned int g, uint16_t did, uint16_t sid, unsigned int fm);
uint64_t vt_desc_iotlb(unsigned int g, uint16_t did);
uint64_t vt_desc_iec(bool selective, uint16_t index, unsigned int im);

/* --- interrupts ---------------------------------------------------------- */

#define VT_X2APIC true
#define VT_XAPIC  false

/* Table of 2^(s+1) entries at VT_IRT, remapping on. */
void vt_ir_on(bool x2apic, unsigned int s);
void vt_irte(unsigned int index, uint64_t lo, uint64_t hi);
/* A remapped entry: fixed, physical, edge. */
uint64_t vt_remapped(uint8_t vector, uint32_t dst);
/* A posted entry naming the PID at pa. */
struct vtd_entry vt_posted(uint8_t vector, uint64_t pa);
/* Upper half of an entry that verifies sid with qualifier sq. */
uint64_t vt_verify(uint16_t sid, unsigned int sq);
/* The MSI address of remappable format for an index (no subhandle). */
uint64_t vt_msi_addr(unsigned int index);
/* Send it as sid; returns what vtd_msi() says. */
struct vtd_message vt_msi(uint16_t sid, unsigned int index);
/* Assert that it is blocked for this reason. */
void vt_msi_fails(uint16_t sid, unsigned int index, unsigned int reason);
/* Control qword of a PID (9.11). */
uint64_t vt_control(bool on, bool sn, uint8_t nv, uint32_t ndst);

/* --- faults -------------------------------------------------------------- */

/* Assert that fault register i holds this; clears nothing. */
void vt_recorded(unsigned int i, uint16_t sid, unsigned int reason, uint64_t fi, bool read);
bool vt_fault_pending(unsigned int i);
void vt_clear_fault(unsigned int i);

#endif
