/* SPDX-License-Identifier: MIT */
/* The only way from an event to the output: model, then explanation, then view. */
#ifndef TRACER_EMIT_H
#define TRACER_EMIT_H

#include "follow/run.h"

/* Numbers and stamps the event (t_ns 0: now), applies it to the model, explains it and shows it when `show`. */
int emit(struct run *r, struct event *ev, bool show) THR_MUST_CHECK;
/* The two halves of it, for a caller that decides in between whether to show. */
int emit_apply(struct run *r, struct event *ev) THR_MUST_CHECK;
int emit_show(struct run *r, struct event *ev) THR_MUST_CHECK;
/* Shows what the view holds back and writes the buffer out: nothing else is known for now. */
int emit_idle(struct run *r) THR_MUST_CHECK;

#endif
