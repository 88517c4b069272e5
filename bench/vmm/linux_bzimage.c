// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vmm/linux_bzimage.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Offsets in the file, boot.rst, "The Real-Mode Kernel Header". */
#define SETUP_SECTS  0x1f1
#define BOOT_FLAG    0x1fe
#define JUMP         0x200 /* a short jump: its second byte says where the header ends */
#define MAGIC        0x202
#define VERSION      0x206
#define LOADFLAGS    0x211
#define INITRD_MAX   0x22c
#define XLOADFLAGS   0x236
#define CMDLINE_SIZE 0x238
#define PREF_ADDRESS 0x258
#define INIT_SIZE    0x260
#define HEADER_LEAST 0x264

#define VERSION_LEAST 0x020c
#define LOADED_HIGH   1
#define XLF_KERNEL_64 1
#define SECTOR        512u
#define LOW_MEMORY    0x100000ull
#define MEMORY_MAX    (3ull << 30)

static uint64_t get(const uint8_t *p, size_t at, unsigned int bytes)
{
	uint64_t v = 0;

	memcpy(&v, p + at, bytes);
	return v;
}

static int check(const uint8_t *p, size_t size, struct vmm_line *line)
{
	uint64_t version;

	if (size < HEADER_LEAST)
		return vmm_fail(line, -ENOEXEC, "guest kernel: %zu bytes, no bzImage is so short",
				size);
	if (get(p, BOOT_FLAG, 2) != 0xaa55 || memcmp(p + MAGIC, "HdrS", 4) != 0)
		return vmm_fail(line, -ENOEXEC, "guest kernel: not a bzImage");
	version = get(p, VERSION, 2);
	if (version < VERSION_LEAST)
		return vmm_fail(line, -ENOEXEC,
				"guest kernel: boot protocol %" PRIu64 ".%02" PRIu64
				", must be 2.12 or later",
				version >> 8, version & 0xff);
	if (!(p[LOADFLAGS] & LOADED_HIGH) || !(get(p, XLOADFLAGS, 2) & XLF_KERNEL_64))
		return vmm_fail(line, -ENOEXEC, "guest kernel: has no 64-bit entry");
	return 0;
}

int linux_bzimage_parse(const void *data, size_t size, struct linux_bzimage *b,
			struct vmm_line *line)
{
	const uint8_t *p = data;
	size_t setup, end;
	int r = check(p, size, line);

	if (r)
		return r;
	setup = ((p[SETUP_SECTS] ? p[SETUP_SECTS] : 4u) + 1) * SECTOR;
	if (setup >= size)
		return vmm_fail(line, -ENOEXEC, "guest kernel: cut off in its setup part");
	end = MAGIC + p[JUMP + 1];
	if (end < HEADER_LEAST || end > setup)
		return vmm_fail(line, -ENOEXEC, "guest kernel: its setup header ends at 0x%zx",
				end);
	*b = (struct linux_bzimage){
		.header = p + LINUX_SETUP_HEADER,
		.header_size = end - LINUX_SETUP_HEADER,
		.kernel = p + setup,
		.kernel_size = size - setup,
		.load = get(p, PREF_ADDRESS, 8),
		.init_size = get(p, INIT_SIZE, 4),
		.initrd_max = get(p, INITRD_MAX, 4),
		.cmdline_max = (uint32_t)get(p, CMDLINE_SIZE, 4),
	};
	if (b->load < LOW_MEMORY || b->load > MEMORY_MAX || b->load % 4096)
		return vmm_fail(line, -ENOEXEC, "guest kernel: wants to be at 0x%" PRIx64, b->load);
	if (b->init_size < b->kernel_size)
		return vmm_fail(line, -ENOEXEC,
				"guest kernel: needs 0x%" PRIx64 " bytes, but has 0x%zx",
				b->init_size, b->kernel_size);
	return 0;
}
