/* SPDX-License-Identifier: MIT */
/*
 * Fetch a report, classify it, let its handler decide, resume. The only place that resumes a task.
 */
#include <errno.h>
#include <sys/wait.h>

#include "follow/attach.h"
#include "follow/birth.h"
#include "follow/blocked.h"
#include "follow/handlers.h"
#include "follow/kernel_threads.h"

#define BATCH 64
/* A creator's event follows its child's first stop within microseconds, unless the creator was killed in between. */
#define ADOPT_AFTER_NS 20000000U
/* A creator or an early child is held for the other no longer than this. */
#define HOLD_NS 1000000000U
/* Where reports never pause, so that what it waits for may be among them: this long. */
#define HOLD_BUSY_NS 10000000000U
/* A joiner's return follows the end of the thread that it waits for; if not, the end is told without it. */
#define LATE_END_NS 5000000U
/* The same where the thread was let go before it had ended: so long at most while reports come. */
#define LEFT_END_NS 100000000U
/* After this long without a report, buffers are flushed and a blocked call's line is completed. */
#define QUIET_NS 20000000U
/* Buffers are flushed at least this often while reports never pause, so that little is lost with thrtrace. */
#define FLUSH_NS 200000000U
/* How often a pipe's reader is looked for: of a program that does nothing nothing is written that would tell. */
#define WATCH_READER_NS 250000000U

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

/*
 * Detaches children that are not followed before their creator is resumed, so that a debugger as creator can seize its
 * child. In every other case the creator is resumed first, as it mostly runs first untraced: a join then waits, and is
 * seen.
 */
static void resume_let_go(struct run *r)
{
	for (unsigned i = 0; i < r->n_release; i++) {
		struct tracee *t = tracee_find(&r->tracees, r->release[i]);
		if (t && t->detach) {
			resume_one(r, t->tid, handle_release(r, t));
			r->release[i] = 0;
		}
	}
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

	bool creator_first = t && t->state == TR_ANNOUNCED;
	r->stops += WIFSTOPPED(ks->wstatus);
	/* An event of a later kernel passes as STOP_TRAP. */
	(void)!stop_classify(ks->tid, ks->wstatus, telling_time(&r->tell, ks->t_ns), &st);
	r->t_report_ns = st.t_ns;
	struct resume res = handle_stop(r, t, &st);
	if (res.op == RESUME_DETACH) /* the tracee ends with it */
		birth_tell(r);
	resume_let_go(r);
	if (creator_first && res.op != RESUME_DETACH)
		resume_released(r);
	if (res.op != RESUME_NONE)
		resume_one(r, ks->tid, res);
	resume_released(r);
	birth_tell(r);
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
	if (r->attach)
		r->attach->busy = n == BATCH;
	for (unsigned i = 0; i < n; i++)
		if (!is_over(batch, i, n))
			handle(r, &batch[i]);
	if (!n && got == 0)
		r->t_quiet_ns = r->t_report_ns;
	if (!n || got == -EINTR)
		return got;
	int err = telling_flush_aged(&r->tell, telling_time(&r->tell, batch[n - 1].t_ns), FLUSH_NS);
	return err ? err : 1;
}

/*
 * How long an early child waits for its creator's event. On a busy machine the creator may not get a CPU for long; but
 * where calls are followed and nobody is in a call that creates, nobody will speak.
 */
static uint64_t adopt_after(const struct run *r)
{
	return r->asked.mode == MODE_LIGHT || r->tracees.n_creating ? HOLD_NS : ADOPT_AFTER_NS;
}

/*
 * Children that came no later than this have waited too long. Where many are stopped at once it may be a second until
 * it is a creator's turn: as long as reports keep coming, his may be among them.
 */
static uint64_t adopt_before(const struct run *r, uint64_t now)
{
	uint64_t after = adopt_after(r), before = now > after ? now - after : 0;

	if (!r->adopts_when_quiet || before <= r->t_quiet_ns)
		return before;
	uint64_t at_last = now > HOLD_BUSY_NS ? now - HOLD_BUSY_NS : 0;
	return at_last > r->t_quiet_ns ? at_last : r->t_quiet_ns;
}

