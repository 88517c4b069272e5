// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/pci.h"

#include <errno.h>
#include <string.h>

#include "host/lab/model/pci_internal.h"
#include "host/lab/model/pci_msix.h"

/* --- building ------------------------------------------------------------- */

static void function_prepare(struct pci_function *f, const struct pci_function_desc *desc,
			     const struct pci_function_ops *ops)
{
	memset(f, 0, sizeof(*f));
	f->ops = ops;
	f->desc = desc;
	for (unsigned int i = 0; i < PCI_BARS; i++)
		f->bar[i].f = f;
}

static int function_add(struct pci_function *f)
{
	pci_build(f);
	memcpy(f->config, f->initial, sizeof(f->config));
	pci_msix_reset(f);
	return pci_ecam_add(f);
}

static bool ops_valid(const struct pci_function_ops *ops)
{
	return (ops->read_sized || ops->read) && (ops->write_sized || ops->write);
}

int pci_function_init(struct pci_function *f, unsigned int devfn,
		      const struct pci_function_desc *desc, const struct pci_function_ops *ops)
{
	if (devfn > 0xff || !pci_desc_valid(desc) || !ops_valid(ops))
		return -EINVAL;
	if (desc->vfs + (devfn & 7) > 7)
		return -EINVAL;
	function_prepare(f, desc, ops);
	f->sid = devfn; /* bus 0 */
	return function_add(f);
}

int pci_function_init_vf(struct pci_function *f, struct pci_function *pf, unsigned int number,
			 const struct pci_function_ops *ops)
{
	int rc;

	if (!number || number > pf->desc->vfs || pf->vf[number - 1] || !ops_valid(ops))
		return -EINVAL;
	function_prepare(f, pf->desc->vf, ops);
	f->sid = pf->sid + number;
	f->pf = pf;
	f->number = number;
	f->absent = true;
	rc = function_add(f);
	if (!rc)
		pf->vf[number - 1] = f;
	return rc;
}

/* --- configuration space -------------------------------------------------- */

void pci_function_reset(struct pci_function *f)
{
	memcpy(f->config, f->initial, sizeof(f->config));
	pci_msix_reset(f);
	pci_sriov_update(f);
	pci_bars_update(f);
	if (f->ops->reset)
		f->ops->reset(f);
}

/* 6.6.2; sticky are the masks of AER (7.8.4). */
static void function_level_reset(struct pci_function *f)
{
	static const unsigned int sticky[] = {PCI_AER_UNCOR_MASK, PCI_AER_UNCOR_SEVERITY,
					      PCI_AER_COR_MASK};
	uint8_t aer[PCI_AER_SIZE];

	memcpy(aer, f->config + f->aer, sizeof(aer));
	pci_function_reset(f);
	for (unsigned int i = 0; f->aer && i < sizeof(sticky) / sizeof(sticky[0]); i++)
		memcpy(f->config + f->aer + sticky[i], aer + sticky[i], 4);
}

static bool config_reachable(const struct pci_function *f, unsigned int offset, unsigned int len)
{
	return !f->absent && (len == 1 || len == 2 || len == 4) && offset < PCI_CONFIG_SIZE &&
	       len <= PCI_CONFIG_SIZE - offset;
}

uint32_t pci_function_config_read(struct pci_function *f, unsigned int offset, unsigned int len)
{
	uint32_t v = 0;

	if (!config_reachable(f, offset, len))
		return 0xffffffff;
	if (f->ops->config_reading)
		f->ops->config_reading(f, offset, len);
	for (unsigned int i = 0; i < len; i++)
		v |= (uint32_t)f->config[offset + i] << 8 * i;
	return v;
}

static void config_store(struct pci_function *f, unsigned int at, uint8_t v)
{
	uint8_t w = f->writable[at];

	f->config[at] = (f->config[at] & ~w) | (v & w);
	f->config[at] &= ~(v & f->clear_on_1[at]);
}

/* The registers alone. */
static void config_take(struct pci_function *f, unsigned int offset, uint32_t value,
			unsigned int len)
{
	unsigned int pmcsr = f->pm + PCI_PMCSR;
	uint8_t state = f->config[pmcsr] & PCI_PMCSR_STATE;
	uint8_t sriov[PCI_SRIOV_SIZE];

	memcpy(sriov, f->config + f->sriov, sizeof(sriov));
	for (unsigned int i = 0; i < len; i++)
		config_store(f, offset + i, value >> 8 * i & 0xff);
	/* A state that the function does not have is not taken (7.5.2.2). */
	if (f->config[pmcsr] & PCI_PMCSR_STATE && (~f->config[pmcsr] & PCI_PMCSR_STATE))
		f->config[pmcsr] = (f->config[pmcsr] & ~PCI_PMCSR_STATE) | state;
	if (f->sriov)
		pci_sriov_written(f, sriov);
}

void pci_function_config_write(struct pci_function *f, unsigned int offset, uint32_t value,
			       unsigned int len)
{
	unsigned int flr = f->exp + PCI_EXP_DEVCTL + 1;

	if (!config_reachable(f, offset, len))
		return;
	if (offset <= flr && flr < offset + len &&
	    (value >> 8 * (flr - offset) & PCI_EXP_DEVCTL_FLR >> 8)) {
		function_level_reset(f);
		return;
	}
	config_take(f, offset, value, len);
	pci_sriov_update(f);
	pci_bars_update(f);
	pci_msix_update(f);
	/* What they wait to send goes out when their physical function is in D0 again. */
	for (unsigned int i = 0; i < f->vfs; i++)
		if (f->vf[i])
			pci_msix_update(f->vf[i]);
	if (f->ops->config_written)
		f->ops->config_written(f, offset, len);
}

/* --- what the function does ----------------------------------------------- */

bool pci_function_in_d0(const struct pci_function *f)
{
	if (f->pf && !pci_function_in_d0(f->pf))
		return false;
	return !(f->config[f->pm + PCI_PMCSR] & PCI_PMCSR_STATE);
}

bool pci_function_may_write(const struct pci_function *f)
{
	return !f->absent && pci_get16(f->config, PCI_COMMAND) & PCI_COMMAND_MASTER &&
	       pci_function_in_d0(f);
}

int pci_function_dma_read(struct pci_function *f, uint64_t iova, void *buf, size_t len)
{
	int rc;

	if (!pci_function_may_write(f))
		return -EPERM;
	rc = vtd_dma_read(f->sid, iova, buf, len);
	if (rc)
		pci_put16(f->config, PCI_STATUS,
			  pci_get16(f->config, PCI_STATUS) | PCI_STATUS_ABORTED);
	return rc;
}

int pci_function_dma_write(struct pci_function *f, uint64_t iova, const void *buf, size_t len)
{
	return pci_function_may_write(f) ? vtd_dma_write(f->sid, iova, buf, len) : -EPERM;
}
