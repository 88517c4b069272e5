// SPDX-License-Identifier: LGPL-2.1-or-later
/* mini_function.c - the functions of a guest, and those that only share its address space. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include "plan/plan.h"
#include "vmm/mini.h"
#include "vmm/sys.h"

/* The address space is opened with the first function; the others share it. */
static int space_open(struct mini *m, const char *bdf)
{
	int r;

	if (m->vfio_open)
		return vfio_check_bdf(bdf, &m->line);
	r = vfio_choose(&m->vfio, m->vmm.plan->vfio, bdf, &m->line);
	if (r)
		return r;
	m->vfio.kvm_vfio = m->kvm_vfio;
	m->vfio.mem = m->mem;
	m->vfio.mem_size = m->layout.size;
	m->vfio_open = true;
	m->vfio_kind = m->vfio.ops->kind;
	return m->vfio.ops->open(&m->vfio, &m->line);
}

void mini_bars_show(struct pb_function *fn, const struct vfio_device *dev)
{
	for (unsigned int i = 0; i < VFIO_BARS; i++) {
		fn->bar[i] = dev->bar[i];
		fn->bar_size[i] = dev->bar_size[i];
	}
}

static int function_reset(struct pb_function *fn)
{
	struct mini_function *f =
		(struct mini_function *)((char *)fn - offsetof(struct mini_function, fn));

	int r;

	/* Its BARs are gone meanwhile: see in_reset() in mini_run.c. */
	atomic_fetch_add(&f->m->resets, 1);
	atomic_fetch_add(&f->m->resetting, 1);
	r = vfio_device_reset(&f->dev);
	atomic_fetch_sub(&f->m->resetting, 1);
	return r;
}

static void function_init(struct mini *m, unsigned int source)
{
	struct mini_function *f = &m->fn[source];
	const struct mini_region *dma = &m->layout.dma[source];

	mini_bars_show(&f->fn, &f->dev);
	f->fn.eventfd = -1;
	f->m = m;
	f->fn.reset = function_reset;
	f->fn.dma = m->mem + dma->gpa;
	f->fn.iova = dma->gpa;
	f->fn.dma_size = dma->size;
	mini_ring_init(m->mem, dma->gpa + PB_FUNCTION_RING, m->vmm.plan->event_capacity);
}

/* Of a device that the guest drives: BAR 0 where it can reach it, and what it is told. */
static int device_init(struct mini *m, unsigned int source)
{
	const struct mini_region *device = &m->layout.device[source];
	struct mini_function *f = &m->fn[source];
	struct pb_agent_input *in;
	uint64_t size = f->dev.bar_size[0] & ~(uint64_t)(MINI_PAGE - 1);
	uint64_t shown = size < MINI_BAR_SIZE ? size : MINI_BAR_SIZE;
	int r;

	if (!device->size)
		return 0;
	if (!size)
		return vmm_fail(&m->line, -ENODEV, "%s: BAR 0 cannot be mapped", f->bdf);
	r = mini_slot_set(m, 1 + source, MINI_BAR(source), shown, f->dev.bar[0]);
	if (r < 0)
		return vmm_fail(&m->line, r, "KVM does not take BAR 0 of %s: %s", f->bdf,
				strerror(-r));
	mini_bar_map(&m->layout, m->mem, source, shown);
	in = (struct pb_agent_input *)(m->mem +
				       m->layout.vcpu[m->vmm.plan->source[source].vcpu].input.gpa);
	in->device[source] = device->gpa;
	f->fn.device = (struct pb_device *)(m->mem + device->gpa);
	f->fn.device->bar = MINI_BAR(source);
	f->fn.queues = m->mem + m->layout.queues[source].gpa;
	f->fn.queues_iova = m->layout.queues[source].gpa;
	f->fn.queues_size = m->layout.queues[source].size;
	return 0;
}

/* One function is one thing's. A slot without an address is nobody's. */
static int check_free(struct mini *m, const char *bdf)
{
	for (unsigned int s = 0; s < PB_MAX_SOURCES; s++)
		if (m->fn[s].bdf[0] && !strcmp(m->fn[s].bdf, bdf))
			return vmm_fail(&m->line, -EBUSY, "%s is source %u already", bdf, s);
	for (unsigned int i = 0; i < PB_MAX_SQUEEZERS; i++)
		if (m->host[i].bdf[0] && !strcmp(m->host[i].bdf, bdf))
			return vmm_fail(&m->line, -EBUSY, "%s is a squeezer's already", bdf);
	return 0;
}

int mini_device_open(struct mini *m, struct vfio_device *dev, char name[16], const char *bdf)
{
	int r = check_free(m, bdf);

	r = r ?: space_open(m, bdf);
	if (r)
		return r;
	snprintf(name, 16, "%s", bdf);
	r = vfio_attach(&m->vfio, bdf, &m->line);
	return r < 0 ? r : vfio_device_open(dev, r, &m->line);
}

int mini_function_attach(struct mini *m, unsigned int source, const char *bdf)
{
	struct mini_function *f;
	int r;

	if (source >= m->vmm.plan->nr_sources)
		return vmm_fail(&m->line, -EINVAL, "the plan has no source %u", source);
	/* Routes are of sources 0 to the newest. */
	if (source && m->fn[source - 1].dev.fd < 0)
		return vmm_fail(&m->line, -EINVAL, "source %u comes before source %u", source,
				source - 1);
	f = &m->fn[source];
	if (f->dev.fd >= 0 || m->tsc_start)
		return vmm_fail(&m->line, -EBUSY, "source %u has a function, or the guest runs",
				source);
	r = mini_device_open(m, &f->dev, f->bdf, bdf);
	if (r)
		return r;
	function_init(m, source);
	r = device_init(m, source);
	return r ?: mini_irq_attach(m, source);
}

/* Where an irqfd would turn its IRTE into a posted one, a plain eventfd leaves it remapped. */
int mini_host_attach(struct mini *m, unsigned int function, const char *bdf)
{
	struct mini_host *h;
	int r;

	if (function < m->vmm.plan->nr_sources || function >= plan_functions(m->vmm.plan))
		return vmm_fail(&m->line, -EINVAL, "function %u is no squeezer's", function);
	h = &m->host[function - m->vmm.plan->nr_sources];
	if (h->dev.fd >= 0 || m->tsc_start)
		return vmm_fail(&m->line, -EBUSY, "function %u is there, or the guest runs",
				function);
	r = mini_device_open(m, &h->dev, h->bdf, bdf);
	if (r)
		return r;
	mini_bars_show(&h->fn, &h->dev);
	h->fn.bdf = h->bdf;
	h->fn.eventfd = eventfd(0, EFD_CLOEXEC);
	if (h->fn.eventfd < 0)
		return vmm_fail(&m->line, -errno, "no eventfd: %s", strerror(errno));
	return vfio_device_msix(&h->dev, &h->fn.eventfd, 1, &m->line);
}

void mini_functions_close(struct mini *m)
{
	for (unsigned int s = 0; s < PB_MAX_SOURCES; s++) {
		vfio_device_close(&m->fn[s].dev);
		mini_irq_detach(m, s);
	}
	for (unsigned int i = 0; i < PB_MAX_SQUEEZERS; i++) {
		vfio_device_close(&m->host[i].dev);
		sys_close(&m->host[i].fn.eventfd);
	}
	if (m->vfio_open)
		vfio_close(&m->vfio);
}
