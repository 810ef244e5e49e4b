/* SPDX-License-Identifier: MIT */
/* The processes that the words of -p mean: numbers, and names. */
#ifndef TRACER_PICK_H
#define TRACER_PICK_H

#include "cmd/options.h"

struct picked {
	pid_t *pid; /* in the order in which they were named, each once; those of one name by number */
	size_t n;
};

/*
 * Adds the processes of one value of -p: numbers and names, separated by commas, blanks or newlines as pidof(1) and
 * pgrep(1) print them; or one name with such characters in it. A name means every process in the folder proc (/proc),
 * but thrtrace itself, that has it as its own (comm) or is started by it (the last part of argv[0]). 0; with a sentence
 * in error -ESRCH (nobody has that name) or -EINVAL (no number, or nothing named); -ENOMEM. pick_release in any case.
 */
int pick_processes(struct picked *ret, const char *proc, const char *value, char error[256]) THR_MUST_CHECK;
void pick_release(struct picked *p);

/* Exit status of -p where nothing could be attached to. */
enum { EXIT_NOBODY = 1 };
/* Those that -p of the command line means. 0, or an exit status after it has said why. */
int pick_asked(struct picked *ret, struct options *o) THR_MUST_CHECK;
/*
 * /proc is that of thrtrace's own pid namespace: another one's would tell of other processes by the numbers that
 * ptrace(2) and perf_event_open(2) use. False after it has said so.
 */
bool pick_has_proc(void);

#endif
