/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * linux_serial.h - as much of a 16450 as a kernel's console and a terminal
 * need: what is written goes into a bounded buffer that keeps the end; one
 * character at a time can be given to the guest, with an interrupt.
 */
#ifndef PB_VMM_LINUX_SERIAL_H
#define PB_VMM_LINUX_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINUX_SERIAL_PORT 0x3f8
#define LINUX_SERIAL_IRQ  4
#define LINUX_SERIAL_LOG  16384u

struct linux_serial {
	uint8_t reg[8]; /* as written */
	uint8_t divisor[2];
	uint8_t in; /* the character that waits */
	bool full; /* one waits */
	bool thre; /* the transmitter's interrupt waits */
	char log[LINUX_SERIAL_LOG]; /* circular */
	uint64_t written; /* characters, in all */
};

/* `reg` 0 to 7. */
uint8_t linux_serial_in(struct linux_serial *s, unsigned int reg);
void linux_serial_out(struct linux_serial *s, unsigned int reg, uint8_t value);
/* Give the guest a character; one that waits already is replaced. */
void linux_serial_give(struct linux_serial *s, uint8_t c);
/* Is its interrupt line up? */
bool linux_serial_line(const struct linux_serial *s);
/*
 * The line that says best why a guest stopped: the last one with a panic or an
 * oops, else the last one at all. Printable; empty when there is none.
 */
void linux_serial_last(const struct linux_serial *s, char *text, size_t size);

#endif
