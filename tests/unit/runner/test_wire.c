// SPDX-License-Identifier: LGPL-2.1-or-later
/* The messages between runner and fork server: damaged in every way, they are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/lab/model/branch_wire.h"
#include "util/crc32c.h"

static int pair[2];

static int setup(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

static int teardown(void **state)
{
	(void)state;
	close(pair[0]);
	close(pair[1]);
	return 0;
}

static unsigned int fds_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void good(struct branch_msg *msg, enum branch_msg_kind kind)
{
	branch_msg_init(msg, kind);
	msg->id = 5;
	msg->value = -3;
	msg->limit = 1ull << 40;
	msg->seed = ~0ull;
	msg->plan_size = 100;
}

/* CRC anew, so that only what was changed can be what is refused. */
static void seal(struct branch_msg *msg)
{
	msg->crc = 0;
	msg->crc = crc32c(0, msg, sizeof(*msg));
}

static int bounce(const void *data, size_t size, struct branch_msg *out)
{
	int fds[BRANCH_FDS];

	assert_int_equal(send(pair[0], data, size, 0), size);
	return branch_msg_recv(pair[1], out, fds, 0);
}

static void test_round_trip(void **state)
{
	int kind;

	(void)state;
	for (kind = BRANCH_MSG_START; kind < BRANCH_MSG_KINDS; kind++) {
		const int mine[BRANCH_FDS] = {0, 0, 0, 0, 0};
		unsigned int nr = kind == BRANCH_MSG_BRANCH ? BRANCH_FDS : 0, i;
		struct branch_msg msg, got;
		int fds[BRANCH_FDS];

		good(&msg, kind);
		assert_int_equal(branch_msg_send(pair[0], &msg, mine, nr), 0);
		assert_int_equal(branch_msg_recv(pair[1], &got, fds, 0), 0);
		assert_memory_equal(&msg, &got, sizeof(msg));
		for (i = 0; i < nr; i++) {
			assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
			close(fds[i]);
		}
	}
}

static void test_every_bit(void **state)
{
	struct branch_msg msg, got;
	unsigned char raw[sizeof(msg)];
	size_t bit;

	(void)state;
	good(&msg, BRANCH_MSG_KILL);
	seal(&msg);
	assert_int_equal(bounce(&msg, sizeof(msg), &got), 0);
	for (bit = 0; bit < sizeof(msg) * 8; bit++) {
		memcpy(raw, &msg, sizeof(msg));
		raw[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_int_equal(bounce(raw, sizeof(raw), &got), -EPROTO);
	}
}

/* Each check by itself: the CRC is right. */
static void test_every_check(void **state)
{
	struct branch_msg msg, got;
	size_t i;

	(void)state;
#define REFUSED(change)                                                     \
	do {                                                                \
		good(&msg, BRANCH_MSG_EXITED);                              \
		change;                                                     \
		seal(&msg);                                                 \
		assert_int_equal(bounce(&msg, sizeof(msg), &got), -EPROTO); \
	} while (0)
	REFUSED(msg.magic++);
	REFUSED(msg.version++);
	REFUSED(msg.size--);
	REFUSED(msg.kind = 0);
	REFUSED(msg.kind = BRANCH_MSG_KINDS);
	for (i = 0; i < sizeof(msg.reserved) / sizeof(msg.reserved[0]); i++)
		REFUSED(msg.reserved[i] = 1);
	good(&msg, BRANCH_MSG_BRANCH);
	msg.plan_size = BRANCH_MAX_PLAN + 1;
	seal(&msg);
	assert_int_equal(branch_msg_check(&msg), -EPROTO);
	msg.plan_size = BRANCH_MAX_PLAN;
	seal(&msg);
	assert_int_equal(branch_msg_check(&msg), 0);
}

static void test_sizes(void **state)
{
	unsigned char raw[2 * sizeof(struct branch_msg)] = {0};
	struct branch_msg msg, got;
	size_t n;

	(void)state;
	good(&msg, BRANCH_MSG_KILL);
	seal(&msg);
	memcpy(raw, &msg, sizeof(msg));
	for (n = 1; n <= sizeof(raw); n++)
		assert_int_equal(bounce(raw, n, &got), n == sizeof(msg) ? 0 : -EPROTO);
}

static int send_fds(enum branch_msg_kind kind, unsigned int nr)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(64 * sizeof(int))];
	} control = {0};
	struct branch_msg msg, got;
	struct iovec iov = {&msg, sizeof(msg)};
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};
	int fds[BRANCH_FDS], i, ret;
	unsigned int k;

	good(&msg, kind);
	seal(&msg);
	if (nr) {
		struct cmsghdr *c;

		h.msg_control = control.buf;
		h.msg_controllen = CMSG_SPACE(nr * sizeof(int));
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nr * sizeof(int));
		for (i = 0; i < (int)nr; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &(int){0}, sizeof(int));
	}
	assert_int_equal(sendmsg(pair[0], &h, 0), sizeof(msg));
	ret = branch_msg_recv(pair[1], &got, fds, 0);
	for (k = 0; !ret && k < nr; k++)
		close(fds[k]);
	return ret;
}

/* Too few, too many, or where none belong: refused, and none stays open. */
static void test_descriptors(void **state)
{
	unsigned int before = fds_open(), n;

	(void)state;
	for (n = 0; n <= 60; n++)
		assert_int_equal(send_fds(BRANCH_MSG_BRANCH, n), n == BRANCH_FDS ? 0 : -EPROTO);
	for (n = 0; n <= 20; n++)
		assert_int_equal(send_fds(BRANCH_MSG_KILL, n), n ? -EPROTO : 0);
	assert_int_equal(fds_open(), before);
}

static void test_ends(void **state)
{
	struct branch_msg msg, got;
	int fds[BRANCH_FDS];

	(void)state;
	assert_int_equal(branch_msg_recv(pair[1], &got, fds, MSG_DONTWAIT), -EAGAIN);
	close(pair[0]);
	assert_int_equal(branch_msg_recv(pair[1], &got, fds, 0), -EPIPE);
	good(&msg, BRANCH_MSG_READY);
	assert_int_equal(branch_msg_send(pair[1], &msg, NULL, 0), -EPIPE);
	pair[0] = dup(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_bit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_check, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_descriptors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
