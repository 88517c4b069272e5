// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exec/fakes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fakes fakes;

/* Is it this operation's turn to fail? */
static int turn(const char *op, char *error, size_t size)
{
	if (!fakes.fail || strcmp(fakes.fail, op) || fakes.calls++ < fakes.after)
		return 0;
	if (error)
		snprintf(error, size, "%s failed as told", op);
	return fakes.error;
}

/* --- VMM ----------------------------------------------------------------- */

static const struct pb_vmm_ops fake_vmm;

static int v_turn(struct pb_vmm *vmm, const char *op)
{
	return turn(op, vmm->error, sizeof(vmm->error));
}

static int v_create(const struct pb_plan *plan, struct pb_vmm **vmm)
{
	int ret = vmm_null.create(plan, vmm);

	if (ret)
		return ret;
	fakes.vmms++;
	fakes.vmm = *vmm;
	(*vmm)->ops = &fake_vmm;
	return v_turn(*vmm, "vmm.create");
}

static int v_attach(struct pb_vmm *vmm, unsigned int source, const char *bdf,
		    struct pb_function **fn)
{
	int ret = v_turn(vmm, "vmm.attach");

	return ret ? ret : vmm_null.attach(vmm, source, bdf, fn);
}

static int v_attach_host(struct pb_vmm *vmm, unsigned int function, const char *bdf,
			 struct pb_function **fn)
{
	(void)bdf;
	*fn = &fakes.host[function];
	return v_turn(vmm, "vmm.attach_host");
}

static int v_start(struct pb_vmm *vmm)
{
	int ret = vmm_null.start(vmm);

	fakes.running++;
	return ret ? ret : v_turn(vmm, "vmm.start");
}

static int v_check(struct pb_vmm *vmm)
{
	if (fakes.stop_after && ++fakes.checks == fakes.stop_after)
		fakes.stop = 1;
	return v_turn(vmm, "vmm.check");
}

static int v_drain(struct pb_vmm *vmm)
{
	fakes.drains++;
	return v_turn(vmm, "vmm.drain");
}

static int v_stop(struct pb_vmm *vmm)
{
	fakes.running--;
	vmm_null.stop(vmm);
	return v_turn(vmm, "vmm.stop");
}

static int v_collect(struct pb_vmm *vmm, pb_event_sink sink, void *arg,
		     struct pb_vmm_report *report)
{
	int ret = vmm_null.collect(vmm, sink, arg, report);

	fakes.collects++;
	report->status = fakes.report;
	if (fakes.report)
		snprintf(report->reason, sizeof(report->reason), "the report says so");
	return ret ? ret : v_turn(vmm, "vmm.collect");
}

static void v_destroy(struct pb_vmm *vmm)
{
	fakes.vmms--;
	vmm_null.destroy(vmm);
}

static pid_t v_tid(struct pb_vmm *vmm, unsigned int vcpu)
{
	return vmm_null.vcpu_tid(vmm, vcpu);
}

static const struct pb_vmm_ops fake_vmm = {
	.name = "fake",
	.create = v_create,
	.attach = v_attach,
	.attach_host = v_attach_host,
	.start = v_start,
	.vcpu_tid = v_tid,
	.check = v_check,
	.drain = v_drain,
	.stop = v_stop,
	.collect = v_collect,
	.destroy = v_destroy,
};

static const struct pb_vmm_ops *find_vmm(enum pb_vmm_kind kind)
{
	(void)kind;
	return turn("vmm.find", NULL, 0) ? NULL : &fake_vmm;
}

/* --- source -------------------------------------------------------------- */

static int s_turn(struct pb_source *src, const char *op)
{
	fakes.late_post |= !fakes.vmms;
	return turn(op, src->error, sizeof(src->error));
}

static int s_open(struct pb_source *src)
{
	int ret = source_null.open(src);

	fakes.sources++;
	fakes.priv[src->index] = src->priv;
	return ret ? ret : s_turn(src, "source.open");
}

static int s_arm(struct pb_source *src)
{
	int ret = s_turn(src, "source.arm");

	return ret ? ret : source_null.arm(src);
}

static int s_done(struct pb_source *src)
{
	int ret = s_turn(src, "source.done");

	if (ret)
		return ret;
	ret = source_null.done(src);
	return fakes.never_done ? 0 : ret;
}

static uint64_t s_posted(struct pb_source *src)
{
	return source_null.posted(src);
}

static void s_disarm(struct pb_source *src)
{
	fakes.disarms++;
	source_null.disarm(src);
}

static void s_close(struct pb_source *src)
{
	fakes.sources--;
	source_null.close(src);
}

static const struct pb_source_ops fake_source = {
	.name = "fake",
	.open = s_open,
	.arm = s_arm,
	.done = s_done,
	.posted = s_posted,
	.disarm = s_disarm,
	.close = s_close,
};

static const struct pb_source_ops *find_source(enum pb_source_kind kind)
{
	(void)kind;
	return turn("source.find", NULL, 0) ? NULL : &fake_source;
}

/* --- squeezer ------------------------------------------------------------ */

static int q_start(struct pb_squeezer *sq)
{
	fakes.squeezers++;
	fakes.with[sq->index] = sq->fn;
	if (fakes.marks)
		sq->mark(sq->mark_arg, sq->index, true);
	return turn("squeezer.start", sq->error, sizeof(sq->error));
}

static void q_stop(struct pb_squeezer *sq)
{
	if (fakes.marks)
		sq->mark(sq->mark_arg, sq->index, false);
	sq->failed = turn("squeezer.stop", sq->error, sizeof(sq->error));
	fakes.squeezers--;
}

static const struct pb_squeezer_ops fake_squeezer = {
	.name = "fake",
	.start = q_start,
	.stop = q_stop,
};

static const struct pb_squeezer_ops *find_squeezer(enum pb_squeezer_kind kind)
{
	(void)kind;
	return turn("squeezer.find", NULL, 0) ? NULL : &fake_squeezer;
}

static void mark(void *arg, unsigned int squeezer, bool begin)
{
	(void)arg;
	fakes.begins += begin ? squeezer + 1 : 0;
	fakes.ends += begin ? 0 : squeezer + 1;
}

void fakes_leave(void)
{
	for (unsigned int i = 0; i < PB_MAX_SOURCES; i++)
		free(fakes.priv[i]);
	vmm_null.destroy(fakes.vmm);
}

struct exec_env fakes_init(void)
{
	memset(&fakes, 0, sizeof(fakes));
	return (struct exec_env){.stop = &fakes.stop,
				 .mark = mark,
				 .vmm = find_vmm,
				 .source = find_source,
				 .squeezer = find_squeezer};
}
