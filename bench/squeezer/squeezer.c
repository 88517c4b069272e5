// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stddef.h>

#include "squeezer/squeezer.h"

static const struct pb_squeezer_ops *const kinds[] = {
	&squeezer_null,  &squeezer_pin,     &squeezer_hog,  &squeezer_preempt, &squeezer_overcommit,
	&squeezer_quota, &squeezer_migrate, &squeezer_user, &squeezer_kick,    &squeezer_route};

const struct pb_squeezer_ops *squeezer_find(enum pb_squeezer_kind kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i]->kind == kind)
			return kinds[i];
	return NULL;
}
