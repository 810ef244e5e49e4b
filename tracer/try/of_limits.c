/* SPDX-License-Identifier: MIT */
/* Limits and timers of processes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "try/experiments.h"

void experiment_rlimits(struct stage *s, struct part *p, enum step step)
{
	struct rlimit here = { 50, 50 };
	const struct rlimit *lower = &here;
	uint64_t child[2] = { 49, 50 };
	volatile long *n = p->n;

	(void)s;
	if (step == BEFORE) {
		if (setrlimit(RLIMIT_SIGPENDING, lower))
			cannot_do(p, "setrlimit", errno);
	} else if (step == IN_CHILD) {
		uint64_t old[2] = { 0, 0 };
		raw(SYS_prlimit64, 0, RLIMIT_SIGPENDING, (long)child, (long)old);
		n[0] = (long)old[0];
	} else {
		getrlimit(RLIMIT_SIGPENDING, &here);
		told(p, seen_by(n[0] == 50, here.rlim_cur == 49, SHARE_FRESH),
			"the child found RLIMIT_SIGPENDING %ld and set 49: here it is %llu", n[0],
			(unsigned long long)here.rlim_cur);
	}
}

/* Seconds that no try lasts. */
enum { LONG_TIME = 1000, LONGER_TIME = 2000 };

/* By timer_create: its number, or -1. */
static long make_timer(void)
{
	struct sigevent none = { .sigev_notify = SIGEV_NONE };
	int id = 0;

	return raw(SYS_timer_create, CLOCK_MONOTONIC, (long)&none, (long)&id) ? -1 : id;
}

/* n[1]: a timer; n[2]: whether it is one for the child. */
void experiment_timers(struct stage *s, struct part *p, enum step step)
{
	struct itimerval t = { .it_value.tv_sec = LONG_TIME };
	struct itimerspec of_timer;
	volatile long *n = p->n;

	(void)s;
	if (step == BEFORE) {
		if (setitimer(ITIMER_REAL, &t, NULL))
			cannot_do(p, "setitimer", errno);
		n[1] = make_timer();
	} else if (step == IN_CHILD) {
		raw(SYS_getitimer, ITIMER_REAL, (long)&t);
		n[0] = t.it_value.tv_sec;
		t.it_value.tv_sec = LONGER_TIME;
		raw(SYS_setitimer, ITIMER_REAL, (long)&t, 0);
		n[2] = n[1] >= 0 && raw(SYS_timer_gettime, n[1], (long)&of_timer) == 0;
	} else {
		getitimer(ITIMER_REAL, &t);
		bool felt = t.it_value.tv_sec >= LONG_TIME + 1;
		bool agree = n[1] < 0 || n[2] == felt;
		told(p, agree ? seen_by(n[0] > 0, felt, SHARE_NONE) : SEEN(SHARE_COPIED),
			"an alarm in 1000 s is set: the child found %s and set one in 2000 s: here it rings in %s s%s",
			n[0] > 0 ? "it" : "none", felt ? "2000" : "1000",
			n[1] < 0     ? "" :
				n[2] ? "; a timer of timer_create is the child's, too" :
				       "; a timer of timer_create is none of the child's");
	}
}

/* /proc/self/oom_score_adj: everybody may raise it. */
static long score_now(const struct stage *s)
{
	char text[32];

	return own_file(s, "thread-self/oom_score_adj", text, sizeof(text)) > 0 ? strtol(text, NULL, 10) : -10000;
}

static long write_score(const struct stage *s, const char *text, long bytes)
{
	long fd = raw(SYS_openat, s->proc, (long)"thread-self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	long n = fd < 0 ? fd : raw(SYS_write, fd, (long)text, bytes);

	raw(SYS_close, fd);
	return n;
}

/* A process that has its memory from another is told what is written to either, but for a vfork. */
void experiment_oom_score_adj(struct stage *s, struct part *p, enum step step)
{
	volatile long *n = p->n;

	if (step == BEFORE) {
		long wrote = write_score(s, "998", 3);
		if (wrote < 0)
			cannot_do(p, "a write to oom_score_adj", wrote);
	} else if (step == IN_CHILD) {
		n[0] = own_file(s, "thread-self/oom_score_adj", p->text, sizeof(p->text));
		n[1] = write_score(s, "999", 3);
	} else if (n[1] != 3) {
		cannot_do(p, "the child's write", n[1]);
	} else {
		long had = strtol(p->text, NULL, 10), here = score_now(s);
		bool passed_on = here == 999 && s->flags & CLONE_VM_ && !(s->flags & CLONE_THREAD_);
		told(p,
			passed_on ? SEEN(SHARE_COPIED) | SEEN(SHARE_SHARED) :
				    seen_by(had == 998, here == 999, SHARE_FRESH),
			"the child found %ld and wrote 999: here it is %ld%s", had, here,
			passed_on ? ", for a write is passed on to all that share the memory" : "");
	}
}
