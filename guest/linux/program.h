/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program.h - the program that is all of user space in a Linux guest: it finds
 * the devices of its job (bench/shared/guest_io.h), lets their own drivers do
 * I/O, times each, and counts what the kernel says of them.
 */
#ifndef PB_GUEST_LINUX_PROGRAM_H
#define PB_GUEST_LINUX_PROGRAM_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/guest_io.h"

#define DRIVER_NAME 64

/* One task, as this program carries it out. */
struct task {
	const struct pb_guest_task *job;
	struct pb_guest_device *said; /* in the shared area */
	unsigned int index;
	char driver[DRIVER_NAME]; /* how the driver calls it: nvme0, virtio0 */
	char path[DRIVER_NAME]; /* nvme: /dev/nvme0n1; nic: eth0 */
	uint64_t blocks; /* nvme: of PB_GUEST_PAGE bytes */
	uint32_t issued; /* nvme: I/Os begun or about to */
	uint32_t ended; /* I/Os that ended, frames that came */
	uint64_t interrupts; /* when it was ready */
};

struct program {
	struct pb_guest_area *area;
	struct task task[PB_MAX_SOURCES];
	uint32_t running; /* tasks that have I/O to do */
	uint32_t preparing; /* workers that are not ready yet */
	int kmsg; /* at what the kernel said after READY */
	int console; /* read: the VMM wakes us */
};

/* A thread that does I/O: of queue `queue` of a task, the `thread`th. */
struct worker {
	struct program *p;
	struct task *task;
	unsigned int index, queue, vcpu;
	struct pb_ring *ring;
	uint64_t rng;
};

/* Say why and stop for good; printf style. */
void give_up(struct program *p, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* area.c: map the shared area and check that it is what we know. Gives up itself. */
void area_map(struct program *p);

/* device.c: wait for the task's driver to bring the device up; fill in its names. */
void device_find(struct program *p, struct task *t);

/* worker.c: is I/O still wanted? */
int worker_wanted(const struct worker *w);
/* This one is ready. */
void worker_ready(struct worker *w);
/* Until its task may go. */
void worker_wait(const struct worker *w);
/* Store one I/O that ended at `tsc`, and count it. With the task's last one it is done. */
void worker_record(struct worker *w, uint64_t tsc, uint64_t took, uint32_t seq, uint16_t flags);
/* Returns when all are ready. */
void workers_start(struct program *p);

/* block.c, frames.c: what a worker does until no I/O is wanted. */
void block_work(struct worker *w);
void frames_work(struct worker *w);

/* account.c: what the kernel says. */
uint64_t account_interrupts(struct program *p, const struct task *t);
/* Into t->said: interrupts since t->interrupts, and what was logged since READY. */
void account_finish(struct program *p);

/* text.c: the parts of account.c that need no machine, for tests. */
/*
 * Interrupts of all CPUs in `text` (as /proc/interrupts) of vectors of `driver`'s
 * I/O queues: "nvme0q1" and up, "virtio0-input.N".
 */
uint64_t text_interrupts(const char *text, enum pb_source_kind kind, const char *driver);
/* Count one line of the kernel's log into `said` if it is about NVMe controller `driver`. */
void text_nvme_line(const char *line, const char *driver, struct pb_guest_device *said);

/* frame.c: the generator's payload of a frame. 1: it is one; 0: not for us; -1: damaged. */
int frame_parse(const uint8_t *frame, size_t len, uint32_t *seq, uint64_t *tsc);

static inline uint64_t tsc_read(void)
{
	uint32_t lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return (uint64_t)hi << 32 | lo;
}

#endif
