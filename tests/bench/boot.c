// SPDX-License-Identifier: LGPL-2.1-or-later
/* Power-on to the branch point, of each kernel, by phase; CPU time of the emulator. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/bench/lab.h"

#define GOAL_S 3

/*
 * Only for the phases that nothing else shows: a kernel that speaks from its
 * first instruction on. The whole is measured without, as the lab boots.
 */
#define TALKATIVE "earlyprintk=ttyS0,115200 ignore_loglevel"

struct figures {
	struct bench_figure *bios, *loader, *unpack, *kernel, *init, *whole;
};

static struct bench_figure *figure(struct bench *b, const char *kernel, const char *phase)
{
	char name[48];

	snprintf(name, sizeof(name), "boot/%.24s/%.15s", kernel, phase);
	return bench_figure(b, name, "s", false);
}

static int round_of(const struct lab *plain, const struct lab *talk, struct figures *f, char *why)
{
	struct lab_boot p, t;
	int ret = lab_boot(plain, &p, why);

	if (!ret)
		ret = lab_boot(talk, &t, why);
	if (ret)
		return ret;
	bench_put(&f->whole->own, p.ready);
	bench_put(&f->bios->own, p.bios);
	bench_put(&f->loader->own, p.loader - p.bios);
	if (!t.unpacked || !t.init)
		return 0;
	bench_put(&f->unpack->own, t.unpacked - t.loader);
	bench_put(&f->init->own, t.ready - t.init);
	bench_put(&f->kernel->own,
		  p.ready - p.loader - (t.unpacked - t.loader) - (t.ready - t.init));
	return 0;
}

static int one_kernel(struct bench *b, const char *kernel)
{
	struct figures f = {
		.bios = figure(b, kernel, "bios"),
		.loader = figure(b, kernel, "loader"),
		.unpack = figure(b, kernel, "decompression"),
		.kernel = figure(b, kernel, "kernel"),
		.init = figure(b, kernel, "init"),
		.whole = figure(b, kernel, "whole"),
	};
	struct lab plain, talk;
	char why[LAB_WHY] = "";
	int ret;

	f.whole->goal = GOAL_S;
	ret = lab_get(&plain, kernel, NULL, why);
	if (!ret)
		ret = lab_get(&talk, kernel, TALKATIVE, why);
	for (unsigned int i = 0; i < b->rounds && !ret; i++)
		ret = round_of(&plain, &talk, &f, why);
	if (ret)
		bench_skip(f.whole, "%.200s", why);
	else if (!f.kernel->own.nr)
		bench_skip(f.kernel, "the kernel has no early console");
	return 0;
}

int bench_boot(struct bench *b)
{
	char *list = strdup(b->kernels), *rest = list, *kernel;
	int ret = 0;

	while (!ret && (kernel = lab_next(&rest)))
		ret = one_kernel(b, kernel);
	free(list);
	return ret;
}
