/* SPDX-License-Identifier: MIT */
/*
 * Which calls are shown. The default rule (thrtrace(1), "WHAT IS SHOWN"): a call is shown where it belongs to the life
 * of a thread. -e trace=SET replaces the rule by the set.
 */
#ifndef TRACER_SHOWS_H
#define TRACER_SHOWS_H

#include "follow/run.h"

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

enum showing {
	SHOW_NO,
	SHOW_YES,
	SHOW_IF_STACK, /* held: shown when the memory turns out to be a thread's stack */
};
/* After model_apply has completed ev. */
enum showing shows_call(const struct run *r, const struct event *ev);

#endif
