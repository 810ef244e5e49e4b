/* SPDX-License-Identifier: MIT */
#include "cmd/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/built_with.h"
#include <thrtrace/choice.h>

static int bad_value(struct options *o, const char *option, const char *value, const char *allowed)
{
	snprintf(o->error, sizeof(o->error), "--%s=%s: it is one of %s", option, value, allowed);
	return -EINVAL;
}

/* ---- setters ---- */

static int set_follow(struct options *o, const char *value)
{
	(void)value;
	o->follow_forks = true;
	o->given |= GIVEN_FOLLOW;
	return 0;
}

static int set_env(struct options *o, const char *value)
{
	char **grown = realloc(o->env_changes, (o->n_env_changes + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	o->given |= GIVEN_ENV;
	o->env_changes = grown;
	o->env_changes[o->n_env_changes++] = (char *)(uintptr_t)value;
	return 0;
}

static int set_mode(struct options *o, enum trace_mode mode)
{
	o->mode = mode;
	o->given |= GIVEN_MODE;
	return 0;
}

static int set_no_seccomp(struct options *o, const char *value)
{
	(void)value;
	return set_mode(o, MODE_ALL);
}

static int set_seccomp(struct options *o, const char *value)
{
	(void)value;
	return set_mode(o, MODE_FILTER);
}

static int set_light(struct options *o, const char *value)
{
	(void)value;
	return set_mode(o, MODE_LIGHT);
}

static int add_pid(struct options *o, pid_t pid)
{
	for (size_t i = 0; i < o->n_pids; i++)
		if (o->pids[i] == pid)
			return 0;
	pid_t *grown = realloc(o->pids, (o->n_pids + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	o->pids = grown;
	o->pids[o->n_pids++] = pid;
	return 0;
}

/* Numbers as pidof(1) and pgrep(1) print them. */
static int set_attach(struct options *o, const char *value)
{
	static const char between[] = ", \t\n";
	const char *at = value + strspn(value, between);

	if (!*at) {
		snprintf(o->error, sizeof(o->error),
			"-p needs the number of a process: nothing is named (does what you asked for run?)");
		return -EINVAL;
	}
	while (*at) {
		char *end;
		long pid = strtol(at, &end, 10);
		if (end == at || !(strchr(between, *end)) || *at == '+' || pid < 1 || pid > INT32_MAX) {
			snprintf(o->error, sizeof(o->error), "-p %.64s: it is no number of a process", value);
			return -EINVAL;
		}
		int err = add_pid(o, (pid_t)pid);
		if (err)
			return err;
		at = end + strspn(end, between);
	}
	return 0;
}

static int set_only_thread(struct options *o, const char *value)
{
	(void)value;
	o->only_thread = true;
	return 0;
}

static int set_duration(struct options *o, const char *value)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "", 1e9 }, { "s", 1e9 }, { "ms", 1e6 }, { "us", 1e3 }, { "m", 60e9 }, { "h", 3600e9 } };
	char *end;
	double n = *value >= '0' && *value <= '9' ? strtod(value, &end) : -1;

	for (unsigned i = 0; n > 0 && i < ARRAY_SIZE(units); i++)
		if (strcmp(end, units[i].name) == 0 && n * units[i].ns < 1e18) {
			o->duration_ns = (uint64_t)(n * units[i].ns) + 1;
			return 0;
		}
	snprintf(o->error, sizeof(o->error), "--duration=%.64s: it is a time such as 500ms, 5s, 2m, 1h", value);
	return -EINVAL;
}

static int set_error_exitcode(struct options *o, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (n < 1 || n > 255 || *end || *value < '0' || *value > '9') {
		snprintf(o->error, sizeof(o->error), "--error-exitcode=%.64s: it is a number from 1 to 255", value);
		return -EINVAL;
	}
	o->error_exitcode = (int)n;
	return 0;
}

static int set_choice(struct options *o, const char *value)
{
	const char *key = strchr(value, '=');

	o->given |= key && key - value == 6 ? GIVEN_SIGNALS :
					      GIVEN_CALLS; /* signal=..., or trace=... and its short forms */
	return choice_parse(&o->choice, value, o->error, sizeof(o->error));
}

static int set_prove(struct options *o, const char *value)
{
	static const char *const values[] = { [PROVE_NOT] = "off", [PROVE_FIRST] = "on", [PROVE_EACH] = "each" };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (strcmp(value, values[i]) == 0) {
			o->prove = (enum prove)i;
			o->given |= GIVEN_PROVE;
			return 0;
		}
	return bad_value(o, "prove", value, "on, off, each");
}

static int set_creators(struct options *o, const char *value)
{
	if (strcmp(value, "on") && strcmp(value, "off"))
		return bad_value(o, "creators", value, "on, off");
	o->creators = value[1] == 'n';
	o->given |= GIVEN_CREATORS;
	return 0;
}

static int set_output(struct options *o, const char *value)
{
	o->output = value;
	return 0;
}

static int set_format(struct options *o, const char *value)
{
	o->format = value;
	return 0;
}

static int set_notes(struct options *o, const char *value)
{
	static const char *const words[] = { [NOTES_FIRST] = "first", [NOTES_ALL] = "all", [NOTES_NONE] = "none" };

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(value, words[i]) == 0) {
			o->view.notes = (enum notes_wanted)i;
			return 0;
		}
	return bad_value(o, "notes", value, "first, all, none");
}

