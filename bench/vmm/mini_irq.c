// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mini_irq.c - an MSI-X vector is an eventfd of VFIO's and an irqfd of KVM's.
 * The order makes irqbypass pair them when VFIO gets the eventfd: the route and
 * the irqfd (consumer) are there, KVM knows of the assigned device, the vCPU's
 * local APIC is in place; so the IRTE becomes a posted one at once.
 */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "plan/plan.h"
#include "vmm/mini.h"
#include "vmm/sys.h"

/* SDM vol. 3, 12.11 (message address and data); KVM_X2APIC_API for the high bits. */
#define MSI_ADDRESS     0xfee00000u
#define MSI_DEST_SHIFT  12
/* Of a level-triggered message; an edge-triggered one means the same with and without it. */
#define MSI_DATA_ASSERT (1u << 14)

struct kvm_irq_routing_entry mini_msi_route(uint32_t gsi, uint32_t apic_id, uint8_t vector)
{
	/* Physical destination, fixed delivery, edge: all other bits zero. */
	return (struct kvm_irq_routing_entry){
		.gsi = gsi,
		.type = KVM_IRQ_ROUTING_MSI,
		.u.msi = {.address_lo = MSI_ADDRESS | (apic_id & 0xff) << MSI_DEST_SHIFT,
			  .address_hi = apic_id & 0xffffff00u,
			  .data = vector},
	};
}

/*
 * KVM's routing is one table: always set as a whole, of all functions attached so far.
 * `data` is set in the message of each route to `vcpu`.
 */
static int routing_set(struct mini *m, unsigned int sources, unsigned int vcpu, uint32_t data,
		       struct vmm_line *line)
{
	struct {
		struct kvm_irq_routing head;
		struct kvm_irq_routing_entry entry[PB_MAX_SOURCES * PB_MAX_VECTORS];
	} table = {.head = {0}};
	int r;

	for (unsigned int s = 0; s < sources; s++) {
		const struct pb_plan_source *src = &m->vmm.plan->source[s];

		for (unsigned int i = 0; i < src->vectors; i++) {
			struct kvm_irq_routing_entry *e = &table.entry[table.head.nr++];

			*e = mini_msi_route(mini_gsi(s, i), src->vcpu, plan_guest_vector(s, i));
			e->u.msi.data |= src->vcpu == vcpu ? data : 0;
		}
	}
	r = sys_ioctl(m->vm, KVM_SET_GSI_ROUTING, &table);
	if (r < 0)
		return vmm_fail(line, r, "KVM does not take %u MSI routes: %s", table.head.nr,
				strerror(-r));
	return 0;
}

int mini_irqfd_set(struct mini *m, unsigned int source, unsigned int index, bool on,
		   struct vmm_line *line)
{
	struct mini_function *f = &m->fn[source];
	struct kvm_irqfd irqfd = {.fd = (uint32_t)f->eventfd[index],
				  .gsi = mini_gsi(source, index),
				  .flags = on ? 0 : KVM_IRQFD_FLAG_DEASSIGN};
	int r;

	if (f->irqfd[index] == on)
		return 0;
	r = sys_ioctl(m->vm, KVM_IRQFD, &irqfd);
	if (r < 0)
		return vmm_fail(line, r, "KVM %s irqfd: %s",
				on ? "takes no" : "does not give back an", strerror(-r));
	f->irqfd[index] = on;
	return 0;
}

static int irqfd_add(struct mini *m, unsigned int source, unsigned int index)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	if (fd < 0)
		return vmm_fail(&m->line, -errno, "no eventfd: %s", strerror(errno));
	m->fn[source].eventfd[index] = fd;
	return mini_irqfd_set(m, source, index, true, &m->line);
}

/*
 * Give the eventfds to VFIO. What a driven device says to whoever set it up (its
 * admin queue, its configuration) goes to the host, as a remapped interrupt.
 */
static int msix_enable(struct mini *m, unsigned int source)
{
	const struct pb_plan_source *src = &m->vmm.plan->source[source];
	unsigned int first = plan_source_first_vector(src);
	struct mini_function *f = &m->fn[source];
	int fds[1 + PB_MAX_VECTORS];

	if (first) {
		f->own = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (f->own < 0)
			return vmm_fail(&m->line, -errno, "no eventfd: %s", strerror(errno));
		fds[0] = f->own;
	}
	memcpy(fds + first, f->eventfd, src->vectors * sizeof(fds[0]));
	return vfio_device_msix(&f->dev, fds, first + src->vectors, &m->line);
}

int mini_irq_attach(struct mini *m, unsigned int source)
{
	const struct pb_plan_source *src = &m->vmm.plan->source[source];
	struct pb_agent_input *in =
		(struct pb_agent_input *)(m->mem + m->layout.vcpu[src->vcpu].input.gpa);
	int r;

	r = routing_set(m, source + 1, src->vcpu, 0, &m->line);
	for (unsigned int i = 0; i < src->vectors && !r; i++) {
		uint8_t vector = plan_guest_vector(source, i);

		in->slot[vector] = m->layout.dma[source].gpa + i * sizeof(struct pb_slot);
		in->source[vector] = (uint8_t)source;
		r = irqfd_add(m, source, i);
	}
	return r ?: msix_enable(m, source);
}

void mini_irq_detach(struct mini *m, unsigned int source)
{
	struct mini_function *f = &m->fn[source];
	struct vmm_line line = {""};

	for (unsigned int i = 0; i < PB_MAX_VECTORS; i++) {
		mini_irqfd_set(m, source, i, false, &line);
		f->irqfd[i] = false;
		sys_close(&f->eventfd[i]);
	}
	sys_close(&f->own);
}

/*
 * A new irqfd whose eventfd has been signalled injects at once (KVM_IRQFD), but
 * leaves the count: read, or the next one would inject once more.  What is
 * signalled meanwhile the irqfd has seen.
 */
int mini_irqfd_bind(struct mini *m, unsigned int source, unsigned int index, struct vmm_line *line)
{
	eventfd_t count;
	int r = mini_irqfd_set(m, source, index, true, line);

	return r
		       ?: eventfd_read(m->fn[source].eventfd[index], &count) && errno != EAGAIN
			  ? -errno
			  : 0;
}

int mini_irq_route(struct mini *m, unsigned int vcpu, enum pb_route how, struct vmm_line *line)
{
	const struct pb_plan *plan = m->vmm.plan;
	int r = 0;

	if (how == PB_ROUTE_PLAIN || how == PB_ROUTE_OTHER)
		return routing_set(m, plan->nr_sources, vcpu,
				   how == PB_ROUTE_OTHER ? MSI_DATA_ASSERT : 0, line);
	for (unsigned int s = 0; s < plan->nr_sources; s++)
		for (unsigned int i = 0;
		     plan->source[s].vcpu == vcpu && i < plan->source[s].vectors && !r; i++)
			r = how == PB_ROUTE_BIND ? mini_irqfd_bind(m, s, i, line)
						 : mini_irqfd_set(m, s, i, false, line);
	return r;
}
