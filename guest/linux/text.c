// SPDX-License-Identifier: LGPL-2.1-or-later
/* text.c - what the guest's kernel says in words: interrupts, and the NVMe driver's log. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "guest/linux/program.h"

/* The vector's name is the last word of its line. */
static bool is_queue(const char *name, size_t len, enum pb_source_kind kind, const char *driver)
{
	size_t n = strlen(driver);

	if (len <= n || strncmp(name, driver, n) != 0)
		return false;
	if (kind == PB_SOURCE_NIC)
		return len > n + 7 && !strncmp(name + n, "-input.", 7);
	/* Queue 0 is the admin queue. */
	return len > n + 1 && name[n] == 'q' && name[n + 1] >= '1' && name[n + 1] <= '9';
}

/* " 24:   12   0  PCI-MSI ... nvme0q1": the numbers between the colon and the first word. */
static uint64_t line_sum(const char *line, const char *end)
{
	const char *at = memchr(line, ':', (size_t)(end - line));
	uint64_t sum = 0;
	char *next;

	for (at = at ? at + 1 : end; at < end; at = next) {
		unsigned long long n = strtoull(at, &next, 10);

		if (next == at || next > end || (*next != ' ' && next != end))
			break;
		sum += n;
	}
	return sum;
}

uint64_t text_interrupts(const char *text, enum pb_source_kind kind, const char *driver)
{
	uint64_t sum = 0;

	while (*text) {
		const char *end = text + strcspn(text, "\n"), *last = end, *name;

		while (last > text && last[-1] == ' ')
			last--;
		for (name = last; name > text && name[-1] != ' ';)
			name--;
		if (is_queue(name, (size_t)(last - name), kind, driver))
			sum += line_sum(text, name);
		text = *end ? end + 1 : end;
	}
	return sum;
}

/* drivers/nvme/host/pci.c, nvme_timeout(): "nvme nvme0: I/O 7 QID 1 timeout, completion polled" */
void text_nvme_line(const char *line, const char *driver, struct pb_guest_device *said)
{
	const char *at = strstr(line, "nvme ");
	size_t n = strlen(driver);

	if (!at || strncmp(at + 5, driver, n) != 0 || at[5 + n] != ':')
		return;
	at += 5 + n;
	if (strstr(at, " timeout"))
		said->timeouts++;
	if (strstr(at, "completion polled"))
		said->polled++;
	if (strstr(at, "timeout, aborting") || strstr(at, "reset controller") ||
	    strstr(at, "resetting controller") || strstr(at, "disable controller"))
		said->aborts++;
}
