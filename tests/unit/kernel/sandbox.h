/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox.h - a directory for one test with a project (configs/kernels), a
 * cache, and what the test puts there; the environment points to it.
 */
#ifndef PB_TEST_KERNEL_SANDBOX_H
#define PB_TEST_KERNEL_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "host/kernel/kctx.h"

struct sandbox {
	char dir[256]; /* user/, project/, cache/ are in it */
	char err[KERNEL_ERR_SIZE];
	struct kctx ctx;
};

/* cmocka set-up and tear-down: *state is the struct sandbox. */
int sandbox_setup(void **state);
int sandbox_teardown(void **state);

/* A path below the sandbox; the text lives until 16 calls later. */
const char *sandbox_path(const struct sandbox *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Write a file below the sandbox, with its directories. */
void sandbox_write(const struct sandbox *s, const char *name, const char *text);
/* Its contents, to be freed. */
char *sandbox_read(const struct sandbox *s, const char *name);
bool sandbox_has(const struct sandbox *s, const char *name);
/* Fails the test unless the file's text is this. */
void sandbox_expect(const struct sandbox *s, const char *name, const char *text);
/* Fails the test unless err contains text. */
void sandbox_expect_error(const struct sandbox *s, const char *text);

/* Run a program in a directory below the sandbox; it must succeed. */
void sandbox_run(const struct sandbox *s, const char *dir, const char *const *argv);

/* A tree with a Makefile that has the targets that a kernel's has, in git. */
void sandbox_fake_kernel(const struct sandbox *s, const char *dir);
/* Record all changes of that tree. */
void sandbox_commit(const struct sandbox *s, const char *dir, const char *tag);

#endif
