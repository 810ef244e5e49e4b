/* SPDX-License-Identifier: MIT */
/* Wait status -> kind of stop. */
#include <thrtrace/stop.h>

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif

/* An event stop's number is in the third byte of the status (ptrace(2), "PTRACE_EVENT stops"). */
static int classify_event(unsigned event, int sig, struct stop *st)
{
	switch (event) {
	case PTRACE_EVENT_FORK:
		st->kind = STOP_FORK;
		return 0;
	case PTRACE_EVENT_VFORK:
		st->kind = STOP_VFORK;
		return 0;
	case PTRACE_EVENT_CLONE:
		st->kind = STOP_CLONE;
		return 0;
	case PTRACE_EVENT_EXEC:
		st->kind = STOP_EXEC;
		return 0;
	case PTRACE_EVENT_VFORK_DONE:
		st->kind = STOP_VFORK_DONE;
		return 0;
	case PTRACE_EVENT_EXIT:
		st->kind = STOP_EXIT;
		return 0;
	case PTRACE_EVENT_SECCOMP:
		st->kind = STOP_SECCOMP;
		return 0;
	case PTRACE_EVENT_STOP:
		st->kind = sig == SIGTRAP ? STOP_TRAP : STOP_GROUP;
		st->sig = sig == SIGTRAP ? 0 : sig;
		return 0;
	default:
		st->kind = STOP_TRAP;
		return -EINVAL;
	}
}

int stop_classify(pid_t tid, int wstatus, uint64_t t_ns, struct stop *ret)
{
	*ret = (struct stop){ .tid = tid, .t_ns = t_ns, .kind = STOP_TRAP };
	if (WIFEXITED(wstatus)) {
		ret->kind = STOP_EXITED;
		ret->code = WEXITSTATUS(wstatus);
		return 0;
	}
	if (WIFSIGNALED(wstatus)) {
		ret->kind = STOP_KILLED;
		ret->sig = WTERMSIG(wstatus);
		ret->core = WCOREDUMP(wstatus);
		return 0;
	}
	if (!WIFSTOPPED(wstatus))
		return -EINVAL;
	int sig = WSTOPSIG(wstatus);
	unsigned event = (unsigned)wstatus >> 16;
	if (event)
		return classify_event(event, sig, ret);
	if (sig == (SIGTRAP | 0x80)) { /* PTRACE_O_TRACESYSGOOD */
		ret->kind = STOP_SYSCALL;
		return 0;
	}
	ret->kind = STOP_SIGNAL;
	ret->sig = sig;
	return 0;
}

const char *stop_name(enum stop_kind kind)
{
	static const char *const names[STOP_KINDS] = {
		[STOP_SYSCALL] = "syscall-stop",
		[STOP_SECCOMP] = "seccomp-stop",
		[STOP_CLONE] = "clone event",
		[STOP_FORK] = "fork event",
		[STOP_VFORK] = "vfork event",
		[STOP_VFORK_DONE] = "vfork-done event",
		[STOP_EXEC] = "exec event",
		[STOP_EXIT] = "exit event",
		[STOP_SIGNAL] = "signal-delivery-stop",
		[STOP_GROUP] = "group-stop",
		[STOP_TRAP] = "event-stop",
		[STOP_EXITED] = "exited",
		[STOP_KILLED] = "killed",
	};
	return kind < STOP_KINDS ? names[kind] : "?";
}
