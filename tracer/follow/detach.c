/* SPDX-License-Identifier: MIT */
#include "follow/detach.h"

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <thrtrace/procstat.h>

#include "follow/birth_attached.h"
#include "follow/blocked.h"
#include "follow/facts.h"
#include "follow/handlers.h"
#include "kernel/proc_file.h"

struct rest {
	void (*then)(void *arg);
	void *arg;
};

/* Where memory is what thrtrace lacks, it must be able to let go all the same. */
#define STACK_BYTES ((size_t)1 << 20)
static _Alignas(64 * 1024) char stack[STACK_BYTES];

/* 2 s in all: what the kernel does there takes microseconds a tracee. */
#define WAITS_MAX 10000

/* thrtrace's own first thread. */
static bool is_zombie(void)
{
	char text[1024];
	struct procstat stat;

	return proc_file_read(text, sizeof(text), "/proc/self/stat") <= 0 || procstat_parse(&stat, text) ||
		stat.state == 'Z';
}

static void *go_on(void *arg)
{
	struct rest *rest = arg;

	/*
	 * pthread_join would be too early: the word that it waits on is cleared before exit_ptrace (kernel/exit.c,
	 * do_exit).
	 */
	for (unsigned n = 0; n < WAITS_MAX && !is_zombie(); n++)
		nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
	rest->then(rest->arg);
	return NULL;
}

void detach_by_exit(void (*then)(void *arg), void *arg)
{
	struct rest rest = { .then = then, .arg = arg };
	pthread_t thread;
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, stack, sizeof(stack));
	if (pthread_create(&thread, &attr, go_on, &rest))
		return;
	syscall(SYS_exit, 0); /* of this thread alone; pthread_exit would unwind the stack that the rest lives on */
}

/* It was asked to stop, and has not by now. */
static void tell_unstopped(struct run *r, struct tracee *t)
{
	struct glance g;

	birth_see(r, t, "thrtrace left before it had stopped", &g);
	birth_attached(r, t, g.stat_known ? ATTACHED_AS_IT_IS : ATTACHED_GONE, g.stat_known ? &g : NULL);
}

static void tell_one(struct run *r, struct tracee *t, uint64_t now)
{
	if (t->state == TR_ATTACHED)
		tell_unstopped(r, t);
	const struct task *task = run_task(r, t);
	if (!task)
		return;
	struct event ev = { .kind = EV_END, .task = task, .t_ns = now, .u.end = t->end };
	if (t->state != TR_EXITING && t->state != TR_ZOMBIE)
		ev.u.end = (struct ev_end){ .how = END_DETACHED };
	if (ev.u.end.how == END_DETACHED) {
		facts_last_name(r, t->tid, &ev.u.end);
		facts_account_so_far(r, t->tid, &ev.u.end);
		if (r->asks_windows) /* the account is not younger than its end */
			ev.t_ns = run_now(r);
	}
	run_tell(r, &ev, true);
}

void detach_tell(struct run *r)
{
	uint64_t now = run_now(r);
	struct tracee *t, *next;

	tell_late_ends(r, UINT64_MAX);
	if (r->attach)
		blocked_look_all(r);
	HASH_ITER (hh, r->tracees.by_tid, t, next) {
		tell_one(r, t, now);
		tracee_free(&r->tracees, t);
	}
}

void detach_wait_program(struct run *r)
{
	struct kstatus ks;
	int got = 0;

	while (!r->main.ended && got != -ECHILD) {
		got = r->k->wait(r->k->ctx, &ks, UINT64_MAX);
		if (got == -EINTR)
			(void)!run_signalled(r);
		if (got != 1 || ks.tid != r->main.tid || WIFSTOPPED(ks.wstatus))
			continue;
		r->main.ended = true;
		r->main.wstatus = ks.wstatus;
	}
}
