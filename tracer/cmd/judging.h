/* SPDX-License-Identifier: MIT */
/* Which findings make thrtrace fail, which are known already, and which are not told at all: as the options say. */
#ifndef TRACER_JUDGING_H
#define TRACER_JUDGING_H

#include "cmd/options.h"

/* The exit status of a trace with findings that --fail-on names, where --error-exitcode gives none. */
#define EXIT_FOUND 1

/* --fail-on=VALUE: into o->fails. 0, or -EINVAL with o->error filled. */
int judging_fail_on(struct options *o, const char *value) THR_MUST_CHECK;
/*
 * A judge by --ignore and --baseline, which is not set where neither is given; to be released by judging_release. 0, or
 * -errno after it has said why on stderr.
 */
int judging_begin(struct finding_judge *ret, const struct options *o) THR_MUST_CHECK;
void judging_release(struct finding_judge *judge);
/* The exit status that the findings ask for; 0 none. */
int judging_status(const struct findings *f, const struct options *o);

#endif
