/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nic_generator.h - the other end of a NIC's wire (shared/nic_regs.h), for the sources
 * whose guest takes what it sends.
 */
#ifndef PB_SOURCE_NIC_GENERATOR_H
#define PB_SOURCE_NIC_GENERATOR_H

#include "source/source.h"

/* Has the function one? -ENODEV and a line when not. */
int nic_generator_check(struct pb_source *src);
/* Program it as the plan says, and start. -EINVAL and a line: refused. */
int nic_generator_arm(struct pb_source *src);
/* pb_source_ops.done, .disarm */
int nic_generator_done(struct pb_source *src);
void nic_generator_disarm(struct pb_source *src);

#endif