static int set_color(struct options *o, const char *value)
{
	static const char *const words[] = { "never", "always", "auto" };

	for (int i = 0; i < 3; i++)
		if (strcmp(value, words[i]) == 0) {
			o->color = i == 2 ? -1 : i;
			return 0;
		}
	return bad_value(o, "color", value, "auto, always, never");
}

static int set_summary(struct options *o, const char *value)
{
	(void)value;
	o->view.summary = true;
	return 0;
}

static int set_quiet(struct options *o, const char *value)
{
	(void)value;
	o->view.quiet = true;
	return 0;
}

/* -t, -tt and -ttt as strace has them. */
static int set_time(struct options *o, const char *value)
{
	(void)value;
	o->view.time = o->view.time == TIME_WALL ? TIME_EPOCH : TIME_WALL;
	return 0;
}

static int set_relative(struct options *o, const char *value)
{
	(void)value;
	o->view.time = TIME_RELATIVE;
	return 0;
}

static int set_durations(struct options *o, const char *value)
{
	(void)value;
	o->view.durations = true;
	return 0;
}

static int set_record(struct options *o, const char *value)
{
	o->record = value;
	return 0;
}

static int set_replay(struct options *o, const char *value)
{
	o->command = DO_REPLAY;
	o->replay = value;
	return 0;
}

static int set_explain(struct options *o, const char *value)
{
	(void)value;
	o->command = DO_EXPLAIN;
	return 0;
}

static int set_call(struct options *o, const char *value)
{
	o->explain_call = value;
	return 0;
}

static int set_privileged(struct options *o, const char *value)
{
	(void)value;
	o->explain_who = 1;
	return 0;
}

static int set_unprivileged(struct options *o, const char *value)
{
	(void)value;
	o->explain_who = 2;
	return 0;
}

static int set_flags(struct options *o, const char *value)
{
	(void)value;
	o->command = DO_FLAGS;
	return 0;
}

static int set_resources(struct options *o, const char *value)
{
	(void)value;
	o->command = DO_RESOURCES;
	return 0;
}

static int set_help(struct options *o, const char *value)
{
	(void)value;
	o->command = DO_HELP;
	return 0;
}

static int set_completion(struct options *o, const char *value)
{
	o->shell = completion_shell(value);
	if (o->shell == SHELLS)
		return bad_value(o, "completion", value, "bash, zsh");
	o->command = DO_COMPLETION;
	return 0;
}

static int set_version(struct options *o, const char *value)
{
	(void)value;
	o->command = DO_VERSION;
	return 0;
}

/* ---- the table; a row without name is a heading ---- */

