/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * symbols.h - what code lies at an address of a kernel: symbol and offset from
 * the System.map beside its image, file and line from vmlinux.lines there (of
 * a kernel that was built with DWARF; entry.h). Addresses are those that the
 * kernel was linked for: it has to be booted with nokaslr.
 */
#ifndef PB_KERNEL_SYMBOLS_H
#define PB_KERNEL_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;

/*
 * For the kernel with this image. *out is for symbols_close(); -ENOENT: there
 * is no System.map beside it; -EINVAL: what is there is none; another -errno.
 * That there are no lines is no error.
 */
int symbols_open(const char *image, struct symbols **out);
void symbols_close(struct symbols *s);

/* "vmx_vcpu_pi_put+0x5c"; false, and buf empty: not an address of the kernel's text. */
bool symbols_place(const struct symbols *s, uint64_t addr, char *buf, size_t size);
/* "arch/x86/kvm/vmx/posted_intr.c:123"; false, and buf empty: not known. */
bool symbols_line(struct symbols *s, uint64_t addr, char *buf, size_t size);

#endif
