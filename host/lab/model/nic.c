// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/nic.h"

#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <stddef.h>
#include <string.h>

#include "host/lab/model/lab.h"
#include "host/lab/model/virtio_pci.h"

#define VECTORS   16u /* one for each queue, one for configuration changes */
#define MSIX_BAR  2u
#define MSIX_SIZE 0x10000u
#define MSIX_PBA  0x8000u
_Static_assert(VECTORS > PB_NIC_QUEUES, "a vector for each");
_Static_assert(NIC_FUNCTIONS + 1 <= WIRE_PORTS, "a port for each");

static struct nic nic;

static struct nic_function *of(struct pci_function *f)
{
	return (struct nic_function *)f;
}
_Static_assert(offsetof(struct nic_function, pci) == 0, "of()");

/* --- notifications ------------------------------------------------------------------ */

/* The device looks at its queues some time after the driver rang. */
static void work(void *arg)
{
	struct nic *n = arg;

	if (n->work)
		return;
	n->work = true;
	lab->timer_set(n->timer, lab->now() + (n->delay ? n->delay : 1));
}

static void serve(void *arg)
{
	struct nic *n = arg;

	n->work = false;
	for (unsigned int i = 0; i < NIC_FUNCTIONS; i++)
		if (virtio_net_serve(&n->function[i].net))
			work(n);
}

/* --- what the generator asks ---------------------------------------------------------- */

static void target_mac(void *arg, unsigned int function, uint8_t mac[WIRE_MAC_LEN])
{
	const struct nic *n = arg;

	memcpy(mac, n->function[function].net.config.mac, WIRE_MAC_LEN);
}

static void target_aim(void *arg, unsigned int function, const uint8_t *frame, size_t len,
		       struct aim_target *t)
{
	struct nic *n = arg;
	struct virtio_net *net = &n->function[function].net;
	const struct virtqueue *q = virtio_net_receiveq(net, frame, len);

	t->pid = virtio_live(&net->dev) ? pci_function_peek_pid(net->dev.pci, q->vector) : 0;
	t->seq = net->dev.messages + 1;
	t->source = net->dev.source == VIRTIO_NO_SOURCE ? 0 : net->dev.source;
}

static const struct wire_targets targets = {
	.functions = NIC_FUNCTIONS,
	.mac = target_mac,
	.aim = target_aim,
};

/* --- the functions -------------------------------------------------------------------- */

static uint32_t function_read(struct pci_function *f, unsigned int bar, uint32_t offset,
			      unsigned int len)
{
	if (bar == VIRTIO_BAR)
		return virtio_pci_read(&of(f)->net.dev, offset, len);
	return bar == PB_NIC_BAR && len == 4 ? nic_regs_read(&nic, offset) : 0;
}

static void function_write(struct pci_function *f, unsigned int bar, uint32_t offset,
			   uint32_t value, unsigned int len)
{
	if (bar == VIRTIO_BAR)
		virtio_pci_write(&of(f)->net.dev, offset, value, len);
	else if (bar == PB_NIC_BAR && len == 4)
		nic_regs_write(&nic, offset, value);
}

static void function_config_reading(struct pci_function *f, unsigned int offset, unsigned int len)
{
	virtio_pci_config_reading(&of(f)->net.dev, offset, len);
}

static void function_config_written(struct pci_function *f, unsigned int offset, unsigned int len)
{
	virtio_pci_config_written(&of(f)->net.dev, offset, len);
}

static void function_reset(struct pci_function *f)
{
	virtio_reset(&of(f)->net.dev);
}

static void function_msix_changed(struct pci_function *f)
{
	(void)f;
	wire_generator_retarget(&nic.generator);
}

static void function_msix_sent(struct pci_function *f, unsigned int vector,
			       const struct vtd_message *m)
{
	virtio_msix_sent(&of(f)->net.dev, vector, m);
}

static const struct pci_function_ops function_ops = {
	.read_sized = function_read,
	.write_sized = function_write,
	.config_reading = function_config_reading,
	.config_written = function_config_written,
	.reset = function_reset,
	.msix_changed = function_msix_changed,
	.msix_sent = function_msix_sent,
};

/* What physical and virtual functions have in common. */
#define FUNCTION_DESC                                                            \
	.vendor = VIRTIO_PCI_VENDOR, .device = VIRTIO_PCI_DEVICE(VIRTIO_ID_NET), \
	.class_code = 0x020000, /* Ethernet controller */                        \
		.revision = 1, /* not transitional (4.1.2.1) */                  \
		.msix_vectors = VECTORS, .msix_bar = MSIX_BAR, .msix_pba = MSIX_PBA

static const struct pci_function_desc vf_desc = {
	.name = "pirbench nic vf",
	FUNCTION_DESC,
	.bar =
		{
			[VIRTIO_BAR] = {.size = VIRTIO_BAR_SIZE},
			[MSIX_BAR] = {.size = MSIX_SIZE},
		},
};

static const struct pci_function_desc pf_desc = {
	.name = "pirbench nic",
	FUNCTION_DESC,
	.bar =
		{
			[VIRTIO_BAR] = {.size = VIRTIO_BAR_SIZE},
			[MSIX_BAR] = {.size = MSIX_SIZE},
			[PB_NIC_BAR] = {.size = PB_NIC_BAR_SIZE},
		},
	.aer = true,
	.vfs = PCI_VFS_MAX,
	.vf = &vf_desc,
};

static int function_init(struct nic_function *f, unsigned int number)
{
	struct pci_function *pf = &nic.function[0].pci;
	int rc = number ? pci_function_init_vf(&f->pci, pf, number, &function_ops)
			: pci_function_init(&f->pci, NIC_DEVFN, &pf_desc, &function_ops);

	if (rc)
		return rc;
	f->net.dev.pci = &f->pci;
	f->net.work = work;
	f->net.work_arg = &nic;
	memcpy(f->net.mac, wire_generator_mac, WIRE_MAC_LEN);
	f->net.mac[4] = 0;
	f->net.mac[5] = number;
	return virtio_net_init(&f->net, number ? 0 : 1ull << VIRTIO_F_SR_IOV, &nic.net, 1 + number);
}

int nic_init(void)
{
	int rc;

	memset(&nic, 0, sizeof(nic));
	nic.delay = NIC_DELAY;
	nic.timer = lab->timer_create("nic", serve, &nic);
	wire_switch_init(&nic.net);
	rc = nic.timer < 0 ? nic.timer
			   : wire_generator_init(&nic.generator, &nic.net, &targets, &nic);
	for (unsigned int i = 0; !rc && i < NIC_FUNCTIONS; i++)
		rc = function_init(&nic.function[i], i);
	return rc;
}

/* Faults on purpose, and what the registers hold, are the machine's: FLR leaves them. */
void nic_reset(void)
{
	lab->timer_cancel(nic.timer);
	nic.work = false;
	nic.delay = NIC_DELAY;
	wire_generator_reset(&nic.generator);
	for (unsigned int i = 0; i < NIC_FUNCTIONS; i++) {
		struct virtio_device *d = &nic.function[i].net.dev;

		virtio_set_source(d, VIRTIO_NO_SOURCE);
		d->drop_msi = d->ignore_notify = (struct virtio_fault){.queue = VIRTIO_FAULT_ANY};
		virtio_net_set_link(&nic.function[i].net, true);
		pci_function_reset(&nic.function[i].pci);
	}
	nic_clear(&nic);
}

void nic_retarget(void)
{
	wire_generator_retarget(&nic.generator);
}
