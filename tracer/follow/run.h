/* SPDX-License-Identifier: MIT */
/* Everything of one trace, owned in one place. */
#ifndef TRACER_RUN_H
#define TRACER_RUN_H

#include <thrtrace/choice.h>
#include <thrtrace/model.h>
#include <thrtrace/proc_text.h>

#include "kernel/kernel.h"
#include "tell/telling.h"
#include "follow/tracee.h"

enum trace_mode {
	MODE_FILTER,  /* a seccomp filter picks the calls that stop */
	MODE_ALL,     /* every call stops, twice */
	MODE_LIGHT,   /* no call stops: ptrace events only */
	MODE_OBSERVE, /* nothing stops: perf events (tracer/observe/), and no ptrace */
};

/* At which births the kernel is asked whether the promised sharing is so. */
enum prove {
	PROVE_NOT,
	PROVE_FIRST, /* the first thread that a task makes with a word of flags, and every process */
	PROVE_EACH,
};

/* The end of a task that is kept back until its joiner returns, which follows within moments. */
struct late_end {
	uint32_t serial;
	uint64_t t_ns;
	struct ev_end end;
};

/* A thread that was let go at its exit stop, and the word that its end clears. */
struct left {
	uint32_t serial;
	pid_t tgid;
	taddr clear_tid;
};

/* A thread that has ended and was not joined (unjoined.h). */
struct unjoined {
	uint32_t serial;
	pid_t tgid;
	taddr tp, word; /* its TLS base; the word that the kernel clears, or musl's of its state */
	bool musl;
	bool supplied; /* its stack is no mapping of its own, as far as is known */
	bool unlooked; /* the last look passed it over */
};

/*
 * A birth whose facts have been read, and which is told once both tasks go on: formatting is no reason to be stopped.
 */
struct newborn {
	bool due;
	struct tracee *child;
	struct event ev;
	struct backtrace bt;
	struct start_routine start;
	char cgroup[PROC_PATH]; /* facts.cgroup */
};

struct attach;
struct program_facts;
struct creators;
struct pids_events;

/* What the user asked for. */
struct asked {
	enum trace_mode mode;
	enum prove prove;
	bool accounts;                /* of each end: all of its account, in each mode, and how it was scheduled */
	bool follow_forks;            /* -f */
	struct call_choice choice;    /* which calls are followed */
	const char *const *argv;      /* of the program, for EV_START; NULL when attached */
	struct program_start program; /* how it is started, for EV_START */
	uint64_t deadline_ns;         /* --duration: when to let go; 0 never */
};

/* The program that thrtrace started: its first task, whose end is thrtrace's own. */
struct main_task {
	pid_t tid; /* 0 when attached */
	bool ended;
	int wstatus;              /* valid when ended */
	uint32_t serial;          /* of its task */
	struct task_usage before; /* its account when the program began: that of thrtrace's own child */
};

/* What is known of ends under way. */
struct ends {
	struct late_end *late;
	size_t n_late, cap_late;
	struct left left[64]; /* the last ones, in a ring */
	size_t n_left;
	struct unjoined *unjoined;
	size_t n_unjoined, cap_unjoined, next_look;
	pid_t ender_tgid;      /* the process that last called exit_group, or execve with other threads, */
	uint32_t ender_serial; /* and which of its tasks did */
	struct {
		pid_t tgid;
		uint32_t serial;
		uint64_t t_ns;
	} exec_seen; /* MODE_LIGHT: who of a process was last found in execve, and when that was looked up */
	struct {
		pid_t tgid;
		uint32_t n_short;
		bool other;
	} names; /* the process of the last end, how many short lives of it have ended, whether a name was another */
};

/* The last waits for the end of a task that nothing wakes. */
#define VAIN_WAITS 8
struct vain_wait {
	uint32_t waiter, label; /* serial of who waits, label of whom for */
	pid_t tgid, tid;        /* of the latter */
	taddr addr;
};

/* The last change of a task's user or group ids that may be its own alone. */
struct creds_call {
	pid_t tgid;      /* 0: none */
	uint32_t serial; /* whose */
	enum call_id id;
	uint64_t t_ns;
};

/* When it was looked for threads that the kernel has made (kernel_threads.h). */
struct kernel_threads {
	uint64_t step_ns;                /* from that look to the next */
	uint64_t t_report_ns, t_next_ns; /* the last report before it; a report after which the next is due */
	uint64_t slept_ns;               /* since it, without a report */
};

