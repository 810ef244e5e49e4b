#!/bin/sh
# SPDX-License-Identifier: MIT
# A thread that clone(2) makes with SIGCHLD among its flags is a fork to its tracer; gdb loses its breakpoints by it.
#
# Run:    Linux 6.18.44 x86-64, gdb 13.1 (Debian gdb 13.1-3), a program of this script. Needs a C compiler and the right
#         to trace.
# Guess:  A thread has no exit signal, so the low byte of the flags is of no account beside CLONE_THREAD. A tracer with
#         PTRACE_O_TRACECLONE hears PTRACE_EVENT_CLONE, and gdb lists a thread more.
# Is:     The signal is dropped only later. Which event it is goes by the signal: SIGCHLD is a fork, whatever is shared.
#         A tracer that asked for CLONE alone never hears of the thread, and doesn't follow it. gdb asks for all kinds,
#         takes the thread for a child process, and detaches from it as from one: it takes its breakpoints out of the
#         child's memory, which is the memory of all, so that they are never hit again.
# Seen:
#   CLONE_THREAD: a tracer with TRACECLONE hears event 3 (clone)
#   CLONE_THREAD | SIGCHLD: a tracer with TRACECLONE hears nothing
#   CLONE_THREAD | SIGCHLD: a tracer with TRACECLONE and TRACEFORK hears event 1 (fork)
#   CLONE_THREAD: gdb has 2 threads, and stops at a breakpoint behind the clone
#   CLONE_THREAD | SIGCHLD: gdb is "Detaching after fork", and passes the breakpoint
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download gdb=13.1-3 >/dev/null 2>&1 && dpkg -x gdb_*.deb root) ||
	{ echo "skipped: gdb 13.1-3 is not to be had"; exit 77; }
gdb() { timeout 60 "$dir/root/usr/bin/gdb" --data-directory "$dir/root/usr/share/gdb" -nx -q -batch "$@" 2>&1; }
gdb -ex 'print 1' >/dev/null || { echo "skipped: a library that gdb needs is missing"; exit 77; }

# The thread waits for its creator's word, and ends; it calls nothing of libc, whose TLS it has not.
cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHARES (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static char stack[65536] __attribute__((aligned(16)));
static volatile int go, gone;

static int thread(void *arg)
{
	while (!go)
		;
	gone = 1;
	return arg != NULL;
}

__attribute__((noipa)) void behind(void)
{
	go = 1;
}

static int life(int signal)
{
	if (clone(thread, stack + sizeof(stack), SHARES | signal, NULL) < 0)
		return 77;
	behind();
	while (!gone)
		sched_yield();
	usleep(20000);
	return 0;
}

static void hears(const char *options, int signal, long wanted)
{
	pid_t pid = fork(), who;
	int status, event = 0;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			_exit(77);
		raise(SIGSTOP);
		_exit(life(signal));
	}
	waitpid(pid, &status, 0);
	if (WIFSTOPPED(status)) {
		ptrace(PTRACE_SETOPTIONS, pid, 0, wanted | PTRACE_O_EXITKILL);
		ptrace(PTRACE_CONT, pid, 0, 0);
		while ((who = waitpid(-1, &status, __WALL)) > 0) {
			if (!WIFSTOPPED(status))
				continue;
			if (status >> 16)
				event = status >> 16;
			ptrace(PTRACE_CONT, who, 0, 0);
		}
	}
	printf("CLONE_THREAD%s: a tracer with %s hears ", signal ? " | SIGCHLD" : "", options);
	if (event)
		printf("event %d (%s)\n", event, event == PTRACE_EVENT_CLONE ? "clone" : event == PTRACE_EVENT_FORK ? "fork" : "?");
	else
		printf("nothing\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return life(strcmp(argv[1], "SIGCHLD") == 0 ? SIGCHLD : 0);
	hears("TRACECLONE", 0, PTRACE_O_TRACECLONE);
	hears("TRACECLONE", SIGCHLD, PTRACE_O_TRACECLONE);
	hears("TRACECLONE and TRACEFORK", SIGCHLD, PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK);
	return 0;
}
C
cc -g -O1 -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || { echo "skipped: can't trace here"; exit 77; }
look() {
	gdb -ex 'break behind' -ex "run $1" -ex 'info threads' "$dir/t" >"$dir/gdb"
	if grep -q 'hit Breakpoint 1, .*behind' "$dir/gdb"; then
		echo "gdb has $(grep -c 'LWP.*"t"' "$dir/gdb") threads, and stops at a breakpoint behind the clone"
	else
		echo "gdb is \"$(grep -o 'Detaching after fork' "$dir/gdb")\", and passes the breakpoint"
	fi
}
echo "CLONE_THREAD: $(look plain)" >>"$dir/out"
echo "CLONE_THREAD | SIGCHLD: $(look SIGCHLD)" >>"$dir/out"
cat "$dir/out"
cat >"$dir/want" <<'W'
CLONE_THREAD: a tracer with TRACECLONE hears event 3 (clone)
CLONE_THREAD | SIGCHLD: a tracer with TRACECLONE hears nothing
CLONE_THREAD | SIGCHLD: a tracer with TRACECLONE and TRACEFORK hears event 1 (fork)
CLONE_THREAD: gdb has 2 threads, and stops at a breakpoint behind the clone
CLONE_THREAD | SIGCHLD: gdb is "Detaching after fork", and passes the breakpoint
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
