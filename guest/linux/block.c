// SPDX-License-Identifier: LGPL-2.1-or-later
/* block.c - reads of 4 KiB, each by itself, past the page cache. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest/linux/program.h"
#include "util/rng.h"

void block_work(struct worker *w)
{
	struct task *t = w->task;
	int fd = open(t->path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	void *data = aligned_alloc(PB_GUEST_PAGE, PB_GUEST_PAGE);

	if (fd < 0 || !data)
		give_up(w->p, "%s: %s", t->path, strerror(errno));
	worker_ready(w);
	worker_wait(w);
	while (worker_wanted(w)) {
		uint32_t seq = __atomic_add_fetch(&t->issued, 1, __ATOMIC_RELAXED);
		off_t at = (off_t)(rng_below(&w->rng, t->blocks) * PB_GUEST_PAGE);
		uint64_t start, end;
		ssize_t n;

		if (seq > t->job->count)
			break;
		__atomic_fetch_add(&t->said->submitted, 1, __ATOMIC_RELAXED);
		start = tsc_read();
		n = pread(fd, data, PB_GUEST_PAGE, at);
		end = tsc_read();
		worker_record(w, end, end - start, seq,
			      n == PB_GUEST_PAGE ? PB_EVF_IO_READ
						 : PB_EVF_IO_READ | PB_EVF_IO_ERROR);
	}
	free(data);
	close(fd);
}
