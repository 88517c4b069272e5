// SPDX-License-Identifier: LGPL-2.1-or-later
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/kernel/entry.h"
#include "util/file.h"

#define ELF_MAX      (1u << 30)
#define BUILD_ID_MAX 32 /* bytes; SHA-1 has 20 */

static size_t align4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* One segment of notes; true when the build id was in it. */
static bool scan_notes(const unsigned char *notes, size_t size, char *hex, size_t hex_size)
{
	size_t at = 0;

	while (size - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr h;
		size_t name, desc;

		memcpy(&h, notes + at, sizeof(h));
		name = at + sizeof(h);
		if (h.n_namesz > size - name)
			return false;
		desc = name + align4(h.n_namesz);
		if (desc > size || h.n_descsz > size - desc)
			return false;
		if (h.n_type == NT_GNU_BUILD_ID && h.n_namesz == 4 &&
		    !memcmp(notes + name, "GNU", 4) && h.n_descsz <= BUILD_ID_MAX &&
		    hex_size > 2 * (size_t)h.n_descsz) {
			for (size_t i = 0; i < h.n_descsz; i++)
				snprintf(hex + 2 * i, 3, "%02x", notes[desc + i]);
			return true;
		}
		at = desc + align4(h.n_descsz);
		if (at > size)
			return false;
	}
	return false;
}

static int scan_elf(const unsigned char *data, size_t size, char *hex, size_t hex_size)
{
	Elf64_Ehdr e;

	if (size < sizeof(e))
		return -EINVAL;
	memcpy(&e, data, sizeof(e));
	if (memcmp(e.e_ident, ELFMAG, SELFMAG) != 0 || e.e_ident[EI_CLASS] != ELFCLASS64 ||
	    e.e_ident[EI_DATA] != ELFDATA2LSB || e.e_phentsize != sizeof(Elf64_Phdr) ||
	    e.e_phoff > size || e.e_phnum > (size - e.e_phoff) / sizeof(Elf64_Phdr))
		return -EINVAL;
	for (size_t i = 0; i < e.e_phnum; i++) {
		Elf64_Phdr p;

		memcpy(&p, data + e.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type != PT_NOTE || p.p_offset > size || p.p_filesz > size - p.p_offset)
			continue;
		if (scan_notes(data + p.p_offset, p.p_filesz, hex, hex_size))
			break;
	}
	return 0;
}

int entry_build_id(const char *path, char *hex, size_t size)
{
	size_t n;
	void *data;
	int ret;

	hex[0] = '\0';
	ret = file_read(path, ELF_MAX, &data, &n);
	if (ret)
		return ret;
	ret = scan_elf(data, n, hex, size);
	free(data);
	return ret;
}
