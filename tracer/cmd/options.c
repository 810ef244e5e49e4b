/* SPDX-License-Identifier: MIT */
#include "cmd/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/choice.h>

/* ---- what a row does ---- */

static int refuse(struct options *o, const struct option_row *row, const char *value, const char *what)
{
	snprintf(o->error, sizeof(o->error), "--%s=%.64s: it is %s", row->name, value, what);
	return -EINVAL;
}

static void *member(struct options *o, const struct option_row *row)
{
	return (char *)o + row->place;
}

static int store_int(struct options *o, const struct option_row *row, int n)
{
	bool yes = n != 0;

	memcpy(member(o, row), row->size == sizeof(yes) ? (void *)&yes : (void *)&n, row->size);
	return 0;
}

static int store_word(struct options *o, const struct option_row *row, const char *value)
{
	char allowed[128];
	size_t len = strlen(value), n = 0;

	for (const char *word = row->value; *word; n++) {
		size_t end = strcspn(word, "|");
		if (end == len && memcmp(word, value, len) == 0)
			return store_int(o, row, row->numbers[n]);
		word += end + (word[end] == '|');
	}
	n = (size_t)snprintf(allowed, sizeof(allowed), "one of ");
	for (const char *c = row->value; *c && n + 3 < sizeof(allowed); c++) {
		allowed[n++] = *c == '|' ? ',' : *c;
		if (*c == '|')
			allowed[n++] = ' ';
	}
	allowed[n] = '\0';
	return refuse(o, row, value, allowed);
}

static int store_number(struct options *o, const struct option_row *row, const char *value)
{
	char *end, allowed[64];
	long n = strtol(value, &end, 10);

	if (*value >= '0' && *value <= '9' && !*end && n >= row->low && n <= row->high)
		return store_int(o, row, (int)n);
	snprintf(allowed, sizeof(allowed), "a number from %d to %d", row->low, row->high);
	return refuse(o, row, value, allowed);
}

static int store_time(struct options *o, const struct option_row *row, const char *value)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "", 1e9 }, { "s", 1e9 }, { "ms", 1e6 }, { "us", 1e3 }, { "m", 60e9 }, { "h", 3600e9 } };
	char *end;
	double n = *value >= '0' && *value <= '9' ? strtod(value, &end) : -1;

	for (unsigned i = 0; n > 0 && i < ARRAY_SIZE(units); i++)
		if (strcmp(end, units[i].name) == 0 && n * units[i].ns < 1e18) {
			*(uint64_t *)member(o, row) = (uint64_t)(n * units[i].ns) + 1;
			return 0;
		}
	return refuse(o, row, value, "a time such as 500ms, 5s, 2m, 1h");
}

