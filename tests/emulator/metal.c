// SPDX-License-Identifier: LGPL-2.1-or-later
#include "metal.h"

#include <stdarg.h>
#include <stddef.h>

#define COM1          0x3f8
#define APIC_BASE_MSR 0x1b

void metal_main(void);
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);

extern const uint8_t ap_start[], ap_end[];
extern void (*ap_function)(void);

void *memcpy(void *to, const void *from, size_t n)
{
	uint8_t *t = to;
	const uint8_t *f = from;

	while (n--)
		*t++ = *f++;
	return to;
}

void *memset(void *to, int value, size_t n)
{
	uint8_t *t = to;

	while (n--)
		*t++ = (uint8_t)value;
	return to;
}

static void put(char c)
{
	while (!(inb(COM1 + 5) & 0x20))
		;
	outb(COM1, (uint8_t)c);
}

static void put_hex(uint64_t value)
{
	int shift = 60;

	while (shift && !(value >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put("0123456789abcdef"[value >> shift & 15]);
}

void metal_print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	for (; *format; format++) {
		if (format[0] == '%' && format[1] == 'x') {
			put_hex(va_arg(args, uint64_t));
			format++;
		} else {
			put(*format);
		}
	}
	va_end(args);
}

void metal_start_cpu1(void (*fn)(void))
{
	memcpy((void *)0x8000, ap_start, (size_t)(ap_end - ap_start));
	ap_function = fn;
	wrmsr(X2APIC_ICR, 1ULL << 32 | 0x4500);
	for (volatile int i = 0; i < 20000; i++)
		;
	wrmsr(X2APIC_ICR, 1ULL << 32 | 0x4608);
}

static void machine_off(void)
{
	/* The transmitter must be empty, or the last line is lost. */
	while (!(inb(COM1 + 5) & 0x40))
		;
	for (volatile int i = 0; i < 100000; i++)
		;
	/* PM1a control of the PIIX4 where the BIOS puts it: SLP_EN, S5. */
	__asm__ volatile("outw %0, %1" : : "a"((uint16_t)0x2000), "Nd"((uint16_t)0xb004));
}

void metal_main(void)
{
	const char *wrong;

	outb(COM1 + 3, 3); /* 8 bits, no parity */
	wrmsr(APIC_BASE_MSR, rdmsr(APIC_BASE_MSR) | 0xc00);
	wrmsr(0x80f, 0x1ff);
	wrong = test_main();
	if (wrong)
		metal_print("RESULT fail: "), metal_print(wrong), metal_print("\n");
	else
		metal_print("RESULT pass\n");
	machine_off();
}
