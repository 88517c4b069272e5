// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/nic.h"

#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <stddef.h>
#include <string.h>

#include "host/lab/model/lab.h"
#include "host/lab/model/virtio_pci.h"
#include "util/wire_packet.h"

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

/*
 * The device looks at its queues some time after the first doorbell, as the
 * instrument of the function says that was rung.
 */
static void work(void *arg)
{
	struct nic_function *f = arg;
	uint64_t ticks;

	if (nic.work)
		return;
	nic.work = true;
	ticks = instrument_service(&f->net.dev.instrument);
	lab->timer_set(nic.timer, lab->now() + (ticks ? ticks : NIC_DELAY));
}

static void serve(void *arg)
{
	struct nic *n = arg;

	n->work = false;
	for (unsigned int i = 0; i < NIC_FUNCTIONS; i++)
		if (virtio_net_serve(&n->function[i].net))
			work(&n->function[i]);
}

/* --- the wire -------------------------------------------------------------------------- */

static void target_mac(void *arg, uint8_t mac[WIRE_MAC_LEN])
{
	const struct nic_function *f = arg;

	memcpy(mac, f->net.config.mac, WIRE_MAC_LEN);
}

static void target_aim(void *arg, const uint8_t *frame, size_t len, struct aim_target *t)
{
	struct nic_function *f = arg;
	const struct record *r = &f->net.dev.instrument.record;
	const struct virtqueue *q = virtio_net_receiveq(&f->net, frame, len);

	t->pid = virtio_live(&f->net.dev) ? pci_function_peek_pid(&f->pci, q->vector) : 0;
	t->seq = r->posted + 1;
	t->source = r->source;
}

/* All groups are on the wire too. */
static enum wire_claim wire_claims(void *arg, const uint8_t mac[WIRE_MAC_LEN])
{
	(void)arg;
	return mac[0] & 1 || !memcmp(mac, wire_generator_mac, WIRE_MAC_LEN) ? WIRE_OWN : WIRE_NOT;
}

static enum wire_fate wire_deliver(void *arg, const uint8_t *frame, size_t len)
{
	struct nic *n = arg;
	struct pb_nic_payload p;

	if (!wire_packet_parse(frame, len, &p) || p.function >= NIC_FUNCTIONS ||
	    !wire_generator_take(&n->function[p.function].generator, &p))
		n->foreign++;
	return WIRE_TAKEN;
}

static const struct wire_port_ops wire_ops = {
	.claims = wire_claims,
	.deliver = wire_deliver,
};

/* --- the functions -------------------------------------------------------------------- */

static uint32_t function_read(struct pci_function *f, unsigned int bar, uint32_t offset,
			      unsigned int len)
{
	if (bar == VIRTIO_BAR)
		return virtio_pci_read(&of(f)->net.dev, offset, len);
	return bar == PB_INSTRUMENT_BAR && len == 4 ? nic_regs_read(&nic, of(f), offset) : 0;
}

static void function_write(struct pci_function *f, unsigned int bar, uint32_t offset,
			   uint32_t value, unsigned int len)
{
	if (bar == VIRTIO_BAR)
		virtio_pci_write(&of(f)->net.dev, offset, value, len);
	else if (bar == PB_INSTRUMENT_BAR && len == 4)
		nic_regs_write(of(f), offset, value);
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
	/* Who is beyond the wire does not notice, where the instrument is kept. */
	if (!virtio_net_power_on(&of(f)->net))
		return;
	wire_generator_reset(&of(f)->generator);
	wire_switch_clear(&nic.net, of(f)->net.port);
}

static void function_msix_changed(struct pci_function *f)
{
	instrument_retarget(&of(f)->net.dev.instrument);
	wire_generator_retarget(&of(f)->generator);
}

static void function_msix_sent(struct pci_function *f, unsigned int vector,
			       const struct vtd_message *m)
{
	instrument_sent(&of(f)->net.dev.instrument, vector, m);
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
#define FUNCTION_DESC                                                                            \
	.vendor = VIRTIO_PCI_VENDOR, .device = VIRTIO_PCI_DEVICE(VIRTIO_ID_NET),                 \
	.class_code = 0x020000 /* Ethernet controller */,                                        \
	.revision = 1 /* not transitional (4.1.2.1) */, .bar[VIRTIO_BAR].size = VIRTIO_BAR_SIZE, \
	.bar[MSIX_BAR].size = MSIX_SIZE, .bar[PB_INSTRUMENT_BAR].size = PB_INSTRUMENT_BAR_SIZE,  \
	.msix_vectors = VECTORS, .msix_bar = MSIX_BAR, .msix_pba = MSIX_PBA

static const struct pci_function_desc vf_desc = {
	FUNCTION_DESC,
	.name = "pirbench nic vf",
};

static const struct pci_function_desc pf_desc = {
	FUNCTION_DESC, .name = "pirbench nic", .aer = true, .vfs = NIC_VFS, .vf = &vf_desc,
};

static int generator_init(struct nic_function *f, unsigned int number)
{
	static const struct {
		const char *timer, *aim;
	} name[NIC_FUNCTIONS] = {
		{"nic wire 0", "nic aim 0"}, {"nic wire 1", "nic aim 1"},
		{"nic wire 2", "nic aim 2"}, {"nic wire 3", "nic aim 3"},
		{"nic wire 4", "nic aim 4"},
	};
	const struct wire_target target = {
		.number = number,
		.mac = target_mac,
		.aim = target_aim,
		.arg = f,
	};

	return wire_generator_init(&f->generator, &nic.net, &target, name[number].timer,
				   name[number].aim);
}

static int function_init(struct nic_function *f, unsigned int number)
{
	struct pci_function *pf = &nic.function[0].pci;
	int rc = number ? pci_function_init_vf(&f->pci, pf, number, &function_ops)
			: pci_function_init(&f->pci, NIC_DEVFN, &pf_desc, &function_ops);

	if (!rc)
		rc = generator_init(f, number);
	if (rc)
		return rc;
	f->net.dev.pci = &f->pci;
	f->net.work = work;
	f->net.work_arg = f;
	memcpy(f->net.mac, wire_generator_mac, WIRE_MAC_LEN);
	f->net.mac[4] = 0;
	f->net.mac[5] = number;
	return virtio_net_init(&f->net, number ? 0 : 1ull << VIRTIO_F_SR_IOV, &nic.net, 1 + number);
}

int nic_init(void)
{
	int rc;

	memset(&nic, 0, sizeof(nic));
	nic.timer = lab->timer_create("nic", serve, &nic);
	wire_switch_init(&nic.net);
	wire_switch_attach(&nic.net, WIRE_PORT_WIRE, &wire_ops, &nic);
	rc = nic.timer < 0 ? nic.timer : 0;
	for (unsigned int i = 0; !rc && i < NIC_FUNCTIONS; i++)
		rc = function_init(&nic.function[i], i);
	return rc;
}

void nic_reset(void)
{
	lab->timer_cancel(nic.timer);
	nic.work = false;
	nic.foreign = 0;
	wire_switch_clear(&nic.net, WIRE_PORT_WIRE);
	for (unsigned int i = 0; i < NIC_FUNCTIONS; i++) {
		instrument_init(&nic.function[i].net.dev.instrument, &nic.function[i].pci);
		nic.function[i].net.withhold = 0;
		pci_function_reset(&nic.function[i].pci);
	}
}

void nic_retarget(void)
{
	for (unsigned int i = 0; i < NIC_FUNCTIONS; i++)
		function_msix_changed(&nic.function[i].pci);
}
