/* SPDX-License-Identifier: MIT */
/*
 * Fetch a report, classify it, let its handler decide, resume. The only place that resumes a task, but for the
 * adoption of early children.
 */
#include <errno.h>
#include <sys/wait.h>

#include "birth.h"
#include "emit.h"
#include "handlers.h"

#define BATCH 64
/* A creator's event follows its child's first stop within microseconds, unless the creator was killed in between. */
#define ADOPT_AFTER_NS 20000000U
/* A joiner's return follows the end of the thread that it waits for; if not, the end is told without it. */
#define LATE_END_NS 5000000U
/* Nothing for so long: what is still in the buffer is written, and a blocked call's line is completed. */
#define QUIET_NS 20000000U
/* A program that is never quiet: the buffer is written at least that often, so that little is lost with thrtrace. */
#define FLUSH_NS 200000000U

static void resume_one(struct run *r, pid_t tid, struct resume res)
{
	int err = r->k->resume(r->k->ctx, tid, res.op, res.sig);

	if (res.op == RESUME_DETACH && err != -ESRCH) {
		struct tracee *t = tracee_find(&r->tracees, tid);
		tracee_free(&r->tracees, t);
	}
	/* -ESRCH: killed out of its stop; its report is on the way. Nothing else can go wrong with a resume. */
}

static void resume_released(struct run *r)
{
	for (unsigned i = 0; i < r->n_release; i++) {
		struct tracee *t = tracee_find(&r->tracees, r->release[i]);
		if (!t)
			continue;
		bool calls = r->mode == MODE_ALL && !t->silent;
		struct resume res = { .op = t->detach ? RESUME_DETACH : calls ? RESUME_SYSCALL : RESUME_CONT };
		resume_one(r, t->tid, res);
	}
	r->n_release = 0;
}

static void handle(struct run *r, const struct kstatus *ks)
{
	struct stop st;
	struct tracee *t = tracee_find(&r->tracees, ks->tid);

	r->stops += WIFSTOPPED(ks->wstatus);
	(void)!stop_classify(ks->tid, ks->wstatus, ks->t_ns, &st); /* an event of a later kernel passes as STOP_TRAP */
	struct resume res = handle_stop(r, t, &st);
	if (res.op != RESUME_NONE)
		resume_one(r, ks->tid, res);
	resume_released(r);
	birth_tell(r);
}

/* All reports that are ready, then each in turn: no task starves behind a busy one. */
static int step(struct run *r, uint64_t timeout_ns)
{
	struct kstatus batch[BATCH];
	unsigned n = 0;
	int got;

	while (n < BATCH && (got = r->k->wait(r->k->ctx, &batch[n], n ? 0 : timeout_ns)) == 1)
		n++;
	for (unsigned i = 0; i < n; i++)
		handle(r, &batch[i]);
	if (!n)
		return got;
	uint64_t now = batch[n - 1].t_ns;
	if (now - r->flushed_ns < FLUSH_NS)
		return 1;
	r->flushed_ns = now;
	int err = output_flush(&r->output);
	return err ? err : 1;
}

/* What is owed before a sleep of unknown length. 1: somebody goes on by it, so look for reports first. */
static int when_quiet(struct run *r)
{
	if (r->n_late)
		tell_late_ends(r);
	if (r->tracees.n_early) {
		adopt_early(r);
		return 1;
	}
	return emit_idle(r);
}

static uint64_t patience(const struct run *r)
{
	if (r->n_late)
		return LATE_END_NS;
	if (r->tracees.n_early)
		return ADOPT_AFTER_NS;
	return r->output.eager ? 0 : QUIET_NS;
}

int run_loop(struct run *r)
{
	/* A command that reads the trace is a child of thrtrace, too: -ECHILD alone is not to be waited for. */
	while (!r->error && r->tracees.by_tid) {
		int got = step(r, patience(r));
		if (got == 0)
			got = when_quiet(r);
		if (got == 0)
			got = step(r, UINT64_MAX);
		if (got == -EINTR)
			got = run_signalled(r);
		if (got == -ECHILD)
			break;
		if (got < 0)
			return got;
	}
	adopt_early(r);
	tell_late_ends(r);
	return r->error;
}
