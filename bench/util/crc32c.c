// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/crc32c.h"

#include <stdbool.h>
#include <string.h>

static uint32_t crc_table(uint32_t crc, const uint8_t *p, size_t len)
{
	static uint32_t table[256];

	if (!table[1]) {
		for (uint32_t i = 1; i < 256; i++) {
			uint32_t x = i;

			for (int bit = 0; bit < 8; bit++)
				x = x & 1 ? x >> 1 ^ 0x82f63b78u : x >> 1;
			table[i] = x;
		}
	}
	while (len--)
		crc = crc >> 8 ^ table[(uint8_t)(crc ^ *p++)];
	return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t crc_insn(uint32_t crc, const uint8_t *p,
							   size_t len)
{
	uint64_t c = crc, word;

	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&word, p, 8);
		c = __builtin_ia32_crc32di(c, word);
	}
	while (len--)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p++);
	return (uint32_t)c;
}
#endif

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
#ifdef __x86_64__
	/* In the lab every instruction counts: 8 bytes an instruction there too. */
	if (__builtin_cpu_supports("sse4.2"))
		return ~crc_insn(~crc, data, len);
#endif
	return ~crc_table(~crc, data, len);
}
