// SPDX-License-Identifier: LGPL-2.1-or-later
/* Kernels of a campaign: found or built, and how to name them in a replay. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/campaign.h"
#include "cmd/cmd.h"
#include "host/kernel/kernel.h"

struct text {
	char *buf;
	size_t size, len;
	bool cut;
};

/* One word, quoted for a shell where it needs it. */
static void add_word(struct text *t, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:@%+,=-~";
	bool quote = !*word || word[strspn(word, plain)];
	char quoted[2 * PATH_MAX];
	size_t n = 0;

	if (t->len)
		quoted[n++] = ' ';
	if (quote)
		quoted[n++] = '\'';
	for (; *word && n < sizeof(quoted) - 8; word++) {
		if (*word == '\'')
			n += (size_t)sprintf(quoted + n, "'\\''");
		else
			quoted[n++] = *word;
	}
	if (quote)
		quoted[n++] = '\'';
	quoted[n] = 0;
	if (t->len + n >= t->size) {
		t->cut = true;
		return;
	}
	memcpy(t->buf + t->len, quoted, n + 1);
	t->len += n;
}

static void add_path(struct text *t, const char *option, const char *path)
{
	char real[PATH_MAX];

	add_word(t, option);
	add_word(t, realpath(path, real) ? real : path);
}

static bool is_path(const char *spec)
{
	return strchr(spec, '/') || !strcmp(spec, ".") || !strcmp(spec, "..");
}

/* The options of `pirbench run` that mean the same kernel wherever they are typed. */
static void replay_text(const struct campaign *c, const struct campaign_kernel *k, char *buf,
			size_t size)
{
	struct text t = {.buf = buf, .size = size};
	size_t i;

	buf[0] = 0;
	if (is_path(k->spec)) {
		add_path(&t, "--kernel", k->spec);
	} else {
		add_word(&t, "--kernel");
		add_word(&t, k->spec);
	}
	for (i = 0; i < k->nr_patches; i++)
		add_path(&t, "--patch", k->patch[i]);
	if (c->opts->tree)
		add_path(&t, "--tree", c->opts->tree);
	if (c->opts->config)
		add_path(&t, "--config", c->opts->config);
	if (t.cut) /* rather none than half of one */
		snprintf(buf, size, "--kernel ...");
}

/* "null": loses nothing; "null:N": loses N of 1000 suppressed posts. */
static int null_kernel(struct pb_kernel *k, const char *spec)
{
	unsigned long n = 0;
	char *end;

	if (!strncmp(spec, "null:", 5)) {
		n = strtoul(spec + 5, &end, 10);
		if (*end || end == spec + 5 || n > 1000)
			goto bad;
	} else if (strcmp(spec, "null") != 0) {
		goto bad;
	}
	memset(k, 0, sizeof(*k));
	snprintf(k->name, sizeof(k->name), "%s", spec);
	k->null_loses_permille = (uint32_t)n;
	return 0;
bad:
	cmd_error("kernel %s: on the null machine it must be null, or null:N to lose N of 1000 "
		  "suppressed posts",
		  spec);
	return CMD_ERROR;
}

/* Whoever gives it a patch expects that it is tried. */
static int null_check(const struct campaign *c, const struct campaign_kernel *k)
{
	const char *what = k->nr_patches     ? "--patch"
			   : c->opts->config ? "--config"
			   : c->opts->tree   ? "--tree"
					     : NULL;

	if (!what)
		return 0;
	cmd_error("kernel %s: kernels of the null machine have no source, so there is no %s",
		  k->spec, what);
	return CMD_ERROR;
}

static void on_phase(void *arg, const char *text, double fraction)
{
	struct campaign *c = arg;

	progress_at(&c->progress, fraction, text);
}

int campaign_kernel_get(struct campaign *c, const struct campaign_kernel *k, unsigned int n)
{
	struct kernel_opts opts = {
		.tree = c->opts->tree,
		.patches = k->nr_patches ? k->patch : NULL,
		.nr_patches = k->nr_patches,
		.config = c->opts->config,
		.stop = &cmd_stop,
		.progress = {.phase = on_phase, .arg = c},
	};
	char err[KERNEL_ERR_SIZE];
	double s;
	int ret;

	replay_text(c, k, c->replay[n], sizeof(c->replay[n]));
	if (!strcmp(c->machine->name, "null"))
		return null_check(c, k) ? CMD_ERROR : null_kernel(&c->kernel[n], k->spec);
	progress_phase(&c->progress, 0, 0, "kernel %s", k->spec);
	ret = kernel_get(k->spec, &opts, &c->kernel[n], err, sizeof(err));
	s = progress_done(&c->progress);
	result_add_phase(c->result, "kernels", s);
	if (!ret)
		return 0;
	if (ret == -EINTR && cmd_stop)
		return cmd_stopped();
	cmd_error("kernel %s: %s", k->spec, err);
	return CMD_ERROR;
}

/* The same for a guest: its name is all that a scenario says. */
static int guest_get(struct campaign *c, const char *spec, const struct pb_kernel **to)
{
	struct kernel_opts opts = {.stop = &cmd_stop, .progress = {.phase = on_phase, .arg = c}};
	struct pb_kernel *k = &c->guest[c->nr_guests];
	char err[KERNEL_ERR_SIZE];
	int ret;

	for (size_t i = 0; i < c->nr_guests; i++)
		if (!strcmp(c->guest[i].name, spec)) {
			*to = &c->guest[i];
			return 0;
		}
	progress_phase(&c->progress, 0, 0, "guest's kernel %s", spec);
	ret = kernel_get(spec, &opts, k, err, sizeof(err));
	result_add_phase(c->result, "kernels", progress_done(&c->progress));
	if (ret == -EINTR && cmd_stop)
		return cmd_stopped();
	if (ret) {
		cmd_error("guest's kernel %s: %s", spec, err);
		return CMD_ERROR;
	}
	snprintf(k->name, sizeof(k->name), "%s", spec);
	c->nr_guests++;
	*to = k;
	return 0;
}

int campaign_guests_get(struct campaign *c)
{
	/* There nothing boots, guests neither. */
	bool real = strcmp(c->machine->name, "null") != 0;
	int ret = 0;

	for (size_t n = 0; n < c->nr_scenarios && !ret && real; n++) {
		struct pb_scenario *s = &c->scenario[n];

		if (s->plan.vmm != PB_VMM_LINUX)
			continue;
		ret = guest_get(c, s->guest_kernel, &c->guest_of[n]);
		if (ret)
			break;
		snprintf(s->plan.guest.build_id, sizeof(s->plan.guest.build_id), "%s",
			 c->guest_of[n]->build_id);
		snprintf(c->result->scenario[n].guest_build_id,
			 sizeof(c->result->scenario[n].guest_build_id), "%s",
			 c->guest_of[n]->build_id);
	}
	return ret;
}
