/* SPDX-License-Identifier: MIT */
/*
 * bare [--light] PROGRAM ARG...: a tracer that takes the stops that thrtrace takes, and does nothing with them. What it
 * costs no tracer with these stops can do without.
 */
#include <linux/limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "filter/filter.h"
#include "cmd/launch.h"
#include <thrtrace/choice.h>

#define TIDS (1 << 22) /* PID_MAX_LIMIT */

static bool maps[TIDS]; /* is in mmap: what follows that is looked at */

static int fail(const char *why)
{
	fprintf(stderr, "bare: %s\n", why);
	return 125;
}

/* Up to the call's return, where that tells something: an address, or a failure. */
static bool returns(uint64_t nr)
{
	return nr == SYS_mmap || nr == SYS_mprotect || nr == SYS_prctl || nr == SYS_clone || nr == SYS_clone3 ||
#ifdef SYS_arch_prctl
		nr == SYS_arch_prctl ||
#endif
		nr == SYS_set_tid_address;
}

static enum __ptrace_request after_call(pid_t tid)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) < 0)
		return PTRACE_CONT;
	if (info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
		maps[tid % TIDS] = info.seccomp.nr == SYS_mmap;
		return returns(info.seccomp.nr) ? PTRACE_SYSCALL : PTRACE_CONT;
	}
	bool looked_at = info.op == PTRACE_SYSCALL_INFO_EXIT && maps[tid % TIDS];
	maps[tid % TIDS] = false;
	return looked_at || (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_mprotect) ? PTRACE_SYSCALL :
												      PTRACE_CONT;
}

static void resume(pid_t tid, int wstatus)
{
	int event = wstatus >> 16, sig = WSTOPSIG(wstatus), deliver = 0;
	enum __ptrace_request request = PTRACE_CONT;

	if (event == PTRACE_EVENT_SECCOMP || sig == (SIGTRAP | 0x80))
		request = after_call(tid);
	else if (event == PTRACE_EVENT_STOP && sig != SIGTRAP)
		request = PTRACE_LISTEN;
	else if (!event)
		deliver = sig;
	ptrace(request, tid, 0, deliver);
}

int main(int argc, char **argv)
{
	bool light = argc > 1 && strcmp(argv[1], "--light") == 0;
	unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
		PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | (light ? 0 : PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL);
	struct filter_program *filter = NULL;
	struct call_choice choice;
	char path[PATH_MAX];
	sigset_t mask;
	int go, failed, wstatus, status = 125;
	pid_t first, tid;

	argv += light ? 2 : 1;
	choice_default(&choice);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	if (!*argv || launch_resolve(*argv, path, sizeof(path)))
		return fail("no program");
	if (!light && filter_new(&filter, &choice, LIBC_GLIBC))
		return fail("no filter");
	struct launch l = { .path = path, .argv = argv, .envp = environ, .mask = &mask, .filter = filter };
	if (launch_fork(&l, &first, &go, &failed) || ptrace(PTRACE_SEIZE, first, 0, options) < 0)
		return fail("no tracee");
	launch_go(go);
	while ((tid = wait4(-1, &wstatus, __WALL, NULL)) > 0) {
		if (WIFSTOPPED(wstatus))
			resume(tid, wstatus);
		else if (tid == first)
			status = WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 128 + WTERMSIG(wstatus);
	}
	filter_free(filter);
	return status;
}
