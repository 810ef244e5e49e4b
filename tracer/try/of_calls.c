/* SPDX-License-Identifier: MIT */
/* What the call itself promises. */
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "try/experiments.h"

static unsigned yes_or_no(bool yes)
{
	return yes ? SEEN(TRIAL_YES) : SEEN(TRIAL_NO);
}

/* The child gives its creator time to come back, and looks whether that did; one that does comes at once, mostly. */
enum { STAYS_MS = 30, RETURNS_MS = 2000 };

void experiment_vfork_wait(struct stage *s, struct part *p, enum step step)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	if (step == IN_CHILD) {
		for (int i = 0; i < (s->flags & CLONE_VFORK_ ? STAYS_MS : RETURNS_MS) && !s->b->back; i++)
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

/* Of the child, for whom it is one; -1: for nobody here. */
static int status_by(int pidfd)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) || !info.si_pid)
		return -1;
	return info.si_status;
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
		int status = status_by(s->b->pidfd);
		bool right = status < 0 || status == CHILD_STATUS;
		told(p, yes_or_no(gone && after && right && (!before || s->flags & CLONE_VFORK_)),
			"descriptor %d: POLLIN %s the child ended%s%s", (int)s->b->pidfd,
			before ? "was there when the call returned:" : "came when", before ? " before" : "",
			status < 0    ? "" :
				right ? "; waitid by it has its exit code" :
					"; waitid has another exit code");
	}
}

/* How long a child is looked at that should live on. */
enum { LIVES_ON_MS = 20 };

static bool ends_meanwhile(const struct stage *s, int ms)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	for (int i = 0; i < ms && !child_ended(s); i++)
		nanosleep(&moment, NULL);
	return child_ended(s);
}

/* The child waits to be released, and ends by itself only seconds later. */
void experiment_autokill(struct stage *s, struct part *p, enum step step)
{
	bool killed_so = s->flags & CLONE_PIDFD_AUTOKILL_;

	if (step == BEFORE) {
		if (killed_so && s->flags & CLONE_VFORK_)
			cannot(p, "its creator gets the descriptor when the child has ended");
	} else if (step == AFTER && !(s->flags & CLONE_PIDFD_)) {
		told(p, yes_or_no(false), "no descriptor came with the call that could be closed");
	} else if (step == AFTER && s->flags & CLONE_VFORK_) {
		told(p, yes_or_no(false), "the child came to its end while its creator waited");
	} else if (step == AFTER) {
		close(s->b->pidfd);
		bool ended = ends_meanwhile(s, killed_so ? 1000 : LIVES_ON_MS);
		told(p, yes_or_no(ended), "descriptor %d was closed: the child %s", (int)s->b->pidfd,
			ended ? "ended" : "lives on");
	}
}