static const struct option_row rows[] = {
	{ 0, NULL, ARGUMENT_NO, NULL, "Startup", NULL },
	{ 'E', "env", ARGUMENT_YES, "VAR[=VAL]", "set or remove a variable of the program's environment", set_env },
	{ 'p', "attach", ARGUMENT_YES, "PID[,PID...]", "trace what runs already: all threads of these processes",
		set_attach },
	{ 0, "only-thread", ARGUMENT_NO, NULL, "of -p: these threads only, not their whole processes",
		set_only_thread },
	{ 0, "duration", ARGUMENT_YES, "TIME", "let go after this time (500ms, 5s, 2m)", set_duration },
	{ 0, NULL, ARGUMENT_NO, NULL, "Tracing", NULL },
	{ 'f', "follow-forks", ARGUMENT_NO, NULL, "follow child processes too (threads always are)", set_follow },
	{ 0, "seccomp-bpf", ARGUMENT_NO, NULL,
		"stop at followed calls only, picked in the kernel (default; not with -p)", set_seccomp },
	{ 0, "no-seccomp", ARGUMENT_NO, NULL, "stop at every call: no filter in the program, and slow",
		set_no_seccomp },
	{ 0, "light", ARGUMENT_NO, NULL, "stop at no call: births and ends only (default with -p)", set_light },
	{ 0, "prove", ARGUMENT_YES, "on|off|each",
		"check the promised sharing by kcmp(2): once per word of flags, never, or at each birth (on)",
		set_prove },
	{ 0, "creators", ARGUMENT_YES, "on|off", "the creator's backtrace and the start routine at each birth (on)",
		set_creators },
	{ 0, NULL, ARGUMENT_NO, NULL, "Filtering", NULL },
	{ 'e', "expr", ARGUMENT_YES, "EXPR",
		"trace=SET, signal=all|none; SET: names, %thread %memory %process %sched %creds "
		"%namespace %signal, all, none; ! negates, ? tolerates",
		set_choice },
	{ 0, NULL, ARGUMENT_NO, NULL, "Output format", NULL },
	{ 'o', "output", ARGUMENT_YES, "FILE", "write the trace to FILE, - for stdout, '|command' for a pipe",
		set_output },
	{ 0, "format", ARGUMENT_YES, "text|json|chrome|markdown|man",
		"text, json (JSON Lines) or chrome (a timeline); of tables markdown and man, too", set_format },
	{ 0, "notes", ARGUMENT_YES, "first|all|none", "explain the first time, all times, or none", set_notes },
	{ 0, "color", ARGUMENT_YES, "auto|always|never", "colors: when it is a terminal, or as told", set_color },
	{ 0, "summary", ARGUMENT_NO, NULL, "a table of creators at the end: where, what, how many, how fast",
		set_summary },
	{ 'q', "quiet", ARGUMENT_NO, NULL, "no table at the end", set_quiet },
	{ 0, "error-exitcode", ARGUMENT_YES, "N", "exit with this when there was a finding (1 to 255)",
		set_error_exitcode },
	{ 't', "absolute-timestamps", ARGUMENT_NO, NULL, "time of day; twice: seconds since the epoch", set_time },
	{ 'r', "relative-timestamps", ARGUMENT_NO, NULL, "time since the line before", set_relative },
	{ 'T', "syscall-times", ARGUMENT_NO, NULL, "time spent in each call", set_durations },
	{ 0, NULL, ARGUMENT_NO, NULL, "Recording", NULL },
	{ 0, "record", ARGUMENT_YES, "FILE", "also write what the kernel answers to FILE, for --replay", set_record },
	{ 0, "replay", ARGUMENT_YES, "FILE", "the trace of such a record, in any format, without ptrace; - for stdin",
		set_replay },
	{ 0, NULL, ARGUMENT_NO, NULL, "Explaining, without tracing", NULL },
	{ 0, "explain", ARGUMENT_NO, NULL, "explain the flag words that follow; - reads one a line", set_explain },
	{ 0, "call", ARGUMENT_YES, "clone|clone3|unshare|setns", "for which call", set_call },
	{ 0, "privileged", ARGUMENT_NO, NULL, "the verdict for a process with all capabilities", set_privileged },
	{ 0, "unprivileged", ARGUMENT_NO, NULL, "the verdict for a process without any", set_unprivileged },
	{ 0, "flags", ARGUMENT_NO, NULL, "the table of CLONE_* flags; --format=text, json, markdown, man", set_flags },
	{ 0, "resources", ARGUMENT_NO, NULL, "what belongs to a thread, what to a process", set_resources },
	{ 0, NULL, ARGUMENT_NO, NULL, "Miscellaneous", NULL },
	{ 'h', "help", ARGUMENT_NO, NULL, "this text", set_help },
	{ 0, "completion", ARGUMENT_YES, "bash|zsh", "completions for that shell, to be read by it", set_completion },
	{ 'V', "version", ARGUMENT_NO, NULL, "version, licence, and what is built in", set_version },
};

