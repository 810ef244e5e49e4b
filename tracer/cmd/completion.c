/* SPDX-License-Identifier: MIT */
/*
 * Each script has a part that is the same always, and lists made of tables. What the argument of an option is, its row
 * says: "on|off" are words, and a name has a row in kinds[]; another name completes to nothing.
 */
#include "cmd/completion.h"

#include <stdio.h>
#include <string.h>

#include <thrtrace/call.h>
#include <thrtrace/explain.h>

#include "cmd/options.h"
#include <thrtrace/choice.h>

enum shell completion_shell(const char *name)
{
	static const char *const names[SHELLS] = { [SHELL_BASH] = "bash", [SHELL_ZSH] = "zsh" };
	unsigned i = 0;

	while (i < SHELLS && strcmp(names[i], name))
		i++;
	return (enum shell)i;
}

/* What completes an argument of that name: a command of bash over "$2", what has been typed of it; an action of zsh. */
static const struct {
	const char *value, *bash, *zsh;
} kinds[] = {
	{ "FILE", "_thrtrace_files \"$2\"", "_files" },
	{ "EXPR", "_thrtrace_expr \"$2\"", "_thrtrace_expr" },
	{ "VAR[=VAL]", "mapfile -t COMPREPLY < <(compgen -e -- \"$2\")", "_parameters -g \"*export*\"" },
	{ "PID[,PID...]", "_thrtrace_list \"$(cd /proc && echo [0-9]*)\" '' \"$2\"", "_sequence _pids" },
};

static const char *kind_of(const struct option_row *row, enum shell shell)
{
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].value, row->value) == 0)
			return shell == SHELL_BASH ? kinds[i].bash : kinds[i].zsh;
	return NULL;
}

/* "on|off" as "on off". */
static void put_words(struct outbuf *out, const char *value)
{
	for (; *value; value++)
		outbuf_putc(out, *value == '|' ? ' ' : *value);
}

/* ---- lists ---- */

/* One list a line of the script: its name, then what put() adds word by word. */
static void put_list(struct outbuf *out, enum shell shell, const char *name, void (*put)(struct outbuf *))
{
	outbuf_printf(out, shell == SHELL_BASH ? "_thrtrace_%s='" : "_thrtrace_%s=(", name);
	put(out);
	outbuf_puts(out, shell == SHELL_BASH ? "'\n" : ")\n");
}

static void put_calls(struct outbuf *out)
{
	outbuf_puts(out, "all none");
	for (size_t i = 0; choice_set_name(i); i++)
		outbuf_printf(out, " %%%s", choice_set_name(i));
	for (unsigned i = 0; i < CALL_IDS; i++)
		outbuf_printf(out, " %s", call_row((enum call_id)i)->name);
}

static void put_flags(struct outbuf *out)
{
	size_t n;
	const struct clone_flag *rows = clone_flag_rows(&n);

	for (size_t i = 0; i < n; i++)
		outbuf_printf(out, "%s%s", i ? " " : "", rows[i].name);
}

/* ---- bash ---- */

/* Every option; one with a value ends in "=", behind which no blank is put. */
static void put_bash_options(struct outbuf *out)
{
	size_t n;
	const struct option_row *rows = option_rows(&n);

	for (const struct option_row *row = rows; row < rows + n; row++) {
		if (!row->name)
			continue;
		if (row->letter)
			outbuf_printf(out, "-%c ", row->letter);
		outbuf_printf(out, "--%s%s ", row->name, row->argument == ARGUMENT_YES ? "=" : "");
	}
}

static void put_bash_letters(struct outbuf *out)
{
	size_t n;
	const struct option_row *rows = option_rows(&n);

	for (size_t i = 0; i < n; i++)
		if (rows[i].name && rows[i].letter && rows[i].argument == ARGUMENT_YES)
			outbuf_putc(out, rows[i].letter);
}

