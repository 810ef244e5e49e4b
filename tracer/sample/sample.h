/* SPDX-License-Identifier: MIT */
/*
 * A census is taken: what /proc says of the threads of one process, looked at again and again. Each look has the
 * rates since the one before. Nobody is stopped, and nothing is written.
 */
#ifndef TRACER_SAMPLE_H
#define TRACER_SAMPLE_H

#include <thrtrace/census.h>

struct sample;

/*
 * Begins with the accounts of the threads that are there. 0; -ESRCH when there is no such process; another -errno.
 * sample_free in any case.
 */
int sample_new(struct sample **ret, pid_t pid) THR_MUST_CHECK;
void sample_free(struct sample *s);
/* From the next look on: of those that sleep, how long (census_task.asleep_ns), which takes two reads more a thread. */
void sample_asleep(struct sample *s, bool wanted);
/* What threads were made to run (census_task.start): at the next look, which is thorough then, and at each such. */
void sample_starts(struct sample *s, bool wanted);
/*
 * What they do now, in *ret: to be released. The first look is thorough, and each tenth after it; others ask less of
 * tasks that have not run since, and read no stacks of new ones. 0; -ESRCH when the process is gone; another -errno.
 */
int sample_look(struct sample *s, struct census *ret) THR_MUST_CHECK;

#endif
