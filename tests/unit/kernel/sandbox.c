// SPDX-License-Identifier: LGPL-2.1-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "host/kernel/fs.h"
#include "kernel/sandbox.h"
#include "util/file.h"

int sandbox_setup(void **state)
{
	struct sandbox *s = calloc(1, sizeof(*s));
	const char *tmp = getenv("TMPDIR");

	assert_non_null(s);
	snprintf(s->dir, sizeof(s->dir), "%s/pirbench-test-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(s->dir));
	setenv("PIRBENCH_ROOT", sandbox_path(s, "project"), 1);
	setenv("PIRBENCH_CACHE", sandbox_path(s, "cache"), 1);
	setenv("HOME", s->dir, 1);
	assert_int_equal(fs_mkdirs(sandbox_path(s, "project/configs/kernels/fragments")), 0);
	assert_int_equal(fs_mkdirs(sandbox_path(s, "user")), 0);
	sandbox_write(s, "project/configs/kernels/fragments/lab.config", "CONFIG_LAB=y\n");
	assert_int_equal(kctx_init(&s->ctx, NULL, s->err, sizeof(s->err)), 0);
	*state = s;
	return 0;
}

int sandbox_teardown(void **state)
{
	struct sandbox *s = *state;
	int ret = fs_remove(s->dir);

	free(s);
	return ret;
}

const char *sandbox_path(const struct sandbox *s, const char *fmt, ...)
{
	static char text[16][KPATH];
	static unsigned int next;
	char *buf = text[next++ % 16];
	va_list ap;
	int n = snprintf(buf, KPATH, "%s/", s->dir);

	va_start(ap, fmt);
	vsnprintf(buf + n, KPATH - (size_t)n, fmt, ap);
	va_end(ap);
	return buf;
}

void sandbox_write(const struct sandbox *s, const char *name, const char *text)
{
	const char *path = sandbox_path(s, "%s", name);

	assert_int_equal(fs_mkdirs_parent(path), 0);
	assert_int_equal(file_write(path, text, strlen(text)), 0);
}

char *sandbox_read(const struct sandbox *s, const char *name)
{
	void *data;
	size_t size;

	assert_int_equal(file_read(sandbox_path(s, "%s", name), 1 << 20, &data, &size), 0);
	return data;
}

bool sandbox_has(const struct sandbox *s, const char *name)
{
	return fs_exists(sandbox_path(s, "%s", name));
}

void sandbox_expect(const struct sandbox *s, const char *name, const char *text)
{
	char *is = sandbox_read(s, name);

	assert_string_equal(is, text);
	free(is);
}

void sandbox_expect_error(const struct sandbox *s, const char *text)
{
	if (!strstr(s->err, text))
		fail_msg("error is '%s'; must contain '%s'", s->err, text);
}

void sandbox_run(const struct sandbox *s, const char *dir, const char *const *argv)
{
	struct subprocess p = {.argv = argv, .dir = sandbox_path(s, "%s", dir)};
	struct subprocess_result r;
	char err[512];

	if (subprocess_run(&p, &r, err, sizeof(err)))
		fail_msg("%s", err);
	subprocess_release(&r);
}

/* `compiled` counts what was compiled. A file of 1 KiB with the boot protocol's marks is enough. */
static const char makefile[] =
	"# as a kernel's\n"
	"VERSION = 9\n"
	"PATCHLEVEL = 1\n"
	"objs := $(O)/main.o $(O)/posted_intr.o\n"
	"allnoconfig:\n"
	"\tmkdir -p $(O)\n"
	"\tgrep -v LOST $(KCONFIG_ALLCONFIG) > $(KCONFIG_CONFIG)\n"
	"bzImage: $(O)/arch/x86/boot/bzImage\n"
	"$(O)/%.o: arch/x86/kvm/vmx/%.c $(O)/.config\n"
	"\t@echo '  CC      $<'\n"
	"\t@echo $* >> $(O)/compiled\n"
	"\t@test ! -e $(PIRBENCH_CACHE)/slow || sleep 60\n"
	"\t@gcc -c -o $@ $<\n"
	"$(O)/vmlinux: $(objs)\n"
	"\t@gcc -nostdlib -static -Wl,--build-id=sha1 -Wl,-e,main -o $@ $^\n"
	"\t@nm $@ > $(O)/System.map\n"
	"\t@mkdir -p $(O)/include/config $(O)/arch/x86/boot\n"
	"\t@echo 9.1.0 > $(O)/include/config/kernel.release\n"
	"$(O)/arch/x86/boot/bzImage: $(O)/vmlinux\n"
	"\t@{ head -c 510 /dev/zero; printf '\\125\\252\\000\\000HdrS\\014\\002'; \\\n"
	"\t   head -c 600 /dev/zero; } > $@\n";

void sandbox_fake_kernel(const struct sandbox *s, const char *dir)
{
	static const char *const init[] = {"git", "init", "-q", NULL};
	static const char *const name[] = {"git", "config", "user.name", "Test", NULL};
	static const char *const mail[] = {"git", "config", "user.email", "test@example.org", NULL};
	char file[KPATH];

#define FILE_IN_TREE(path, text) \
	(snprintf(file, sizeof(file), "%s/%s", dir, path), sandbox_write(s, file, text))
	FILE_IN_TREE("Makefile", makefile);
	FILE_IN_TREE("arch/x86/kvm/vmx/main.c",
		     "int pi(void);\nint main(void)\n{\n\treturn pi();\n}\n");
	FILE_IN_TREE("arch/x86/kvm/vmx/posted_intr.c",
		     "int pi(void);\nint pi(void)\n{\n\treturn 1;\n}\n");
	FILE_IN_TREE("Documentation/big.rst", "words\n");
	sandbox_run(s, dir, init);
	sandbox_run(s, dir, name);
	sandbox_run(s, dir, mail);
	sandbox_commit(s, dir, "v1");
}

void sandbox_commit(const struct sandbox *s, const char *dir, const char *tag)
{
	static const char *const add[] = {"git", "add", "--all", NULL};
	static const char *const commit[] = {"git", "commit", "-q", "-m", "Change", NULL};
	const char *const name[] = {"git", "tag", tag, NULL};

	sandbox_run(s, dir, add);
	sandbox_run(s, dir, commit);
	sandbox_run(s, dir, name);
}
