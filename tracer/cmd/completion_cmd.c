/* SPDX-License-Identifier: MIT */
/*
 * Each script is a file, completion.SHELL, in which a line "#@part" stands for what is made of tables. What the
 * argument of an option is, its row says: "on|off" are words, and a name has a row in kinds[]; another name completes
 * to nothing.
 */
#include "cmd/completion_cmd.h"

#include <stdio.h>
#include <string.h>

#include <thrtrace/call.h>
#include <thrtrace/choice.h>
#include <thrtrace/explain.h>
#include <thrtrace/findings.h>
#include <thrtrace/lessons.h>
#include <thrtrace/roles.h>

#include "cmd/commands.h"
#include "cmd/completion_scripts.h"
#include "cmd/print.h"

enum shell_id { BASH, ZSH, FISH, SHELLS };

struct shell {
	enum shell_id id;
	const char *name, *script;
	const char *list, *list_end; /* how a list of words begins, behind whose name, and ends */
};

static const struct shell shells[SHELLS] = {
	[BASH] = { BASH, "bash", completion_bash, "_thrtrace_%s='", "'\n" },
	[ZSH] = { ZSH, "zsh", completion_zsh, "_thrtrace_%s=(", ")\n" },
	[FISH] = { FISH, "fish", completion_fish, "set -g __thrtrace_%s ", "\n" },
};

const struct shell *completion_shell(const char *name)
{
	for (unsigned i = 0; i < SHELLS; i++)
		if (strcmp(shells[i].name, name) == 0)
			return &shells[i];
	return NULL;
}

/*
 * What completes an argument of that name: a command of bash over "$2", what has been typed of it; an action of zsh;
 * options of fish's complete.
 */
static const struct {
	const char *value, *complete[SHELLS];
} kinds[] = {
	{ "FILE", { "_thrtrace_files \"$2\"", "_files", "-rF" } },
	{ "EXPR", { "_thrtrace_expr \"$2\"", "_thrtrace_expr", "-xa '(__thrtrace_expr)'" } },
	{ "VAR[=VAL]",
		{ "mapfile -t COMPREPLY < <(compgen -e -- \"$2\")", "_parameters -g \"*export*\"",
			"-xa '(set --names --export)'" } },
	{ "KIND[,...]",
		{ "_thrtrace_list \"error warning note none $_thrtrace_findings\" '' \"$2\"", "_thrtrace_kinds",
			"-xa '(__thrtrace_list error warning note none $__thrtrace_findings)'" } },
	{ "KIND:REGEX",
		{ "_thrtrace_add '' \"$_thrtrace_findings\" \"$2\"", "_thrtrace_kind", "-xa '$__thrtrace_findings'" } },
	{ "LESSON",
		{ "_thrtrace_add '' \"$_thrtrace_lessons\" \"$2\"", "_thrtrace_lesson", "-xa '$__thrtrace_lessons'" } },
	{ "PROCESS[,...]",
		{ "_thrtrace_list \"$(cd /proc && echo [0-9]* && cat [0-9]*/comm 2>/dev/null)\" '' \"$2\"",
			"_sequence _pids", "-xa '(__fish_complete_pids)'" } },
};

static const char *kind_of(const struct option_row *row, enum shell_id shell)
{
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].value, row->value) == 0)
			return kinds[i].complete[shell];
	return NULL;
}

static bool has_words(const struct option_row *row)
{
	return strchr(row->value, '|');
}

/* "on|off" as "on off". */
static void put_words_of(struct outbuf *out, const char *value)
{
	for (; *value; value++)
		outbuf_putc(out, *value == '|' ? ' ' : *value);
}

/* ---- parts of scripts ---- */

static void put_calls(struct outbuf *out, struct option_table table)
{
	(void)table;
	outbuf_puts(out, "all none");
	for (size_t i = 0; choice_set_name(i); i++)
		outbuf_printf(out, " %%%s", choice_set_name(i));
	for (unsigned i = 0; i < CALL_IDS; i++)
		outbuf_printf(out, " %s", call_row((enum call_id)i)->name);
}

static void put_flags(struct outbuf *out, struct option_table table)
{
	size_t n;
	const struct clone_flag *rows = clone_flag_rows(&n);

	(void)table;
	for (size_t i = 0; i < n; i++)
		outbuf_printf(out, "%s%s", i ? " " : "", rows[i].name);
}

