/* SPDX-License-Identifier: MIT */
/*
 * Runs the programs of the lessons (<thrtrace/lessons.h>): programs/NAME.c is in thrtrace twice, compiled with WITH and
 * without, and once as text.
 */
#ifndef TRACER_LESSONS_H
#define TRACER_LESSONS_H

#include <thrtrace/lessons.h>

/* The source of a lesson's program, without the line of its licence. */
const char *lesson_program(enum lesson_id id);

/*
 * Runs one way of a lesson in a process of its own, and appends what it prints (both streams) and how it ended, as
 * struct lesson's says. Not all of its tasks may be gone when its main ends: none is left when this returns. Sets
 * *ret_skipped when it could not do here what it is about. 0 or -errno: there was no process, or no pipe.
 *
 * Makes the caller the reaper of orphans below it. The caller has one thread.
 */
int lesson_run(struct outbuf *out, enum lesson_id id, enum lesson_way way, bool *ret_skipped) THR_MUST_CHECK;
/* The same of any program. */
int lesson_run_program(
	struct outbuf *out, int (*program)(void), uint64_t deadline_ns, bool *ret_skipped) THR_MUST_CHECK;

#endif
