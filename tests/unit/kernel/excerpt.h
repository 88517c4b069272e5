/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * excerpt.h - functions that have the shapes that the shipped semantic patches
 * look for, in the three ways that kernels have them: a descriptor behind a
 * pointer, a member of struct vcpu_vmx, a member of struct vcpu_vt.
 */
#ifndef PB_TEST_KERNEL_EXCERPT_H
#define PB_TEST_KERNEL_EXCERPT_H

#define LOAD_HEAD                                    \
	"void load(struct vcpu *vcpu)\n{\n"          \
	"\tstruct pi_desc *pid = desc_of(vcpu);\n\n" \
	"\tif (fast(vcpu)) {\n"                      \
	"\t\tif (pi_test_and_clear_sn(pid))\n"       \
	"\t\t\tgoto after_clear_sn;\n"               \
	"\t\treturn;\n\t}\n\tslow(pid);\n"           \
	"after_clear_sn:\n\n\tsmp_mb__after_atomic();\n"
#define LOAD_FIX  "\n\tif (!pi_is_pir_empty(pid))\n\t\tpi_set_on(pid);\n"
#define LOAD_TAIL "}\n"

/* `member` is where the descriptor is. */
#define SYNC(test, member)                                            \
	"int sync(struct vcpu *vcpu)\n{\n\tint max;\n\tbool got;\n\n" \
	"\tif (" test "(&" member ")) {\n"                            \
	"\t\tpi_clear_on(&" member ");\n"                             \
	"\t\t/* a barrier */\n\t\tsmp_mb__after_atomic();\n"          \
	"\t\tgot = update(vcpu, " member ".pir, &max);\n"             \
	"\t} else {\n\t\tmax = find(vcpu);\n\t\tgot = false;\n\t}\n"  \
	"\treturn got ? max : -1;\n}\n"

/* Reads ON in another way, which no variant changes. */
#define OTHER                                \
	"void block(struct vcpu *vcpu)\n{\n" \
	"\tif (pi_test_on(&vcpu->pid))\n\t\tself_ipi(vcpu);\n}\n"

#endif