/* The function that completes values; it fails for an option without one. */
static void put_bash_values(struct outbuf *out)
{
	size_t n;
	const struct option_row *rows = option_rows(&n);

	outbuf_puts(out,
		"\n# An option, and what has been typed of its value; fails when it takes none.\n"
		"_thrtrace_value()\n{\n\tcase $1 in\n");
	for (const struct option_row *row = rows; row < rows + n; row++) {
		if (!row->name || row->argument == ARGUMENT_NO)
			continue;
		outbuf_puts(out, "\t");
		if (row->letter)
			outbuf_printf(out, "-%c | ", row->letter);
		outbuf_printf(out, "--%s) ", row->name);
		const char *kind = kind_of(row, SHELL_BASH);
		if (kind) {
			outbuf_puts(out, kind);
		} else if (strchr(row->value, '|')) {
			outbuf_puts(out, "_thrtrace_add '' '");
			put_words(out, row->value);
			outbuf_puts(out, "' \"$2\"");
		} else {
			outbuf_putc(out, ':');
		}
		outbuf_puts(out, " ;;\n");
	}
	outbuf_puts(out, "\t*) return 1 ;;\n\tesac\n}\n");
}

static const char bash_helpers[] =
	"\n"
	"# Candidates: a prefix, before each of the words that begin with what has been typed.\n"
	"_thrtrace_add()\n"
	"{\n"
	"\tlocal word IFS=$' \\t\\n'\n"
	"\tfor word in $2; do\n"
	"\t\tif [[ $word == \"$3\"* ]]; then\n"
	"\t\t\tCOMPREPLY+=(\"$1$word\")\n"
	"\t\tfi\n"
	"\tdone\n"
	"}\n"
	"\n"
	"# The last of a list with commas, its marks kept: words, prefix, what has been typed.\n"
	"_thrtrace_list()\n"
	"{\n"
	"\tlocal last=${3##*,} marks\n"
	"\tmarks=${last%%[^!?]*}\n"
	"\t_thrtrace_add \"$2${3%\"$last\"}$marks\" \"$1\" \"${last#\"$marks\"}\"\n"
	"}\n"
	"\n"
	"_thrtrace_expr()\n"
	"{\n"
	"\tcase $1 in\n"
	"\tsignal=*) _thrtrace_add signal= 'all none' \"${1#*=}\" ;;\n"
	"\ttrace=* | t=*) _thrtrace_list \"$_thrtrace_calls\" \"${1%%=*}=\" \"${1#*=}\" ;;\n"
	"\t*)\n"
	"\t\t_thrtrace_add '' 'trace= signal=' \"$1\"\n"
	"\t\t_thrtrace_list \"$_thrtrace_calls\" '' \"$1\"\n"
	"\t\t;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"_thrtrace_files()\n"
	"{\n"
	"\tmapfile -t COMPREPLY < <(compgen -f -- \"$1\")\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"}\n"
	"\n"
	"# The traced program and its arguments, which begin at that word.\n"
	"_thrtrace_program()\n"
	"{\n"
	"\tif declare -F _comp_command_offset >/dev/null; then\n"
	"\t\t_comp_command_offset \"$1\"\n"
	"\telif declare -F _command_offset >/dev/null; then\n"
	"\t\t_command_offset \"$1\"\n"
	"\telif (($1 == COMP_CWORD)) && [[ $2 != */* ]]; then\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -c -- \"$2\")\n"
	"\telse\n"
	"\t\t_thrtrace_files \"$2\"\n"
	"\tfi\n"
	"}\n";

