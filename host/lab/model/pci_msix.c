// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/pci_msix.h"

#include <string.h>

#include "host/lab/model/defect.h"
#include "host/lab/model/pci_internal.h"
#include "shared/event.h"

enum { ADDR_LOW, ADDR_HIGH, DATA, CONTROL };

static uint16_t msix_control(const struct pci_function *f)
{
	const uint8_t *c = f->config + f->msix + PCI_MSIX_CONTROL;

	return f->msix ? c[0] | c[1] << 8 : 0;
}

static bool masked(const struct pci_function *f, unsigned int vector)
{
	return msix_control(f) & PCI_MSIX_MASK ||
	       f->table[vector][CONTROL] & PCI_MSIX_VECTOR_MASKED;
}

static bool enabled(const struct pci_function *f)
{
	return msix_control(f) & PCI_MSIX_ENABLE && pci_function_may_write(f);
}

static uint64_t message_addr(const struct pci_function *f, unsigned int vector)
{
	return f->table[vector][ADDR_LOW] | (uint64_t)f->table[vector][ADDR_HIGH] << 32;
}

static bool is_interrupt(uint64_t addr)
{
	return addr >> 20 == 0xfee;
}

/* A message is a memory write, whatever its address. */
static void send_to(struct pci_function *f, uint64_t addr, uint32_t data, struct vtd_message *out)
{
	if (is_interrupt(addr))
		defect_msi(f->sid, addr, data, out);
	else
		vtd_dma_write(f->sid, addr, &data, sizeof(data));
}

static void send(struct pci_function *f, unsigned int vector, struct vtd_message *out)
{
	send_to(f, message_addr(f, vector), f->table[vector][DATA], out);
}

/* May it be sent now? If not, *out says what became of it. */
static bool may_send(struct pci_function *f, unsigned int vector, struct vtd_message *out)
{
	*out = (struct vtd_message){.flags = PB_EVF_BLOCKED};
	if (vector >= f->desc->msix_vectors || !enabled(f))
		return false;
	if (!masked(f, vector))
		return true;
	f->pending |= 1ull << vector;
	out->flags = PB_EVF_MASKED;
	return false;
}

void pci_function_msix(struct pci_function *f, unsigned int vector, struct vtd_message *out)
{
	if (may_send(f, vector, out))
		send(f, vector, out);
}

/* VT-d 5.1.2.2: handle in bits 19:5 and 2, remappable format, no subhandle. */
#define ASTRAY_SET   0xffff4u
#define ASTRAY_CLEAR 0x8u

void pci_function_msix_astray(struct pci_function *f, unsigned int vector, struct vtd_message *out)
{
	if (may_send(f, vector, out))
		send_to(f, (message_addr(f, vector) | ASTRAY_SET) & ~(uint64_t)ASTRAY_CLEAR,
			f->table[vector][DATA], out);
}

void pci_function_mask(struct pci_function *f, unsigned int vector)
{
	if (vector < f->desc->msix_vectors)
		f->table[vector][CONTROL] |= PCI_MSIX_VECTOR_MASKED;
}

static bool sendable(const struct pci_function *f, unsigned int vector)
{
	return vector < f->desc->msix_vectors && enabled(f) &&
	       is_interrupt(message_addr(f, vector));
}

uint64_t pci_function_peek_pid(struct pci_function *f, unsigned int vector)
{
	if (!sendable(f, vector))
		return 0;
	return vtd_peek_pid(f->sid, message_addr(f, vector), f->table[vector][DATA]);
}

uint64_t pci_function_peek_irte(struct pci_function *f, unsigned int vector)
{
	if (!sendable(f, vector))
		return 0;
	return vtd_peek_irte(message_addr(f, vector), f->table[vector][DATA]);
}

static void deliver_pending(struct pci_function *f)
{
	for (unsigned int i = 0; f->pending && i < f->desc->msix_vectors; i++) {
		struct vtd_message m = {.flags = PB_EVF_BLOCKED};

		if (!(f->pending >> i & 1) || !enabled(f) || masked(f, i))
			continue;
		f->pending &= ~(1ull << i);
		send(f, i, &m);
		if (f->ops->msix_sent)
			f->ops->msix_sent(f, i, &m);
	}
}

static void changed(struct pci_function *f)
{
	if (f->ops->msix_changed)
		f->ops->msix_changed(f);
	deliver_pending(f);
}

void pci_msix_reset(struct pci_function *f)
{
	memset(f->table, 0, sizeof(f->table));
	for (unsigned int i = 0; i < PCI_MSIX_MAX; i++)
		f->table[i][CONTROL] = PCI_MSIX_VECTOR_MASKED;
	f->pending = 0;
}

void pci_msix_update(struct pci_function *f)
{
	if (!f->msix)
		return;
	if (!(msix_control(f) & PCI_MSIX_ENABLE))
		f->pending = 0;
	changed(f);
}

static bool in_table(const struct pci_function *f, unsigned int bar, uint32_t offset)
{
	const struct pci_function_desc *d = f->desc;

	return f->msix && bar == d->msix_bar && offset >= d->msix_table &&
	       offset < d->msix_table + d->msix_vectors * 16;
}

static bool in_pba(const struct pci_function *f, unsigned int bar, uint32_t offset)
{
	const struct pci_function_desc *d = f->desc;

	return f->msix && bar == d->msix_bar && offset >= d->msix_pba &&
	       offset < d->msix_pba + sizeof(f->pending);
}

bool pci_msix_read(struct pci_function *f, unsigned int bar, uint32_t offset, uint32_t *v)
{
	if (in_table(f, bar, offset)) {
		offset -= f->desc->msix_table;
		*v = f->table[offset / 16][offset / 4 % 4];
		return true;
	}
	if (in_pba(f, bar, offset)) {
		*v = f->pending >> 8 * (offset - f->desc->msix_pba);
		return true;
	}
	return false;
}

bool pci_msix_write(struct pci_function *f, unsigned int bar, uint32_t offset, uint32_t v)
{
	static const uint32_t writable[4] = {
		[ADDR_LOW] = ~3u,
		[ADDR_HIGH] = ~0u,
		[DATA] = ~0u,
		[CONTROL] = PCI_MSIX_VECTOR_MASKED,
	};
	unsigned int dword;

	if (!in_table(f, bar, offset))
		return in_pba(f, bar, offset);
	offset -= f->desc->msix_table;
	dword = offset / 4 % 4;
	f->table[offset / 16][dword] = v & writable[dword];
	changed(f);
	return true;
}