static void put_resources(struct outbuf *out, struct option_table table)
{
	size_t n;
	const struct resource_row *rows = resource_rows(&n);

	(void)table;
	for (size_t i = 0; i < n; i++)
		outbuf_printf(out, "%s%s", i ? " " : "", rows[i].key);
}

static void put_findings(struct outbuf *out, struct option_table table)
{
	(void)table;
	for (size_t i = 0; finding_row_at(i); i++)
		outbuf_printf(out, "%s%s", i ? " " : "", finding_row_at(i)->id);
}

static void put_lessons(struct outbuf *out, struct option_table table)
{
	(void)table;
	outbuf_puts(out, "all");
	for (size_t i = 0; lesson_at(i); i++)
		outbuf_printf(out, " %s", lesson_at(i)->name);
}

/* Of the table of roles, where the rows of each stand together. */
static void put_runtimes(struct outbuf *out, struct option_table table)
{
	const char *last = "";
	const struct role_row *row;

	(void)table;
	for (size_t i = 0; (row = role_row_at(i)); i++) {
		if (strcmp(row->runtime, last) != 0)
			outbuf_printf(out, "%s%s", i ? " " : "", row->runtime);
		last = row->runtime;
	}
}

/* Every option; one that needs a value ends in "=", behind which no blank is put. */
static void put_options(struct outbuf *out, struct option_table table)
{
	for (const struct option_row *row = table.row; row < table.row + table.n; row++) {
		if (!row->name)
			continue;
		if (row->letter)
			outbuf_printf(out, "-%c ", row->letter);
		outbuf_printf(out, "--%s%s ", row->name, row->value && !row->optional ? "=" : "");
	}
}

/* Those whose value is the next word, if it is not in the same. */
static void put_valued(struct outbuf *out, struct option_table table)
{
	for (const struct option_row *row = table.row; row < table.row + table.n; row++) {
		if (!row->value || row->optional)
			continue;
		if (row->letter)
			outbuf_printf(out, "-%c ", row->letter);
		outbuf_printf(out, "--%s ", row->name);
	}
}

static void put_letters(struct outbuf *out, struct option_table table)
{
	for (size_t i = 0; i < table.n; i++)
		if (table.row[i].letter && table.row[i].value && !table.row[i].optional)
			outbuf_putc(out, table.row[i].letter);
}

static void put_words(struct outbuf *out, struct option_table table)
{
	for (size_t i = 0; i < table.n; i++)
		if (table.row[i].words)
			outbuf_printf(out, "--%s ", table.row[i].name);
}

/* Branches of bash's case: what completes the value of each option. */
static void put_bash_values(struct outbuf *out, struct option_table table)
{
	for (const struct option_row *row = table.row; row < table.row + table.n; row++) {
		if (!row->value)
			continue;
		outbuf_puts(out, "\t");
		if (row->letter)
			outbuf_printf(out, "-%c | ", row->letter);
		outbuf_printf(out, "--%s) ", row->name);
		const char *kind = kind_of(row, BASH);
		if (kind) {
			outbuf_puts(out, kind);
		} else if (has_words(row)) {
			outbuf_puts(out, "_thrtrace_add '' '");
			put_words_of(out, row->value);
			outbuf_puts(out, "' \"$2\"");
		} else {
			outbuf_putc(out, ':');
		}
		outbuf_puts(out, " ;;\n");
	}
}

/* Text inside single quotes: a backslash goes before each of the special characters, and quote stands for a quote. */
static void put_quoted(struct outbuf *out, const char *text, const char *special, const char *quote)
{
	for (; *text; text++) {
		if (strchr(special, *text))
			outbuf_putc(out, '\\');
		if (*text == '\'')
			outbuf_puts(out, quote);
		else
			outbuf_putc(out, *text);
	}
}

static void put_zsh_text(struct outbuf *out, const char *text)
{
	put_quoted(out, text, "[]:\\", "'\\''");
}

/* One specification of _arguments: '*--notes=[explain ...]:value:(first all none)'. "*": it may be repeated. */
static void put_zsh_spec(struct outbuf *out, const struct option_row *row, const char *option)
{
	outbuf_printf(out, "\t\t'*%s[", option);
	put_zsh_text(out, row->help);
	outbuf_putc(out, ']');
	if (row->value) {
		const char *kind = kind_of(row, ZSH);
		outbuf_puts(out, row->optional ? "::" : ":");
		put_zsh_text(out, kind ? row->value : row->name);
		outbuf_putc(out, ':');
		if (kind) {
			outbuf_puts(out, kind);
		} else if (has_words(row)) {
			outbuf_putc(out, '(');
			put_words_of(out, row->value);
			outbuf_putc(out, ')');
		}
	}
	outbuf_puts(out, "'\n");
}

