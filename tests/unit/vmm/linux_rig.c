// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vmm/linux_rig.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm/cases.h"
#include "vmm/sys.h"

struct linux_rig rig;
static struct vmm_sys real;
static uint8_t ram[4096];

static uint64_t region_of(uint32_t index)
{
	return (uint64_t)index << 20;
}

static int region_info(struct vfio_region_info *info)
{
	info->offset = region_of(info->index);
	info->size = info->index == 0 ? RIG_BAR_SIZE : info->index == 2 ? 4096 : 0;
	if (info->index == VFIO_PCI_CONFIG_REGION_INDEX)
		info->size = 4096;
	return 0;
}

static bool overlaps(const struct kvm_userspace_memory_region *a,
		     const struct kvm_userspace_memory_region *b)
{
	return a->memory_size && b->memory_size &&
	       a->guest_phys_addr < b->guest_phys_addr + b->memory_size &&
	       b->guest_phys_addr < a->guest_phys_addr + a->memory_size;
}

/* As kvm_set_memory_region() refuses; and nothing but a BAR's part, in the window. */
static int set_slot(const struct kvm_userspace_memory_region *r)
{
	if (r->slot >= RIG_SLOTS || r->guest_phys_addr % 4096 || r->memory_size % 4096) {
		rig.wrong = true;
		return -EINVAL;
	}
	if (r->memory_size && (r->guest_phys_addr < LINUX_WINDOW ||
			       r->guest_phys_addr + r->memory_size > LINUX_WINDOW_END))
		rig.wrong = true;
	for (unsigned int i = 0; i < RIG_SLOTS; i++)
		if (i != r->slot && overlaps(r, &rig.slot[i])) {
			rig.refused++;
			return -EEXIST;
		}
	/* A slot is taken away before it is moved. */
	if (r->memory_size && rig.slot[r->slot].memory_size)
		rig.wrong = true;
	rig.slot[r->slot] = *r;
	return 0;
}

static int set_routes(const struct kvm_irq_routing *r)
{
	rig.nr_msi = 0;
	for (uint32_t i = 0; i < r->nr; i++)
		if (r->entries[i].type == KVM_IRQ_ROUTING_MSI)
			rig.msi[rig.nr_msi++] = r->entries[i];
	return 0;
}

static int irqfd(const struct kvm_irqfd *i)
{
	rig.irqfds += i->flags & KVM_IRQFD_FLAG_DEASSIGN ? -1u : 1u;
	return 0;
}

static int keep(unsigned int *where, unsigned int value)
{
	*where = value;
	return 0;
}

static int rig_ioctl(int fd, unsigned long request, void *arg)
{
	int r = -ENOTTY;

	(void)fd;
	if (request == VFIO_DEVICE_GET_REGION_INFO)
		r = region_info(arg);
	else if (request == VFIO_DEVICE_SET_IRQS)
		r = keep(&rig.irqs_on, ((struct vfio_irq_set *)arg)->count);
	else if (request == KVM_SET_USER_MEMORY_REGION)
		r = set_slot(arg);
	else if (request == KVM_SET_GSI_ROUTING)
		r = set_routes(arg);
	else if (request == KVM_IRQFD)
		r = irqfd(arg);
	else if (request == KVM_IRQ_LINE)
		r = keep(&rig.line, ((struct kvm_irq_level *)arg)->level);
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}

static void put(int fd, uint64_t at, uint32_t value, size_t size)
{
	assert_int_equal(pwrite(fd, &value, size, (off_t)at), size);
}

