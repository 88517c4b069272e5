/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nvme_internal.h - what the parts of the NVMe model (nvme*.c) share; nothing
 * else includes it.  Sections: NVM Express Base Specification 2.0.
 *
 * A command is fetched when its doorbell is written, and executed, data and
 * all, when its service time is over and its completion queue has room: until
 * then nothing of it happened.
 */
#ifndef LAB_NVME_INTERNAL_H
#define LAB_NVME_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/lab/model/instrument.h"
#include "host/lab/model/lab.h"
#include "host/lab/model/nvme.h"
#include "host/lab/model/nvme_regs.h"
#include "host/lab/model/pci.h"
#include "shared/nvme_regs.h"

#define NVME_QUEUES    32u /* pairs, the admin queues included; vectors as many */
#define NVME_SLOTS     256u /* commands that are being served */
#define NVME_CHANNELS  64u
#define NVME_NEVER     UINT64_MAX /* a command that is held for a sweep is due */
#define NVME_AERS      4u
#define NVME_ABORTS    4u
#define NVME_ERRORS    8u /* entries of the error log */
#define NVME_MDTS      5u /* pages of a transfer, power of two */
#define NVME_MAX_BYTES (NVME_PAGE << NVME_MDTS)
#define NVME_LBA_LOG2  9u
#define NVME_LBAS      0x20000u /* 64 MiB */
#define NVME_NS_BYTES  ((uint64_t)NVME_LBAS << NVME_LBA_LOG2)
#define NVME_KELVIN    313u /* always */

/* Resources: the primary controller's own, and those for whoever they are given to. */
#define NVME_PRIVATE       9u
#define NVME_FLEXIBLE      20u
#define NVME_SECONDARY_MAX 9u
#define NVME_VECTORS_PF    32u
#define NVME_VECTORS_VF    9u
_Static_assert(NVME_PRIVATE + NVME_FLEXIBLE <= NVME_QUEUES, "primary's queues");

struct nvme_sq {
	bool on;
	uint64_t base;
	uint32_t size, head, tail;
	uint16_t cqid;
};

struct nvme_cq {
	bool on, ien, phase;
	uint64_t base;
	uint32_t size, head, tail;
	uint16_t vector;
};

struct nvme_cmd {
	bool used;
	uint16_t sqid, cid;
	uint16_t status; /* not NVME_OK: to end so without being executed */
	uint64_t due, order;
	uint32_t dw[16]; /* as fetched */
};

struct nvme_vector {
	bool signal; /* a message is to go out at once */
	bool immediate; /* coalescing disabled for it */
	uint32_t held; /* completions since the last message */
	uint64_t deadline; /* of the first of them */
	uint32_t seq; /* newest completion */
};

struct nvme_error {
	uint64_t count;
	uint16_t sqid, cid, status;
	uint64_t lba;
	uint32_t nsid;
};

/* Features as set, 5.27.1. */
struct nvme_features {
	uint32_t arbitration, power, over, under, error_recovery, write_cache, coalescing;
	uint32_t atomicity, async;
	uint32_t sqs, cqs; /* I/O queues granted */
};

/* What is behind the instrument, shared/nvme_regs.h. */
struct nvme_private {
	uint32_t channels;
	uint32_t messages, absorbed, dma_faults;
};

struct nvme_ctrl {
	struct pci_function pci;
	uint16_t id; /* CNTLID: 0 the primary, else number of the virtual function */
	int timer;
	uint32_t cc, csts, aqa;
	uint64_t asq, acq;
	struct nvme_sq sq[NVME_QUEUES];
	struct nvme_cq cq[NVME_QUEUES];
	struct nvme_cmd cmd[NVME_SLOTS];
	struct nvme_vector vector[NVME_QUEUES];
	uint64_t order;
	unsigned int turn; /* of the submission queues */
	uint64_t channel[NVME_CHANNELS]; /* busy until */
	uint16_t aer[NVME_AERS]; /* CIDs that wait for an event */
	unsigned int aers;
	uint32_t event[4]; /* raised, per type: result of the command, 0: none */
	bool event_masked[4]; /* reported, log not read yet */
	struct nvme_features feature;
	struct nvme_error error[NVME_ERRORS];
	uint64_t errors;
	uint64_t reads, writes, blocks_read, blocks_written;
	struct nvme_private priv;
	struct instrument in;
	/* Virtualization, 8.26 */
	bool online; /* of a secondary */
	uint32_t vq, vi; /* flexible resources that it has */
	uint32_t vq_next, vi_next; /* primary: those after its next reset */
	uint8_t *data; /* the namespace: of a file only to read */
	int file; /* that it is, or -1: memory */
};

