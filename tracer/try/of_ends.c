/* SPDX-License-Identifier: MIT */
/* What comes of the child's end: what is undone, a word that is cleared, a signal, somebody who may wait. */
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "try/experiments.h"

/*
 * In an IPC namespace that ends with the stage, where one may be made: elsewhere a semaphore is there until it is
 * removed, which the manager does then.
 */
static long make_semaphore(struct stage *s)
{
	bool own = unshare(CLONE_NEWIPC) == 0;
	int id = semget(IPC_PRIVATE, 1, 0600);

	if (id < 0)
		return -errno;
	if (!own)
		s->b->semaphore = id + 1;
	return id;
}

void experiment_sysvsem(struct stage *s, struct part *p, enum step step)
{
	struct sembuf up = { .sem_op = 1, .sem_flg = SEM_UNDO };
	volatile long *n = p->n;

	if (step == BEFORE) {
		if (!may_end_child(s, p))
			return;
		n[0] = make_semaphore(s);
		if (n[0] < 0)
			cannot_do(p, "semget", n[0]);
	} else if (step == IN_CHILD) {
		n[1] = raw(SYS_semop, n[0], (long)&up, 1);
	} else if (n[1]) {
		told(p, SEEN(SHARE_NONE), "the creator's semaphore is not there for the child: %s",
			strerror((int)-n[1]));
	} else if (!end_child(s)) {
		cannot(p, "the child did not end");
	} else {
		int left = semctl((int)n[0], 0, GETVAL);
		told(p, left == 1 ? SEEN(SHARE_SHARED) : SEEN(SHARE_NONE),
			"the child added 1 with SEM_UNDO and ended: the semaphore is %d, %s", left,
			left ? "for its creator has the list, too" : "undone at once");
	}
}

/* ---- a lock that is held ---- */

/* As <linux/futex.h> has it: a list of one entry, whose lock lies elsewhere. */
struct robust {
	struct robust_list entry;
	struct robust_list_head head;
};

static long hold(struct robust *r, volatile int *lock)
{
	*lock = (int)raw(SYS_gettid);
	r->entry.next = &r->head.list;
	r->head.list.next = &r->entry;
	r->head.futex_offset = (char *)lock - (char *)&r->entry;
	r->head.list_op_pending = NULL;
	return raw(SYS_set_robust_list, (long)&r->head, sizeof(r->head));
}

/* n[0], n[1]: whether the child could ask, and what it had; n[2]: the lock that it held. */
void experiment_robust_list(struct stage *s, struct part *p, enum step step)
{
	static struct robust_list_head mine;
	volatile int *lock = (volatile int *)&p->n[2];
	volatile long *n = p->n;
	void *list = NULL;
	size_t size = 0;

	if (step == BEFORE) {
		mine.list.next = &mine.list;
		long err = raw(SYS_set_robust_list, (long)&mine, sizeof(mine));
		if (err)
			cannot_do(p, "set_robust_list", err);
		else
			(void)may_end_child(s, p);
	} else if (step == IN_CHILD) {
		n[0] = raw(SYS_get_robust_list, 0, (long)&list, (long)&size);
		n[1] = (long)list;
		n[3] = hold((struct robust *)page_of(s, PAGE_STORE), lock);
		n[4] = *lock;
	} else if (n[0] || n[3]) {
		cannot_do(p, "the child's list", n[0] ? n[0] : n[3]);
	} else if (!end_child(s)) {
		cannot(p, "the child did not end");
	} else {
		bool marked = (unsigned)*lock & FUTEX_OWNER_DIED;
		told(p,
			!marked      ? SEEN(SHARE_FRESH) :
				n[1] ? SEEN(SHARE_COPIED) :
				       SEEN(SHARE_NONE),
			"one is here: the child has %s; it registered one with the lock %ld, and ended: the lock is "
			"0x%x%s",
			n[1] ? "one, too" : "none", n[4], (unsigned)*lock, marked ? ", FUTEX_OWNER_DIED" : "");
	}
}

/* ---- the word that is cleared ---- */

/* Uses the child's memory a little longer than the child does: until it is no more its parent. */
static void outlive(void *arg, uint64_t kept)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	const struct stage *s = arg;
	enum { MOMENTS = 3000 };

	(void)kept;
	for (int i = 0; i < MOMENTS && raw(SYS_getppid) == s->pid; i++)
		raw(SYS_nanosleep, (long)&moment, 0);
	for (;;)
		raw(SYS_exit, 0);
}

