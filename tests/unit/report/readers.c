// SPDX-License-Identifier: LGPL-2.1-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "report/readers.h"
#include "util/subprocess.h"

void readers_junit(const char *xml)
{
	char path[] = "/tmp/pirbench-junit-XXXXXX", err[1024];
	const char *const argv[] = {"xmllint",           "--nonet", "--noout", "--schema",
				    "reports/junit.xsd", path,      NULL};
	struct subprocess p = {.argv = argv, .timeout_s = 60};
	struct subprocess_result res;
	int fd, ret;

	if (!subprocess_exists("xmllint")) {
		print_message("xmllint is not there: JUnit XML is not validated\n");
		return;
	}
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, xml, strlen(xml)), strlen(xml));
	close(fd);
	ret = subprocess_run(&p, &res, err, sizeof(err));
	unlink(path);
	subprocess_release(&res);
	if (ret)
		fail_msg("%s\n%s", err, xml);
}

const char *readers_unbalanced(const char *p)
{
	char stack[32][16];
	size_t depth = 0;

	while ((p = strchr(p, '<'))) {
		size_t len = strcspn(p + 1, " />\n");
		const char *end = strchr(p, '>');

		if (!end)
			return p;
		if (p[1] == '!' || !strncmp(p + 1, "meta", 4) || end[-1] == '/') {
			p = end;
			continue;
		}
		if (p[1] == '/') {
			len = strcspn(p + 2, ">");
			if (!depth-- || strlen(stack[depth]) != len ||
			    strncmp(stack[depth], p + 2, len) != 0)
				return p;
		} else {
			if (depth == 32 || len >= 16)
				return p;
			snprintf(stack[depth++], 16, "%.*s", (int)len, p + 1);
		}
		p = end;
	}
	return depth ? stack[depth - 1] : NULL;
}

void readers_html(const char *html)
{
	if (readers_unbalanced(html))
		fail_msg("not balanced: %.60s", readers_unbalanced(html));
	assert_null(strstr(html, "<script"));
	assert_null(strstr(html, "http://"));
	assert_null(strstr(html, "https://"));
	assert_null(strstr(html, "url("));
	assert_null(strstr(html, "nan"));
}