const struct option_row *option_rows(size_t *ret_n)
{
	*ret_n = ARRAY_SIZE(rows);
	return rows;
}

static const struct option_row *by_letter(char c)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].name && rows[i].letter == c)
			return &rows[i];
	return NULL;
}

static const struct option_row *by_name(const char *name, size_t len)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].name && strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
			return &rows[i];
	return NULL;
}

/* ---- parsing ---- */

static int parse_long(struct options *o, int argc, char **argv, int *at)
{
	const char *word = argv[*at] + 2;
	size_t len = strcspn(word, "=");
	const struct option_row *row = by_name(word, len);
	const char *value = word[len] ? word + len + 1 : NULL;

	if (!row) {
		snprintf(o->error, sizeof(o->error), "there is no option --%.*s; see --help", (int)len, word);
		return -EINVAL;
	}
	if (row->argument == ARGUMENT_NO && value) {
		snprintf(o->error, sizeof(o->error), "--%s takes no value", row->name);
		return -EINVAL;
	}
	if (row->argument == ARGUMENT_YES && !value) {
		if (*at + 1 >= argc) {
			snprintf(o->error, sizeof(o->error), "--%s needs a value: %s", row->name, row->value);
			return -EINVAL;
		}
		value = argv[++*at];
	}
	return row->set(o, value);
}

static int parse_letters(struct options *o, int argc, char **argv, int *at)
{
	for (const char *c = argv[*at] + 1; *c; c++) {
		const struct option_row *row = by_letter(*c);
		if (!row) {
			snprintf(o->error, sizeof(o->error), "there is no option -%c; see --help", *c);
			return -EINVAL;
		}
		if (row->argument == ARGUMENT_NO) {
			int err = row->set(o, NULL);
			if (err)
				return err;
			continue;
		}
		if (c[1])
			return row->set(o, c + 1);
		if (*at + 1 >= argc) {
			snprintf(o->error, sizeof(o->error), "-%c needs a value: %s", *c, row->value);
			return -EINVAL;
		}
		return row->set(o, argv[++*at]);
	}
	return 0;
}

static int refuse(struct options *o, const char *why)
{
	snprintf(o->error, sizeof(o->error), "%s", why);
	return -EINVAL;
}

/* What each option allows by itself, and not together; the mode that follows from it. */
static int check_together(struct options *o)
{
	if (o->command != DO_TRACE)
		return 0;
	if (o->only_thread && !o->n_pids)
		return refuse(o, "--only-thread belongs to -p: it says which threads of a running process are meant");
	if (o->n_pids) {
		if (o->argc && o->argv[0][strspn(o->argv[0], "0123456789")] == '\0')
			return refuse(o, "-p takes one word: quote a list of several, as in -p \"$(pidof NAME)\"");
		if (o->argc)
			return refuse(o,
				"-p traces what runs already, and a PROGRAM would be started: it is one or the other");
		if (o->n_env_changes)
			return refuse(o, "-E changes the environment of a program that is started; with -p none is");
		if ((o->given & GIVEN_MODE) && o->mode == MODE_FILTER)
			return refuse(o,
				"--seccomp-bpf: no filter is put into a running process, for it could never be taken "
				"out again; "
				"-p is --light by itself, or --no-seccomp");
		if (!(o->given & GIVEN_MODE))
			o->mode = MODE_LIGHT;
	} else if (o->duration_ns && o->mode == MODE_FILTER) {
		return refuse(o,
			"--duration: a started program carries thrtrace's seccomp filter and can't live on without it; "
			"add --light or --no-seccomp");
	}
	return 0;
}

