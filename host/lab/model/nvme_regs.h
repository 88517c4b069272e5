/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nvme_regs.h - properties, commands and status codes, NVM Express Base
 * Specification 2.0 and NVM Command Set Specification 1.0; only what the model
 * has.
 */
#ifndef LAB_NVME_REGS_H
#define LAB_NVME_REGS_H

/* Controller properties, 3.1.3 */
#define NVME_CAP_LO 0x00
#define NVME_CAP_HI 0x04
#define NVME_VS     0x08
#define NVME_CC     0x14
#define NVME_CSTS   0x1c
#define NVME_AQA    0x24
#define NVME_ASQ_LO 0x28
#define NVME_ASQ_HI 0x2c
#define NVME_ACQ_LO 0x30
#define NVME_ACQ_HI 0x34
#define NVME_CRTO   0x68
#define NVME_DB     0x1000 /* doorbells, stride 4 */

#define NVME_CAP_MQES       1023u /* entries of a queue, less one */
#define NVME_CAP_CQR        (1u << 16)
#define NVME_CAP_TO         (2u << 24) /* 500 ms each */
#define NVME_CAP_HI_CSS_NVM (1u << 5)
#define NVME_CAP_HI_CRWMS   (1u << 27)
#define NVME_VS_2_0         0x00020000u

#define NVME_CC_EN         0x1u
#define NVME_CC_RESERVED   0xff00000eu
#define NVME_CC_CSS(cc)    ((cc) >> 4 & 7)
#define NVME_CC_MPS(cc)    ((cc) >> 7 & 15)
#define NVME_CC_AMS(cc)    ((cc) >> 11 & 7)
#define NVME_CC_SHN(cc)    ((cc) >> 14 & 3)
#define NVME_CC_IOSQES(cc) ((cc) >> 16 & 15)
#define NVME_CC_IOCQES(cc) ((cc) >> 20 & 15)
#define NVME_CSTS_RDY      0x1u
#define NVME_CSTS_CFS      0x2u
#define NVME_CSTS_SHST     0xcu
#define NVME_CSTS_SHUT     0x8u /* shutdown processing complete */

#define NVME_SQE       64u
#define NVME_CQE       16u
#define NVME_SQES_LOG2 6u
#define NVME_CQES_LOG2 4u
#define NVME_PAGE      4096u

/* Admin commands, figure 138 */
enum nvme_admin_opcode {
	NVME_DELETE_SQ = 0x00,
	NVME_CREATE_SQ = 0x01,
	NVME_GET_LOG = 0x02,
	NVME_DELETE_CQ = 0x04,
	NVME_CREATE_CQ = 0x05,
	NVME_IDENTIFY = 0x06,
	NVME_ABORT = 0x08,
	NVME_SET_FEATURES = 0x09,
	NVME_GET_FEATURES = 0x0a,
	NVME_ASYNC_EVENT = 0x0c,
	NVME_VIRT_MGMT = 0x1c,
};

/* I/O commands, NVM Command Set figure 16 */
enum nvme_io_opcode {
	NVME_FLUSH = 0x00,
	NVME_WRITE = 0x01,
	NVME_READ = 0x02,
	NVME_COMPARE = 0x05,
	NVME_WRITE_ZEROES = 0x08,
	NVME_DSM = 0x09,
};

/* Status: code type << 8 | code, with "do not retry" and "more"; figures 92 to 98 */
#define NVME_DNR  0x4000u
#define NVME_MORE 0x2000u
enum nvme_status {
	NVME_OK = 0x000,
	NVME_INVALID_OPCODE = 0x001 | NVME_DNR,
	NVME_INVALID_FIELD = 0x002 | NVME_DNR,
	NVME_CID_CONFLICT = 0x003 | NVME_DNR,
	NVME_TRANSFER_ERROR = 0x004,
	NVME_ABORTED = 0x007,
	NVME_ABORTED_SQ = 0x008,
	NVME_INVALID_NS = 0x00b | NVME_DNR,
	NVME_SEQUENCE = 0x00c | NVME_DNR,
	NVME_SGL_SEGMENT = 0x00d | NVME_DNR,
	NVME_SGL_COUNT = 0x00e | NVME_DNR,
	NVME_SGL_LENGTH = 0x00f | NVME_DNR,
	NVME_SGL_TYPE = 0x011 | NVME_DNR,
	NVME_PRP_OFFSET = 0x013 | NVME_DNR,
	NVME_LBA_RANGE = 0x080 | NVME_DNR,
	NVME_CQ_INVALID = 0x100 | NVME_DNR,
	NVME_QID_INVALID = 0x101 | NVME_DNR,
	NVME_QUEUE_SIZE = 0x102 | NVME_DNR,
	NVME_ABORT_LIMIT = 0x103 | NVME_DNR,
	NVME_AER_LIMIT = 0x105 | NVME_DNR,
	NVME_VECTOR_INVALID = 0x108 | NVME_DNR,
	NVME_LOG_INVALID = 0x109 | NVME_DNR,
	NVME_QUEUE_DELETION = 0x10c | NVME_DNR,
	NVME_NOT_SAVEABLE = 0x10d | NVME_DNR,
	NVME_NOT_CHANGEABLE = 0x10e | NVME_DNR,
	NVME_NOT_NS_SPECIFIC = 0x10f | NVME_DNR,
	NVME_CNTLID_INVALID = 0x11f | NVME_DNR,
	NVME_SECONDARY_STATE = 0x120 | NVME_DNR,
	NVME_RESOURCES = 0x121 | NVME_DNR,
	NVME_RESOURCE_ID = 0x122 | NVME_DNR,
	NVME_WRITE_FAULT = 0x280,
	NVME_COMPARE_FAILURE = 0x285 | NVME_DNR,
};

/* Features, figure 317 */
enum nvme_feature {
	NVME_F_ARBITRATION = 0x01,
	NVME_F_POWER = 0x02,
	NVME_F_TEMPERATURE = 0x04,
	NVME_F_ERROR_RECOVERY = 0x05,
	NVME_F_WRITE_CACHE = 0x06,
	NVME_F_QUEUES = 0x07,
	NVME_F_COALESCING = 0x08,
	NVME_F_VECTOR = 0x09,
	NVME_F_ATOMICITY = 0x0a,
	NVME_F_ASYNC = 0x0b,
};

/* Log pages, figure 202 */
enum nvme_log {
	NVME_L_SUPPORTED = 0x00,
	NVME_L_ERROR = 0x01,
	NVME_L_SMART = 0x02,
	NVME_L_FIRMWARE = 0x03,
	NVME_L_CHANGED_NS = 0x04,
	NVME_L_EFFECTS = 0x05,
};

/* Asynchronous events, figures 147 to 149: type, information */
#define NVME_EVENT_ERROR       0x0u
#define NVME_EVENT_SMART       0x1u
#define NVME_EVENT_BAD_QUEUE   0x0u /* error: write to an invalid doorbell */
#define NVME_EVENT_BAD_VALUE   0x1u /* error: invalid doorbell value */
#define NVME_EVENT_TEMPERATURE 0x1u /* SMART: threshold */

#endif
