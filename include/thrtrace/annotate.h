/* SPDX-License-Identifier: MIT */
/* Explains an event: what the call is for. What is wrong with it is asked elsewhere (findings.h). Pure. */
#ifndef THRTRACE_ANNOTATE_H
#define THRTRACE_ANNOTATE_H

#include <thrtrace/event.h>
#include <thrtrace/model.h>
#include <thrtrace/outbuf.h>

#define NOTE_IDS 96 /* ids are below this */

/* Holds the text of one event's notes; event.note points into it. One serves all events in turn. */
struct notes {
	struct outbuf text[NOTES_MAX];
	const bool *told; /* [NOTE_IDS]: what the view would leave out again, and is not made; NULL: it wants all */
};

void notes_init(struct notes *n);
void notes_release(struct notes *n);

/* Fills ev->note and ev->n_notes. The texts live as long as *n. Call after model_apply(). */
void annotate(struct event *ev, const struct model *m, struct notes *n);

#endif
