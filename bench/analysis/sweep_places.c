// SPDX-License-Identifier: LGPL-2.1-or-later
/* Addresses to symbols, once, so that a stored result needs no kernel. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analysis/sweep.h"
#include "event/run.h"
#include "host/kernel/symbols.h"

/* Windows often go the same way: what is known already is not looked up again. */
static bool copy_known(const struct pb_sweep *s, size_t n)
{
	struct pb_sweep_interval *to = &s->interval[n];

	for (size_t i = n > 512 ? n - 512 : 0; i < n; i++)
		if (s->interval[i].rip == to->rip) {
			memcpy(to->at, s->interval[i].at, sizeof(to->at));
			memcpy(to->line, s->interval[i].line, sizeof(to->line));
			return true;
		}
	return false;
}

/* Only printable text goes into a result. */
static void keep(char *to, size_t size, const char *text)
{
	run_set_text(to, size, text);
}

int sweep_places(struct pb_sweep *s, const char *image)
{
	struct symbols *symbols = NULL;
	char text[256];
	int ret = image && image[0] ? symbols_open(image, &symbols) : -ENOENT;

	if (ret == -ENOMEM)
		return ret;
	if (ret) {
		snprintf(s->note, sizeof(s->note),
			 "instants are addresses: %s System.map beside the kernel's image",
			 ret == -ENOENT ? "no" : "no valid");
		return 0;
	}
	for (size_t n = 0; n < s->nr_intervals; n++) {
		struct pb_sweep_interval *i = &s->interval[n];

		if (copy_known(s, n))
			continue;
		if (symbols_place(symbols, i->rip, text, sizeof(text)))
			keep(i->at, sizeof(i->at), text);
		if (symbols_line(symbols, i->rip, text, sizeof(text)))
			keep(i->line, sizeof(i->line), text);
	}
	symbols_close(symbols);
	return 0;
}