static void put_zsh_specs(struct outbuf *out, struct option_table table)
{
	char option[64];

	for (const struct option_row *row = table.row; row < table.row + table.n; row++) {
		if (!row->name)
			continue;
		if (row->letter) {
			snprintf(option, sizeof(option), "-%c%s", row->letter,
				!row->value           ? "" :
					row->optional ? "-" :
							"+");
			put_zsh_spec(out, row, option);
		}
		snprintf(option, sizeof(option), "--%s%s", row->name, !row->value ? "" : row->optional ? "=-" : "=");
		put_zsh_spec(out, row, option);
	}
}

static void put_fish_specs(struct outbuf *out, struct option_table table)
{
	for (const struct option_row *row = table.row; row < table.row + table.n; row++) {
		if (!row->name)
			continue;
		outbuf_puts(out, "complete -c thrtrace -n __thrtrace_own");
		if (row->letter)
			outbuf_printf(out, " -s %c", row->letter);
		outbuf_printf(out, " -l %s", row->name);
		const char *kind = row->value ? kind_of(row, FISH) : NULL;
		if (kind) {
			outbuf_printf(out, " %s", kind);
		} else if (row->value) {
			outbuf_printf(out, " %s '", row->optional ? "-fa" : "-xa");
			put_words_of(out, has_words(row) ? row->value : "");
			outbuf_putc(out, '\'');
		} else {
			outbuf_puts(out, " -f");
		}
		outbuf_puts(out, " -d '");
		put_quoted(out, row->help, "\\", "\\'");
		outbuf_puts(out, "'\n");
	}
}

/* ---- scripts ---- */

typedef void put_part(struct outbuf *out, struct option_table table);

static put_part *const put_specs[SHELLS] = { [ZSH] = put_zsh_specs, [FISH] = put_fish_specs };

static const struct {
	const char *name;
	put_part *put;
} lists[] = { { "options", put_options }, { "valued", put_valued }, { "letters", put_letters }, { "words", put_words },
	{ "calls", put_calls }, { "flags", put_flags }, { "resources", put_resources }, { "findings", put_findings },
	{ "lessons", put_lessons }, { "runtimes", put_runtimes } };

static bool is(const char *text, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(text, name, len) == 0;
}

static void put_part_of(
	struct outbuf *out, const char *part, size_t len, const struct shell *shell, struct option_table table)
{
	if (is(part, len, "head"))
		outbuf_printf(out, "# Completions of thrtrace %s for %s, as thrtrace --completion=%s prints them.\n",
			THRTRACE_VERSION, shell->name, shell->name);
	else if (is(part, len, "values"))
		put_bash_values(out, table);
	else if (is(part, len, "specs"))
		put_specs[shell->id](out, table);
	for (unsigned i = 0; i < ARRAY_SIZE(lists); i++) {
		if (!is(part, len, lists[i].name))
			continue;
		outbuf_printf(out, shell->list, lists[i].name);
		lists[i].put(out, table);
		outbuf_puts(out, shell->list_end);
	}
}

void completion_script(struct outbuf *out, const struct shell *shell, struct option_table table)
{
	const char *line = shell->script;

	while (*line) {
		size_t len = strcspn(line, "\n"), end = len + (line[len] == '\n'), blank = strspn(line, "\t");
		if (strncmp(line + blank, "#@", 2) == 0)
			put_part_of(out, line + blank + 2, len - blank - 2, shell, table);
		else
			outbuf_put(out, line, end);
		line += end;
	}
}

int completion_cmd(struct options *o)
{
	const struct shell *shell = completion_shell(o->subject);
	struct outbuf out;

	if (!shell) {
		fprintf(stderr, "thrtrace: --completion=%.64s: it is one of", o->subject);
		for (unsigned i = 0; i < SHELLS; i++)
			fprintf(stderr, "%s %s", i ? "," : "", shells[i].name);
		fputc('\n', stderr);
		return EXIT_OWN;
	}
	outbuf_init(&out, 1 << 20);
	completion_script(&out, shell, option_rows());
	return print(&out, stdout);
}