static const char bash_main[] =
	"\n"
	"_thrtrace()\n"
	"{\n"
	"\tlocal words=() starts=() rest=$COMP_LINE i word option= explain= prefix= value\n"
	"\tCOMPREPLY=()\n"
	"\t# The shell may have split words at \"=\": they are put together again where no blank is between.\n"
	"\tfor ((i = 0; i <= COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tif ((i == 0)) || [[ $rest == [[:blank:]]* ]]; then\n"
	"\t\t\twords+=(\"$word\") starts+=(\"$i\")\n"
	"\t\telse\n"
	"\t\t\twords[${#words[@]} - 1]+=$word\n"
	"\t\tfi\n"
	"\t\trest=${rest#*\"$word\"}\n"
	"\tdone\n"
	"\tfor ((i = 1; i < ${#words[@]} - 1; i++)); do\n"
	"\t\tword=${words[i]}\n"
	"\t\tif [[ $option ]]; then\n"
	"\t\t\toption=\n"
	"\t\telif [[ $word == -- ]]; then\n"
	"\t\t\t_thrtrace_program \"${starts[i + 1]}\" \"${words[-1]}\"\n"
	"\t\t\treturn\n"
	"\t\telif [[ $word == --explain ]]; then\n"
	"\t\t\texplain=1\n"
	"\t\telif [[ \" $_thrtrace_options\" == *\" $word= \"* ]]; then\n"
	"\t\t\toption=$word\n"
	"\t\telif [[ $word =~ ^-[^-$_thrtrace_letters]*([$_thrtrace_letters])$ ]]; then\n"
	"\t\t\toption=-${BASH_REMATCH[1]}\n"
	"\t\telif [[ $word != -?* && ! $explain ]]; then\n"
	"\t\t\t_thrtrace_program \"${starts[i]}\" \"${words[-1]}\"\n"
	"\t\t\treturn\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tword=${words[-1]} value=$word\n"
	"\tif [[ ! $option && $word == --*=* ]]; then\n"
	"\t\toption=${word%%=*} value=${word#*=} prefix=$option=\n"
	"\telif [[ ! $option && $word =~ ^(-[^-$_thrtrace_letters]*([$_thrtrace_letters]))(.+)$ ]]; then\n"
	"\t\toption=-${BASH_REMATCH[2]} value=${BASH_REMATCH[3]} prefix=${BASH_REMATCH[1]}\n"
	"\tfi\n"
	"\tif [[ $option ]]; then\n"
	"\t\t_thrtrace_value \"$option\" \"$value\" || return\n"
	"\telif [[ $word == -* ]]; then\n"
	"\t\t_thrtrace_add '' \"$_thrtrace_options\" \"$word\"\n"
	"\telif [[ $explain ]]; then\n"
	"\t\t_thrtrace_list \"$_thrtrace_flags\" '' \"$word\"\n"
	"\telse\n"
	"\t\t_thrtrace_program \"${starts[-1]}\" \"$word\"\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tCOMPREPLY=(\"${COMPREPLY[@]/#/$prefix}\")\n"
	"\t# Where the shell splits at \"=\", it replaces only what follows the last one.\n"
	"\tif [[ $COMP_WORDBREAKS == *=* && $word == *=* ]]; then\n"
	"\t\tCOMPREPLY=(\"${COMPREPLY[@]#\"${word%\"${word##*=}\"}\"}\")\n"
	"\tfi\n"
	"\tif ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *= ]]; then\n"
	"\t\tcompopt -o nospace 2>/dev/null\n"
	"\tfi\n"
	"}\n"
	"complete -F _thrtrace thrtrace\n";

static void bash_script(struct outbuf *out)
{
	outbuf_puts(out,
		"# Completions of thrtrace " THRTRACE_VERSION
		" for bash, as thrtrace --completion=bash prints them.\n\n");
	put_list(out, SHELL_BASH, "options", put_bash_options);
	put_list(out, SHELL_BASH, "letters", put_bash_letters);
	put_list(out, SHELL_BASH, "calls", put_calls);
	put_list(out, SHELL_BASH, "flags", put_flags);
	outbuf_puts(out, bash_helpers);
	put_bash_values(out);
	outbuf_puts(out, bash_main);
}

/* ---- zsh ---- */

/* Text of a specification of _arguments, inside single quotes. */
static void put_zsh_text(struct outbuf *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("[]:\\", *text))
			outbuf_putc(out, '\\');
		outbuf_puts(out, *text == '\'' ? "'\\'" : "");
		outbuf_putc(out, *text);
	}
}