int options_parse(struct options *o, int argc, char **argv)
{
	int at = 1;

	*o = (struct options){ .prove = PROVE_FIRST, .creators = true, .color = -1, .mode = MODE_FILTER };
	choice_default(&o->choice);
	for (; at < argc && argv[at][0] == '-' && argv[at][1]; at++) {
		if (strcmp(argv[at], "--") == 0) {
			at++;
			break;
		}
		int err = argv[at][1] == '-' ? parse_long(o, argc, argv, &at) : parse_letters(o, argc, argv, &at);
		if (err)
			return err;
	}
	o->argv = argv + at;
	o->argc = argc - at;
	if (o->command == DO_EXPLAIN) /* options may follow its words, as in: --explain vm --call=clone */
		for (int i = 0; i < o->argc; i++)
			if (strncmp(o->argv[i], "--", 2) == 0) {
				int pos = i, err = parse_long(o, o->argc, o->argv, &pos);
				if (err)
					return err;
				memmove(&o->argv[i], &o->argv[pos + 1], (size_t)(o->argc - pos - 1) * sizeof(*o->argv));
				o->argc -= pos - i + 1;
				i--;
			}
	return check_together(o);
}

void options_release(struct options *o)
{
	free(o->env_changes);
	free(o->pids);
	o->env_changes = NULL;
	o->pids = NULL;
	o->n_pids = 0;
}

/* ---- help ---- */

#define HELP_COLUMN 30
#define HELP_WIDTH  80

/* Words, wrapped behind the column. */
static void wrapped(struct outbuf *out, const char *text)
{
	size_t col = HELP_COLUMN;

	outbuf_pad(out, HELP_COLUMN);
	while (*text) {
		size_t len = strcspn(text, " ");
		if (col > HELP_COLUMN && col + 1 + len > HELP_WIDTH) {
			outbuf_putc(out, '\n');
			outbuf_pad(out, HELP_COLUMN);
			col = HELP_COLUMN;
		} else if (col > HELP_COLUMN) {
			outbuf_putc(out, ' ');
			col++;
		}
		outbuf_put(out, text, len);
		col += len;
		text += len;
		text += strspn(text, " ");
	}
	outbuf_putc(out, '\n');
}

void options_help(struct outbuf *out)
{
	outbuf_puts(out,
		"Usage: thrtrace [OPTION...] [--] PROGRAM [ARG...]\n"
		"       thrtrace [OPTION...] -p PID[,PID...]\n"
		"       thrtrace --replay=FILE [OPTION...]\n"
		"       thrtrace --explain WORD... | --flags | --resources\n"
		"\nTraces the life of threads: what makes one, what it shares, where its stack lies,\n"
		"how it ends and who waits for it.\n");
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct option_row *row = &rows[i];
		size_t start = out->len;
		if (!row->name) {
			outbuf_printf(out, "\n%s:\n", row->help);
			continue;
		}
		if (row->letter)
			outbuf_printf(out, "  -%c, --%s", row->letter, row->name);
		else
			outbuf_printf(out, "      --%s", row->name);
		if (row->argument == ARGUMENT_YES)
			outbuf_printf(out, "=%s", row->value);
		if (out->len - start >= HELP_COLUMN)
			outbuf_putc(out, '\n');
		wrapped(out, row->help);
	}
	outbuf_puts(out,
		"\nExit status: the program's own, or dead by the same signal; that of --error-exitcode\n"
		"when there was a finding; 125 when thrtrace itself fails, 126 when the program can't\n"
		"be run, 127 when it isn't found. With -p: 0, or 1 when nothing could be attached to.\n"
		"--replay: 0 when the whole trace was printed, 1 when not, 125 when none of it.\n");
}

void options_version(struct outbuf *out)
{
	outbuf_printf(out, "thrtrace %s\nLicence: MIT. It comes without any warranty.\nBuilt with: %s\n",
		THRTRACE_VERSION, built_with());
}
