/* SPDX-License-Identifier: MIT */
/*
 * What scripts of the fake kernel are made of: threads and processes that come and go in the order of a machine with
 * one CPU, and how the story of them begins. Included behind cmocka.h.
 */
#ifndef TEST_RACES_H
#define TEST_RACES_H

#include <linux/sched.h>
#include <signal.h>
#include <sys/ptrace.h>

#include "fakekernel.h"

#define SHARED     (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_SYSVSEM)
#define THREAD     (SHARED | CLONE_THREAD | CLONE_CHILD_CLEARTID)
#define STACK(tid) (0x70000000u + 0x10000u * (taddr)((tid)-P))
#define LATE       3000000000u /* longer than anything is held */

enum { P = PROGRAM, A, B, C, D };

/* tid makes the thread child. */
static inline void makes_thread(struct fake *f, pid_t tid, pid_t child)
{
	fk_clone(f, tid, THREAD, STACK(child));
	fk_created(f, tid, PTRACE_EVENT_CLONE, child, P);
	fk_trap(f, child);
	fk_pause(f, 1);
}

static inline void forks(struct fake *f, pid_t tid, pid_t child)
{
	fk_clone(f, tid, SIGCHLD, 0);
	fk_created(f, tid, PTRACE_EVENT_FORK, child, child);
	fk_trap(f, child);
	fk_pause(f, 1);
}

static inline void thread_ends(struct fake *f, pid_t tid, int code)
{
	fk_exits(f, tid, code);
	fk_exited(f, tid, code);
	fk_pause(f, 1);
}

/* Plays it, and compares the story. */
static inline void tells(struct fake *f, const char *story)
{
	assert_int_equal(fk_run(f), 0);
	assert_string_equal(fk_story(f), story);
}

#define BEGINS "start\nT0 birth program\n"
#define MADE_A "T0 call clone = +1\nT1 birth thread by T0\n"

#endif
