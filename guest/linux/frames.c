// SPDX-License-Identifier: LGPL-2.1-or-later
/* frames.c - takes what a network interface receives, one socket for each of its queues. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest/linux/program.h"

#define FANOUT 1 /* + task */

/* Socket q of a fanout group by queue gets the frames of the interface's queue q. */
static int socket_open(struct worker *w)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_IP));
	uint32_t fanout = (FANOUT + w->task->index) | PACKET_FANOUT_QM << 16;
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)if_nametoindex(w->task->path),
	};

	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)))
		give_up(w->p, "%s: %s", w->task->path, strerror(errno));
	if (w->task->job->queues > 1 &&
	    setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &fanout, sizeof(fanout)))
		give_up(w->p, "%s: PACKET_FANOUT: %s", w->task->path, strerror(errno));
	return fd;
}

static void submitted_at_least(struct pb_guest_device *d, uint64_t seq)
{
	uint64_t old = __atomic_load_n(&d->submitted, __ATOMIC_RELAXED);

	while (seq > old && !__atomic_compare_exchange_n(&d->submitted, &old, seq, 0,
							 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static void take(struct worker *w, const uint8_t *frame, size_t len)
{
	uint64_t now = tsc_read(), sent;
	uint32_t seq;
	int kind = frame_parse(frame, len, &seq, &sent);

	if (!kind)
		return;
	/* Of a damaged one nothing can be believed. */
	if (kind < 0 || seq > w->task->job->count || sent > now) {
		__atomic_fetch_add(&w->task->said->errors, 1, __ATOMIC_RELAXED);
		return;
	}
	submitted_at_least(w->task->said, seq);
	worker_record(w, now, now - sent, seq, PB_EVF_IO_FRAME);
}

/* Sleeps until a frame comes: who goes on when the last one has come is not known here. */
void frames_work(struct worker *w)
{
	static __thread uint8_t frame[2048];
	int fd = socket_open(w);

	worker_ready(w);
	while (worker_wanted(w) &&
	       __atomic_load_n(&w->task->said->completed, __ATOMIC_RELAXED) < w->task->job->count) {
		ssize_t n = recv(fd, frame, sizeof(frame), 0);

		if (n < 0 && errno != EINTR && errno != ENETDOWN)
			give_up(w->p, "%s: %s", w->task->path, strerror(errno));
		if (n > 0)
			take(w, frame, (size_t)n);
	}
	close(fd);
}
