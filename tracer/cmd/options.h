/* SPDX-License-Identifier: MIT */
/*
 * The command line. One table of rows (options.def) is parsed, printed by --help, made into completions of shells, and
 * held against the man page by a test.
 */
#ifndef TRACER_OPTIONS_H
#define TRACER_OPTIONS_H

#include <thrtrace/census.h>
#include <thrtrace/findings.h>
#include <thrtrace/sink.h>

#include "follow/run.h"
#include "tell/progress.h"

/* Options that say what is asked of the kernel: a replay can only ask what was recorded. */
enum asking {
	GIVEN_MODE = 1 << 0,
	GIVEN_FOLLOW = 1 << 1,
	GIVEN_PROVE = 1 << 2,
	GIVEN_CREATORS = 1 << 3,
	GIVEN_CALLS = 1 << 4,
	GIVEN_SIGNALS = 1 << 5,
	GIVEN_ACCOUNTS = 1 << 6
};

/* Which commands an option goes with: those that name its group. */
enum option_group {
	OF_ANY = 0,         /* all of them */
	OF_START = 1 << 0,  /* whom to trace, and that it be recorded */
	OF_ASKING = 1 << 1, /* what is asked of the kernel */
	OF_CHOICE = 1 << 2, /* which calls are shown */
	OF_VIEW = 1 << 3,   /* how a trace is shown */
	OF_WORD = 1 << 4,   /* about a flag word */
	OF_CENSUS = 1 << 5, /* what is looked at of processes that are not traced, and how that is shown */
	OF_COST = 1 << 6,   /* what else is measured */
	OF_FOLLOW = 1 << 7, /* which of a program's processes are followed */
	OF_FRAMES = 1 << 8, /* whose code made a thread, and what it runs */
	OF_LOOK = 1 << 9,   /* how threads that are not traced are looked at, one or all */
	OF_ALL = (1 << 10) - 1
};
#define OPTION_GROUPS 10

/* What thrtrace does: DO_trace, DO_replay, ... */
enum command {
#define DEFAULT(id, ...) DO_##id,
#define COMMAND(id, ...) DO_##id,
#include "cmd/options.def"
	COMMANDS
};

/* Of --snapshot. */
struct census_options {
	uint64_t interval_ns; /* between the two looks that rates are of; 0: the usual */
	uint64_t sample_ns;   /* look again and again for so long, and tell averages; 0: once */
	int by;               /* enum census_by */
	bool all;             /* a row for each thread */
	bool stacks;          /* of --snapshot: stop each thread for a moment, and tell its frames */
	const char *sort;     /* a column; NULL: cpu */
	const char *columns;  /* their names, with commas; NULL: the usual ones */
	int top;              /* so many rows; 0: all; -1: as many as a screen has */
};

enum explain_for { FOR_CALLER, FOR_PRIVILEGED, FOR_UNPRIVILEGED };

/* Strings of argv, in their order. */
struct option_list {
	char **text;
	size_t n;
};

struct options {
	enum command command;
	const char *subject; /* the value of the option that chose the command; NULL: it takes none */
	char **argv;         /* the program and its arguments, or the words that the command is about */
	int argc;
	enum trace_mode mode;
	bool follow_forks, creators, accounts;
	enum prove prove;
	struct option_list processes; /* -p: numbers and names, as pick.h has them */
	bool only_thread;             /* of -p: these threads, not their processes */
	uint64_t duration_ns;         /* 0: until the end */
	struct call_choice choice;
	struct sink_config view;
	unsigned n_times;                /* how often -t was given */
	const char *format;              /* --format=NAME; NULL: text */
	const char *also[VIEWS_MAX - 1]; /* --format=NAME:FILE, as given: views beside that one */
	size_t n_also;
	int error_severity;            /* enum severity: from the worst to this one they count */
	uint64_t long_join_ns;         /* --long-join; 0: no join is too long */
	const char *fail_on;           /* --fail-on, as given: those of `fails` count instead; NULL */
	bool fails[FINDING_KINDS_MAX]; /* by the place of the row of findings.def */
	struct option_list ignore;     /* --ignore: "KIND:REGEX" */
	const char *baseline;          /* --baseline; NULL */
	int error_exitcode; /* in place of the program's own status when there was a finding; 0: not asked for */
	int color;          /* -1 auto, 0 never, 1 always */
	const char *output; /* -o; NULL: stderr, but stdout of a replay and with -p */
	bool append;        /* -A: files grow */
	bool counts_words;  /* -S or -U: about the table of calls */
	bool counts_alone;  /* -c: the view is "calls", and each call that is followed counts */
	enum progress_wanted progress;
	bool tips;
	const char *record;           /* --record; NULL */
	const char *explain_call;     /* --call= */
	enum explain_for explain_who; /* --privileged, --unprivileged */
	struct census_options census;
	struct option_list cost_with;                     /* --cost-with: commands, each of which prints a row */
	struct option_list env;                           /* -E: "VAR=value", or "VAR" to unset */
	unsigned asked;                                   /* enum asking: of the options that were given */
	const struct option_row *of_group[OPTION_GROUPS]; /* the first that was given of each group; NULL none */
	char error[256];                                  /* what is wrong, after -EINVAL */
};

/* What an option does with its value. place: of a member of struct options. */
enum option_kind {
	OPTION_HEADING, /* the row is none: help is a heading of --help */
	OPTION_STORES,  /* number is stored; it takes no value */
	OPTION_WORD,    /* the value is one of the words of row->value: the number at its place in numbers is stored */
	OPTION_NUMBER,  /* a decimal number from low to high */
	OPTION_TIME,    /* as 500ms: nanoseconds, a uint64_t */
	OPTION_TEXT,    /* a const char *: the value itself */
	OPTION_GATHERS, /* a struct option_list: the value is added */
	OPTION_CALLS,   /* set() does it */
	OPTION_COMMAND  /* number is the command, and the value its subject */
};

struct option_row {
	char letter; /* 0: none */
	const char *name;
	const char *value; /* NULL: it takes none; fixed words as "on|off"; else the name of a kind, as "FILE" */
	bool optional;     /* the value may be left out: --name alone stores number, or NULL */
	const char *help;
	unsigned group; /* enum option_group; of a command: the groups that go with it */
	enum option_kind kind;
	size_t place, size; /* of the member; size tells a bool from an int or enum */
	int number, low, high;
	const int *numbers;
	bool words;     /* of a command: it is about the words that follow, and options may stand among them */
	unsigned asked; /* enum asking */
	/* 0, or -EINVAL after it has filled o->error. value: NULL for an option without argument. */
	int (*set)(struct options *o, const char *value);
};

struct option_table {
	const struct option_row *row;
	size_t n;
};
/* The rows of options.def. */
struct option_table option_rows(void);

/*
 * 0, -EINVAL with o->error filled, or -ENOMEM. Strings of argv are borrowed, and the words of a command that takes some
 * are moved together in it. options_release in any case.
 */
int options_parse(struct options *o, int argc, char **argv) THR_MUST_CHECK;
/* The same by other rows than option_rows(). */
int options_parse_by(struct option_table table, struct options *o, int argc, char **argv) THR_MUST_CHECK;
void options_release(struct options *o);

#endif
