/* SPDX-License-Identifier: MIT */
/* What a trace and a replay do alike: open the view that the options choose, and tell the end of the trace. */
#ifndef TRACER_VIEW_H
#define TRACER_VIEW_H

#include "cmd/options.h"

/* Records of this many dead tasks are kept for the table. */
#define KEEP_DEAD 4096
/* How long a reader may take nothing, once thrtrace has been asked to end. */
#define VIEW_PATIENCE_NS 2000000000U

/*
 * Opens r's views, each with its output, and has its findings judged as the options say. 0, or -errno after it has said
 * why on stderr (but for -ENOMEM); view_close in any case.
 */
int view_open(struct run *r, const struct options *o) THR_MUST_CHECK;
void view_close(struct run *r);
/*
 * Waits for the readers of all views, and tells how the telling went: err, or the error of a view that could not be
 * written to its end. Which of several views that was, and which of them lacks events because its reader took nothing,
 * is said on stderr. Nobody may be stopped meanwhile.
 */
int view_conclude(struct run *r, int err) THR_MUST_CHECK;
/* Whether this error, not 0, is the one that view_conclude has said of a view by its name. */
bool view_has_told(const struct run *r, int err);
/* Tells the summary, and writes out what the view holds back. 0 or -errno. */
int view_summary(struct run *r) THR_MUST_CHECK;
/*
 * The exit status that --fail-on or --error-exitcode asks for, or 0. A program that a signal has killed says enough by
 * that, but in a replay.
 */
int view_found(const struct run *r, const struct options *o);

#endif
