// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The enhanced configuration access mechanism, PCI Express Base Specification
 * 6.0, 7.2.2: each function's 4 KiB of configuration space in memory.  There is
 * nothing but bus 0.  The first 256 bytes are the same as through CF8/CFC, also
 * of the machine's own functions, which are conventional PCI and have no more.
 */
#include <errno.h>
#include <string.h>

#include "host/lab/model/lab.h"
#include "host/lab/model/pci_internal.h"

#define FUNCTIONS          256u
#define CONVENTIONAL_BYTES 256u

static struct pci_function *functions[FUNCTIONS];

static uint32_t config_read(unsigned int devfn, unsigned int offset, unsigned int len)
{
	if (devfn >= FUNCTIONS) /* of another bus */
		return 0xffffffff;
	if (functions[devfn])
		return pci_function_config_read(functions[devfn], offset, len);
	if (offset + len > CONVENTIONAL_BYTES)
		return 0xffffffff;
	return lab->config_read(devfn, offset, len);
}

static void config_write(unsigned int devfn, unsigned int offset, uint32_t v, unsigned int len)
{
	if (devfn >= FUNCTIONS)
		return;
	if (functions[devfn])
		pci_function_config_write(functions[devfn], offset, v, len);
	else if (offset + len <= CONVENTIONAL_BYTES)
		lab->config_write(devfn, offset, v, len);
}

static void ecam_read(void *arg, uint64_t offset, void *data, unsigned int len)
{
	uint8_t *to = data;

	(void)arg;
	while (len) {
		unsigned int n = pci_piece(offset, len);
		uint32_t v = config_read(offset >> 12, offset & 0xfff, n);

		memcpy(to, &v, n);
		to += n;
		offset += n;
		len -= n;
	}
}

static void ecam_write(void *arg, uint64_t offset, const void *data, unsigned int len)
{
	const uint8_t *from = data;

	(void)arg;
	while (len) {
		unsigned int n = pci_piece(offset, len);
		uint32_t v = 0;

		memcpy(&v, from, n);
		config_write(offset >> 12, offset & 0xfff, v, n);
		from += n;
		offset += n;
		len -= n;
	}
}

int pci_ecam_init(void)
{
	memset(functions, 0, sizeof(functions));
	return lab->mmio_map(PCI_ECAM_BASE, PCI_ECAM_SIZE, ecam_read, ecam_write, functions, NULL);
}

int pci_ecam_add(struct pci_function *f)
{
	int rc;

	if (functions[f->sid])
		return -EBUSY;
	rc = lab->pci_register(f->sid, f->desc->name, f);
	if (!rc)
		functions[f->sid] = f;
	return rc;
}
