/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake_kernel.h - KVM and VFIO for tests: a directory with the files of /dev
 * and /sys, an ioctl of our own, and guests that are C functions.  It checks
 * what the real ones check, as far as the order of calls and their arguments go.
 */
#ifndef TEST_VMM_FAKE_KERNEL_H
#define TEST_VMM_FAKE_KERNEL_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest/agent/agent.h"

#define FAKE_BDF      "0000:00:10.0"
#define FAKE_BDF_2    "0000:00:11.0" /* in the same group */
#define FAKE_PF       "0000:00:12.0" /* these two with fk_virtual() */
#define FAKE_VF       "0000:00:12.1"
#define FAKE_LOG_MAX  1024
#define FAKE_BAR_SIZE 0x10000u
#define FAKE_MSIX     8

/* A vCPU as a guest sees it. */
struct fk_vcpu {
	unsigned int index;
	int fd;
	struct kvm_run *run;
	size_t run_size;
	uint32_t mp_state;
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	/* What the agent's input block says. */
	struct pb_agent_guest *guest;
	struct pb_agent_input *in;
	struct pb_agent_output *out;
	struct pb_ring *ring;
	unsigned int runs; /* KVM_RUNs so far */
};

/*
 * One KVM_RUN: fill in v->run and return 0, or -EINTR as KVM does for a
 * signal.  fk_good() is an agent that does as it is told.
 */
typedef int (*fk_guest)(struct fk_vcpu *v);
int fk_good(struct fk_vcpu *v);
/* Parts of it, for guests that go wrong at one point. */
void fk_up(struct fk_vcpu *v);
int fk_exit_io(struct fk_vcpu *v, uint16_t port, uint32_t value);
int fk_signal(void); /* 0, or -EINTR when a signal is there */
int fk_nap(void); /* the same after 50 us */
void fk_isr(struct fk_vcpu *v, uint8_t vector, uint32_t seq, uint16_t flags);

struct fake_kernel {
	char root[64], dev[80], sys[80];
	fk_guest guest;
	int fail_at; /* this ioctl (from 1) fails with EIO; 0: none */
	int calls;
	/* The names of all calls but those that poll, in order. */
	const char *log[FAKE_LOG_MAX];
	unsigned int nr_log;
	/* What this kernel has and does. */
	bool no_tsc_offset; /* before Linux 5.16 */
	int64_t tsc_skew; /* what becomes of a TSC that is written */
	bool no_split_irqchip;
	bool group_not_viable;
	uint32_t sparse; /* BAR 2 can be mapped so far only; 0: not at all */
	bool no_reset;
	bool no_msix;
	bool no_bind_token; /* before Linux 6.17 */
	/* What it was told. */
	bool iommu_set, vfio_told, msix_on;
	unsigned int tokens; /* functions that were opened with one */
	uint64_t dma_size;
	unsigned int routes, irqfds;
	uint8_t *mem;
	uint64_t mem_size;
	struct kvm_irq_routing_entry route[256];
	struct fk_vcpu vcpu[16];
	unsigned int vcpus;
	uint64_t tsc_offset;
};
extern struct fake_kernel fk;

/* Begin and end; cdev: with iommufd and a character device. The end finds leaked descriptors. */
void fk_begin(bool cdev);
void fk_end(void);

/* A physical function with that driver, and a virtual one of it. */
void fk_virtual(const char *pf_driver, bool cdev);

/* Position of a call in the log; -1: it was not made. */
int fk_called(const char *name);

#endif
