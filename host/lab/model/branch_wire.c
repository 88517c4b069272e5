// SPDX-License-Identifier: LGPL-2.1-or-later
#include "branch_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "util/crc32c.h"

void branch_msg_init(struct branch_msg *msg, enum branch_msg_kind kind)
{
	memset(msg, 0, sizeof(*msg));
	msg->magic = BRANCH_MAGIC;
	msg->version = BRANCH_VERSION;
	msg->kind = kind;
	msg->size = sizeof(*msg);
}

static uint32_t msg_crc(const struct branch_msg *msg)
{
	struct branch_msg copy = *msg;

	copy.crc = 0;
	return crc32c(0, &copy, sizeof(copy));
}

int branch_msg_check(const struct branch_msg *msg)
{
	unsigned int i;

	if (msg->magic != BRANCH_MAGIC || msg->version != BRANCH_VERSION ||
	    msg->size != sizeof(*msg) || msg->crc != msg_crc(msg))
		return -EPROTO;
	if (msg->kind < BRANCH_MSG_START || msg->kind >= BRANCH_MSG_KINDS)
		return -EPROTO;
	for (i = 0; i < sizeof(msg->reserved) / sizeof(msg->reserved[0]); i++)
		if (msg->reserved[i])
			return -EPROTO;
	if (msg->kind == BRANCH_MSG_BRANCH && msg->plan_size > BRANCH_MAX_PLAN)
		return -EPROTO;
	return 0;
}

int branch_msg_send(int sock, struct branch_msg *msg, const int *fds, unsigned int nr_fds)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(BRANCH_FDS * sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = msg, .iov_len = sizeof(*msg)};
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (nr_fds > BRANCH_FDS)
		return -EINVAL;
	msg->crc = msg_crc(msg);
	if (nr_fds) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		h.msg_control = control.buf;
		h.msg_controllen = CMSG_SPACE(nr_fds * sizeof(int));
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nr_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nr_fds * sizeof(int));
	}
	do
		n = sendmsg(sock, &h, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	return n == (ssize_t)sizeof(*msg) ? 0 : -EIO;
}

static void fds_close(int *fds, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		close(fds[i]);
}

/* Take the descriptors out of a received header; -EPROTO when there are too many. */
static int fds_take(struct msghdr *h, int *fds, unsigned int *nr)
{
	struct cmsghdr *c;
	int err = 0;

	*nr = 0;
	for (c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		unsigned int i, n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (*nr < BRANCH_FDS) {
				fds[(*nr)++] = fd;
			} else {
				close(fd);
				err = -EPROTO;
			}
		}
	}
	return err;
}

int branch_msg_recv(int sock, struct branch_msg *msg, int fds[BRANCH_FDS], int flags)
{
	/* Room for more than may come: an excess is seen, and closed. */
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(4 * BRANCH_FDS * sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = msg, .iov_len = sizeof(*msg)};
	struct msghdr h = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	unsigned int nr, want;
	ssize_t n;
	int err;

	do
		n = recvmsg(sock, &h, flags | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	err = fds_take(&h, fds, &nr);
	if (!err && n == 0 && !nr)
		return -EPIPE;
	if (!err && (n != (ssize_t)sizeof(*msg) || (h.msg_flags & (MSG_TRUNC | MSG_CTRUNC))))
		err = -EPROTO;
	if (!err)
		err = branch_msg_check(msg);
	if (!err) {
		want = msg->kind == BRANCH_MSG_BRANCH ? BRANCH_FDS : 0;
		if (nr != want)
			err = -EPROTO;
	}
	if (err)
		fds_close(fds, nr);
	return err;
}
