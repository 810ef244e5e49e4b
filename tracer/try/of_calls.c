/* SPDX-License-Identifier: MIT */
/* What the call itself promises. */
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "try/experiments.h"

static unsigned yes_or_no(bool yes)
{
	return yes ? SEEN(TRIAL_YES) : SEEN(TRIAL_NO);
}

/* The child gives its creator time to come back, and looks whether that did. */
void experiment_vfork_wait(struct stage *s, struct part *p, enum step step)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	if (step == IN_CHILD) {
		for (int i = 0; i < 30 && !s->b->back; i++)
			raw(SYS_nanosleep, (long)&moment, 0);
		p->n[0] = s->b->back;
	} else if (step == AFTER) {
		told(p, yes_or_no(!p->n[0]), "the call had %sreturned while the child ran", p->n[0] ? "" : "not ");
	}
}

void experiment_parent_tid(struct stage *s, struct part *p, enum step step)
{
	if (step == AFTER)
		told(p, yes_or_no(s->b->parent_tid == s->answer), "the call returned %ld; %d is at parent_tid",
			s->answer, s->b->parent_tid);
}

/* The word lies in memory that both see. */
void experiment_child_tid(struct stage *s, struct part *p, enum step step)
{
	if (step == IN_CHILD) {
		p->n[0] = s->b->child_tid;
		p->n[1] = raw(SYS_gettid);
	} else if (step == AFTER) {
		told(p, yes_or_no(p->n[0] == p->n[1]), "the child, %ld, found %ld at child_tid", p->n[1], p->n[0]);
	}
}

static bool ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && p.revents & POLLIN;
}

void experiment_pidfd(struct stage *s, struct part *p, enum step step)
{
	if (step == BEFORE) {
		(void)may_end_child(s, p);
		s->b->pidfd = -1;
	} else if (step == AFTER && s->b->pidfd < 0) {
		told(p, yes_or_no(false), "no descriptor came with the call");
	} else if (step == AFTER) {
		bool before = ended(s->b->pidfd), gone = end_child(s), after = ended(s->b->pidfd);
		told(p, yes_or_no(gone && after && (!before || s->flags & CLONE_VFORK_)),
			"descriptor %d: POLLIN %s the child ended%s", (int)s->b->pidfd,
			before ? "was there when the call returned:" : "came when", before ? " before" : "");
	}
}