extern struct nvme_ctrl nvme_ctrls[NVME_CONTROLLERS];

static inline uint64_t nvme_dw64(const struct nvme_cmd *cmd, unsigned int dw)
{
	return cmd->dw[dw] | (uint64_t)cmd->dw[dw + 1] << 32;
}

static inline uint32_t nvme_nsid(const struct nvme_ctrl *c)
{
	return c->id + 1u;
}

/* Little endian field of `len` bytes, of a data structure. */
static inline void nvme_put(uint8_t *page, unsigned int at, uint64_t v, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++)
		page[at + i] = v >> 8 * i & 0xff;
}

/* --- nvme_ctrl.c: properties and resets --------------------------------------- */

uint32_t nvme_property_read(struct nvme_ctrl *c, uint32_t offset);
void nvme_property_write(struct nvme_ctrl *c, uint32_t offset, uint32_t value);
/* CC.EN cleared (3.7.2): queues and what is in them are gone. */
void nvme_disable(struct nvme_ctrl *c);
/* All of it: function level reset, machine reset. */
void nvme_function_reset(struct nvme_ctrl *c);
/* CSTS.CFS: nothing more happens until a reset. */
void nvme_fatal(struct nvme_ctrl *c);
bool nvme_running(const struct nvme_ctrl *c);

/* --- nvme_queue.c: fetching, completing ----------------------------------------- */

/* A doorbell, offset from NVME_DB. */
void nvme_doorbell(struct nvme_ctrl *c, uint32_t offset, uint32_t value);
/* The timer: execute what is due. */
void nvme_run(void *ctrl);
/* Post a completion of queue `sqid` now. False: its queue has no room. */
bool nvme_complete(struct nvme_ctrl *c, uint16_t sqid, uint16_t cid, uint32_t result,
		   uint16_t status);
/* Can a command of this submission queue be completed now? */
bool nvme_room(const struct nvme_ctrl *c, uint16_t sqid);
/* Take commands from the queues, set the timer. */
void nvme_fetch(struct nvme_ctrl *c);
/* Let a command end with this status at once, without being executed. */
void nvme_cancel(struct nvme_cmd *cmd, uint16_t status);
/* The command of this queue with this id, or NULL. */
struct nvme_cmd *nvme_find(struct nvme_ctrl *c, uint16_t sqid, uint16_t cid);

/* --- nvme_irq.c: interrupts ------------------------------------------------------- */

/* A completion went into this queue. */
void nvme_irq_completion(struct nvme_ctrl *c, uint16_t cqid, uint32_t seq, uint64_t what);
/* Send what is to be sent now. */
void nvme_irq_send(struct nvme_ctrl *c);
/* When the next held one is to be sent, UINT64_MAX: none. */
uint64_t nvme_irq_deadline(const struct nvme_ctrl *c);

/* --- commands: a status; *result is dword 0 of the completion ---------------------- */

/* nvme_admin.c. *later: no completion now (asynchronous event request). */
uint16_t nvme_admin(struct nvme_ctrl *c, struct nvme_cmd *cmd, uint32_t *result, bool *later);
uint16_t nvme_create_cq(struct nvme_ctrl *c, const struct nvme_cmd *cmd);
uint16_t nvme_create_sq(struct nvme_ctrl *c, const struct nvme_cmd *cmd);
uint16_t nvme_delete_cq(struct nvme_ctrl *c, const struct nvme_cmd *cmd);
uint16_t nvme_delete_sq(struct nvme_ctrl *c, const struct nvme_cmd *cmd);
uint16_t nvme_identify(struct nvme_ctrl *c, const struct nvme_cmd *cmd);
uint16_t nvme_get_log(struct nvme_ctrl *c, const struct nvme_cmd *cmd);
uint16_t nvme_get_features(struct nvme_ctrl *c, const struct nvme_cmd *cmd, uint32_t *result);
uint16_t nvme_set_features(struct nvme_ctrl *c, const struct nvme_cmd *cmd, uint32_t *result);
/* To the primary only. */
uint16_t nvme_virt_mgmt(const struct nvme_cmd *cmd, uint32_t *result);
uint16_t nvme_io(struct nvme_ctrl *c, const struct nvme_cmd *cmd);

