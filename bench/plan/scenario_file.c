// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where scenarios and sets are found, and by which name. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/scenario.h"
#include "plan/scenario_name.h"
#include "util/file.h"
#include "util/ydoc.h"

#define SUFFIX    ".yaml"
#define MAX_FILES 1024 /* of one directory */

bool scenario_name_valid(const char *name, size_t size)
{
	size_t len = strlen(name);

	return len && len < size && name[0] != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

bool scenario_name_of(const char *path, char *name, size_t size)
{
	const char *base = strrchr(path, '/');
	size_t len, suffix = strlen(SUFFIX);

	base = base ? base + 1 : path;
	len = strlen(base);
	if (len <= suffix || strcmp(base + len - suffix, SUFFIX) != 0 || len - suffix >= size)
		return false;
	memcpy(name, base, len - suffix);
	name[len - suffix] = '\0';
	return scenario_name_valid(name, size);
}

static bool is_path(const char *name)
{
	size_t len = strlen(name);

	return strchr(name, '/') ||
	       (len > strlen(SUFFIX) && !strcmp(name + len - strlen(SUFFIX), SUFFIX));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_free(char **names, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		free(names[i]);
	free(names);
}

/* Names of the .yaml files of a directory, sorted; hidden files are not looked at. */
static int list_names(const char *dir, char ***names, size_t *nr, char *err, size_t size)
{
	struct dirent *d;
	int ret = 0;
	DIR *handle = opendir(dir);

	*nr = 0;
	*names = NULL;
	if (!handle) {
		ret = -errno;
		snprintf(err, size, "%s: %s", dir, strerror(-ret));
		return ret;
	}
	*names = calloc(MAX_FILES, sizeof(**names));
	if (!*names)
		ret = -ENOMEM;
	while (!ret && (d = readdir(handle))) {
		size_t len = strlen(d->d_name);

		if (d->d_name[0] == '.' || len <= strlen(SUFFIX) ||
		    strcmp(d->d_name + len - strlen(SUFFIX), SUFFIX) != 0)
			continue;
		if (*nr == MAX_FILES) {
			snprintf(err, size, "%s: more than %d files", dir, MAX_FILES);
			ret = -E2BIG;
			break;
		}
		(*names)[*nr] = strndup(d->d_name, len - strlen(SUFFIX));
		if (!(*names)[(*nr)++])
			ret = -ENOMEM;
	}
	closedir(handle);
	if (ret == -ENOMEM)
		snprintf(err, size, "out of memory");
	if (ret) {
		names_free(*names, *nr);
		return ret;
	}
	qsort(*names, *nr, sizeof(**names), by_name);
	return 0;
}

/* "no scenario 'x' in DIR; there are: a, b" */
static void no_such(const char *what, const char *dir, const char *name, char *err, size_t size)
{
	char **names;
	size_t nr = 0, len;

	if (list_names(dir, &names, &nr, err, size))
		return;
	len = (size_t)snprintf(err, size, "no %s '%.64s' in %s; there are: ", what, name, dir);
	for (size_t i = 0; i < nr && len < size; i++)
		len += (size_t)snprintf(err + len, size - len, "%s%s", i ? ", " : "", names[i]);
	names_free(names, nr);
}

/* The text of a scenario or set, and the path that it was read from. */
static int load_text(const char *what, const char *dir, const char *name, char *path,
		     size_t path_size, void **text, size_t *len, char *err, size_t size)
{
	int n, ret;

	if (is_path(name))
		n = snprintf(path, path_size, "%s", name);
	else
		n = snprintf(path, path_size, "%s/%s%s", dir, name, SUFFIX);
	if (n < 0 || (size_t)n >= path_size) {
		snprintf(err, size, "%.64s...: path too long", name);
		return -ENAMETOOLONG;
	}
	ret = file_read(path, YDOC_MAX_SIZE, text, len);
	if (ret == -ENOENT && !is_path(name))
		no_such(what, dir, name, err, size);
	else if (ret == -EFBIG)
		snprintf(err, size, "%s: larger than %d bytes", path, YDOC_MAX_SIZE);
	else if (ret)
		snprintf(err, size, "%s: %s", path,
			 ret == -EINVAL ? "not a regular file" : strerror(-ret));
	return ret;
}

int scenario_load(const char *configs, const char *name, struct pb_scenario *out, char *err,
		  size_t size)
{
	char dir[512], path[sizeof(out->path)];
	void *text;
	size_t len;
	int ret;

	snprintf(dir, sizeof(dir), "%s/scenarios", configs);
	ret = load_text("scenario", dir, name, path, sizeof(path), &text, &len, err, size);
	if (ret)
		return ret;
	ret = scenario_parse(path, text, len, out, err, size);
	free(text);
	return ret;
}

int scenario_set_load(const char *configs, const char *name, struct pb_scenario_set *out, char *err,
		      size_t size)
{
	char dir[512], path[512];
	void *text;
	size_t len;
	int ret;

	snprintf(dir, sizeof(dir), "%s/sets", configs);
	ret = load_text("set", dir, name, path, sizeof(path), &text, &len, err, size);
	if (ret)
		return ret;
	ret = scenario_set_parse(path, text, len, out, err, size);
	free(text);
	return ret;
}

int scenario_list(const char *configs, struct pb_scenario **list, size_t *nr, char *err,
		  size_t size)
{
	char dir[512], **names;
	int ret;

	snprintf(dir, sizeof(dir), "%s/scenarios", configs);
	ret = list_names(dir, &names, nr, err, size);
	if (ret)
		return ret;
	*list = calloc(*nr + 1, sizeof(**list));
	if (!*list) {
		snprintf(err, size, "out of memory");
		ret = -ENOMEM;
	}
	for (size_t i = 0; !ret && i < *nr; i++)
		ret = scenario_load(configs, names[i], &(*list)[i], err, size);
	names_free(names, *nr);
	if (ret)
		free(*list);
	return ret;
}

int scenario_set_list(const char *configs, struct pb_scenario_set **list, size_t *nr, char *err,
		      size_t size)
{
	char dir[512], **names;
	int ret;

	snprintf(dir, sizeof(dir), "%s/sets", configs);
	ret = list_names(dir, &names, nr, err, size);
	if (ret)
		return ret;
	*list = calloc(*nr + 1, sizeof(**list));
	if (!*list) {
		snprintf(err, size, "out of memory");
		ret = -ENOMEM;
	}
	for (size_t i = 0; !ret && i < *nr; i++)
		ret = scenario_set_load(configs, names[i], &(*list)[i], err, size);
	names_free(names, *nr);
	if (ret)
		free(*list);
	return ret;
}
