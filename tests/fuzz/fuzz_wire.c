// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Messages between runner and emulator, as either of them could get them: the
 * first byte says how many descriptors come along and whether the checksum is made
 * right, the second how much of the message comes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/lab/model/branch_wire.h"
#include "tests/fuzz/fuzz.h"
#include "util/crc32c.h"

#define MAX_FDS 12

static void send_it(int sock, void *data, size_t size, unsigned int nr)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(MAX_FDS * sizeof(int))];
	} control = {0};
	struct iovec iov = {data, size};
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};

	if (nr) {
		struct cmsghdr *c;

		h.msg_control = control.buf;
		h.msg_controllen = CMSG_SPACE(nr * sizeof(int));
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nr * sizeof(int));
		for (unsigned int i = 0; i < nr; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &sock, sizeof(int));
	}
	if (sendmsg(sock, &h, MSG_NOSIGNAL) != (ssize_t)size)
		abort();
}

/* The lowest descriptor that is free: the same before and after, or one was left open. */
static int lowest(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct branch_msg msg = {0}, got;
	int pair[2], fds[BRANCH_FDS], before, ret;
	size_t len;

	if (size < 2)
		return 0;
	len = size - 2 < sizeof(msg) ? size - 2 : sizeof(msg);
	memcpy(&msg, data + 2, len);
	if (data[0] & 0x10) {
		msg.magic = BRANCH_MAGIC;
		msg.version = BRANCH_VERSION;
		msg.size = sizeof(msg);
		memset(msg.reserved, 0, sizeof(msg.reserved));
	}
	if (data[0] & 0x20) {
		msg.crc = 0;
		msg.crc = crc32c(0, &msg, sizeof(msg));
	}
	len = data[1] & 0x80 ? data[1] & 0x7f : sizeof(msg);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		abort();
	before = lowest();
	send_it(pair[0], &msg, len < sizeof(msg) ? len : sizeof(msg), data[0] % (MAX_FDS + 1));
	ret = branch_msg_recv(pair[1], &got, fds, MSG_DONTWAIT);
	if (!ret) {
		if (branch_msg_check(&got) || memcmp(&got, &msg, sizeof(msg)) != 0)
			abort();
		for (unsigned int i = 0; got.kind == BRANCH_MSG_BRANCH && i < BRANCH_FDS; i++)
			if (close(fds[i]))
				abort();
	} else if (ret != -EPROTO && ret != -EPIPE && ret != -EAGAIN) {
		abort();
	}
	if (lowest() != before)
		abort();
	close(pair[0]);
	close(pair[1]);
	return 0;
}