/* Waits at child_tid until the child has ended. The child is not woken to end: it looks by itself, a little later. */
static bool woken_at_its_end(struct stage *s)
{
	const struct timespec moment = { .tv_nsec = 20000000 };
	int before = s->b->child_tid;
	bool woken = false;

	s->b->release = 1;
	while (!woken && s->b->child_tid == before && before && !child_ended(s))
		woken = raw(SYS_futex, (long)&s->b->child_tid, FUTEX_WAIT, before, (long)&moment) == 0;
	return woken && s->b->child_tid == 0;
}

/* It is cleared only where somebody else has the memory still. A child with its own memory makes such a task. */
void experiment_clear_child_tid(struct stage *s, struct part *p, enum step step)
{
	volatile long *n = p->n;

	if (step == BEFORE) {
		(void)may_end_child(s, p);
		s->b->child_tid = 77;
	} else if (step == IN_CHILD && !(s->flags & CLONE_VM_)) {
		const struct task_args a = { .flags = CLONE_VM_, .stack = (uintptr_t)s->stack, .stack_size = PAGES };
		s->pid = (int)raw(SYS_getpid); /* in the child's own memory */
		n[0] = raw_task(&a, false, outlive, s);
	} else if (step == AFTER) {
		bool woken = woken_at_its_end(s);
		if (!end_child(s)) {
			cannot(p, "the child did not end");
			return;
		}
		if (n[0] < 0) {
			cannot_do(p, "a task in the child's memory", n[0]);
			return;
		}
		int now = s->b->child_tid;
		told(p, now ? SEEN(SHARE_NONE) : SEEN(SHARE_FRESH), "the child ended%s: %d is at child_tid%s",
			s->flags & CLONE_VM_ ? "" : ", outlived by a task in its memory", now,
			woken ? ", and who waited there was woken" : "");
	}
}

/* ---- who is told of the end ---- */

static unsigned yes_or_no(bool yes)
{
	return yes ? SEEN(TRIAL_YES) : SEEN(TRIAL_NO);
}

void experiment_exit_signal(struct stage *s, struct part *p, enum step step)
{
	const struct timespec moment = { .tv_nsec = 20000000 };
	uint64_t wanted = s->word->exit_signal;
	sigset_t all;

	if (step == BEFORE) {
		(void)may_end_child(s, p);
	} else if (step == AFTER) {
		sigfillset(&all);
		if (!end_child(s)) {
			cannot(p, "the child did not end");
			return;
		}
		int got = sigtimedwait(&all, NULL, &moment);
		if (got < 0)
			told(p, yes_or_no(false), "the child ended: its creator got no signal");
		else
			told(p, (uint64_t)got == wanted ? yes_or_no(true) : SEEN(SHARE_NONE),
				"the child ended: its creator got signal %d", got);
	}
}

static bool may_wait(const struct stage *s, int how)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)s->answer, &info, WEXITED | WNOHANG | WNOWAIT | how) == 0 &&
		info.si_pid == s->answer;
}

/* As that does with each of its children. */
static bool buried_by_parent(const struct stage *s)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	if (!(s->flags & CLONE_PARENT_) || s->flags & CLONE_THREAD_)
		return false;
	for (int i = 0; i < 2000 && s->b->buried != s->answer; i++)
		nanosleep(&moment, NULL);
	return s->b->buried == s->answer;
}

/* One that nobody waits for is a zombie for a moment only. */
static bool stays_a_zombie(const struct stage *s)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	for (int i = 0; i < 20 && child_state(s) == 'Z'; i++)
		nanosleep(&moment, NULL);
	return child_state(s) == 'Z';
}

void experiment_zombie(struct stage *s, struct part *p, enum step step)
{
	if (step == BEFORE) {
		(void)may_end_child(s, p);
	} else if (step == AFTER && !end_child(s)) {
		cannot(p, "the child did not end");
	} else if (step == AFTER && buried_by_parent(s)) {
		told(p, yes_or_no(true), "its creator's parent has waited for it: it was one until then");
	} else if (step == AFTER) {
		bool stays = stays_a_zombie(s);
		told(p, yes_or_no(stays), "the child ended: in /proc %ld is %s", s->answer,
			stays ? "in state Z" : "no more");
	}
}

void experiment_plain_wait(struct stage *s, struct part *p, enum step step)
{
	if (step == BEFORE) {
		(void)may_end_child(s, p);
	} else if (step == AFTER && !end_child(s)) {
		cannot(p, "the child did not end");
	} else if (step == AFTER) {
		bool plain = may_wait(s, 0), clone = may_wait(s, (int)__WCLONE), all = may_wait(s, __WALL);
		told(p, yes_or_no(plain), "waitid finds the child %s%s",
			plain                ? "as it is" :
				clone && all ? "with __WCLONE or __WALL only" :
					       "in no way",
			buried_by_parent(s) ? "; its creator's parent has waited for it" : "");
	}
}