void nvme_features_reset(struct nvme_ctrl *c);
/* Is it an opcode that there is? For the effects log. */
bool nvme_admin_supported(const struct nvme_ctrl *c, uint8_t opcode);
bool nvme_io_supported(uint8_t opcode);

/* --- nvme_event.c: asynchronous events, errors --------------------------------------- */

/* Raise an event: type, information, log page to read. */
void nvme_event(struct nvme_ctrl *c, unsigned int type, unsigned int info, unsigned int log);
/* Hand raised events to commands that wait. */
void nvme_events_report(struct nvme_ctrl *c);
/* The log page of this type was read. */
void nvme_event_clear(struct nvme_ctrl *c, unsigned int type);
void nvme_error_log(struct nvme_ctrl *c, const struct nvme_cmd *cmd, uint16_t status);

/* --- nvme_prp.c: data of a command ----------------------------------------------------- */

/* Between `buf` and what the command's PRPs or SGL describe. A status. */
uint16_t nvme_to_host(struct nvme_ctrl *c, const struct nvme_cmd *cmd, const void *buf, size_t len);
uint16_t nvme_from_host(struct nvme_ctrl *c, const struct nvme_cmd *cmd, void *buf, size_t len);

/* --- nvme_virt.c: primary and secondary controllers, 8.26 -------------------------------- */

/* Pairs of queues, vectors that a controller has, admin included. */
uint32_t nvme_virt_queues(const struct nvme_ctrl *c);
uint32_t nvme_virt_vectors(const struct nvme_ctrl *c);
/* May it be used at all? */
bool nvme_virt_online(const struct nvme_ctrl *c);
void nvme_virt_reset(void); /* machine reset */
void nvme_virt_vfs_changed(void);
/* The primary was reset: a function level reset or a controller reset. */
void nvme_virt_primary_reset(void);
bool nvme_virt_auto(void);
void nvme_virt_auto_set(bool on);
void nvme_virt_caps(uint8_t *page);
void nvme_virt_list(uint8_t *page, uint16_t from);

/* --- nvme_time.c: how long commands take, registers of BAR 4 --------------------------------- */

void nvme_private_reset(struct nvme_ctrl *c);
uint32_t nvme_private_read(struct nvme_ctrl *c, uint32_t offset);
void nvme_private_write(struct nvme_ctrl *c, uint32_t offset, uint32_t value);
/* When a command that arrives now is done. */
uint64_t nvme_due(struct nvme_ctrl *c, bool admin);

/* --- nvme_swept.c: completions on demand (swept.h) ------------------------------------------ */

/* No sweep any more? Then what is held for one ends now. */
void nvme_swept_release(struct nvme_ctrl *c);

/* --- nvme_store.c: the namespaces ------------------------------------------------------------ */

/*
 * Give the controller its namespace, in place of one that it has: the file of
 * `fd`, which stays the caller's and open as long as it is in use; -1: memory,
 * NVME_LBAS blocks of zeros that cost nothing until written.  The file must not
 * shrink.  0; -EINVAL: not a plain file of NVME_NS_BYTES; -EACCES: not open for
 * reading and writing anywhere in it; -errno.
 */
int nvme_store_open(struct nvme_ctrl *c, int fd);
/*
 * Blocks that exist.  What was written is there for whoever opens the file next,
 * also when this process is killed; after nvme_store_sync() also when the host
 * is switched off.  0; -errno: any part of it may have been done.
 */
int nvme_store_write(struct nvme_ctrl *c, uint64_t lba, const void *buf, size_t len);
int nvme_store_zero(struct nvme_ctrl *c, uint64_t lba, uint64_t n);
int nvme_store_sync(struct nvme_ctrl *c);

#endif
