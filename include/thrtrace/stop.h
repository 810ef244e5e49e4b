/* SPDX-License-Identifier: MIT */
/*
 * One report of the kernel about one tracee, classified.
 *
 * Sources: ptrace(2) "Stopped states" and "PTRACE_EVENT stops"; kernel/ptrace.c. Every tracee is SEIZEd, so
 * group-stop and PTRACE_INTERRUPT are told apart by PTRACE_EVENT_STOP and need no guessing from siginfo.
 */
#ifndef THRTRACE_STOP_H
#define THRTRACE_STOP_H

#include <thrtrace/base.h>

/* For each kind: what it means, and what must happen next. */
enum stop_kind {
	STOP_SYSCALL, /* before or after a system call (PTRACE_GET_SYSCALL_INFO says which): resume */
	/* our filter picked this call, it has not run yet: resume; with PTRACE_SYSCALL to see its result */
	STOP_SECCOMP,
	/* the tracee made a task whose exit signal is not SIGCHLD; message: its tid. The child has not run */
	STOP_CLONE,
	STOP_FORK,       /* likewise, exit signal SIGCHLD (even with CLONE_VM) */
	STOP_VFORK,      /* likewise, with CLONE_VFORK: once resumed it sleeps until the child execs or ends */
	STOP_VFORK_DONE, /* that sleep is over */
	STOP_EXEC,       /* a new program is loaded; message: the tid that the caller had before */
	/* the task is on its way out, its memory still there; message: wait status. It can't be killed: resume soon */
	STOP_EXIT,
	STOP_SIGNAL, /* a signal is about to be delivered: pass it on when resuming */
	STOP_GROUP,  /* the whole group is stopped by a signal: PTRACE_LISTEN, so that SIGCONT is heard */
	STOP_TRAP,   /* PTRACE_EVENT_STOP with SIGTRAP: a new task's first stop, PTRACE_INTERRUPT, or SIGCONT's echo */
	STOP_EXITED, /* gone, by exit: the last word of this task */
	STOP_KILLED, /* gone, by a signal: likewise */
	STOP_KINDS
};

struct stop {
	enum stop_kind kind;
	pid_t tid;
	int sig;       /* STOP_SIGNAL, STOP_GROUP, STOP_KILLED */
	int code;      /* STOP_EXITED: the status */
	bool core;     /* STOP_KILLED: a core was dumped */
	uint64_t t_ns; /* when thrtrace learned of it */
};

/*
 * 0, or -EINVAL for a wait status that is none of the above (PTRACE_EVENT of a later kernel); *ret then says
 * STOP_TRAP.
 */
int stop_classify(pid_t tid, int wstatus, uint64_t t_ns, struct stop *ret) THR_MUST_CHECK;
/* "clone", "group-stop", ...: for messages and tests. */
const char *stop_name(enum stop_kind kind);

#endif
