/* SPDX-License-Identifier: MIT */
/*
 * Fetch a report, classify it, let its handler decide, resume. The only place that resumes a task.
 */
#include <errno.h>
#include <sys/wait.h>

#include "emit.h"
#include "handlers.h"

#define BATCH 64
/* A creator's event follows its child's first stop within microseconds, unless the creator was killed in between. */
#define ADOPT_AFTER_NS 20000000U
/* A joiner's return follows the end of the thread that it waits for; if not, the end is told without it. */
#define LATE_END_NS 5000000U

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
		if (t)
			resume_one(r, t->tid, handle_release(r, t));
	}
	r->n_release = 0;
}

static void adopt(struct run *r, uint64_t before)
{
	while (adopt_early(r, before))
		resume_released(r);
}

static void handle(struct run *r, const struct kstatus *ks)
{
	struct stop st;
	struct tracee *t = tracee_find(&r->tracees, ks->tid);

	(void)!stop_classify(ks->tid, ks->wstatus, ks->t_ns, &st); /* an event of a later kernel passes as STOP_TRAP */
	struct resume res = handle_stop(r, t, &st);
	if (res.op != RESUME_NONE)
		resume_one(r, ks->tid, res);
	resume_released(r);
}

/*
 * A stop with another report of its task behind it is over: SIGKILL ended it. What the task would answer now belongs to
 * the later report, and its resume, too.
 */
static bool is_over(const struct kstatus *batch, unsigned i, unsigned n)
{
	for (unsigned later = i + 1; later < n; later++)
		if (batch[later].tid == batch[i].tid)
			return WIFSTOPPED(batch[i].wstatus);
	return false;
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
		if (!is_over(batch, i, n))
			handle(r, &batch[i]);
	return n ? 1 : got;
}

/* A busy program is never quiet: what has been held too long is told and goes on all the same. */
static void when_overdue(struct run *r)
{
	if (!r->n_late && !r->tracees.n_early)
		return;
	uint64_t now = r->k->now_ns(r->k->ctx);
	if (now - r->t_overdue_ns < LATE_END_NS)
		return;
	r->t_overdue_ns = now;
	tell_late_ends(r, now - LATE_END_NS);
	if (r->tracees.n_early)
		adopt(r, now - ADOPT_AFTER_NS);
}

static int when_quiet(struct run *r)
{
	uint64_t limit = UINT64_MAX;
	bool none = !r->tracees.by_tid;

	int err = emit_idle(r);
	if (err)
		return err;
	if (r->n_late)
		limit = LATE_END_NS;
	else if (r->tracees.n_early || none) /* none: a child that nobody announced may yet come, and else all is over */
		limit = ADOPT_AFTER_NS;
	int got = step(r, limit);
	if (got == 0 && r->n_late)
		tell_late_ends(r, UINT64_MAX);
	else if (got == 0 && none)
		return -ECHILD; /* what is left is no tracee: the command of -o */
	else if (got == 0)
		adopt(r, UINT64_MAX);
	return got < 0 ? got : 0;
}

int run_loop(struct run *r)
{
	while (!r->error) {
		int got = step(r, 0);
		when_overdue(r);
		if (got == 0)
			got = when_quiet(r);
		if (got == -EINTR)
			got = run_signalled(r);
		if (got == -ECHILD)
			break;
		if (got < 0)
			return got;
	}
	if (r->error)
		return r->error;
	adopt(r, UINT64_MAX);
	tell_late_ends(r, UINT64_MAX);
	tell_unseen_ends(r);
	return r->error;
}
