// SPDX-License-Identifier: LGPL-2.1-or-later
/* The steps of a life in words. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analysis/life.h"

/* Pieces, one behind the other; what has no room is cut. */
struct text {
	char *buf;
	size_t size, len;
};

static void add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n;
	if (t->len >= t->size)
		t->len = t->size - 1;
}

/* SDM vol. 3, appendix C: those that a VM of ours has. */
static const char *exit_reason(uint64_t arg)
{
	switch (arg & 0xffff) {
	case 0:
		return "exception or NMI";
	case 1:
		return "external interrupt";
	case 7:
		return "interrupt window";
	case 10:
		return "CPUID";
	case 12:
		return "HLT";
	case 28:
		return "control-register access";
	case 30:
		return "I/O instruction";
	case 31:
		return "RDMSR";
	case 32:
		return "WRMSR";
	case 40:
		return "PAUSE";
	case 48:
		return "EPT violation";
	case 52:
		return "preemption timer";
	default:
		return NULL;
	}
}

static const char *found(uint16_t flags)
{
	if (flags & PB_EVF_NOTIFIED)
		return "finds SN=0, ON=0: the notification is sent, ON becomes 1";
	if (flags & PB_EVF_SUPPRESSED)
		return "finds SN=1: no notification is sent";
	if (flags & PB_EVF_OUTSTANDING)
		return "finds ON=1: a notification is outstanding";
	if (flags & PB_EVF_REMAPPED)
		return "is remapped, not posted: a host interrupt";
	if (flags & PB_EVF_COMPAT)
		return "is not remapped at all: a host interrupt";
	if (flags & PB_EVF_MASKED)
		return "finds its MSI-X vector masked";
	return "is refused by the IOMMU";
}

static void say_post(struct text *t, const struct pb_life *life, const struct pb_life_step *s)
{
	bool own = s == &life->step[life->post];

	if (own)
		add(t, "the post, vector 0x%02x", s->ev.vector);
	else
		add(t, "another post, vector 0x%02x", s->ev.vector);
	if (s->ev.kind != PB_TR_POST)
		return;
	add(t, ", %s", found(s->ev.flags));
	if (s->ev.flags & PB_EVF_COALESCED)
		add(t, "; its PIR bit is set already");
	else if (s->pir)
		add(t, "; its PIR bit is set");
}

static void say_bit(struct text *t, const char *name, bool before, bool after, int *n)
{
	if (before != after)
		add(t, "%s%s becomes %d", (*n)++ ? ", " : "", name, after);
}

static void say_pid(struct text *t, const struct pb_life *life, size_t i)
{
	const struct pb_life_step *s = &life->step[i];
	const struct pb_life_step *before = i ? &life->step[i - 1] : NULL;
	int n = 0;

	if (before) {
		say_bit(t, "SN", before->sn, s->sn, &n);
		say_bit(t, "ON", before->on, s->on, &n);
		if (before->pir != s->pir)
			add(t, "%sthe PIR is %s", n++ ? ", " : "", s->pir ? "filled" : "emptied");
	}
	if (!n)
		add(t, "the PID is written: SN=%d, ON=%d", s->sn, s->on);
	add(t, " (%s)", s->ev.flags & PB_EVF_BY_PIP ? "processor" : "host kernel");
}

static void say_cut(struct text *t, const struct pb_life_cut *c)
{
	add(t, "%u steps: %u VM entr%s, %u ISR%s, %u other post%s, %u time%s off the CPU", c->steps,
	    c->entries, c->entries == 1 ? "y" : "ies", c->isrs, c->isrs == 1 ? "" : "s", c->posts,
	    c->posts == 1 ? "" : "s", c->outs, c->outs == 1 ? "" : "s");
}

static void say_end(struct text *t, const struct pb_life *life, const struct pb_life_step *s)
{
	add(t, "the run ends; no ISR has had it");
	if (life->truth)
		add(t, ": SN=%d, ON=%d, PIR %s", s->sn, s->on, s->pir ? "not empty" : "empty");
}

static void say_event(struct text *t, const struct pb_life *life, size_t i)
{
	const struct pb_life_step *s = &life->step[i];
	const char *reason;

	switch (s->ev.kind) {
	case PB_EV_POST:
	case PB_TR_POST:
		say_post(t, life, s);
		break;
	case PB_EV_ISR:
		add(t, "ISR of vector 0x%02x", s->ev.vector);
		break;
	case PB_EV_SCHED_IN:
		add(t, "thread is put on CPU %u", s->ev.cpu);
		break;
	case PB_EV_SCHED_OUT:
		add(t, "thread is %s CPU %u",
		    s->thread == PB_THREAD_PREEMPTED ? "preempted on" : "put to sleep on",
		    s->ev.cpu);
		break;
	case PB_TR_PID:
		say_pid(t, life, i);
		break;
	case PB_TR_NOTIFY:
		add(t, "CPU %u takes the notification", s->ev.cpu);
		break;
	case PB_TR_ENTRY:
		add(t, "VM entry with SN=%d, ON=%d, PIR %s", s->sn, s->on,
		    s->pir ? "not empty" : "empty");
		break;
	case PB_TR_EXIT:
		reason = exit_reason(s->ev.arg);
		if (reason)
			add(t, "VM exit: %s", reason);
		else
			add(t, "VM exit: reason %u", (unsigned int)(s->ev.arg & 0xffff));
		break;
	default:
		add(t, "?");
	}
}

char *life_step_text(const struct pb_life *life, size_t step, char *buf, size_t size)
{
	const struct pb_life_step *s = &life->step[step];
	struct text t = {.buf = buf, .size = size};

	buf[0] = '\0';
	if (s->kind == PB_LIFE_CUT)
		say_cut(&t, &s->cut);
	else if (s->kind == PB_LIFE_END)
		say_end(&t, life, s);
	else
		say_event(&t, life, step);
	return buf;
}
