// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/runner/logscan.h"

#include <stdlib.h>
#include <string.h>

/*
 * What the kernel says, as it says it: lib/bug.c and kernel/panic.c
 * (__warn, panic), arch/x86/kernel/dumpstack.c and mm/fault.c, kernel/rcu,
 * kernel/watchdog.c, kernel/hung_task.c, drivers/iommu/intel/dmar.c.
 */
static const struct pattern {
	const char *text;
	enum logscan_kind kind;
	bool at_start; /* of the line, behind its time stamp */
} patterns[] = {
	{"Kernel panic - not syncing", LOGSCAN_PANIC, false},
	{"end Kernel panic", LOGSCAN_PANIC, false},
	{"PANIC: double fault", LOGSCAN_PANIC, false},
	{"PANIC: early exception", LOGSCAN_PANIC, false},
	{"BUG: ", LOGSCAN_OOPS, false},
	{"kernel BUG at ", LOGSCAN_OOPS, false},
	{"Oops: ", LOGSCAN_OOPS, true},
	{"general protection fault", LOGSCAN_OOPS, true},
	{"Unable to handle kernel", LOGSCAN_OOPS, false},
	{"stack segment: ", LOGSCAN_OOPS, true},
	{"invalid opcode: ", LOGSCAN_OOPS, true},
	{"divide error: ", LOGSCAN_OOPS, true},
	{"detected stalls on CPUs/tasks", LOGSCAN_OOPS, false},
	{"self-detected stall on CPU", LOGSCAN_OOPS, false},
	{"detected expedited stalls", LOGSCAN_OOPS, false},
	{"Watchdog detected hard LOCKUP", LOGSCAN_OOPS, false},
	{" blocked for more than ", LOGSCAN_OOPS, false},
	{"WARNING: ", LOGSCAN_WARNING, true},
	{"INFO: possible ", LOGSCAN_WARNING, true},
	{"UBSAN: ", LOGSCAN_WARNING, true},
	{"unchecked MSR access error", LOGSCAN_WARNING, false},
	{": nobody cared", LOGSCAN_WARNING, false},
	{"DMAR: DRHD: handling fault status", LOGSCAN_WARNING, false},
	{"DMAR: [DMA", LOGSCAN_WARNING, false},
	{"DMAR: [INTR-REMAP]", LOGSCAN_WARNING, false},
	{"DMAR: VT-d detected", LOGSCAN_WARNING, false}, /* an invalidation failed */
	{"Invalidation Queue Error", LOGSCAN_WARNING, false},
	{"clocksource: Marking clocksource", LOGSCAN_WARNING, false},
	{"Marking TSC unstable", LOGSCAN_WARNING, false},
};

void logscan_init(struct logscan *s)
{
	memset(s, 0, sizeof(*s));
}

/* Skip "[    1.234567] " and the "<4>" of a raw log, as often as they come. */
static const char *line_text(const char *line)
{
	for (;;) {
		const char *p = line;

		if (*p == '<' && p[1] >= '0' && p[1] <= '9') {
			p++;
			while (*p >= '0' && *p <= '9')
				p++;
			if (*p != '>')
				return line;
			line = p + 1;
			continue;
		}
		if (*p != '[')
			return line;
		p++;
		while (*p == ' ')
			p++;
		if (*p == 'T') /* CONFIG_PRINTK_CALLER: "[    T1] " */
			p++;
		if (*p < '0' || *p > '9')
			return line;
		while ((*p >= '0' && *p <= '9') || *p == '.')
			p++;
		if (*p != ']')
			return line;
		p++;
		while (*p == ' ')
			p++;
		line = p;
	}
}

/* Of a message whose handle is all ones: drivers/iommu/intel/dmar.c, dmar_fault(). */
static bool is_astray(struct logscan *s, const char *text)
{
	if (strstr(text, "DMAR: DRHD: handling fault status"))
		return s->handled < s->astray && ++s->handled;
	return strstr(text, "DMAR: [INTR-REMAP]") && strstr(text, "fault index 0xffff ") &&
	       strstr(text, "[fault reason 0x22]") && s->refused < s->astray && ++s->refused;
}

static void line_look(struct logscan *s)
{
	const char *text;
	size_t i;

	s->part[s->len] = 0;
	s->len = 0;
	s->lines++;
	text = line_text(s->part);
	if (is_astray(s, text))
		return;
	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		const struct pattern *p = &patterns[i];

		if (p->at_start ? strncmp(text, p->text, strlen(p->text)) != 0
				: !strstr(text, p->text))
			continue;
		s->findings++;
		if (p->kind > s->kind) {
			s->kind = p->kind;
			s->line_nr = s->lines;
			memmove(s->line, text, strlen(text) + 1);
		}
		return;
	}
}

static char printable(char c)
{
	return (c >= ' ' && c <= '~') || c == '\t' ? c : '?';
}

void logscan_feed(struct logscan *s, const void *data, size_t size)
{
	const char *p = data;
	size_t i;

	for (i = 0; i < size; i++) {
		if (p[i] == '\n')
			line_look(s);
		else if (p[i] != '\r' && s->len < sizeof(s->part) - 1)
			s->part[s->len++] = printable(p[i]);
	}
}

void logscan_end(struct logscan *s)
{
	if (s->len)
		line_look(s);
}

const char *logscan_name(enum logscan_kind kind)
{
	static const char *const name[] = {
		[LOGSCAN_CLEAN] = "",
		[LOGSCAN_WARNING] = "kernel warning",
		[LOGSCAN_OOPS] = "kernel oops",
		[LOGSCAN_PANIC] = "kernel panic",
	};

	return kind <= LOGSCAN_PANIC ? name[kind] : "";
}

char *logscan_tail(const char *log, size_t size, unsigned int lines, size_t max)
{
	size_t start = size, n = 0, i;
	char *out;

	while (size && log[size - 1] == '\n')
		size--;
	start = size;
	while (start && size - start < max && lines) {
		if (log[start - 1] == '\n' && --lines == 0)
			break;
		start--;
	}
	if (start == size)
		return NULL;
	out = malloc(size - start + 2);
	if (!out)
		return NULL;
	for (i = start; i < size; i++)
		if (log[i] == '\n')
			out[n++] = '\n';
		else if (log[i] != '\r')
			out[n++] = printable(log[i]);
	out[n++] = '\n';
	out[n] = 0;
	return out;
}
