// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/cmd.h"

#include "version.h" /* PB_VERSION, made by make from git describe */

const char cmd_version[] = PB_VERSION;
