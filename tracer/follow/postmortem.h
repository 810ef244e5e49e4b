/* SPDX-License-Identifier: MIT */
/* Why something went wrong: facts are read while the task is still stopped, the verdict itself is decode/'s. */
#ifndef TRACER_POSTMORTEM_H
#define TRACER_POSTMORTEM_H

#include <thrtrace/verdict.h>

#include "follow/run.h"

struct failure {
	struct failure_facts facts;
	struct verdict verdict;
};

/* True when a failed call of this kind is explained. */
bool failure_is_explained(const struct call *call);
/* The failed call of a stopped task. err: positive. */
void failure_explain(struct run *r, const struct tracee *t, int err, struct failure *ret);
/* What is asked of a newborn only to tell mistakes: reads what its facts still lack (at_tp). */
void birth_look(struct run *r, const struct tracee *child, struct ev_birth *b);

#endif