static int make_function(void)
{
	uint64_t config = region_of(VFIO_PCI_CONFIG_REGION_INDEX);
	int fd = memfd_create("function", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, (off_t)region_of(VFIO_PCI_NUM_REGIONS)), 0);
	put(fd, config, 0x70101b36, 4);
	put(fd, config + PCI_CLASS_REVISION, 0x01080200, 4);
	put(fd, config + PCI_HEADER_TYPE, 0x80, 1);
	put(fd, config + PCI_BASE_ADDRESS_0, PCI_BASE_ADDRESS_MEM_TYPE_64, 4);
	put(fd, config + PCI_CAPABILITY_LIST, RIG_MSIX, 1);
	put(fd, config + PCI_INTERRUPT_PIN, 1, 1);
	put(fd, config + RIG_MSIX, PCI_CAP_ID_MSIX, 4);
	put(fd, config + RIG_MSIX + PCI_MSIX_FLAGS, RIG_VECTORS - 1, 2);
	put(fd, config + RIG_MSIX + PCI_MSIX_TABLE, RIG_TABLE, 4);
	put(fd, config + RIG_MSIX + PCI_MSIX_PBA, 0x5000, 4);
	return fd;
}

static struct vfio_device *open_function(void)
{
	struct vfio_device *d = &rig.x.m.fn[0].dev;

	d->fd = make_function();
	d->config = region_of(VFIO_PCI_CONFIG_REGION_INDEX);
	d->config_size = 4096;
	d->msix = RIG_VECTORS;
	d->bar[0] = ram; /* never touched here */
	d->bar_size[0] = RIG_BAR_SIZE;
	d->bar[2] = ram;
	d->bar_size[2] = 4096;
	return d;
}

void linux_rig_begin(unsigned int vcpus)
{
	memset(&rig, 0, sizeof(rig));
	real = vmm_sys;
	vmm_sys.ioctl = rig_ioctl;
	rig.plan = (struct pb_plan){
		.vmm = PB_VMM_LINUX,
		.vcpus = vcpus,
		.nr_sources = 1,
		.event_capacity = 64,
		.guest = {.memory_mib = 64, .io_timeout_us = 1000000, .stall_us = 1000}};
	rig.plan.source[0] = (struct pb_plan_source){
		.kind = PB_SOURCE_NVME, .vectors = vcpus, .count = 10, .depth = 1};
	mini_init(&rig.x.m, &vmm_linux, &rig.plan);
	pthread_mutex_init(&rig.x.lock, NULL);
	rig.x.m.tsc_khz = 1000000;
	assert_int_equal(linux_area_create(&rig.x), 0);
	open_function();
	assert_int_equal(linux_pci_add(&rig.x, 0), 0);
}

void linux_rig_end(void)
{
	for (unsigned int i = 0; i < PB_MAX_VECTORS; i++)
		sys_close(&rig.x.m.fn[0].eventfd[i]);
	sys_close(&rig.x.m.fn[0].dev.fd);
	linux_area_destroy(&rig.x);
	pthread_mutex_destroy(&rig.x.lock);
	vmm_sys = real;
}

uint32_t rig_config_read(unsigned int slot, unsigned int at, unsigned int size)
{
	linux_pci_out(&rig.x, 0xcf8, 4, 0x80000000u | slot << 11 | (at & 0xfc));
	return linux_pci_in(&rig.x, 0xcfc + (at & 3), size);
}

void rig_config_write(unsigned int slot, unsigned int at, unsigned int size, uint32_t value)
{
	linux_pci_out(&rig.x, 0xcf8, 4, 0x80000000u | slot << 11 | (at & 0xfc));
	linux_pci_out(&rig.x, 0xcfc + (at & 3), size, value);
}

uint32_t rig_mmio_read(uint64_t gpa)
{
	uint32_t v = 0;

	linux_mmio(&rig.x, gpa, (uint8_t *)&v, sizeof(v), false);
	return v;
}

void rig_mmio_write(uint64_t gpa, uint32_t value)
{
	linux_mmio(&rig.x, gpa, (uint8_t *)&value, sizeof(value), true);
}

uint64_t rig_mapped(uint64_t gpa)
{
	for (unsigned int i = 0; i < RIG_SLOTS; i++)
		if (gpa >= rig.slot[i].guest_phys_addr &&
		    gpa - rig.slot[i].guest_phys_addr < rig.slot[i].memory_size)
			return rig.slot[i].guest_phys_addr;
	return 0;
}
