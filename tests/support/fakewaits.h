/* SPDX-License-Identifier: MIT */
/* For the tests of the waiter: a kernel that is scripted, as far as who waits sees of it. After cmocka.h. */
#ifndef TESTS_FAKEWAITS_H
#define TESTS_FAKEWAITS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kernel/waiter.h"

#define TIDS 20000
/* What they take: a question for one tid; a walk for each tracee that it passes, the newest first. */
#define ASK_NS  300U
#define WALK_NS 90U
#define STOPPED (5 << 8 | 0x7f) /* SIGTRAP */
#define EXITED  0

/* cmocka's own has one name in its version 1 and another in 2. */
#define assert_within(value, low, high) assert_true((value) >= (low) && (value) <= (high))

struct fake {
	unsigned char pending[TIDS]; /* 0 none, 1 a stop, 2 an exit */
	bool tracee[TIDS];
	size_t n;     /* tracees */
	pid_t top;    /* the highest that has ever reported */
	bool sigchld; /* pending; more of them coalesce */
	pid_t sender; /* of the first */
	int other_signal;
	bool blocks; /* no SIGCHLD is made for a stop */
	pid_t soon;  /* who reports a stop at a time to come; 0 nobody */
	uint64_t soon_at;
	/* Makes what is due until then be reported: f->now is the time of the first of it, or then. NULL: nothing. */
	void (*passes)(struct fake *f, uint64_t until_ns);
	unsigned long asked, walks, walk_cost, sleeps, naps, blocked;
	uint64_t now, walk_ns; /* walk_ns: of it, for walks */
};

static void report(struct fake *f, pid_t tid, unsigned char what)
{
	f->pending[tid] = what;
	f->top = tid > f->top ? tid : f->top;
	if (f->blocks && what == 1)
		return;
	if (!f->sigchld)
		f->sender = tid;
	f->sigchld = true;
}

static int fake_reap(void *ctx, pid_t tid, struct kstatus *ret)
{
	struct fake *f = ctx;

	f->asked++;
	if (f->soon && f->now >= f->soon_at) {
		report(f, f->soon, 1);
		f->soon = 0;
	}
	if (tid == -1) {
		f->walks++;
		f->walk_cost += f->n;
		if (!f->n)
			return -ECHILD;
		for (tid = f->top; tid > 0 && !f->pending[tid]; tid--)
			;
		f->walk_ns += WALK_NS * (unsigned)(f->top - tid);
		f->now += WALK_NS * (unsigned)(f->top - tid);
	} else {
		f->now += ASK_NS;
	}
	if (tid <= 0)
		return 0;
	if (!f->tracee[tid])
		return -ECHILD;
	if (!f->pending[tid])
		return 0;
	*ret = (struct kstatus){ .tid = tid, .wstatus = f->pending[tid] == 2 ? EXITED : STOPPED };
	if (f->pending[tid] == 2) {
		f->tracee[tid] = false;
		f->n--;
	}
	f->pending[tid] = 0;
	return 1;
}

static int fake_sleep(void *ctx, uint64_t timeout_ns, pid_t *ret_sender)
{
	struct fake *f = ctx;

	f->sleeps++;
	if (f->blocks) {
		f->blocks = false;
		*ret_sender = 0;
		return SIGCHLD;
	}
	/* The lowest number first (kernel/signal.c, next_signal): those that end thrtrace are below SIGCHLD. */
	if (f->other_signal) {
		int sig = f->other_signal;
		f->other_signal = 0;
		return sig;
	}
	if (f->sigchld) {
		f->sigchld = false;
		*ret_sender = f->sender;
		return SIGCHLD;
	}
	/* Asleep for ever while a report is pending: the one thing that must never be. */
	if (timeout_ns == UINT64_MAX)
		for (pid_t tid = 0; tid < TIDS; tid++)
			assert_int_equal(f->pending[tid], 0);
	assert_true(timeout_ns != UINT64_MAX);
	f->naps++;
	if (!f->passes) {
		f->now += timeout_ns;
		return 0;
	}
	f->passes(f, f->now + timeout_ns);
	if (!f->sigchld)
		return 0;
	f->sigchld = false;
	*ret_sender = f->sender;
	return SIGCHLD;
}

static inline int fake_block(void *ctx, struct kstatus *ret, int *ret_signal)
{
	struct fake *f = ctx;

	f->blocked++;
	f->blocks = true;
	int got = fake_reap(f, -1, ret);
	if (got)
		return got;
	f->now += 5000000;
	if (!f->other_signal)
		return 0;
	*ret_signal = f->other_signal;
	f->other_signal = 0;
	return -EINTR;
}

static uint64_t fake_now(void *ctx)
{
	return ++((struct fake *)ctx)->now;
}

static struct waiter *begin(struct fake *f, const struct wait_ops *ops, pid_t tracees)
{
	memset(f, 0, sizeof(*f));
	f->now = 1000;
	struct waiter *w = waiter_new(ops);
	struct kstatus ks;
	int sig;

	assert_non_null(w);
	for (pid_t tid = 1; tid <= tracees; tid++) {
		f->tracee[tid] = true;
		f->n++;
		report(f, tid, 1);
		assert_int_equal(waiter_next(w, &ks, UINT64_MAX, &sig), 1);
		assert_int_equal(ks.tid, tid);
		waiter_resumed(w, tid);
	}
	return w;
}

static inline struct waiter *waits(struct fake *f, pid_t tracees, bool can_block)
{
	return begin(f,
		&(struct wait_ops){ .ctx = f,
			.reap = fake_reap,
			.sleep = fake_sleep,
			.now_ns = fake_now,
			.block = can_block ? fake_block : NULL },
		tracees);
}

#define SPIN 2000U /* the fake clock goes on by 1 a look */
static inline struct waiter *spins(struct fake *f, pid_t tracees)
{
	return begin(f,
		&(struct wait_ops){ .ctx = f,
			.reap = fake_reap,
			.sleep = fake_sleep,
			.now_ns = fake_now,
			.block = fake_block,
			.spin_ns = SPIN },
		tracees);
}

static inline struct waiter *with(struct fake *f, pid_t tracees)
{
	return waits(f, tracees, false);
}

#endif
