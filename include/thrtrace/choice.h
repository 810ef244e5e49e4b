/* SPDX-License-Identifier: MIT */
/* Which followed calls are asked for, and which are made to fail: -e trace=SET, -e inject=SET, in strace's syntax. */
#ifndef THRTRACE_CHOICE_H
#define THRTRACE_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include <thrtrace/base.h>
#include <thrtrace/call.h>

/* Calls that each task makes, counted from 1, of which some are not made and fail with error. */
struct call_inject {
	enum call_id id;
	int error;            /* errno */
	uint32_t first, last; /* which ones; last UINT32_MAX: no end */
	uint32_t step;        /* each of these that is so many further */
};

#define INJECTS_MAX 8

struct call_choice {
	bool shown[CALL_IDS];
	bool by_rule; /* the default: a call of `shown` is shown only where it belongs to a thread's life (shows.h) */
	bool fails_only, succeeds_only; /* of what is shown otherwise: the calls that ended so */
	uint64_t signals;               /* besides those that end or fault: bit n-1 is signal n */
	struct call_inject inject[INJECTS_MAX];
	unsigned n_injects;
};

/* The default: every followed call, by the rule. */
void choice_default(struct call_choice *c);
#define ALL_SIGNALS UINT64_MAX
static inline bool choice_has_signal(const struct call_choice *c, int sig)
{
	return sig > 0 && sig <= 64 && (c->signals >> (sig - 1) & 1);
}
/* Whether the same calls are followed, in the same way; signals are no calls. */
bool choice_same_calls(const struct call_choice *a, const struct call_choice *b);
/* What an expression of -e is about. */
enum choice_about { CHOICE_OF_CALLS, CHOICE_OF_SIGNALS, CHOICE_OF_RESULTS, CHOICE_OF_FAILURES };
enum choice_about choice_about(const char *expression);
/*
 * "trace=%thread,!futex", "all", "/^clone", "signal=!SIGCHLD", "status=failed", "inject=clone3:error=EAGAIN:when=3+":
 * strace's syntax. A call that is made to fail is shown, too. 0, or -EINVAL with a sentence in err about the word that
 * is not understood.
 */
int choice_parse(struct call_choice *c, const char *expression, char *err, size_t err_size) THR_MUST_CHECK;

/* "clone3,%sched:error=EAGAIN:when=2..6+2", what stands behind "inject="; error: where it has none, 0 that it must. */
int inject_parse(struct call_choice *c, const char *text, int error, char *err, size_t err_size) THR_MUST_CHECK;
/* Whether the task's nth such call (from 1 on) is made to fail. */
bool inject_hits(const struct call_inject *i, uint32_t nth);

/* The sets that %NAME names in it: "thread", "memory"...; NULL past the last. */
const char *choice_set_name(size_t i);
/* Whether the call is in the ith. */
bool choice_set_has(size_t i, enum call_id id);

#endif
