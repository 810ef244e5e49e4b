/* SPDX-License-Identifier: MIT */
/* The rows, and which one is meant. */
#include "course/course.h"

#include <string.h>
#include <strings.h>

/* clang-format off */
#define LESSON(id, name_, flag_, chapter_, title_, with, without, intro_, with_says, without_says, differs_, \
	remember_, wrong_, source_) \
	[LESSON_##id] = { .name = name_, .flag = flag_, .chapter = chapter_, .title = title_, .intro = intro_, \
		.head = { with, without }, .says = { with_says, without_says }, .differs = differs_, \
		.remember = remember_, .wrong = wrong_, .source = source_ },
/* clang-format on */
static const struct lesson rows[LESSONS] = {
#include <thrtrace/lessons.def>
};

const struct lesson *lesson_at(size_t i)
{
	return i < LESSONS ? &rows[i] : NULL;
}

size_t lesson_number(const struct lesson *row)
{
	return (size_t)(row - rows) + 1;
}

size_t lesson_find(const char *word)
{
	for (size_t i = 0; i < LESSONS; i++)
		if (strcasecmp(rows[i].name, word) == 0)
			return i;
	for (size_t i = 0; i < LESSONS; i++)
		if (*rows[i].flag &&
			(strcasecmp(rows[i].flag, word) == 0 || strcasecmp(rows[i].flag + strlen("CLONE_"), word) == 0))
			return i;
	return LESSONS;
}

bool lesson_as_told(const struct lesson_given *g)
{
	for (unsigned way = 0; way < LESSON_WAYS; way++)
		if (g->skipped[way] || !g->said[way] || strcmp(g->said[way], g->row->says[way]) != 0)
			return false;
	return true;
}

const char *lesson_differing(const struct lesson_given *g)
{
	if (g->skipped[LESSON_WITH] || g->skipped[LESSON_WITHOUT])
		return "It could not be tried here; the reason stands in the place of what it would have printed. "
		       "Elsewhere: ";
	return lesson_as_told(g) ? "" : "Here it came out otherwise than this course has it. Elsewhere: ";
}
