/* SPDX-License-Identifier: MIT */
/*
 * A kernel made of a script: which report comes when, about which task, with which facts behind it. The tracer's own
 * loop runs over it, so every order that a real kernel may choose can be chosen, and is the same each time.
 *
 * A test writes a script (fk_* calls, in the order in which the reports come), runs it, and compares the story that
 * the views were told (fk_story) and how a task was resumed (fk_resumes). The fake fails the test by itself when:
 *   - a task is resumed that is not stopped, or twice for one stop, or by a request that its stop does not allow;
 *   - anything is asked of a task that is running (where that needs a stop), dead, or let go;
 *   - the tracer would sleep for ever while a task rests in a stop;
 *   - the story breaks a promise: an EV_BIRTH first and an EV_END last, each exactly once.
 * Reports that follow each other in the script without fk_pause are ready together: one batch. A report of a task that
 * is stopped waits until it is resumed. When the script is over, whatever still runs exits.
 */
#ifndef TEST_FAKEKERNEL_H
#define TEST_FAKEKERNEL_H

#include "follow/run.h"

#include "fakemem.h"

/* Task ids above every kernel's PID_MAX_LIMIT: whatever looks into the real /proc finds nothing there. */
enum { PROGRAM = 5000000 };

struct fake;

/* A trace of PROGRAM that is about to be launched. */
struct fake *fk_new(enum trace_mode mode);
void fk_free(struct fake *f);
/* The run itself, to set options before fk_run. */
struct run *fk_run_of(struct fake *f);

/* ---- attaching: -p PROGRAM, instead of fk_start ---- */

/* The run is one of -p. The process and its threads are there and run; they are seized before the script begins. */
void fk_attach(struct fake *f); /* a test may call attach_begin by itself before fk_run */
void fk_there(struct fake *f, pid_t tid);
/* More than n to be told of are many (struct attach). */
void fk_many(struct fake *f, size_t n);
/* A leader that has ended, while other threads live. */
void fk_zombie(struct fake *f, pid_t tid);
/* The same, while a thread's execve is under way: that one has taken the leader's tid when it is tried again. */
void fk_zombie_for_now(struct fake *f, pid_t tid);
/* A task that is there can't be seized so many times, and whoever looks why finds it alive: execve has replaced it. */
void fk_refuses(struct fake *f, pid_t tid, unsigned times);
/* So many times nobody can list the tasks of a process that is there: execve swaps tids. */
void fk_hides(struct fake *f, unsigned times);
/* It sleeps in a call that a stop would make fail. */
void fk_asleep(struct fake *f, pid_t tid);
/* To read a file of /proc takes so long, and schedstat has tasks that always run. */
void fk_slow_proc(struct fake *f, uint64_t ns);
/* It is listed, and gone when it is to be seized. */
void fk_vanishes(struct fake *f, pid_t tid);
/* It is listed, and ours already: its creator was seized before it was born. */
void fk_born_ours(struct fake *f, pid_t tid);

/* ---- the script ---- */

/* PROGRAM is loaded: T0. */
void fk_start(struct fake *f);
/* A call begins (the stop fits the mode: none in MODE_LIGHT), with these arguments. */
#define fk_call(f, tid, id, ...) fk_call_args(f, tid, id, (const uint64_t[CALL_ARGS]){ __VA_ARGS__ })
void fk_call_args(struct fake *f, pid_t tid, enum call_id id, const uint64_t arg[CALL_ARGS]);
void fk_return(struct fake *f, pid_t tid, int64_t result);
/* MODE_FILTER: the call that the script named last stops for a filter of the program's own. */
void fk_foreign(struct fake *f);
/*
 * clone(2) with these flags (and exit signal) and a stack, as fk_call. CLONE_CHILD_CLEARTID's word is FK_WORD(stack).
 */
#define FK_WORD(stack) ((stack) + 64)
void fk_clone(struct fake *f, pid_t tid, uint64_t flags, taddr stack);
/* PTRACE_EVENT_CLONE, FORK or VFORK: the child is there, in the thread group tgid. */
void fk_created(struct fake *f, pid_t tid, int event, pid_t child, pid_t tgid);
/* A child's first stop, or SIGCONT's echo. */
void fk_trap(struct fake *f, pid_t tid);
/* PTRACE_EVENT_EXEC under the leader's tid; former: the caller's before. */
void fk_exec(struct fake *f, pid_t tid, pid_t former);
/* Any other PTRACE_EVENT. */
void fk_event(struct fake *f, pid_t tid, int event, uint64_t msg);
/* exit(2) begins as a call, and its exit stop. */
void fk_exits(struct fake *f, pid_t tid, int code);
/* The exit stop alone: wait status as in the event's message. */
void fk_exit_stop(struct fake *f, pid_t tid, int wstatus);
void fk_exited(struct fake *f, pid_t tid, int code);
void fk_killed(struct fake *f, pid_t tid, int sig);
/* Signal-delivery-stop and group-stop. */
void fk_signal(struct fake *f, pid_t tid, int sig);
void fk_group_stop(struct fake *f, pid_t tid, int sig);
/* Nothing more is ready: time passes. */
void fk_pause(struct fake *f, uint64_t ns);
/* SIGKILL hits the task here, out of any stop but its exit stop: requests get -ESRCH until its next report. */
void fk_dies(struct fake *f, pid_t tid);
/* A task that the kernel does not report: it is there (untraced), or its tid is free without a word. */
void fk_outside(struct fake *f, pid_t tid);
void fk_gone(struct fake *f, pid_t tid);
/* From here on this much time passes from report to report. */
void fk_slow(struct fake *f, uint64_t ns);
/* thrtrace itself gets a signal. */
void fk_asks(struct fake *f, int sig);

/* ---- facts ---- */

/* The thread group and parent that /proc tells of a task that no fk_created names. */
void fk_task(struct fake *f, pid_t tid, pid_t tgid, pid_t ppid);
/* Its TLS base, which those whom it makes have, too; 0 without. */
void fk_tls(struct fake *f, pid_t tid, taddr tp);
/* A worker of io_uring, there from the beginning: its name is the program's until it was read so many times. */
void fk_io_worker(struct fake *f, pid_t tid, const char *name, unsigned unnamed);
/* What its file comm says. */
void fk_comm(struct fake *f, pid_t tid, const char *comm);
struct fakemem *fk_memory(struct fake *f);
void fk_vma(struct fake *f, taddr low, taddr high, uint32_t prot);
void fk_libc(struct fake *f, enum libc_kind libc);

/* ---- running it ---- */

/* Fails the test when a promise is broken. Returns run_loop's result. */
int fk_run(struct fake *f);
/* One line an event: "T1 birth thread of 5000000 by T0". Lives as long as f. */
const char *fk_story(const struct fake *f);
/* "cont cont syscall listen detach cont:15": how this tid was resumed, over all of its lives. */
const char *fk_resumes(struct fake *f, pid_t tid);
/* How often a name was asked for. */
int fk_comms(const struct fake *f);
/* Signals that thrtrace sent. */
int fk_sent(const struct fake *f);

/*
 * Runs the scenario again and again, and each time lets SIGKILL hit the process of one task at another place: at each
 * step of the script, and at each request of the tracer. Only the promises are checked.
 */
void fk_kill_everywhere(enum trace_mode mode, void (*scenario)(struct fake *f));

#endif
