/* SPDX-License-Identifier: MIT */
/* What the build makes of programs/NAME.c: two functions, and a text. */
#ifndef TRACER_LESSONS_PROGRAMS_H
#define TRACER_LESSONS_PROGRAMS_H

#define LESSON(id, ...)                                                                                                \
	int lesson_##id##_with(void);                                                                                  \
	int lesson_##id##_without(void);                                                                               \
	extern const char id##_c[];
#include <thrtrace/lessons.def>
#undef LESSON

#endif