static int gather(struct option_list *list, const char *value)
{
	char **grown = realloc(list->text, (list->n + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	list->text = grown;
	list->text[list->n++] = (char *)(uintptr_t)value;
	return 0;
}

/* value: NULL where none is given, for it takes none or its value is optional. */
static int apply(struct options *o, const struct option_row *row, const char *value)
{
	o->asked |= row->asked;
	for (unsigned i = 0; row->kind != OPTION_COMMAND && i < OPTION_GROUPS; i++)
		if ((row->group & 1U << i) && !o->of_group[i])
			o->of_group[i] = row;
	switch (row->kind) {
	case OPTION_STORES:
		return store_int(o, row, row->number);
	case OPTION_WORD:
		return value ? store_word(o, row, value) : store_int(o, row, row->number);
	case OPTION_NUMBER:
		return value ? store_number(o, row, value) : store_int(o, row, row->number);
	case OPTION_TIME:
		return store_time(o, row, value);
	case OPTION_TEXT:
		*(const char **)member(o, row) = value;
		return 0;
	case OPTION_GATHERS:
		return gather(member(o, row), value);
	case OPTION_CALLS:
		return row->set(o, value);
	case OPTION_COMMAND:
		o->command = (enum command)row->number;
		o->subject = value;
		return 0;
	case OPTION_HEADING:
		break;
	}
	return -EINVAL;
}

/* ---- words ---- */

struct parser {
	struct options *o;
	struct option_table table;
	char **argv;
	int argc, at;
	int first, kept; /* words that are no options: argv[first..first + kept) */
	bool words;      /* the command is about words: options may follow them */
};

static const struct option_row *by_letter(const struct parser *p, char c)
{
	for (size_t i = 0; i < p->table.n; i++)
		if (p->table.row[i].name && p->table.row[i].letter == c)
			return &p->table.row[i];
	return NULL;
}

static const struct option_row *by_name(const struct parser *p, const char *name, size_t len)
{
	for (size_t i = 0; i < p->table.n; i++) {
		const struct option_row *row = &p->table.row[i];
		if (row->name && strlen(row->name) == len && memcmp(row->name, name, len) == 0)
			return row;
	}
	return NULL;
}

static int have(struct parser *p, const struct option_row *row, const char *value)
{
	p->words |= row->kind == OPTION_COMMAND && row->words;
	return apply(p->o, row, value);
}

/* The value is the next word. */
static int have_next(struct parser *p, const struct option_row *row, const char *option)
{
	if (p->at + 1 < p->argc)
		return have(p, row, p->argv[++p->at]);
	snprintf(p->o->error, sizeof(p->o->error), "%s needs a value: %s", option, row->value);
	return -EINVAL;
}

/* What strace would do, and what there is here instead. */
static const struct {
	char letter;
	const char *name, *text;
} of_strace[] = {
#define INSTEAD(letter, name, text) { letter, name, text },
#include "cmd/strace_options.def"
#undef INSTEAD
};

/* option: as it is given, with len bytes. */
static int none_such(struct options *o, const char *option, size_t len)
{
	bool is_long = option[1] == '-';
	const char *instead = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(of_strace) && !instead; i++) {
		const char *name = of_strace[i].name;
		bool same = is_long ? strlen(name) == len - 2 && memcmp(name, option + 2, len - 2) == 0 :
				      of_strace[i].letter == option[1];
		if (same)
			instead = of_strace[i].text;
	}
	if (instead)
		snprintf(o->error, sizeof(o->error), "%.*s is strace's: %s", (int)len, option, instead);
	else
		snprintf(o->error, sizeof(o->error), "there is no option %.*s; see --help", (int)len, option);
	return -EINVAL;
}

static int parse_long(struct parser *p)
{
	const char *word = p->argv[p->at] + 2;
	size_t len = strcspn(word, "=");
	const struct option_row *row = by_name(p, word, len);
	const char *value = word[len] ? word + len + 1 : NULL;

	if (!row)
		return none_such(p->o, p->argv[p->at], len + 2);
	if (!row->value && value) {
		snprintf(p->o->error, sizeof(p->o->error), "--%s takes no value", row->name);
		return -EINVAL;
	}
	return value || !row->value || row->optional ? have(p, row, value) : have_next(p, row, p->argv[p->at]);
}

static int parse_letters(struct parser *p)
{
	for (const char *c = p->argv[p->at] + 1; *c; c++) {
		const struct option_row *row = by_letter(p, *c);
		const char option[] = { '-', *c, '\0' };
		if (!row)
			return none_such(p->o, option, 2);
		if (row->value)
			return c[1] || row->optional ? have(p, row, c[1] ? c + 1 : NULL) : have_next(p, row, option);
		int err = have(p, row, NULL);
		if (err)
			return err;
	}
	return 0;
}

static void keep(struct parser *p)
{
	if (!p->kept)
		p->first = p->at;
	p->argv[p->first + p->kept++] = p->argv[p->at];
}

/* Options up to "--" or the first word that is none; behind it only where the command is about words. */
static int parse(struct parser *p)
{
	for (; p->at < p->argc; p->at++) {
		const char *word = p->argv[p->at];
		int err = 0;
		if (strcmp(word, "--") == 0) {
			p->at++;
			break;
		}
		if (word[0] == '-' && word[1])
			err = word[1] == '-' ? parse_long(p) : parse_letters(p);
		else if (p->words)
			keep(p);
		else
			break;
		if (err)
			return err;
	}
	while (p->words && p->at < p->argc) {
		keep(p);
		p->at++;
	}
	return 0;
}

int options_parse_by(struct option_table table, struct options *o, int argc, char **argv)
{
	struct parser p = { .o = o, .table = table, .argc = argc, .argv = argv, .at = argc > 0 };

	*o = (struct options){ .prove = PROVE_FIRST, .creators = true, .color = -1, .mode = MODE_FILTER };
	o->error_severity = SEVERITY_NOTE;
	o->census = (struct census_options){ .top = -1 };
	choice_default(&o->choice);
	int err = parse(&p);
	if (err)
		return err;
	o->argv = argv + (p.kept ? p.first : p.at);
	o->argc = p.kept ? p.kept : argc - p.at;
	return 0;
}

int options_parse(struct options *o, int argc, char **argv)
{
	return options_parse_by(option_rows(), o, argc, argv);
}

void options_release(struct options *o)
{
	free(o->env.text);
	free(o->processes.text);
	free(o->cost_with.text);
	free(o->ignore.text);
	o->env = o->processes = o->cost_with = o->ignore = (struct option_list){ NULL, 0 };
}
