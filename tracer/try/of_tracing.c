/* SPDX-License-Identifier: MIT */
/* Whether the creator's tracer has the child. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "try/experiments.h"

#ifndef PR_SET_PTRACER
#define PR_SET_PTRACER 0x59616d61
#endif

/* n[]: what the tracer and the stage tell each other. */
enum { TRACER, MAY_SEIZE, SEIZED, SEIZE_ERROR };

static void await(volatile const long *word)
{
	const struct timespec moment = { .tv_nsec = 100000 };

	for (int i = 0; i < 10000 && !*word; i++)
		nanosleep(&moment, NULL);
}

/* Traces the stage, and whom it gets by that, until all have ended. */
static _Noreturn void trace(const struct stage *s, struct part *p, bool follows)
{
	long options = follows ? PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK : 0;
	int status;
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	await(&p->n[MAY_SEIZE]);
	p->n[SEIZE_ERROR] = ptrace(PTRACE_SEIZE, s->pid, NULL, options) ? errno : 0;
	p->n[SEIZED] = 1;
	while ((pid = waitpid(-1, &status, __WALL)) > 0)
		if (WIFSTOPPED(status))
			ptrace(PTRACE_CONT, pid, NULL, (long)(status >> 16 ? 0 : WSTOPSIG(status)));
	_exit(0);
}

static void begin_tracer(struct stage *s, struct part *p, bool follows)
{
	pid_t pid = fork();

	if (pid == 0)
		trace(s, p, follows);
	if (pid < 0) {
		cannot_do(p, "fork of a tracer", errno);
		return;
	}
	p->n[TRACER] = pid;
	prctl(PR_SET_PTRACER, (unsigned long)pid, 0, 0, 0); /* with Yama, else a child may not */
	p->n[MAY_SEIZE] = 1;
	await(&p->n[SEIZED]);
	if (!p->n[SEIZED])
		cannot(p, "a tracer of the creator did not begin");
	else if (p->n[SEIZE_ERROR])
		cannot_do(p, "ptrace", p->n[SEIZE_ERROR]);
}

/* The creator's tracer follows new tasks only where the word is to keep it from that. */
void experiment_ptrace(struct stage *s, struct part *p, enum step step)
{
	bool follows = s->flags & CLONE_UNTRACED_;

	if (step == BEFORE) {
		long n = own_file(s, "self/status", p->text, sizeof(p->text));
		if (n < 0)
			cannot_do(p, "/proc/self/status", n);
		else if (status_field(p->text, "TracerPid", 10) != 0)
			cannot(p, "a tracer has the creator already");
		else
			begin_tracer(s, p, follows);
	} else if (step == IN_CHILD) {
		p->n[5] = own_file(s, "thread-self/status", p->text, sizeof(p->text));
	} else if (step == AFTER && p->n[5] < 0) {
		cannot_do(p, "/proc/thread-self/status", p->n[5]);
	} else if (step == AFTER) {
		long tracer = status_field(p->text, "TracerPid", 10);
		told(p,
			tracer == p->n[TRACER] ? SEEN(SHARE_PARENT) :
				tracer == 0    ? SEEN(SHARE_NONE) :
						 SEEN(SHARE_FRESH),
			"%ld traces the creator, and %s: the child's TracerPid is %ld", p->n[TRACER],
			follows ? "follows whom it makes" : "follows nobody", tracer);
	}
}
