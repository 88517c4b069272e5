// SPDX-License-Identifier: LGPL-2.1-or-later
#include "source/source.h"

static const struct pb_source_ops *const kinds[] = {&source_null, &source_poster, &source_nvme,
						    &source_nic};

const struct pb_source_ops *source_find(enum pb_source_kind kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i]->kind == kind)
			return kinds[i];
	return NULL;
}
