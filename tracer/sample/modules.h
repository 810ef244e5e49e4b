/* SPDX-License-Identifier: MIT */
/* The files that a process has mapped, by their names without directory. */
#ifndef TRACER_MODULES_H
#define TRACER_MODULES_H

#include <thrtrace/base.h>

/* Those beyond are not known. */
#define MODULES_MAX 4096

/* {0} begins. */
struct modules {
	char **name;
	size_t n, room;
};

/* One more, as maps has it: what is no path, and what was added last, is left out. 0 or -ENOMEM. */
int modules_add(struct modules *m, const char *path) THR_MUST_CHECK;
void modules_clear(struct modules *m);

#endif
