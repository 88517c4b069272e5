// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <elf.h>

#include "host/kernel/entry.h"
#include "host/kernel/prune.h"
#include "host/kernel/source.h"
#include "kernel/sandbox.h"
#include "util/file.h"

#define SETUP 1024

static int check(struct sandbox *s, const unsigned char *image, size_t size, char release[64])
{
	assert_int_equal(file_write(sandbox_path(s, "user/image"), image, size), 0);
	return source_image_check(&s->ctx, sandbox_path(s, "user/image"), release, 64);
}

static void test_image(void **state)
{
	unsigned char image[SETUP] = {0}, bad[SETUP];
	struct sandbox *s = *state;
	char release[64];

	image[0x1fe] = 0x55;
	image[0x1ff] = 0xaa;
	memcpy(image + 0x202, "HdrS", 4);
	image[0x207] = 2;
	assert_int_equal(check(s, image, SETUP, release), 0);
	assert_string_equal(release, "");
	image[0x20e] = 0x40;
	memcpy(image + 0x240, "6.1.0 (me) #1", 13);
	assert_int_equal(check(s, image, SETUP, release), 0);
	assert_string_equal(release, "6.1.0");
	/* A version outside of what was read is none. */
	image[0x20f] = 0xff;
	assert_int_equal(check(s, image, SETUP, release), 0);
	assert_string_equal(release, "");

	assert_int_equal(check(s, image, 0x20f, release), -EINVAL);
	assert_int_equal(check(s, image, 0, release), -EINVAL);
	for (size_t at = 0x1fe; at < 0x208; at++) {
		if (at == 0x200 || at == 0x201 || at == 0x206)
			continue;
		memcpy(bad, image, SETUP);
		bad[at] ^= 2;
		assert_int_equal(check(s, bad, SETUP, release), -EINVAL);
		sandbox_expect_error(s, "is not an x86 boot image");
	}
}

/* An ELF file with one segment of notes: of another kind, then the build id. */
struct elf {
	Elf64_Ehdr e;
	Elf64_Phdr p;
	struct {
		Elf64_Nhdr h;
		char name[8];
		char desc[4];
		Elf64_Nhdr id_h;
		char id_name[4];
		unsigned char id[20];
	} notes;
};

static void make_elf(struct elf *elf)
{
	memset(elf, 0, sizeof(*elf));
	memcpy(elf->e.e_ident, ELFMAG, SELFMAG);
	elf->e.e_ident[EI_CLASS] = ELFCLASS64;
	elf->e.e_ident[EI_DATA] = ELFDATA2LSB;
	elf->e.e_phentsize = sizeof(Elf64_Phdr);
	elf->e.e_phoff = offsetof(struct elf, p);
	elf->e.e_phnum = 1;
	elf->p.p_type = PT_NOTE;
	elf->p.p_offset = offsetof(struct elf, notes);
	elf->p.p_filesz = sizeof(elf->notes);
	elf->notes.h = (Elf64_Nhdr){.n_namesz = 6, .n_descsz = 3, .n_type = 7};
	elf->notes.id_h = (Elf64_Nhdr){.n_namesz = 4, .n_descsz = 20, .n_type = NT_GNU_BUILD_ID};
	memcpy(elf->notes.id_name, "GNU", 4);
	memset(elf->notes.id, 0xa5, 20);
}

static int build_id(struct sandbox *s, const struct elf *elf, char hex[44])
{
	assert_int_equal(file_write(sandbox_path(s, "user/elf"), elf, sizeof(*elf)), 0);
	return entry_build_id(sandbox_path(s, "user/elf"), hex, 44);
}

static void test_build_id(void **state)
{
	struct sandbox *s = *state;
	struct elf elf;
	char hex[44];

	make_elf(&elf);
	assert_int_equal(build_id(s, &elf, hex), 0);
	assert_string_equal(hex, "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5");
	/* Sizes that lead outside: no build id, and no read beyond the end. */
	elf.notes.id_h.n_descsz = 21;
	assert_int_equal(build_id(s, &elf, hex), 0);
	assert_string_equal(hex, "");
	make_elf(&elf);
	elf.notes.h.n_namesz = 0xfffffffd;
	assert_int_equal(build_id(s, &elf, hex), 0);
	make_elf(&elf);
	elf.notes.h.n_descsz = 0xfffffffe;
	assert_int_equal(build_id(s, &elf, hex), 0);
	make_elf(&elf);
	elf.p.p_offset = UINT64_MAX - 4;
	assert_int_equal(build_id(s, &elf, hex), 0);
	assert_string_equal(hex, "");
	make_elf(&elf);
	elf.e.e_phnum = 0xffff;
	assert_int_equal(build_id(s, &elf, hex), -EINVAL);
	make_elf(&elf);
	elf.e.e_phoff = UINT64_MAX - 8;
	assert_int_equal(build_id(s, &elf, hex), -EINVAL);
	make_elf(&elf);
	elf.e.e_ident[0] = 0;
	assert_int_equal(build_id(s, &elf, hex), -EINVAL);
}

#define LIST "project/configs/kernels/prune.list"

static void test_prune_list(void **state)
{
	static const char *const bad[] = {"a\n",     "\n/a .c\n",  "a/ .c\n", "../a .c\n",
					  "a .c*\n", "a/../b *\n", "a* .c\n"};
	struct sandbox *s = *state;
	struct prune p;

	sandbox_write(s, LIST, "# words\narch/arm\t.c .h # more\n\ntools/t *\n");
	assert_int_equal(prune_load(&s->ctx, &p), 0);
	assert_int_equal(p.nr, 3);
	assert_true(prune_matches(&p, "arch/arm/x.c"));
	assert_true(prune_matches(&p, "arch/arm/a/b/x.h"));
	assert_false(prune_matches(&p, "arch/arm/Kconfig"));
	assert_false(prune_matches(&p, "arch/arm64/x.c"));
	assert_false(prune_matches(&p, "tools/arch/arm/x.c"));
	assert_true(prune_matches(&p, "tools/t/x"));
	assert_false(prune_matches(&p, "tools/t"));
	prune_release(&p);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		sandbox_write(s, LIST, bad[i]);
		assert_int_equal(prune_load(&s->ctx, &p), -EINVAL);
		sandbox_expect_error(s, i == 1 ? "prune.list:2: " : "prune.list:1: ");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_image, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_build_id, sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(test_prune_list, sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
