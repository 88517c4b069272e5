// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exec/fake_sysfs.h"

#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

char fake_root[64];

void fake_put(const char *path, const char *text)
{
	char full[PATH_MAX];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", fake_root, path);
	for (char *p = full + strlen(fake_root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

void fake_get(const char *path, char *buf, size_t size)
{
	char full[PATH_MAX];
	FILE *f;
	size_t n;

	snprintf(full, sizeof(full), "%s/%s", fake_root, path);
	f = fopen(full, "r");
	assert_non_null(f);
	n = fread(buf, 1, size - 1, f);
	buf[n] = '\0';
	fclose(f);
}

void fake_bind(const char *bdf, const char *driver)
{
	char full[PATH_MAX], target[PATH_MAX];

	snprintf(full, sizeof(full), "%s/bus/pci/devices/%s/driver", fake_root, bdf);
	snprintf(target, sizeof(target), "../../drivers/%s", driver);
	unlink(full);
	assert_int_equal(symlink(target, full), 0);
}

static int gone(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void fake_begin(void)
{
	strcpy(fake_root, "/tmp/test_device.XXXXXX");
	assert_non_null(mkdtemp(fake_root));
}

int fake_end(void)
{
	return nftw(fake_root, gone, 16, FTW_DEPTH | FTW_PHYS);
}
