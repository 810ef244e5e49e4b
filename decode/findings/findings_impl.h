/* SPDX-License-Identifier: MIT */
/* What the tests of findings.def are made of. Internal to decode/findings/. */
#ifndef FINDINGS_IMPL_H
#define FINDINGS_IMPL_H

#include <thrtrace/findings.h>

/* A row that is asked about an event. */
struct inquiry {
	const struct event *ev;
	const struct model *m;
	const struct finding_row *row;
	struct findings *to;
};

/*
 * One more finding of the row, in these words: what was seen, without a full stop and without the task's name; NULL:
 * the row's own. Its task is the event's. The caller may set the members of what is returned, which is never NULL.
 */
struct finding *found(struct inquiry *q, const char *fmt, ...) THR_PRINTF(2, 3);

/* The test of each row. */
#define FINDING(test, ...) void finding_##test(struct inquiry *q);
#include "findings/findings.def"
#undef FINDING

#endif
