/* SPDX-License-Identifier: MIT */
/* Which followed calls are asked for: -e trace=SET, in strace's syntax. */
#ifndef THRTRACE_CHOICE_H
#define THRTRACE_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include <thrtrace/base.h>
#include <thrtrace/call.h>

struct call_choice {
	bool shown[CALL_IDS];
	bool by_rule; /* the default: a call of `shown` is shown only where it belongs to a thread's life (shows.h) */
	bool signals; /* every signal, not only those that end or fault */
};

/* The default: every followed call, by the rule. */
void choice_default(struct call_choice *c);
/* Whether the same calls are followed, in the same way; signals are no calls. */
bool choice_same_calls(const struct call_choice *a, const struct call_choice *b);
/*
 * "trace=%thread,!futex", "all", "signal=all": strace's set syntax. 0, or -EINVAL with a sentence in err about the
 * word that is not understood.
 */
int choice_parse(struct call_choice *c, const char *expression, char *err, size_t err_size) THR_MUST_CHECK;

/* The sets that %NAME names in it: "thread", "memory"...; NULL past the last. */
const char *choice_set_name(size_t i);

#endif
