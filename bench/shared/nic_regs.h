/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nic_regs.h - the lab's NIC behind its virtio registers: BAR 4 of the physical
 * function, which no network driver touches.  Traffic generator, switch
 * counters, what each function's queues did, and faults on purpose; shared by
 * the device model (host/lab/model/nic*.c) and who drives it.  32-bit accesses.
 *
 * The generator's schedule means what that of struct pb_plan_source does, with
 * frames for posts and flows for vectors; times are TSC ticks.
 */
#ifndef PB_SHARED_NIC_REGS_H
#define PB_SHARED_NIC_REGS_H

#include <stdint.h>

#define PB_NIC_BAR      4
#define PB_NIC_BAR_SIZE 0x10000
#define PB_NIC_PAIRS    4 /* queue pairs of each function, and one control queue */
#define PB_NIC_QUEUES   (2 * PB_NIC_PAIRS + 1)

#define PB_NIC_ID        0x00 /* RO, PB_NIC_ID_VALUE */
#define PB_NIC_ID_VALUE  0x4e524950u /* "PIRN" */
#define PB_NIC_VERSION   0x04 /* RO, 1 */
#define PB_NIC_FUNCTIONS 0x08 /* RO: the physical function and all virtual ones */
#define PB_NIC_DELAY     0x0c /* ticks from a notification to the device looking at the queue */
#define PB_NIC_CLEAR     0x10 /* WO: all counters of switch and queues to 0 */

/* The generator. */
#define PB_NIC_CTRL        0x100 /* WO */
#define PB_NIC_CTRL_ARM    1u /* take the registers below, start the schedule */
#define PB_NIC_CTRL_DISARM 2u /* send no more; what comes back still counts */
#define PB_NIC_STATUS      0x104 /* RO */
#define PB_NIC_ST_ARMED    1u /* frames are still to be sent */
#define PB_NIC_ST_DONE     2u /* all `COUNT` frames were sent */
#define PB_NIC_ST_INVALID  4u /* ARM refused: a register is out of its range */
#define PB_NIC_SCHEDULE    0x108 /* enum pb_schedule */
#define PB_NIC_AIM         0x10c /* enum pb_aim, at the vector of the queue that a frame goes to */
#define PB_NIC_COUNT       0x110
#define PB_NIC_FLOWS       0x114 /* 1..PB_MAX_VECTORS */
#define PB_NIC_PERIOD_LO   0x118
#define PB_NIC_PERIOD_HI   0x11c
#define PB_NIC_BURST       0x120
#define PB_NIC_FLAGS       0x124
#define PB_NIC_FL_IN_ORDER 1u /* flows in order, else drawn */
#define PB_NIC_OFFSET_MIN  0x128 /* instructions */
#define PB_NIC_OFFSET_MAX  0x12c
#define PB_NIC_SKIP        0x130
#define PB_NIC_SEED_LO     0x134
#define PB_NIC_SEED_HI     0x138
#define PB_NIC_SIZE_MIN    0x13c /* bytes of a frame without FCS; drawn uniformly */
#define PB_NIC_SIZE_MAX    0x140
#define PB_NIC_TARGET      0x144 /* the function that they go to; 0: the physical one */
#define PB_NIC_SENT        0x180 /* RO: frames; the newest sequence number */
#define PB_NIC_RETURNED    0x184 /* RO: of these, came back, each counted once */
#define PB_NIC_DUPLICATES  0x188 /* RO: came back again */
#define PB_NIC_FOREIGN     0x18c /* RO: on the wire, and not one of these */
#define PB_NIC_ABANDONED   0x190 /* RO: as PB_POSTER_ABANDONED */
#define PB_NIC_STALLED     0x194 /* RO: as PB_POSTER_STALLED */
/* Ticks from the generator and back, of those returned. */
#define PB_NIC_HIST_INDEX  0x1a0 /* bucket, 0..PB_NIC_HIST_BUCKETS - 1 */
#define PB_NIC_HIST_COUNT  0x1a4 /* RO: frames in it */
#define PB_NIC_LATENCY_MIN 0x1a8 /* RO, up to 0xffffffff; 0: none came back */
#define PB_NIC_LATENCY_MAX 0x1ac

/* A port of the switch, RO: 0 is the wire, 1 + f function f. */
#define PB_NIC_PORT(n)          (0x200 + 0x40 * (n))
#define PB_NIC_PORT_SENT        0x00 /* frames that came from it */
#define PB_NIC_PORT_SENT_BYTES  0x04
#define PB_NIC_PORT_TAKEN       0x08 /* frames that it took */
#define PB_NIC_PORT_TAKEN_BYTES 0x0c
#define PB_NIC_PORT_DOWN        0x10 /* dropped: nobody drives it, or its link is down */
#define PB_NIC_PORT_NO_BUFFER   0x14 /* dropped: no receive buffer */
#define PB_NIC_PORT_SHORT       0x18 /* dropped: the receive buffer is too short */
#define PB_NIC_PORT_FAULT       0x1c /* dropped: memory is out of reach, or the queue broken */
#define PB_NIC_PORT_UNKNOWN     0x20 /* came from it for nobody, dropped */
#define PB_NIC_PORT_MALFORMED   0x24 /* came from it too short or too long, dropped */