/* A busy program is never quiet: what has been held too long is told and goes on all the same. */
static void when_overdue(struct run *r)
{
	if (!r->ends.n_late && !r->tracees.early && !r->tracees.holding)
		return;
	uint64_t now = run_now(r);
	if (now - r->t_overdue_ns < ADOPT_AFTER_NS)
		return;
	r->t_overdue_ns = now;
	uint64_t joined_after = r->lets_go ? LEFT_END_NS : ADOPT_AFTER_NS;
	if (now > joined_after) /* a trace may be younger than that */
		tell_late_ends(r, now - joined_after);
	if (r->tracees.early)
		adopt(r, adopt_before(r, now));
	if (r->tracees.holding && now > HOLD_NS) {
		release_held(r, now - HOLD_NS);
		resume_released(r);
	}
}

/*
 * What is owed before a sleep of unknown length. none: there was no tracee to wait for. 1: somebody goes on by it, so
 * look for reports first.
 */
static int when_quiet(struct run *r, bool none)
{
	if (r->ends.n_late)
		tell_late_ends(r, UINT64_MAX);
	if (none)
		return -ECHILD; /* what is left is no tracee: the command of -o */
	if (r->tracees.early || r->tracees.holding)
		return 1; /* when_overdue looks how long they have waited */
	kernel_threads_idle(r);
	if (r->attach && !r->attach->blocked_looked && !attached_pending(r)) {
		r->attach->blocked_looked = true;
		blocked_look_all(r);
	}
	return telling_idle(&r->tell);
}

static uint64_t patience(const struct run *r, bool none)
{
	if (attached_pending(r))
		return attach_patience(r);
	if (r->ends.n_late)
		return r->lets_go ? QUIET_NS : LATE_END_NS;
	if (r->tracees.early || r->tracees.holding ||
		none) /* none: a child that nobody announced may yet come, and else all is over */
		return ADOPT_AFTER_NS;
	return telling_is_eager(&r->tell) && !telling_is_behind(&r->tell) ? 0 : QUIET_NS;
}

/* How long to sleep when nothing is owed. */
static uint64_t sleep_ns(struct run *r)
{
	if (telling_is_behind(&r->tell)) /* only asking tells when its reader goes on */
		return 0;
	uint64_t most = telling_is_piped(&r->tell) && !r->tell.muted ? WATCH_READER_NS : UINT64_MAX;
	if (r->tell.progress.on && most > PROGRESS_NS)
		most = PROGRESS_NS;

	if (!r->asked.deadline_ns)
		return kernel_threads_sleep(r, most);
	uint64_t now = run_now(r), left = now < r->asked.deadline_ns ? r->asked.deadline_ns - now : 0;
	return kernel_threads_sleep(r, left < most ? left : most);
}

/*
 * The trace can't be told any further. A program with our filter needs us all the same: it goes on, in silence. The
 * others are let go.
 */
static void when_failed(struct run *r)
{
	if (!r->failure)
		r->failure = r->error;
	r->error = 0;
	r->tell.muted = true;
	r->leaving |= !r->syscall_filter_child;
}

/* One turn: 0 to go on, -ECHILD when no tracee is left, or what the door fails with. */
static int turn(struct run *r)
{
	bool none = !r->tracees.by_tid, attaching = attached_pending(r);

	if (attaching)
		attach_continue(r);
	int got = step(r, patience(r, none));
	when_overdue(r);
	if (got == 0 && attaching) {
		attach_quiet(r);
		return 0;
	}
	if (got == 0)
		got = when_quiet(r, none);
	if (got == 0)
		got = step(r, sleep_ns(r));
	if (got == 0 && telling_is_deserted(&r->tell))
		got = -EPIPE;
	if (got == -EINTR)
		got = run_signalled(r);
	return got;
}

int run_loop(struct run *r)
{
	while (!r->leaving) {
		int got = turn(r);
		if (got == -ECHILD)
			break;
		if (got == -ENODATA)
			return got; /* a record has no more */
		if (got < 0)
			run_fail(r, got);
		if (r->error)
			when_failed(r);
		r->leaving |= r->asked.deadline_ns && !attached_pending(r) && run_now(r) >= r->asked.deadline_ns;
	}
	if (r->leaving && !r->failure)
		blocked_before_leaving(r);
	if (r->leaving)
		return r->failure;
	adopt(r, UINT64_MAX);
	tell_late_ends(r, UINT64_MAX);
	tell_unseen_ends(r);
	return r->failure ? r->failure : r->error;
}
