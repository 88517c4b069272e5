// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdarg.h>
#include <stdio.h>

#include "vmm/fail.h"
#include "vmm/vmm.h"

const struct pb_vmm_ops *vmm_find(enum pb_vmm_kind kind)
{
	static const struct pb_vmm_ops *const kinds[PB_VMM_KINDS] = {
		[PB_VMM_NULL] = &vmm_null,
		[PB_VMM_MINI] = &vmm_mini,
		[PB_VMM_LINUX] = &vmm_linux,
	};

	return (unsigned int)kind < PB_VMM_KINDS ? kinds[kind] : NULL;
}

int vmm_fail(struct vmm_line *line, int err, const char *fmt, ...)
{
	va_list ap;

	if (line->text[0])
		return err;
	va_start(ap, fmt);
	vsnprintf(line->text, sizeof(line->text), fmt, ap);
	va_end(ap);
	return err;
}
