// SPDX-License-Identifier: LGPL-2.1-or-later
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "event/run.h"
#include "exec/kernel_id.h"

#define ALIGN4(n) (((n) + 3u) & ~(size_t)3u)

/* The GNU build id among ELF notes; NULL when there is none. */
static const uint8_t *find_build_id(const uint8_t *notes, size_t size, size_t *len)
{
	for (size_t pos = 0; size - pos >= sizeof(Elf64_Nhdr);) {
		Elf64_Nhdr n;
		size_t name, desc, end;

		memcpy(&n, notes + pos, sizeof(n));
		name = pos + sizeof(n);
		desc = name + ALIGN4((size_t)n.n_namesz);
		end = desc + ALIGN4((size_t)n.n_descsz);
		if (end > size)
			return NULL;
		if (n.n_type == NT_GNU_BUILD_ID && n.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    !memcmp(notes + name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU))) {
			*len = n.n_descsz;
			return notes + desc;
		}
		pos = end;
	}
	return NULL;
}

static void read_build_id(const char *sysfs, char *hex, size_t size)
{
	char path[PATH_MAX];
	uint8_t notes[4096];
	const uint8_t *id;
	size_t len = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/kernel/notes", sysfs);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, notes, sizeof(notes));
	close(fd);
	id = n > 0 ? find_build_id(notes, (size_t)n, &len) : NULL;
	if (!id || 2 * len + 1 > size)
		return;
	for (size_t i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
}

void kernel_id(const char *sysfs, char *release, size_t release_size, char *build_id,
	       size_t build_id_size)
{
	struct utsname u;

	memset(build_id, 0, build_id_size);
	run_set_text(release, release_size, uname(&u) ? "" : u.release);
	read_build_id(sysfs, build_id, build_id_size);
}
