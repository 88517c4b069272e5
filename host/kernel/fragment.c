// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/fragment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/file.h"

#define FRAGMENT_MAX_SIZE (1 << 20)
#define CONFIG_MAX_SIZE   (4 << 20)
#define NAME_CHARS        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
#define NOT_SET           " is not set"

static struct option *find(const struct fragment *f, const char *name)
{
	for (size_t i = 0; i < f->nr; i++)
		if (!strcmp(f->options[i].name, name))
			return &f->options[i];
	return NULL;
}

static struct option *find_or_add(struct fragment *f, const char *name)
{
	struct option *o = find(f, name);

	if (o)
		return o;
	if (f->nr == f->room) {
		size_t room = f->room ? 2 * f->room : 128;

		o = realloc(f->options, room * sizeof(*o));
		if (!o)
			return NULL;
		f->options = o;
		f->room = room;
	}
	o = &f->options[f->nr];
	memset(o, 0, sizeof(*o));
	o->name = strdup(name);
	if (!o->name)
		return NULL;
	f->nr++;
	return o;
}

static int set(struct fragment *f, const char *name, const char *value, bool optional,
	       const char *path, unsigned int line)
{
	struct option *o = find_or_add(f, name);

	if (!o)
		return -ENOMEM;
	free(o->value);
	free(o->where);
	o->optional = optional;
	o->value = strdup(value);
	if (asprintf(&o->where, "%s:%u", path, line) < 0)
		o->where = NULL;
	return o->value && o->where ? 0 : -ENOMEM;
}

static void trim(char *text)
{
	size_t len = strlen(text);

	while (len && strchr(" \t\r", text[len - 1]))
		text[--len] = '\0';
}

static bool value_ok(const char *v)
{
	size_t len = strlen(v);

	if (!strcmp(v, "y") || !strcmp(v, "n"))
		return true;
	if (*v == '"')
		return len >= 2 && v[len - 1] == '"' && !memchr(v + 1, '"', len - 2);
	if (*v == '-')
		v++;
	if (!strncmp(v, "0x", 2))
		return v[2] && strspn(v + 2, "0123456789abcdefABCDEF") == strlen(v + 2);
	return *v && strspn(v, "0123456789") == strlen(v);
}

/* The comment behind a value: cuts it off, says whether it is the one that we know. */
static bool cut_comment(char *value, bool *optional)
{
	char *comment = *value == '"' ? strchr(value + 1, '"') : value;

	*optional = false;
	comment = comment ? strchr(comment, '#') : NULL;
	if (!comment)
		return true;
	*comment++ = '\0';
	comment += strspn(comment, " \t");
	*optional = !strncmp(comment, "optional:", 9) && comment[9 + strspn(comment + 9, " \t")];
	return *optional;
}

/* "# CONFIG_X is not set" is a setting, other comments are nothing. */
static char *not_set(char *text)
{
	char *name = text + 1 + strspn(text + 1, " \t");
	size_t len = strspn(name, NAME_CHARS);

	if (strncmp(name, "CONFIG_", 7) != 0 || strcmp(name + len, NOT_SET) != 0)
		return NULL;
	name[len] = '\0';
	return name;
}

static int read_line(struct kctx *ctx, struct fragment *f, char *text, const char *path,
		     unsigned int line)
{
	char *eq, *name;
	bool optional;
	size_t len;

	trim(text);
	if (!*text)
		return 0;
	if (*text == '#') {
		name = not_set(text);
		return name ? set(f, name, "n", false, path, line) : 0;
	}
	eq = strchr(text, '=');
	len = strspn(text, NAME_CHARS);
	if (strncmp(text, "CONFIG_", 7) != 0 || !eq || text + len != eq || len == 7)
		return kctx_fail(ctx, -EINVAL, "%s:%u: '%.60s'; must be CONFIG_NAME=VALUE", path,
				 line, text);
	*eq++ = '\0';
	if (!cut_comment(eq, &optional))
		return kctx_fail(ctx, -EINVAL,
				 "%s:%u: a comment behind the value; must be '# optional: WHY'",
				 path, line);
	trim(eq);
	if (!strcmp(eq, "m"))
		return kctx_fail(ctx, -EINVAL,
				 "%s:%u: %s=m; must be y or n: what boots is the image alone", path,
				 line, text);
	if (!value_ok(eq))
		return kctx_fail(ctx, -EINVAL,
				 "%s:%u: %s is '%.60s'; must be y, n, a number or a \"string\"",
				 path, line, text, eq);
	return set(f, text, eq, optional, path, line);
}

