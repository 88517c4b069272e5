/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vmm.h - what runs the guest.  One file per kind: null, mini (KVM and VFIO,
 * the freestanding agent), linux (an unmodified kernel); libvirt comes later.
 *
 * Order of calls: create, attach for each source, start, [measure], drain,
 * stop, collect, destroy.  destroy is legal after any failure and undoes all.
 * Every function returns 0 or -errno, and then leaves one line in vmm->error
 * that says what failed and what to do about it.
 */
#ifndef PB_VMM_H
#define PB_VMM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "guest/agent/device.h"
#include "shared/event.h"
#include "shared/guest_io.h"
#include "shared/plan.h"
#include "shared/run.h"

/*
 * A PCI function passed through to the guest, as a source drives it. Owned by
 * the VMM. The DMA area is guest memory that the function may write: slots at
 * 0 (struct pb_slot[PB_MAX_VECTORS]), from PB_FUNCTION_RING a struct pb_ring.
 */
struct pb_function {
	volatile uint8_t *bar[6]; /* NULL where there is none */
	size_t bar_size[6];
	uint8_t *dma; /* as seen here */
	uint64_t iova; /* as seen by the function */
	size_t dma_size;
	/* Of attach_host() only: what MSI-X vector 0 signals (blocks when read), and who it is. */
	int eventfd;
	const char *bdf;
	/* Of a source whose device the guest drives (guest/agent/device.h); else NULL, 0. */
	struct pb_device *device;
	/* Function level reset, while the guest runs. 0 or -errno. NULL: this VMM cannot. */
	int (*reset)(struct pb_function *fn);
	uint8_t *queues; /* PB_DEVICE_AREA(vectors) bytes, as seen here */
	uint64_t queues_iova; /* as seen by guest and function */
	size_t queues_size;
	/*
	 * Of a Linux guest; else NULL, and then dma, device and queues are NULL. A
	 * source arms by `go` of its task; what the guest says there is good for
	 * progress only, its account is in the report.
	 */
	struct pb_guest_area *guest;
};
#define PB_FUNCTION_RING (PB_MAX_VECTORS * sizeof(struct pb_slot))

/* What can be done to the way of a source's interrupts while the guest runs. */
enum pb_route {
	/* Write the GSI routes anew, in another of two forms that mean the same. */
	PB_ROUTE_PLAIN,
	PB_ROUTE_OTHER,
	/*
	 * Take the irqfds away: messages are the host's from then on and wait in the
	 * eventfds, until the irqfds are there again.
	 */
	PB_ROUTE_RELEASE,
	PB_ROUTE_BIND,
};

/* What the VMM reports at the end, beside events. */
struct pb_vmm_report {
	uint64_t isr, spurious, pending, lost;
	enum pb_run_status status; /* OK, GUEST_HUNG or GUEST_WILD */
	enum pb_vfio_kind vfio;
	/* Bit i: vector i of the source is pending in the function's MSI-X pending bits. */
	uint64_t msix_pending[PB_MAX_SOURCES];
	char reason[160];
	/* Of a Linux guest; else zero. Held against the job and the plan, as all here. */
	struct pb_guest_device device[PB_MAX_SOURCES]; /* of source i */
	char release[64]; /* uname -r of its kernel; printable */
};

typedef int (*pb_event_sink)(void *arg, const struct pb_event *ev, size_t nr);

struct pb_vmm_ops;
struct pb_vmm {
	const struct pb_vmm_ops *ops;
	const struct pb_plan *plan;
	char error[160];
};

struct pb_vmm_ops {
	const char *name;
	enum pb_vmm_kind kind;
	int (*create)(const struct pb_plan *plan, struct pb_vmm **vmm);
	/*
	 * Pass function `bdf` through: MSI-X vector i becomes guest vector
	 * PB_VECTOR_BASE + source * PB_MAX_VECTORS + i (modulo what fits below
	 * 0xf0: see plan_guest_vector()) on the source's vCPU.
	 */
	int (*attach)(struct pb_vmm *vmm, unsigned int source, const char *bdf,
		      struct pb_function **fn);
	/*
	 * Take function `bdf` for a squeezer: `function` as plan_functions() counts it.
	 * Its MSI-X vector 0 stays the host's: no irqfd, so its IRTE stays in remapped
	 * format, and all that comes of a message is that fn->eventfd is signalled. No
	 * DMA area. After the sources', before start. NULL: this VMM cannot.
	 */
	int (*attach_host)(struct pb_vmm *vmm, unsigned int function, const char *bdf,
			   struct pb_function **fn);
	/*
	 * Start the vCPU threads, pinned as planned; returns when every agent is ready.
	 * -EIO: the guest may be at fault; after stop, collect's report says whether.
	 */
	int (*start)(struct pb_vmm *vmm);
	/* Thread id of a vCPU, for squeezers and the scheduling recorder. */
	pid_t (*vcpu_tid)(struct pb_vmm *vmm, unsigned int vcpu);
	/*
	 * Take the vCPU out of the guest as soon as may be and keep its thread in user
	 * space, running, for `ns` from then on; 0: let go of it at once. Does not
	 * wait. NULL: this VMM cannot.
	 */
	void (*hold)(struct pb_vmm *vmm, unsigned int vcpu, uint64_t ns);
	/*
	 * Do this to all vectors that go to the vCPU. Not from two threads at once; it
	 * may be another one than the caller of all else, so it leaves vmm->error alone.
	 * 0, or -errno and a line: the guest's interrupts may be lost then. NULL: this
	 * VMM cannot.
	 */
	int (*route)(struct pb_vmm *vmm, unsigned int vcpu, enum pb_route how, char *err,
		     size_t size);
	/* Is the guest alive? 0, or -EIO with vmm->error (hung or wild). Cheap; call often. */
	int (*check)(struct pb_vmm *vmm);
	/*
	 * Ask the agents to spin with interrupts on until stop. One that sleeps stays
	 * asleep until an interrupt wakes it: what cannot wake it is missed.
	 */
	int (*drain)(struct pb_vmm *vmm);
	/* Stop the agents and the threads. */
	int (*stop)(struct pb_vmm *vmm);
	/* After stop: all events of the guest and of the functions' rings, and the report. */
	int (*collect)(struct pb_vmm *vmm, pb_event_sink sink, void *arg,
		       struct pb_vmm_report *report);
	void (*destroy)(struct pb_vmm *vmm);
};

extern const struct pb_vmm_ops vmm_null;
extern const struct pb_vmm_ops vmm_mini;
extern const struct pb_vmm_ops vmm_linux;

const struct pb_vmm_ops *vmm_find(enum pb_vmm_kind kind);

#endif