/* One specification: '*--notes=[explain ...]:value:(first all none)'. "*": it may be repeated. */
static void put_zsh_spec(struct outbuf *out, const struct option_row *row, const char *option)
{
	outbuf_printf(out, "\t\t'*%s[", option);
	put_zsh_text(out, row->help);
	outbuf_putc(out, ']');
	if (row->argument == ARGUMENT_YES) {
		const char *kind = kind_of(row, SHELL_ZSH);
		outbuf_putc(out, ':');
		put_zsh_text(out, kind ? row->value : row->name);
		outbuf_putc(out, ':');
		if (kind) {
			outbuf_puts(out, kind);
		} else if (strchr(row->value, '|')) {
			outbuf_putc(out, '(');
			put_words(out, row->value);
			outbuf_putc(out, ')');
		}
	}
	outbuf_puts(out, "'\n");
}

static void put_zsh_specs(struct outbuf *out)
{
	size_t n;
	const struct option_row *rows = option_rows(&n);
	char option[64];

	for (const struct option_row *row = rows; row < rows + n; row++) {
		bool valued = row->argument == ARGUMENT_YES;
		if (!row->name)
			continue;
		if (row->letter) {
			snprintf(option, sizeof(option), "-%c%s", row->letter, valued ? "+" : "");
			put_zsh_spec(out, row, option);
		}
		snprintf(option, sizeof(option), "--%s%s", row->name, valued ? "=" : "");
		put_zsh_spec(out, row, option);
	}
}

static const char zsh_head[] = "\n"
			       "# The last of a list with commas, behind its marks.\n"
			       "_thrtrace_list() {\n"
			       "\tcompset -P '*,'\n"
			       "\tcompset -P '[?!]#'\n"
			       "\tcompadd -S '' -a \"$1\"\n"
			       "}\n"
			       "\n"
			       "_thrtrace_expr() {\n"
			       "\tif compset -P 'signal='; then\n"
			       "\t\tcompadd all none\n"
			       "\telif compset -P '(t|trace)='; then\n"
			       "\t\t_thrtrace_list _thrtrace_calls\n"
			       "\telse\n"
			       "\t\tcompadd -S '' trace= signal=\n"
			       "\t\t_thrtrace_list _thrtrace_calls\n"
			       "\tfi\n"
			       "}\n"
			       "\n"
			       "# Words of --explain, else the program to be traced and its arguments.\n"
			       "_thrtrace_first() {\n"
			       "\tif (( ${words[(I)--explain]} )); then\n"
			       "\t\t_thrtrace_list _thrtrace_flags\n"
			       "\telse\n"
			       "\t\t_command_names -e\n"
			       "\tfi\n"
			       "}\n"
			       "\n"
			       "_thrtrace() {\n"
			       "\tlocal -a specs\n"
			       "\tspecs=(\n";

static const char zsh_main[] = "\t)\n"
			       "\tif (( ${words[(I)--explain]} )); then\n"
			       "\t\tspecs+=('*:word:_thrtrace_first')\n"
			       "\telse\n"
			       "\t\tspecs+=('(-)1:program:_thrtrace_first' '*::argument:_normal')\n"
			       "\tfi\n"
			       "\t_arguments -s -S $specs\n"
			       "}\n"
			       "\n"
			       "# Autoloaded from a directory of functions, or read by source.\n"
			       "if [[ $funcstack[1] == _thrtrace ]]; then\n"
			       "\t_thrtrace \"$@\"\n"
			       "else\n"
			       "\tcompdef _thrtrace thrtrace\n"
			       "fi\n";

static void zsh_script(struct outbuf *out)
{
	outbuf_puts(out,
		"#compdef thrtrace\n"
		"# Completions of thrtrace " THRTRACE_VERSION " for zsh, as thrtrace --completion=zsh prints them.\n\n"
		"typeset -ga _thrtrace_calls _thrtrace_flags\n");
	put_list(out, SHELL_ZSH, "calls", put_calls);
	put_list(out, SHELL_ZSH, "flags", put_flags);
	outbuf_puts(out, zsh_head);
	put_zsh_specs(out);
	outbuf_puts(out, zsh_main);
}

void completion_script(struct outbuf *out, enum shell shell)
{
	if (shell == SHELL_BASH)
		bash_script(out);
	else
		zsh_script(out);
}