int fragment_read(struct kctx *ctx, const char *path, const char *where, struct fragment *f)
{
	unsigned int line = 1;
	char *text, *next;
	void *data;
	size_t size;
	int ret;

	ret = file_read(path, FRAGMENT_MAX_SIZE, &data, &size);
	if (ret)
		return kctx_fail(ctx, ret, "%scannot read %s: %s", where, path, strerror(-ret));
	if (memchr(data, 0, size))
		ret = kctx_fail(ctx, -EINVAL, "%s%s is not text", where, path);
	for (text = data; text && !ret; text = next, line++) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		ret = read_line(ctx, f, text, path, line);
		if (ret == -ENOMEM)
			kctx_fail_path(ctx, ret, "cannot read", path);
	}
	free(data);
	return ret;
}

void fragment_release(struct fragment *f)
{
	for (size_t i = 0; i < f->nr; i++) {
		free(f->options[i].name);
		free(f->options[i].value);
		free(f->options[i].where);
	}
	free(f->options);
	memset(f, 0, sizeof(*f));
}

int fragment_text(const struct fragment *f, char **text)
{
	size_t size;
	FILE *out = open_memstream(text, &size);

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < f->nr; i++) {
		const struct option *o = &f->options[i];

		if (strcmp(o->value, "n") != 0)
			fprintf(out, "%s=%s\n", o->name, o->value);
		else
			fprintf(out, "# %s" NOT_SET "\n", o->name);
	}
	return fclose(out) ? -ENOMEM : 0;
}

/* Value of an option in a .config's text into buf: its value, "n", or "" when it is not there. */
static void lookup(const char *config, const char *name, char *buf, size_t size)
{
	size_t len = strlen(name);

	buf[0] = '\0';
	for (const char *p = config; (p = strstr(p, name)); p += len) {
		if (p[len] == '=' && (p == config || p[-1] == '\n')) {
			snprintf(buf, size, "%.*s", (int)strcspn(p + len + 1, "\n"), p + len + 1);
			return;
		}
		if (!strncmp(p + len, NOT_SET "\n", sizeof(NOT_SET)) && p >= config + 2 &&
		    p[-1] == ' ' && p[-2] == '#') {
			snprintf(buf, size, "n");
			return;
		}
	}
}

int fragment_check(struct kctx *ctx, const struct fragment *f, const char *path,
		   const char *release)
{
	char value[256];
	void *config;
	size_t size;
	int ret = file_read(path, CONFIG_MAX_SIZE, &config, &size);

	if (ret)
		return kctx_fail_path(ctx, ret, "cannot read", path);
	for (size_t i = 0; i < f->nr && !ret; i++) {
		const struct option *o = &f->options[i];

		lookup(config, o->name, value, sizeof(value));
		if (o->optional || !strcmp(value, o->value) || (!*value && !strcmp(o->value, "n")))
			continue;
		ret = kctx_fail(ctx, -EINVAL,
				"%s: %s=%s did not come true: %s %s; set what it depends on, or "
				"say behind it '# optional: WHY'",
				o->where, o->name, o->value, release,
				!*value               ? "has no such option, or cannot set it here"
				: !strcmp(value, "n") ? "left it unset"
						      : "set another value");
	}
	free(config);
	return ret;
}
