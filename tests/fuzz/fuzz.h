/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz.h - what the targets share. A target aborts when something is wrong. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "host/kernel/kctx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Path of a file in memory that holds these bytes, until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

/*
 * Path of an empty directory of this process, the same each time; what an earlier
 * input left in it is gone. It is removed when the process ends.
 */
const char *fuzz_dir(void);
/* Make DIR/NAME with these bytes, its directories included. Returns its path, until the next call. */
const char *fuzz_put(const char *name, const uint8_t *data, size_t size);

/* A context of the kernel builder whose cache and configs are fuzz_dir(); errors in fuzz_err. */
struct kctx *fuzz_kctx(void);
extern char fuzz_err[KERNEL_ERR_SIZE];

/* abort() unless fuzz_err is one line, and begins with a part of a line of the user's. */
void fuzz_one_line(const char *line);

#endif
