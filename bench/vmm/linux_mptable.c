// SPDX-License-Identifier: LGPL-2.1-or-later
/* linux_mptable.c - MultiProcessor Specification 1.4, chapter 4: CPUs, I/O APIC, ISA interrupts. */
#include <string.h>

#include "vmm/linux.h"

#define LOCAL_APIC 0xfee00000u
#define IO_APIC    0xfec00000u
#define ISA_BUS    0
#define ISA_IRQS   16

struct table {
	uint8_t *at;
	size_t size;
	unsigned int entries;
};

static void put(struct table *t, const void *data, size_t size)
{
	memcpy(t->at + t->size, data, size);
	t->size += size;
	t->entries++;
}

static void put_cpu(struct table *t, unsigned int id)
{
	/* Type, APIC id, version, flags (enabled, bootstrap), signature, features. */
	uint8_t e[20] = {0, (uint8_t)id, 0x14, id ? 1 : 3, 0, 6, 0, 0, 1, 2};

	put(t, e, sizeof(e));
}

static void put_interrupt(struct table *t, uint8_t kind, uint8_t what, uint8_t irq, uint8_t id,
			  uint8_t pin)
{
	/* Type, kind of interrupt, polarity and trigger (the bus's), bus, irq, APIC, pin. */
	uint8_t e[8] = {kind, what, 0, 0, ISA_BUS, irq, id, pin};

	put(t, e, sizeof(e));
}

static uint8_t checksum(const uint8_t *p, size_t size)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + p[i]);
	return (uint8_t)-sum;
}

static void entries(struct table *t, unsigned int vcpus)
{
	const uint8_t isa[8] = {1, ISA_BUS, 'I', 'S', 'A', ' ', ' ', ' '};
	const uint8_t io_apic[8] = {2,
				    (uint8_t)vcpus,
				    0x11,
				    1,
				    IO_APIC & 0xff,
				    IO_APIC >> 8 & 0xff,
				    IO_APIC >> 16 & 0xff,
				    IO_APIC >> 24};

	for (unsigned int i = 0; i < vcpus; i++)
		put_cpu(t, i);
	put(t, isa, sizeof(isa));
	put(t, io_apic, sizeof(io_apic));
	/* The PIT's is pin 2, as on PCs; the 8259's cascade has none. */
	for (uint8_t i = 0; i < ISA_IRQS; i++)
		if (i != 2)
			put_interrupt(t, 3, 0, i, (uint8_t)vcpus, i ? i : 2);
	/* Local: ExtINT on LINT0 of the first CPU, NMI on LINT1 of all. */
	put_interrupt(t, 4, 3, 0, 0, 0);
	put_interrupt(t, 4, 1, 0, 0xff, 1);
}

size_t linux_mptable_build(uint8_t *at, uint32_t gpa, unsigned int vcpus)
{
	static const uint8_t floating[4] = {'_', 'M', 'P', '_'};
	static const uint8_t config[4] = {'P', 'C', 'M', 'P'};
	static const uint8_t product[20] = {'P', 'I', 'R', 'B', 'E', 'N', 'C', 'H', 'L', 'I',
					    'N', 'U', 'X', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
	struct table t = {.at = at, .size = 16 + 44};
	uint8_t *head = at + 16;
	uint32_t table = gpa + 16, apic = LOCAL_APIC;
	uint16_t nr, size;

	memset(at, 0, 16 + 44);
	entries(&t, vcpus);
	size = (uint16_t)(t.size - 16);
	nr = (uint16_t)t.entries;
	memcpy(head, config, sizeof(config));
	memcpy(head + 4, &size, 2);
	head[6] = 4;
	memcpy(head + 8, product, sizeof(product));
	memcpy(head + 34, &nr, 2);
	memcpy(head + 36, &apic, 4);
	head[7] = checksum(head, size);
	memcpy(at, floating, sizeof(floating));
	memcpy(at + 4, &table, 4);
	at[8] = 1;
	at[9] = 4;
	at[10] = checksum(at, 16);
	return t.size;
}
