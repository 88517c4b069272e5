/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* scenario_name.h - names of scenarios and sets: of their files, without .yaml. */
#ifndef PB_PLAN_SCENARIO_NAME_H
#define PB_PLAN_SCENARIO_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* 1 to size - 1 characters of a-z, 0-9 and '-', not '-' first. */
bool scenario_name_valid(const char *name, size_t size);
/* Name of a path's file; false when it does not end in .yaml or is not valid. */
bool scenario_name_of(const char *path, char *name, size_t size);

#endif
