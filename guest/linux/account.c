// SPDX-License-Identifier: LGPL-2.1-or-later
/* account.c - what the kernel itself counts and says of the devices. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest/linux/program.h"

#define TEXT_MAX (256u << 10)

static char *file_text(struct program *p, const char *path)
{
	char *text = malloc(TEXT_MAX);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (!text || fd < 0)
		give_up(p, "%s: %s", path, strerror(errno));
	while (len < TEXT_MAX - 1 && (n = read(fd, text + len, TEXT_MAX - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	text[len] = '\0';
	return text;
}

uint64_t account_interrupts(struct program *p, const struct task *t)
{
	char *text = file_text(p, "/proc/interrupts");
	uint64_t n = text_interrupts(text, (enum pb_source_kind)t->job->kind, t->driver);

	free(text);
	return n;
}

/* One record a read: "6,123,456,-;the line". */
static void log_read(struct program *p)
{
	char line[1024];
	ssize_t n;

	for (;;) {
		n = read(p->kmsg, line, sizeof(line) - 1);
		/* Overwritten before we came: go on behind it. */
		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n <= 0)
			return;
		line[n] = '\0';
		for (unsigned int i = 0; i < p->area->job.tasks; i++)
			if (p->task[i].job->kind == PB_SOURCE_NVME)
				text_nvme_line(line, p->task[i].driver, p->task[i].said);
	}
}

void account_finish(struct program *p)
{
	for (unsigned int i = 0; i < p->area->job.tasks; i++) {
		struct task *t = &p->task[i];

		t->said->interrupts = account_interrupts(p, t) - t->interrupts;
	}
	log_read(p);
}
