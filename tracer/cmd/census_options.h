/* SPDX-License-Identifier: MIT */
/* What commands that look do alike: whom, how it is to be shown, and the time between two looks. */
#ifndef TRACER_CENSUS_OPTIONS_H
#define TRACER_CENSUS_OPTIONS_H

#include "cmd/options.h"
#include "cmd/pick.h"
#include "sample/sample.h"

enum census_format { CENSUS_AS_TEXT, CENSUS_AS_JSON, CENSUS_AS_CSV, CENSUS_FORMATS };

/* Each: 0, or the exit status after it has said on stderr what is wrong. */
int census_view_of(struct census_view *ret, enum census_format *ret_format, const struct options *o);
/* The processes that the words of o name. pick_release in any case. */
int census_pick(struct picked *ret, const struct options *o);
/* s reads what v shows and not every view does. all: whatever there is, and v may be NULL. */
void census_ask(struct sample *s, const struct census_view *v, bool all);
/* The time between two looks, whatever signals come. */
void census_pause(uint64_t ns);

#endif
