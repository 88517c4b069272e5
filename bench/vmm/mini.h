/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mini.h - inside of the small VMM: KVM and VFIO, nothing else.
 */
#ifndef PB_VMM_MINI_H
#define PB_VMM_MINI_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vmm/claims.h"
#include "vmm/fail.h"
#include "vmm/mini_memory.h"
#include "vmm/vfio.h"
#include "vmm/vmm.h"

/* GSIs of I/O APIC pins, which nothing uses here; MSI routes come behind. */
#define MINI_GSI_BASE 24

#define MINI_POLL_NS 200000

/* How long what may take. Time of the machine, which is emulated time in the lab. */
struct mini_limits {
	uint64_t hung_cpu_ns; /* a vCPU thread ran so long without a sign of life: it hangs */
	uint64_t hung_sleep_ns; /* it slept so long, though its agent did not halt */
	uint64_t command_ns; /* until every agent obeys; a vCPU may be starved meanwhile */
	uint64_t quit_ns; /* until a thread that was told to leave KVM has left */
};
#define MINI_LIMITS                                           \
	((struct mini_limits){.hung_cpu_ns = 1000000000ull,   \
			      .hung_sleep_ns = 2000000000ull, \
			      .command_ns = 30000000000ull,   \
			      .quit_ns = 10000000000ull})

enum mini_end {
	MINI_END_NONE, /* still running */
	MINI_END_STOPPED, /* the agent said so */
	MINI_END_WILD, /* the guest did what it must not; why says what */
	MINI_END_QUIT, /* told to leave */
	MINI_END_ERROR, /* the thread could not be set up */
};

struct mini;

struct mini_vcpu {
	struct mini *m;
	unsigned int index; /* also KVM's vcpu_id and APIC id */
	int fd;
	struct kvm_run *run;
	size_t run_size;

	pthread_t thread;
	bool created; /* thread exists and is not joined */
	_Atomic pid_t tid; /* 0: not there yet; its signal is blocked then */
	_Atomic bool quit; /* leave KVM_RUN and end */
	_Atomic bool wake; /* end a HLT without an interrupt */
	_Atomic uint64_t hold_ns; /* stay out of KVM_RUN for so long */
	_Atomic bool release; /* of what was held */
	_Atomic bool ended; /* end, error and why are valid */
	enum mini_end end;
	int error;
	struct vmm_line why;

	/* The watcher's. */
	struct claims last;
	bool has_last, still;
	uint64_t still_cpu_ns, still_since_ns;
};

struct mini_function {
	struct mini *m;
	struct vfio_device dev; /* fd -1: not attached */
	char bdf[16];
	int eventfd[PB_MAX_VECTORS]; /* of the source's vectors; -1: none */
	int own; /* eventfd of MSI-X vector 0 where the source's begin at 1; nobody reads it */
	bool irqfd[PB_MAX_VECTORS]; /* eventfd is KVM's irqfd */
	struct pb_function fn;
};

/* One that a squeezer drives: its messages are the host's. */
struct mini_host {
	struct vfio_device dev; /* fd -1: not attached */
	char bdf[16];
	struct pb_function fn;
};

struct mini {
	struct pb_vmm vmm; /* first */
	struct vmm_line line;
	struct mini_limits limits;
	bool (*exit)(struct mini_vcpu *v); /* as mini_run_exit() */
	int kvm, vm, kvm_vfio;
	uint64_t tsc_khz;
	struct mini_layout layout;
	uint8_t *mem;
	uint32_t command; /* as given last; the guest's copy is in guest memory */
	uint64_t tsc_start, tsc_stop;
	_Atomic uint32_t resets, resetting; /* of functions: begun; under way */
	bool up; /* every agent was ready */
	struct vfio vfio;
	bool vfio_open;
	enum pb_vfio_kind vfio_kind;
	struct mini_vcpu vcpu[PB_MAX_VCPUS];
	struct mini_function fn[PB_MAX_SOURCES];
	struct mini_host host[PB_MAX_SQUEEZERS]; /* functions behind those of the sources */
	enum pb_run_status status; /* the worst so far, and why */
	struct vmm_line reason;
};

static inline struct mini *mini_of(struct pb_vmm *vmm)
{
	return (struct mini *)vmm;
}

static inline struct pb_agent_output *mini_output(const struct mini *m, unsigned int vcpu)
{
	return (struct pb_agent_output *)(m->mem + m->layout.vcpu[vcpu].output.gpa);
}

static inline struct pb_ring *mini_ring(const struct mini *m, unsigned int vcpu)
{
	return (struct pb_ring *)(m->mem + m->layout.vcpu[vcpu].ring.gpa);
}

uint64_t mini_tsc(void);
uint64_t mini_monotonic_ns(void);

/* The guest is at fault: remember the first finding. Returns -EIO with m->line set. */
int mini_verdict(struct mini *m, enum pb_run_status status, const char *reason);

