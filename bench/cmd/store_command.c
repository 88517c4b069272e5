// SPDX-License-Identifier: LGPL-2.1-or-later
/* command.json: what a results directory belongs to. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/store.h"
#include "util/file.h"

#define COMMAND_VERSION 1
#define COMMAND_MAX     (1u << 20)
#define WORDS_MAX       1024

static int bad(char *err, const char *dir, const char *why)
{
	snprintf(err, STORE_ERR, "%s/command.json: %s", dir, why);
	return -EINVAL;
}

static json_t *kernels_json(const struct pb_kernel *const *kernels, size_t nr)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < nr; i++)
		json_array_append_new(a,
				      json_pack("{s:s, s:s, s:s}", "name", kernels[i]->name, "key",
						kernels[i]->key, "build_id", kernels[i]->build_id));
	return a;
}

/* The words, all of them: NULL when one is not UTF-8. */
static json_t *words_json(int argc, char *const *argv)
{
	json_t *words = json_array();

	for (int i = 0; i < argc; i++) {
		if (json_array_append_new(words, json_string(argv[i]))) {
			json_decref(words);
			return NULL;
		}
	}
	return words;
}

int store_put_command(const struct store *s, int argc, char *const *argv,
		      const struct pb_kernel *const *kernels, size_t nr, const char *defect,
		      char *err)
{
	char path[STORE_PATH + 16], cwd[STORE_PATH];
	char *text;
	json_t *o;
	int ret;

	if (!getcwd(cwd, sizeof(cwd)))
		snprintf(cwd, sizeof(cwd), "/");
	/* A NULL among these makes all NULL, and frees the others. */
	o = json_pack("{s:i, s:s, s:o, s:o, s:s}", "version", COMMAND_VERSION, "cwd", cwd, "argv",
		      words_json(argc, argv), "kernels", kernels_json(kernels, nr), "defect",
		      defect);
	text = o ? json_dumps(o, JSON_INDENT(2)) : NULL;
	json_decref(o);
	if (!text)
		return bad(err, s->dir, "an argument is not UTF-8, or no memory");
	snprintf(path, sizeof(path), "%s/command.json", s->dir);
	ret = file_write(path, text, strlen(text));
	free(text);
	if (ret)
		snprintf(err, STORE_ERR, "%s: %s", path, strerror(-ret));
	return ret;
}

static int load(const char *dir, json_t **out, char *err)
{
	char path[STORE_PATH + 16];
	size_t size;
	void *data;
	json_t *o;
	int ret;

	snprintf(path, sizeof(path), "%s/command.json", dir);
	ret = file_read(path, COMMAND_MAX, &data, &size);
	if (ret) {
		snprintf(err, STORE_ERR, "%s: %s", path, strerror(-ret));
		return ret;
	}
	o = json_loadb(data, size, 0, NULL);
	free(data);
	if (json_integer_value(json_object_get(o, "version")) != COMMAND_VERSION) {
		json_decref(o);
		return bad(err, dir, "not a file of this version of pirbench");
	}
	*out = o;
	return 0;
}

int store_get_command(const char *dir, int *argc, char ***argv, char *cwd, size_t size, char *err)
{
	size_t i, n, bytes = 0;
	json_t *o, *words;
	char **out, *p;
	int ret;

	ret = load(dir, &o, err);
	if (ret)
		return ret;
	words = json_object_get(o, "argv");
	n = json_array_size(words);
	for (i = 0; i < n; i++)
		bytes += json_string_length(json_array_get(words, i)) + 1;
	out = n && n <= WORDS_MAX ? malloc((n + 1) * sizeof(*out) + bytes) : NULL;
	if (!out || !json_is_string(json_object_get(o, "cwd"))) {
		free(out);
		json_decref(o);
		return bad(err, dir, "no words in it");
	}
	p = (char *)(out + n + 1);
	for (i = 0; i < n; i++) {
		const char *w = json_string_value(json_array_get(words, i));
		size_t len = json_string_length(json_array_get(words, i));

		out[i] = p;
		memcpy(p, w ? w : "", len);
		p[len] = 0;
		p += len + 1;
	}
	out[n] = NULL;
	snprintf(cwd, size, "%s", json_string_value(json_object_get(o, "cwd")));
	json_decref(o);
	*argc = (int)n;
	*argv = out;
	return 0;
}

static bool same_text(const json_t *o, const char *key, const char *want)
{
	const char *have = json_string_value(json_object_get(o, key));

	return have && !strcmp(have, want);
}

/* Files from before there was a word of it are of sound devices. */
static int same_defect(const struct store *s, const json_t *o, const char *defect, char *err)
{
	const char *then = json_string_value(json_object_get(o, "defect"));

	if (!strcmp(then ? then : "", defect))
		return 0;
	snprintf(err, STORE_ERR, "%s: its runs are of devices with %.32s%s; start anew", s->dir,
		 then && *then ? "the seeded defect " : "no seeded defect", then ? then : "");
	return -ESTALE;
}

int store_same_origin(const struct store *s, const struct pb_kernel *const *kernels, size_t nr,
		      const char *defect, char *err)
{
	json_t *o, *a;
	size_t i;
	int ret;

	ret = load(s->dir, &o, err);
	if (ret)
		return ret;
	ret = same_defect(s, o, defect, err);
	a = json_object_get(o, "kernels");
	for (i = 0; !ret && i < nr; i++) {
		const json_t *k = json_array_get(a, i);

		if (same_text(k, "name", kernels[i]->name) &&
		    same_text(k, "key", kernels[i]->key) &&
		    same_text(k, "build_id", kernels[i]->build_id))
			continue;
		snprintf(err, STORE_ERR,
			 "%s: kernel %s is not the one that its runs are of; start anew", s->dir,
			 kernels[i]->name);
		ret = -ESTALE;
	}
	if (!ret && json_array_size(a) != nr)
		ret = bad(err, s->dir, "another number of kernels");
	json_decref(o);
	return ret;
}