struct run {
	struct kernel *k;
	struct creators *creators; /* NULL: backtraces and start routines are not wanted */
	struct pids_events
		*pids_before; /* how often each cgroup had refused a task when the trace began; NULL: not read */

	struct asked asked;
	struct telling tell;

	/* ---- what is followed ---- */
	struct tracees tracees;
	struct attach *attach; /* -p; NULL when the program was started */
	struct main_task main;
	bool foreign_filter; /* another seccomp filter is in force, and may refuse a call before ours lets it stop */
	bool asks_waits;    /* what tasks wait in and for is asked: not in a replay of a record that does not have it */
	bool asks_newborns; /* and what a newborn got by its flags: likewise */
	bool asks_argv;     /* and what an execve hands over */
	bool asks_harm;     /* and what ends and changes of ids leave behind: words, locks, other threads' ids */
	bool asks_leaving;  /* and what can't go on when all are let go */
	bool asks_exits;    /* and from where a task ends its process with a failure */
	bool asks_rest;     /* and for joins of those that it ends; and whether who shares a stack is leaving */
	bool asks_windows;  /* and when each was let go */
	bool adopts_when_quiet;    /* no child is given up while its creator's report may be waiting: likewise */
	bool syscall_filter_child; /* a filter of ours is in the program: it can't be let go */
	pid_t command;             /* of -o: a child of ours that is no tracee; 0 none */
	struct newborn newborn;
	struct ends ends;
	struct vain_wait vain[VAIN_WAITS]; /* a ring */
	size_t n_vain;
	struct creds_call creds;
	pid_t release[2]; /* tasks whose hold has just ended: resumed by the loop */
	unsigned n_release;
	struct kernel_threads kernel_threads;
	uint64_t t_report_ns;  /* of the last report */
	uint64_t t_quiet_ns;   /* and of the last one before there was none for a moment */
	uint64_t t_overdue_ns; /* when the loop last looked for what was held too long */
	uint64_t stops;        /* how often a task was stopped for thrtrace */

	/* ---- how it goes ---- */
	bool lets_go; /* a thread that exits is let go at its exit stop; false: of a record from before that was done */
	bool begun;   /* EV_START was told */
	bool leaving; /* the tracees are to be let go: the loop ends */
	int error;    /* a failure that ends the telling: -ENOMEM, -EPIPE, ... */
	int failure;  /* the first of them, when it has been seen to */
};

/* The first failure ends the telling; later ones are its consequences. */
static inline void run_fail(struct run *r, int err)
{
	if (err && !r->error)
		r->error = err;
}

/* Tells an event of which nobody waits for the outcome. */
static inline void run_tell(struct run *r, struct event *ev, bool show)
{
	run_fail(r, telling_tell(&r->tell, ev, show));
}

/* Now, in the trace's time base (telling.h). */
static inline uint64_t run_now(const struct run *r)
{
	return telling_now(&r->tell);
}

/* What the model knows of a tracee; NULL for a silent one, or one that is not born yet. */
static inline const struct task *run_task(struct run *r, const struct tracee *t)
{
	return t->serial ? model_by_serial(r->tell.model, t->serial) : NULL;
}

/* What EV_START says of whom is traced. */
struct run_start {
	const char *const *argv; /* NULL when attached */
	const pid_t *attached;
	size_t n_attached, n_threads;
	const char *comm, *libc; /* or NULL */
	struct program_start program;
};

/* Asks this door from now on, its clock included. */
static inline void run_use_door(struct run *r, struct kernel *k)
{
	r->k = k;
	r->tell.clock = (struct telling_clock){ k->now_ns, k->ctx };
}

/* The trace begins, at t0_ns of the door's clock. 0 or -ENOMEM. */
int run_begin_telling(struct run *r, size_t keep_dead, uint64_t t0_ns) THR_MUST_CHECK;
/* Tells EV_START, once. 0 or -errno. */
int run_begin(struct run *r, const struct run_start *start) THR_MUST_CHECK;
/* The program has been loaded; or, where it does not run, it has been killed before that. */
int run_begin_program(struct run *r, const struct program_facts *program, bool runs) THR_MUST_CHECK;
/* A signal asks thrtrace to end or to pass it on. 0, or -errno to end the trace. */
int run_signalled(struct run *r) THR_MUST_CHECK;
/* PTRACE_O_* to seize tasks with; their children have them, too. */
uint64_t run_ptrace_options(enum trace_mode mode);
/* Frees what the run itself has made. */
void run_release(struct run *r);
/* Runs until no tracee is left. 0 or -errno. */
int run_loop(struct run *r) THR_MUST_CHECK;

#endif