/* mini.c: what Linux guests have as well. */
void mini_init(struct mini *m, const struct pb_vmm_ops *ops, const struct pb_plan *plan);
/* The end of every operation: the line that says why goes where the caller looks. */
int mini_finish(struct mini *m, int r);
int mini_attach_host(struct pb_vmm *vmm, unsigned int function, const char *bdf,
		     struct pb_function **fn);
pid_t mini_vcpu_tid(struct pb_vmm *vmm, unsigned int vcpu);
void mini_hold(struct pb_vmm *vmm, unsigned int vcpu, uint64_t ns);
/* All vCPUs leave KVM. -ETIMEDOUT with m->line. */
int mini_threads_quit(struct mini *m);

/* mini_vm.c: the virtual machine without its vCPUs. 0 or -errno with m->line. */
int mini_vm_create(struct mini *m);
/* Its parts: /dev/kvm; a VM without memory and interrupt controllers; KVM's end of VFIO. */
int mini_kvm_open(struct mini *m);
int mini_vm_open(struct mini *m);
int mini_vfio_open(struct mini *m);
/* Memory slot `slot` of KVM's; size 0 takes it away. 0 or -errno. */
int mini_slot_set(struct mini *m, unsigned int slot, uint64_t gpa, uint64_t size,
		  const volatile void *at);
void mini_vm_destroy(struct mini *m);

/* mini_vcpu.c: one vCPU, ready to be run from the agent's entry. */
int mini_vcpu_create(struct mini *m, unsigned int index);
/* Its parts: a vCPU and its run page; its CPUID; the host's TSC, and its frequency. */
int mini_vcpu_open(struct mini *m, struct mini_vcpu *v);
int mini_vcpu_cpuid(struct mini *m, struct mini_vcpu *v);
int mini_vcpu_tsc(struct mini *m, struct mini_vcpu *v);
void mini_vcpu_destroy(struct mini_vcpu *v);
/*
 * Make the CPUID that KVM supports this vCPU's: APIC ids (leaves 1, 0BH),
 * x2APIC and TSC-deadline timer there.  `room`: entries that fit in c.
 */
void mini_cpuid_fix(struct kvm_cpuid2 *c, unsigned int room, unsigned int apic_id,
		    unsigned int vcpus);

/* mini_run.c: the vCPUs' threads. */
int mini_run_start(struct mini_vcpu *v);
/* Have a halted vCPU go on behind its HLT, by no interrupt that could rescue another. */
void mini_run_wake(struct mini_vcpu *v);
/* Have it leave KVM_RUN and spin in user space for `ns`; 0: not any more. */
void mini_run_hold(struct mini_vcpu *v, uint64_t ns);
/* Make it leave (unless it has ended) and join it. -ETIMEDOUT: it does not leave. */
int mini_run_quit(struct mini_vcpu *v);
/* What an exit means: false when the vCPU goes on, else v->end and v->why are set. */
bool mini_run_exit(struct mini_vcpu *v);
/* The guest did what it must not: true, with v->end and v->why. */
bool mini_run_wild(struct mini_vcpu *v, const char *what, uint64_t value);

/* mini_irq.c: MSI-X vectors to the guest's. */
struct kvm_irq_routing_entry mini_msi_route(uint32_t gsi, uint32_t apic_id, uint8_t vector);
/* GSI of a source's vector. */
static inline uint32_t mini_gsi(unsigned int source, unsigned int index)
{
	return MINI_GSI_BASE + source * PB_MAX_VECTORS + index;
}
/* Make the vector's eventfd an irqfd, or not one any more. */
int mini_irqfd_set(struct mini *m, unsigned int source, unsigned int index, bool on,
		   struct vmm_line *line);
/* Make it one, with what was signalled meanwhile injected once. */
int mini_irqfd_bind(struct mini *m, unsigned int source, unsigned int index, struct vmm_line *line);
/* pb_vmm_ops.route, with a line of the caller's. */
int mini_irq_route(struct mini *m, unsigned int vcpu, enum pb_route how, struct vmm_line *line);
int mini_irq_attach(struct mini *m, unsigned int source);
void mini_irq_detach(struct mini *m, unsigned int source);

/* mini_function.c: functions and the address space that they share. */
int mini_function_attach(struct mini *m, unsigned int source, const char *bdf);
int mini_host_attach(struct mini *m, unsigned int function, const char *bdf);
/* Open function `bdf` in the guest's address space; then `name` is its address. */
int mini_device_open(struct mini *m, struct vfio_device *dev, char name[16], const char *bdf);
/* Show `fn` the BARs that are mapped. */
void mini_bars_show(struct pb_function *fn, const struct vfio_device *dev);
/* All that were attached, and the address space. */
void mini_functions_close(struct mini *m);

/* mini_watch.c: is the guest alive, and does it do what it was told? */
int mini_watch(struct mini *m);
int mini_watch_vcpu(struct mini_vcpu *v);
/* Give the command and wait until every agent is in `state` or has ended. */
int mini_command(struct mini *m, uint32_t command, uint32_t state);

/* mini_collect.c: after the stop. */
int mini_collect(struct mini *m, pb_event_sink sink, void *arg, struct pb_vmm_report *report);

#endif
