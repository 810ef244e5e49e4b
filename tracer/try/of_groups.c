/* SPDX-License-Identifier: MIT */
/* Whether the creator ends with the child: by exec, by exit_group, by a signal. The stage is the creator. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "try/experiments.h"

static bool ended_with(int end, int status)
{
	return WIFEXITED(end) && WEXITSTATUS(end) == status;
}

/* The child has ended by itself, and here is still who made it. */
static void creator_goes_on(struct stage *s, struct part *p, const char *what)
{
	if (await_child_end(s))
		told(p, SEEN(TRIAL_NO), "%s: it ended, and its creator goes on", what);
	else
		cannot(p, "%s, and did not end", what);
}

/* ---- exec ---- */

/* thrtrace, with a word that it does not know: without /proc and in any namespaces it ends with this. */
static const char *const program[] = { "thrtrace", "--no-such-option", NULL };
enum { PROGRAM_STATUS = 125 };

/* -1: the child can't be waited for, or has not ended. */
static int child_status(const struct stage *s)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)s->answer, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) || info.si_pid != s->answer)
		return -1;
	return info.si_status;
}

/* n[0]: thrtrace's file; n[1]: what execveat answered, which has failed then. */
void experiment_exec(struct stage *s, struct part *p, enum step step)
{
	const char *const nothing[] = { NULL };
	volatile long *n = p->n;

	if (step == BEFORE) {
		p->may_end_stage = true;
		n[0] = openat(s->proc, "self/exe", O_PATH | O_CLOEXEC);
		if (n[0] < 0)
			cannot_do(p, "thrtrace's own file", errno);
		else
			(void)may_end_child(s, p);
	} else if (step == IN_CHILD) {
		raw(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
		part_done(s);
		n[1] = raw(SYS_execveat, n[0], (long)"", (long)program, (long)nothing, AT_EMPTY_PATH);
	} else if (step == STAGE_ENDED) {
		if (ended_with(s->end, PROGRAM_STATUS))
			told(p, SEEN(TRIAL_YES),
				"the child executed a program, which ran as its creator's process and ended with %d",
				PROGRAM_STATUS);
	} else {
		bool ended = await_child_end(s);
		int status = child_status(s);
		if (n[1])
			cannot_do(p, "execveat", n[1]);
		else if (!ended || (status >= 0 && status != PROGRAM_STATUS))
			cannot(p, "the program that was executed did not come to its end");
		else
			creator_goes_on(s, p, "the child executed a program");
	}
}

/* ---- exit_group ---- */

enum { GROUP_STATUS = 42 };

void experiment_exit_group(struct stage *s, struct part *p, enum step step)
{
	if (step == BEFORE) {
		p->may_end_stage = true;
		(void)may_end_child(s, p);
	} else if (step == IN_CHILD) {
		part_done(s);
		raw(SYS_exit_group, GROUP_STATUS);
	} else if (step == STAGE_ENDED) {
		if (ended_with(s->end, GROUP_STATUS))
			told(p, SEEN(TRIAL_YES), "the child called exit_group(%d): its creator's process ended with it",
				GROUP_STATUS);
	} else {
		creator_goes_on(s, p, "the child called exit_group");
	}
}

/* ---- a signal that ends ---- */

/*
 * To the child alone, by tkill. Its creator sends it, for the init of a pid namespace is safe from those inside; but
 * one that waits for its vfork child can't. n[0]: the child has tried by itself and lives.
 */
void experiment_fatal_signal(struct stage *s, struct part *p, enum step step)
{
	bool creator_waits = s->flags & CLONE_VFORK_;

	if (step == BEFORE) {
		p->may_end_stage = true;
		(void)may_end_child(s, p);
	} else if (step == IN_CHILD && creator_waits) {
		part_done(s);
		p->n[0] = 1;
		raw(SYS_tkill, raw(SYS_gettid), SIGKILL);
		p->n[0] = 2;
	} else if (step == STAGE_ENDED) {
		if (WIFSIGNALED(s->end) && WTERMSIG(s->end) == SIGKILL)
			told(p, SEEN(TRIAL_YES),
				"SIGKILL was sent to the child alone: its creator's process died of it");
	} else if (step == AFTER) {
		if (!creator_waits)
			raw(SYS_tkill, s->answer, SIGKILL);
		if (p->n[0] == 2)
			cannot(p, "the init of a pid namespace is safe from its own signals, and its creator waits");
		else
			creator_goes_on(s, p, "SIGKILL was sent to the child");
	}
}
