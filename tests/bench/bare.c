/* SPDX-License-Identifier: MIT */
/*
 * bare [--light] PROGRAM ARG...: a tracer that takes the stops that thrtrace takes, and does nothing with them. What it
 * costs no tracer with these stops can do without.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "filter.h"
#include "shows.h"

#define TIDS (1 << 22) /* PID_MAX_LIMIT */

static bool maps[TIDS]; /* is in mmap: what follows that is looked at */

static void die(const char *what)
{
	perror(what);
	exit(125);
}

static pid_t start(char **argv, struct filter_program *filter, int go[2])
{
	pid_t pid = fork();
	char byte;

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	close(go[1]);
	(void)!read(go[0], &byte, 1);
	if (filter && filter_install(filter) != 0)
		_exit(125);
	execvp(argv[0], argv);
	_exit(127);
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
	return looked_at || (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_mprotect) ? PTRACE_SYSCALL : PTRACE_CONT;
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
	char **program = argv + (light ? 2 : 1);
	unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
				PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | (light ? 0 : PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL);
	struct filter_program *filter = NULL;
	struct call_choice choice;
	int go[2], wstatus, status = 125;
	pid_t first, tid;

	choice_default(&choice);
	if (argc < (light ? 3 : 2) || pipe2(go, O_CLOEXEC) < 0 || (!light && filter_new(&filter, &choice, LIBC_GLIBC)))
		die("bare");
	first = start(program, filter, go);
	if (ptrace(PTRACE_SEIZE, first, 0, options) < 0)
		die("PTRACE_SEIZE");
	(void)!write(go[1], "", 1);
	while ((tid = wait4(-1, &wstatus, __WALL, NULL)) > 0) {
		if (WIFSTOPPED(wstatus))
			resume(tid, wstatus);
		else if (tid == first)
			status = WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 128 + WTERMSIG(wstatus);
	}
	filter_free(filter);
	return status;
}
