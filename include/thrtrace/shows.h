/* SPDX-License-Identifier: MIT */
/*
 * Which calls are shown. The default rule (thrtrace(1), "WHAT IS SHOWN"): a call is shown where it belongs to the life
 * of a thread. -e trace=SET replaces the rule by the set.
 */
#ifndef THRTRACE_SHOWS_H
#define THRTRACE_SHOWS_H

#include <thrtrace/choice.h>
#include <thrtrace/event.h>

enum showing {
	SHOW_NO,
	SHOW_YES,
	SHOW_IF_STACK, /* held: shown when the memory turns out to be a thread's stack */
};
/* After model_apply has completed ev. */
enum showing shows_call(const struct call_choice *choice, const struct event *ev);
/* That it has begun is shown: of a call whose result is chosen by, nobody knows yet. */
bool shows_begin(const struct call_choice *choice, enum call_id id);

#endif
