// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vmm/linux_serial.h"

#include <stdio.h>
#include <string.h>

/* 16450 data sheet: registers, and bits of them. */
enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR };
#define IER_RX    1
#define IER_THRE  2
#define IIR_NONE  1
#define IIR_THRE  2
#define IIR_RX    4
#define LCR_DLAB  0x80
#define LSR_READY 0x01
#define LSR_IDLE  0x60 /* transmitter holding register and shift register empty */
#define MSR_THERE 0xb0 /* carrier, data set ready, clear to send */
#define MCR_LOOP  0x10
#define LINE_MAX  256

static uint8_t pending(const struct linux_serial *s)
{
	if (s->full && (s->reg[IER] & IER_RX))
		return IIR_RX;
	if (s->thre && (s->reg[IER] & IER_THRE))
		return IIR_THRE;
	return IIR_NONE;
}

bool linux_serial_line(const struct linux_serial *s)
{
	return pending(s) != IIR_NONE;
}

uint8_t linux_serial_in(struct linux_serial *s, unsigned int reg)
{
	uint8_t iir = pending(s);

	if ((s->reg[LCR] & LCR_DLAB) && reg <= IER)
		return s->divisor[reg];
	switch (reg) {
	case DATA:
		s->full = false;
		return s->in;
	case IIR:
		/* Reading it takes the transmitter's interrupt back. */
		if (iir == IIR_THRE)
			s->thre = false;
		return iir;
	case LSR:
		return LSR_IDLE | (s->full ? LSR_READY : 0);
	case MSR:
		/* Looped back: RTS and DTR, OUT1 and OUT2 come in as CTS and DSR, RI and DCD. */
		if (s->reg[MCR] & MCR_LOOP)
			return (uint8_t)((s->reg[MCR] & 2) << 3 | (s->reg[MCR] & 1) << 5 |
					 (s->reg[MCR] & 0xc) << 4);
		return MSR_THERE;
	default:
		return s->reg[reg & 7];
	}
}

void linux_serial_out(struct linux_serial *s, unsigned int reg, uint8_t value)
{
	if ((s->reg[LCR] & LCR_DLAB) && reg <= IER) {
		s->divisor[reg] = value;
		return;
	}
	if (reg == DATA) {
		s->thre = true;
		if (!(s->reg[MCR] & MCR_LOOP))
			s->log[s->written++ % LINUX_SERIAL_LOG] = (char)value;
		return;
	}
	/* The transmitter is empty: to be told so is to be told at once. */
	if (reg == IER && (value & IER_THRE) && !(s->reg[IER] & IER_THRE))
		s->thre = true;
	if (reg == IER)
		value &= 0xf;
	if (reg != IIR && reg != LSR && reg != MSR)
		s->reg[reg & 7] = value;
}

void linux_serial_give(struct linux_serial *s, uint8_t c)
{
	s->in = c;
	s->full = true;
}

static bool is_fatal(const char *line)
{
	static const char *const words[] = {"Kernel panic", "BUG:", "Oops", "pirbench-guest:"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(line, words[i]))
			return true;
	return false;
}

void linux_serial_last(const struct linux_serial *s, char *text, size_t size)
{
	uint64_t at = s->written > LINUX_SERIAL_LOG ? s->written - LINUX_SERIAL_LOG : 0;
	char line[LINE_MAX];
	bool fatal = false;
	size_t n = 0;

	snprintf(text, size, "%s", "");
	for (; at <= s->written; at++) {
		char c = at < s->written ? s->log[at % LINUX_SERIAL_LOG] : '\n';

		if (c != '\n') {
			if (n < sizeof(line) - 1 && c != '\r')
				line[n++] = c >= 0x20 && c <= 0x7e ? c : '?';
			continue;
		}
		line[n] = '\0';
		if (n && (is_fatal(line) || !fatal)) {
			fatal = fatal || is_fatal(line);
			snprintf(text, size, "%s", line);
		}
		n = 0;
	}
}
