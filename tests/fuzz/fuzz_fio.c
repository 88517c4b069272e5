// SPDX-License-Identifier: LGPL-2.1-or-later
/* fio's output with anything in it. */
#include <stdlib.h>
#include <string.h>

#include "load/fio.h"
#include "tests/fuzz/fuzz.h"

/* What is taken adds up, and can be shown. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fio_place place = {.kernel = "k", .function = "pf"};
	struct fio_run run = {.file = "f"};
	char err[FIO_ERR] = "", *text;
	int ret = fio_parse((const char *)data, size, &run.output, err);

	if (ret) {
		if (!err[0] || strchr(err, '\n'))
			abort();
		fio_release(&run.output);
		return 0;
	}
	for (size_t i = 0; i < run.output.nr; i++)
		for (size_t k = 0; k < FIO_SIDES; k++) {
			const struct fio_side *s = &run.output.job[i].side[k];

			if (s->p50 > s->p99 || s->p99 > s->p99_9 || s->p99_9 > s->max ||
			    s->p50 < s->min || !s->samples != !s->nr_bins)
				abort();
		}
	fio_failed(&run.output, err);
	if (fio_to_text(&run, 1, &text))
		abort();
	free(text);
	if (fio_to_json(&place, &run, 1, &text))
		abort();
	free(text);
	fio_release(&run.output);
	return 0;
}
