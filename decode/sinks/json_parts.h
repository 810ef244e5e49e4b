/* SPDX-License-Identifier: MIT */
/* What the views that are JSON have in common: parts of an event as values. Internal to decode/sinks/. */
#ifndef SINKS_JSON_PARTS_H
#define SINKS_JSON_PARTS_H

#include <thrtrace/event.h>
#include <thrtrace/findings.h>
#include <thrtrace/model.h>

#include "text/json_values.h"

/* A whole text of the program, such as a path or a symbol; null for NULL. */
json_t *js_string(const char *s);
/* "T1" */
json_t *js_label(uint32_t n);
/* The same of a task; null for NULL. */
json_t *js_label_of(const struct task *t);
/* "SIGSEGV"; NULL for a number without a name. */
json_t *js_signal(int sig);
/* "SEGV_ACCERR", or the number where it has no name. */
json_t *js_si_code(const struct ev_signal *s);
json_t *js_frame(const struct frame *f);
json_t *js_frames(const struct backtrace *bt);
/* finding_fingerprint */
json_t *js_fingerprint(const struct finding *f);
/* The task has a new name, which is its comm: it has named itself, or its end shows that somebody did. */
bool js_is_name(const struct event *ev);

#endif
