// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/source.h"

#include <stdio.h>

static const struct source_ops *const kinds[SOURCE_KINDS + 1] = {
	&source_package, &source_package_newest, &source_git, &source_tarball, &source_image, NULL,
};

const struct source_ops *const *source_all(void)
{
	return kinds;
}

char *source_keys(char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; kinds[i] && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s",
					i == 0         ? ""
					: kinds[i + 1] ? ", "
						       : " or ",
					kinds[i]->key);
	return buf;
}
