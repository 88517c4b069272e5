/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nic_regs.h - what the lab's NIC has behind the registers that all instruments
 * have (instrument_regs.h): a traffic generator at the other end of the wire,
 * counters of the switch, and what the function's queues did.  BAR
 * PB_INSTRUMENT_BAR of each function, physical or virtual, which no network
 * driver touches; 32-bit accesses.  A function level reset clears what is the
 * function's own, but what it withholds.
 *
 * The generator sends to its own function.  Its schedule means what that of
 * struct pb_plan_source does, with frames for posts and flows for vectors; times
 * are TSC ticks.
 */
#ifndef PB_SHARED_NIC_REGS_H
#define PB_SHARED_NIC_REGS_H

#include <stdint.h>

#include "shared/loglinear.h"

#define PB_NIC_PAIRS  4 /* queue pairs of each function, and one control queue */
#define PB_NIC_QUEUES (2 * PB_NIC_PAIRS + 1)

#define PB_NIC_ID       0x100 /* RO, PB_NIC_ID_VALUE */
#define PB_NIC_ID_VALUE 0x4e524950u /* "PIRN" */

/* The generator. */
#define PB_NIC_CTRL        0x104 /* WO */
#define PB_NIC_CTRL_ARM    1u /* take the registers below, start the schedule */
#define PB_NIC_CTRL_DISARM 2u /* send no more; what comes back still counts */
#define PB_NIC_STATUS      0x108 /* RO */
#define PB_NIC_ST_ARMED    1u /* frames are still to be sent */
#define PB_NIC_ST_DONE     2u /* all `COUNT` frames were sent */
#define PB_NIC_ST_INVALID  4u /* ARM refused: a register is out of its range */
#define PB_NIC_SCHEDULE    0x110 /* enum pb_schedule, but swept */
#define PB_NIC_AIM         0x114 /* enum pb_aim, at the vector of the queue that a frame goes to */
#define PB_NIC_COUNT       0x118
#define PB_NIC_FLOWS       0x11c /* 1..PB_MAX_VECTORS */
#define PB_NIC_PERIOD_LO   0x120
#define PB_NIC_PERIOD_HI   0x124
#define PB_NIC_BURST       0x128
#define PB_NIC_FLAGS       0x12c
#define PB_NIC_FL_IN_ORDER 1u /* flows in order, else drawn */
#define PB_NIC_OFFSET_MIN  0x130 /* instructions */
#define PB_NIC_OFFSET_MAX  0x134
#define PB_NIC_SKIP        0x138
#define PB_NIC_SEED_LO     0x13c
#define PB_NIC_SEED_HI     0x140
#define PB_NIC_SIZE_MIN    0x144 /* bytes of a frame without FCS; drawn uniformly */
#define PB_NIC_SIZE_MAX    0x148
#define PB_NIC_SENT        0x180 /* RO: frames; the newest sequence number */
#define PB_NIC_RETURNED    0x184 /* RO: of these, came back, each counted once */
#define PB_NIC_DUPLICATES  0x188 /* RO: came back again */
#define PB_NIC_ABANDONED   0x18c /* RO: as PB_POSTER_ABANDONED */
#define PB_NIC_STALLED     0x190 /* RO: as PB_POSTER_STALLED */
/* Ticks from the generator and back, of those returned. */
#define PB_NIC_HIST_INDEX  0x1a0 /* bucket, 0..PB_NIC_HIST_BUCKETS - 1 */
#define PB_NIC_HIST_COUNT  0x1a4 /* RO: frames in it */
#define PB_NIC_LATENCY_MIN 0x1a8 /* RO, up to 0xffffffff; 0: none came back */
#define PB_NIC_LATENCY_MAX 0x1ac

/* Ports of the switch, RO. */
#define PB_NIC_WIRE             0x200 /* the wire, which all functions share */
#define PB_NIC_PORT             0x240 /* the function's own */
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
#define PB_NIC_PORT_FOREIGN     0x28 /* wire: taken, and no frame of a generator come back */

/* The function. */
#define PB_NIC_LINK        0x280 /* 1: up */
#define PB_NIC_WITHHOLD_LO 0x284 /* features that it does not offer, from its next reset on */
#define PB_NIC_WITHHOLD_HI 0x288
#define PB_NIC_FEATURES_LO 0x28c /* RO: as the driver wrote them */
#define PB_NIC_FEATURES_HI 0x290
#define PB_NIC_DEVICE      0x294 /* RO: device_status */
#define PB_NIC_ACTIVE      0x298 /* RO: queue pairs in use */
#define PB_NIC_MAC_LO      0x29c /* RO: first four bytes, first one lowest */
#define PB_NIC_MAC_HI      0x2a0
#define PB_NIC_BAD_FRAMES  0x2a4 /* RO: sent with a header or length that is not possible */

/* A queue, RO: receive 2 i, transmit 2 i + 1 of pair i. */
#define PB_NIC_QUEUE(n)     (0x400 + 0x40 * (n))
#define PB_NIC_Q_STATE      0x00
#define PB_NIC_QS_ENABLED   1u
#define PB_NIC_QS_PACKED    2u
#define PB_NIC_QS_BROKEN    4u /* the driver broke a rule; it has to reset the device */
#define PB_NIC_Q_VECTOR     0x04 /* of MSI-X; 0xffff: none */
#define PB_NIC_Q_NOTIFIED   0x08 /* notifications by the driver */
#define PB_NIC_Q_IGNORED    0x0c /* of these, ignored on purpose (PB_FAULT_DOORBELL) */
#define PB_NIC_Q_USED       0x10 /* buffers given back */
#define PB_NIC_Q_INTERRUPTS 0x14 /* messages, masked ones too */
#define PB_NIC_Q_SUPPRESSED 0x18 /* buffers came back, and the driver wanted no message */
#define PB_NIC_Q_DROPPED    0x1c /* messages dropped on purpose (PB_FAULT_LOST_MSI) */
#define PB_NIC_Q_UNVECTORED 0x20 /* the driver wants a message and gave no vector */
#define PB_NIC_Q_ERRORS     0x24 /* rules broken, rings out of reach */

/*
 * Behind the UDP header of a generated frame, little endian.  Whoever sends it
 * back leaves it as it is.
 */
struct pb_nic_payload {
	uint32_t magic; /* PB_NIC_PAYLOAD_MAGIC */
	uint16_t flow;
	uint16_t function; /* whose generator sent it; 0: the physical one's */
	uint32_t seq; /* from 1 */
	uint32_t check; /* the generator's own */
	uint64_t tsc; /* when it was sent */
};
#define PB_NIC_PAYLOAD_MAGIC 0x50524950u /* "PIRP" */
_Static_assert(sizeof(struct pb_nic_payload) == 24, "pb_nic_payload is 24 bytes");

/* The sender of such a payload that is no function of the lab: pirbench-pktgen. */
#define PB_NIC_FUNCTION_PKTGEN 0xffffu

/*
 * The histogram: buckets of one tick up to 16, then 8 to an octave, so that a
 * bucket is within 12.5 % of its values.
 */
#define PB_NIC_HIST_BITS    3
#define PB_NIC_HIST_BUCKETS LOGLINEAR_BUCKETS(PB_NIC_HIST_BITS)

static inline uint32_t pb_nic_hist_bucket(uint64_t ticks)
{
	return loglinear_bucket(ticks, PB_NIC_HIST_BITS);
}

/* The least number of ticks that is in a bucket. */
static inline uint64_t pb_nic_hist_least(uint32_t bucket)
{
	return loglinear_least(bucket, PB_NIC_HIST_BITS);
}

#endif