/* A function. */
#define PB_NIC_FUNCTION(n)   (0x1000 + 0x800 * (n))
#define PB_NIC_F_SOURCE      0x00 /* index for its TR_POST in the truth; above 255: none */
#define PB_NIC_F_MESSAGES    0x04 /* RO: since SOURCE was set; the newest sequence number */
#define PB_NIC_F_LINK        0x08 /* 1: up */
#define PB_NIC_F_STATUS      0x0c /* RO: device_status */
#define PB_NIC_F_FEATURES_LO 0x10 /* RO: as the driver wrote them */
#define PB_NIC_F_FEATURES_HI 0x14
#define PB_NIC_F_PAIRS       0x18 /* RO: in use */
#define PB_NIC_F_MAC_LO      0x1c /* RO: first four bytes, first one lowest */
#define PB_NIC_F_MAC_HI      0x20
#define PB_NIC_F_BAD_FRAMES  0x24 /* RO: sent with a header or length that is not possible */
/*
 * Faults on purpose: of the messages, or notifications, of this queue from now
 * on, the NTH and the LENGTH - 1 after it are dropped, ignored.  Writing NTH
 * begins anew; 0: none.
 */
#define PB_NIC_F_DROP        0x40 /* messages */
#define PB_NIC_F_IGNORE      0x50 /* notifications */
#define PB_NIC_FAULT_NTH     0x00
#define PB_NIC_FAULT_LENGTH  0x04 /* 0xffffffff: for ever */
#define PB_NIC_FAULT_QUEUE   0x08 /* PB_NIC_FAULT_ANY, _CONFIG */
#define PB_NIC_FAULT_HITS    0x0c /* RO */
#define PB_NIC_FAULT_ANY     0xffffu
#define PB_NIC_FAULT_CONFIG  0xfffeu /* messages only: configuration changes */

/* A queue of a function, RO: receive 2 i, transmit 2 i + 1 of pair i. */
#define PB_NIC_QUEUE(n)     (0x100 + 0x40 * (n))
#define PB_NIC_Q_STATE      0x00
#define PB_NIC_QS_ENABLED   1u
#define PB_NIC_QS_PACKED    2u
#define PB_NIC_QS_BROKEN    4u /* the driver broke a rule; it has to reset the device */
#define PB_NIC_Q_VECTOR     0x04 /* of MSI-X; 0xffff: none */
#define PB_NIC_Q_NOTIFIED   0x08 /* notifications by the driver */
#define PB_NIC_Q_IGNORED    0x0c /* of these, ignored on purpose */
#define PB_NIC_Q_USED       0x10 /* buffers given back */
#define PB_NIC_Q_INTERRUPTS 0x14 /* messages, masked ones too */
#define PB_NIC_Q_SUPPRESSED 0x18 /* buffers came back, and the driver wanted no message */
#define PB_NIC_Q_DROPPED    0x1c /* messages dropped on purpose */
#define PB_NIC_Q_UNVECTORED 0x20 /* the driver wants a message and gave no vector */
#define PB_NIC_Q_ERRORS     0x24 /* rules broken, rings out of reach */

/*
 * Behind the UDP header of a generated frame, little endian.  Whoever sends it
 * back leaves it as it is.
 */
struct pb_nic_payload {
	uint32_t magic; /* PB_NIC_PAYLOAD_MAGIC */
	uint32_t flow;
	uint32_t seq; /* from 1 */
	uint32_t check; /* the generator's own */
	uint64_t tsc; /* when it was sent */
};
#define PB_NIC_PAYLOAD_MAGIC 0x50524950u /* "PIRP" */
_Static_assert(sizeof(struct pb_nic_payload) == 24, "pb_nic_payload is 24 bytes");

/*
 * The histogram: buckets of one tick up to 16, then 8 to an octave, so that a
 * bucket is within 12.5 % of its values.
 */
#define PB_NIC_HIST_BUCKETS 496

static inline uint32_t pb_nic_hist_bucket(uint64_t ticks)
{
	unsigned int octave;

	if (ticks < 8)
		return (uint32_t)ticks;
	octave = 63 - (unsigned int)__builtin_clzll(ticks);
	return (octave - 2) * 8 + (uint32_t)(ticks >> (octave - 3) & 7);
}

/* The least number of ticks that is in a bucket. */
static inline uint64_t pb_nic_hist_least(uint32_t bucket)
{
	unsigned int octave = bucket / 8 + 2;

	return bucket < 8 ? bucket : (uint64_t)(8 + bucket % 8) << (octave - 3);
}

#endif
