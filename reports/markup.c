// SPDX-License-Identifier: LGPL-2.1-or-later
#include "reports/markup.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * Bytes of the character at p (RFC 3629: shortest form, no surrogates), with
 * its code point; 0 when there is none.
 */
static size_t utf8_length(const unsigned char *p, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = p[0] < 0x80             ? 1
		   : (p[0] & 0xe0) == 0xc0 ? 2
		   : (p[0] & 0xf0) == 0xe0 ? 3
		   : (p[0] & 0xf8) == 0xf0 ? 4
					   : 0;

	if (!n)
		return 0;
	*code = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3fu);
	}
	if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return n;
}

/* XML 1.0, production 2; and no C1 controls, which terminals act on. */
static int is_char(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n';
	return c < 0x7f || (c >= 0xa0 && c != 0xfffe && c != 0xffff);
}

static const char *reference(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void markup_xml(FILE *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		uint32_t code = 0;
		size_t n = utf8_length(p, &code);

		if (!n || !is_char(code))
			fputs(REPLACEMENT, out);
		else if (reference(*p))
			fputs(reference(*p), out);
		else
			fwrite(p, 1, n, out);
		p += n ? n : 1;
	}
}

void markup_xmlf(FILE *out, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	markup_xml(out, text);
}

void markup_md(FILE *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			fputc(' ', out);
		else if (*p == '<')
			fputs("&lt;", out);
		else if (*p == '&')
			fputs("&amp;", out);
		else if (strchr("\\`*_[]|~", *p))
			fprintf(out, "\\%c", *p);
		else
			fputc(*p, out);
	}
}

static size_t longest_run(const char *text, char c)
{
	size_t longest = 0, n = 0;

	for (; *text; text++) {
		n = *text == c ? n + 1 : 0;
		longest = n > longest ? n : longest;
	}
	return longest;
}

static void repeat(FILE *out, char c, size_t n)
{
	while (n--)
		fputc(c, out);
}

void markup_md_code(FILE *out, const char *text)
{
	size_t fence = longest_run(text, '`') + 1;

	repeat(out, '`', fence);
	if (fence > 1)
		fputc(' ', out);
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text, out);
	if (fence > 1)
		fputc(' ', out);
	repeat(out, '`', fence);
}
