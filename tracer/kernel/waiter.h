/* SPDX-License-Identifier: MIT */
/*
 * Whom to ask for the next report.
 *
 * waitpid(-1) walks the list of all tracees: 0.1 us with one of them, 430 us with 5000, at each report. A wait for
 * one tid is O(1) since Linux 5.13 (kernel/exit.c, do_wait_pid). So the waiter keeps the tids that it knows of and
 * asks for single ones: first those that a SIGCHLD named, then those that went on a moment ago, then a few of all
 * the others in turn, and each of them within ten milliseconds (of more than a thousand: thirty), whoever reports
 * meanwhile. A SIGCHLD may stand for many reports (signals of one kind coalesce) and its sender may be unknown: so it
 * sleeps without limit only after a walk over everything, begun after the last SIGCHLD was taken, has found nothing. A
 * report that comes later than that leaves a SIGCHLD pending, which ends the sleep. With up to a thousand tracees that
 * walk is made before each sleep. With more a tenth of the time is spent with walks, which find somebody soon where
 * many have reported; and the sleeps are short meanwhile. Where signals name too few of those who report, more of the
 * others are asked before each sleep.
 *
 * With a handful of tracees none of that is worth its price, and the waiter blocks in waitpid(-1), after it has looked
 * for a moment whether that is needed.
 *
 * The kernel is reached through struct wait_ops: the door has the live one, the tests a scripted one.
 */
#ifndef TRACER_WAITER_H
#define TRACER_WAITER_H

#include "kernel/kernel.h"

struct wait_ops {
	void *ctx;
	/* The report of tid, or of anybody for -1, without waiting: 1 with *ret filled, 0, or -errno. */
	int (*reap)(void *ctx, pid_t tid, struct kstatus *ret);
	/*
	 * Sleeps until a blocked signal is pending and takes it, at most timeout_ns (UINT64_MAX: no limit). Its
	 * number, or 0 when the time is over. *ret_sender: si_pid.
	 */
	int (*sleep)(void *ctx, uint64_t timeout_ns, pid_t *ret_sender);
	/*
	 * Waits for anybody's report itself: no SIGCHLD is made for a stop, and no second call fetches it. NULL: it
	 * can't. As reap for -1, or 0 after a few milliseconds, or -EINTR with *ret_signal for a blocked signal that
	 * is not SIGCHLD. From then on SIGCHLD may not tell of stops; the next sleep sees to that.
	 */
	int (*block)(void *ctx, struct kstatus *ret, int *ret_signal);
	uint64_t (*now_ns)(void *ctx);
	/*
	 * How long it may look for a report again and again before block; 0 where nothing else runs meanwhile: a
	 * single CPU.
	 */
	uint64_t spin_ns;
};

struct waiter;

/* NULL when out of memory. *ops is copied. */
struct waiter *waiter_new(const struct wait_ops *ops);
void waiter_free(struct waiter *w);
/*
 * tid is (about to be) a tracee. Not needed for correctness; without it its first report may take longer to be found.
 */
void waiter_expect(struct waiter *w, pid_t tid);
/* tid was told to go on: its next report may come soon. */
void waiter_resumed(struct waiter *w, pid_t tid);
/* tid was let go: nothing more comes of it. */
void waiter_left(struct waiter *w, pid_t tid);
/* As struct kernel's put_back. */
int waiter_put_back(struct waiter *w, const struct kstatus *ks);
/* As struct kernel's wait; *ret_signal is the signal behind -EINTR. */
int waiter_next(struct waiter *w, struct kstatus *ret, uint64_t timeout_ns, int *ret_signal);

#endif
