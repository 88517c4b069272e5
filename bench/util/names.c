// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/names.h"

const char *names_get(const struct pb_names *names, uint32_t value)
{
	return value < names->nr ? names->name[value] : NULL;
}

const char *names_str(const struct pb_names *names, uint32_t value)
{
	const char *name = names_get(names, value);

	return name ? name : "?";
}

int names_find(const struct pb_names *names, const char *name)
{
	for (uint32_t i = 0; i < names->nr; i++)
		if (names->name[i] && !strcmp(names->name[i], name))
			return (int)i;
	return -EINVAL;
}

char *names_list(const struct pb_names *names, char *buf, size_t size)
{
	uint32_t nr = 0, done = 0;
	size_t len = 0;

	if (!size)
		return buf;
	buf[0] = '\0';
	for (uint32_t i = 0; i < names->nr; i++)
		nr += names->name[i] != NULL;
	for (uint32_t i = 0; i < names->nr && len < size; i++) {
		const char *sep;

		if (!names->name[i])
			continue;
		sep = done == 0 ? "" : done == nr - 1 ? " or " : ", ";
		len += (size_t)snprintf(buf + len, size - len, "%s%s", sep, names->name[i]);
		done++;
	}
	return buf;
}
