/* SPDX-License-Identifier: MIT */
/* The inside of the scripted kernel: what its files share. */
#ifndef TEST_FAKEKERNEL_IMPL_H
#define TEST_FAKEKERNEL_IMPL_H

#include "fakekernel.h"

#include "follow/attach.h"
#include "recorder.h"

#define EVENT_STOP 128 /* PTRACE_EVENT_STOP, which glibc declares in an enum since 2.37 only */
#define ITEMS      256
#define TASKS      64
#define VMAS       16
#define RESUMES    64

enum what { REPORT, REGISTERS, PAUSE, DIES, OUTSIDE, GONE, SLOW, ASKS };

struct item {
	enum what what;
	pid_t tid;
	int wstatus;
	uint64_t msg;
	bool has_call;
	struct syscall_stop call;
	pid_t child, child_tgid; /* a creation event's */
	uint64_t ns;
	int sig;
	bool done;
};

enum state { NEVER, RUNS, STOPPED, LISTENS, DEAD, LEFT, ZOMBIE };

struct ftask {
	pid_t tid, tgid, ppid;
	enum state state;
	bool dying;        /* SIGKILL is on it */
	bool exit_seen;    /* its exit stop was reported */
	bool left_exiting; /* let go at its exit stop: it ends without a word, and its tid is free */
	bool detached;     /* let go by the tracer: nothing more comes of it */
	bool reported;
	bool seized;      /* -p: by PTRACE_SEIZE, or at its birth by a creator that was */
	bool interrupted; /* it stops at once, unless it reports something else before */
	bool asleep, vanishes;
	unsigned refusals; /* to be seized, before it can be */
	unsigned tries;    /* ZOMBIE: it lives again at this try to seize it; 0 never */
	bool announced;    /* its creator's event was reported */
	struct item at;    /* its last report */
	bool unheard; /* its death was fetched with the batch at hand: who is asked for an earlier report can't know */
	struct regs regs;
	const char *comm;   /* NULL: prog */
	const char *worker; /* of io_uring: so it names itself, */
	unsigned unnamed;   /* once its stat has been read so many times */
	char resumes[RESUMES * 8];
};

struct fake {
	struct kernel k;
	struct run run;
	struct attach attach;
	bool attaches; /* -p */
	struct recorder recorder;
	enum trace_mode mode;
	struct item item[ITEMS];
	size_t n_items;
	struct ftask task[TASKS];
	size_t n_tasks;
	struct fakemem memory;
	unsigned hides; /* so many times there is no list of tasks */
	struct {
		taddr low, high;
		uint32_t prot;
	} vma[VMAS];
	size_t n_vmas;
	enum libc_kind libc;
	uint64_t clock, tick;
	uint64_t read_ns;        /* so long takes each file of /proc, and there is a schedstat */
	unsigned idle;           /* waits in a row that nothing came of */
	struct kstatus back[16]; /* put back, and had again up to next_back */
	unsigned n_back, next_back;
	int asked, sent, comms; /* questions, signals, questions for a name */
	bool batch_over;        /* the batch has ended, or a request was made: the next wait begins another one */
	/* The injected kill. */
	bool inject, injected, soon, no_exit_stop;
	size_t kill_at_item;
	pid_t kill_tgid;
	size_t kill_at_request, requests;
	char broken[512];
};

/* Keeps the first broken promise: the run ends, and the test fails. */
void fake_broken(struct fake *f, const char *fmt, ...) THR_PRINTF(2, 3);
/* The task of this tid, made when there was none. */
struct ftask *fake_task(struct fake *f, pid_t tid);
/* SIGKILL comes to a task, and to every task of a process. */
void fake_dies(struct ftask *t);
void fake_kill_process(struct fake *f, pid_t tgid);
/* A request to a task that must be in a stop: 0, or -ESRCH when it has been killed out of it. */
int fake_stopped(struct fake *f, pid_t tid, const char *what);
/* A request to a task that must be there, in a stop or not: 0 or -ESRCH. */
int fake_there(struct fake *f, pid_t tid, const char *what);
/* The PTRACE_EVENT of a report, 0 for none. */
int fake_event_of(const struct item *i);
/* Whose creation event names the task; NULL when none of the script does. */
const struct ftask *fake_creator_of(struct fake *f, const struct ftask *t);

/* The door's functions: what comes of waiting, and what is asked of tasks. */
void fake_wait_door(struct kernel *k);
void fake_request_door(struct kernel *k);

#endif
