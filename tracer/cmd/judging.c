/* SPDX-License-Identifier: MIT */
/*
 * A baseline is lines: JSON objects, as --format=json writes them, of which those with a "fingerprint" count; or
 * fingerprints by themselves. Empty lines and those that start with # say nothing.
 */
#include "cmd/judging.h"

#include <errno.h>
#include <jansson.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/pattern.h"

/* ---- --fail-on ---- */

static const struct {
	const char *name;
	int least; /* enum severity; -1 none */
} severities[] = { { "none", -1 }, { "error", SEVERITY_ERROR }, { "warning", SEVERITY_WARNING },
	{ "note", SEVERITY_NOTE } };

/* One word of the list; false: there is no such. */
static bool fail_on(struct options *o, const char *word, size_t len)
{
	const struct finding_row *row = finding_row_of(word, len);

	if (row) {
		o->fails[finding_row_place(row)] = true;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(severities); i++) {
		if (strlen(severities[i].name) != len || memcmp(severities[i].name, word, len) != 0)
			continue;
		for (size_t j = 0; (row = finding_row_at(j)); j++)
			o->fails[j] |= (int)row->severity <= severities[i].least;
		return true;
	}
	return false;
}

int judging_fail_on(struct options *o, const char *value)
{
	o->fail_on = value;
	for (;; value++) {
		size_t len = strcspn(value, ",");
		if (!fail_on(o, value, len)) {
			snprintf(o->error, sizeof(o->error),
				"--fail-on=%.*s: it is error, warning, note, none, or a finding that --findings lists",
				len < 64 ? (int)len : 64, value);
			return -EINVAL;
		}
		value += len;
		if (!*value)
			return 0;
	}
}

int judging_status(const struct findings *f, const struct options *o)
{
	const struct finding_row *row;
	uint64_t n = 0;

	for (size_t i = 0; (row = finding_row_at(i)); i++)
		if (o->fail_on ? o->fails[i] : (int)row->severity <= o->error_severity)
			n += f->new_of[i];
	if (!n)
		return 0;
	return o->fail_on && !o->error_exitcode ? EXIT_FOUND : o->error_exitcode;
}

/* ---- --ignore, --baseline ---- */

struct rule {
	const struct finding_row *row; /* NULL: of any kind */
	regex_t like;
};

struct judging {
	struct rule *rule;
	size_t n_rules;
	char **known; /* fingerprints, sorted */
	size_t n_known;
};

static bool is_like(const struct rule *rule, const char *text)
{
	return text && regexec(&rule->like, text, 0, NULL, 0) == 0;
}

static bool fits(const struct rule *rule, const struct finding *f)
{
	char name[COMM_LEN + 1] = "";

	if (rule->row && rule->row != f->row)
		return false;
	if (f->creation)
		return is_like(rule, f->creation->start.symbol) || is_like(rule, f->creation->made_at.symbol);
	if (!f->task)
		return is_like(rule, name);
	memcpy(name, f->task->comm, COMM_LEN);
	return is_like(rule, name) || is_like(rule, f->task->at.symbol) || is_like(rule, f->task->made_at.symbol);
}

static bool is_ignored(const struct judging *j, const struct finding *f)
{
	for (size_t i = 0; i < j->n_rules; i++)
		if (fits(&j->rule[i], f))
			return true;
	return false;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_known(const struct judging *j, const struct finding *f)
{
	struct outbuf print;
	bool known;

	if (!j->n_known)
		return false;
	outbuf_init(&print, 4096);
	finding_fingerprint(&print, f);
	const char *text = outbuf_str(&print);
	known = bsearch(&text, j->known, j->n_known, sizeof(*j->known), by_text);
	outbuf_release(&print);
	return known;
}

static enum finding_standing judge(void *ctx, const struct finding *f)
{
	const struct judging *j = ctx;

	return is_ignored(j, f) ? FINDING_IGNORED : is_known(j, f) ? FINDING_KNOWN : FINDING_NEW;
}

static int refuse(const char *option, const char *value, const char *why)
{
	fprintf(stderr, "thrtrace: --%s=%s: %s\n", option, value, why);
	return -EINVAL;
}

/* KIND:REGEX; the kind may be *. */
static int add_rule(struct judging *j, const char *value)
{
	size_t len = strcspn(value, ":");
	struct rule *rule = &j->rule[j->n_rules];
	char why[128];

	*rule = (struct rule){ .row = finding_row_of(value, len) };
	if (!value[len] || (!rule->row && !(len == 1 && *value == '*')))
		return refuse("ignore", value, "it is KIND:REGEX, with a finding that --findings lists or * as KIND");
	if (pattern_is_dear(value + len + 1))
		return refuse("ignore", value, "too many repetitions are repeated");
	int err = regcomp(&rule->like, value + len + 1, REG_EXTENDED | REG_NOSUB);
	if (err) {
		regerror(err, &rule->like, why, sizeof(why));
		return refuse("ignore", value, why);
	}
	j->n_rules++;
	return 0;
}

static int add_known(struct judging *j, const char *text)
{
	char **grown = realloc(j->known, (j->n_known + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	j->known = grown;
	grown[j->n_known] = strdup(text);
	if (!grown[j->n_known])
		return -ENOMEM;
	j->n_known++;
	return 0;
}

/* -EINVAL: it is no JSON. */
static int add_json(struct judging *j, const char *line)
{
	json_t *o = json_loads(line, 0, NULL);
	const char *print = json_string_value(json_object_get(o, "fingerprint"));
	int err = !o ? -EINVAL : print ? add_known(j, print) : 0;

	json_decref(o);
	return err;
}

static int add_lines(struct judging *j, FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	while (!err && getline(&line, &size, f) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (*line == '{')
			err = add_json(j, line);
		else if (*line && *line != '#')
			err = add_known(j, line);
	}
	free(line);
	return !err && ferror(f) ? -EIO : err;
}

static int read_baseline(struct judging *j, const char *path)
{
	FILE *f = fopen(path, "re");
	int err = f ? add_lines(j, f) : -errno;

	if (f)
		fclose(f);
	if (err)
		return refuse("baseline", path, err == -EINVAL ? "a line is no JSON" : strerror(-err));
	if (j->n_known)
		qsort(j->known, j->n_known, sizeof(*j->known), by_text);
	return 0;
}

void judging_release(struct finding_judge *judge_)
{
	struct judging *j = judge_->ctx;

	*judge_ = (struct finding_judge){ NULL, NULL };
	if (!j)
		return;
	for (size_t i = 0; i < j->n_rules; i++)
		regfree(&j->rule[i].like);
	for (size_t i = 0; i < j->n_known; i++)
		free(j->known[i]);
	free(j->rule);
	free(j->known);
	free(j);
}

int judging_begin(struct finding_judge *ret, const struct options *o)
{
	int err = 0;

	if (o->baseline && !o->fail_on && !o->error_exitcode)
		return refuse("baseline", o->baseline,
			"it says which findings are no reason to fail: add --fail-on=error, warning, note or none");
	if (!o->baseline && !o->ignore.n)
		return 0;
	struct judging *j = calloc(1, sizeof(*j));
	if (!j)
		return -ENOMEM;
	*ret = (struct finding_judge){ judge, j };
	j->rule = calloc(o->ignore.n + 1, sizeof(*j->rule));
	if (!j->rule)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < o->ignore.n; i++)
		err = add_rule(j, o->ignore.text[i]);
	if (!err && o->baseline)
		err = read_baseline(j, o->baseline);
	if (err)
		judging_release(ret);
	return err;
}
